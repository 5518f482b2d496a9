"""Requests to aiohttp applications: `web.Application(middlewares=[middleware])`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiohttp import web

from radiograph_sdk.web import HEADER_NAME, Incoming
from radiograph_sdk.xray.core import xray_recorder

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@web.middleware
async def middleware(request: web.Request, handler: Callable[[web.Request], Awaitable[Any]]) -> Any:
    """Make a request a segment."""
    answering = xray_recorder.answering(
        Incoming(
            method=request.method,
            url=str(request.url.with_query(None)),
            path=request.path,
            host=request.headers.get("Host"),
            header=request.headers.get(HEADER_NAME),
            peer=request.remote,
            forwarded=request.headers.get("X-Forwarded-For"),
            user_agent=request.headers.get("User-Agent"),
        )
    )
    with answering.segment:
        try:
            response = await handler(request)
        except web.HTTPException as said:
            answering.answered(said.status, said.headers.get("Content-Length"))
            said.headers[HEADER_NAME] = answering.header
            raise
        except BaseException as error:
            answering.failed(error)
            raise
        answering.answered(response.status, response.headers.get("Content-Length"))
        if not response.prepared:
            response.headers[HEADER_NAME] = answering.header
        return response
