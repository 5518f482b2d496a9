"""What is recorded: the documents as they come by UDP, read as a daemon would."""

from __future__ import annotations

import asyncio
import contextvars
import itertools
import json
import logging
import math
import socket
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.addresses import DaemonAddress
from radiograph_sdk.emitter import HEADER
from radiograph_sdk.entities import CURRENT
from radiograph_sdk.environment import recorder_from
from radiograph_sdk.header import parse_header
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, Decision, InvalidSamplingRules, LocalSampler, Request, Reservoir, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

ROOT = "1-6b0292a5-aa795e0655d8a18c1bce9406"
PARENT = "53995c3f42cd8ad8"


class Daemon:
    """Hears what is sent."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.settimeout(0.2)
        host, port = self._socket.getsockname()
        self.address = DaemonAddress(udp=(host, port), tcp=(host, port))

    def heard(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            try:
                datagram = self._socket.recv(70_000)
            except TimeoutError:
                return found
            assert datagram.startswith(HEADER)
            found.append(json.loads(datagram[len(HEADER) :]))

    def one(self) -> dict[str, Any]:
        (document,) = self.heard()
        return document

    def close(self) -> None:
        self._socket.close()


class Kept:
    """Takes more than the system keeps of datagrams that nobody has read yet."""

    problem: OSError | None = None

    def __init__(self) -> None:
        self.documents: list[bytes] = []

    def send(self, document: bytes) -> bool:
        self.documents.append(document)
        return True

    def close(self) -> None:
        pass

    def heard(self) -> list[dict[str, Any]]:
        return [json.loads(document) for document in self.documents]


@pytest.fixture
def daemon() -> Iterator[Daemon]:
    found = Daemon()
    yield found
    found.close()


@pytest.fixture
def make(daemon: Daemon) -> Iterator[Callable[..., Recorder]]:
    made: list[Recorder] = []

    def new(service: str = "shop", **options: Any) -> Recorder:
        made.append(Recorder(service, **{"address": daemon.address, "sampler": Always(), **options}))
        return made[-1]

    yield new
    for each in made:
        each.close()
    assert CURRENT.get() is None


@pytest.fixture
def recorder(make: Callable[..., Recorder]) -> Recorder:
    return make()


def everything(documents: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for document in documents:
        yield document
        yield from everything(document.get("subsegments", []))


def test_a_segment_and_what_is_in_it_are_one_document(recorder: Recorder, daemon: Daemon) -> None:
    with recorder.in_segment() as segment:
        segment.set_user("ada")
        segment.put_annotation("order", 42)
        with recorder.in_subsegment("price") as price:
            price.put_metadata("input", {"sku": "a"})
            with recorder.in_subsegment("stock.internal", "remote") as stock:
                stock.put_http("request", method="GET", url="http://stock.internal/a", user_agent=None)
                stock.put_http("response", status=200)
    document = daemon.one()
    assert document["name"] == "shop"
    assert document["user"] == "ada"
    assert document["annotations"] == {"order": 42}
    assert document["trace_id"] == segment.trace_id
    assert document["end_time"] >= document["start_time"]
    (inner,) = document["subsegments"]
    assert inner["metadata"] == {"default": {"input": {"sku": "a"}}}
    (call,) = inner["subsegments"]
    assert call["namespace"] == "remote"
    assert call["http"] == {
        "request": {"method": "GET", "url": "http://stock.internal/a"},
        "response": {"status": 200},
    }
    assert not {"fault", "error", "throttle", "in_progress", "type"} & set(call)


def test_who_is_called_gets_the_id_of_the_call(recorder: Recorder, daemon: Daemon) -> None:
    came = parse_header(f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1")
    with recorder.in_segment(header=came), recorder.in_subsegment("stock", "remote") as call:
        assert call.header() == f"Root={ROOT};Parent={call.id};Sampled=1;Lineage=a:1"
    document = daemon.one()
    assert (document["trace_id"], document["parent_id"]) == (ROOT, PARENT)


@pytest.mark.parametrize(
    ("status", "flags"),
    [(200, set()), (404, {"error"}), (429, {"error", "throttle"}), (500, {"fault"}), (503, {"fault"})],
)
def test_a_status_sets_the_flags(recorder: Recorder, daemon: Daemon, status: int, flags: set[str]) -> None:
    with recorder.in_segment() as segment:
        segment.put_http("response", status=status)
    assert {"error", "throttle", "fault"} & set(daemon.one()) == flags


def test_an_exception_is_told_where_it_was_raised_and_referred_to_above(recorder: Recorder, daemon: Daemon) -> None:
    def fail() -> None:
        try:
            raise KeyError("card")  # noqa: TRY301 -- what is tested
        except KeyError as missing:
            raise ValueError("no card") from missing

    with pytest.raises(ValueError, match="no card"), recorder.in_segment(), recorder.in_subsegment("pay"):
        fail()
    document = daemon.one()
    (inner,) = document["subsegments"]
    assert document["fault"] is inner["fault"] is True
    error, missing = inner["cause"]["exceptions"]
    assert (error["type"], error["message"], error["remote"]) == ("ValueError", "no card", False)
    assert error["stack"][0]["label"] == "fail"
    assert error["stack"][0]["path"] == __file__
    assert error["cause"] == missing["id"]
    assert missing["type"] == "KeyError"
    assert document["cause"] == error["id"]


def test_what_ends_after_its_segment_is_sent_on_its_own(recorder: Recorder, daemon: Daemon) -> None:
    with recorder.in_segment() as segment:
        late = recorder.in_subsegment("late")
        early = recorder.in_subsegment("early")
        early.__enter__()
        inner = recorder.in_subsegment("inner")
        early.__exit__(None, None, None)
    inner.__exit__(None, None, None)
    late.__exit__(None, None, None)
    whole, first, second = daemon.heard()
    assert [child["name"] for child in whole["subsegments"]] == ["early"]
    assert (first["name"], first["parent_id"]) == ("inner", whole["subsegments"][0]["id"])
    assert (second["name"], second["parent_id"]) == ("late", segment.id)
    assert all(each["type"] == "subsegment" and each["trace_id"] == segment.trace_id for each in (first, second))


def test_a_long_segment_sends_what_has_ended_meanwhile(make: Callable[..., Recorder], daemon: Daemon) -> None:
    recorder = make(streaming_threshold=10)
    with recorder.in_segment() as segment, recorder.in_subsegment("batch") as batch:
        for number in range(25):
            with recorder.in_subsegment(f"work {number}"):
                pass
        streamed = daemon.heard()
        assert len(streamed) == 20
        assert all(each["parent_id"] == batch.id for each in streamed)
    rest = daemon.one()
    names = {each["name"] for each in everything([*streamed, rest])}
    assert names == {"shop", "batch", *(f"work {number}" for number in range(25))}
    assert rest["id"] == segment.id


def test_no_document_is_too_large_and_nothing_is_lost(make: Callable[..., Recorder]) -> None:
    kept = Kept()
    recorder = make(sender=kept, streaming_threshold=1_000)
    with recorder.in_segment() as segment:
        for number in range(60):
            with recorder.in_subsegment(f"work {number}") as work:
                work.put_metadata("payload", "x" * 4_000)
                with recorder.in_subsegment("inner"):
                    pass
    found = kept.heard()
    assert len(found) > 1
    assert max(map(len, kept.documents)) <= 64_000
    parts = list(everything(found))
    assert sorted(each["name"] for each in parts if each["name"] not in {"shop", "inner"}) == sorted(
        f"work {number}" for number in range(60)
    )
    assert len({each["id"] for each in parts}) == 121
    assert all(each.get("parent_id") == segment.id for each in found[1:])


@pytest.mark.parametrize("member", ["metadata", "stack", "annotation"])
def test_what_is_too_large_by_itself_is_cut_and_says_so(make: Callable[..., Recorder], member: str) -> None:
    kept = Kept()
    with make(sender=kept).in_segment() as segment:
        segment.put_annotation("kept", "yes")
        match member:
            case "metadata":
                segment.put_metadata("large", "x" * 200_000)
                segment.put_metadata("small", "y")
            case "annotation":
                segment.put_annotation("large", "x" * 200_000)
            case _:
                segment.add_exception(ValueError("x" * 200_000))
                segment.record.cause["exceptions"][0]["stack"] = [{"path": "p" * 100_000}] * 3  # type: ignore[union-attr]
    (document,) = kept.heard()
    assert max(map(len, kept.documents)) <= 64_000
    assert document["annotations"]["kept"] == "yes"
    assert document["name"] == "shop"
    if member == "metadata":
        assert document["metadata"]["default"] == {"large": "[cut: the document was too large]", "small": "y"}


class Hostile:
    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


def test_nothing_that_an_application_puts_in_hurts_it(recorder: Recorder, daemon: Daemon) -> None:
    circle: list[Any] = []
    circle.append(circle)
    deep: dict[str, Any] = {}
    for _ in range(2_000):
        deep = {"deeper": deep}
    values = [
        object(),
        Hostile(),
        circle,
        deep,
        {1: 2, (3, 4): 5},
        "\ud800",
        math.nan,
        math.inf,
        1 << 200,
        b"\xff",
        {1, 2},
        (each for each in "ab"),
        ValueError(Hostile()),
    ]
    for value in values:
        with recorder.in_segment() as segment:
            segment.put_metadata("value", value)
            segment.put_annotation("fine", True)
        document = daemon.one()
        assert document["annotations"] == {"fine": True}
        assert "value" in document["metadata"]["default"]
    assert recorder.losses.counts == {}


def test_exceptions_that_cannot_be_told_are_told_as_such(recorder: Recorder, daemon: Daemon) -> None:
    with pytest.raises(ValueError), recorder.in_segment():  # noqa: PT011 -- its message raises
        raise ValueError(Hostile())
    assert daemon.one()["cause"]["exceptions"][0]["type"] == "ValueError"


def test_what_cannot_be_an_annotation_is_left_out_and_counted(
    recorder: Recorder, daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING), recorder.in_segment() as segment:
        for key, value in (("with space", 1), ("list", [1]), (5, 1), ("none", None), ("fine", "yes")):
            segment.put_annotation(key, value)  # type: ignore[arg-type]
    assert daemon.one()["annotations"] == {"fine": "yes"}
    assert recorder.losses.counts == {"annotation": 4}
    # One line, not one for each.
    assert len(caplog.records) == 1
    assert "put_metadata takes anything" in caplog.text


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("orders@db", "orders@db"),
        ("a?b*c;d", "abcd"),
        ("", "unnamed"),
        ("???", "unnamed"),
        ("x" * 300, "x" * 200),
        (7, "7"),
    ],
)
def test_names_are_such_that_x_ray_takes_them(recorder: Recorder, daemon: Daemon, name: Any, sent: str) -> None:
    with recorder.in_segment(), recorder.in_subsegment(name):
        pass
    assert daemon.one()["subsegments"][0]["name"] == sent


def test_what_is_not_sampled_sends_nothing_and_tells_those_called(recorder: Recorder, daemon: Daemon) -> None:
    came = parse_header(f"Root={ROOT};Parent={PARENT};Sampled=0")
    with recorder.in_segment(header=came) as segment:
        with recorder.in_subsegment("call", "remote") as call:
            call.put_annotation("a", 1)
            call.put_http("response", status=500)
            assert call.header() == f"Root={ROOT};Parent={PARENT};Sampled=0"
        segment.set_user("ada")
    with recorder.in_segment(sampled=False) as segment:
        assert segment.header().startswith("Root=1-")
        assert segment.header().endswith(";Sampled=0")
    assert daemon.heard() == []


def test_without_a_segment_nothing_happens_but_a_line_in_the_log(
    recorder: Recorder, daemon: Daemon, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with recorder.in_subsegment("lonely") as lonely:
                lonely.put_annotation("a", 1)
    recorder.current().put_annotation("a", 1)
    assert daemon.heard() == []
    assert recorder.losses.counts == {"no segment": 3}
    assert len(caplog.records) == 1
    quiet = Recorder(missing="ignore")
    with quiet.in_subsegment("lonely"):
        pass
    assert quiet.losses.counts == {}


def test_a_captured_function_is_a_subsegment_also_when_it_is_a_coroutine(recorder: Recorder, daemon: Daemon) -> None:
    @recorder.capture()
    def price(amount: int) -> int:
        return amount * 2

    @recorder.capture("stock")
    async def stock() -> str:
        await asyncio.sleep(0)
        recorder.current().put_annotation("here", True)
        return "yes"

    with recorder.in_segment():
        assert price(21) == 42
        assert asyncio.run(stock()) == "yes"
    first, second = daemon.one()["subsegments"]
    assert first["name"].endswith("price")
    assert (second["name"], second["annotations"]) == ("stock", {"here": True})


def test_tasks_that_run_beside_each_other_keep_to_their_own(recorder: Recorder, daemon: Daemon) -> None:
    async def work(number: int) -> None:
        with recorder.in_subsegment(f"outer {number}"):
            await asyncio.sleep(0.001 * (number % 3))
            with recorder.in_subsegment(f"inner {number}"):
                await asyncio.sleep(0)

    async def everything_at_once() -> None:
        with recorder.in_segment():
            await asyncio.gather(*(work(number) for number in range(10)))
            await asyncio.to_thread(threaded)

    def threaded() -> None:
        with recorder.in_subsegment("in a thread"):
            pass

    asyncio.run(everything_at_once())
    children = daemon.one()["subsegments"]
    assert len(children) == 11
    for child in children[:-1]:
        (inner,) = child["subsegments"]
        assert inner["name"].split()[1] == child["name"].split()[1]


def test_threads_that_share_a_segment_lose_nothing(make: Callable[..., Recorder]) -> None:
    kept = Kept()
    recorder = make(sender=kept, streaming_threshold=7)
    go = threading.Barrier(8)

    def work(name: int) -> None:
        go.wait()
        for number in range(50):
            with recorder.in_subsegment(f"{name} {number}"):
                pass

    with recorder.in_segment():
        threads = [threading.Thread(target=contextvars.copy_context().run, args=(work, name)) for name in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = {each["name"] for each in everything(kept.heard())}
    assert found == {"shop", *(f"{name} {number}" for name, number in itertools.product(range(8), range(50)))}


def test_a_generator_that_is_left_half_way_does_not_disturb_others(recorder: Recorder, daemon: Daemon) -> None:
    def rows() -> Generator[int, None, None]:
        with recorder.in_subsegment("query"):
            yield 1
            yield 2

    with recorder.in_segment() as segment:
        left = rows()
        next(left)
        left.close()
        assert recorder.current() is segment
    assert [each["name"] for each in daemon.one()["subsegments"]] == ["query"]


def test_a_daemon_that_is_not_there_is_no_trouble(
    make: Callable[..., Recorder], caplog: pytest.LogCaptureFixture
) -> None:
    recorder = make(address=DaemonAddress(udp=("203.0.113.256", 1), tcp=("x", 1)))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            with recorder.in_segment():
                pass
    assert recorder.losses.counts == {"sending": 3}
    assert len(caplog.records) == 1
    assert "AWS_XRAY_DAEMON_ADDRESS" in caplog.text


def test_a_segment_tells_the_rule_and_what_it_runs_on(make: Callable[..., Recorder], daemon: Daemon) -> None:
    class Ruled:
        def decide(self, request: Request) -> Decision:
            assert request == Request(service="web")
            return Decision(sampled=True, rule="checkout")

    about = {"origin": "AWS::EC2::Instance", "aws": {"ec2": {"instance_id": "i-1"}}}
    recorder = make(sampler=Ruled(), about=about)
    with recorder.in_segment("web"):
        pass
    document = daemon.one()
    assert document["origin"] == "AWS::EC2::Instance"
    assert document["aws"] == {"ec2": {"instance_id": "i-1"}, "xray": {"sampling_rule_name": "checkout"}}
    assert about["aws"] == {"ec2": {"instance_id": "i-1"}}


def test_the_environment_describes_a_recorder(daemon: Daemon, caplog: pytest.LogCaptureFixture) -> None:
    host, port = daemon.address.udp
    variables = {"AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}", "AWS_XRAY_TRACING_NAME": "from outside"}
    recorder = recorder_from(variables, service="inside", sampler=Always())
    with recorder.in_segment():
        pass
    recorder.close()
    document = daemon.one()
    assert document["name"] == "from outside"
    assert document["aws"]["xray"]["sdk"] == "radiograph-sdk for Python"
    assert document["service"]["runtime"]

    wrong = recorder_from({"AWS_XRAY_DAEMON_ADDRESS": "nowhere"}, sampler=Always())
    assert "AWS_XRAY_DAEMON_ADDRESS is not used: 'nowhere' is no daemon address" in caplog.text
    assert wrong.service == "application"
    wrong.close()


def test_what_is_switched_off_records_nothing_whatever_a_caller_decided(daemon: Daemon) -> None:
    host, port = daemon.address.udp
    variables = {"AWS_XRAY_DAEMON_ADDRESS": f"{host}:{port}", "AWS_XRAY_SDK_ENABLED": "False"}
    recorder = recorder_from(variables)
    came = parse_header(f"Root={ROOT};Parent={PARENT};Sampled=1")
    with recorder.in_segment(header=came), recorder.in_subsegment("call") as call:
        assert not call.sampled
    with recorder.in_segment(sampled=True):
        pass
    recorder.close()
    assert daemon.heard() == []


def test_local_rules_take_some_each_second_and_a_share_of_the_rest() -> None:
    now = [100.0]
    rules = {
        "version": 2,
        "rules": [
            {"host": "*", "http_method": "GET", "url_path": "/health*", "fixed_target": 0, "rate": 0},
            {"host": "*", "http_method": "*", "url_path": "/pay", "fixed_target": 3, "rate": 0},
        ],
        "default": {"fixed_target": 0, "rate": 1},
    }
    sampler = LocalSampler(rules, clock=lambda: now[0])
    assert not sampler.decide(Request(method="get", path="/health/deep")).sampled
    pay = Request(host="shop", method="POST", path="/pay")
    assert [sampler.decide(pay).sampled for _ in range(5)] == [True, True, True, False, False]
    now[0] += 1
    assert sampler.decide(pay).sampled
    assert sampler.decide(Request(path="/other")).sampled
    usual = LocalSampler(clock=lambda: now[0])
    assert usual.decide(Request()).sampled
    assert sum(usual.decide(Request()).sampled for _ in range(2_000)) in range(50, 170)


def test_a_reservoir_of_none_is_empty() -> None:
    assert not Reservoir(0).take()


@pytest.mark.parametrize(
    ("rules", "sentence"),
    [
        ({"version": 3}, "version 3"),
        ({"version": 2}, "'default' is missing"),
        ({"version": 2, "default": {"fixed_target": 1}}, "'rate' is missing"),
        ({"version": 2, "default": {"fixed_target": -1, "rate": 0}}, "fixed_target -1"),
        ({"version": 2, "default": {"fixed_target": 1, "rate": 2}}, "rate 2 must be"),
        ({"version": 2, "rules": [{}], "default": {"fixed_target": 1, "rate": 1}}, "'host' is missing"),
        (
            {"version": 1, "rules": [{"host": "*"}], "default": {"fixed_target": 1, "rate": 1}},
            "'service_name' is missing",
        ),
    ],
)
def test_local_rules_that_cannot_be_are_refused(rules: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidSamplingRules, match=sentence):
        LocalSampler(rules)


@pytest.mark.parametrize(
    ("pattern", "text", "fits"),
    [
        ("*", "anything", True),
        ("a*c", "ABC", True),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*.example.com", "shop.example.com", True),
        ("a*b*c", "aXbYbc", True),
        ("a*b*c", "acb", False),
        ("a.c", "abc", False),
        ("*a*a*a*a*a*a*a*a*b", "a" * 200, False),
        ("x", None, False),
        ("*", None, True),
        ("", "", True),
        ("", "a", False),
    ],
)
def test_patterns(pattern: str, text: str | None, *, fits: bool) -> None:
    assert matches(pattern, text) is fits


def test_greenlets_keep_their_context(tmp_path: Path) -> None:
    """In a process of its own: gevent replaces what threads and sockets are."""
    program = tmp_path / "greenlets.py"
    program.write_text(
        "import gevent.monkey; gevent.monkey.patch_all()\n"
        "import gevent, threading, time\n"
        "from radiograph_sdk.recorder import Recorder\n"
        "from radiograph_sdk.testing import collected\n"
        "recorder = Recorder('shop')\n"
        "def request(name):\n"
        "    with recorder.in_segment(name):\n"
        "        for number in range(3):\n"
        "            with recorder.in_subsegment(f'{name}{number}'):\n"
        "                time.sleep(0.01)\n"
        "with collected() as traces:\n"
        "    gevent.joinall([gevent.spawn(request, name) for name in 'abc'])\n"
        "print(traces.told())\n"
    )
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, timeout=60, check=False)
    blocks = {block[0]: block for block in done.stdout.replace("\n  ", " ").splitlines()}
    assert blocks == {name: f"{name} {name}0 {name}1 {name}2" for name in "abc"}, done.stderr
