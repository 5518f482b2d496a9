"""How long the questions of a person take (a trace, the newest traces, the map), idle and while segments come in."""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING, Any

from benchmarks.figures import cpu_seconds
from benchmarks.freshness import measure_freshness
from benchmarks.http_client import Connection
from benchmarks.http_sender import send_paced
from benchmarks.results import Budget, Result, latency
from benchmarks.running import Child

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench
    from benchmarks.corpus import Corpus
    from benchmarks.running import Radiograph

_WARM_UP = 10
_WARM_UP_SECONDS = 3.0
_MOST_SECONDS = 15.0
_FEWEST = 3
_HOUR = 3600.0
# Longer than the questions can take; the sender ends when they do.
_SENDING_SECONDS = 3600.0
_LONG_QUESTIONS = 5


def ask_for_trace(connection: Connection, trace_id: str) -> None:
    """Ask for a trace that is stored.

    Raises:
        RuntimeError: it is not in the answer.
    """
    answer = connection.post("/Traces", {"TraceIds": [trace_id]})
    if [trace["Id"] for trace in answer["Traces"]] != [trace_id] or not answer["Traces"][0]["Segments"]:
        raise RuntimeError(f"trace {trace_id} was stored and is not in the answer")


def _summaries(connection: Connection, end: float) -> None:
    answer = connection.post("/TraceSummaries", {"StartTime": end - _HOUR, "EndTime": end})
    if not answer["TraceSummaries"]:
        raise RuntimeError("an hour full of traces, and the page is empty")


def _graph(connection: Connection, end: float, hours: float) -> None:
    answer = connection.post("/ServiceGraph", {"StartTime": end - hours * _HOUR, "EndTime": end})
    if not answer["Services"]:
        raise RuntimeError("hours full of traces, and the map is empty")


def timed(question: Callable[[], None], samples: int) -> list[float]:
    """Ask again and again; fewer times than wanted when the answers take too long, since a run must end."""
    times: list[float] = []
    asked = 0
    first = time.perf_counter()
    while len(times) < samples:
        began = time.perf_counter()
        question()
        ended = time.perf_counter()
        asked += 1
        if asked > _WARM_UP or ended - first > _WARM_UP_SECONDS:
            times.append(ended - began)
        if ended - first > _MOST_SECONDS and len(times) >= _FEWEST:
            break
    return times


def _ask(bench: Bench, service: Radiograph, corpus: Corpus, condition: str, end: Callable[[], float]) -> None:
    """Ask everything and add the lines.

    Args:
        bench: the run.
        service: filled.
        corpus: what it was filled with.
        condition: whether segments come in meanwhile, in words.
        end: where the time ranges that are asked for end.
    """
    samples = bench.options.samples
    source = random.Random(bench.options.mix.seed)
    note = f"{condition}; {corpus.documents:,} segments over {bench.options.hours:g} h stored"
    by_id = (Budget(20, of="p99", source="issue"), Budget(10, of="p99"))
    with Connection(service.http) as connection:

        def kind(ids: list[str]) -> list[float]:
            return timed(lambda: ask_for_trace(connection, source.choice(ids)), samples)

        for name, ids in (("X-Ray", corpus.xray_ids), ("W3C", corpus.w3c_ids)):
            if ids:
                bench.add(latency("queries", f"trace by id, {name} id, {condition}", kind(ids), *by_id, note=note))
        fewer = max(_LONG_QUESTIONS, samples // 3)
        questions: tuple[tuple[str, Callable[[], None], tuple[Budget, ...]], ...] = (
            ("summaries, first page of 1 h", lambda: _summaries(connection, end()), ()),
            ("service graph, 1 h", lambda: _graph(connection, end(), 1.0), ()),
            ("service graph, 6 h", lambda: _graph(connection, end(), 6.0), (Budget(50, of="p95"),)),
        )
        for what, question, budgets in questions:
            bench.add(latency("queries", f"{what}, {condition}", timed(question, fewer), *budgets, note=note))


def measure_queries(bench: Bench, service: Radiograph, *, freshness: bool) -> None:
    """Ask while nothing else happens, then while segments come in at the rate that was asked for.

    Args:
        bench: the run.
        service: filled and settled.
        freshness: whether to measure that too while segments come in.
    """
    options = bench.options
    corpus = bench.corpus(options.segments)
    bench.say("queries, nothing else going on ...")
    _ask(bench, service, corpus, "idle", lambda: corpus.end)
    bench.say(f"queries while {options.rate:,.0f} segments/s come in ...")
    stop = bench.folder / "stop-sending"
    stop.unlink(missing_ok=True)
    named: dict[str, Any] = {"rate": options.rate, "seconds": _SENDING_SECONDS, "stop": stop}
    before, used, began = service.status()["writer"]["documents"], cpu_seconds(service.pid), time.monotonic()
    with Child(send_paced, service.http, options.mix, **named) as child:
        until_they_come(service, before)
        try:
            condition = f"at {options.rate:,.0f} segments/s"
            _ask(bench, service, corpus, condition, time.time)
            if freshness:
                measure_freshness(bench, service, condition)
        finally:
            stop.touch()
        sent = child.result()
    used, took = cpu_seconds(service.pid) - used, time.monotonic() - began
    bench.add(
        Result(
            part="queries",
            what="segments that came in meanwhile",
            unit="segments/s",
            n=1,
            median=sent.documents / sent.seconds,
            note=f"{sent.retried} requests turned away, {sent.late} of {sent.requests} late by over 0.1 s; the service "
            f"used {used / took:.2f} cores, the sender, which makes its documents, {sent.cpu_seconds / took:.2f}",
        ),
        latency("queries", "PutTraceSegments of 50 meanwhile", sent.latencies, note="answered after the commit"),
    )


def until_they_come(service: Radiograph, before: int) -> None:
    """Wait until more documents are stored than before.

    Raises:
        TimeoutError: none came within half a minute.
    """
    until = time.monotonic() + 30
    while service.status()["writer"]["documents"] == before:
        if time.monotonic() > until:
            raise TimeoutError("the sender did not begin within 30 s")
        time.sleep(0.05)
