"""What could not be recorded or sent: counted, and told in the log once in a while, never raised."""

from __future__ import annotations

import logging
import threading
import time

from radiograph_sdk.forks import renew_after_fork

_log = logging.getLogger("radiograph_sdk")
_EVERY_SECONDS = 60.0


class Losses:
    """Counts by kind; the first of each kind is logged, then one line a minute."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._told: dict[str, tuple[float, int]] = {}
        self._lock = threading.Lock()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Let the lock go that another thread may have held."""
        self._lock = threading.Lock()

    @property
    def counts(self) -> dict[str, int]:
        """How many there were, by kind."""
        return dict(self._counts)

    def count(self, kind: str, sentence: str, *, error: BaseException | None = None) -> None:
        """Count one.

        Args:
            kind: a short name of what was lost, or why.
            sentence: what it means, and what to do.
            error: what was raised.
        """
        now = time.monotonic()
        with self._lock:
            many = self._counts[kind] = self._counts.get(kind, 0) + 1
            last, before = self._told.get(kind, (-_EVERY_SECONDS, 0))
            if now - last < _EVERY_SECONDS:
                return
            self._told[kind] = (now, many)
        times = many - before
        again = "" if times == 1 else f" ({times} times)"
        _log.warning("%s%s%s", sentence, again, f": {error}" if error is not None else "")
