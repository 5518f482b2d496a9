"""Memory that is free goes back to the system.

The C library keeps what was freed for the threads that used it, in an arena for each: with the rows of every commit
passing from thread to thread that came to 100 MB which nobody used, and grew. Only glibc has these calls; elsewhere
nothing happens.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys

import pyarrow as pa

_M_ARENA_MAX = -8
_ARENAS = 2


def _library() -> ctypes.CDLL | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None)
    return library if hasattr(library, "malloc_trim") and hasattr(library, "mallopt") else None


def be_frugal() -> None:
    """Let threads share few arenas, and Arrow the C library's memory; before threads are started."""
    library = _library()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, _ARENAS)
    with contextlib.suppress(NotImplementedError):
        # Its own pool keeps some 35 MB for tables that live for milliseconds.
        pa.set_memory_pool(pa.system_memory_pool())


def give_back() -> None:
    """Return to the system what the C library holds free; some milliseconds."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)
