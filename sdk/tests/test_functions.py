"""AWS Lambda, as its runtime sets a process up: what is recorded is below the segment of each invocation."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry.trace import SpanKind

from radiograph_sdk.entities import CURRENT
from radiograph_sdk.environment import recorder_from
from radiograph_sdk.functions import VARIABLE
from radiograph_sdk.otel.provider import RadiographTracerProvider
from radiograph_sdk.web import Answering, Incoming
from radiograph_sdk.xray.core import AWSXRayRecorder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph_sdk.recorder import Recorder
    from radiograph_sdk.testing import Traces

ROOT, OTHER = "1-5759e988-bd862e3fe1be46a994272793", "1-5759e999-bd862e3fe1be46a994272793"
PARENT, NEXT = "53995c3f42cd8ad8", "1111111111111111"


@pytest.fixture(autouse=True)
def function(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("LAMBDA_TASK_ROOT", "/var/task")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "resize")
    monkeypatch.setenv("RADIOGRAPH_PLATFORMS", "none")
    monkeypatch.setenv(VARIABLE, f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1")
    yield
    CURRENT.set(None)  # an invocation lasts for as long as the process waits for another


@pytest.fixture
def recorder() -> Recorder:
    return recorder_from()


def places(traces: Traces) -> list[tuple[str, str, str]]:
    return [(root.name, root.document["trace_id"], root.document["parent_id"]) for root in traces.roots]


def test_subsegments_are_sent_on_their_own_below_the_invocation(traces: Traces, recorder: Recorder) -> None:
    with recorder.in_subsegment("resize"), recorder.in_subsegment("s3", "aws") as call:
        header = call.header()
    (root,) = traces.roots
    assert places(traces) == [("resize", ROOT, PARENT)]
    assert root.document["type"] == "subsegment"
    assert root.told() == "resize\n  s3 [aws]"
    assert header == f"Root={ROOT};Parent={root.children[0].document['id']};Sampled=1;Lineage=a:1"


def test_each_invocation_has_its_own(traces: Traces, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    with recorder.in_subsegment("first"):
        pass
    recorder.in_subsegment("left open").__enter__()
    monkeypatch.setenv(VARIABLE, f"Root={OTHER};Parent={NEXT};Sampled=1")
    with recorder.in_subsegment("second"):
        pass
    assert places(traces) == [("first", ROOT, PARENT), ("second", OTHER, NEXT)]


@pytest.mark.parametrize(
    "text", ["", f"Root={ROOT}", f"Root={ROOT};Parent={PARENT};Sampled=0", f"Root={ROOT};Lineage=a"]
)
def test_what_is_not_sampled_is_not_recorded(
    traces: Traces, recorder: Recorder, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setenv(VARIABLE, text)
    with recorder.in_subsegment("work") as work:
        work.put_annotation("a", 1)
    assert recorder.current().header().startswith(f"Root={ROOT}" if text else "Sampled=0")
    assert traces.roots == []


def test_a_middleware_makes_a_subsegment(traces: Traces, recorder: Recorder) -> None:
    answering = Answering(recorder, Incoming(method="GET", url="http://h/", path="/"))
    with answering.segment:
        answering.answered(404, None)
    (root,) = traces.roots
    assert places(traces) == [("resize", ROOT, PARENT)]
    assert root.document["http"]["response"] == {"status": 404}


def test_spans_are_below_the_invocation(traces: Traces, recorder: Recorder) -> None:
    tracer: Any = RadiographTracerProvider(recorder).get_tracer("test")
    with tracer.start_as_current_span("handler", kind=SpanKind.SERVER):
        with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes={"http.url": "http://h/"}):
            pass
        with recorder.in_subsegment("ours"):
            pass
    (root,) = traces.roots
    assert root.told() == "handler\n  h [remote]\n  ours"
    assert places(traces) == [("handler", ROOT, PARENT)]


def test_the_api_of_aws_sdk(traces: Traces) -> None:
    recorder = AWSXRayRecorder()
    with recorder.in_subsegment("work") as work:
        work.put_annotation("a", 1)
        segment = recorder.current_segment()
        assert segment is not None
        assert segment.trace_id == ROOT
    recorder.begin_segment("ignored")
    recorder.end_segment()

    @recorder.capture_async("awaited")
    async def awaited() -> None:
        await asyncio.sleep(0)

    asyncio.run(awaited())
    assert [name for name, *_ in places(traces)] == ["work", "ignored", "awaited"]
    assert {(root, parent) for _, root, parent in places(traces)} == {(ROOT, PARENT)}
