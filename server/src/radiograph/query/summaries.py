"""GetTraceSummaries: the traces of a time range that match a filter, newest first, page by page.

The scan (`scan.py`) gives traces that the filter does not rule out by what their rows say; each is assembled and the
evaluator decides.
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import InvalidRequest
from radiograph.query.filters import Subject, matches, names_groups, parse, resolve_groups
from radiograph.query.group_lookup import lookup
from radiograph.query.linker import walk
from radiograph.query.row_search import search_for
from radiograph.query.scan import began, scan
from radiograph.query.summary import summarise
from radiograph.query.tokens import make_token, read_token
from radiograph.query.window import Window, window
from radiograph.store.groups import all_groups
from radiograph.store.rows import trace_time
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.query.filters import Expression
    from radiograph.query.scan import Found
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import Trace

_MICROSECONDS = 1_000_000
_AFTER_ALL_IDS = "~"
# Traces that one page looks into at most: a search that finds little gives a page with little, and goes on after it.
_MOST_EXAMINED = 2_000
_AT_ONCE = 200
_FEW = 20


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
    expression = _filter_of(lake, request, region=region, account=account, extensions=extensions)
    range_, keep = _strategy(request, range_)
    position = read_token(request)
    before = (int(position[0]), str(position[1])) if position else (range_.end, _AFTER_ALL_IDS)
    clock = request.get("TimeRangeType") or "TraceId"
    reading = _Reading(lake, limits, account, int(now * _MICROSECONDS), clock, range_, expression)
    search = search_for(expression)
    first = min(range_.end, before[0])
    summaries: list[dict[str, Any]] = []
    examined = 0
    until = clock_now() + patience
    while True:
        left = page - len(summaries)
        # With a filter, some that the scan finds will not match: as many more are looked for as did not so far.
        most = left if expression is None else min(_AT_ONCE, _FEW + left * (examined + _FEW) // (len(summaries) + _FEW))
        with lake.reading() as connection:
            part = scan(connection, clock, range_, before, most=most, search=search)
        kept = [found for found in part.found if _sampled(found.trace_id, keep)]
        reached = part.reached
        answers = reading.summaries([found.trace_id for found in kept], most=left)
        for found in part.found:
            examined += 1
            before = _place(found)
            if found.trace_id in answers:
                summaries.append(answers[found.trace_id])
                if len(summaries) == page:
                    reached = found.position
                    break
        full = len(summaries) == page
        if full or part.finished or examined >= _MOST_EXAMINED or (examined and clock_now() > until):
            break
    answer: dict[str, Any] = {
        "TraceSummaries": summaries,
        "ApproximateTime": reached / _MICROSECONDS,
        "TracesProcessedCount": examined,
    }
    if expression is not None:
        with lake.reading() as connection:
            answer["TracesProcessedCount"] = max(examined, began(connection, reached, first))
    if not part.finished or (full and before != _place(part.found[-1])):
        answer["NextToken"] = make_token(request, list(before))
    return answer


def _place(found: Found) -> tuple[int, str]:
    return found.position, found.trace_id


def _filter_of(
    lake: Lake, request: dict[str, Any], *, region: str, account: str, extensions: bool
) -> Expression | None:
    """Return a request's filter, with the filters of the groups that it names in place; None for every trace.

    Raises:
        InvalidFilter: it cannot be read, or names no group.
    """
    expression = parse(request.get("FilterExpression") or "", extensions=extensions)
    if expression is None or not names_groups(expression):
        return expression
    return resolve_groups(expression, lookup(all_groups(lake), region=region, account=account))


class _Reading(msgspec.Struct, frozen=True):
    """How traces are read, and which of them are kept."""

    lake: Lake
    limits: Limits
    account: str
    now: int
    clock: str
    range: Window
    expression: Expression | None

    def summaries(self, trace_ids: list[str], *, most: int) -> dict[str, dict[str, Any]]:
        """Return the summaries, by id, of the first traces that are in the range and match."""
        documents = self.lake.locator.stored_documents(trace_ids)
        found = {}
        for trace_id in trace_ids:
            if trace_id in documents:
                summary = self._summary(assemble(trace_id, documents[trace_id], self.limits))
                if summary is not None:
                    found[trace_id] = summary
                    if len(found) == most:
                        break
        return found

    def _summary(self, trace: Trace) -> dict[str, Any] | None:
        if not trace.segments or (self.clock == "TraceId" and not _began_within(trace, self.range)):
            return None
        if self.expression is not None:
            subject = Subject(
                trace,
                default_account=self.account,
                now=self.now,
                annotation_keys=self.limits.annotations_per_trace,
            )
            if not matches(self.expression, subject):
                return None
        return summarise(
            trace,
            matched_event_time=_matched(trace, self.clock, self.range),
            default_account=self.account,
            now=self.now,
            annotation_keys=self.limits.annotations_per_trace,
        )


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


def _sampled(trace_id: str, share: float) -> bool:
    """Return whether a trace is in the share: always the same answer for the same trace."""
    if share >= 1:
        return True
    digest = hashlib.blake2b(trace_id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") < share * 2**64


def _began_within(trace: Trace, range_: Window) -> bool:
    """Return whether the trace's own time is in the range: the scan saw single documents."""
    return range_.start <= trace_time(trace.id, trace.start) < range_.end


def _matched(trace: Trace, clock: str, range_: Window) -> float:
    """Return the time that made the trace match: its start, or the latest moment inside the range, seconds."""
    if clock == "TraceId":
        return trace.start / _MICROSECONDS
    moments = [
        moment
        for top in trace.segments
        for entity in walk(top)
        for moment in (entity.start, entity.end)
        if moment is not None and range_.start <= moment < range_.end
    ]
    return max(moments, default=min(trace.end, range_.end)) / _MICROSECONDS
