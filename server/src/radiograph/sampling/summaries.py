"""The answer to GetSamplingStatisticSummaries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.sampling.statistics import WINDOW_SECONDS

if TYPE_CHECKING:
    from radiograph.sampling.targets import Targets

# AWS tells about the last minutes, and does not say of how many.
_SUMMARY_SECONDS = 600


def statistic_summaries(targets: Targets, *, now: float) -> dict[str, Any]:
    """Answer GetSamplingStatisticSummaries: an entry for each rule and window, the newest first, in one page.

    SampledCount is of all that were sampled, the borrowed ones among them, whichever way a client counts.

    Args:
        targets: what clients told.
        now: seconds since the epoch.
    """
    windows = targets.windows(now=now, count=_SUMMARY_SECONDS // WINDOW_SECONDS)
    return {
        "SamplingStatisticSummaries": [
            {
                "RuleName": rule,
                "Timestamp": float(start),
                "RequestCount": counts.requests,
                "BorrowCount": counts.borrowed,
                "SampledCount": counts.sampled,
            }
            for start, by_rule in reversed(windows)
            for rule, counts in sorted(by_rule.items())
        ]
    }
