"""OpenTelemetry's API: spans are segments and subsegments, in one context with those of the recorder."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any

import pytest
from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.propagate import get_global_textmap, set_global_textmap
from opentelemetry.trace import Link, NonRecordingSpan, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from radiograph_sdk.otel.propagator import RadiographPropagator
from radiograph_sdk.otel.provider import RadiographTracerProvider
from radiograph_sdk.otel.sql import sanitized
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, Decision

if TYPE_CHECKING:
    from radiograph_sdk.testing import Part, Traces

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"
W3C = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"


class Never:
    def decide(self, _request: Any) -> Decision:
        return Decision(sampled=False)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder("shop", sampler=Always())


@pytest.fixture
def provider(recorder: Recorder) -> RadiographTracerProvider:
    return RadiographTracerProvider(recorder)


@pytest.fixture
def tracer(provider: RadiographTracerProvider) -> Any:
    return provider.get_tracer("test")


def only(traces: Traces) -> Part:
    (root,) = traces.roots
    return root


def call(traces: Traces, tracer: Any, **attributes: Any) -> Part:
    """What a call with attributes becomes."""
    traces.clear()
    with tracer.start_as_current_span("work"), tracer.start_as_current_span("GET", kind=SpanKind.CLIENT) as span:
        span.set_attributes(attributes)
    return only(traces).children[0]


def test_a_request_is_a_segment_of_the_service(traces: Traces, tracer: Any) -> None:
    attributes = {
        "http.method": "GET",
        "http.scheme": "http",
        "http.host": "localhost",
        "http.target": "/u/3?q=1",
        "net.peer.ip": "127.0.0.1",
        "http.user_agent": "curl",
        "http.status_code": 200,
    }
    with tracer.start_as_current_span("GET /u/{i}", kind=SpanKind.SERVER, attributes=attributes):
        pass
    document = only(traces).document
    assert document["name"] == "shop"
    assert "type" not in document
    assert document["http"] == {
        "request": {
            "method": "GET",
            "url": "http://localhost/u/3",
            "client_ip": "127.0.0.1",
            "user_agent": "curl",
        },
        "response": {"status": 200},
    }


def test_the_stable_conventions_are_read_as_well(traces: Traces, tracer: Any) -> None:
    attributes = {
        "http.request.method": "POST",
        "url.scheme": "https",
        "server.address": "shop.example",
        "server.port": 8443,
        "url.path": "/buy",
        "url.query": "secret=1",
        "client.address": "203.0.113.9",
        "network.peer.address": "10.0.0.1",
        "user_agent.original": "curl",
        "http.response.status_code": 503,
        "network.protocol.version": "1.1",
    }
    with tracer.start_as_current_span("POST /buy", kind=SpanKind.SERVER, attributes=attributes):
        pass
    document = only(traces).document
    assert document["http"] == {
        "request": {
            "method": "POST",
            "url": "https://shop.example:8443/buy",
            "client_ip": "203.0.113.9",
            "x_forwarded_for": True,
            "user_agent": "curl",
        },
        "response": {"status": 503},
    }
    assert document["fault"] is True
    assert "metadata" not in document


@pytest.mark.parametrize(
    ("attributes", "name", "namespace"),
    [
        ({"http.method": "GET", "http.url": "http://u:p@stock.internal:8080/x?k=1"}, "stock.internal", "remote"),
        ({"http.request.method": "GET", "url.full": "https://[::1]:80/x", "server.address": "::1"}, "::1", "remote"),
        ({"peer.service": "stock", "http.url": "http://h/"}, "stock", "remote"),
        ({"db.system": "postgresql", "db.name": "shop", "net.peer.name": "pg"}, "shop@pg", "remote"),
        ({"db.system.name": "mysql", "db.namespace": "shop", "server.address": "my"}, "shop@my", "remote"),
        ({"db.system": "redis", "net.peer.name": "cache", "db.redis.database_index": 0}, "redis@cache", "remote"),
        ({"db.system": "sqlite", "db.name": "shop.db"}, "shop.db", "remote"),
        ({"rpc.system": "aws-api", "rpc.service": "DynamoDB", "rpc.method": "GetItem"}, "DynamoDB", "aws"),
        ({"rpc.system": "aws-api", "rpc.service": "S3", "aws.remote.service": "AWS::S3"}, "S3", "aws"),
        ({"rpc.system": "grpc", "rpc.service": "shop.Stock", "net.peer.name": "h"}, "shop.Stock", "remote"),
        ({"messaging.system": "kafka", "messaging.destination": "orders"}, "orders", "remote"),
        ({}, "GET", "remote"),
    ],
)
def test_a_call_has_the_name_of_what_is_called(
    traces: Traces, tracer: Any, attributes: dict[str, Any], name: str, namespace: str
) -> None:
    found = call(traces, tracer, **attributes)
    assert (found.name, found.document["namespace"]) == (name, namespace)


def test_a_url_is_told_without_its_secrets(traces: Traces, tracer: Any) -> None:
    found = call(traces, tracer, **{"http.method": "GET", "http.url": "https://user:pass@h:8443/p/q?token=1#f"})
    assert found.document["http"]["request"] == {"method": "GET", "url": "https://h:8443/p/q"}


def test_an_aws_call_says_what_it_worked_on(traces: Traces, tracer: Any) -> None:
    found = call(
        traces,
        tracer,
        **{
            "rpc.system": "aws-api",
            "rpc.service": "DynamoDB",
            "rpc.method": "GetItem",
            "cloud.region": "eu-west-1",
            "server.address": "dynamodb.eu-west-1.amazonaws.com",
            "aws.dynamodb.table_names": ["carts"],
            "aws.request_id": "R",
            "retry_attempts": 2,
            "http.status_code": 200,
            "db.system": "dynamodb",
        },
    ).document
    assert found["aws"] == {
        "operation": "GetItem",
        "region": "eu-west-1",
        "request_id": "R",
        "retries": 2,
        "table_name": "carts",
    }
    assert found["http"] == {"response": {"status": 200}}
    assert "sql" not in found
    assert "metadata" not in found


def test_a_query_is_told_without_its_values(traces: Traces, tracer: Any) -> None:
    found = call(
        traces,
        tracer,
        **{
            "db.system": "postgresql",
            "db.name": "shop",
            "net.peer.name": "pg",
            "net.peer.port": 5432,
            "db.user": "web",
            "db.statement": "SELECT * FROM users WHERE mail = 'a@b.c' AND age > 30",
        },
    ).document
    assert found["sql"] == {
        "database_type": "PostgreSQL",
        "url": "postgresql://pg:5432/shop",
        "user": "web",
        "sanitized_query": "SELECT * FROM users WHERE mail = ? AND age > ?",
    }


@pytest.mark.parametrize(
    ("statement", "plain"),
    [
        ("SELECT 'it''s', \"a name\", t1.c2 FROM t1", 'SELECT ?, "a name", t1.c2 FROM t1'),
        ("SELECT E'a\\'b', $1, :name, %s, ?", "SELECT ?, $1, :name, %s, ?"),
        ("SELECT 1 -- 'secret'\nFROM t", "SELECT ? FROM t"),
        ("SELECT /* pin 1234 */ x", "SELECT x"),
        ("INSERT INTO t VALUES (1, -2.5, 3e10, 0xFF, 'x'), (NULL, 1)", "INSERT INTO t VALUES (?), (NULL, ?)"),
        ("SELECT * FROM t WHERE id IN (1,2,3)", "SELECT * FROM t WHERE id IN (?)"),
        ("SELECT $$secret$$, $tag$it's$tag$", "SELECT ?, ?"),
        ("SELECT 'never closed", "SELECT ?"),
        ("SELECT x1y2, utf8mb4, a_1 FROM s3", "SELECT x1y2, utf8mb4, a_1 FROM s3"),
    ],
)
def test_statements_keep_their_shape_and_lose_their_values(statement: str, plain: str) -> None:
    assert sanitized(statement) == plain


def test_quotes_are_around_texts_in_mysql(traces: Traces, tracer: Any) -> None:
    assert sanitized('SELECT "secret", `name`', quoted_texts=True) == "SELECT ?, `name`"
    found = call(traces, tracer, **{"db.system": "mysql", "db.statement": 'SELECT "secret"'})
    assert found.document["sql"]["sanitized_query"] == "SELECT ?"


@pytest.mark.parametrize(
    ("attributes", "failed", "flags"),
    [
        ({"http.status_code": 404, "http.method": "GET"}, True, {"error"}),
        ({"http.status_code": 429}, True, {"error", "throttle"}),
        ({"http.status_code": "503"}, False, {"fault"}),
        ({"http.status_code": 200}, True, {"fault"}),
        ({}, True, {"fault"}),
        ({}, False, set()),
        ({"rpc.system": "grpc", "rpc.grpc.status_code": 8}, True, {"error", "throttle"}),
        ({"rpc.system": "grpc", "rpc.grpc.status_code": 5}, True, {"error"}),
        ({"rpc.system": "grpc", "rpc.grpc.status_code": 14}, False, {"fault"}),
        ({"rpc.system": "grpc", "rpc.grpc.status_code": 0}, False, set()),
    ],
)
def test_the_status_sets_the_flags(
    traces: Traces, tracer: Any, attributes: dict[str, Any], failed: bool, flags: set[str]
) -> None:
    with (
        tracer.start_as_current_span("work"),
        tracer.start_as_current_span("c", kind=SpanKind.CLIENT, attributes=attributes) as span,
    ):
        if failed:
            span.set_status(StatusCode.ERROR)
    found = only(traces).children[0].document
    assert {flag for flag in ("error", "fault", "throttle") if found.get(flag)} == flags


def test_that_it_went_well_is_final(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work") as span:
        span.set_status(Status(StatusCode.OK))
        span.set_status(Status(StatusCode.ERROR, "late"))
        assert span.status.status_code is StatusCode.OK
    assert "fault" not in only(traces).document


def test_an_exception_is_the_cause_with_its_stack_once(traces: Traces, tracer: Any) -> None:
    def inner() -> None:
        with tracer.start_as_current_span("inner"):
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"), tracer.start_as_current_span("outer"):
        inner()
    outer = only(traces)
    (exception,) = outer.children[0].document["cause"]["exceptions"]
    assert (exception["type"], exception["message"], exception["remote"]) == ("ValueError", "no", False)
    assert exception["stack"][0]["label"] == "inner"
    assert outer.document["cause"] == exception["id"]
    assert outer.document["fault"] is True


def test_an_exception_that_was_dealt_with_is_told_and_is_no_fault(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work") as span:
        span.record_exception(ValueError("no"))
        span.add_event(
            "exception",
            {
                "exception.type": "KeyError",
                "exception.message": "k",
                "exception.stacktrace": 'Traceback (...):\n  File "/a.py", line 3, in f\n    x\nKeyError',
            },
        )
    document = only(traces).document
    assert "fault" not in document
    first, second = document["cause"]["exceptions"]
    assert first["type"] == "ValueError"
    assert second["type"] == "KeyError"
    assert second["stack"] == [{"path": "/a.py", "line": 3, "label": "f"}]


def test_an_error_without_an_exception_has_its_message(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work") as span:
        span.set_status(Status(StatusCode.ERROR, "out of stock"))
    (exception,) = only(traces).document["cause"]["exceptions"]
    assert exception["message"] == "out of stock"


def test_aws_saying_that_one_asks_too_often_is_a_throttle(traces: Traces, tracer: Any) -> None:
    class ClientError(Exception):
        response = {"Error": {"Code": "ProvisionedThroughputExceededException"}}  # noqa: RUF012 -- as botocore has it

    def get_item() -> None:
        with tracer.start_as_current_span("DynamoDB.GetItem", kind=SpanKind.CLIENT) as span:
            span.set_attributes({"rpc.system": "aws-api", "rpc.service": "DynamoDB", "http.status_code": 400})
            raise ClientError

    with tracer.start_as_current_span("work"), pytest.raises(ClientError):
        get_item()
    found = only(traces).children[0].document
    assert (found.get("error"), found.get("throttle"), found.get("fault")) == (True, True, None)


def test_attributes_become_metadata_and_what_is_listed_annotations(traces: Traces, recorder: Recorder) -> None:
    tracer = RadiographTracerProvider(recorder, annotations=["order.id"]).get_tracer("test")
    with tracer.start_as_current_span("work") as span:
        span.set_attributes(
            {
                "order.id": 7,
                "items": ["a", "b"],
                "vip-customer": True,
                "aws.xray.annotations": ["vip-customer"],
                "aws.xray.metadata.shop": '{"basket": {"n": 1}}',
                "enduser.id": "anna",
            }
        )
        span.add_event("packed", {"boxes": 2}, timestamp=1_700_000_000_500_000_000)
    document = only(traces).document
    assert document["annotations"] == {"order.id": 7, "vip_customer": True}
    assert document["metadata"] == {
        "default": {
            "items": ["a", "b"],
            "otel.span.name": "work",
            "otel.events": [{"name": "packed", "time": 1_700_000_000.5, "attributes": {"boxes": 2}}],
        },
        "shop": {"basket": {"n": 1}},
    }
    assert document["user"] == "anna"


def test_the_environment_lists_annotations(traces: Traces, recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RADIOGRAPH_ANNOTATIONS", "*")
    tracer = RadiographTracerProvider(recorder).get_tracer("test")
    with tracer.start_as_current_span("work", attributes={"a": 1, "b": [1]}):
        pass
    document = only(traces).document
    assert document["annotations"] == {"a": 1}
    assert document["metadata"] == {"default": {"b": [1], "otel.span.name": "work"}}


def test_both_apis_are_within_each_other(traces: Traces, tracer: Any, recorder: Recorder) -> None:
    with tracer.start_as_current_span("request", kind=SpanKind.SERVER):
        with recorder.in_subsegment("ours") as ours:
            assert trace.get_current_span().get_span_context().span_id == int(ours.id, 16)
            with tracer.start_as_current_span("theirs"), recorder.in_subsegment("ours again"):
                trace.get_current_span().set_attribute("n", 1)
                trace.get_current_span().set_attribute("enduser.id", "bea")
        with tracer.start_as_current_span("after"):
            pass
    root = only(traces)
    assert root.told() == "shop\n  ours\n    theirs\n      ours again\n  after"
    assert root.children[0].children[0].children[0].document["metadata"] == {"default": {"n": 1}}
    assert root.document["user"] == "bea"
    assert context_api.get_current() == Context()


def test_a_segment_of_the_recorder_is_the_parent_of_spans(traces: Traces, tracer: Any, recorder: Recorder) -> None:
    with recorder.in_segment("job"), tracer.start_as_current_span("work"):
        pass
    assert only(traces).told() == "job\n  work"


def test_what_is_not_recorded_stays_so_in_both(traces: Traces, tracer: Any, recorder: Recorder) -> None:
    header = {"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=0"}
    carrier: dict[str, str] = {}
    context = RadiographPropagator().extract(header)
    with tracer.start_as_current_span("request", context=context, kind=SpanKind.SERVER) as span:
        assert not span.is_recording()
        with tracer.start_as_current_span("call", kind=SpanKind.CLIENT), recorder.in_subsegment("ours"):
            RadiographPropagator().inject(carrier)
    assert traces.roots == []
    assert carrier["X-Amzn-Trace-Id"] == f"Root={ROOT};Sampled=0" or carrier["X-Amzn-Trace-Id"].endswith("Sampled=0")
    assert carrier["traceparent"].startswith("00-5759e988bd862e3fe1be46a994272793-")
    assert carrier["traceparent"].endswith("-00")


def test_a_call_outside_of_any_request_is_a_segment_around_it(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT, attributes={"http.url": "http://h/"}) as span:
        span.set_attribute("http.status_code", 500)
    root = only(traces)
    assert root.told() == "shop fault\n  h [remote] fault"
    assert "namespace" not in root.document


def test_a_call_outside_of_any_request_may_be_left_out(traces: Traces, recorder: Recorder) -> None:
    tracer = RadiographTracerProvider(recorder, lone_calls=False).get_tracer("test")
    with tracer.start_as_current_span("GET", kind=SpanKind.CLIENT) as span:
        span.set_attribute("a", 1)
    with tracer.start_as_current_span("job"), tracer.start_as_current_span("GET", kind=SpanKind.CLIENT):
        pass
    assert only(traces).told() == "shop\n  GET [remote]"


def test_a_message_is_worked_on_in_the_trace_of_who_sent_it(traces: Traces, tracer: Any) -> None:
    sender = SpanContext(
        int(ROOT[2:10] + ROOT[11:], 16), int(PARENT, 16), is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED)
    )
    with tracer.start_as_current_span("receive", kind=SpanKind.CONSUMER):
        tracer.start_span("orders process", kind=SpanKind.CONSUMER, links=[Link(sender)]).end()
    worked = next(root for root in traces.roots if root.document["trace_id"] == ROOT)
    assert worked.document["parent_id"] == PARENT
    assert "links" not in worked.document


def test_links_to_several_traces_are_kept(traces: Traces, tracer: Any) -> None:
    senders = [SpanContext(number, number, is_remote=True) for number in (1, 2)]
    invalid = SpanContext(0, 0, is_remote=True)
    with tracer.start_as_current_span("batch", kind=SpanKind.CONSUMER, links=[Link(each) for each in senders]) as span:
        span.add_link(invalid)
        span.add_link(SpanContext(3, 3, is_remote=False), {"why": "x"})
    links = only(traces).document["links"]
    assert [link["id"] for link in links] == [f"{number:016x}" for number in (1, 2, 3)]
    assert links[2] == {"trace_id": f"1-00000000-{3:024x}", "id": f"{3:016x}", "attributes": {"why": "x"}}


def test_a_span_decorates_functions_and_coroutines(traces: Traces, tracer: Any) -> None:
    @tracer.start_as_current_span("plain")  # type: ignore[untyped-decorator]  # as Any
    def plain(number: int) -> int:
        return number + 1

    @tracer.start_as_current_span("awaited")  # type: ignore[untyped-decorator]  # likewise
    async def awaited(number: int) -> int:
        await asyncio.sleep(0)
        return number + 1

    async def both() -> list[int]:
        with tracer.start_as_current_span("work"):
            return [plain(1), *await asyncio.gather(awaited(2), awaited(3))]

    assert asyncio.run(both()) == [2, 3, 4]
    assert only(traces).told() == "shop\n  plain\n  awaited\n  awaited"


def test_a_span_that_is_made_current_elsewhere(traces: Traces, tracer: Any, recorder: Recorder) -> None:
    span = tracer.start_span("work", kind=SpanKind.SERVER)

    def work() -> None:
        with trace.use_span(span), recorder.in_subsegment("on a thread"):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert trace.get_current_span() is trace.INVALID_SPAN
    span.end()
    assert only(traces).told() == "shop\n  on a thread"


def test_what_has_ended_takes_nothing_more(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work") as span:
        pass
    span.set_attribute("a", 1)
    span.update_name("other")
    span.set_status(StatusCode.ERROR)
    span.record_exception(ValueError())
    span.add_event("x")
    span.end()
    assert not span.is_recording()
    assert "a" not in only(traces).document["metadata"]["default"]
    assert len(traces.roots) == 1


def test_spans_look_like_those_of_the_sdk(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work", kind=SpanKind.SERVER, attributes={"a": 1}) as outer:
        with tracer.start_as_current_span("inner") as inner:
            assert inner.parent == outer.get_span_context()
            assert inner.start_time <= inner.start_time + 1
        assert outer.attributes == {"a": 1}
        assert (outer.name, outer.kind, outer.end_time) == ("work", SpanKind.SERVER, None)
        assert inner.end_time >= inner.start_time
        assert outer.get_span_context().trace_flags.sampled
    assert traces.roots[0].children[0].document["start_time"] > 1_700_000_000


def test_times_can_be_given(traces: Traces, tracer: Any) -> None:
    span = tracer.start_span("work", start_time=1_700_000_000_000_000_000)
    span.end(1_700_000_001_500_000_000)
    document = only(traces).document
    assert (document["start_time"], document["end_time"]) == (1_700_000_000.0, 1_700_000_001.5)


def test_an_empty_context_begins_a_trace_of_its_own(traces: Traces, tracer: Any) -> None:
    with tracer.start_as_current_span("work"), tracer.start_as_current_span("other", context=Context()):
        pass
    assert len({root.document["trace_id"] for root in traces.roots}) == 2


def test_whatever_attributes_are_nothing_is_raised(traces: Traces, tracer: Any) -> None:
    class Odd:
        def __str__(self) -> str:
            raise RuntimeError("no")

    for key in ("http.url", "http.status_code", "db.system", "db.statement", "aws.xray.annotations", "net.peer.ip"):
        with tracer.start_as_current_span("call", kind=SpanKind.CLIENT) as span:
            span.set_attribute(key, Odd())
            span.set_attribute("http.method", "GET")
    assert len(traces.roots) == 6


class TestPropagator:
    def test_both_headers_are_written(self, traces: Traces, tracer: Any) -> None:
        carrier: dict[str, str] = {}
        with tracer.start_as_current_span("work") as span:
            RadiographPropagator().inject(carrier)
            seen = span.get_span_context()
        root = f"1-{seen.trace_id:032x}"
        assert carrier["X-Amzn-Trace-Id"] == f"Root={root[:10]}-{root[10:]};Parent={seen.span_id:016x};Sampled=1"
        assert carrier["traceparent"] == f"00-{seen.trace_id:032x}-{seen.span_id:016x}-01"
        assert traces.roots

    @pytest.mark.parametrize(
        ("headers", "root", "parent"),
        [
            ({"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=1"}, ROOT, PARENT),
            ({"x-amzn-trace-id": f"Self=1-1-2;Root={ROOT};Parent={PARENT};Sampled=?"}, ROOT, PARENT),
            ({"X-Amzn-Trace-Id": f"Root={ROOT}"}, ROOT, None),
            ({"traceparent": W3C}, ROOT, PARENT),
            ({"traceparent": W3C.replace("5759", "1111"), "X-Amzn-Trace-Id": f"Root={ROOT}"}, ROOT, None),
            ({"traceparent": W3C, "X-Amzn-Trace-Id": "nonsense"}, ROOT, PARENT),
        ],
    )
    def test_either_is_followed(
        self, traces: Traces, tracer: Any, headers: dict[str, str], root: str, parent: str | None
    ) -> None:
        context = RadiographPropagator().extract(headers)
        with tracer.start_as_current_span("request", context=context, kind=SpanKind.SERVER):
            pass
        document = only(traces).document
        assert (document["trace_id"], document.get("parent_id")) == (root, parent)

    def test_fields_that_nobody_knows_are_passed_on(self, traces: Traces, tracer: Any) -> None:
        context = RadiographPropagator().extract(
            {"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a:1"}
        )
        carrier: dict[str, str] = {}
        with (
            tracer.start_as_current_span("request", context=context, kind=SpanKind.SERVER),
            tracer.start_as_current_span("call", kind=SpanKind.CLIENT),
        ):
            RadiographPropagator(w3c=False).inject(carrier)
        assert carrier["X-Amzn-Trace-Id"].endswith(";Sampled=1;Lineage=a:1")
        assert set(carrier) == {"X-Amzn-Trace-Id"}
        assert traces.roots

    def test_a_header_that_leaves_it_open_is_decided_here(self, recorder: Recorder) -> None:
        recorder.sampler = Never()
        tracer = RadiographTracerProvider(recorder).get_tracer("test")
        context = RadiographPropagator().extract({"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=?"})
        with tracer.start_as_current_span("request", context=context, kind=SpanKind.SERVER) as span:
            assert not span.is_recording()

    def test_what_somebody_else_made_current_is_passed_on(self) -> None:
        context = trace.set_span_in_context(NonRecordingSpan(SpanContext(5, 6, is_remote=True)), Context())
        carrier: dict[str, str] = {}
        RadiographPropagator().inject(carrier, context)
        assert carrier["X-Amzn-Trace-Id"] == f"Root=1-00000000-{5:024x};Parent={6:016x};Sampled=0"

    def test_it_is_found_by_its_name(self) -> None:
        before = get_global_textmap()
        try:
            set_global_textmap(RadiographPropagator())
            assert {"X-Amzn-Trace-Id", "traceparent"} <= get_global_textmap().fields
        finally:
            set_global_textmap(before)
