"""What the X-Ray API asks of those who implement it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

Handler = Callable[[dict[str, Any]], Awaitable[Mapping[str, Any]]]
"""The meaning of one operation.

Takes the request's members under the model's names: checked, without nulls and unknown members, times as
float epoch seconds. Returns the answer's members likewise; a value of None counts as absent. Raises
`ApiError`, `Overloaded` or `StoreUnavailable`.
"""


class Unprocessed(msgspec.Struct, frozen=True, kw_only=True, rename="pascal", omit_defaults=True):
    """A document that PutTraceSegments refused.

    Attributes:
        id: The segment's id, when it could be read.
        error_code: X-Ray's word for the reason, such as `InvalidTraceId`.
        message: A sentence that names the member and what is wrong with it.
    """

    error_code: str
    message: str
    id: str | None = None


PutTraceSegments = Callable[[list[str]], Awaitable[list[Unprocessed]]]
"""Stores segment documents; answers with the refused ones after the others are safe."""
