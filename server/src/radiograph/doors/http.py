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

from radiograph.doors.front_page import front_page_endpoint
from radiograph.doors.health import HealthCheck, health_endpoint
from radiograph.doors.metrics import api_metrics, metrics_endpoint
from radiograph.doors.xray_api.dispatch import Surroundings, api_routes
from radiograph.doors.xray_api.failures import encode_error, failure_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from prometheus_client import CollectorRegistry
    from starlette.requests import Request

    from radiograph.doors.xray_api.contract import Handler, PutTraceSegments

_NO_OPERATION = "unknown"
"""What metrics call a request that reached no operation."""


class HttpSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How the HTTP door behaves.

    Attributes:
        max_body_bytes: The longest request body that is accepted.
        daemon_address: Where the daemon's door listens, `host:port`, for the front page; None when closed.
        documentation_url: Where the front page's link to the documentation leads.
        strict: Answer InternalFailure when a handler gives members or errors that the service model does not
            have (for tests); otherwise such members are left out and such errors go through.
    """

    max_body_bytes: int = 16 * 1024 * 1024
    daemon_address: str | None = "127.0.0.1:2000"
    documentation_url: str = "https://docs.aws.amazon.com/xray/latest/api/Welcome.html"
    strict: bool = False


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
    settings: HttpSettings | None = None,
    new_request_id: Callable[[], str] = random_request_id,
    clock: Callable[[], float] = time.perf_counter,
    log: structlog.stdlib.BoundLogger | None = None,
) -> Starlette:
    """Put the HTTP doors together.

    Routes: `POST` to the path of each of the 38 operations; `GET /healthz`, `/metrics`, `/api/status`, `/`.
    Everything else is answered as the X-Ray API answers it. Further routes may be appended to the app's.

    Args:
        operations: Handlers by operation name, without PutTraceSegments. Operations without a handler answer
            that this version does not have them.
        put_trace_segments: Stores segment documents.
        status: Gives what `/api/status` shows; anything msgspec can encode.
        health: Tells whether segments can be stored.
        registry: What `/metrics` prints; the API's counters are registered here.
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

    return Starlette(
        routes=[
            *api_routes(operations, put_trace_segments, surroundings),
            Route("/healthz", health_endpoint(health, log)),
            Route("/metrics", metrics_endpoint(registry)),
            Route("/api/status", show_status),
            Route(
                "/",
                front_page_endpoint(
                    daemon_address=settings.daemon_address, documentation_url=settings.documentation_url
                ),
            ),
        ],
        exception_handlers={HTTPException: failed},
    )
