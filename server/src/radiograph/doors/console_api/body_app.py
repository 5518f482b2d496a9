"""A route of the console's API whose question is in the body of a request."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from radiograph.doors.console_api.endpoint import HEADERS, refusal
from radiograph.doors.xray_api.body import parse_json, read_body
from radiograph.errors import MethodNotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import Receive, Scope, Send

    from radiograph.doors.xray_api.dispatch import Surroundings

_MILLISECONDS = 1_000


class BodyApp:
    """The ASGI app of one such route.

    Args:
        path: below `/api/v1`.
        method: the one that it takes.
        answer: takes the body, as JSON makes it, and returns what is answered; called on a thread.
        surroundings: what it shares with the X-Ray API.
        name: of its metrics; the path when it is the only one there.
    """

    def __init__(
        self,
        path: str,
        method: str,
        answer: Callable[[Any], dict[str, Any]],
        surroundings: Surroundings,
        *,
        name: str = "",
    ) -> None:
        self._path = path
        self._method = method
        self._answer = answer
        self._surroundings = surroundings
        self._name = name or f"console {path}"
        self._seconds = surroundings.metrics.seconds.labels(self._name)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        here = self._surroundings
        start = here.clock()
        try:
            self._check_method(scope)
            body = await read_body(scope, receive, here.max_body_bytes)
            answer = await asyncio.to_thread(self._answer, parse_json(body))
        except Exception as error:  # noqa: BLE001 -- every error has an answer without a stack trace
            response = refusal(error, here, path=self._path)
            if isinstance(error, MethodNotAllowed):
                response.headers["Allow"] = self._method
        else:
            took = {"took_ms": round((here.clock() - start) * _MILLISECONDS, 3)}
            response = Response(msgspec.json.encode(took | answer), 200, HEADERS, media_type="application/json")
        here.metrics.requests.labels(self._name, str(response.status_code)).inc()
        self._seconds.observe(here.clock() - start)
        await response(scope, receive, send)

    def _check_method(self, scope: Scope) -> None:
        if scope["method"] != self._method:
            raise MethodNotAllowed(f"This takes {self._method}, with what is asked in its body.")
