"""What keep policies would have kept of the traces that are stored: today's policies and a draft, side by side.

Of a long range a share of the traces is looked into, and stands for all. A trace that policies kept before stands for
those that they dropped, see `weight` in `segments`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from radiograph.query.arrow_rows import registered
from radiograph.query.keep_decider import KeepDecider, decided
from radiograph.query.touched import time_range
from radiograph.sampling.expected import changes_between, compared
from radiograph.store.groups import read_groups
from radiograph.store.keep_policies import read_keep_policies
from radiograph.store.rows import ERROR, FAULT, THROTTLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from radiograph.query.view import View
    from radiograph.store.keep_policies import KeepPolicy

MOST_TRACES = 20_000
"""Traces that are looked into, about: more are a share of those that are there."""

_MICROSECONDS = 1_000_000
_SLOWEST_SHARE = 0.01
_WHOLE = 1_000_000

_OF_GROUP = "AND trace_id IN (SELECT trace_id FROM memberships WHERE group_id = $group)"
_COUNT = """
SELECT approx_count_distinct(trace_id) FROM segments
WHERE trace_time >= make_timestamp($start) AND trace_time < make_timestamp($end) {of_group}
"""
_LOOKED_AT = """
CREATE OR REPLACE TEMP TABLE looked_at AS
SELECT
    trace_id, min(trace_time) AS first_time, max(trace_time) AS last_time, bool_or(timed IS NOT true) AS spread
FROM segments
WHERE trace_time >= make_timestamp($start) AND trace_time < make_timestamp($end)
  AND hash(trace_id) % {whole} < $part {of_group}
GROUP BY trace_id
"""
# Of a trace, its earliest segment without a parent is the request; of several documents of that, the finished one.
_FACTS = """
CREATE OR REPLACE TEMP TABLE facts AS
WITH rows AS (
    SELECT
        segments.trace_id, name, coalesce(type, '') AS type, start_time, end_time, weight, user_name,
        coalesce(error OR throttle OR fault, false) OR coalesce(tree_flags & $bad <> 0, false) AS bad,
        {
            'inner': parent_id IS NOT NULL OR is_subsegment, 'start_time': start_time, 'id': id,
            'unfinished': end_time IS NULL
        } AS place
    FROM segments SEMI JOIN looked_at USING (trace_id)
    WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($until)
)
SELECT
    trace_id, count(*) AS documents, coalesce(max(weight), 1) / $share AS weight, bool_or(bad) AS bad,
    arg_min({'name': name, 'type': type}, place) AS service,
    arg_min(epoch_us(end_time) - epoch_us(start_time), place) AS took_us,
    min(user_name) AS user_name
FROM rows GROUP BY trace_id
"""
_SERVICES = "SELECT service.name, service.type FROM facts GROUP BY ALL ORDER BY ALL"
_REHEARSED = """
CREATE OR REPLACE TEMP TABLE rehearsed AS
WITH slowest AS (
    SELECT service, quantile_disc(took_us, 1 - $slowest) AS took_us
    FROM facts WHERE took_us IS NOT NULL GROUP BY service
)
SELECT
    numbered.service, bad, documents, weight, hash(user_name) AS user_hash, user_name IS NOT NULL AS has_user,
    coalesce(facts.took_us >= slowest.took_us, false) AS slow,
    now_rule, now_chance, draft_rule, draft_chance
FROM facts
JOIN numbered ON numbered.name IS NOT DISTINCT FROM facts.service.name AND numbered.type = facts.service.type
LEFT JOIN slowest ON slowest.service = facts.service
JOIN decided_now USING (trace_id)
JOIN decided_draft USING (trace_id)
"""
_DROP = ("looked_at", "facts", "rehearsed")

_NUMBERED_SCHEMA = pa.schema([("name", pa.string()), ("type", pa.string()), ("service", pa.int32())])


def rehearse_keeping(view: View, draft: Sequence[KeepPolicy], *, most: int = MOST_TRACES) -> dict[str, Any]:
    """Return what two sets of keep policies keep of the traces of a range.

    Args:
        view: the range, and the group whose traces count.
        draft: the policies to compare with today's, in the order in which they are tried, Rest last.
        most: traces to look into, about.

    Returns:
        See `compared`, and `share`: how much of the traces was looked into.
    """
    with view.ground.lake.reading() as connection:
        try:
            return _Rehearsal(connection, view, draft, most).answer()
        finally:
            for table in _DROP:
                connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


class _Rehearsal:
    def __init__(
        self, connection: duckdb.DuckDBPyConnection, view: View, draft: Sequence[KeepPolicy], most: int
    ) -> None:
        self._connection = connection
        self._view = view
        self._now = read_keep_policies(connection).policies
        self._draft = draft
        self._most = most

    def answer(self) -> dict[str, Any]:
        share, services, problem = self._read()
        changes = changes_between(self._now, self._draft, lambda old, new: old == new)
        names = {"now": [each.name for each in self._now], "draft": [each.name for each in self._draft]}
        found = compared(self._connection, services, **names, changes=changes)
        return {"share": share, "problem": problem, **found}

    def _read(self) -> tuple[float, list[tuple[str, str]], str | None]:
        """Leave the traces in `rehearsed`; return the share of them, the services, and what is wrong with a filter."""
        connection, asked = self._connection, self._view.asked
        range_ = self._view.range
        of_group = "" if asked is None else _OF_GROUP
        given: dict[str, Any] = {"start": range_.start, "end": range_.end}
        if asked is not None:
            given["group"] = asked.group.id
        counted = connection.execute(_COUNT.format(of_group=of_group), given).fetchone() or (0,)
        part = _WHOLE if counted[0] <= self._most else max(1, _WHOLE * self._most // counted[0])
        connection.execute(_LOOKED_AT.format(of_group=of_group, whole=_WHOLE), given | {"part": part})
        first, until = time_range(connection, "looked_at") or (range_.start, range_.end)
        share = part / _WHOLE
        times = {"first": first, "until": until}
        connection.execute(_FACTS, times | {"bad": ERROR | THROTTLE | FAULT, "share": share})
        services = connection.execute(_SERVICES).fetchall()
        numbered = [(name, type_, number) for number, (name, type_) in enumerate(services)]
        now, draft, problem = self._decided(**times)
        with (
            registered(connection, "numbered", numbered, _NUMBERED_SCHEMA),
            registered(connection, "decided_now", now, _decided_schema("now")),
            registered(connection, "decided_draft", draft, _decided_schema("draft")),
        ):
            connection.execute(_REHEARSED, {"slowest": _SLOWEST_SHARE})
        return share, services, problem

    def _decided(
        self, *, first: int, until: int
    ) -> tuple[list[tuple[str, int, float]], list[tuple[str, int, float]], str | None]:
        """Return id, number of the policy and chance of each trace, of both sides, and what is wrong with the draft."""
        ground = self._view.ground
        groups = read_groups(self._connection)
        sides = [
            KeepDecider.of(policies, groups, region=ground.region, account=ground.account)
            for policies in (self._now, self._draft)
        ]
        numbers = [{policy.name: at for at, policy in enumerate(policies)} for policies in (self._now, self._draft)]
        rows: tuple[list[tuple[str, int, float]], list[tuple[str, int, float]]] = ([], [])
        for trace_id, rules in decided(
            self._connection,
            sides,
            "looked_at",
            first=first,
            until=until,
            limits=ground.limits,
            account=ground.account,
            now=int(ground.now * _MICROSECONDS),
        ):
            for side, rule in enumerate(rules):
                rows[side].append((trace_id, numbers[side][rule.name], rule.share))
        return *rows, sides[1].problem


def _decided_schema(side: str) -> pa.Schema:
    return pa.schema([("trace_id", pa.string()), (f"{side}_rule", pa.int32()), (f"{side}_chance", pa.float64())])
