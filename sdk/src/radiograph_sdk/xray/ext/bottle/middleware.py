"""Requests to Bottle applications: `app.install(XRayMiddleware(xray_recorder))`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from radiograph_sdk.web import HEADER_NAME, Incoming

if TYPE_CHECKING:
    from collections.abc import Callable


class XRayMiddleware:
    """Makes each request a segment.

    Args:
        recorder: that records it.
    """

    name = "xray"
    api = 2

    def __init__(self, recorder: Any) -> None:
        self._recorder = recorder

    def apply(self, callback: Callable[..., Any], _route: Any) -> Callable[..., Any]:
        """Return what answers a route, within a segment."""
        from bottle import HTTPResponse, request, response  # noqa: PLC0415 -- of who uses it

        @functools.wraps(callback)
        def answered(*args: Any, **kwargs: Any) -> Any:
            environ = request.environ
            answering = self._recorder.answering(
                Incoming(
                    method=request.method,
                    url=request.url.partition("?")[0],
                    path=request.path,
                    host=request.get_header("Host"),
                    header=request.get_header(HEADER_NAME),
                    peer=environ.get("REMOTE_ADDR"),
                    forwarded=request.get_header("X-Forwarded-For"),
                    user_agent=request.get_header("User-Agent"),
                )
            )
            response.set_header(HEADER_NAME, answering.header)
            with answering.segment:
                try:
                    found = callback(*args, **kwargs)
                except HTTPResponse as said:
                    answering.answered(said.status_code, None)
                    raise
                except BaseException as error:
                    answering.failed(error)
                    raise
                answering.answered(response.status_code, response.get_header("Content-Length"))
                return found

        return answered
