"""GET /healthz: can this process do its work."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import msgspec
import structlog
from starlette.responses import Response

from radiograph import __version__
from radiograph.errors import RadiographError

if TYPE_CHECKING:
    from starlette.requests import Request

Log = structlog.stdlib.BoundLogger


class Health(msgspec.Struct, frozen=True):
    """How the process is.

    Attributes:
        ok: False when segments cannot be stored.
        reason: A sentence why not; None when all is well.
    """

    ok: bool
    reason: str | None = None


HealthCheck = Callable[[], Awaitable[Health]]


def health_endpoint(check: HealthCheck, log: Log) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint: 200 `{"status":"ok"}`, or 503 with `{"status":"unavailable","reason":...}`.

    A check that fails is an unhealthy process, not a broken page.
    """

    async def healthz(_request: Request) -> Response:
        try:
            health = await check()
        except RadiographError as error:
            health = Health(ok=False, reason=str(error))
        except Exception:
            log.exception("health_check_failed")
            health = Health(ok=False, reason="The health check itself failed; the log says how.")
        body: dict[str, str] = {"status": "ok" if health.ok else "unavailable", "version": __version__}
        if health.reason is not None:
            body["reason"] = health.reason
        return Response(
            msgspec.json.encode(body),
            status_code=200 if health.ok else 503,
            media_type="application/json",
            headers={"Cache-Control": "no-store"},
        )

    return healthz
