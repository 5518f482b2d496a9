"""Requests to Django: `radiograph_sdk.xray.ext.django.middleware.XRayMiddleware`, first in `MIDDLEWARE`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from radiograph_sdk.web import HEADER_NAME, Incoming
from radiograph_sdk.xray.core import xray_recorder

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph_sdk.web import Answering


class XRayMiddleware:
    """Makes each request a segment, whether the application is asynchronous or not.

    Args:
        get_response: answers.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[..., Any]) -> None:
        self.get_response = get_response
        self._is_async = inspect.iscoroutinefunction(get_response)
        if self._is_async:
            inspect.markcoroutinefunction(self) if hasattr(inspect, "markcoroutinefunction") else _mark(self)

    def __call__(self, request: Any) -> Any:
        """Answer one request."""
        if self._is_async:
            return self._answer_async(request)
        answering = _begin(request)
        with answering.segment:
            try:
                return _end(answering, self.get_response(request))
            except BaseException as error:
                answering.failed(error)
                raise

    async def _answer_async(self, request: Any) -> Any:
        answering = _begin(request)
        with answering.segment:
            try:
                return _end(answering, await self.get_response(request))
            except BaseException as error:
                answering.failed(error)
                raise

    def process_exception(self, _request: Any, exception: BaseException) -> None:
        """Tell an exception, which Django answers by itself."""
        segment = xray_recorder.current_segment()
        if segment is not None:
            segment.add_exception(exception)


def _mark(middleware: Any) -> None:
    from asgiref.sync import markcoroutinefunction  # noqa: PLC0415 -- Django has it

    markcoroutinefunction(middleware)


def _begin(request: Any) -> Answering:
    meta = request.META
    return xray_recorder.answering(
        Incoming(
            method=request.method,
            url=request.build_absolute_uri(request.path),
            path=request.path,
            host=meta.get("HTTP_HOST"),
            header=meta.get("HTTP_X_AMZN_TRACE_ID"),
            peer=meta.get("REMOTE_ADDR"),
            forwarded=meta.get("HTTP_X_FORWARDED_FOR"),
            user_agent=meta.get("HTTP_USER_AGENT"),
        )
    )


def _end(answering: Answering, response: Any) -> Any:
    answering.answered(response.status_code, response.get("Content-Length"))
    response[HEADER_NAME] = answering.header
    return response
