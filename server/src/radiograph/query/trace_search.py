"""The traces of a time range that match a filter, newest first, part by part.

The scan (`scan.py`) gives traces that the filter does not rule out by what their rows say; each is assembled and the
evaluator decides.
"""

from __future__ import annotations

import hashlib
import math
import time
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.filters import Subject, matches, names_groups, parse, resolve_groups
from radiograph.query.group_lookup import lookup
from radiograph.query.linker import walk
from radiograph.query.row_search import search_for
from radiograph.query.scan import began, scan
from radiograph.store.groups import all_groups
from radiograph.store.rows import trace_time
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.query.filters import Expression
    from radiograph.query.scan import Found
    from radiograph.query.window import Window
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import Trace

    Shape = Callable[[Trace, float], dict[str, Any]]
    """Makes what is told of a trace; given when it did what it was searched for, seconds since the epoch."""

_MICROSECONDS = 1_000_000
_AFTER_ALL_IDS = "~"
# Traces that one part looks into at most: a search that finds little gives a part with little, and goes on after it.
_MOST_EXAMINED = 2_000
_AT_ONCE = 200
_FEW = 20


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched for.

    Args:
        range: the time range.
        clock: what lies in it: "TraceId", "Event" or "Service".
        expression: that a trace must match, without names of groups; None for every trace.
        share: of the traces in the range, 0 to 1: the same ones every time.
    """

    range: Window
    clock: str = "TraceId"
    expression: Expression | None = None
    share: float = 1.0


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A part of a search.

    Args:
        rows: what is told of the traces that were found, newest first.
        weights: for how many traces each of them stands, None where nobody decided.
        examined: traces that were looked into, at least.
        reached: how far back the search came, microseconds since the epoch.
        position: where it goes on; None when the whole range was searched.
    """

    rows: list[dict[str, Any]]
    weights: list[float | None]
    examined: int
    reached: int
    position: list[Any] | None


def filter_of(lake: Lake, text: str, *, region: str, account: str, extensions: bool) -> Expression | None:
    """Read a filter and put the filters of the groups that it names in place; None for every trace.

    Args:
        lake: where the groups are.
        text: the expression.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.
        extensions: whether filters may say what AWS does not know.

    Raises:
        InvalidFilter: it cannot be read, or names no group.
    """
    expression = parse(text, extensions=extensions)
    if expression is None or not names_groups(expression):
        return expression
    return resolve_groups(expression, lookup(all_groups(lake), region=region, account=account))


def search_traces(
    lake: Lake,
    wanted: Wanted,
    limits: Limits,
    shape: Shape,
    *,
    account: str,
    now: float,
    most: int,
    position: list[Any] | None = None,
    patience: float = math.inf,
    clock_now: Callable[[], float] = time.monotonic,
) -> Part:
    """Search backwards from the end of the range.

    Args:
        lake: where.
        wanted: what for.
        limits: for assembling traces.
        shape: makes the rows.
        account: id of the account that segments belong to when they name none.
        now: seconds since the epoch.
        most: traces to find.
        position: where an earlier part ended.
        patience: time after which the part ends with what was found so far, seconds.
        clock_now: monotonic seconds.
    """
    range_ = wanted.range
    before = (int(position[0]), str(position[1])) if position else (range_.end, _AFTER_ALL_IDS)
    reading = _Reading(lake, limits, account, int(now * _MICROSECONDS), wanted, shape)
    search = search_for(wanted.expression)
    first = min(range_.end, before[0])
    rows: list[dict[str, Any]] = []
    weights: list[float | None] = []
    examined = 0
    until = clock_now() + patience
    while True:
        left = most - len(rows)
        # With a filter, some that the scan finds will not match: as many more are looked for as did not so far.
        look = left
        if wanted.expression is not None:
            look = min(_AT_ONCE, _FEW + left * (examined + _FEW) // (len(rows) + _FEW))
        with lake.reading() as connection:
            part = scan(connection, wanted.clock, range_, before, most=look, search=search)
        kept = [found for found in part.found if sampled(found.trace_id, wanted.share)]
        reached = part.reached
        told = reading.rows([found.trace_id for found in kept], most=left)
        for found in part.found:
            examined += 1
            before = _place(found)
            if found.trace_id in told:
                rows.append(told[found.trace_id])
                weights.append(found.weight)
                if len(rows) == most:
                    reached = found.position
                    break
        full = len(rows) == most
        if full or part.finished or examined >= _MOST_EXAMINED or (examined and clock_now() > until):
            break
    if wanted.expression is not None:
        with lake.reading() as connection:
            examined = max(examined, began(connection, reached, first))
    unfinished = not part.finished or (full and before != _place(part.found[-1]))
    return Part(
        rows=rows, weights=weights, examined=examined, reached=reached, position=list(before) if unfinished else None
    )


def _place(found: Found) -> tuple[int, str]:
    return found.position, found.trace_id


class _Reading(msgspec.Struct, frozen=True):
    """How traces are read, and which of them are kept."""

    lake: Lake
    limits: Limits
    account: str
    now: int
    wanted: Wanted
    shape: Shape

    def rows(self, trace_ids: list[str], *, most: int) -> dict[str, dict[str, Any]]:
        """Return the rows, by id, of the first traces that are in the range and match."""
        documents = self.lake.locator.stored_documents(trace_ids)
        found = {}
        for trace_id in trace_ids:
            if trace_id in documents:
                row = self._row(assemble(trace_id, documents[trace_id], self.limits))
                if row is not None:
                    found[trace_id] = row
                    if len(found) == most:
                        break
        return found

    def _row(self, trace: Trace) -> dict[str, Any] | None:
        wanted = self.wanted
        if not trace.segments or (wanted.clock == "TraceId" and not _began_within(trace, wanted.range)):
            return None
        if wanted.expression is not None:
            subject = Subject(
                trace,
                default_account=self.account,
                now=self.now,
                annotation_keys=self.limits.annotations_per_trace,
            )
            if not matches(wanted.expression, subject):
                return None
        return self.shape(trace, _matched(trace, wanted.clock, wanted.range))


def sampled(trace_id: str, share: float) -> bool:
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
