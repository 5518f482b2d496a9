"""The trace in the lines of a log, so that one leads to the other.

handler.addFilter(TraceFilter())                      # logging: %(trace_id)s, %(entity_id)s, %(xray)s
structlog.configure(processors=[add_trace, ...])      # structlog: trace_id, entity_id
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from radiograph_sdk.entities import CURRENT

if TYPE_CHECKING:
    from collections.abc import MutableMapping

_NOBODY = "-"


class TraceFilter(logging.Filter):
    """Adds the current trace to every record; `-` where there is none.

    `trace_id` is as X-Ray writes it, `entity_id` that of the innermost open entity, and `xray` both in the form that
    X-Ray's SDKs put into logs: `AWS-XRAY-TRACE-ID: 1-...@...`, empty where there is no trace.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Add to a record, and let it through."""
        entity = CURRENT.get()
        trace_id = entity.trace_id if entity is not None else ""
        entity_id = entity.id if entity is not None and entity.recorded else ""
        record.trace_id = trace_id or _NOBODY
        record.entity_id = entity_id or _NOBODY
        record.xray = f"AWS-XRAY-TRACE-ID: {trace_id}{f'@{entity_id}' if entity_id else ''}" if trace_id else ""
        return True


def add_trace(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Add the current trace to an event of structlog, where there is one and the event does not name another."""
    entity = CURRENT.get()
    if entity is not None and entity.trace_id:
        event.setdefault("trace_id", entity.trace_id)
        if entity.recorded:
            event.setdefault("entity_id", entity.id)
    return event
