"""`radiograph daemon` between the official SDK for Python and Radiograph, which goes away for a while."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.support.daemons import RelayDaemon
from tests.support.foreign import run_python_sdk
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import graph_counts, service_graph, xray_client
from tests.support.recorded import assert_all_came_back, sent_documents
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.clients


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_an_outage_of_the_service_loses_and_doubles_nothing(end: str, tmp_path: Path) -> None:
    record = tmp_path / "sent.jsonl"
    with (
        ThreadPoolExecutor(1) as application,
        RadiographProcess(tmp_path / "data") as before,
        RelayDaemon(tmp_path, before.url) as relay,
    ):
        # Eight seconds of documents; the service goes away in the first third and comes back in the second.
        sending = application.submit(run_python_sdk, relay.address, record, "count", "2000", "250")
        wait_until(lambda: before.status()["writer"]["documents"] >= 400, seconds=20, what="400 documents")
        getattr(before, end)()
        wait_until(lambda: waiting(relay) >= 500, seconds=20, what="500 documents to wait in the relay")
        assert relay.figure("service_reachable") == 0
        assert not sending.done()
        http = urlsplit(before.url).netloc
        with RadiographProcess(tmp_path / "data", http=http, udp=before.daemon) as after:
            sending.result()
            wait_until(lambda: waiting(relay) == 0, seconds=60, what="the relay to send what waits")
            sent = sent_documents(record)
            assert len(sent) == 2000
            client = xray_client(after.url)
            assert_all_came_back(client, sent)
            # A call whose answer was lost is repeated. What came twice because of that counts once all the same.
            nodes = graph_counts(service_graph(client))["nodes"]
            counted = {node["name"]: node["total"] for node in nodes if node["type"] != "client"}
            assert counted == {f"counted-{number}": 400 for number in range(5)}
            assert relay.figure("sent_total") == 2000
            assert relay.figure("dropped_total") == 0


def waiting(relay: RelayDaemon) -> float:
    """Count the documents that the relay has taken and the service has not."""
    return relay.figure("in_memory") + relay.figure("in_spool")


def test_the_sdk_samples_through_the_relay(radiograph: RadiographProcess, tmp_path: Path) -> None:
    with RelayDaemon(tmp_path, radiograph.url) as relay:
        learned = json.loads(run_python_sdk(relay.address, tmp_path / "sent.jsonl", "sampling", "30"))
        assert learned["rules"] == [{"name": "Default", "rate": 0.05, "quota": 1}]
        assert radiograph.answered("GetSamplingRules").keys() == {"200"}
        assert radiograph.answered("GetSamplingTargets").keys() == {"200"}
