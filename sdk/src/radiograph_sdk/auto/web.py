"""Flask's and Django's requests, by the middleware here: the segment lasts until all of a streamed answer was sent.

OpenTelemetry's instrumentations of the two end their spans before the body is made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import wrapt
from opentelemetry.util.http import get_excluded_urls

from radiograph_sdk import asgi, wsgi
from radiograph_sdk.auto.imports import when_imported
from radiograph_sdk.entities import CURRENT

if TYPE_CHECKING:
    from radiograph_sdk.otel.provider import RadiographTracerProvider


def trace_flask(provider: RadiographTracerProvider) -> None:
    """Make each request to any Flask application a segment; not those that `OTEL_PYTHON_FLASK_EXCLUDED_URLS` names."""
    import flask  # noqa: PLC0415 -- imported already; not ours

    _around_wsgi(flask.Flask, provider, "FLASK")
    flask.got_request_exception.connect(_told, weak=False)


def trace_django(provider: RadiographTracerProvider) -> None:
    """Make each request to Django a segment; not those that `OTEL_PYTHON_DJANGO_EXCLUDED_URLS` names."""
    from django.core.signals import got_request_exception  # noqa: PLC0415 -- imported already; not ours

    # Whichever of the two serves it.
    when_imported("django.core.handlers.wsgi", lambda found: _around_wsgi(found.WSGIHandler, provider, "DJANGO"))
    when_imported("django.core.handlers.asgi", lambda found: _around_asgi(found.ASGIHandler, provider, "DJANGO"))
    got_request_exception.connect(_told_by_django, weak=False)


def _around_wsgi(kind: type, provider: RadiographTracerProvider, name: str) -> None:
    excluded = get_excluded_urls(name)

    def call(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        environ = args[0] if args else kwargs["environ"]
        if excluded.url_disabled(environ.get("PATH_INFO", "")):
            return wrapped(*args, **kwargs)
        return wsgi.RadiographMiddleware(wrapped, provider.recorder)(*args, **kwargs)

    wrapt.wrap_function_wrapper(kind, "__call__", call)


def _around_asgi(kind: type, provider: RadiographTracerProvider, name: str) -> None:
    excluded = get_excluded_urls(name)

    def call(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        scope = args[0] if args else kwargs["scope"]
        if excluded.url_disabled(scope.get("path", "")):
            return wrapped(*args, **kwargs)
        return asgi.RadiographMiddleware(wrapped, provider.recorder)(*args, **kwargs)

    wrapt.wrap_function_wrapper(kind, "__call__", call)


def _told(_app: Any, exception: BaseException, **_more: Any) -> None:
    """Record what a framework answers 500 to by itself."""
    entity = CURRENT.get()
    if entity is not None and entity.recorded:
        entity.segment.add_exception(exception)


def _told_by_django(**_more: Any) -> None:
    import sys  # noqa: PLC0415 -- Django says it no other way

    error = sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1]
    if error is not None:
        _told(None, error)
