"""The TCP door opens two paths and says how to open others."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from starlette.responses import Response

from radiograph.doors.daemon.address import format_address, parse_address
from radiograph.doors.daemon.tcp import build_tcp_app
from radiograph.errors import ConfigurationError, InvalidRequest, Overloaded, StoreUnavailable


class Answer(msgspec.Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> dict[str, str]:
        return msgspec.json.decode(self.body, type=dict[str, str])


class Service:
    """What stands behind the door: remembers its calls."""

    def __init__(self, error: Exception | None = None) -> None:
        self.calls: list[tuple[str, bytes]] = []
        self._error = error

    async def __call__(self, path: str, body: bytes) -> Response:
        self.calls.append((path, body))
        if self._error is not None:
            raise self._error
        return Response(b'{"answer":true}', media_type="application/json")


def ask(app: Any, method: str, path: str, body: bytes = b"{}") -> Answer:
    """Speak ASGI to the application, as a server would."""
    messages: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        messages.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(b"host", b"127.0.0.1:2000"), (b"content-type", b"application/json")],
        "server": ("127.0.0.1", 2000),
        "client": ("127.0.0.1", 40000),
    }
    asyncio.run(app(scope, receive, send))
    headers = {name.decode(): value.decode() for name, value in messages[0]["headers"]}
    return Answer(messages[0]["status"], headers, b"".join(m.get("body", b"") for m in messages[1:]))


@pytest.mark.parametrize("path", ["/GetSamplingRules", "/SamplingTargets"])
def test_the_two_sampling_calls_are_forwarded(path: str) -> None:
    service = Service()
    answer = ask(build_tcp_app(service), "POST", path, b'{"some":"body"}')
    assert (answer.status, answer.body) == (200, b'{"answer":true}')
    assert service.calls == [(path, b'{"some":"body"}')]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
@pytest.mark.parametrize(
    "path",
    ["/", "/TraceSegments", "/Traces", "/PutEncryptionConfig", "/getsamplingrules", "/GetSamplingRules/"],
)
def test_every_other_path_is_closed(method: str, path: str) -> None:
    service = Service()
    answer = ask(build_tcp_app(service), method, path)
    assert answer.status == 403
    assert answer.headers["x-amzn-errortype"] == "AccessDeniedException"
    assert service.calls == []


def test_a_closed_path_says_how_to_open_it() -> None:
    answer = ask(build_tcp_app(Service(), how_to_open="--tcp-open PATH"), "POST", "/Traces")
    assert "open the path with --tcp-open PATH" in answer.json()["message"]
    assert answer.json()["__type"] == "AccessDeniedException"


def test_a_closed_path_without_a_setting_names_none() -> None:
    answer = ask(build_tcp_app(Service()), "POST", "/Traces")
    assert answer.json()["message"].endswith("Send other calls to the X-Ray API itself.")


def test_a_path_can_be_opened() -> None:
    service = Service()
    answer = ask(build_tcp_app(service, also_open=["/TraceSegments"]), "POST", "/TraceSegments")
    assert answer.status == 200
    assert service.calls == [("/TraceSegments", b"{}")]


def test_an_open_path_takes_nothing_but_post() -> None:
    service = Service()
    assert ask(build_tcp_app(service), "GET", "/GetSamplingRules").status == 405
    assert service.calls == []


def test_a_body_beyond_the_limit_is_refused_before_it_is_forwarded() -> None:
    service = Service()
    app = build_tcp_app(service, body_limit=10)
    assert ask(app, "POST", "/SamplingTargets", b"x" * 10).status == 200
    assert ask(app, "POST", "/SamplingTargets", b"x" * 11).status == 413
    assert len(service.calls) == 1


def test_health_answers() -> None:
    answer = ask(build_tcp_app(Service()), "GET", "/healthz")
    assert (answer.status, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("error", "status", "code", "retry_after"),
    [
        (Overloaded("The queue is full.", retry_after=3), 429, "ThrottledException", "3"),
        (StoreUnavailable("The disk is full.", retry_after=0.2), 503, "ServiceUnavailable", "1"),
        (InvalidRequest("RuleName is missing."), 400, "InvalidRequestException", None),
    ],
)
def test_errors_behind_the_door_keep_their_meaning(
    error: Exception, status: int, code: str, retry_after: str | None
) -> None:
    answer = ask(build_tcp_app(Service(error)), "POST", "/GetSamplingRules")
    assert answer.status == status
    assert answer.headers["x-amzn-errortype"] == code
    assert answer.headers.get("retry-after") == retry_after
    assert str(error) in answer.json().values()


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:2000", ("127.0.0.1", 2000)),
        ("[::1]:2000", ("::1", 2000)),
        ("localhost:0", ("localhost", 0)),
        (":2000", ("0.0.0.0", 2000)),
    ],
)
def test_an_address_is_host_and_port(text: str, address: tuple[str, int]) -> None:
    assert parse_address(text, option="--udp") == address
    assert parse_address(format_address(address), option="--udp") == address


@pytest.mark.parametrize("text", ["", "2000", "host", "host:", "host:port", "::1:2000", "host:65536", "[::1]"])
def test_anything_else_is_no_address(text: str) -> None:
    with pytest.raises(ConfigurationError, match="--udp"):
        parse_address(text, option="--udp")
