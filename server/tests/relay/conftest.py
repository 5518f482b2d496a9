"""A small real X-Ray service, and what several tests need."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
import structlog

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping
    from pathlib import Path


class Service:
    """A PutTraceSegments that refuses, fails and hangs up as a test tells it to.

    A document that holds `"bad"` spoils its whole call (400); one that holds `"refused"` is refused alone.
    """

    def __init__(self, port: int = 0) -> None:
        self.documents: list[str] = []
        self.calls: list[tuple[str, dict[str, str], bytes]] = []
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {}
        self.connections: list[socket.socket] = []
        self.lock = threading.Lock()
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, answer = service.answer(self.path, dict(self.headers.items()), body)
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_arguments: object) -> None:
                pass

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            block_on_close = False
            request_queue_size = 64

            def process_request(self, request: Any, client_address: Any) -> None:
                service.connections.append(request)
                super().process_request(request, client_address)

            def handle_error(self, *_arguments: object) -> None:
                """Clients of these tests may hang up."""

        self._server = Server(("127.0.0.1", port), Handler)
        self.port = self._server.server_port
        self.url = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    def answer(self, path: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        with self.lock:
            self.calls.append((path, headers, body))
            if path in self.answers:
                return self.answers[path]
            if path != "/TraceSegments":
                return 200, {}
            documents = json.loads(body)["TraceSegmentDocuments"]
            if any('"bad"' in document for document in documents):
                return 400, {"__type": "InvalidRequestException", "Message": "something in it is bad"}
            refused = [json.loads(document) for document in documents if '"refused"' in document]
            self.documents += [document for document in documents if '"refused"' not in document]
            unprocessed = [
                {"Id": document["id"], "ErrorCode": "InvalidTraceId", "Message": "no"} for document in refused
            ]
            return 200, {"UnprocessedTraceSegments": unprocessed}

    def stop(self) -> None:
        if not self._thread.is_alive():
            return
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def stop_now(self) -> None:
        """End like a killed process: kept connections end too."""
        self.stop()
        for connection in self.connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def service() -> Iterator[Service]:
    running = Service()
    yield running
    running.stop()


@pytest.fixture
def start_service() -> Iterator[Callable[[int], Service]]:
    """Start services on ports of the test's choice."""
    running: list[Service] = []

    def start(port: int) -> Service:
        service = Service(port)
        running.append(service)
        return service

    yield start
    for service in running:
        service.stop()


class Lines:
    """A log that remembers its events."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.logger: Any = structlog.wrap_logger(None, processors=[self._keep])

    def _keep(self, _logger: object, level: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        self.events.append({"level": level, **event})
        raise structlog.DropEvent

    def find(self, text: str) -> list[dict[str, Any]]:
        return [event for event in self.events if text in event["event"]]


@pytest.fixture
def lines() -> Lines:
    return Lines()


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait for a condition, with a deadline."""

    def wait(condition: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not condition():
            assert time.monotonic() < deadline
            threading.Event().wait(0.005)

    return wait


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "spool"
