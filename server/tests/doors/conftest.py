"""The X-Ray API on a real server, with botocore as its client."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import botocore.session
import pytest
import uvicorn
from botocore.config import Config
from prometheus_client import CollectorRegistry

from radiograph.doors.health import Health
from radiograph.doors.http import HttpSettings, build_app
from radiograph.doors.xray_api.model import load_operations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from starlette.types import ASGIApp

    from radiograph.doors.xray_api.contract import Handler, Unprocessed

_DEADLINE_SECONDS = 20


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()


@contextmanager
def running(app: ASGIApp) -> Iterator[str]:
    """Serve an app on a free port of the loopback; gives its URL."""
    config = uvicorn.Config(app, http="httptools", ws="none", lifespan="off", log_config=None)
    server = _Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            assert server.ready.wait(_DEADLINE_SECONDS), "the server did not start"
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join(_DEADLINE_SECONDS)
            assert not thread.is_alive(), "the server did not stop"


class Reply:
    """An HTTP answer, read to its end."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.status = answer.status
        self.headers = answer.headers
        self.body = answer.read()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def send(url: str, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
    """Send one request; an iterator as body is sent in chunks."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=_DEADLINE_SECONDS)
    try:
        connection.request(method, path, body, dict(headers or {}))
        return Reply(connection.getresponse())
    finally:
        connection.close()


class Api:
    """A served X-Ray API whose handlers a test sets, one test at a time."""

    def __init__(self) -> None:
        self.url = ""
        self.client: Any = None
        self.forget()

    def forget(self) -> None:
        """Return to the state before any test."""
        self.requests: list[tuple[str, Any]] = []
        self.answers: dict[str, Mapping[str, Any] | Exception] = {}
        self.refusals: list[Unprocessed] | Exception = []
        self.status: dict[str, Any] | Exception = {}
        self.health: Health | Exception = Health(ok=True)

    def app(self, settings: HttpSettings | None = None) -> ASGIApp:
        """Build an app of all operations, answering what the test set."""
        names = set(load_operations()) - {"PutTraceSegments"}
        return build_app(
            operations={name: self._handler(name) for name in names},
            put_trace_segments=self._put_trace_segments,
            status=self._status,
            health=self._health,
            registry=CollectorRegistry(),
            settings=settings or HttpSettings(strict=True),
        )

    def send(self, method: str, path: str, body: Any = None, headers: Mapping[str, str] | None = None) -> Reply:
        return send(self.url, method, path, body, headers)

    def post(self, path: str, document: Any) -> Reply:
        return self.send("POST", path, json.dumps(document))

    def _handler(self, name: str) -> Handler:
        async def handler(request: dict[str, Any]) -> Mapping[str, Any]:
            self.requests.append((name, request))
            return _given(self.answers.get(name, {}))

        return handler

    async def _put_trace_segments(self, documents: list[str]) -> list[Unprocessed]:
        self.requests.append(("PutTraceSegments", documents))
        return _given(self.refusals)

    async def _status(self) -> dict[str, Any]:
        return _given(self.status)

    async def _health(self) -> Health:
        return _given(self.health)


T = TypeVar("T")


def _given(outcome: T | Exception) -> T:
    if isinstance(outcome, Exception):
        raise outcome
    return outcome


@pytest.fixture(scope="session")
def boto_client() -> Callable[[str], Any]:
    """Make botocore clients that check nothing themselves and never try twice."""
    session = botocore.session.Session()
    session.set_credentials("AKIDEXAMPLE", "secret")

    def client(url: str) -> Any:
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1})
        return session.create_client("xray", region_name="eu-west-1", endpoint_url=url, config=config)

    return client


@pytest.fixture(scope="session")
def _served_api(boto_client: Callable[[str], Any]) -> Iterator[Api]:
    api = Api()
    with running(api.app()) as api.url:
        api.client = boto_client(api.url)
        yield api
        api.client.close()


@pytest.fixture
def api(_served_api: Api) -> Iterator[Api]:
    """The served API; what one test sets the next one does not see."""
    yield _served_api
    _served_api.forget()


@pytest.fixture
def serve_api() -> Iterator[Callable[[HttpSettings], Api]]:
    """Serve a further API with other settings; it has no botocore client."""
    with ExitStack() as stack:

        def serve(settings: HttpSettings) -> Api:
            api = Api()
            api.url = stack.enter_context(running(api.app(settings)))
            return api

        yield serve


@pytest.fixture(scope="session")
def bare_client(boto_client: Callable[[str], Any]) -> Iterator[Any]:
    """A client of an API that has no handlers but PutTraceSegments."""
    api = Api()
    app = build_app(
        operations={},
        put_trace_segments=api._put_trace_segments,
        status=api._status,
        health=api._health,
        registry=CollectorRegistry(),
    )
    with running(app) as url:
        client = boto_client(url)
        yield client
        client.close()
