"""A segment or subsegment in its place in an assembled trace, and the document that X-Ray returns for it."""

from collections.abc import Callable
from typing import Any

import msgspec

from radiograph.trace import rawjson
from radiograph.trace.documents import Entity
from radiograph.trace.parse import end_microseconds, microseconds

_ONLY_AT_THE_TOP = frozenset(("type", "trace_id", "parent_id"))


class StoredDocument(msgspec.Struct, frozen=True, gc=False):
    """An accepted document as a store returns it.

    Args:
        text: the document.
        arrival: when it was received, microseconds since the epoch; of equal arrivals the text decides.
    """

    text: str
    arrival: int


class Source:
    """A document of a trace, and its members untyped: they are decoded when somebody asks for them."""

    __slots__ = ("_members", "arrival", "text")

    def __init__(self, text: str, arrival: int) -> None:
        self.text = text
        self.arrival = arrival
        self._members: list[dict[str, Any]] | None = None

    def members(self, position: int) -> dict[str, Any]:
        """Return the members, without `subsegments`, of the entity at a breadth-first position."""
        if self._members is None:
            entities = [rawjson.decode(rawjson.mend_surrogates(self.text))]
            for entity in entities:  # grows while it is walked
                embedded = entity.pop("subsegments", None)
                if isinstance(embedded, list):
                    entities.extend(embedded)
            self._members = entities
        return self._members[position]


class TraceEntity:
    """A segment or subsegment of a trace, merged from all documents that speak of it.

    Attributes:
        id: canonical.
        parent_id: id of the containing entity; for a segment that of its caller, None when it has none.
        name: repaired.
        typed: the typed members, without subsegments.
        is_segment: False for subsegments, orphans included.
        inferred: it stands for a service that sent no segment of its own.
        in_progress: it has not ended.
        start: microseconds since the epoch.
        end: microseconds since the epoch, never before `start`; None while in progress.
        children: its subsegments, by start and id.
        parent: the containing entity; None for segments and orphans.
        segment: the segment (or orphan) at the top of its tree; itself at the top.
        arrival: of the document that won, microseconds since the epoch.
        orphan: a subsegment that has no place below a segment: its parent is unknown, is found below itself,
            or lies at the deepest level allowed.
    """

    __slots__ = (
        "_document",
        "_infer",
        "_position",
        "_source",
        "arrival",
        "children",
        "end",
        "id",
        "in_progress",
        "inferred",
        "is_segment",
        "name",
        "orphan",
        "parent",
        "parent_id",
        "segment",
        "start",
        "typed",
    )

    def __init__(self, typed: Entity, parent_id: str | None, source: Source, position: int) -> None:
        self.id = typed.id
        self.parent_id = parent_id
        self.name = typed.name
        self.typed = typed
        self.is_segment = position == 0 and typed.type != "subsegment"
        self.inferred = False
        self.start = microseconds(typed.start_time)
        self.end = end_microseconds(typed)
        self.in_progress = self.end is None
        self.children: list[TraceEntity] = []
        self.parent: TraceEntity | None = None
        self.segment = self
        self.arrival = source.arrival
        self.orphan = False
        self._source = source
        self._position = position
        self._document: dict[str, Any] | None = None
        self._infer: Callable[[], dict[str, Any]] | None = None

    def __repr__(self) -> str:
        return f"<TraceEntity {self.id} {self.name!r}>"

    @property
    def document(self) -> dict[str, Any]:
        """All members as they were sent, unknown ones included, without `subsegments`. Not to be changed."""
        if self._document is None:
            self._document = self._members()
        return self._document

    def same_document(self, other: "TraceEntity") -> bool:
        """Return whether both were taken from one document."""
        return self._source is other._source  # noqa: SLF001  -- its own class

    def infer(self, typed: Entity, members: Callable[[], dict[str, Any]]) -> "TraceEntity":
        """Return the inferred segment that this call leads to.

        Args:
            typed: its typed members.
            members: makes its document; called when somebody asks for it.
        """
        callee = TraceEntity(typed, self.id, self._source, 0)
        callee.inferred = True
        callee._infer = members
        return callee

    def _members(self) -> dict[str, Any]:
        return self._source.members(self._position) if self._infer is None else self._infer()


def start_and_id(entity: TraceEntity) -> tuple[int, str]:
    """Return the key by which entities of a trace are ordered."""
    return entity.start, entity.id


def to_document(entity: TraceEntity, trace_id: str) -> dict[str, Any]:
    """Return the whole document of a segment or orphan, as X-Ray's BatchGetTraces returns it.

    Args:
        entity: an element of `Trace.segments` or `Trace.inferred`.
        trace_id: canonical id of the trace.

    Returns:
        the members that were sent, unknown ones included, with all subsegments nested, whichever way they
        came. `type`, `trace_id` and `parent_id` stand only at the top.
    """
    document = dict(entity.document)
    document["id"] = entity.id
    document["name"] = entity.name
    document["trace_id"] = trace_id
    if entity.orphan:
        document["type"] = "subsegment"
    if entity.parent_id is not None:
        document["parent_id"] = entity.parent_id
    elif document.get("parent_id") is not None:
        del document["parent_id"]  # it was no id
    todo = [(entity, document)]
    while todo:
        parent, parent_document = todo.pop()
        if not parent.children:
            continue
        nested = []
        for child in parent.children:
            child_document = {k: v for k, v in child.document.items() if k not in _ONLY_AT_THE_TOP}
            child_document["id"] = child.id
            child_document["name"] = child.name
            nested.append(child_document)
            todo.append((child, child_document))
        parent_document["subsegments"] = nested
    return document
