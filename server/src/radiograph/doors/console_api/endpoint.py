"""The endpoints of the console's API: the query string in, JSON out."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from radiograph.doors.console_api.parameters import Parameters
from radiograph.doors.xray_api.failures import failure_of
from radiograph.errors import ApiError, MethodNotAllowed, UnknownOperation
from radiograph.query.filters import InvalidFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.types import Receive, Scope, Send

    from radiograph.doors.console_api.console import Console
    from radiograph.doors.console_api.live import Live
    from radiograph.doors.xray_api.dispatch import Surroundings
    from radiograph.query.view import Ground

# Traces are secret and change: nothing on the way keeps an answer, and no browser takes it for anything but JSON.
HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}

_READING = ("GET", "HEAD")
_MILLISECONDS = 1_000


class Asked(msgspec.Struct, frozen=True):
    """One request.

    Attributes:
        console: the parts of the API.
        ground: where the answer comes from.
        parameters: what the query string says.
        path: what the path says.
    """

    console: Console
    ground: Ground
    parameters: Parameters
    path: dict[str, str]


class Endpoint(msgspec.Struct, frozen=True):
    """One route.

    Attributes:
        path: below `/api/v1`.
        parameters: the names of those it takes.
        answer: what it answers; called on a thread.
    """

    path: str
    parameters: Sequence[str]
    answer: Callable[[Asked], dict[str, Any]]


class ConsoleApp:
    """The ASGI app of one endpoint.

    Args:
        endpoint: which one.
        console: the parts of the API.
        surroundings: what it shares with the X-Ray API.
    """

    def __init__(self, endpoint: Endpoint, console: Console, surroundings: Surroundings) -> None:
        self._endpoint = endpoint
        self._console = console
        self._surroundings = surroundings
        self._name = f"console {endpoint.path}"
        self._seconds = surroundings.metrics.seconds.labels(self._name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        here = self._surroundings
        start = here.clock()
        request = Request(scope, receive)
        try:
            require_reading(scope)
            asked = Asked(
                self._console,
                self._console.ground(),
                Parameters(request.query_params.multi_items(), self._endpoint.parameters),
                dict(request.path_params),
            )
            # A slow query, or a long answer, must not hold up the doors.
            body = await asyncio.to_thread(self._body, asked, start)
        except Exception as error:  # noqa: BLE001 -- every error has an answer without a stack trace
            response = refusal(error, here, path=self._endpoint.path)
        else:
            response = Response(body, 200, HEADERS, media_type="application/json")
        here.metrics.requests.labels(self._name, str(response.status_code)).inc()
        self._seconds.observe(here.clock() - start)
        await response(scope, receive, send)

    def _body(self, asked: Asked, start: float) -> bytes:
        answer = self._endpoint.answer(asked)
        took = (self._surroundings.clock() - start) * _MILLISECONDS
        return msgspec.json.encode({"took_ms": round(took, 3), "now": asked.ground.now, **answer})


def require_reading(scope: Scope) -> None:
    """See that a request only reads.

    Raises:
        MethodNotAllowed: it does not.
    """
    if scope["method"] not in _READING:
        raise MethodNotAllowed("The console's API is read with GET; what changes anything is the X-Ray API.")


def refusal(error: Exception, surroundings: Surroundings, *, path: str) -> Response:
    """Return what a client is told about an error: X-Ray's status and code, and a sentence.

    Args:
        error: what was raised.
        surroundings: where unexpected errors are logged.
        path: which was asked for.
    """
    failure = failure_of(error)
    request_id = surroundings.new_request_id()
    if failure.unexpected:
        surroundings.log.error("request_failed", path=path, request_id=request_id, exc_info=error)
    told: dict[str, Any] = {"code": failure.error.code, "message": failure.error.message, "request_id": request_id}
    if isinstance(error, InvalidFilter):
        told["position"] = error.position
    headers = {**HEADERS, **dict(failure.headers), "x-amzn-RequestId": request_id}
    if isinstance(error, MethodNotAllowed):
        headers["Allow"] = ", ".join(_READING)
    return Response(msgspec.json.encode({"error": told}), failure.error.status, headers, media_type="application/json")


class UnknownPath:
    """The ASGI app of every path below `/api/v1` that there is not.

    Args:
        surroundings: what it shares with the X-Ray API.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        error = UnknownOperation("The console's API has no such path; docs/console-api.md lists those that it has.")
        self._surroundings.metrics.requests.labels("console unknown", str(error.status)).inc()
        await refusal(error, self._surroundings, path=scope["path"])(scope, receive, send)


class LiveApp:
    """The ASGI app of the live events.

    Args:
        live: who listens.
        surroundings: what it shares with the X-Ray API.
    """

    def __init__(self, live: Live, surroundings: Surroundings) -> None:
        self._live = live
        self._surroundings = surroundings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one listener."""
        requests = self._surroundings.metrics.requests
        try:
            require_reading(scope)
            Parameters(Request(scope, receive).query_params.multi_items(), ())
            self._live.admit()
        except ApiError as error:
            requests.labels("console /live", str(error.status)).inc()
            await refusal(error, self._surroundings, path=scope["path"])(scope, receive, send)
            return
        requests.labels("console /live", "200").inc()
        await self._live(scope, receive, send)
