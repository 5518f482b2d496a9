"""`radiograph sampling keep` against a running Radiograph: what matters stays, the rest goes, and the map knows all."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import urllib.error
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until
from tests.test_sampling_command import post

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

POLICIES: list[dict[str, Any]] = [
    {"name": "faults", "filter": "service() { fault }"},
    {"name": "gold", "filter": 'annotation[tier] = "gold"'},
    {"name": "Rest", "share": 0},
]


@pytest.fixture
def radiograph(tmp_path: Path) -> Iterator[RadiographProcess]:
    settings = {"keep_after": "1", "settle": "0.2", "rollup_interval": "0.2"}
    with RadiographProcess(tmp_path / "data", settings=settings) as process:
        yield process


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "policies.json"
    file.write_text(json.dumps(POLICIES))
    return file


def keep(process: RadiographProcess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "radiograph", "sampling", "keep", *words, "--url", process.url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def documents(number: int) -> list[dict[str, Any]]:
    """A trace of a service and one that it calls, of which every tenth fails far inside."""
    start = int(time.time()) - 30
    trace_id = f"1-{start:08x}-{number:024x}"
    failed = {"fault": True} if number % 10 == 0 else {}
    web = {"name": "web", "id": f"{number:015x}1", "trace_id": trace_id, "start_time": start, "end_time": start + 0.5}
    call = {
        "name": "orders",
        "id": f"{number:015x}2",
        "namespace": "remote",
        "start_time": start,
        "end_time": start + 0.4,
    }
    orders = {"name": "orders", "id": f"{number:015x}3", "parent_id": call["id"], "trace_id": trace_id}
    orders |= {"start_time": start + 0.1, "end_time": start + 0.3, **failed}
    if number == 7:
        orders["annotations"] = {"tier": "gold"}
    return [web | {"subsegments": [call]}, orders]


def stored(process: RadiographProcess, clock: str = "TraceId") -> dict[str, float]:
    """Return ids and weights of the traces that a list has."""
    end = time.time() + 60
    found = json.loads(process.get(f"/api/v1/traces?start={end - 600:.0f}&end={end:.0f}&limit=1000&clock={clock}"))
    return {trace["id"]: trace["weight"] for trace in found["traces"]}


def decided(process: RadiographProcess) -> int:
    figures: dict[str, dict[str, int]] = process.status()["keep"]
    return sum(figures["kept"].values()) + sum(figures["dropped"].values())


def test_what_matters_stays_and_the_map_counts_all(radiograph: RadiographProcess, file: Path) -> None:
    assert "Every trace is kept" in keep(radiograph).stdout
    refused = keep(radiograph, str(file))
    assert refused.returncode == 1
    assert "Nothing was changed" in refused.stdout
    done = keep(radiograph, str(file), "--yes")
    assert done.returncode == 0, done.stderr
    assert "no other matches, 0% are kept" in done.stdout

    sent = [document for number in range(1, 51) for document in documents(number)]
    post(radiograph, "TraceSegments", {"TraceSegmentDocuments": [json.dumps(each) for each in sent]})
    wanted = {each["trace_id"]: 1.0 for each in sent if each.get("fault") or each.get("annotations")}
    wait_until(lambda: stored(radiograph) == wanted, seconds=20, what="the decision")

    end = time.time() + 60
    map_ = json.loads(radiograph.get(f"/api/v1/map?start={end - 600:.0f}&end={end:.0f}"))
    counted = {node["name"]: node["stats"] for node in map_["nodes"] if node["kind"] == "service"}
    assert {name: (stats["total"], stats["fault"]) for name, stats in counted.items()} == {
        "web": (50, 0),
        "orders": (50, 5),
    }

    told = {each["name"]: each for each in json.loads(keep(radiograph, "--json").stdout)["policies"]}
    assert [(name, each["kept"], each["dropped"]) for name, each in told.items()] == [
        ("faults", 5, 0),
        ("gold", 1, 0),
        ("Rest", 0, 44),
    ]
    metrics = radiograph.get("/metrics")
    assert 'radiograph_traces_kept_total{policy="gold"} 1.0' in metrics
    assert 'radiograph_traces_dropped_total{policy="Rest"} 44.0' in metrics
    assert radiograph.status()["keep"]["kept"] == {"faults": 5, "gold": 1}
    shown = keep(radiograph).stdout
    assert "all others" in shown
    assert "The service map counts every trace that came" in shown


@pytest.mark.parametrize("clock", ["TraceId", "Event", "Service"])
def test_a_trace_stands_for_those_that_were_dropped(radiograph: RadiographProcess, file: Path, clock: str) -> None:
    file.write_text(json.dumps([POLICIES[0], {"name": "Rest", "share": 0.25}]))
    assert keep(radiograph, str(file), "--yes").returncode == 0
    sent = [document for number in range(1, 201) for document in documents(number)]
    for position in range(0, len(sent), 50):
        part = [json.dumps(each) for each in sent[position : position + 50]]
        post(radiograph, "TraceSegments", {"TraceSegmentDocuments": part})
    wait_until(lambda: decided(radiograph) == 200, seconds=20, what="the decision")
    failed = {each["trace_id"] for each in sent if each.get("fault")}
    wait_until(lambda: len(stored(radiograph, clock)) < 100, seconds=20, what="what is dropped to be gone")
    weights = stored(radiograph, clock)
    assert weights.keys() >= failed
    assert {weights[trace_id] for trace_id in failed} == {1.0}
    assert {weight for trace_id, weight in weights.items() if trace_id not in failed} == {4.0}
    # Of 180, a quarter; by which ids there are, the same ones nearly always.
    assert sum(weights.values()) == pytest.approx(200, abs=90)
    one = next(trace_id for trace_id in weights if trace_id not in failed)
    assert json.loads(radiograph.get(f"/api/v1/traces/{one}"))["summary"]["weight"] == 4.0
    assert json.loads(radiograph.get(f"/api/v1/traces/{failed.pop()}"))["summary"]["weight"] == 1.0


def test_what_it_prints_can_be_put_in_force_again(radiograph: RadiographProcess, file: Path) -> None:
    assert keep(radiograph, str(file), "--yes").returncode == 0
    before = keep(radiograph, "--json").stdout
    file.write_text(before)
    assert keep(radiograph, str(file), "--yes").returncode == 0
    after = json.loads(keep(radiograph, "--json").stdout)
    assert {name: after[name] for name in ("policies", "changed")} == {
        name: json.loads(before)[name] for name in ("policies", "changed")
    }


@pytest.mark.parametrize(
    ("policies", "sentence"),
    [
        ([{"name": "a", "filter": "fault ="}], "the policy a: "),
        ([{"name": "a", "filter": 'group.name = "none"'}], "the policy a: "),
        ([{"name": "a"}], "the policy a has no filter"),
        ([{"name": "a", "filter": "fault"}, {"name": "a", "filter": "error"}], "the policy a is given twice"),
        ([{"name": "Rest"}, {"name": "a", "filter": "error"}], "Rest is the last"),
        ([{"name": "Rest", "filter": "error"}], "so has no filter"),
        ([{"name": "a", "filter": "fault", "share": 1.5}], "share must be from 0, none, to 1, all"),
        ([{"name": "a", "filter": "fault", "share": True}], "share must be from 0, none, to 1, all"),
        ([{"name": "a", "filter": 5}], "must be a filter expression"),
        ([{"name": " a", "filter": "fault"}], "must have a name"),
        ([{"filter": "fault"}], "policy 1 (None) must have a name"),
        ([{"name": "a", "filter": "fault", "rate": 1}], "has rate; there are name, filter, share"),
        ([{"name": str(number), "filter": "fault"} for number in range(51)], "50 are the most"),
        ([1], "has no policies"),
        ({"policy": []}, "has no policies"),
    ],
)
def test_policies_that_cannot_be_are_refused_with_a_sentence(
    shared: RadiographProcess, file: Path, policies: Any, sentence: str
) -> None:
    file.write_text(json.dumps(policies))
    refused = keep(shared, str(file), "--yes")
    assert (refused.returncode, refused.stdout) == (1, "")
    assert sentence in refused.stderr
    assert "Traceback" not in refused.stderr


def test_a_file_that_cannot_be_read_is_said_to_be(shared: RadiographProcess, tmp_path: Path) -> None:
    assert "cannot be read" in keep(shared, str(tmp_path / "none.json")).stderr
    (tmp_path / "bad.json").write_text("{")
    assert "is no JSON" in keep(shared, str(tmp_path / "bad.json")).stderr


def try_(process: RadiographProcess, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "radiograph", "sampling", "try", *words, "--url", process.url]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL)


def test_policies_can_be_tried_first_and_change_nothing(radiograph: RadiographProcess, file: Path) -> None:
    assert "nothing to replay" in try_(radiograph, str(file)).stdout
    sent = [document for number in range(1, 51) for document in documents(number)]
    post(radiograph, "TraceSegments", {"TraceSegmentDocuments": [json.dumps(each) for each in sent]})
    wait_until(lambda: len(stored(radiograph)) == 50, seconds=20, what="the traces")
    shown = try_(radiograph, str(file))
    assert shown.returncode == 0, shown.stderr
    assert "50 stored traces" in shown.stdout
    assert "100% → 12%" in shown.stdout
    told = json.loads(try_(radiograph, str(file), "--json").stdout)
    assert (told["share"], told["problem"]) == (1, None)
    draft = told["total"]["draft"]
    assert (draft["requests"], draft["kept"], draft["documents"], draft["documents_kept"]) == (50, 6, 100, 12)
    assert (draft["errors"], draft["errors_kept"]) == (5, 5)
    assert {each["name"]: (each["change"], each["draft"]["requests"]) for each in told["rules"]} == {
        "faults": ("new", 5),
        "gold": ("new", 1),
        "Rest": ("changed", 44),
    }
    assert len(stored(radiograph)) == 50
    assert "Every trace is kept" in keep(radiograph).stdout


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ([], "must be an object"),
        ({}, "policies must be a list"),
        ({"policies": [], "since": 1}, "since: there is no such member"),
        ({"policies": [], "start": 5, "end": 1}, "must be before"),
        ({"policies": [], "group": "nowhere"}, "group nowhere does not exist"),
        ({"policies": [{"name": "a", "filter": "fault ="}]}, "the policy a: "),
        ({"policies": [{"name": "a"}]}, "has no filter"),
    ],
)
def test_what_a_rehearsal_refuses(shared: RadiographProcess, body: Any, sentence: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(shared, "api/v1/sampling/keep/rehearsal", body)
    with caught.value as answer:
        assert answer.code == 400
        assert sentence in json.load(answer)["error"]["message"]


def test_only_put_changes_them(shared: RadiographProcess) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(shared, "api/v1/sampling/keep", {"policies": []})
    with caught.value as refused:
        assert refused.code == 405


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """One whose policies nobody changes."""
    with RadiographProcess(tmp_path_factory.mktemp("shared") / "data") as process:
        yield process
