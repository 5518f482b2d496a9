"""GetTraceSummaries: the traces of a time range, newest first, page by page.

The scan goes backwards from the end of the range in slices that grow until a page is full. A trace belongs to
the slice of its latest matching document; the page's last position is the token, so that traces which arrive
meanwhile, at the front, disturb nothing.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import InvalidRequest
from radiograph.query.linker import walk
from radiograph.query.summary import summarise
from radiograph.query.tokens import make_token, read_token
from radiograph.query.window import Window, window
from radiograph.store.rows import trace_time
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import Trace

_MICROSECONDS = 1_000_000
_FIRST_SLICE = 20 * _MICROSECONDS
_GROWTH = 4

# One statement per clock, alike but for the column that is the clock. `position` is the latest matching moment
# of a trace in the slice; a trace with a match after the slice was on an earlier page. The bounds on trace_time,
# start_time and last_end prune files and row groups.
_BY_TRACE_ID = """
SELECT trace_id AS id, epoch_us(max(trace_time)) AS position
FROM segments
WHERE trace_time >= make_timestamp($low) AND trace_time < make_timestamp($high)
  AND NOT EXISTS (
    SELECT 1 FROM segments AS later
    WHERE later.trace_id = segments.trace_id
      AND later.trace_time >= make_timestamp($high) AND later.trace_time < make_timestamp($end))
GROUP BY trace_id
HAVING (position, id) < ($before_position, $before_id)
ORDER BY position DESC, id DESC
LIMIT $most
"""

_BY_EVENT = """
SELECT trace_id AS id, max(least(epoch_us(last_end), $end - 1)) AS position
FROM segments
WHERE least(epoch_us(last_end), $end - 1) >= $low AND least(epoch_us(last_end), $end - 1) < $high
  AND last_end >= make_timestamp($low) AND start_time < make_timestamp($end)
  AND NOT EXISTS (
    SELECT 1 FROM segments AS later
    WHERE later.trace_id = segments.trace_id
      AND least(epoch_us(later.last_end), $end - 1) >= $high
      AND later.last_end >= make_timestamp($high) AND later.start_time < make_timestamp($end))
GROUP BY trace_id
HAVING (position, id) < ($before_position, $before_id)
ORDER BY position DESC, id DESC
LIMIT $most
"""

_BY_SERVICE = """
SELECT trace_id AS id, epoch_us(max(end_time)) AS position
FROM segments
WHERE NOT is_subsegment AND end_time >= make_timestamp($low) AND end_time < make_timestamp($high)
  AND NOT EXISTS (
    SELECT 1 FROM segments AS later
    WHERE later.trace_id = segments.trace_id AND NOT later.is_subsegment
      AND later.end_time >= make_timestamp($high) AND later.end_time < make_timestamp($end))
GROUP BY trace_id
HAVING (position, id) < ($before_position, $before_id)
ORDER BY position DESC, id DESC
LIMIT $most
"""

_STATEMENTS = {"TraceId": _BY_TRACE_ID, "Event": _BY_EVENT, "Service": _BY_SERVICE}
_AFTER_ALL_IDS = "~"


class Found(msgspec.Struct, frozen=True):
    """A trace that the scan found: its id, and where the scan stood."""

    trace_id: str
    position: int


class Scan(msgspec.Struct, frozen=True):
    """One page of a scan: what it found, how far back it came, and whether that is the range's start."""

    found: list[Found]
    reached: int
    finished: bool


def scan_page(
    connection: duckdb.DuckDBPyConnection, clock: str, range_: Window, before: tuple[int, str], *, most: int
) -> Scan:
    """Scan backwards from a position until a page is full or the range exhausted.

    Args:
        connection: a connection to the lake.
        clock: "TraceId", "Event" or "Service".
        range_: the whole range.
        before: position and trace id of the last trace of the page before.
        most: traces on a page.
    """
    statement = _STATEMENTS[clock]
    found: list[Found] = []
    high = min(range_.end, before[0] + 1)
    width = _FIRST_SLICE
    low = high
    while len(found) < most and high > range_.start:
        low = max(range_.start, high - width)
        parameters = {
            "low": low,
            "high": high,
            "end": range_.end,
            "before_position": before[0],
            "before_id": before[1],
            "most": most - len(found),
        }
        rows = connection.execute(statement, parameters).fetchall()
        found.extend(Found(row[0], row[1]) for row in rows)
        high = low
        width *= _GROWTH
    finished = len(found) < most
    return Scan(found, low if finished else found[-1].position, finished)


def trace_summaries(
    lake: Lake,
    request: dict[str, Any],
    limits: Limits,
    *,
    account: str,
    hours: float,
    page: int,
    now: float,
) -> dict[str, Any]:
    """Answer GetTraceSummaries.

    Args:
        lake: where.
        request: the request's members.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        hours: longest range allowed.
        page: traces examined for a page.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: a bad range, token or sampling strategy, or a filter expression.
    """
    range_ = window(request, hours=hours)
    if request.get("FilterExpression"):
        raise InvalidRequest(
            "FilterExpression is not available in this version of Radiograph, and is refused rather than ignored; "
            "leave it out to get all traces of the range"
        )
    clock = request.get("TimeRangeType") or "TraceId"
    keep = 1.0
    if request.get("Sampling") and request.get("SamplingStrategy"):
        strategy = request["SamplingStrategy"]
        share = _share(strategy)
        if strategy.get("Name") == "PartialScan":
            range_ = Window(range_.end - max(1, round((range_.end - range_.start) * share)), range_.end)
        else:
            keep = share
    position = read_token(request)
    before = (int(position[0]), str(position[1])) if position else (range_.end, _AFTER_ALL_IDS)
    with lake.reading() as connection:
        scan = scan_page(connection, clock, range_, before, most=page)
    kept = [found for found in scan.found if _sampled(found.trace_id, keep)]
    documents = lake.locator.stored_documents([found.trace_id for found in kept])
    summaries = []
    for found in kept:
        if found.trace_id not in documents:
            continue
        trace = assemble(found.trace_id, documents[found.trace_id], limits)
        if not trace.segments or (clock == "TraceId" and not _began_within(trace, range_)):
            continue
        summaries.append(
            summarise(
                trace,
                matched_event_time=_matched(trace, clock, range_),
                default_account=account,
                now=int(now * _MICROSECONDS),
                annotation_keys=limits.annotations_per_trace,
            )
        )
    answer: dict[str, Any] = {
        "TraceSummaries": summaries,
        "ApproximateTime": scan.reached / _MICROSECONDS,
        "TracesProcessedCount": len(scan.found),
    }
    if not scan.finished:
        last = scan.found[-1]
        answer["NextToken"] = make_token(request, [last.position, last.trace_id])
    return answer


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
