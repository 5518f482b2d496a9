"""What an application pays for being traced, in a process of its own: `python -m benchmarks.sdk_work SDK`.

A request is a segment with twenty calls in it; all of it is encoded and handed to a socket that nobody reads. Prints
the time for each call, microseconds of the processor, as JSON; the segment's part is in it.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS = 20
_REQUESTS = 1_500
_WARM_UP = 100


def _daemon() -> tuple[socket.socket, str]:
    """Return a socket that takes datagrams, and its address."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))
    return door, f"127.0.0.1:{door.getsockname()[1]}"


def radiograph(address: str) -> Callable[[bool], None]:
    """Return a request that radiograph-sdk traces."""
    from radiograph_sdk.addresses import parse_daemon_address  # noqa: PLC0415 -- only its own process has it
    from radiograph_sdk.recorder import Recorder  # noqa: PLC0415 -- likewise

    recorder = Recorder("shop", address=parse_daemon_address(address))

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        with recorder.in_segment(sampled=sampled):
            for _ in range(_CALLS):
                with recorder.in_subsegment("orders", "remote"):
                    pass

    return request


def aws_xray_sdk(address: str) -> Callable[[bool], None]:
    """Return a request that AWS's SDK traces."""
    from aws_xray_sdk.core import xray_recorder  # noqa: PLC0415 -- only its own process has it

    xray_recorder.configure(service="shop", daemon_address=address)

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        with xray_recorder.in_segment("shop", sampling=int(sampled)):
            for _ in range(_CALLS):
                with xray_recorder.in_subsegment("orders", namespace="remote"):
                    pass

    return request


def radiograph_by_opentelemetry(address: str) -> Callable[[bool], None]:
    """Return a request that radiograph-sdk traces, asked by OpenTelemetry's API."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 -- only its own process has it

    from radiograph_sdk.addresses import parse_daemon_address  # noqa: PLC0415 -- likewise
    from radiograph_sdk.otel.provider import RadiographTracerProvider  # noqa: PLC0415 -- likewise
    from radiograph_sdk.recorder import Recorder  # noqa: PLC0415 -- likewise
    from radiograph_sdk.sampling import LocalSampler  # noqa: PLC0415 -- likewise

    samplers = {
        sampled: LocalSampler({"version": 2, "default": {"fixed_target": 0, "rate": int(sampled)}})
        for sampled in (True, False)
    }
    recorder = Recorder("shop", address=parse_daemon_address(address))
    tracer = RadiographTracerProvider(recorder).get_tracer("bench")

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        recorder.sampler = samplers[sampled]
        with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER):
            for _ in range(_CALLS):
                with tracer.start_as_current_span("orders", kind=SpanKind.CLIENT):
                    pass

    return request


def opentelemetry_sdk(address: str) -> Callable[[bool], None]:
    """Return a request that opentelemetry-sdk traces: in batches, encoded for OTLP, and handed to a socket."""
    from opentelemetry.exporter.otlp.proto.common.trace_encoder import (  # noqa: PLC0415 -- only its own process has it
        encode_spans,
    )
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415 -- likewise
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415 -- likewise
        BatchSpanProcessor,
        SpanExporter,
        SpanExportResult,
    )
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON  # noqa: PLC0415 -- likewise
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 -- likewise

    host, _, port = address.partition(":")
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    class Exporter(SpanExporter):  # type: ignore[misc]  # not looked into, see pyproject.toml
        def export(self, spans: Any) -> Any:
            content = encode_spans(spans).SerializeToString()
            for begin in range(0, len(content), 60_000):
                out.sendto(content[begin : begin + 60_000], (host, int(port)))
            return SpanExportResult.SUCCESS

        def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 -- of the API
            return True

    tracers = {}
    for sampled in (True, False):
        provider = TracerProvider(sampler=ALWAYS_ON if sampled else ALWAYS_OFF)
        # A queue that is never full: nothing of what is measured may be thrown away.
        provider.add_span_processor(BatchSpanProcessor(Exporter(), max_queue_size=200_000, max_export_batch_size=512))
        tracers[sampled] = (provider, provider.get_tracer("bench"))

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        _, tracer = tracers[sampled]
        with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER):
            for _ in range(_CALLS):
                with tracer.start_as_current_span("orders", kind=SpanKind.CLIENT):
                    pass

    request.finish = tracers[True][0].force_flush  # type: ignore[attr-defined]  # what is not sent is owed
    return request


def ddtrace(_address: str) -> Callable[[bool], None]:
    """Return a request that ddtrace traces; what it has is thrown away before it is encoded, which is in its favour."""
    import ddtrace.trace  # noqa: PLC0415 -- only its own process has it

    class Drop(ddtrace.trace.TraceFilter):  # type: ignore[misc]  # likewise
        def process_trace(self, trace: Any) -> Any:  # noqa: ARG002 -- of its API
            return None

    ddtrace.trace.tracer.configure(trace_processors=[Drop()])
    tracer = ddtrace.trace.tracer

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        with tracer.trace("GET /", service="shop") as root:
            if not sampled:
                root.set_tag("manual.drop")
            for _ in range(_CALLS):
                with tracer.trace("orders"):
                    pass

    return request


CONTESTANTS: dict[str, Callable[[str], Callable[[bool], None]]] = {
    "radiograph-sdk": radiograph,
    "radiograph-sdk by OpenTelemetry's API": radiograph_by_opentelemetry,
    "aws_xray_sdk": aws_xray_sdk,
    "opentelemetry-sdk": opentelemetry_sdk,
    "ddtrace": ddtrace,
}
NEEDS = {"opentelemetry-sdk": "opentelemetry.exporter.otlp.proto.common", "ddtrace": "ddtrace"}
"""What is not of the environment for tests; tools/requirements-bench.txt has it."""


def main(name: str) -> None:
    """Measure one and print what it takes."""
    door, address = _daemon()
    request = CONTESTANTS[name](address)
    found = {}
    for what, sampled in (("sampled", True), ("unsampled", False)):
        for _ in range(_WARM_UP):
            request(sampled)
        began = time.process_time()
        for _ in range(_REQUESTS):
            request(sampled)
        getattr(request, "finish", bool)()
        found[what] = (time.process_time() - began) / _REQUESTS / _CALLS * 1e6
    door.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
