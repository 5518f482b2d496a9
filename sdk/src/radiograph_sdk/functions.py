"""AWS Lambda: the platform makes the segment of an invocation, and what happens in it is sent as subsegments of that.

Each invocation names its segment anew in `_X_AMZN_TRACE_ID`. It cannot be changed from here, and is never sent.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar, cast

from radiograph_sdk.entities import CURRENT, Entity, Unrecorded
from radiograph_sdk.header import TraceHeader, parse_header
from radiograph_sdk.record import Record
from radiograph_sdk.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph_sdk.sampling import Request

R = TypeVar("R", bound=Recorder)
VARIABLE = "_X_AMZN_TRACE_ID"
_ROOM = "LAMBDA_TASK_ROOT"
_HEADER = TraceHeader()
_INVOCATION: ContextVar[str] = ContextVar("radiograph_invocation")
"""The header of the invocation that the current entity belongs to."""


def is_function(environment: Mapping[str, str]) -> bool:
    """Return whether a process with these variables is a function's."""
    return bool(environment.get(_ROOM))


def as_function(kind: type[R]) -> type[R]:
    """Return a kind of recorder that records within the segments of the platform."""
    return cast("type[R]", type(f"Function{kind.__name__}", (_InFunction, kind), {}))


class _InFunction(Recorder):
    """Records within the segment that the environment names."""

    in_function = True

    def here(self) -> Entity | Unrecorded:
        """Return the innermost open entity, or the segment of this invocation; it is the current one then."""
        text = os.environ.get(VARIABLE, "")
        current = CURRENT.get()
        # What stayed open in an earlier invocation is of no more use.
        if current is not None and _INVOCATION.get(None) == text:
            return current
        header = parse_header(text)
        found: Entity | Unrecorded
        if header.root is None or header.parent is None or not header.sampled or not self.enabled:
            found = self.unrecorded_type(header, None)
        else:
            found = self.segment_type(self, self.service, header, None)
            # As far as it is known here it has ended: nothing waits for its end, each part is sent on its own.
            found.record = Record(header.parent, self.service, 0.0, 0.0, trace_id=header.root)
        _INVOCATION.set(text)
        CURRENT.set(found)
        return found

    def in_segment(
        self,
        name: str | None = None,
        *,
        header: TraceHeader = _HEADER,  # noqa: ARG002 -- of who called the platform, which knows
        request: Request | None = None,  # noqa: ARG002 -- the platform has decided
        sampled: bool | None = None,  # noqa: ARG002 -- likewise
    ) -> Any:
        """Begin a subsegment: segments are made by the platform here."""
        above = self.here()
        return self.subsegment_type(self, above, name or self.service, None) if above.recorded else above

    def in_subsegment(self, name: str, namespace: str | None = None) -> Any:
        """Begin a subsegment of the current entity, or of the invocation."""
        above = self.here()
        return self.subsegment_type(self, above, name, namespace) if above.recorded else self.inside

    def current(self) -> Entity | Unrecorded:
        """Return the innermost open entity, or the segment of this invocation."""
        return self.here()
