"""How long every kind of question takes on ten million spans: traces, searches, maps, time series."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.http_client import Connection
from benchmarks.http_sender import send_paced
from benchmarks.kept_lake import kept_lake
from benchmarks.queries import ask_for_trace, timed, until_they_come
from benchmarks.results import Budget, Result, latency
from benchmarks.running import Child, Radiograph

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.bench import Bench
    from benchmarks.kept_lake import KeptLake

_HOUR = 3600.0
_SENDING_SECONDS = 3600.0
_FEWEST = 5
# After a start the service looks at every file once, and sums hours that are not summed yet.
_WARM_UP_SECONDS = 30.0
_SETTINGS = ("query_hours=48",)
_SEARCH = (Budget(50, of="p95"),)
_ANNOTATION = (Budget(100, of="p95"),)
# What is asked over the whole lake, and the budget where there is one. The last few find nothing, and so read it all.
_SEARCHES: tuple[tuple[str, str, tuple[Budget, ...]], ...] = (
    ("everything", "", ()),
    ("by service", 'service("orders")', _SEARCH),
    ("by service and fault", 'service("payments") { fault }', _SEARCH),
    ("by status", "http.status = 500", _SEARCH),
    ("by response time", "responsetime > 1", _SEARCH),
    ("by duration", "duration > 1", _SEARCH),
    ("by annotation", 'annotation.tier = "gold"', _ANNOTATION),
    ("by user", 'user = "user-77"', ()),
    ("by two services", 'service("orders") AND service("stock")', ()),
    ("by edge", 'edge("web", "orders")', ()),
    ("by edge and fault", 'edge("web", "orders") { fault }', ()),
    ("by root cause", 'rootcause.fault.exception { message CONTAINS "deadlock" }', ()),
    ("that finds nothing: service", 'service("nosuch")', _SEARCH),
    ("that finds nothing: response time", "responsetime > 3600", _SEARCH),
    ("that finds nothing: duration", "duration > 3600", _SEARCH),
    ("that finds nothing: annotation", 'annotation.tier = "nosuch"', _ANNOTATION),
)


class _Questions:
    """Asks one service.

    Args:
        connection: to it.
        end: where the time ranges end, seconds since the epoch.
        hours: how long the whole lake is.
    """

    def __init__(self, connection: Connection, end: Callable[[], float], hours: float) -> None:
        self._connection = connection
        self._end = end
        self._hours = hours

    def _range(self, hours: float) -> dict[str, Any]:
        end = self._end()
        return {"StartTime": end - hours * _HOUR, "EndTime": end}

    def page(self, expression: str) -> None:
        """Ask for the first page of a search."""
        request = self._range(self._hours) | ({"FilterExpression": expression} if expression else {})
        self._connection.post("/TraceSummaries", request)

    def tenth_page(self, expression: str) -> Callable[[], None]:
        """Go through nine pages, and return the question for the tenth."""
        request = self._range(self._hours) | ({"FilterExpression": expression} if expression else {})
        for _ in range(9):
            request["NextToken"] = self._connection.post("/TraceSummaries", request)["NextToken"]

        def ask() -> None:
            self._connection.post("/TraceSummaries", request)

        return ask

    def graph(self, hours: float) -> None:
        """Ask for the map of the last hours."""
        if not self._connection.post("/ServiceGraph", self._range(hours))["Services"]:
            raise RuntimeError("hours full of traces, and the map is empty")

    def series(self, hours: float, selector: str) -> None:
        """Ask for statistics per minute."""
        request = self._range(hours) | ({"EntitySelectorExpression": selector} if selector else {})
        if not self._connection.post("/TimeSeriesServiceStatistics", request)["TimeSeriesServiceStatistics"]:
            raise RuntimeError("hours full of traces, and no statistics")


def _one_of(connection: Connection, source: random.Random, ids: list[str]) -> None:
    ask_for_trace(connection, source.choice(ids))


def _ask(bench: Bench, service: Radiograph, lake: KeptLake, condition: str, end: Callable[[], float]) -> None:
    samples = bench.options.samples
    fewer = max(_FEWEST, samples // 10)
    hours = (lake.end - lake.start) / _HOUR
    source = random.Random(bench.options.mix.seed)
    note = f"{condition}; {lake.segments:,} segments over {hours:g} h stored"
    by_id = (Budget(10, of="p99"),)

    def tell(what: str, question: Callable[[], None], *budgets: Budget, n: int = fewer) -> None:
        bench.add(latency("search", f"{what}, {condition}", timed(question, n), *budgets, note=note))

    with Connection(service.http) as connection:
        questions = _Questions(connection, end, hours)
        for name, ids in (("X-Ray", lake.xray_ids), ("W3C", lake.w3c_ids)):
            if ids:
                tell(f"trace by id, {name} id", partial(_one_of, connection, source, ids), *by_id, n=samples)
        for what, expression, budgets in _SEARCHES:
            tell(f"traces {what}", partial(questions.page, expression), *budgets)
        tell("traces everything, tenth page", questions.tenth_page(""))
        tell("traces by service, tenth page", questions.tenth_page('service("orders")'))
        for length in (1.0, 6.0, hours):
            budget = (Budget(50, of="p95"),) if length == 6 else ()
            tell(f"service graph, {length:g} h", partial(questions.graph, length), *budget)
        tell("time series of a service, 6 h", partial(questions.series, 6.0, 'service("orders")'))
        tell("time series of everything, 6 h", partial(questions.series, 6.0, ""))


def _warm_up(bench: Bench, service: Radiograph, lake: KeptLake) -> None:
    bench.say(f"warming up for {_WARM_UP_SECONDS:g} s ...")
    until = time.monotonic() + _WARM_UP_SECONDS
    ids = lake.xray_ids or lake.w3c_ids
    with Connection(service.http) as connection:
        while time.monotonic() < until:
            ask_for_trace(connection, ids[0])
            time.sleep(1.0)


def measure_search(bench: Bench) -> None:
    """Ask while nothing else happens, then while segments come in at the rate that was asked for."""
    options = bench.options
    folder = Path(options.lake) if options.lake else bench.place("lake")
    lake, data = kept_lake(bench, folder)
    with Radiograph(data, (*_SETTINGS, *options.settings)) as service:
        _warm_up(bench, service, lake)
        bench.say("searching, nothing else going on ...")
        _ask(bench, service, lake, "idle", lambda: lake.end)
        if not options.rate:
            return
        bench.say(f"searching while {options.rate:,.0f} segments/s come in ...")
        stop = bench.folder / "stop-sending"
        stop.unlink(missing_ok=True)
        named: dict[str, Any] = {"rate": options.rate, "seconds": _SENDING_SECONDS, "stop": stop}
        before = service.status()["writer"]["documents"]
        with Child(send_paced, service.http, options.mix, **named) as child:
            until_they_come(service, before)
            try:
                _ask(bench, service, lake, f"at {options.rate:,.0f} segments/s", time.time)
            finally:
                stop.touch()
            sent = child.result()
        bench.add(
            Result(
                part="search",
                what="segments that came in meanwhile",
                unit="segments/s",
                n=1,
                median=sent.documents / sent.seconds,
                note=f"{sent.retried} requests turned away; they stay in the lake",
            )
        )
