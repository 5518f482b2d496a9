"""How many segments a second are taken durably: N of them, flat out over HTTP, each acknowledged after its commit."""

from __future__ import annotations

import contextlib
import statistics
from typing import TYPE_CHECKING

import msgspec

from benchmarks.figures import cpu_seconds, memory_over_time, peak_memory
from benchmarks.http_sender import send_flat_out
from benchmarks.results import Budget, Result, latency
from benchmarks.running import Child, Radiograph

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench

_MEGA = 1_000_000.0


class Ingested(msgspec.Struct, frozen=True, kw_only=True):
    """One run.

    Args:
        rate: acknowledged segments per second.
        cpu: processor time of the service per segment, seconds.
        peak: most resident memory, bytes.
        retried: requests that were turned away and sent again.
        latencies: of the requests, seconds.
        memory: resident memory over time: seconds and bytes.
        sender_cpu: processor time of the sender, seconds.
        commits: transactions.
    """

    rate: float
    cpu: float
    peak: int
    retried: int
    latencies: list[float]
    memory: list[tuple[float, int]]
    sender_cpu: float
    commits: int


def _fill(bench: Bench, service: Radiograph) -> Ingested:
    """Send everything and see that all of it was committed.

    Raises:
        RuntimeError: documents were refused or lost.
    """
    options = bench.options
    corpus = bench.corpus(options.segments)
    before = cpu_seconds(service.pid)
    with memory_over_time(service.pid, every=1.0) as samples:
        named = {"connections": options.connections}
        with Child(send_flat_out, service.http, corpus.requests, corpus.documents, **named) as child:
            sent = child.result()
    used = cpu_seconds(service.pid) - before
    status = service.status()
    committed = status["writer"]["documents"]
    if sent.refusals or committed != corpus.documents:
        raise RuntimeError(
            f"sent {corpus.documents:,} documents; {committed:,} were committed, {status['ingest']['refused']} refused"
        )
    return Ingested(
        rate=sent.documents / sent.seconds,
        cpu=used / sent.documents,
        peak=peak_memory(service.pid),
        retried=sent.retried,
        latencies=sent.latencies,
        memory=[(sample.seconds, sample.bytes) for sample in samples],
        sender_cpu=sent.cpu_seconds,
        commits=status["writer"]["commits"],
    )


@contextlib.contextmanager
def ingested(bench: Bench, *, tell: bool) -> Iterator[Radiograph]:
    """Fill a Radiograph, several times in fresh processes if so asked for, and hand out the last one.

    Args:
        bench: the run.
        tell: whether the lines are wanted, or only the filled service.
    """
    options = bench.options
    runs: list[Ingested] = []
    with contextlib.ExitStack() as stack:
        for number in range(options.runs if tell else 1):
            stack.close()
            bench.corpus(options.segments)
            bench.say(f"ingest over HTTP, run {number + 1}: {options.segments:,} segments ...")
            service = stack.enter_context(Radiograph(bench.place("data") / "radiograph", options.settings))
            runs.append(_fill(bench, service))
            bench.say(f"  {runs[-1].rate:,.0f} segments/s, {1 / runs[-1].cpu:,.0f} per processor second")
        if tell:
            _tell(bench, runs)
        yield service


def _tell(bench: Bench, runs: list[Ingested]) -> None:
    options = bench.options
    last = runs[-1]
    retried = sum(run.retried for run in runs)
    single = "a single run" if len(runs) == 1 else f"median of {len(runs)} fresh processes"
    conditions = (
        f"{single}, {options.segments:,} segments, {options.connections} connections, 50 documents a request, each "
        f"answered after its commit; {last.commits} commits; {retried} requests turned away (429) and sent again; "
        f"the sender used {last.sender_cpu:.1f} processor seconds beside the service"
    )
    bench.add(
        Result(
            part="ingest",
            what="acknowledged over HTTP",
            unit="segments/s",
            n=len(runs),
            median=statistics.median(run.rate for run in runs),
            budgets=(Budget(20_000, at_least=True, source="issue"),),
            note=conditions,
        ),
        Result(
            part="ingest",
            what="per core: segments per processor second of the service",
            unit="segments/s",
            n=len(runs),
            median=statistics.median(1 / run.cpu for run in runs),
            budgets=(Budget(25_000, at_least=True),),
            note="rollup and maintenance included",
        ),
        Result(
            part="ingest",
            what="processor time of the service per segment",
            unit="us",
            n=len(runs),
            median=statistics.median(run.cpu for run in runs) * _MEGA,
        ),
        latency("ingest", "PutTraceSegments of 50, flat out", last.latencies, note="durable; the queue is kept full"),
        Result(
            part="ingest",
            what="memory of the service, peak",
            unit="MB",
            n=len(runs),
            median=statistics.median(run.peak for run in runs) / _MEGA,
            note="flat out; the budget of 400 MB is for 10,000/s, see soak",
            series=list(last.memory),
        ),
    )
