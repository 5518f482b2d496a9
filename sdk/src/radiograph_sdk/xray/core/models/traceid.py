"""A trace id as AWS's SDK makes one."""

from __future__ import annotations

import time

from radiograph_sdk.ids import new_trace_id


class TraceId:
    """A new id."""

    VERSION = "1"
    DELIMITER = "-"

    def __init__(self) -> None:
        self.start_time = int(time.time())
        self._id = new_trace_id(self.start_time)

    def to_id(self) -> str:
        """Return it as a text."""
        return self._id
