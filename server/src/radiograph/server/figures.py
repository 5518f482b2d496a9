"""The figures that an operator needs, as JSON for `radiograph status` and as metrics for Prometheus."""

from __future__ import annotations

import asyncio
import os
import sys
from typing import TYPE_CHECKING, Any

import msgspec
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from radiograph import __version__
from radiograph.doors.daemon.address import format_address
from radiograph.store.telemetry import relays

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from prometheus_client.core import Metric

    from radiograph.server.service import Service


def memory_bytes() -> int | None:
    """Return the resident memory of this process; None where the platform does not tell simply."""
    if sys.platform != "linux":
        return None
    with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123 -- a read of 30 bytes
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


class Figures(Collector):
    """Reads the counters of the parts; keeps none of its own.

    Args:
        service: the running service.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(self, service: Service, *, now: Callable[[], float]) -> None:
        self._service = service
        self._now = now
        self._started = now()

    async def status(self) -> dict[str, Any]:
        """Return what `/api/status` answers."""
        service = self._service
        files, size = await asyncio.to_thread(service.lake.size)
        queued, queued_bytes = service.writer.queued
        udp = service.udp.counters
        upkeep = service.upkeep
        return {
            "version": __version__,
            "started": self._started,
            "now": self._now(),
            "addresses": {
                "http": format_address(service.http_address),
                "daemon": format_address(service.udp.address),
            },
            "folder": str(service.folder),
            "memory_bytes": memory_bytes(),
            "ingest": service.ingest.counters,
            "reader_processes": service.readers.processes,
            "udp": {
                "received": udp.received,
                "bytes": udp.bytes,
                "delivered": udp.delivered,
                "dropped_overload": udp.dropped_overload,
                "dropped_error": udp.dropped_error,
                "kernel_drops": service.udp.kernel_drops,
                "refused": msgspec.to_builtins(udp.refused),
            },
            "writer": {
                **msgspec.to_builtins(service.writer.counters),
                "queued": queued,
                "queued_bytes": queued_bytes,
                "lag_seconds": service.writer.lag(),
                "problem": service.writer.problem,
            },
            "store": {"files": files, "bytes": size},
            "maintenance": {
                **msgspec.to_builtins(upkeep.counters),
                "rolled_up_traces": upkeep.rolled_up,
                "roll_up_seconds": upkeep.roll_up_seconds,
                "problem": upkeep.last_problem,
            },
            "groups": {
                group.name: {"traces": group.traces, "failures": group.failures, "problem": group.problem}
                for group in upkeep.groups.figures.values()
            },
            "keep": msgspec.to_builtins(upkeep.kept),
            "relays": await asyncio.to_thread(relays, service.lake),
        }

    def tick(self) -> dict[str, Any]:
        """Return what live events tell every second; cheap, no query."""
        service = self._service
        ingest, udp, writer = service.ingest.counters, service.udp.counters, service.writer.counters
        refused = sum(entry.count for entry in ingest.refused.copy().values())
        refused += sum(entry.count for entry in udp.refused.copy().values())
        return {
            "now": self._now(),
            "received": sum(ingest.received.copy().values()),
            "committed": writer.documents,
            "refused": refused,
            "dropped": udp.dropped_overload + udp.dropped_error + (service.udp.kernel_drops or 0) + writer.lost,
            "lag_seconds": round(service.writer.lag(), 3),
        }

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics; cheap, no query."""
        service = self._service
        ingest = service.ingest.counters
        by_door = (
            ("received", "Documents received.", ingest.received),
            ("accepted", "Documents accepted.", ingest.accepted),
            ("overloaded", "Documents turned away because the queue was full.", ingest.overloaded),
        )
        for name, text, counts in by_door:
            family = CounterMetricFamily(f"radiograph_documents_{name}", text, labels=["door"])
            for door, count in counts.copy().items():
                family.add_metric([door], count)
            yield family
        refused = CounterMetricFamily("radiograph_documents_refused", "Documents refused.", labels=["code"])
        for code, entry in ingest.refused.copy().items():
            refused.add_metric([code], entry.count)
        yield refused
        yield CounterMetricFamily(
            "radiograph_documents_repaired", "Documents accepted after a repair.", value=ingest.repaired
        )
        udp = service.udp.counters
        yield CounterMetricFamily("radiograph_udp_datagrams", "Datagrams received.", value=udp.received)
        framing = CounterMetricFamily("radiograph_udp_refused", "Datagrams without a document.", labels=["reason"])
        for reason, datagrams in udp.refused.copy().items():
            framing.add_metric([reason], datagrams.count)
        yield framing
        yield CounterMetricFamily(
            "radiograph_udp_dropped",
            "Documents dropped because the queue was full.",
            value=udp.dropped_overload,
        )
        drops = service.udp.kernel_drops
        if drops is not None:
            yield CounterMetricFamily("radiograph_udp_kernel_drops", "Datagrams that the kernel dropped.", value=drops)
        writer = service.writer.counters
        queued, queued_bytes = service.writer.queued
        yield CounterMetricFamily("radiograph_documents_committed", "Documents committed.", value=writer.documents)
        yield CounterMetricFamily("radiograph_commits", "Commits.", value=writer.commits)
        yield CounterMetricFamily("radiograph_commit_failures", "Commits that failed.", value=writer.failures)
        yield CounterMetricFamily("radiograph_documents_lost", "Documents lost at a stop.", value=writer.lost)
        yield GaugeMetricFamily("radiograph_queue_documents", "Documents waiting for a commit.", value=queued)
        yield GaugeMetricFamily("radiograph_queue_bytes", "Bytes waiting for a commit.", value=queued_bytes)
        yield GaugeMetricFamily(
            "radiograph_commit_lag_seconds",
            "Age of the oldest document waiting for a commit.",
            value=service.writer.lag(),
        )
        yield GaugeMetricFamily(
            "radiograph_last_commit_seconds", "Duration of the last commit.", value=writer.last_commit_seconds
        )
        upkeep = service.upkeep.counters
        yield CounterMetricFamily("radiograph_maintenance_rounds", "Rounds of maintenance.", value=upkeep.rounds)
        yield CounterMetricFamily(
            "radiograph_maintenance_failures", "Rounds of maintenance that failed.", value=upkeep.failures
        )
        yield from self._of_groups()
        yield from self._of_policies()
        memory = memory_bytes()
        if memory is not None:
            yield GaugeMetricFamily("radiograph_memory_bytes", "Resident memory.", value=memory)

    def _of_policies(self) -> Iterator[Metric]:
        kept = self._service.upkeep.kept
        for name, text, counts in (
            ("radiograph_traces_kept", "Traces that a keep policy kept.", kept.kept),
            ("radiograph_traces_dropped", "Traces that a keep policy dropped.", kept.dropped),
        ):
            family = CounterMetricFamily(name, text, labels=["policy"])
            for policy, count in counts.copy().items():
                family.add_metric([policy], count)
            yield family

    def _of_groups(self) -> Iterator[Metric]:
        traces = CounterMetricFamily(
            "radiograph_group_traces", "Traces that joined a group, which has a filter.", labels=["group"]
        )
        failures = CounterMetricFamily(
            "radiograph_group_failures",
            "How often a group was left out because its filter could not be evaluated.",
            labels=["group"],
        )
        for group in self._service.upkeep.groups.figures.values():
            traces.add_metric([group.name], group.traces)
            failures.add_metric([group.name], group.failures)
        yield traces
        yield failures
