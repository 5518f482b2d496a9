"""radiograph-sdk in front of a running Radiograph: what it records comes back as it was meant."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.addresses import parse_daemon_address
from radiograph_sdk.central import CentralSampler
from radiograph_sdk.header import parse_header
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, Request
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until
from tests.test_sampling_command import post

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def radiograph(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    settings = {"settle": "0.2", "rollup_interval": "0.2"}
    with RadiographProcess(tmp_path_factory.mktemp("sdk") / "data", settings=settings) as process:
        yield process


@pytest.fixture
def service(radiograph: RadiographProcess) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def named(name: str, **options: Any) -> Recorder:
        address = parse_daemon_address(radiograph.daemon)
        made.append(Recorder(name, address=address, **{"sampler": Always(), **options}))
        return made[-1]

    yield named
    for recorder in made:
        assert recorder.losses.counts == {}
        recorder.close()


def found(radiograph: RadiographProcess, trace_id: str) -> dict[str, Any]:
    """The trace, once it is there."""
    path = f"/api/v1/traces/{trace_id}"

    def known() -> bool:
        end = time.time() + 60
        listed = json.loads(radiograph.get(f"/api/v1/traces?start={end - 600:.0f}&end={end:.0f}&limit=1000"))["traces"]
        return any(trace["id"] == trace_id for trace in listed)

    wait_until(known, seconds=20, what=f"trace {trace_id}")
    told: dict[str, Any] = json.loads(radiograph.get(path))
    return told


def test_two_services_become_two_nodes_and_what_they_called(
    radiograph: RadiographProcess, service: Callable[..., Recorder]
) -> None:
    web, stock = service("sdk-web"), service("sdk-stock")
    with web.in_segment() as segment:
        segment.set_user("ada")
        segment.put_annotation("tier", "gold")
        segment.put_http("request", method="GET", url="http://shop.test/cart")
        with web.in_subsegment("stock.internal", "remote") as call:
            call.put_http("request", method="GET", url="http://stock.internal/a")
            came = parse_header(call.header())
            call.put_http("response", status=500)
        segment.put_http("response", status=502)
    with pytest.raises(TimeoutError), stock.in_segment(header=came), stock.in_subsegment("stock@db.internal", "remote"):
        raise TimeoutError("the database is busy")
    trace_id = segment.trace_id

    def whole() -> bool:
        return len(found(radiograph, trace_id)["entities"]) >= 4

    wait_until(whole, seconds=20, what="both services")
    trace = found(radiograph, trace_id)
    names = [entity["name"] for entity in trace["entities"]]
    assert names == ["sdk-web", "stock.internal", "sdk-stock", "stock@db.internal", "stock@db.internal"]
    assert trace["outcome"] == "fault"
    assert trace["summary"]["users"] == ["ada"]
    assert trace["summary"]["annotations"] == {"tier": ["gold"]}
    assert trace["missing"] == []
    assert "TimeoutError" in json.dumps(trace["verdict"])
    nodes = {node["name"] for node in trace["map"]["nodes"]}
    assert {"sdk-web", "sdk-stock", "stock@db.internal"} <= nodes


def test_a_segment_of_a_thousand_calls_comes_whole(
    radiograph: RadiographProcess, service: Callable[..., Recorder]
) -> None:
    recorder = service("sdk-batch")
    with recorder.in_segment() as segment:
        for number in range(1_000):
            with recorder.in_subsegment(f"work {number}") as work:
                work.put_metadata("payload", "x" * 500)
            if not number % 50:
                time.sleep(0.01)  # what nobody has read yet is bounded by the system
    trace_id = segment.trace_id
    wait_until(lambda: len(found(radiograph, trace_id)["entities"]) == 1_001, seconds=30, what="all of it")
    assert found(radiograph, trace_id)["missing"] == []


def test_the_services_rules_decide_and_it_knows_what_was_done(radiograph: RadiographProcess) -> None:
    rule = {
        "RuleName": "sdk",
        "Priority": 5,
        "FixedRate": 0.0,
        "ReservoirSize": 50,
        "ServiceName": "sdk-sampled",
        "ServiceType": "*",
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "*",
        "ResourceARN": "*",
        "Version": 1,
    }
    post(radiograph, "CreateSamplingRule", {"SamplingRule": rule})
    sampler = CentralSampler(parse_daemon_address(radiograph.daemon).tcp)
    try:
        request = Request(service="sdk-sampled")
        wait_until(lambda: sampler.decide(request).rule == "sdk", seconds=20, what="the rules")
        sampled = sum(sampler.decide(request).sampled for _ in range(100))
        assert sampled <= 2  # borrowed, one a second
        sampler.report()
        time.sleep(1.1)
        # By its quota now, which goes by what it had to do; borrowing would be one a second.
        assert 4 <= sum(sampler.decide(request).sampled for _ in range(200)) <= 100
    finally:
        sampler.close()
    answer = json.loads(radiograph.get("/api/v1/sampling"))
    (told,) = [each for each in answer["rules"] if each["name"] == "sdk"]
    assert told["clients"] == 1
