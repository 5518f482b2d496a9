"""What stands beside the bar of an entity: the request, the operation, the query, or what went wrong."""

from typing import Any

from radiograph.query.exceptions import Exceptions
from radiograph.query.linker import Outcome, outcome
from radiograph.trace.documents import Entity
from radiograph.trace.node import called_resource
from radiograph.trace.trace import Trace, TraceEntity

_MOST_CHARACTERS = 80


class Titles:
    """Makes the titles of a trace's entities.

    Args:
        trace: the assembled trace.
        exceptions: of the trace.
    """

    def __init__(self, trace: Trace, exceptions: Exceptions) -> None:
        self._trace = trace
        self._exceptions = exceptions

    def of(self, entity: TraceEntity) -> str:
        """Return the title of an entity, "" when there is nothing to say beyond its name."""
        typed = entity.typed
        if entity.inferred:
            # The copy does not have the namespace of the call.
            call = self._trace.caller(entity)
            typed = typed if call is None else call.typed
        if typed.namespace == "aws":
            return _operation(typed)
        if typed.sql is not None:
            return shortened(typed.sql.sanitized_query or "")
        request = _request(typed)
        if request or outcome(typed) is Outcome.OK:
            return request
        types = [exception.type for exception in self._exceptions.of(entity) if exception.type]
        return shortened(types[0]) if types else ""


def shortened(text: str, most: int = _MOST_CHARACTERS) -> str:
    """Return a text on one line, with an ellipsis where it was cut."""
    line = " ".join(text[: most * 8].split())
    return line if len(line) <= most else f"{line[: most - 1].rstrip()}…"


def _operation(typed: Entity) -> str:
    operation = _text((typed.aws or {}).get("operation"))
    resource = called_resource(typed) or ""
    if "://" in resource:
        resource = resource.rstrip("/").rsplit("/", 1)[-1]
    return shortened(f"{operation} {resource}".strip())


def _request(typed: Entity) -> str:
    request = typed.http.request if typed.http is not None else None
    if request is None:
        return ""
    return shortened(f"{request.method or ''} {request.url or ''}".strip(), 2 * _MOST_CHARACTERS)


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
