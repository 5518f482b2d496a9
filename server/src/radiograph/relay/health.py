"""The health port: whether the daemon lives, whether it does its work, and its counters for Prometheus."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric
    from starlette.requests import Request

    from radiograph.relay.ledger import RefusedDocuments

_NOT_READY = 503


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The state of the daemon at one moment.

    Args:
        received: Datagrams received.
        received_bytes: Their bytes.
        kernel_drops: Datagrams that the kernel dropped; None where it does not tell.
        invalid: Datagrams without a document, by reason.
        dropped: Documents dropped because memory was full.
        in_memory: Documents in memory that nobody has taken.
        memory_bytes: Bytes of documents in memory.
        in_spool: Documents on disk.
        spool_bytes: Bytes on disk.
        spooled: Documents written to disk so far.
        spool_dropped: Documents dropped because the disk queue was full.
        spool_corrupt: Records of the disk queue that did not open.
        sent: Documents that the service received.
        batches: Calls in which it received them.
        refused: Documents that the service refused, by error code.
        errors: Failed calls by kind.
        reachable: Whether the last call succeeded.
    """

    received: int
    received_bytes: int
    kernel_drops: int | None
    invalid: dict[str, int]
    dropped: int
    in_memory: int
    memory_bytes: int
    in_spool: int
    spool_bytes: int
    spooled: int
    spool_dropped: int
    spool_corrupt: int
    sent: int
    batches: int
    refused: dict[str, RefusedDocuments]
    errors: dict[str, int]
    reachable: bool


class _Metrics(Collector):
    def __init__(self, report: Callable[[], Report]) -> None:
        self._report = report

    def collect(self) -> Iterator[Metric]:
        report = self._report()
        counters = (
            ("datagrams", "Datagrams received.", report.received),
            ("datagram_bytes", "Bytes of the datagrams received.", report.received_bytes),
            ("dropped", "Documents dropped because memory was full.", report.dropped),
            ("spooled", "Documents written to the spool.", report.spooled),
            ("spool_dropped", "Documents dropped because the spool was full.", report.spool_dropped),
            ("spool_corrupt_records", "Spool records that did not open.", report.spool_corrupt),
            ("sent", "Documents that the service received.", report.sent),
            ("batches", "Calls in which the service received documents.", report.batches),
        )
        for name, meaning, value in counters:
            yield CounterMetricFamily(f"radiograph_daemon_{name}", meaning, value=value)
        gauges = (
            ("in_memory", "Documents waiting in memory.", report.in_memory),
            ("memory_bytes", "Bytes of documents in memory.", report.memory_bytes),
            ("in_spool", "Documents waiting in the spool.", report.in_spool),
            ("spool_bytes", "Bytes of the spool.", report.spool_bytes),
            ("service_reachable", "Whether the last call succeeded.", int(report.reachable)),
        )
        for name, meaning, value in gauges:
            yield GaugeMetricFamily(f"radiograph_daemon_{name}", meaning, value=value)
        if report.kernel_drops is not None:
            meaning = "Datagrams that the kernel dropped because the socket's buffer was full."
            yield CounterMetricFamily("radiograph_daemon_kernel_drops", meaning, value=report.kernel_drops)
        refused = {code: entry.count for code, entry in report.refused.items()}
        yield _labelled("invalid_datagrams", "Datagrams without a document.", "reason", report.invalid)
        yield _labelled("refused", "Documents that the service refused.", "code", refused)
        yield _labelled("failed_calls", "Calls to the service that failed.", "kind", report.errors)


def build_health_app(report: Callable[[], Report]) -> Starlette:
    """Build the ASGI application of the health port.

    `GET /healthz` answers 200 while the process lives. `GET /readyz` answers 200 while the service takes
    documents and 503 while they are kept for it; both say how much waits. `GET /metrics` is for Prometheus.

    Args:
        report: Reads the state.
    """
    registry = CollectorRegistry()
    registry.register(_Metrics(report))

    async def healthz(_request: Request) -> Response:
        return _answer({"status": "ok"}, 200)

    async def readyz(_request: Request) -> Response:
        state = report()
        waiting = {"in_memory": state.in_memory, "in_spool": state.in_spool}
        if state.reachable:
            return _answer({"status": "ok", **waiting}, 200)
        reason = "the service does not take documents; they are kept until it does"
        return _answer({"status": "unavailable", "reason": reason, **waiting}, _NOT_READY)

    async def metrics(_request: Request) -> Response:
        return Response(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return Starlette(routes=[Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)])


def _labelled(name: str, meaning: str, label: str, values: dict[str, int]) -> CounterMetricFamily:
    family = CounterMetricFamily(f"radiograph_daemon_{name}", meaning, labels=[label])
    for value, count in values.items():
        family.add_metric([value], count)
    return family


def _answer(body: dict[str, str | int], status: int) -> Response:
    return Response(msgspec.json.encode(body), status, media_type="application/json")
