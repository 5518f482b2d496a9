"""GetServiceGraph: the map of a time range, from the minutes counted and the live tail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.query.graph import ServiceGraph
from radiograph.query.group_rules import asked_group
from radiograph.query.link_sums import add_link_edges
from radiograph.query.rollup import commit_slack, counted_for, live_tail
from radiograph.query.sums import Counted
from radiograph.query.tokens import make_token, read_token
from radiograph.query.window import Window, window

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.group_rules import Rule
    from radiograph.query.link_edges import Locate
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_MICROSECONDS = 1_000_000


def counted_between(
    connection: duckdb.DuckDBPyConnection,
    range_: Window,
    limits: Limits,
    account: str,
    *,
    now: float,
    slack: int,
    locate: Locate | None,
    rule: Rule | None = None,
) -> Counted:
    """Sum what the minutes that the range touches count; requests count in the minute in which they ended.

    Args:
        connection: a connection to the lake.
        range_: the range.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        now: seconds since the epoch.
        slack: see `rollup.commit_slack`.
        locate: see `rollup.live_tail`.
        rule: of a group, of whose traces alone it shall be; None for all traces.
    """
    live_tail(connection, limits, account, now=int(now * _MICROSECONDS), slack=slack, rule=rule, locate=locate)
    counted, values = counted_for(rule)
    return Counted(connection, range_.start, range_.end, counted, values)


def graph_between(
    connection: duckdb.DuckDBPyConnection,
    range_: Window,
    limits: Limits,
    account: str,
    *,
    now: float,
    slack: int,
    locate: Locate,
    rule: Rule | None = None,
) -> ServiceGraph:
    """Sum up the nodes and edges of a range, link edges too; arguments as of `counted_between`."""
    sums = counted_between(connection, range_, limits, account, now=now, slack=slack, locate=locate, rule=rule)
    graph = ServiceGraph()
    for node in sums.nodes():
        graph.add_node_sums(node.key, node.sums, state="active" if node.active else "unknown", root=node.root)
    for edge in sums.edges():
        is_client = edge.source.type == "client" and not edge.source.account
        graph.add_edge_sums(edge.source, edge.target, "client" if is_client else "call", edge.sums)
    add_link_edges(connection, graph, first=range_.start, last=range_.end, rule=rule)
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
            connection,
            range_,
            limits,
            account,
            now=now,
            slack=commit_slack(lake),
            locate=lake.locator.stored_documents,
            rule=rule,
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
