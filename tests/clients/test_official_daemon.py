"""AWS's own daemon between the official SDK for Python and Radiograph."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.daemons import OfficialDaemon
from tests.support.foreign import run_python_sdk
from tests.support.reading import xray_client
from tests.support.recorded import assert_all_came_back, sent_documents, wait_until_stored
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.radiograph_process import RadiographProcess

pytestmark = pytest.mark.clients


@pytest.fixture
def daemon(radiograph: RadiographProcess, tmp_path: Path) -> Iterator[OfficialDaemon]:
    with OfficialDaemon(tmp_path, radiograph.url) as process:
        yield process


@pytest.fixture
def client(radiograph: RadiographProcess) -> Any:
    return xray_client(radiograph.url)


def test_nothing_of_two_thousand_documents_is_lost_or_changed(
    radiograph: RadiographProcess, daemon: OfficialDaemon, client: Any, tmp_path: Path
) -> None:
    record = tmp_path / "sent.jsonl"
    run_python_sdk(daemon.address, record, "count", "2000", "250")
    sent = sent_documents(record)
    assert len(sent) == 2000
    wait_until_stored(radiograph, sent)
    assert_all_came_back(client, sent)
    assert radiograph.answered("PutTraceSegments").keys() == {"200"}
    assert radiograph.status()["ingest"]["received"] == {"http": 2000}


def test_the_sdk_samples_through_its_proxy(
    radiograph: RadiographProcess, daemon: OfficialDaemon, tmp_path: Path
) -> None:
    record = tmp_path / "sent.jsonl"
    learned = json.loads(run_python_sdk(daemon.address, record, "sampling", "30"))
    assert learned["rules"] == [{"name": "Default", "rate": 0.05, "quota": 1}]
    assert radiograph.answered("GetSamplingRules").keys() == {"200"}
    assert radiograph.answered("GetSamplingTargets").keys() == {"200"}
    wait_until_stored(radiograph, sent_documents(record))


def test_its_telemetry_is_accepted_when_it_stops(
    radiograph: RadiographProcess, daemon: OfficialDaemon, tmp_path: Path
) -> None:
    record = tmp_path / "sent.jsonl"
    run_python_sdk(daemon.address, record, "count", "10", "100")
    wait_until_stored(radiograph, sent_documents(record))
    daemon.stop()
    wait_until(
        lambda: radiograph.answered("PutTelemetryRecords"), seconds=10, what="the daemon's last telemetry record"
    )
    assert radiograph.answered("PutTelemetryRecords") == {"200": 1}
    (relay,) = radiograph.status()["relays"]
    assert "test-host" in json.dumps(relay)
