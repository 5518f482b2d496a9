"""Web applications and the calls that they make, with zero code: Flask, FastAPI, Django, and libraries for calls."""

from __future__ import annotations

import contextlib
import sys
import urllib.error
from typing import TYPE_CHECKING, Any

import pytest

from tests.instrumented.conftest import PROGRAMS, end, free_port, listening, told
from tests.support.program import Program
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.instrumented.conftest import House

pytestmark = pytest.mark.slow


@contextlib.contextmanager
def upstream(house: House) -> Iterator[int]:
    port = free_port()
    with Program(
        [sys.executable, PROGRAMS / "upstream.py", str(port)],
        log=house.folder / "upstream.log",
        environment=house.environment(),
        folder=house.folder,
    ) as program:
        wait_until(lambda: listening(port), seconds=20, what="the upstream")
        yield port
        end(program)


def failing(house: House, url: str) -> int:
    with pytest.raises(urllib.error.HTTPError) as failed:
        house.get(url)
    failed.value.close()
    return failed.value.code


def test_flask_and_every_library_for_calls(house: House) -> None:
    port = free_port()
    with (
        upstream(house) as stock,
        house.running("flask", "--app", "front:app", "run", "--port", str(port), NO_PROXY="*") as server,
    ):
        wait_until(lambda: listening(port), seconds=20, what="the front")
        base = f"http://127.0.0.1:{port}"
        assert house.get(f"{base}/all?port={stock}&secret=1") == '{"seen":1}\n'
        assert house.get(f"{base}/stream") == "01"
        assert failing(house, f"{base}/status/404") == 404
        assert failing(house, f"{base}/status/429") == 429
        assert failing(house, f"{base}/boom") == 500
        house.expect_edges({("client", "front"): 5, ("front", "localhost"): 6, ("front", "front.db"): 5}, of=["front"])
        assert server.running
    assert house.types()["localhost"] == "remote"
    assert house.types()["front.db"] == "Database::SQL"
    every, stream, missing, throttled, boom = house.parts("front")
    assert told(every) == ["front", *[["localhost"]] * 6, *[["front.db"]] * 3]
    assert every["http"]["request"]["url"] == f"http://127.0.0.1:{port}/all"
    assert [call["http"]["request"]["url"].rsplit("/", 1)[1] for call in every["subsegments"][:6]] == [
        "requests",
        "httpx",
        "urllib3",
        "urllib",
        "aiohttp",
        "httpx-async",
    ]
    assert [call["http"]["response"]["status"] for call in every["subsegments"][:6]] == [200] * 6
    assert [query["sql"] for query in every["subsegments"][7:]] == [
        {"database_type": "SQLite", "sanitized_query": "INSERT INTO seen VALUES (?)"},
        {"database_type": "SQLite", "sanitized_query": "SELECT count(*) FROM seen"},
    ]
    assert told(stream) == ["front", ["front.db"], ["front.db"]]
    assert (missing["error"], missing.get("fault")) == (True, None)
    assert throttled["throttle"] is True
    assert boom["fault"] is True
    assert boom["cause"]["exceptions"][0]["type"] == "LookupError"
    assert boom["cause"]["exceptions"][0]["stack"][0]["label"] == "boom"


def test_fastapi_keeps_the_context_in_tasks_threads_and_streams(house: House) -> None:
    port = free_port()
    with house.running("uvicorn", "fast:app", "--port", str(port)):
        wait_until(lambda: listening(port), seconds=20, what="the application")
        base = f"http://127.0.0.1:{port}"
        for page in ("tasks/7", "threads", "stream", "later"):
            house.get(f"{base}/{page}")
        assert failing(house, f"{base}/boom") == 500
        expected: dict[tuple[str, str], int] = {("client", "fast"): 5}
        for name in ("task1", "task2", "task3", "to_thread", "pool1", "pool2", "thread"):
            expected["fast", f"{name}.db"] = 1
        for name in ("piece1", "piece2", "background"):
            expected["fast", f"{name}.db"] = 1
        house.expect_edges(expected, of=["fast"])
    parts = {document["http"]["request"]["url"].rsplit("/", 1)[1]: document for document in house.parts("fast")}
    assert sorted(told(parts["7"])[1:]) == [["task1.db"], ["task2.db"], ["task3.db"], ["to_thread.db"]]
    assert sorted(told(parts["threads"])[1:]) == [["pool1.db"], ["pool2.db"], ["thread.db"]]
    assert told(parts["stream"]) == ["fast", ["piece1.db"], ["piece2.db"]]
    assert parts["boom"]["cause"]["exceptions"][0]["type"] == "LookupError"


def test_an_incoming_header_is_followed(house: House) -> None:
    port, root = free_port(), "1-5759e988-bd862e3fe1be46a994272793"
    with house.running("uvicorn", "fast:app", "--port", str(port), AWS_XRAY_TRACING_NAME="followed"):
        wait_until(lambda: listening(port), seconds=20, what="the application")
        page = f"http://127.0.0.1:{port}/tasks/1"
        house.get(page, {"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"})
        house.get(page, {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"})
        house.get(page, {"X-Amzn-Trace-Id": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=0"})
        wait_until(lambda: len(house.parts("followed")) == 2, seconds=15, what="both requests")
    ids = {document["trace_id"]: document["parent_id"] for document in house.parts("followed")}
    assert ids == {root: "53995c3f42cd8ad8", "1-0af76519-16cd43dd8448eb211c80319c": "b7ad6b7169203331"}


def test_django_in_forked_workers_of_gunicorn(house: House) -> None:
    port = free_port()
    words = ("gunicorn", "--workers", "2", "--preload", "--bind", f"127.0.0.1:{port}", "django_site:application")
    with house.running(*words):
        wait_until(lambda: listening(port), seconds=20, what="the site")
        base = f"http://127.0.0.1:{port}"
        for number in range(10):
            assert house.get(f"{base}/items/{number}") == str(number)
        assert failing(house, f"{base}/boom") == 500
        wait_until(lambda: len(house.parts("django_site")) == 11, seconds=15, what="all requests")
    assert {edge for edge in house.edges() if "django_site" in edge} == {
        ("client", "django_site"),
        ("django_site", "site.db"),
    }
    parts: list[dict[str, Any]] = house.parts("django_site")
    assert len({document["id"] for document in parts}) == 11  # forks do not share their ids
    boom = next(document for document in parts if document["http"]["request"]["url"].endswith("/boom"))
    assert (boom["fault"], boom["http"]["response"]["status"]) == (True, 500)
    assert boom["cause"]["exceptions"][0]["type"] == "LookupError"
    # Django itself asks a few things of each new connection.
    asked = [query["sql"]["sanitized_query"] for document in parts for query in document.get("subsegments", ())]
    assert asked.count("SELECT %s") == 10


def test_grpc_on_both_sides(house: House) -> None:
    port = free_port()
    with house.running(PROGRAMS / "rpc.py", "serve", str(port), AWS_XRAY_TRACING_NAME="stock"):
        wait_until(lambda: listening(port), seconds=20, what="the service")
        printed = house.run(PROGRAMS / "rpc.py", "ask", str(port), AWS_XRAY_TRACING_NAME="asker")
    assert printed == "ITEM\nNOT_FOUND\n"
    house.expect_edges({("client", "asker"): 1, ("asker", "stock"): 2, ("stock", "stock.db"): 2}, of=["asker", "stock"])
    (asker,) = house.parts("asker")
    found, missing = asker["subsegments"]
    assert (found["name"], found.get("error")) == ("shop.Stock", None)
    assert (missing["error"], missing.get("fault")) == (True, None)
    served = house.parts("stock")
    assert [part["parent_id"] for part in served] == [found["id"], missing["id"]]
    assert [part.get("error") for part in served] == [None, True]
