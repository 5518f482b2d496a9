"""The shop with Radiograph's SDK in the place of AWS's, its code as it is: the same map."""

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


@pytest.mark.slow
def test_the_map_is_that_of_aws_sdk(radiograph: RadiographProcess) -> None:
    script = Script(n=40, faults=5, throttles=4, errors=3, slow=1)
    client = xray_client(radiograph.url)
    with supervisor.start(daemon=radiograph.daemon, sdk="radiograph") as shop:
        played = load.play(shop.url, script)
        # What AWS's SDK gives, which test_shop asserts.
        expected = {kind: sorted(played["expected"][kind], key=repr) for kind in ("nodes", "edges")}
        found: dict[str, Any] = {}

        def look() -> bool:
            found.update(graph_counts(service_graph(client)))
            return found == expected

        try:
            wait_until(look, seconds=20, what="the graph of the script")
        except TimeoutError:
            assert found == expected

    good = next(request["trace_id"] for request in played["requests"] if request["outcome"] == "ok")
    sent = [document for document in documents(traces(client, [good])[good]) if not document.get("inferred")]
    assert {document["aws"]["xray"]["sdk"] for document in sent} == {"radiograph-sdk for Python"}
    orders = next(document for document in sent if document["name"] == "orders")
    assert orders["annotations"]["order_id"] >= 1
    fault = next(summary for summary in summaries(client) if summary["HasFault"])
    assert fault["ResponseTime"] >= 0
