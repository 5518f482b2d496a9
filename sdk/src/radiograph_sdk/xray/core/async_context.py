"""For code that asks for a context for asyncio: `contextvars` keep it everywhere, there is nothing to choose."""

from __future__ import annotations

from typing import Any


class Context:
    """Does nothing.

    Args:
        context_missing: as `configure` takes it.
    """

    def __init__(self, context_missing: str = "LOG_ERROR", **_others: Any) -> None:
        self.context_missing = context_missing


class AsyncContext(Context):
    """Does nothing either."""
