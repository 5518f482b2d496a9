"""`radiograph daemon` between the official SDK for Python and Radiograph, which goes away for a while."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from tests.support.daemons import RelayDaemon
from tests.support.foreign import run_python_sdk
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import xray_client
from tests.support.recorded import assert_all_came_back, sent_documents
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.support.recorded import Document

pytestmark = pytest.mark.clients


def send(relay: RelayDaemon, record: Path, prefix: str) -> list[Document]:
    """Send 500 documents in two seconds."""
    run_python_sdk(relay.address, record, "count", "500", "250", prefix)
    return sent_documents(record)


def test_an_outage_of_the_service_loses_and_doubles_nothing(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as before:
        http, udp = urlsplit(before.url).netloc, before.daemon
        with RelayDaemon(tmp_path, before.url) as relay:
            sent = send(relay, tmp_path / "before.jsonl", "before")
            before.stop()
            sent += send(relay, tmp_path / "during.jsonl", "during")
            wait_until(
                lambda: relay.figure("service_reachable") == 0, seconds=20, what="the relay to notice the outage"
            )
            assert relay.figure("in_memory") + relay.figure("in_spool") >= 500
            with RadiographProcess(tmp_path / "data", http=http, udp=udp) as after:
                sent += send(relay, tmp_path / "after.jsonl", "after")
                wait_until(
                    lambda: relay.figure("in_memory") + relay.figure("in_spool") == 0,
                    seconds=60,
                    what="the relay to send what waits",
                )
                assert len(sent) == 1500
                assert_all_came_back(xray_client(after.url), sent)
                # Stored once, too, and not only shown once.
                assert relay.figure("sent_total") == 1500


def test_the_sdk_samples_through_the_relay(radiograph: RadiographProcess, tmp_path: Path) -> None:
    with RelayDaemon(tmp_path, radiograph.url) as relay:
        learned = json.loads(run_python_sdk(relay.address, tmp_path / "sent.jsonl", "sampling", "30"))
        assert learned["rules"] == [{"name": "Default", "rate": 0.05, "quota": 1}]
        assert radiograph.answered("GetSamplingRules").keys() == {"200"}
        assert radiograph.answered("GetSamplingTargets").keys() == {"200"}
