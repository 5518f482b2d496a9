"""Waiting for a condition, with a deadline."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")

_BETWEEN_LOOKS_SECONDS = 0.05


def wait_until(look: Callable[[], T], *, seconds: float, what: str) -> T:
    """Look again and again until what is seen is true; return it.

    Args:
        look: returns something true when the wait is over.
        seconds: how long to wait.
        what: names what is waited for.

    Raises:
        TimeoutError: it did not come in time; says what, and what was seen last.
    """
    until = time.monotonic() + seconds
    while not (seen := look()):
        if time.monotonic() > until:
            raise TimeoutError(f"waited {seconds:g} s for {what}; saw {seen!r} last")
        time.sleep(_BETWEEN_LOOKS_SECONDS)
    return seen
