"""GET /metrics, and the counters that the HTTP doors keep."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.exposition import choose_encoder
from starlette.responses import Response

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

# Seconds. From a page of the catalog in memory to a search over weeks.
_LATENCY_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class ApiMetrics(msgspec.Struct, frozen=True):
    """What the X-Ray API counts.

    Attributes:
        requests: Answered requests by operation and HTTP status.
        seconds: Time from the request's head to its answer, by operation.
    """

    requests: Counter
    seconds: Histogram


def api_metrics(registry: CollectorRegistry) -> ApiMetrics:
    """Register the counters of the X-Ray API.

    Raises:
        ValueError: The registry has them already (one registry belongs to one app).
    """
    return ApiMetrics(
        requests=Counter(
            "radiograph_api_requests",
            "Requests to the X-Ray API by operation and HTTP status.",
            ["operation", "status"],
            registry=registry,
        ),
        seconds=Histogram(
            "radiograph_api_request_seconds",
            "Seconds from the head of a request to the X-Ray API to its answer.",
            ["operation"],
            buckets=_LATENCY_BUCKETS,
            registry=registry,
        ),
    )


def metrics_endpoint(registry: CollectorRegistry) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint that prints the registry, as OpenMetrics to those who accept it."""

    async def metrics(request: Request) -> Response:
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(registry), headers={"Content-Type": content_type, "Cache-Control": "no-store"})

    return metrics
