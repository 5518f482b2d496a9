"""SQLAlchemy's sessions: their queries are traced by the driver, or by `patch(["sqlalchemy_core"])`."""

from __future__ import annotations

from typing import Any


def XRaySessionMaker(*args: Any, **kwargs: Any) -> Any:  # noqa: N802 -- AWS's name
    """Return SQLAlchemy's `sessionmaker`, with the queries of all engines traced from now on."""
    from sqlalchemy.orm import sessionmaker  # noqa: PLC0415 -- of who uses it

    from radiograph_sdk.xray.core import patch  # noqa: PLC0415 -- likewise

    patch(["sqlalchemy_core"], raise_errors=False)
    return sessionmaker(*args, **kwargs)
