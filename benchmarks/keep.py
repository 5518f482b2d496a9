"""Tail sampling while segments come in: what it costs beside keeping everything, and what it leaves."""

from __future__ import annotations

import json
import statistics
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from benchmarks.disk import settle
from benchmarks.figures import cpu_seconds, folder_bytes, memory_over_time
from benchmarks.http_client import Connection
from benchmarks.http_sender import send_paced
from benchmarks.queries import timed
from benchmarks.results import Result, latency
from benchmarks.running import Child, Radiograph

if TYPE_CHECKING:
    from benchmarks.bench import Bench

POLICIES: list[dict[str, Any]] = [
    {"name": "faults", "filter": "service() { fault }"},
    {"name": "throttled", "filter": "service() { throttle }"},
    {"name": "slow", "filter": "responsetime > 1"},
    {"name": "Rest", "share": 0.1},
]
# So that most of a run is decided about while more comes.
_AFTER = 10.0
_LOOK_SECONDS = 2.0
_GIVE_UP_SECONDS = 300.0
_MEGA = 1e6
_REHEARSALS = 5
_SEARCHES = 50
_MARGIN = 3_600.0


def measure_keep(bench: Bench) -> None:
    """Send at a steady rate to one that keeps everything, then to one that keeps what matters."""
    for what, policies in (("everything kept", []), ("policies", POLICIES)):
        settings = (*bench.options.settings, f"keep_after={_AFTER:g}")
        with Radiograph(bench.place(f"keep-{len(policies)}") / "radiograph", settings) as service:
            _run(bench, service, what, policies)


def _run(bench: Bench, service: Radiograph, what: str, policies: list[dict[str, Any]]) -> None:
    options = bench.options
    bench.say(f"keep: {options.rate:,.0f} segments/s for {options.minutes:g} minutes, {what} ...")
    if policies:
        _put(service, policies)
    named: dict[str, Any] = {"rate": options.rate, "seconds": options.minutes * 60}
    used = cpu_seconds(service.pid)
    with (
        memory_over_time(service.pid, every=_LOOK_SECONDS) as samples,
        Child(send_paced, service.http, options.mix, **named) as child,
    ):
        sent = child.result()
    used = cpu_seconds(service.pid) - used
    status = service.status()
    decided = _decided(status)
    sizes = [sample.bytes / _MEGA for sample in samples]
    note = (
        f"{sent.documents:,} segments in {sent.seconds:.0f} s over HTTP, {sent.retried} requests turned away; "
        f"{decided:,} traces decided by then; {status['maintenance']['failures']} rounds failed"
    )
    _tell(bench, f"cores, {what}", "cores", used / sent.seconds, note)
    _tell(bench, f"memory, {what}: highest", "MB", max(sizes), f"median {statistics.median(sizes):.0f}")
    if policies:
        _wait_until_decided(service)
        figures = service.status()["keep"]
        kept = sum(figures["kept"].values())
        told = ", ".join(f"{name} {count:,}" for name, count in figures["kept"].items())
        _tell(bench, "traces kept", "%", 100 * kept / _decided(service.status()), f"of each policy: {told}")
    settle(bench, service)
    whole = folder_bytes(service.data)
    _tell(bench, f"data folder, {what}", "bytes/segment sent", whole / sent.documents, f"{whole:,} bytes")
    _ask(bench, service, what)


def _ask(bench: Bench, service: Radiograph, what: str) -> None:
    """Search, and rehearse the policies."""
    end = time.time()
    with Connection(service.http) as connection:

        def page() -> None:
            connection.post("/TraceSummaries", {"StartTime": end - _MARGIN, "EndTime": end})

        def rehearse() -> None:
            connection.post(
                "/api/v1/sampling/keep/rehearsal", {"policies": POLICIES, "start": end - _MARGIN, "end": end}
            )

        bench.add(latency("keep", f"first page of traces, {what}", timed(page, _SEARCHES)))
        bench.add(latency("keep", f"rehearsal of the policies, {what}", timed(rehearse, _REHEARSALS)))


def _tell(bench: Bench, what: str, unit: str, value: float, note: str) -> None:
    bench.add(Result(part="keep", what=what, unit=unit, n=1, median=value, note=note))


def _put(service: Radiograph, policies: list[dict[str, Any]]) -> None:
    host, port = service.http
    request = urllib.request.Request(
        f"http://{host}:{port}/api/v1/sampling/keep",
        json.dumps({"policies": policies}).encode(),
        {"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60):
        pass


def _decided(status: dict[str, Any]) -> int:
    figures: dict[str, dict[str, int]] = status["keep"]
    return sum(figures["kept"].values()) + sum(figures["dropped"].values())


def _wait_until_decided(service: Radiograph) -> None:
    """Wait until no more is decided for longer than traces take to settle."""
    until = time.monotonic() + _GIVE_UP_SECONDS
    known, since = -1, time.monotonic()
    while time.monotonic() - since < 2 * _AFTER:
        decided = _decided(service.status())
        if decided != known:
            known, since = decided, time.monotonic()
        if time.monotonic() > until:
            raise TimeoutError(f"traces were still decided about after {_GIVE_UP_SECONDS:g} s")
        time.sleep(1)
