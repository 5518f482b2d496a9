"""Sampling boost: a rule's rate rises for a minute to catch an anomaly that nobody sampled. Pure arithmetic.

Source: X-Ray developer guide, "adaptive sampling". How the rate follows from the counts is ours: the least rate with
which one of the anomalies of a minute is caught in 19 of 20 cases.
"""

from __future__ import annotations

import math
from collections import deque

import msgspec

_WINDOW_SECONDS = 60.0
_BOOST_SECONDS = 60.0
_CERTAINTY = 0.95
_MINUTE = 60


class Boosted(msgspec.Struct, frozen=True):
    """A boost.

    Args:
        rate: in place of the rule's fixed rate.
        until: seconds since the epoch.
    """

    rate: float
    until: float


class Boost:
    """What is known of the anomalies of one rule."""

    def __init__(self) -> None:
        self._reports: deque[tuple[float, int, int]] = deque()
        self._boosted: Boosted | None = None
        self._blocked_until = -math.inf

    def add(self, *, anomalies: int, sampled: int, now: float) -> None:
        """Count what a client saw.

        Args:
            anomalies: traces that were anomalous, since its report before.
            sampled: of those, that were sampled.
            now: seconds since the epoch.
        """
        self._reports.append((now, anomalies, sampled))

    def current(self, *, now: float) -> Boosted | None:
        """Return the boost that is going on."""
        return self._boosted if self._boosted is not None and now < self._boosted.until else None

    def decide(self, *, fixed_rate: float, max_rate: float, cooldown_minutes: int, now: float) -> Boosted | None:
        """Return the boost that is going on, which may begin now.

        Args:
            fixed_rate: of the rule.
            max_rate: above which it is never boosted.
            cooldown_minutes: after a boost none begins before the next full window of so many minutes.
            now: seconds since the epoch.
        """
        going_on = self.current(now=now)
        if going_on is not None:
            return going_on
        while self._reports and self._reports[0][0] <= now - _WINDOW_SECONDS:
            self._reports.popleft()
        anomalies = sum(count for _, count, _ in self._reports)
        sampled = sum(count for _, _, count in self._reports)
        if now < self._blocked_until or not anomalies or sampled:
            return None
        rate = min(max_rate, 1 - (1 - _CERTAINTY) ** (1 / anomalies))
        if rate <= fixed_rate:
            return None
        self._boosted = Boosted(rate, now + _BOOST_SECONDS)
        self._blocked_until = _end_of_window(self._boosted.until, cooldown_minutes * _MINUTE)
        return self._boosted


def _end_of_window(moment: float, seconds: int) -> float:
    """Return the end of the window, of those that follow each other since the epoch, in which a moment lies."""
    return math.ceil(moment / seconds) * seconds if seconds else moment
