"""Web applications behind real servers: each request is a segment that tells what was asked and answered."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import flask
import pytest
import uvicorn
import werkzeug.serving
from sdk.tests.test_recorder import PARENT, ROOT, Kept
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from radiograph_sdk import asgi, wsgi
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator

    from starlette.requests import Request


class Server:
    """One that serves, and what it recorded."""

    def __init__(self, url: str, kept: Kept) -> None:
        self.url = url
        self.kept = kept

    def get(self, path: str, **headers: str) -> tuple[int, str, str | None]:
        """Status, body and trace header of an answer."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(self.url + path, headers=named), timeout=10) as answer:
                return answer.status, answer.read().decode(), answer.headers["X-Amzn-Trace-Id"]
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code, refused.read().decode(), refused.headers["X-Amzn-Trace-Id"]

    def one(self) -> dict[str, Any]:
        """The document of the only request, which may end a moment after its answer."""
        until = time.monotonic() + 5
        while not self.kept.documents and time.monotonic() < until:
            time.sleep(0.01)
        (document,) = self.kept.documents
        told: dict[str, Any] = json.loads(document)
        return told


def flask_app(recorder: Recorder) -> flask.Flask:
    app = flask.Flask("shop")

    @app.get("/items/<name>")
    def item(name: str) -> tuple[str, int]:
        with recorder.in_subsegment("stock"):
            recorder.current().put_annotation("item", name)
        return f"one {name}", 404 if name == "none" else 200

    @app.get("/fails")
    def fails() -> str:
        raise ValueError("no card")

    @app.get("/stream")
    def stream() -> flask.Response:
        def pieces() -> Iterator[str]:
            for number in range(3):
                with recorder.in_subsegment(f"piece {number}"):
                    yield str(number)

        return flask.Response(pieces())

    app.config["PROPAGATE_EXCEPTIONS"] = True
    return app


def starlette_app(recorder: Recorder) -> Starlette:
    async def item(request: Request) -> PlainTextResponse:
        name = request.path_params["name"]
        with recorder.in_subsegment("stock"):
            await asyncio.sleep(0)
            recorder.current().put_annotation("item", name)
        return PlainTextResponse(f"one {name}", 404 if name == "none" else 200)

    async def fails(_request: Request) -> PlainTextResponse:
        raise ValueError("no card")

    async def stream(_request: Request) -> StreamingResponse:
        async def pieces() -> AsyncIterator[str]:
            for number in range(3):
                with recorder.in_subsegment(f"piece {number}"):
                    yield str(number)

        return StreamingResponse(pieces())

    return Starlette(routes=[Route("/items/{name}", item), Route("/fails", fails), Route("/stream", stream)])


@contextlib.contextmanager
def served_by_werkzeug(recorder: Recorder) -> Iterator[str]:
    app = wsgi.RadiographMiddleware(flask_app(recorder), recorder)
    server = werkzeug.serving.make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@contextlib.contextmanager
def served_by_uvicorn(recorder: Recorder) -> Iterator[str]:
    app = asgi.RadiographMiddleware(starlette_app(recorder), recorder)
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", lifespan="off"))
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield f"http://127.0.0.1:{door.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    door.close()


@pytest.fixture(params=[served_by_werkzeug, served_by_uvicorn], ids=["wsgi", "asgi"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    serve: Callable[[Recorder], contextlib.AbstractContextManager[str]] = request.param
    kept = Kept()
    with serve(Recorder("shop", sender=kept, sampler=Always())) as url:
        yield Server(url, kept)


def test_a_request_is_a_segment_with_what_was_asked_and_answered(server: Server) -> None:
    status, body, header = server.get("/items/kettle?colour=red", User_Agent="test/1")
    assert (status, body) == (200, "one kettle")
    document = server.one()
    assert header == f"Root={document['trace_id']}"
    assert document["name"] == "shop"
    assert document["http"] == {
        "request": {
            "method": "GET",
            "url": f"{server.url}/items/kettle",
            "client_ip": "127.0.0.1",
            "user_agent": "test/1",
        },
        "response": {"status": 200, "content_length": 10},
    }
    (call,) = document["subsegments"]
    assert (call["name"], call["annotations"]) == ("stock", {"item": "kettle"})


def test_the_callers_trace_goes_on_and_its_question_is_answered(server: Server) -> None:
    asked = f"Root={ROOT};Parent={PARENT};Sampled=?"
    _, _, header = server.get("/items/none", X_Amzn_Trace_Id=asked, X_Forwarded_For="203.0.113.9, 10.0.0.1")
    document = server.one()
    assert header == f"Root={ROOT};Sampled=1"
    assert (document["trace_id"], document["parent_id"]) == (ROOT, PARENT)
    assert document["http"]["request"]["client_ip"] == "203.0.113.9, 10.0.0.1"
    assert document["http"]["request"]["x_forwarded_for"] is True
    assert document["http"]["response"]["status"] == 404
    assert document["error"] is True
    assert "fault" not in document


def test_what_the_caller_does_not_record_is_not_recorded(server: Server) -> None:
    status, _, header = server.get("/items/kettle", X_Amzn_Trace_Id=f"Root={ROOT};Sampled=0")
    assert (status, header) == (200, f"Root={ROOT}")
    server.get("/items/other")
    assert server.one()["subsegments"][0]["annotations"] == {"item": "other"}


def test_what_is_raised_is_recorded_and_goes_on(server: Server) -> None:
    assert server.get("/fails")[0] == 500
    document = server.one()
    assert document["fault"] is True
    assert document["http"]["response"]["status"] == 500
    (error,) = document["cause"]["exceptions"]
    assert (error["type"], error["message"]) == ("ValueError", "no card")
    assert error["stack"][0]["label"] == "fails"


def test_a_stream_is_within_its_segment_to_the_end(server: Server) -> None:
    assert server.get("/stream")[1] == "012"
    names = [each["name"] for each in server.one()["subsegments"]]
    assert names == ["piece 0", "piece 1", "piece 2"]


def test_a_cancelled_request_is_no_fault() -> None:
    kept = Kept()
    recorder = Recorder("shop", sender=kept, sampler=Always())

    async def app(_scope: Any, _receive: Any, _send: Any) -> None:
        with recorder.in_subsegment("waits"):
            await asyncio.sleep(60)

    async def scenario() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": [], "client": ("10.0.0.1", 5)}
        task = asyncio.create_task(asgi.RadiographMiddleware(app, recorder)(scope, _nothing, _sent))
        await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(scenario())
    (document,) = kept.heard()
    assert "fault" not in document
    assert "fault" not in document["subsegments"][0]
    assert document["http"]["request"]["client_ip"] == "10.0.0.1"


def test_what_is_no_http_passes_through() -> None:
    kept = Kept()
    seen: list[str] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        seen.append(scope["type"])

    asyncio.run(asgi.RadiographMiddleware(app, Recorder(sender=kept))({"type": "lifespan"}, _nothing, _sent))
    assert seen == ["lifespan"]
    assert kept.documents == []


async def _nothing() -> dict[str, Any]:
    return {}


async def _sent(_message: Any) -> None:
    pass
