"""The API of AWS's SDK: the same code with both makes the same documents."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.entities import CURRENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = "1-6b0292a5-aa795e0655d8a18c1bce9406"
PARENT = "53995c3f42cd8ad8"


class Collector:
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []

    def send_entity(self, entity: Any) -> None:
        self.documents.append(json.loads(entity.serialize()))

    def set_daemon_address(self, address: str) -> None:
        pass


class Sdk:
    """One of the two, with a recorder of its own."""

    def __init__(self, package: str) -> None:
        self.package = package
        self.core = importlib.import_module(f"{package}.core")
        self.collector = Collector()
        kind = self.module("core.async_recorder").AsyncAWSXRayRecorder if package == AWS else self.core.AWSXRayRecorder
        self.recorder = kind()
        if package == AWS:
            # Its sockets are open before they are needed, that of the global recorder as well.
            self.recorder.emitter._socket.close()
            self.core.xray_recorder.emitter._socket.close()
        self.recorder.configure(
            service="shop", sampling=False, emitter=self.collector, context_missing="LOG_ERROR", plugins=()
        )

    def in_a_task(self) -> None:
        """What code for AWS's must say within asyncio."""
        self.recorder.configure(context=self.module("core.async_context").AsyncContext(use_task_factory=False))

    def module(self, name: str) -> Any:
        return importlib.import_module(f"{self.package}.{name}")

    def close(self) -> None:
        if self.package == OURS:
            self.recorder.native.close()
            CURRENT.set(None)


AWS, OURS = "aws_xray_sdk", "radiograph_sdk.xray"


@pytest.fixture(params=[AWS, OURS])
def sdk(request: pytest.FixtureRequest) -> Iterator[Sdk]:
    found = Sdk(request.param)
    yield found
    found.close()


def plain(document: dict[str, Any], parent: str | None = None) -> dict[str, Any]:
    """A document without what differs from run to run, or that one of the two says and the server ignores."""
    left_out = {"id", "trace_id", "start_time", "end_time", "in_progress", "type", "service"}
    found = {
        name: value for name, value in document.items() if name not in left_out and value not in ({}, [], None, False)
    }
    if found.get("namespace") == "local":
        del found["namespace"]
    if parent is not None:
        assert document.get("parent_id") in {None, parent}
        found.pop("parent_id", None)
    if "aws" in found:
        aws = {name: value for name, value in found["aws"].items() if name != "xray"}
        rule = document["aws"].get("xray", {}).get("sampling_rule_name")
        found["aws"] = aws | ({"rule": rule} if rule else {})
        if not found["aws"]:
            del found["aws"]
    if isinstance(found.get("cause"), dict):
        found["cause"] = [
            (each["type"], each["message"], each.get("remote", False)) for each in found["cause"]["exceptions"]
        ]
    elif "cause" in found:
        found["cause"] = "told elsewhere"
    if "subsegments" in found:
        found["subsegments"] = [plain(child, document["id"]) for child in found["subsegments"]]
    return found


def minimal(sdk: Sdk) -> None:
    with sdk.recorder.in_segment("shop") as segment:
        segment.set_user("u1")
        segment.put_annotation("order", 42)
        with sdk.recorder.in_subsegment("price") as subsegment:
            subsegment.put_metadata("input", {"sku": "a"})


def by_hand(sdk: Sdk) -> None:
    recorder, http = sdk.recorder, sdk.module("core.models.http")
    segment = recorder.begin_segment("web", traceid=ROOT, parent_id=PARENT, sampling=1)
    assert recorder.current_segment() is segment
    segment.put_http_meta(http.URL, "http://shop.test/")
    segment.put_http_meta(http.METHOD, "GET")
    subsegment = recorder.begin_subsegment("stock.internal", namespace="remote")
    assert recorder.current_subsegment() is subsegment
    assert recorder.get_trace_entity() is subsegment
    assert recorder.is_sampled()
    subsegment.put_http_meta(http.STATUS, "429")
    recorder.put_annotation("tier", "gold")
    recorder.put_metadata("note", [1, 2], namespace="mine")
    recorder.end_subsegment()
    assert recorder.current_subsegment() is None
    segment.put_http_meta(http.STATUS, 503)
    segment.put_http_meta(http.CONTENT_LENGTH, 5)
    recorder.end_segment()


def failing(sdk: Sdk) -> None:
    with contextlib.suppress(ValueError), sdk.recorder.in_segment(), sdk.recorder.in_subsegment("pay"):
        raise ValueError("no card")


def captured(sdk: Sdk) -> None:
    @sdk.recorder.capture("price")  # type: ignore[untyped-decorator]
    def price(amount: int) -> int:
        return amount * 2

    @sdk.recorder.capture()  # type: ignore[untyped-decorator]
    def stock() -> None:
        sdk.recorder.current_subsegment().put_annotation("here", True)

    with sdk.recorder.in_segment():
        assert price(2) == 4
        stock()


def asynchronous(sdk: Sdk) -> None:
    @sdk.recorder.capture_async("price")  # type: ignore[untyped-decorator]
    async def price() -> int:
        await asyncio.sleep(0)
        return 4

    async def request() -> None:
        sdk.in_a_task()
        async with sdk.recorder.in_segment_async("web") as segment:
            segment.put_annotation("a", 1)
            async with sdk.recorder.in_subsegment_async("stock") as subsegment:
                subsegment.put_annotation("b", 2)
            assert await price() == 4

    asyncio.run(request())


def flags_and_blocks(sdk: Sdk) -> None:
    with sdk.recorder.in_segment(sampling="my-rule") as segment:
        segment.set_service({"version": "1"})
        with sdk.recorder.in_subsegment("orders@db", namespace="remote") as subsegment:
            subsegment.set_sql({"sanitized_query": "SELECT 1"})
            subsegment.set_aws({"operation": "Query"})
            subsegment.add_throttle_flag()
            subsegment.add_error_flag()
        with sdk.recorder.in_subsegment("broken") as subsegment:
            subsegment.add_fault_flag()
            subsegment.apply_status_code(None)
        with sdk.recorder.in_subsegment("remote") as subsegment:
            subsegment.add_exception(KeyError("x"), [], True)


def not_sampled(sdk: Sdk) -> None:
    recorder = sdk.recorder
    with recorder.in_segment(sampling=0) as segment:
        segment.set_user("ada")
        with recorder.in_subsegment("call") as subsegment:
            subsegment.put_annotation("a", 1)
            subsegment.put_http_meta("status", 200)
        assert not recorder.is_sampled()
        inner = recorder.begin_subsegment("call")
        inner.set_sql({})
        assert recorder.current_subsegment() is not None
        recorder.end_subsegment()
        assert recorder.current_segment() is segment


def without_a_segment(sdk: Sdk) -> None:
    recorder = sdk.recorder
    with recorder.in_subsegment("lonely") as subsegment:
        assert not subsegment
    assert recorder.begin_subsegment("lonely") is None
    recorder.put_annotation("a", 1)
    recorder.end_subsegment()
    assert not recorder.is_sampled()
    assert recorder.current_segment() is None


def handed_to_a_thread(sdk: Sdk) -> None:
    recorder = sdk.recorder

    def work(entity: Any) -> None:
        recorder.set_trace_entity(entity)
        with recorder.in_subsegment("in a thread"):
            pass
        recorder.clear_trace_entities()

    with recorder.in_segment():
        thread = threading.Thread(target=work, args=(recorder.get_trace_entity(),))
        thread.start()
        thread.join()


def recorded_for_a_patch(sdk: Sdk) -> None:
    seen: list[dict[str, Any]] = []

    def tell(**told: Any) -> None:
        seen.append(told)
        told["subsegment"].put_annotation("returned", str(told["return_value"]))

    with sdk.recorder.in_segment():
        found = sdk.recorder.record_subsegment(
            lambda value: value + 1, None, (1,), {}, name="call", namespace="remote", meta_processor=tell
        )
    assert found == 2
    assert set(seen[0]) == {"wrapped", "instance", "args", "kwargs", "return_value", "exception", "subsegment", "stack"}


def without_sampling_inside(sdk: Sdk) -> None:
    recorder = sdk.recorder
    with recorder.in_segment():
        inner = recorder.begin_subsegment_without_sampling("batch")
        assert not inner.sampled
        deeper = recorder.begin_subsegment("deeper")
        assert not deeper.sampled
        recorder.end_subsegment()
        recorder.end_subsegment()
        with recorder.in_subsegment("recorded"):
            assert recorder.is_sampled()


SCENARIOS: list[Callable[[Sdk], None]] = [
    minimal,
    by_hand,
    failing,
    captured,
    asynchronous,
    flags_and_blocks,
    not_sampled,
    without_a_segment,
    handed_to_a_thread,
    recorded_for_a_patch,
]


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.__name__)
def test_the_same_code_makes_the_same_documents(scenario: Callable[[Sdk], None]) -> None:
    found = []
    for package in (AWS, OURS):
        sdk = Sdk(package)
        scenario(sdk)
        found.append([plain(document) for document in sdk.collector.documents])
        sdk.close()
    assert found[1] == found[0]


def test_what_began_without_sampling_is_not_sent() -> None:
    sdk = Sdk(OURS)
    without_sampling_inside(sdk)
    sdk.close()
    # AWS's sends it nevertheless, with a namespace that says "dummy".
    assert [plain(document) for document in sdk.collector.documents] == [
        {"name": "shop", "subsegments": [{"name": "recorded"}]}
    ]


def test_a_header_goes_in_and_out(sdk: Sdk) -> None:
    kind = sdk.module("core.models.trace_header").TraceHeader
    text = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1"
    header = kind.from_header_str(text)
    assert (header.root, header.parent, header.sampled, header.data) == (ROOT, PARENT, 1, {"Lineage": "a:1"})
    assert header.to_header_str() == text
    assert kind.from_header_str("Root=x;Sampled=?").sampled == "?"
    assert kind(root=ROOT, sampled=False).to_header_str() == f"Root={ROOT};Sampled=0"


def test_switched_off_nothing_is_recorded(sdk: Sdk, monkeypatch: pytest.MonkeyPatch) -> None:
    config = importlib.import_module(sdk.package).global_sdk_config
    config.set_sdk_enabled(False)
    try:
        with sdk.recorder.in_segment() as segment:
            segment.put_annotation("a", 1)
            sdk.recorder.begin_subsegment("x").put_annotation("b", 2)
            sdk.recorder.end_subsegment()
        assert not sdk.recorder.is_sampled()
        assert sdk.collector.documents == []
        monkeypatch.setenv("AWS_XRAY_SDK_ENABLED", "true")
        config.set_sdk_enabled(False)
        assert config.sdk_enabled()
    finally:
        monkeypatch.delenv("AWS_XRAY_SDK_ENABLED", raising=False)
        config.set_sdk_enabled(True)


def test_runtime_error_asks_for_an_exception(sdk: Sdk) -> None:
    missing = sdk.module("core.exceptions.exceptions").SegmentNotFoundException
    sdk.recorder.configure(context_missing="RUNTIME_ERROR")
    with pytest.raises(missing):
        sdk.recorder.put_annotation("a", 1)


def test_a_sampler_of_ones_own_is_asked(sdk: Sdk) -> None:
    asked: list[Any] = []

    class Mine:
        def should_trace(self, sampling_req: Any = None) -> str | bool:
            asked.append(sampling_req["service"])
            return "mine" if sampling_req["service"] == "yes" else False

        def load_local_rules(self, rules: Any) -> None:
            pass

    sdk.recorder.configure(sampler=Mine(), sampling=True)
    for name in ("yes", "no"):
        with sdk.recorder.in_segment(name):
            pass
    assert asked == ["yes", "no"]
    assert [document["name"] for document in sdk.collector.documents] == ["yes"]
    assert sdk.collector.documents[0]["aws"]["xray"]["sampling_rule_name"] == "mine"


def test_attributes_are_there_to_read_and_write(sdk: Sdk) -> None:
    with sdk.recorder.in_segment("web") as segment:
        with sdk.recorder.in_subsegment("call", namespace="remote") as subsegment:
            assert subsegment.parent_id == segment.id
            assert subsegment.parent_segment is segment
            assert (subsegment.type, subsegment.namespace, subsegment.name) == ("subsegment", "remote", "call")
            subsegment.namespace = "aws"
            subsegment.http["request"] = {"method": "GET"}
            subsegment.annotations["a"] = 1
            assert subsegment.in_progress
        assert not subsegment.in_progress
        assert subsegment.end_time >= subsegment.start_time
        assert (segment.name, segment.sampled, segment.user) == ("web", True, None)
        segment.custom = "an application's own"
    (document,) = sdk.collector.documents
    (child,) = document["subsegments"]
    assert child["http"] == {"request": {"method": "GET"}}
    assert (child["namespace"], child["annotations"]) == ("aws", {"a": 1})


@pytest.mark.parametrize("change", ["put_http_meta", "put_annotation", "put_metadata"])
def test_what_is_changed_too_late_or_wrongly_hurts_nobody(change: str) -> None:
    sdk = Sdk(OURS)
    with sdk.recorder.in_segment() as segment:
        pass
    getattr(segment, change)("status", "not a number")
    segment.put_http_meta("unknown", 1)
    segment.close()
    sdk.close()
    assert len(sdk.collector.documents) == 1
