"""Flask-SQLAlchemy: its queries are traced by the driver, or by `patch(["sqlalchemy_core"])`."""

from __future__ import annotations

from typing import Any


def XRayFlaskSqlAlchemy(*args: Any, **kwargs: Any) -> Any:  # noqa: N802 -- AWS's name
    """Return Flask-SQLAlchemy's `SQLAlchemy`, with the queries of all engines traced from now on."""
    from flask_sqlalchemy import SQLAlchemy  # noqa: PLC0415 -- of who uses it

    from radiograph_sdk.xray.core import patch  # noqa: PLC0415 -- likewise

    patch(["sqlalchemy_core"], raise_errors=False)
    return SQLAlchemy(*args, **kwargs)
