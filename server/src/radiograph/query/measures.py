"""Requests in numbers as a screen shows them: how many ended how, how long they took, how often they came."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from radiograph.query.graph import Totals
from radiograph.query.histogram import histogram, seconds
from radiograph.query.linker import Outcome

OUTCOMES: dict[Outcome, Literal["ok", "error", "throttle", "fault"]] = {
    Outcome.OK: "ok",
    Outcome.ERROR: "error",
    Outcome.THROTTLE: "throttle",
    Outcome.FAULT: "fault",
}
"""How an outcome is called on screen."""

_MICROSECONDS = 1_000_000
_PERCENT = 100
_PERCENTILES = (50, 90, 95, 99)


def stats(totals: Totals, minutes: float) -> dict[str, Any]:
    """Return what was counted, times in seconds; `null` stands for the times of no request.

    Args:
        totals: what was counted.
        minutes: how long it was counted.
    """
    answer: dict[str, Any] = {
        "ok": totals.ok,
        "error": totals.error,
        "throttle": totals.throttle,
        "fault": totals.fault,
        "total": totals.count,
        "mean": mean(totals),
    }
    answer |= {f"p{percent}": value for percent, value in percentiles(totals.response, _PERCENTILES).items()}
    answer["per_minute"] = round(totals.count / minutes, 3)
    return answer


def mean(totals: Totals) -> float | None:
    """Return the mean response time in seconds, of the times before they were rounded; None without requests."""
    return round(totals.total_us / totals.count / _MICROSECONDS, 6) if totals.count else None


def percentiles(counts: Mapping[int, int], percents: Iterable[int]) -> dict[int, float | None]:
    """Return response times in seconds below or at which a share of the requests lies, by nearest rank.

    Nearest rank gives a time that occurred, never one between two.

    Args:
        counts: requests by response time in whole milliseconds.
        percents: ascending, each above 0 and at most 100.
    """
    total = sum(counts.values())
    if not total:
        return dict.fromkeys(percents)
    found: dict[int, float | None] = {}
    ascending = iter(sorted(counts.items()))
    value, passed = next(ascending)
    for percent in percents:
        rank = -(-total * percent // _PERCENT)
        while passed < rank:
            value, count = next(ascending)
            passed += count
        found[percent] = seconds(value)
    return found


def bins(counts: Mapping[int, int]) -> list[list[float]]:
    """Return a histogram as pairs of response time, seconds, and requests."""
    return [[each["Value"], each["Count"]] for each in histogram(counts)]


def together(parts: Iterable[Totals]) -> Totals:
    """Return what several counted together."""
    told = list(parts)
    response: Counter[int] = Counter()
    duration: Counter[int] = Counter()
    for totals in told:
        response.update(totals.response)
        duration.update(totals.duration)
    counted = [totals for totals in told if totals.count]
    return Totals(
        ok=sum(totals.ok for totals in told),
        error=sum(totals.error for totals in told),
        throttle=sum(totals.throttle for totals in told),
        fault=sum(totals.fault for totals in told),
        total_us=sum(totals.total_us for totals in told),
        response=dict(response),
        duration=dict(duration),
        first=min((totals.first for totals in counted), default=0),
        last=max((totals.last for totals in counted), default=0),
    )
