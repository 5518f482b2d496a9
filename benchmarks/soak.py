"""Memory over time at a steady rate, and under more than can be taken: bounded, and everything accounted for."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING, Any

from benchmarks.contestants import kernel_drops
from benchmarks.figures import cpu_seconds, memory_over_time, slope
from benchmarks.http_sender import send_flat_out, send_paced
from benchmarks.results import Budget, Result
from benchmarks.running import Child, Radiograph
from benchmarks.udp_sender import send_datagrams
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.bench import Bench
    from benchmarks.figures import Sample

_LOOK_SECONDS = 5.0
_MEGA = 1e6
_DRAIN_SECONDS = 120.0
_MOST_OVERLOAD_DOCUMENTS = 300_000
# A sender that does not keep to Retry-After.
_IMPATIENCE = 0.05


def _memory_lines(what: str, samples: Sequence[Sample], note: str, *budgets: Budget) -> list[Result]:
    sizes = [sample.bytes / _MEGA for sample in samples]
    # The first minute fills caches and says nothing about growth; of a short run the first half.
    last = samples[-1].seconds
    grown = [sample for sample in samples if sample.seconds >= min(60.0, last / 2)]
    return [
        Result(
            part="soak",
            what=f"memory, {what}: highest",
            unit="MB",
            n=len(sizes),
            median=max(sizes),
            budgets=budgets,
            note=f"lowest {min(sizes):.0f}, median {statistics.median(sizes):.0f}; {note}",
            series=[[sample.seconds, sample.bytes] for sample in samples],
        ),
        Result(
            part="soak",
            what=f"memory, {what}: growth",
            unit="MB/minute",
            n=len(grown),
            median=slope(grown) / _MEGA,
            note="least squares, without the first minute (of a short run, without its first half)",
        ),
    ]


def _steady(bench: Bench, service: Radiograph) -> int:
    """Send at a steady rate; return how many documents were acknowledged."""
    options = bench.options
    bench.say(f"soak: {options.rate:,.0f} segments/s for {options.minutes:g} minutes ...")
    named: dict[str, Any] = {"rate": options.rate, "seconds": options.minutes * 60}
    used = cpu_seconds(service.pid)
    with (
        memory_over_time(service.pid, every=_LOOK_SECONDS) as samples,
        Child(send_paced, service.http, options.mix, **named) as child,
    ):
        sent = child.result()
    used = cpu_seconds(service.pid) - used
    note = (
        f"{sent.documents:,} segments in {sent.seconds:.0f} s over HTTP, {sent.retried} requests turned away, "
        f"{sent.late} of {sent.requests} late by over 0.1 s; {used / sent.seconds:.2f} cores; budget: at 10,000/s"
    )
    bench.add(*_memory_lines(f"{options.rate:,.0f}/s", samples, note, Budget(400)))
    return sent.documents


def _overload(bench: Bench, service: Radiograph) -> tuple[int, int, int]:
    """Send flat out through both doors.

    Returns:
        Documents acknowledged over HTTP, datagrams sent, datagrams that the kernel dropped.
    """
    options = bench.options
    corpus = bench.corpus(min(options.segments, _MOST_OVERLOAD_DOCUMENTS))
    bench.say(f"soak: flat out through both doors for {options.overload:g} s ...")
    port = service.daemon[1]
    dropped = kernel_drops(port)
    http: dict[str, Any] = {"connections": options.connections, "seconds": options.overload, "patience": _IMPATIENCE}
    with (
        memory_over_time(service.pid, every=_LOOK_SECONDS) as samples,
        Child(send_flat_out, service.http, corpus.requests, corpus.documents, **http) as by_http,
        Child(send_datagrams, service.daemon, corpus.datagrams, rate=0.0, seconds=options.overload) as by_udp,
    ):
        datagrams = by_udp.result()
        requests = by_http.result()
    kernel = kernel_drops(port) - dropped
    note = (
        f"HTTP: {requests.documents:,} acknowledged, {requests.retried:,} requests turned away (429); UDP: "
        f"{datagrams.datagrams:,} sent; the same {corpus.documents:,} documents again and again; bounded means that "
        "it does not grow"
    )
    bench.add(*_memory_lines("overload", samples, note))
    return requests.documents, datagrams.datagrams - datagrams.refused, kernel


def _drained(service: Radiograph) -> dict[str, Any]:
    """Wait until nothing is queued any more; return the figures then."""
    until = time.monotonic() + _DRAIN_SECONDS
    known = -1
    while True:
        status = service.status()
        if status["writer"]["queued_bytes"] == 0 and status["udp"]["received"] == known:
            return status
        known = status["udp"]["received"]
        if time.monotonic() > until:
            raise TimeoutError(f"the queue was not empty {_DRAIN_SECONDS:g} s after the last segment")
        time.sleep(0.5)


def _stored(service: Radiograph) -> int:
    """Count the documents in the lake of a stopped service."""
    lake = open_lake(LakeOptions(folder=service.data))
    try:
        with lake.reading() as connection:
            row = connection.execute("SELECT count(*) FROM documents").fetchone()
    finally:
        lake.close()
    assert row is not None
    count: int = row[0]
    return count


def measure_soak(bench: Bench) -> None:
    """Run at a steady rate, then under overload, then count what is stored."""
    with Radiograph(bench.place("soak") / "radiograph", bench.options.settings) as service:
        steady = _steady(bench, service)
        acknowledged, datagrams, kernel = _overload(bench, service)
        status = _drained(service)
    udp = status["udp"]
    counted = kernel + udp["dropped_overload"] + udp["dropped_error"]
    refused = sum(entry["count"] for entry in udp["refused"].values())
    refused += sum(entry["count"] for entry in status["ingest"]["refused"].values())
    stored = _stored(service)
    bench.add(
        Result(
            part="soak",
            what="lost without being counted",
            unit="documents",
            n=1,
            median=steady + acknowledged + datagrams - counted - refused - stored,
            budgets=(Budget(0),),
            note=f"{steady + acknowledged:,} acknowledged by HTTP and {datagrams:,} sent by UDP; dropped {kernel:,} by "
            f"the kernel, {udp['dropped_overload']:,} because the queue was full, {udp['dropped_error']:,} by an "
            f"error; {refused:,} refused; {stored:,} in the lake after a proper stop",
        )
    )
