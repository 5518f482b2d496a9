"""The time range of a query."""

from __future__ import annotations

from typing import Any

import msgspec

from radiograph.errors import InvalidRequest

_MICROSECONDS = 1_000_000
_HOUR = 3_600
_LATEST = 4_102_444_800.0  # the year 2100


class Window(msgspec.Struct, frozen=True):
    """A half-open range `[start, end)`, microseconds since the epoch."""

    start: int
    end: int


def window(request: dict[str, Any], *, hours: float, names: tuple[str, str] = ("StartTime", "EndTime")) -> Window:
    """Read the start and the end of a range.

    Args:
        request: the request's members, times in seconds.
        hours: the longest range allowed.
        names: of the members that hold them.

    Raises:
        InvalidRequest: the range is empty, reversed, too long, or no time at all.
    """
    first, last = names
    start = float(request[first])
    end = float(request[last])
    if not (0 <= start <= _LATEST and 0 <= end <= _LATEST):
        raise InvalidRequest(
            f"{first} {start:g} and {last} {end:g} must be seconds since 1970; milliseconds are too large by 1000"
        )
    if start >= end:
        raise InvalidRequest(f"{first} {start:.3f} must be before {last} {end:.3f}")
    if end - start > hours * _HOUR:
        raise InvalidRequest(
            f"the time range of {(end - start) / _HOUR:.1f} hours is longer than the {hours:g} hours allowed; "
            "ask for less, or raise the setting query_hours"
        )
    return Window(round(start * _MICROSECONDS), round(end * _MICROSECONDS))
