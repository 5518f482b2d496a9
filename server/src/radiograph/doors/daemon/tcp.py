"""The daemon's TCP door: the two sampling calls that SDKs make without credentials, and nothing else.

The official daemon signs and forwards whatever comes in, so that anybody who reaches the port may call any
X-Ray operation with the daemon's credentials. This door opens two paths; others have to be named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from radiograph.errors import (
    AccessDenied,
    ApiError,
    BodyTooLarge,
    MethodNotAllowed,
    Overloaded,
    ServiceUnavailable,
    StoreUnavailable,
    Throttled,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection

    from starlette.requests import Request

SAMPLING_PATHS = frozenset({"/GetSamplingRules", "/SamplingTargets"})
_BODY_LIMIT = 1024 * 1024


def build_tcp_app(
    forward: Callable[[str, bytes], Awaitable[Response]],
    *,
    also_open: Collection[str] = (),
    how_to_open: str = "",
    body_limit: int = _BODY_LIMIT,
) -> Starlette:
    """Build the ASGI application of the TCP door.

    `GET /healthz` answers 200. Every path that is not open answers 403 with a sentence how to call it instead.

    Args:
        forward: Answers a call: given path and body, it returns the service's answer. It may raise Overloaded
            (429 with Retry-After), StoreUnavailable (503 with Retry-After) or an ApiError.
        also_open: Paths to open besides the two sampling calls, for example `/TraceSegments`.
        how_to_open: The setting that opens a path, named in the refusal; empty when there is none.
        body_limit: Bytes of body accepted; more answer 413.

    Returns:
        The application. Refusals have the shape of AWS's errors, so that SDKs log their sentence.
    """
    open_paths = SAMPLING_PATHS.union(also_open)
    way_out = f", or open the path with {how_to_open}" if how_to_open else ""

    async def health(_request: Request) -> Response:
        return _json({"status": "ok"})

    async def call(request: Request) -> Response:
        path = request.url.path
        try:
            if path not in open_paths:
                raise AccessDenied(
                    f"The daemon's TCP door does not open {path}: it serves {', '.join(sorted(open_paths))}. "
                    f"Send other calls to the X-Ray API itself{way_out}."
                )
            if request.method != "POST":
                raise MethodNotAllowed(f"{path} takes POST, not {request.method}.")
            return await forward(path, await _read_body(request, body_limit))
        except ApiError as error:
            return _error(error)
        except Overloaded as error:
            return _error(Throttled(str(error)), retry_after=error.retry_after)
        except StoreUnavailable as error:
            return _error(ServiceUnavailable(str(error)), retry_after=error.retry_after)

    every_method = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
    return Starlette(
        routes=[
            Route("/healthz", health, methods=["GET"]),
            Route("/{path:path}", call, methods=every_method),
        ]
    )


async def _read_body(request: Request, limit: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise BodyTooLarge(f"The body is longer than the {limit:,} bytes that the daemon's door accepts.")
    return bytes(body)


def _error(error: ApiError, *, retry_after: float | None = None) -> Response:
    body: dict[str, str] = {"__type": error.code, error.message_member: error.message}
    headers = {"x-amzn-ErrorType": error.code}
    if retry_after is not None:
        headers["Retry-After"] = str(max(1, round(retry_after)))
    return _json(body, status=error.status, headers=headers)


def _json(body: dict[str, str], *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(msgspec.json.encode(body), status, headers, media_type="application/json")
