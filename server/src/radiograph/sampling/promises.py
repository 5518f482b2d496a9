"""When quotas were last promised, kept over a restart."""

from __future__ import annotations

import contextlib
import math
import os
from typing import TYPE_CHECKING

from radiograph.sampling.reservoir import PROMISE_SECONDS

if TYPE_CHECKING:
    from pathlib import Path

PROMISES_FILE = "sampling-promises"
# How often it is written down. The time that is written is ahead by as much.
_STEP_SECONDS = 5.0


class Promises:
    """A file of one time.

    Args:
        file: which; mode 0600.
    """

    def __init__(self, file: Path) -> None:
        self._file = file
        self._written = -math.inf

    def end(self, *, now: float) -> float:
        """Return when the last promise that was made before ends, seconds since the epoch; in the past without any.

        Args:
            now: seconds since the epoch.
        """
        made = -math.inf
        with contextlib.suppress(OSError, ValueError):
            made = float(self._file.read_text(encoding="ascii"))
        # A clock that was ahead must not keep everybody waiting.
        return min(made, now) + PROMISE_SECONDS + 1

    def made(self, *, now: float) -> None:
        """Keep that something is promised now. Where it cannot be kept, a restart may promise the same again."""
        if now <= self._written:
            return
        self._written = now + _STEP_SECONDS
        with (
            contextlib.suppress(OSError),
            os.fdopen(os.open(self._file, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "w", encoding="ascii") as file,
        ):
            file.write(f"{self._written:.3f}")
