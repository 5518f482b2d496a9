"""The exceptions of a trace, also those to which an entity only refers."""

from radiograph.query.linker import walk
from radiograph.trace.documents import ExceptionDetail, cause_reference
from radiograph.trace.trace import Trace, TraceEntity


class Exceptions:
    """Finds the exceptions of a trace's entities.

    Args:
        trace: the assembled trace.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._recorded: dict[str, ExceptionDetail] | None = None

    def of(self, entity: TraceEntity) -> list[ExceptionDetail]:
        """Return those recorded on an entity, or the one elsewhere in the trace that it refers to."""
        cause = entity.typed.cause
        if cause is None:
            return []
        if not isinstance(cause, str) and cause.exceptions:
            return cause.exceptions
        found = self.by_id.get(cause_reference(entity.typed) or "")
        return [] if found is None else [found]

    @property
    def by_id(self) -> dict[str, ExceptionDetail]:
        """All that have an id."""
        if self._recorded is None:
            self._recorded = {}
            for top in self._trace.segments:
                for entity in walk(top):
                    cause = entity.typed.cause
                    if cause is not None and not isinstance(cause, str):
                        self._recorded |= {each.id: each for each in cause.exceptions or () if each.id}
        return self._recorded
