"""GetServiceGraph: the map of a time range, from the minutes counted and the live tail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.query.graph import ServiceGraph
from radiograph.query.group_rules import asked_group
from radiograph.query.rollup import commit_slack, counted_for, live_tail
from radiograph.query.tokens import make_token, read_token
from radiograph.query.window import Window, window
from radiograph.trace.node import NodeKey

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.group_rules import Rule
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_MICROSECONDS = 1_000_000
_MINUTE = 60 * _MICROSECONDS

# Both tables are sorted by minute, so that only the range's row groups are read. The first start and the last end of a
# key stand in some of its rows.
_NODES = """
SELECT * EXCLUDE (first_start, last_end), epoch_us(first_start), epoch_us(last_end)
FROM (
    SELECT
        name, type, account, active, root, outcome, response_ms, duration_ms,
        sum(count)::BIGINT AS total, sum(total_us)::BIGINT AS total_us,
        min(min(first_start)) OVER key AS first_start, max(max(last_end)) OVER key AS last_end
    FROM (
        SELECT * FROM node_minutes
        WHERE {counted} AND minute >= make_timestamp($first) AND minute < make_timestamp($last)
        UNION ALL
        SELECT * FROM node_contributions WHERE minute >= make_timestamp($first) AND minute < make_timestamp($last)
    )
    GROUP BY name, type, account, active, root, outcome, response_ms, duration_ms
    WINDOW key AS (PARTITION BY name, type, account)
)
WHERE total <> 0
"""

_EDGES = """
SELECT * EXCLUDE (first_start, last_end), epoch_us(first_start), epoch_us(last_end)
FROM (
    SELECT
        source_name, source_type, source_account, name, type, account, outcome, response_ms,
        sum(count)::BIGINT AS total, sum(total_us)::BIGINT AS total_us,
        min(min(first_start)) OVER key AS first_start, max(max(last_end)) OVER key AS last_end
    FROM (
        SELECT * FROM edge_minutes
        WHERE {counted} AND minute >= make_timestamp($first) AND minute < make_timestamp($last)
        UNION ALL
        SELECT * FROM edge_contributions WHERE minute >= make_timestamp($first) AND minute < make_timestamp($last)
    )
    GROUP BY source_name, source_type, source_account, name, type, account, outcome, response_ms
    WINDOW key AS (PARTITION BY source_name, source_type, source_account, name, type, account)
)
WHERE total <> 0
"""


def graph_between(
    connection: duckdb.DuckDBPyConnection,
    range_: Window,
    limits: Limits,
    account: str,
    *,
    now: float,
    slack: int,
    rule: Rule | None = None,
) -> ServiceGraph:
    """Sum the minutes that the range touches; requests count in the minute in which they ended.

    Args:
        connection: a connection to the lake.
        range_: the range.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        now: seconds since the epoch.
        slack: see `rollup.commit_slack`.
        rule: of a group, of whose traces alone it shall be; None for all traces.
    """
    live_tail(connection, limits, account, now=int(now * _MICROSECONDS), slack=slack, rule=rule)
    counted, values = counted_for(rule)
    minutes = {"first": range_.start // _MINUTE * _MINUTE, "last": range_.end, **values}
    graph = ServiceGraph()
    for row in connection.execute(_NODES.format(counted=counted), minutes).fetchall():
        name, type_, of_account, active, root, outcome, response, duration, count, total, first, last = row
        graph.add_node(
            NodeKey(name, type_, of_account),
            state="active" if active else "unknown",
            root=root,
            outcome=outcome,
            response_ms=response,
            duration_ms=duration,
            n=count,
            sum_us=total,
            first=first,
            last=last,
        )
    for row in connection.execute(_EDGES.format(counted=counted), minutes).fetchall():
        (
            from_name,
            from_type,
            from_account,
            name,
            type_,
            of_account,
            outcome,
            response,
            count,
            total,
            first,
            last,
        ) = row
        graph.add_edge(
            NodeKey(from_name, from_type, from_account),
            NodeKey(name, type_, of_account),
            "client" if from_type == "client" and not from_account else "call",
            outcome=outcome,
            response_ms=response,
            n=count,
            sum_us=total,
            first=first,
            last=last,
        )
    return graph


def service_graph(
    lake: Lake,
    request: dict[str, Any],
    limits: Limits,
    *,
    region: str,
    account: str,
    hours: float,
    page: int,
    now: float,
) -> dict[str, Any]:
    """Answer GetServiceGraph.

    Args:
        lake: where.
        request: the request's members.
        limits: for assembling traces.
        region: of the ARN of the group Default.
        account: id of the account that segments belong to when they name none.
        hours: longest range allowed.
        page: services on a page; reference ids are unique over all pages.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: a bad range or token, or no such group.
    """
    range_ = window(request, hours=hours)
    asked = asked_group(lake, request, region=region, account=account)
    rule = None if asked is None else asked.rule
    position = read_token(request)
    offset = int(position[0]) if position else 0
    with lake.reading() as connection:
        services = graph_between(
            connection, range_, limits, account, now=now, slack=commit_slack(lake), rule=rule
        ).answer()
    answer: dict[str, Any] = {
        "StartTime": request["StartTime"],
        "EndTime": request["EndTime"],
        "Services": services[offset : offset + page],
        "ContainsOldGroupVersions": asked is not None and asked.is_older(range_.start),
    }
    if offset + page < len(services):
        answer["NextToken"] = make_token(request, [offset + page])
    return answer
