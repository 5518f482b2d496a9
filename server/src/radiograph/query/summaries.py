"""GetTraceSummaries: the traces of a time range that match a filter, newest first, page by page."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Any

from radiograph.errors import InvalidRequest
from radiograph.query.summary import summarise
from radiograph.query.tokens import make_token, read_token
from radiograph.query.trace_search import Wanted, filter_of, search_traces
from radiograph.query.window import Window, window

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import Trace

_MICROSECONDS = 1_000_000


def trace_summaries(
    lake: Lake,
    request: dict[str, Any],
    limits: Limits,
    *,
    account: str,
    region: str,
    hours: float,
    page: int,
    now: float,
    extensions: bool = True,
    patience: float = math.inf,
    clock_now: Callable[[], float] = time.monotonic,
) -> dict[str, Any]:
    """Answer GetTraceSummaries.

    Args:
        lake: where.
        request: the request's members.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        region: of the ARN of the group Default.
        hours: longest range allowed.
        page: traces on a page.
        now: seconds since the epoch.
        extensions: whether filters may say what AWS does not know.
        patience: time after which a page ends with what was found so far, seconds; the next one goes on.
        clock_now: monotonic seconds.

    Raises:
        InvalidRequest: a bad range, token, sampling strategy or filter expression.
    """
    range_ = window(request, hours=hours)
    expression = filter_of(
        lake, request.get("FilterExpression") or "", region=region, account=account, extensions=extensions
    )
    range_, share = _strategy(request, range_)
    wanted = Wanted(range=range_, clock=request.get("TimeRangeType") or "TraceId", expression=expression, share=share)

    def shape(trace: Trace, matched: float) -> dict[str, Any]:
        return summarise(
            trace,
            matched_event_time=matched,
            default_account=account,
            now=int(now * _MICROSECONDS),
            annotation_keys=limits.annotations_per_trace,
        )

    part = search_traces(
        lake,
        wanted,
        limits,
        shape,
        account=account,
        now=now,
        most=page,
        position=read_token(request),
        patience=patience,
        clock_now=clock_now,
    )
    answer: dict[str, Any] = {
        "TraceSummaries": part.rows,
        "ApproximateTime": part.reached / _MICROSECONDS,
        "TracesProcessedCount": part.examined,
    }
    if part.position is not None:
        answer["NextToken"] = make_token(request, part.position)
    return answer


def _strategy(request: dict[str, Any], range_: Window) -> tuple[Window, float]:
    """Return what is left of the range, and of the traces in it, by the request's sampling strategy.

    Raises:
        InvalidRequest: the strategy's value is missing or no share.
    """
    if not (request.get("Sampling") and request.get("SamplingStrategy")):
        return range_, 1.0
    strategy = request["SamplingStrategy"]
    share = _share(strategy)
    if strategy.get("Name") == "PartialScan":
        return Window(range_.end - max(1, round((range_.end - range_.start) * share)), range_.end), 1.0
    return range_, share


def _share(strategy: dict[str, Any]) -> float:
    """Return the value of a sampling strategy.

    Raises:
        InvalidRequest: it is missing or no share.
    """
    value = strategy.get("Value")
    if value is None or not 0 <= value <= 1:
        raise InvalidRequest(f"SamplingStrategy.Value must be between 0 and 1, not {value}")
    return float(value)
