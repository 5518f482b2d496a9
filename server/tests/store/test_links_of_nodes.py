"""Links between traces whose documents come to several nodes, on both catalogs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from server.tests.store.test_rollup_reference import ACCOUNT, BASE, LIMITS, NOW, Clock, Node, segment

from radiograph.query.rollup import commit_slack, roll_up
from radiograph.query.service_graph import graph_between
from radiograph.query.window import Window

if TYPE_CHECKING:
    from radiograph.query.graph import ServiceGraph
    from radiograph.store.lake import Lake

SENT = segment(1, 1, name="shop")
RECEIVED = segment(2, 3, name="worker", links=[{"trace_id": SENT["trace_id"], "id": SENT["id"]}])


def graph(lake: Lake, now: float) -> ServiceGraph:
    with lake.reading() as connection:
        return graph_between(
            connection,
            Window(BASE * 1_000_000, int(now * 1_000_000)),
            LIMITS,
            ACCOUNT,
            now=now,
            slack=commit_slack(lake),
            locate=lake.locator.stored_documents,
        )


def ages(lake: Lake, now: float) -> list[dict[str, float]]:
    """Return the ages on all link edges; the event of the traces above is two seconds old."""
    edges = [edge for service in graph(lake, now).answer() for edge in service["Edges"]]
    return [age for edge in edges for age in edge.get("ReceivedEventAgeHistogram", ())]


@pytest.mark.parametrize("first", ["sender", "receiver"])
def test_the_sides_of_a_link_come_to_two_nodes_and_are_counted_once(lake: Lake, first: str) -> None:
    """Whichever side comes first."""
    documents = [SENT, RECEIVED] if first == "sender" else [RECEIVED, SENT]
    Node(lake, 1, Clock(NOW)).commit([json.dumps(documents[0])])
    roll_up(lake, LIMITS, settled=int((NOW + 1) * 1_000_000), account=ACCOUNT, slack=commit_slack(lake))
    assert ages(lake, NOW + 2) == []
    Node(lake, 2, Clock(NOW + 1.5)).commit([json.dumps(documents[1])])
    assert ages(lake, NOW + 2) == [{"Value": 2.0, "Count": 1}]
    for _ in range(2):
        roll_up(lake, LIMITS, settled=int((NOW + 2) * 1_000_000), account=ACCOUNT, slack=commit_slack(lake))
        assert ages(lake, NOW + 2) == [{"Value": 2.0, "Count": 1}]
    with lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM link_edges WHERE source_name <> ''").fetchone() == (1,)
