"""What clients told about each rule: counts in windows of ten seconds, as the console shows a trend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

WINDOW_SECONDS = 10
KEPT_WINDOWS = 180
"""Half an hour."""


class Counts(msgspec.Struct):
    """Of one rule in one window.

    Args:
        requests: that matched the rule.
        sampled: of those, that were sampled, however.
        borrowed: of the sampled, that were without a quota, one a second for each client.
    """

    requests: int = 0
    sampled: int = 0
    borrowed: int = 0

    def add(self, other: Counts) -> None:
        """Add the counts of another."""
        self.requests += other.requests
        self.sampled += other.sampled
        self.borrowed += other.borrowed


class Statistics:
    """The counts of all rules in the last half an hour, by when they were reported.

    The clock of a client may be anywhere; that of the service is one.
    """

    def __init__(self) -> None:
        self._windows: dict[int, dict[str, Counts]] = {}

    def add(self, rule: str, counts: Counts, *, now: float) -> None:
        """Count what a client reported.

        Args:
            rule: its name.
            counts: since the client's report before.
            now: seconds since the epoch.
        """
        window = int(now // WINDOW_SECONDS)
        self._windows.setdefault(window, {}).setdefault(rule, Counts()).add(counts)
        for old in [known for known in self._windows if known <= window - KEPT_WINDOWS]:
            del self._windows[old]

    def forget(self, rule: str) -> None:
        """Forget a rule that is no more: another may be made with its name."""
        for window in self._windows.values():
            window.pop(rule, None)

    def windows(self, *, now: float, count: int) -> Iterator[tuple[int, dict[str, Counts]]]:
        """Yield the start of each of the last windows, seconds since the epoch, with copies of its counts by rule.

        Args:
            now: seconds since the epoch.
            count: windows, the present one included.
        """
        newest = int(now // WINDOW_SECONDS)
        for window in range(newest - count + 1, newest + 1):
            known = self._windows.get(window, {})
            yield window * WINDOW_SECONDS, {rule: msgspec.structs.replace(counts) for rule, counts in known.items()}
