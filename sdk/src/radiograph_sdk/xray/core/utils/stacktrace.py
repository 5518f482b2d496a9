"""As in AWS's SDK."""

from __future__ import annotations

import traceback


def get_stacktrace(limit: int | None = None) -> list[traceback.FrameSummary]:
    """Return the frames that called this; at most so many of the innermost."""
    if limit is not None and limit == 0:
        return []
    found = traceback.extract_stack()[:-1]
    return list(found[-limit:] if limit else found)
