"""Requests to Flask applications: `XRayMiddleware(app, xray_recorder)`."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

from radiograph_sdk import wsgi

if TYPE_CHECKING:
    from radiograph_sdk.web import Answering, Incoming


class XRayMiddleware:
    """Makes each request a segment, until all of its answer has been sent, and each template a subsegment.

    Args:
        app: the application.
        recorder: that records it.
    """

    def __init__(self, app: Any, recorder: Any) -> None:
        from flask import got_request_exception  # noqa: PLC0415 -- of who uses it

        self.app = app
        self._recorder = recorder
        app.wsgi_app = _Requests(app.wsgi_app, recorder)
        # Flask answers 500 by itself, and the exception is seen nowhere else.
        got_request_exception.connect(self._failed, app, weak=False)  # nobody else keeps it
        _trace_templates(recorder)

    def _failed(self, _app: Any, exception: BaseException, **_more: Any) -> None:
        segment = self._recorder.current_segment()
        if segment is not None:
            segment.add_exception(exception)


class _Requests(wsgi.RadiographMiddleware):
    def __init__(self, app: Any, recorder: Any) -> None:
        super().__init__(app, recorder.native)
        self._xray = recorder

    def answering(self, incoming: Incoming) -> Answering:
        answering: Answering = self._xray.answering(incoming)
        return answering


def _trace_templates(recorder: Any) -> None:
    import flask.templating  # noqa: PLC0415 -- of who uses it

    original: Any = flask.templating._render  # noqa: SLF001 -- there is no other place
    if getattr(original, "radiograph", False):
        return

    @functools.wraps(original)
    def render(*args: Any, **kwargs: Any) -> Any:
        given = (*args, *kwargs.values())
        template = next((each for each in given if hasattr(each, "render") and hasattr(each, "name")), None)
        with recorder.in_subsegment(getattr(template, "name", None) or "template"):
            return original(*args, **kwargs)

    render.radiograph = True  # type: ignore[attr-defined]  # so that it is done once
    flask.templating._render = render  # noqa: SLF001 -- likewise
