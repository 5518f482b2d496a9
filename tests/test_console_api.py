"""The console's own API: its routes, as docs/console-api.md tells them, on traces that were counted by hand."""

from __future__ import annotations

import http.client
import json
import re
import secrets
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_DOCS = Path(__file__).parents[1] / "docs" / "console-api.md"
_OUTCOMES = ("ok", "error", "throttle", "fault")
_EVIL = "<script>alert(1)</script>"


def _id(start: float) -> str:
    return f"1-{int(start):08x}-{secrets.token_hex(12)}"


def _documents(start: float, *, status: int, seconds: float, user: str) -> tuple[str, list[dict[str, Any]]]:
    """`web` calls `orders`; both answer the status. `orders` takes 80 % of the time."""
    trace_id = _id(start)
    web, call, orders = (secrets.token_hex(8) for _ in range(3))
    flags: dict[str, Any] = {
        name: True
        for name, on in {"fault": status >= 500, "error": 400 <= status < 500, "throttle": status == 429}.items()
        if on
    }
    if status >= 500:
        raised = {"id": secrets.token_hex(8), "type": "TimeoutError", "message": f"no answer {_EVIL}"}
        flags["cause"] = {"working_directory": "/srv", "exceptions": [raised]}
    answer = {"request": {"method": "GET", "url": "http://shop.test/cart"}, "response": {"status": status}}
    return trace_id, [
        {
            "trace_id": trace_id,
            "id": web,
            "name": "web",
            "origin": "AWS::ECS::Container",
            "start_time": start,
            "end_time": start + seconds,
            "user": user,
            "annotations": {"tier": "gold", "total": 12.5},
            "metadata": {"default": {"basket": [1, 2]}},
            "http": answer,
            **flags,
            "subsegments": [
                {
                    "id": call,
                    "name": "orders",
                    "namespace": "remote",
                    "start_time": start + seconds * 0.05,
                    "end_time": start + seconds * 0.95,
                    "http": answer,
                    **flags,
                }
            ],
        },
        {
            "trace_id": trace_id,
            "id": orders,
            "parent_id": call,
            "name": "orders",
            "start_time": start + seconds * 0.1,
            "end_time": start + seconds * 0.9,
            "http": answer,
            **flags,
        },
    ]


def _error(refusal: urllib.error.HTTPError) -> dict[str, Any]:
    """What a refusal says; its connection is closed."""
    with refusal:
        error: dict[str, Any] = json.loads(refusal.read())["error"]
    return error


class Console:
    """A Radiograph with ten traces: seven OK, one error, one throttle, one fault; of 100, 110, ... 190 ms."""

    def __init__(self, process: RadiographProcess) -> None:
        self.process = process
        # All in one minute, which has ended.
        self.minute = int(time.time() // 60) * 60 - 120
        self.start, self.end = self.minute - 60, self.minute + 120
        self.ids: list[str] = []
        for index in range(10):
            status = {3: 404, 5: 429, 8: 500}.get(index, 200)
            trace_id, documents = _documents(
                self.minute + 2 * index,
                status=status,
                seconds=0.1 + 0.01 * index,
                user=f"user{index % 3}",
            )
            self.ids.append(trace_id)
            body = {"TraceSegmentDocuments": [json.dumps(each) for each in documents]}
            self.post("TraceSegments", body)
        self.post("CreateGroup", {"GroupName": "failures", "FilterExpression": "fault"})
        wait_until(lambda: self.ask("map", **self.range)["nodes"], seconds=20, what="the traces")

    @property
    def range(self) -> dict[str, Any]:
        return {"start": self.start, "end": self.end}

    def post(self, path: str, body: dict[str, Any]) -> None:
        with _OPENER.open(urllib.request.Request(f"{self.process.url}/{path}", json.dumps(body).encode())) as answer:
            answer.read()

    def ask(self, path: str, **parameters: Any) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(
            self.process.get(
                f"/api/v1/{path}?{urllib.parse.urlencode(parameters)}" if parameters else f"/api/v1/{path}"
            )
        )
        assert answer["took_ms"] >= 0
        assert abs(answer["now"] - time.time()) < 60
        return answer

    def code(self, path: str) -> str | None:
        """The code of the error that a path answers; None when it is none."""
        try:
            self.process.get(path)
        except urllib.error.HTTPError as refusal:
            code: str = _error(refusal)["code"]
            return code
        return None

    def refused(self, path: str, **parameters: Any) -> tuple[int, dict[str, Any]]:
        with pytest.raises(urllib.error.HTTPError) as caught:
            self.ask(path, **parameters)
        error: dict[str, Any] = _error(caught.value)
        assert set(error) <= {"code", "message", "position", "request_id"}
        return caught.value.code, error


@pytest.fixture(scope="module")
def console(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Console]:
    with RadiographProcess(tmp_path_factory.mktemp("console") / "data") as process:
        yield Console(process)


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    with RadiographProcess(tmp_path_factory.mktemp("empty") / "data") as process:
        yield process


def _stats(answer: dict[str, Any]) -> tuple[int, ...]:
    assert sum(answer[each] for each in _OUTCOMES) == answer["total"]
    return tuple(answer[each] for each in _OUTCOMES)


def test_the_docs_name_every_route_and_no_other(console: Console) -> None:
    told = set(re.findall(r"^\| `(/api/v1/[^`]*)` \|", _DOCS.read_text(encoding="utf-8"), re.MULTILINE))
    assert len(told) >= 12
    for path in sorted(told):
        real = path.replace("{id}", console.ids[0]).replace("{entity}", "0" * 16)
        if path.endswith("/live"):
            continue
        # Without its parameters it may refuse, but it is there.
        assert console.code(real) != "UnknownOperationException", path
    status, error = console.refused("nonsense")
    assert (status, error["code"]) == (404, "UnknownOperationException")


def test_the_map_counts_every_request_once(console: Console) -> None:
    answer = console.ask("map", **console.range)
    nodes = {node["name"] if node["kind"] != "client" else "client": node for node in answer["nodes"]}
    assert list(nodes) == ["client", "web", "orders"]
    assert _stats(nodes["web"]["stats"]) == (7, 1, 1, 1)
    assert _stats(nodes["orders"]["stats"]) == (7, 1, 1, 1)
    assert nodes["web"]["root"]
    assert nodes["web"]["type"] == "AWS::ECS::Container"
    assert nodes["web"]["stats"]["mean"] == pytest.approx(0.145, abs=0.001)
    # By nearest rank of ten.
    assert nodes["web"]["stats"]["p50"] == pytest.approx(0.14, abs=0.001)
    assert nodes["web"]["stats"]["p90"] == pytest.approx(0.18, abs=0.001)
    assert nodes["web"]["stats"]["p99"] == pytest.approx(0.19, abs=0.001)
    names = {node["id"]: name for name, node in nodes.items()}
    edges = {(names[edge["source"]], names[edge["target"]]): edge for edge in answer["edges"]}
    assert {pair: edge["kind"] for pair, edge in edges.items()} == {
        ("client", "web"): "client",
        ("web", "orders"): "call",
    }
    assert _stats(edges["web", "orders"]["stats"]) == (7, 1, 1, 1)
    # The caller waited for 90 % of the time, network included.
    assert edges["web", "orders"]["stats"]["mean"] == pytest.approx(0.145 * 0.9, abs=0.001)
    # The same ids the next time.
    assert [node["id"] for node in console.ask("map", **console.range)["nodes"]] == [
        node["id"] for node in answer["nodes"]
    ]


def test_the_map_of_a_group_has_its_traces_alone(console: Console) -> None:
    def of_group() -> list[dict[str, Any]]:
        nodes: list[dict[str, Any]] = console.ask("map", **console.range, group="failures")["nodes"]
        return nodes

    nodes = wait_until(of_group, seconds=20, what="the group")
    assert {node["name"]: _stats(node["stats"]) for node in nodes if node["kind"] == "service"} == {
        "web": (0, 0, 0, 1),
        "orders": (0, 0, 0, 1),
    }


def test_a_node_in_depth(console: Console) -> None:
    answer = console.ask("map/node", **console.range, name="web", type="AWS::ECS::Container", account="000000000000")
    assert _stats(answer["node"]["stats"]) == (7, 1, 1, 1)
    assert sum(count for _, count in answer["histogram"]) == 10
    assert [time_ for time_, _ in answer["histogram"]] == sorted(time_ for time_, _ in answer["histogram"])
    [bucket] = answer["series"]["buckets"]
    assert bucket[:5] == [console.minute, 7, 1, 1, 1]
    assert [edge["source_type"] for edge in answer["incoming"]] == ["client"]
    assert [edge["target_name"] for edge in answer["outgoing"]] == ["orders"]
    found = console.ask("traces", **console.range, filter=answer["view_filter"])
    assert len(found["traces"]) == 10


def test_an_edge_in_depth_and_the_filter_that_finds_it(console: Console) -> None:
    ends = {"source_name": "web", "source_type": "AWS::ECS::Container", "source_account": "000000000000"}
    answer = console.ask("map/edge", **console.range, **ends, name="orders", account="000000000000")
    assert _stats(answer["edge"]["stats"]) == (7, 1, 1, 1)
    assert (answer["source"]["name"], answer["target"]["name"]) == ("web", "orders")
    found = console.ask("traces", **console.range, filter=f"{answer['view_filter']} {{ fault = true }}")
    assert [each["id"] for each in found["traces"]] == [console.ids[8]]


def test_the_series_adds_up_to_the_map(console: Console) -> None:
    answer = console.ask("series", **console.range, period=60)
    assert [bucket[:5] for bucket in answer["buckets"]] == [[console.minute, 7, 1, 1, 1]]
    assert sum(count for _, count in answer["histogram"]) == 10
    [(start, bins)] = answer["heat"]
    assert start == console.minute
    assert sum(count for _, count in bins) == 10


def test_traces_come_newest_first_page_by_page(console: Console) -> None:
    first = console.ask("traces", **console.range, limit=4)
    assert [each["id"] for each in first["traces"]] == console.ids[:5:-1]
    assert not first["finished"]
    rest = console.ask("traces", **console.range, limit=100, token=first["token"])
    assert [each["id"] for each in rest["traces"]] == console.ids[5::-1]
    assert rest["finished"]
    assert rest["token"] is None
    row = next(each for each in first["traces"] if each["id"] == console.ids[8])
    assert (row["outcome"], row["status"], row["method"], row["url"]) == ("fault", 500, "GET", "http://shop.test/cart")
    assert row["users"] == ["user2"]
    assert row["annotations"] == {"tier": ["gold"], "total": [12.5]}
    assert row["entry"] == {"name": "web", "type": "AWS::ECS::Container"}
    # Untrusted text is data, as it came.
    assert row["faults"] == [f"TimeoutError: no answer {_EVIL}"]
    assert row["response"] == pytest.approx(0.18, abs=0.001)


def test_a_filter_finds_what_it_says(console: Console) -> None:
    found = console.ask("traces", **console.range, filter='annotation.tier = "gold" AND responsetime >= 0.185')
    assert [each["id"] for each in found["traces"]] == [console.ids[9]]
    status, error = console.refused("traces", **console.range, filter="fault AND responsetme > 5")
    assert (status, error["code"], error["position"]) == (400, "InvalidRequestException", 10)
    assert "responsetime" in error["message"]


def test_a_token_belongs_to_its_question(console: Console) -> None:
    token = console.ask("traces", **console.range, limit=2)["token"]
    status, error = console.refused("traces", **console.range, limit=2, token=token, filter="fault")
    assert (status, error["code"]) == (400, "InvalidRequestException")
    status, _ = console.refused("traces", **console.range, token="nonsense")
    assert status == 400


def test_a_trace_is_one_list_with_a_verdict(console: Console) -> None:
    answer = console.ask(f"traces/{console.ids[8]}")
    assert [(each["name"], each["kind"], each["depth"]) for each in answer["entities"]] == [
        ("web", "segment", 0),
        ("orders", "subsegment", 1),
        ("orders", "segment", 2),
    ]
    assert answer["outcome"] == "fault"
    assert answer["verdict"]["headline"] == "orders failed (500), so web failed too (500)."
    assert sum(each["waited"] for each in answer["entities"]) == pytest.approx(0.18, abs=0.0001)
    assert all(each["critical"] for each in answer["entities"])
    assert answer["missing"] == []
    assert answer["documents"] == 2
    assert {node["name"] for node in answer["map"]["nodes"] if node["kind"] == "service"} == {"web", "orders"}
    # The other form of its id finds the same.
    assert console.ask(f"traces/{answer['w3c_id']}")["id"] == console.ids[8]

    entity = console.ask(f"traces/{console.ids[8]}/entities/{answer['entities'][0]['id']}")
    assert entity["annotations"] == {"tier": "gold", "total": 12.5}
    assert entity["metadata"] == {"default": {"basket": [1, 2]}}
    assert entity["exceptions"][0]["type"] == "TimeoutError"
    assert "subsegments" not in entity["document"]
    raw = console.ask(f"traces/{console.ids[8]}/raw")
    assert {each["Document"]["name"] for each in raw["Segments"]} == {"web", "orders"}


def test_a_filter_is_checked_without_being_asked(console: Console) -> None:
    assert console.ask("check", filter="fault=true")["ok"]
    wrong = console.ask("check", filter="fault AND (")
    assert not wrong["ok"]
    assert wrong["position"] == 11
    assert wrong["message"]


def test_words_for_completion_are_those_of_the_range(console: Console) -> None:
    answer = console.ask("words", **console.range)
    assert answer["annotations"] == {"tier": ["gold"], "total": [12.5]}
    assert answer["users"] == ["user0", "user1", "user2"] or sorted(answer["users"]) == ["user0", "user1", "user2"]
    assert answer["urls"] == ["http://shop.test/cart"]
    assert {each["name"] for each in answer["services"]} >= {"web", "orders"}
    assert set(answer["groups"]) == {"Default", "failures"}


def test_the_share_within_a_target_counts_time_and_failures(console: Console) -> None:
    answer = console.ask("sla", **console.range, target=0.15)
    web = next(each for each in answer["nodes"] if each["name"] == "web" and each["kind"] == "service")
    # 100 to 150 ms are six; the throttle of 150 ms does not count as answered.
    assert (web["total"], web["within"], web["failed"]) == (10, 5, 2)
    assert web["share"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("path", "change", "sentence"),
    [
        ("map", {"start": None}, "start"),
        ("map", {"start": "soon"}, "start"),
        ("map", {"start": 2_000_000_000, "end": 1_000_000_000}, ""),
        ("map", {"start": 0}, "6"),
        ("map", {"colour": "red"}, "colour"),
        ("map", {"group": "nobody's"}, "nobody's"),
        ("series", {"period": 7}, "60"),
        ("traces", {"limit": 0}, "limit"),
        ("traces", {"limit": 1_001}, "1000"),
        ("traces", {"clock": "Wall"}, "TraceId"),
        ("traces", {"sample": 2}, "sample"),
        ("map/node", {}, "name"),
        ("sla", {}, "target"),
        ("traces/nonsense", {"start": None, "end": None}, "trace"),
    ],
)
def test_a_wrong_question_is_refused_with_what_is_expected(
    console: Console, path: str, change: dict[str, Any], sentence: str
) -> None:
    parameters = {name: value for name, value in {**console.range, **change}.items() if value is not None}
    status, error = console.refused(path, **parameters)
    assert status == 400
    assert error["code"] == "InvalidRequestException"
    assert sentence.lower() in error["message"].lower().replace(",", "")
    assert len(error["message"]) > 20


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("map/node", {"name": "nobody"}),
        ("map/edge", {"source_name": "web", "name": "nobody"}),
        ("traces/1-65538a00-0123456789abcdef01234567", None),
    ],
)
def test_what_is_not_there_is_not_found(console: Console, path: str, parameters: dict[str, Any] | None) -> None:
    status, error = console.refused(path, **({} if parameters is None else console.range | parameters))
    assert (status, error["code"]) == (404, "ResourceNotFoundException")


def test_it_is_read_only(console: Console) -> None:
    request = urllib.request.Request(f"{console.process.url}/api/v1/about", b"{}", method="POST")
    with pytest.raises(urllib.error.HTTPError) as caught:
        _OPENER.open(request)
    assert caught.value.code == 405
    assert "GET" in _error(caught.value)["message"]


def test_a_page_of_another_origin_may_not_ask(console: Console) -> None:
    request = urllib.request.Request(
        f"{console.process.url}/api/v1/about",
        headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"},
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        _OPENER.open(request)
    assert caught.value.code == 403
    caught.value.close()


def test_an_empty_radiograph_answers_everything_with_nothing(empty: RadiographProcess) -> None:
    now = int(time.time())
    asked = f"start={now - 900}&end={now}"

    def ask(path: str) -> dict[str, Any]:
        answer: dict[str, Any] = json.loads(empty.get(f"/api/v1/{path}"))
        return answer

    assert ask("about")["empty"]
    assert (ask(f"map?{asked}")["nodes"], ask(f"map?{asked}")["edges"]) == ([], [])
    assert ask(f"series?{asked}")["buckets"] == []
    found = ask(f"traces?{asked}")
    assert (found["traces"], found["finished"], found["token"]) == ([], True, None)
    assert ask(f"sla?{asked}&target=1")["nodes"] == []
    assert ask(f"words?{asked}")["users"] == []


def test_live_events_come_at_once_and_tell_of_what_comes_in(console: Console) -> None:
    connection = http.client.HTTPConnection(console.process.url.removeprefix("http://"), timeout=10)
    connection.request("GET", "/api/v1/live")
    answer = connection.getresponse()
    assert answer.getheader("Content-Type", "").startswith("text/event-stream")

    def tick() -> dict[str, Any]:
        event = ""
        while True:
            line = answer.readline().decode().rstrip("\n")
            if line.startswith("event:"):
                event = line.removeprefix("event:").strip()
            elif line.startswith("data:") and event == "tick":
                data: dict[str, Any] = json.loads(line.removeprefix("data:"))
                return data

    first = tick()
    assert set(first) == {"now", "received", "committed", "refused", "dropped", "lag_seconds"}
    _, documents = _documents(time.time(), status=200, seconds=0.01, user="late")
    console.post("TraceSegments", {"TraceSegmentDocuments": [json.dumps(each) for each in documents]})
    assert any(tick()["committed"] >= first["committed"] + 2 for _ in range(5))
    answer.close()
    connection.close()


def test_a_radiograph_with_listeners_stops(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as process:
        connections = []
        for _ in range(20):
            connection = http.client.HTTPConnection(process.url.removeprefix("http://"), timeout=20)
            connection.request("GET", "/api/v1/live")
            connections.append((connection, connection.getresponse()))
        pid = process.pid
    # Leaving the block stops it as Ctrl-C does, and it must not have to be killed.
    assert not Path(f"/proc/{pid}").exists()
    for connection, answer in connections:
        answer.read()
        connection.close()
