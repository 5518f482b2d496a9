"""Which traces lie in a time range, newest first, page by page, and of those which a search does not rule out.

The scan goes backwards from the end of the range in slices that grow until enough is found. A trace belongs to the
moment of its latest document that matters; the page's last position is the token, so that traces which arrive
meanwhile, at the front, disturb nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.conditions import any_row, of_trace, values_for
from radiograph.store.rows import BEGINS, SPREAD

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.row_search import Search
    from radiograph.query.window import Window

_MICROSECONDS = 1_000_000
_FIRST_SLICE = 20 * _MICROSECONDS
_FIRST_SLICE_OF_SEARCH = 600 * _MICROSECONDS
_GROWTH = 4

# A trace is found by what its documents say that began at most so long before those that are in the range.
_LONGEST = 3_600 * _MICROSECONDS

# One statement per clock. {rows} and {trace} are conditions of a search, which hold constants and names of parameters
# only. The bounds on trace_time, start_time and last_end prune files and row groups.
#
# An id that carries its time gives all documents of the trace that time. Of others, those beside the slice matter too.
_BY_TRACE_ID = """
SELECT trace_id AS id, max(least(epoch_us(trace_time), $end - 1)) AS position, max(weight)
FROM segments
WHERE trace_time >= make_timestamp($low - $spread) AND trace_time < make_timestamp($high + $spread)
  AND (timed IS NOT true OR trace_time >= make_timestamp($low) AND trace_time < make_timestamp($high))
  AND {rows}
GROUP BY trace_id
HAVING position >= $low AND position < $high AND (position, id) < ($before_position, $before_id) AND {trace}
ORDER BY position DESC, id DESC
LIMIT $most
"""
_LATER_BY_TRACE_ID = """
SELECT DISTINCT trace_id FROM segments
WHERE trace_id IN (SELECT unnest(string_split($ids, ','))) AND timed IS NOT true
  AND trace_time >= make_timestamp($high) AND trace_time < make_timestamp($end)
  AND {rows}
"""

_MATCHING = """
SELECT trace_id FROM segments
WHERE trace_time >= make_timestamp($low - $longest) AND trace_time < make_timestamp($end)
  AND {rows}
GROUP BY trace_id
HAVING {trace}
"""
_BY_EVENT = """
SELECT trace_id AS id, max(least(epoch_us(last_end), $end - 1)) AS position, max(weight)
FROM segments
WHERE least(epoch_us(last_end), $end - 1) >= $low AND least(epoch_us(last_end), $end - 1) < $high
  AND last_end >= make_timestamp($low) AND start_time < make_timestamp($end)
  {matching}
GROUP BY trace_id
HAVING (position, id) < ($before_position, $before_id)
ORDER BY position DESC, id DESC
LIMIT $most
"""
_LATER_BY_EVENT = """
SELECT DISTINCT trace_id FROM segments
WHERE trace_id IN (SELECT unnest(string_split($ids, ','))) AND least(epoch_us(last_end), $end - 1) >= $high
  AND last_end >= make_timestamp($high) AND start_time < make_timestamp($end)
"""
_BY_SERVICE = """
SELECT trace_id AS id, epoch_us(max(end_time)) AS position, max(weight)
FROM segments
WHERE NOT is_subsegment AND end_time >= make_timestamp($low) AND end_time < make_timestamp($high)
  {matching}
GROUP BY trace_id
HAVING (position, id) < ($before_position, $before_id)
ORDER BY position DESC, id DESC
LIMIT $most
"""
_LATER_BY_SERVICE = """
SELECT DISTINCT trace_id FROM segments
WHERE trace_id IN (SELECT unnest(string_split($ids, ','))) AND NOT is_subsegment
  AND end_time >= make_timestamp($high) AND end_time < make_timestamp($end)
"""

_STATEMENTS = {
    "TraceId": (_BY_TRACE_ID, _LATER_BY_TRACE_ID),
    "Event": (_BY_EVENT, _LATER_BY_EVENT),
    "Service": (_BY_SERVICE, _LATER_BY_SERVICE),
}

# Traces that began in a range: those examined, although most are ruled out without a look at their documents.
_BEGAN = """
SELECT count(*) FROM segments
WHERE trace_time >= make_timestamp($low) AND trace_time < make_timestamp($high) AND tree_flags & $begins <> 0
"""


class Found(msgspec.Struct, frozen=True):
    """A trace that the scan found.

    Args:
        trace_id: its id.
        position: where the scan stood.
        weight: for how many traces it stands, since tail sampling kept it; None where nobody decided (see keeping.py).
    """

    trace_id: str
    position: int
    weight: float | None


class Scan(msgspec.Struct, frozen=True):
    """A part of a scan: what it found, how far back it came, and whether that is the range's start."""

    found: list[Found]
    reached: int
    finished: bool


def scan(
    connection: duckdb.DuckDBPyConnection,
    clock: str,
    range_: Window,
    before: tuple[int, str],
    *,
    most: int,
    search: Search | None = None,
) -> Scan:
    """Scan backwards from a position until enough is found or the range exhausted.

    Args:
        connection: a connection to the lake.
        clock: "TraceId", "Event" or "Service".
        range_: the whole range.
        before: position and id of the last trace that was found before.
        most: traces to find.
        search: what rows must say of a trace; None for every trace.
    """
    statement, later = _statements(clock, search)
    values: dict[str, Any] = {"spread": SPREAD, "longest": _LONGEST, "end": range_.end}
    values |= {} if search is None else search.parameters
    found: list[Found] = []
    high = min(range_.end, before[0] + 1)
    width = _FIRST_SLICE if search is None else _FIRST_SLICE_OF_SEARCH
    low = high
    while len(found) < most and high > range_.start:
        low = max(range_.start, high - width)
        left = most - len(found)
        values |= {"low": low, "high": high, "most": left, "before_position": before[0], "before_id": before[1]}
        rows = connection.execute(statement, values_for(statement, values)).fetchall()
        passed = set()
        if rows and high < range_.end:
            values["ids"] = ",".join(row[0] for row in rows)
            passed = {row[0] for row in connection.execute(later, values_for(later, values)).fetchall()}
        found.extend(Found(*row) for row in rows if row[0] not in passed)
        if len(rows) == left:
            # The slice may have more.
            before = (rows[-1][1], rows[-1][0])
            high = before[0] + 1
        else:
            high = low
            width *= _GROWTH
    finished = len(found) < most
    return Scan(found, low if finished else found[-1].position, finished)


def began(connection: duckdb.DuckDBPyConnection, low: int, high: int) -> int:
    """Return how many traces began in a range, microseconds."""
    row = connection.execute(_BEGAN, {"low": low, "high": high, "begins": BEGINS}).fetchone()
    return 0 if row is None else int(row[0])


def _statements(clock: str, search: Search | None) -> tuple[str, str]:
    statement, later = _STATEMENTS[clock]
    rows, trace = ("true", "true") if search is None else (any_row(search.condition), of_trace(search.condition))
    matching = "" if search is None else f"AND trace_id IN ({_MATCHING.format(rows=rows, trace=trace)})"
    return statement.format(rows=rows, trace=trace, matching=matching), later.format(rows=rows)
