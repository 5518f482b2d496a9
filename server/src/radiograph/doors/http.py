"""The HTTP door of port 2001: the X-Ray API, health, metrics, status and a front page, as one ASGI app."""

from __future__ import annotations

import random
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from radiograph.doors.console_api.routes import console_api_routes
from radiograph.doors.console_files import console_routes, pages_or, read_console
from radiograph.doors.front_page import front_page_endpoint
from radiograph.doors.health import HealthCheck, health_endpoint
from radiograph.doors.metrics import api_metrics, metrics_endpoint
from radiograph.doors.xray_api.dispatch import Surroundings, api_routes
from radiograph.doors.xray_api.failures import encode_error, failure_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path

    from prometheus_client import CollectorRegistry
    from starlette.requests import Request

    from radiograph.doors.console_api.console import Console
    from radiograph.doors.xray_api.contract import Handler, PutTraceSegments

_NO_OPERATION = "unknown"
"""What metrics call a request that reached no operation."""


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the HTTP door behaves.

    Attributes:
        max_body_bytes: The longest request body that is accepted.
        daemon_address: Where the daemon's door listens, `host:port`, for the front page; None when closed.
        documentation_url: Where the front page's link to the documentation leads.
        console: The folder of the console's built files; without it, or where it is empty, `/` is the front page.
        strict: Answer InternalFailure when a handler gives members or errors that the service model does not
            have (for tests); otherwise such members are left out and such errors go through.
        extensions: Take and give also what only Radiograph has.
    """

    max_body_bytes: int = 16 * 1024 * 1024
    daemon_address: str | None = "127.0.0.1:2000"
    documentation_url: str = "https://docs.aws.amazon.com/xray/latest/api/Welcome.html"
    console: Path | None = None
    strict: bool = False
    extensions: bool = True


def random_request_id() -> str:
    """Make the value of an `x-amzn-RequestId` header."""
    # uuid4 asks the kernel for every one, which costs as much as reading ten documents. Nothing secret hangs on it.
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def build_app(
    *,
    operations: Mapping[str, Handler],
    put_trace_segments: PutTraceSegments,
    status: Callable[[], Awaitable[dict[str, Any]]],
    health: HealthCheck,
    registry: CollectorRegistry,
    console_api: Console | None = None,
    settings: HttpSettings | None = None,
    new_request_id: Callable[[], str] = random_request_id,
    clock: Callable[[], float] = time.perf_counter,
    log: structlog.stdlib.BoundLogger | None = None,
) -> Starlette:
    """Put the HTTP doors together.

    Routes: `POST` to the path of each of the 38 operations; `GET /healthz`, `/metrics`, `/api/status`, `/`, and what
    the console consists of. Everything else is answered as the X-Ray API answers it, save that a person's browser
    gets the console. Further routes may be appended to the app's.

    Args:
        operations: Handlers by operation name, without PutTraceSegments. Operations without a handler answer
            that this version does not have them.
        put_trace_segments: Stores segment documents.
        status: Gives what `/api/status` shows; anything msgspec can encode.
        health: Tells whether segments can be stored.
        registry: What `/metrics` prints; the API's counters are registered here.
        console_api: The parts of the console's API, `/api/v1`; without them there is none.
        settings: How the door behaves.
        new_request_id: Gives the value of `x-amzn-RequestId`.
        clock: Monotonic seconds, for the latency histogram.
        log: Where unexpected errors go.

    Raises:
        ValueError: `operations` has a name that is no operation, or PutTraceSegments; or the registry has the
            API's counters already.
        ConfigurationError: The service model cannot be read.
    """
    settings = settings or HttpSettings()
    log = log or structlog.stdlib.get_logger("radiograph.doors.http")
    surroundings = Surroundings(
        max_body_bytes=settings.max_body_bytes,
        strict=settings.strict,
        extensions=settings.extensions,
        metrics=api_metrics(registry),
        new_request_id=new_request_id,
        clock=clock,
        log=log,
    )

    async def failed(request: Request, error: Exception) -> Response:
        failure = failure_of(error)
        request_id = new_request_id()
        if failure.unexpected:
            log.error("request_failed", path=request.url.path, request_id=request_id, exc_info=error)
        surroundings.metrics.requests.labels(_NO_OPERATION, str(failure.error.status)).inc()
        headers = {
            **dict(failure.headers),
            "x-amzn-RequestId": request_id,
            "x-amzn-ErrorType": failure.error.code,
        }
        return Response(encode_error(failure.error), failure.error.status, headers, media_type="application/json")

    async def show_status(request: Request) -> Response:
        try:
            body = msgspec.json.encode(await status())
        except Exception as error:  # noqa: BLE001 -- every error has an answer without a stack trace
            return await failed(request, error)
        return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})

    console = read_console(settings.console) if settings.console else {}
    front_page = front_page_endpoint(
        daemon_address=settings.daemon_address, documentation_url=settings.documentation_url
    )
    app = Starlette(
        routes=[
            *api_routes(operations, put_trace_segments, surroundings),
            Route("/healthz", health_endpoint(health, log)),
            Route("/metrics", metrics_endpoint(registry)),
            Route("/api/status", show_status),
            *(console_api_routes(console_api, surroundings) if console_api else ()),
            *(console_routes(console) if console else [Route("/", front_page)]),
        ],
        exception_handlers={HTTPException: failed},
    )
    if console:
        app.router.default = pages_or(console, app.router.default)
    return app
