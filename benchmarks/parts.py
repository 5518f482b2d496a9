"""What is measured in which order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.console import measure_console
from benchmarks.datagrams import measure_datagrams
from benchmarks.disk import measure_disk, settle
from benchmarks.freshness import measure_freshness
from benchmarks.ingest import ingested
from benchmarks.keep import measure_keep
from benchmarks.queries import measure_queries
from benchmarks.sdk import measure_sdk
from benchmarks.search import measure_search
from benchmarks.soak import measure_soak
from benchmarks.start import measure_start

if TYPE_CHECKING:
    from collections.abc import Collection

    from benchmarks.bench import Bench

PARTS = {
    "start": "start to ready, and memory when idle",
    "ingest": "N segments over HTTP, flat out",
    "disk": "bytes per segment after maintenance has settled",
    "queries": "traces, summaries and service graph, idle and while segments come in",
    "search": "every kind of question on ten million spans, idle and while segments come in",
    "console": "the console in Chromium: first paint, a map of 500 nodes, a trace of 10,000 spans",
    "keep": "tail sampling while segments come in, beside keeping everything",
    "sdk": "what an application pays for being traced, beside other SDKs; its memory; a daemon that is gone",
    "freshness": "from UDP to GetTraceSummaries",
    "udp": "the daemon's door of `radiograph up`, beside the official daemon",
    "daemon": "our relay and the official daemon in front of a service that takes everything",
    "soak": "memory over time at a steady rate, and under overload",
}


def run_parts(bench: Bench, names: Collection[str]) -> None:
    """Measure these parts; a filled Radiograph is made once and serves all that need one."""
    if "start" in names:
        measure_start(bench)
    if {"ingest", "disk", "queries", "freshness"} & set(names):
        with ingested(bench, tell="ingest" in names) as service:
            if {"disk", "queries"} & set(names):
                settled = settle(bench, service)
                if "disk" in names:
                    measure_disk(bench, service, settled)
            if "freshness" in names:
                measure_freshness(bench, service, "idle")
            if "queries" in names:
                measure_queries(bench, service, freshness="freshness" in names)
    if {"udp", "daemon"} & set(names):
        measure_datagrams(bench, names)
    for name, measure in (
        ("search", measure_search),
        ("console", measure_console),
        ("keep", measure_keep),
        ("sdk", measure_sdk),
        ("soak", measure_soak),
    ):
        if name in names:
            measure(bench)
