"""What is known of the links between traces, read: edges of the map, the age of events over time, linked traces.

How the rows come about is in `link_edges.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.link_edges import ID_AFTER, ID_BEFORE
from radiograph.query.sums import MINUTE
from radiograph.trace.node import NodeKey

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.graph import ServiceGraph
    from radiograph.query.group_rules import Rule

# The clocks of two hosts disagree by this at most, microseconds.
_SKEW = 600_000_000

# Most lakes have no links, and this is answered sooner than anything with a condition.
_ANY = "SELECT 1 FROM lake.link_edges LIMIT 1"
_ANY_LIVE = "SELECT 1 FROM link_contributions LIMIT 1"

_EDGES = """
SELECT
    source_name, source_type, source_account, name, type, account,
    (age + 500) // 1000 AS age_ms, sum(count)::BIGINT AS total, sum(count * age)::BIGINT,
    epoch_us(min(sent_at)), epoch_us(max(received_at))
FROM (
    SELECT *, epoch_us(received_at) - epoch_us(sent_at) AS age
    FROM (SELECT * FROM link_edges {of_group} UNION ALL SELECT * FROM link_contributions)
    WHERE received_at >= make_timestamp($first) AND received_at < make_timestamp($last) AND source_name IS NOT NULL
)
GROUP BY source_name, source_type, source_account, name, type, account, age_ms
HAVING total <> 0
"""
_AGES = """
SELECT
    epoch_us(received_at) // $period * $period AS bucket, (age + 500) // 1000 AS age_ms,
    sum(count)::BIGINT AS total, sum(count * age)::BIGINT
FROM (
    SELECT *, epoch_us(received_at) - epoch_us(sent_at) AS age
    FROM (SELECT * FROM link_edges {of_group} UNION ALL SELECT * FROM link_contributions)
    WHERE received_at >= make_timestamp($first) AND received_at < make_timestamp($last)
      AND source_name = $source_name AND source_type = $source_type AND source_account = $source_account
      AND name = $name AND type = $type AND account = $account
)
GROUP BY bucket, age_ms
HAVING total <> 0
ORDER BY bucket, age_ms
"""
_OF_GROUP = """
WHERE receiver_trace_id IN (
    SELECT trace_id FROM memberships
    WHERE group_id = $group AND trace_time >= make_timestamp($oldest) AND trace_time < make_timestamp($newest)
)
"""

# What a trace received and sent. The table is sorted by the time of receiving, and nothing is received before it is
# sent, so that this begins with the trace.
_LINKED = """
SELECT sender_trace_id, receiver_trace_id FROM link_edges
WHERE received_at >= make_timestamp($low) AND source_name IS NOT NULL
  AND (sender_trace_id = $trace_id OR receiver_trace_id = $trace_id)
GROUP BY sender_trace_id, receiver_trace_id HAVING sum(count) > 0
ORDER BY min(received_at), sender_trace_id, receiver_trace_id
"""


class Ages(msgspec.Struct, frozen=True):
    """The events that were received within a period.

    Args:
        start: microseconds since the epoch, a multiple of the period.
        total_us: their ages, summed, microseconds.
        ages: events by age in whole milliseconds.
    """

    start: int
    total_us: int
    ages: dict[int, int]


class LinkedTraces(msgspec.Struct, frozen=True):
    """The traces that sent events to a trace, and those that received events from it, each in order of time."""

    senders: list[str]
    receivers: list[str]


def add_link_edges(
    connection: duckdb.DuckDBPyConnection, graph: ServiceGraph, *, first: int, last: int, rule: Rule | None
) -> None:
    """Add the link edges of events that were received in a range, from `link_edges` and `link_contributions`.

    Args:
        connection: a connection to the lake.
        graph: to which they are added.
        first: start of the range, microseconds; a minute counts whole.
        last: its end, exclusive.
        rule: of a group, to which the traces that received must belong; None for all.
    """
    if all(connection.execute(any_).fetchone() is None for any_ in (_ANY, _ANY_LIVE)):
        return
    statement, values = _of(rule, _EDGES, first // MINUTE * MINUTE, last)
    for *ends, age, count, total, sent, received in connection.execute(statement, values).fetchall():
        graph.add_edge(
            NodeKey(*ends[:3]),
            NodeKey(*ends[3:]),
            "link",
            outcome=0,
            response_ms=age,
            n=count,
            sum_us=total,
            first=sent,
            last=received,
        )


def link_ages(
    connection: duckdb.DuckDBPyConnection,
    source: NodeKey,
    target: NodeKey,
    *,
    first: int,
    last: int,
    period: int,
    rule: Rule | None,
) -> list[Ages]:
    """Return how old the events of a link edge were when they were received; periods without events are left out.

    Args:
        connection: where the live tail was computed with its links.
        source: whence the events came.
        target: who received them.
        first: start of the range, microseconds, a multiple of the period.
        last: its end, likewise, exclusive.
        period: microseconds.
        rule: as of `add_link_edges`.
    """
    statement, values = _of(rule, _AGES, first, last)
    values |= {"source_name": source.name, "source_type": source.type, "source_account": source.account}
    values |= {"name": target.name, "type": target.type, "account": target.account, "period": period}
    found: dict[int, Ages] = {}
    for start, age, count, total_us in connection.execute(statement, values).fetchall():
        known = found.get(start, Ages(start, 0, {}))
        found[start] = Ages(start, known.total_us + total_us, known.ages | {age: count})
    return list(found.values())


def linked_traces(connection: duckdb.DuckDBPyConnection, trace_id: str, start: int) -> LinkedTraces:
    """Return the traces with which a trace exchanged events, as far as they are counted.

    Args:
        connection: a connection to the lake.
        trace_id: canonical.
        start: when the trace began, microseconds.
    """
    linked = LinkedTraces([], [])
    if connection.execute(_ANY).fetchone() is None:
        return linked
    for sender, receiver in connection.execute(_LINKED, {"trace_id": trace_id, "low": start - _SKEW}).fetchall():
        if sender == receiver:
            continue
        if receiver == trace_id:
            linked.senders.append(sender)
        else:
            linked.receivers.append(receiver)
    return linked


def _of(rule: Rule | None, statement: str, first: int, last: int) -> tuple[str, dict[str, Any]]:
    """Return a statement about the events received in a range, of a group or of all, and its parameters."""
    values: dict[str, Any] = {"first": first, "last": last}
    if rule is None:
        return statement.format(of_group=""), values
    values |= {"group": rule.group_id, "oldest": first - ID_BEFORE, "newest": last + ID_AFTER}
    return statement.format(of_group=_OF_GROUP), values
