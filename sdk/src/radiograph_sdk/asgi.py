"""Tracing an ASGI application: `app.add_middleware(RadiographMiddleware, recorder=recorder)`, or around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph_sdk.web import HEADER_NAME, Answering, Incoming

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, MutableMapping

    from radiograph_sdk.recorder import Recorder

    Scope = MutableMapping[str, Any]
    Message = MutableMapping[str, Any]
    Receive = Callable[[], Awaitable[Message]]
    Send = Callable[[Message], Awaitable[None]]
    App = Callable[[Scope, Receive, Send], Awaitable[None]]


class RadiographMiddleware:
    """Makes each HTTP request a segment, which lasts until its answer has been sent; everything else passes through.

    Args:
        app: the application.
        recorder: that records it.
    """

    def __init__(self, app: App, recorder: Recorder) -> None:
        self._app = app
        self._recorder = recorder

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        answering = Answering(self._recorder, _incoming(scope))

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers") or ())
                answering.answered(message["status"], _text(headers, b"content-length"))
                message = {**message, "headers": [*headers, (_NAME, answering.header.encode())]}
            await send(message)

        with answering.segment:
            try:
                await self._app(scope, receive, sending)
            except BaseException as error:
                answering.failed(error)
                raise


_NAME = HEADER_NAME.lower().encode()


def _text(headers: list[tuple[bytes, bytes]], wanted: bytes) -> str | None:
    return next((value.decode("latin-1") for name, value in headers if name.lower() == wanted), None)


def _incoming(scope: Scope) -> Incoming:
    headers = list(scope.get("headers") or ())
    server = scope.get("server") or ("", None)
    host = _text(headers, b"host") or (server[0] if server[1] is None else f"{server[0]}:{server[1]}")
    raw = scope.get("raw_path")
    path = raw.decode("latin-1").partition("?")[0] if raw else scope["path"]
    client = scope.get("client")
    return Incoming(
        method=scope["method"],
        url=f"{scope.get('scheme', 'http')}://{host}{path}",
        path=path,
        host=host,
        header=_text(headers, _NAME),
        peer=client[0] if client else None,
        forwarded=_text(headers, b"x-forwarded-for"),
        user_agent=_text(headers, b"user-agent"),
    )
