"""Whether the service may be called now: one state for all workers, so an outage is probed, not hammered."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_FIRST_SECONDS = 0.5
_LONGEST_SECONDS = 60.0
_LONGEST_ASKED_SECONDS = 300.0


def full_jitter(attempts: int, random: Callable[[], float]) -> float:
    """Return a delay in seconds: anywhere between 0 and 0.5 s doubled with each attempt, at most 60 s."""
    return random() * min(_LONGEST_SECONDS, _FIRST_SECONDS * 2.0 ** min(attempts, 16))


class Gate:
    """Open while calls succeed; after a failure it lets one probe through at a time, ever more rarely.

    Args:
        clock: Seconds, monotonic.
        random: Uniform in [0, 1).
    """

    def __init__(self, *, clock: Callable[[], float], random: Callable[[], float]) -> None:
        self._clock = clock
        self._random = random
        self._lock = threading.Lock()
        self._failures = 0
        self._failed_at = float("-inf")
        self._due = 0.0
        self._probing = False

    @property
    def is_open(self) -> bool:
        """Whether the last call succeeded (or none was made)."""
        return self._failures == 0

    @property
    def failures(self) -> int:
        """Calls that have failed since the last success."""
        return self._failures

    def enter(self) -> float | None:
        """Ask to make a call.

        Returns:
            None: go ahead, and report `succeeded`, `failed` or `left`. Else seconds to wait before asking.
        """
        with self._lock:
            if self._failures == 0:
                return None
            wait = self._due - self._clock()
            if wait > 0:
                return wait
            if self._probing:
                return _FIRST_SECONDS
            self._probing = True
            return None

    def left(self) -> None:
        """Report that no call was made after all."""
        with self._lock:
            self._probing = False

    def succeeded(self) -> None:
        """Report that the service answered."""
        with self._lock:
            self._failures = 0
            self._probing = False

    def failed(self, *, began: float, retry_after: float | None = None) -> None:
        """Report that a call failed for a reason that others would meet as well.

        Args:
            began: Clock reading when the call began. Calls that were under way together fail together: only
                the first of them counts.
            retry_after: Seconds that the service asked for; 5 minutes are granted at most.
        """
        with self._lock:
            self._probing = False
            if began < self._failed_at:
                return
            now = self._failed_at = self._clock()
            delay = full_jitter(self._failures, self._random)
            self._failures += 1
            if retry_after is not None:
                delay = max(delay, min(retry_after, _LONGEST_ASKED_SECONDS))
            self._due = now + delay
