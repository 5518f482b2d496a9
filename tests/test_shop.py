"""The example shop, whose every call is known beforehand, on the service graph."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.program import REPOSITORY
from tests.support.reading import documents, graph_counts, service_graph, summaries, traces, xray_client
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.radiograph_process import RadiographProcess

sys.path.insert(0, str(REPOSITORY / "examples" / "shop"))

from shop import load, supervisor
from shop.script import Script

FLAGS = ("HasFault", "HasThrottle", "HasError")
# A 429 is an error too (X-Ray developer guide).
FLAGS_OF = {
    "ok": set[str](),
    "slow": set[str](),
    "error": {"HasError"},
    "throttle": {"HasError", "HasThrottle"},
    "fault": {"HasFault"},
}


@pytest.mark.slow
def test_the_service_graph_counts_every_call_of_the_shop_and_no_other(radiograph: RadiographProcess) -> None:
    script = Script(n=60, faults=7, throttles=5, errors=4, slow=3)
    client = xray_client(radiograph.url)
    with supervisor.start(daemon=radiograph.daemon) as shop:
        played = load.play(shop.url, script)
        expected = {kind: sorted(played["expected"][kind], key=repr) for kind in ("nodes", "edges")}
        # The segments have been sent; when those of the last purchase are stored, so is everything.
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(graph_counts(service_graph(client)))
            return found == expected

        try:
            wait_until(look, seconds=20, what="the graph of the script")
        except TimeoutError:
            assert found == expected

    by_outcome = {request["trace_id"]: request["outcome"] for request in played["requests"]}
    assert len(by_outcome) == script.n
    found_flags = {summary["Id"]: {flag for flag in FLAGS if summary[flag]} for summary in summaries(client)}
    assert found_flags == {trace_id: FLAGS_OF[outcome] for trace_id, outcome in by_outcome.items()}
    # A purchase that goes well is a trace of five services: web, catalogue, orders, payments, notifications.
    good = next(trace_id for trace_id, outcome in by_outcome.items() if outcome == "ok")
    assert sorted(
        document["name"] for document in documents(traces(client, [good])[good]) if not document.get("inferred")
    ) == ["catalogue", "notifications", "orders", "payments", "web"]
