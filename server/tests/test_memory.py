"""Freed memory does go back to the system."""

from __future__ import annotations

import ctypes
import sys
from pathlib import Path

import pytest

from radiograph.server.memory import give_back

_PIECE = 1_000
_PIECES = 60_000


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="utf-8").split()[1])
    return pages * 4096


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_trim"), reason="glibc alone has malloc_trim"
)
def test_what_was_freed_below_something_in_use_is_given_back() -> None:
    library = ctypes.CDLL(None)
    library.malloc.restype = ctypes.c_void_p
    library.malloc.argtypes = [ctypes.c_size_t]
    library.free.argtypes = [ctypes.c_void_p]
    pieces = [library.malloc(_PIECE) for _ in range(_PIECES)]
    for piece in pieces:
        ctypes.memset(piece, 1, _PIECE)
    # Every hundredth stays in use, so that the end of the heap does not move back by itself.
    for piece in (piece for place, piece in enumerate(pieces) if place % 100):
        library.free(piece)
    before = _resident()
    give_back()
    given = before - _resident()
    for piece in pieces[::100]:
        library.free(piece)
    assert given > _PIECE * _PIECES // 2
