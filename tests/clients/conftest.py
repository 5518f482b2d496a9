"""The shop after a script of purchases: real processes, traced with AWS's own SDK, whose every number is known."""

from __future__ import annotations

import random
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.support.foreign import run_aws_cli
from tests.support.program import REPOSITORY
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import graph_counts, service_graph, xray_client
from tests.support.waiting import wait_until

sys.path.insert(0, str(REPOSITORY / "examples" / "shop"))

from shop import load, supervisor
from shop.script import Outcome, Script

if TYPE_CHECKING:
    from collections.abc import Iterator

SCRIPT = Script(n=30, faults=4, throttles=3, errors=5, slow=2)
SEED = 7
SMALL_PAGES = {"page_traces": "12", "page_services": "4"}
"""So that every long answer has several."""


class Purchase(msgspec.Struct, frozen=True):
    """One purchase of the script.

    Args:
        outcome: how it had to end.
        visit: who bought what.
    """

    outcome: Outcome
    visit: load.Visit

    @property
    def user(self) -> str:
        """Who bought."""
        assert self.visit.json is not None
        return str(self.visit.json["user"])


class PlayedShop(msgspec.Struct, frozen=True):
    """A shop that has closed, and the Radiograph that has seen all of its purchases.

    Args:
        radiograph: where the traces are.
        client: boto3's, for that Radiograph.
        queue_url: names the node of the notifications queue.
        purchases: by trace id.
        window: StartTime and EndTime around all of them, whole seconds since the epoch.
    """

    radiograph: RadiographProcess
    client: Any
    queue_url: str
    purchases: dict[str, Purchase]
    window: dict[str, int]

    def matches(self, expression: str) -> set[str]:
        """Return the ids of the traces that match a filter expression, all pages of them."""
        pages = self.client.get_paginator("get_trace_summaries").paginate(**self.window, FilterExpression=expression)
        return {summary["Id"] for page in pages for summary in page["TraceSummaries"]}

    def matches_by_command_line(self, expression: str) -> set[str]:
        """Return the same as the AWS command line brings it."""
        words = ("--start-time", str(self.window["StartTime"]), "--end-time", str(self.window["EndTime"]))
        answer = run_aws_cli(self.radiograph.url, "get-trace-summaries", *words, "--filter-expression", expression)
        return {summary["Id"] for summary in answer["TraceSummaries"]}

    def outcomes(self, trace_ids: set[str]) -> Counter[str]:
        """Count traces by how their purchases ended."""
        return Counter(str(self.purchases[trace_id].outcome) for trace_id in trace_ids)


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PlayedShop]:
    """30 purchases: 16 plain, 2 slow, 5 of no such item, 3 with an overused card, 4 with the bank down."""
    folder = tmp_path_factory.mktemp("shop")
    with RadiographProcess(folder / "data", settings=SMALL_PAGES) as radiograph:
        client = xray_client(radiograph.url)
        start = int(time.time())
        with supervisor.start(daemon=radiograph.daemon) as running:
            played = load.play(running.url, SCRIPT, seed=SEED)
        expected = {kind: sorted(played["expected"][kind], key=repr) for kind in ("nodes", "edges")}
        wait_until(lambda: graph_counts(service_graph(client)) == expected, seconds=20, what="the graph of the script")
        purchases = {
            request["trace_id"]: Purchase(Outcome(request["outcome"]), visit)
            for request, visit in zip(played["requests"], _visits(), strict=True)
        }
        window = {"StartTime": start, "EndTime": int(time.time()) + 1}
        yield PlayedShop(radiograph, client, played["queue_url"], purchases, window)


def _visits() -> list[load.Visit]:
    """Return the visits that `load.play` makes, in its order."""
    rng = random.Random(SEED)
    outcomes = SCRIPT.outcomes()
    rng.shuffle(outcomes)
    return [load.purchase(outcome, rng) for outcome in outcomes]
