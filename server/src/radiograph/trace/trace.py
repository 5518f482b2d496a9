"""From the documents of a trace, in whatever order and pieces they came, to the one trace they describe.

The order of arrival decides only which of two complete documents of one entity counts; "later" has a single
meaning, (arrival, text). Everything else follows from the documents as a set.
"""

from collections.abc import Iterable

import msgspec

from radiograph.trace.documents import Entity, is_traced
from radiograph.trace.entity import Source, StoredDocument, TraceEntity, start_and_id, to_document
from radiograph.trace.infer import infer_segment
from radiograph.trace.limits import Limits
from radiograph.trace.node import call_node
from radiograph.trace.parse import lenient, reread

__all__ = ["StoredDocument", "Trace", "TraceEntity", "assemble", "to_document"]

_ANNOUNCED_WAIT = 60_000_000
"""How long the segment of a call marked `traced` is waited for, in microseconds after the trace's end."""


class Trace:
    """A trace as its documents describe it so far.

    Attributes:
        id: canonical.
        segments: real segments, and subsegments without a place below one, by start and id.
        inferred: segments of services that sent none, by start and id.
        by_id: every segment and subsegment, inferred ones included.
        start: earliest start of a segment, microseconds since the epoch; 0 without documents.
        end: latest end of a segment or subsegment (its start while in progress), microseconds.
        revision: number of distinct documents.
        limit_exceeded: documents were left out, since the trace outgrew its limits.
    """

    __slots__ = (
        "_callees",
        "_callers",
        "_inferred_callees",
        "_waits_for_announced",
        "_waits_for_document",
        "by_id",
        "end",
        "id",
        "inferred",
        "limit_exceeded",
        "revision",
        "segments",
        "start",
    )

    def __init__(self, trace_id: str, entities: dict[str, TraceEntity], revision: int, limits: Limits) -> None:
        self.id = trace_id
        self.by_id = entities
        self.revision = revision
        self.limit_exceeded = False
        self._waits_for_document = _join_parents(entities)
        self.segments = _settle_trees(entities, limits.nesting)
        self._callers = _callers(self.segments, entities)
        self._callees: dict[str, list[TraceEntity]] = {}
        for segment in self.segments:
            if segment.id in self._callers:
                self._callees.setdefault(self._callers[segment.id].id, []).append(segment)
        self._inferred_callees: dict[str, TraceEntity] = {}
        self._waits_for_announced = False
        self._look_at_calls()
        self.inferred = sorted(self._inferred_callees.values(), key=start_and_id)
        self.start = self.segments[0].start if self.segments else 0
        self.end = max((e.start if e.end is None else e.end for e in entities.values()), default=0)
        for callee in self.inferred:
            entities.setdefault(callee.id, callee)

    def _look_at_calls(self) -> None:
        """Infer a segment for every call that no segment answers."""
        todo = [(segment, False) for segment in self.segments]
        while todo:
            entity, below_aws = todo.pop()
            typed = entity.typed
            if not entity.is_segment and entity.id not in self._callees:
                if is_traced(typed):
                    self._waits_for_announced = True
                # Below an aws call lies the same call again, seen by the HTTP library.
                if not below_aws and (typed.namespace or typed.sql) and call_node(typed) is not None:
                    self._inferred_callees[entity.id] = infer_segment(entity, self.id)
            if entity.children:
                below_aws = below_aws or (not entity.is_segment and typed.namespace == "aws")
                todo.extend([(child, below_aws) for child in entity.children])

    def is_partial(self, now: int) -> bool:
        """Return whether documents of the trace are still missing.

        Something is in progress, or an entity names a parent that is unknown, or a call announced a segment
        (`traced`) that did not come within a minute.

        Args:
            now: microseconds since the epoch.
        """
        return self._waits_for_document or (self._waits_for_announced and now - self.end < _ANNOUNCED_WAIT)

    def caller(self, segment: TraceEntity) -> TraceEntity | None:
        """Return the entity that called a segment, None when it has none or that is unknown.

        Following callers upwards always ends: segments that claim to call each other in a circle are cut at
        the earliest.
        """
        if segment.inferred:
            return self.by_id.get(segment.parent_id or "")
        return self._callers.get(segment.id)

    def callees(self, entity: TraceEntity) -> list[TraceEntity]:
        """Return the real segments that an entity called, by start and id."""
        return self._callees.get(entity.id, [])

    def inferred_callee(self, entity: TraceEntity) -> TraceEntity | None:
        """Return the inferred segment that a subsegment called, if there is one."""
        return self._inferred_callees.get(entity.id)

    def root(self) -> TraceEntity:
        """Return the segment that began the trace: the earliest without parent, else the earliest.

        An orphan only when there is no segment at all.

        Raises:
            LookupError: the trace has no documents.
        """
        real = [segment for segment in self.segments if segment.is_segment]
        for candidates in ([segment for segment in real if segment.parent_id is None], real, self.segments):
            if candidates:
                return candidates[0]
        raise LookupError(f"trace {self.id} has no documents")


def assemble(trace_id: str, documents: Iterable[StoredDocument], limits: Limits) -> Trace:
    """Put the documents of a trace together.

    A complete document of an entity beats one in progress; among equals the later beats the earlier. What it
    says of the entity counts alone, but subsegments of both are united. Subsegments sent on their own are
    hung where they belong; those whose parent is unknown are kept as orphans. The result does not depend on
    the order of the documents, nor on repetitions of them.

    Args:
        trace_id: canonical.
        documents: as the store returns them, in any order.
        limits: beyond which documents are left out, the latest first.
    """
    arrivals: dict[str, int] = {}
    for document in documents:
        known = arrivals.get(document.text)
        if known is None or document.arrival < known:
            arrivals[document.text] = document.arrival
    readable = lenient(limits)
    entities: dict[str, TraceEntity] = {}
    size = revision = 0
    limit_exceeded = False
    for text, arrival in sorted(arrivals.items(), key=lambda item: (item[1], item[0])):
        typed = reread(text, readable)
        if typed is None:
            continue
        size += len(text) if text.isascii() else len(text.encode())
        told = _entities_of(typed, Source(text, arrival))
        if size > limits.trace_bytes or len(entities) + len(told) > limits.trace_entities:
            limit_exceeded = True
            break
        revision += 1
        for entity in told:
            known_entity = entities.get(entity.id)
            if known_entity is None or _replaces(entity, known_entity):
                entities[entity.id] = entity
    trace = Trace(trace_id, entities, revision, limits)
    trace.limit_exceeded = limit_exceeded
    return trace


def _entities_of(typed: Entity, source: Source) -> list[TraceEntity]:
    """Return all entities that a document tells of, breadth first."""
    told = [TraceEntity(typed, typed.parent_id, source, 0)]
    for entity in told:  # grows while it is walked
        embedded = entity.typed.subsegments
        if embedded:
            container = entity.id
            for each in embedded:
                told.append(TraceEntity(each, container, source, len(told)))
        if embedded is not None:
            # The tree was decoded for this trace alone, nobody else holds it.
            msgspec.structs.force_setattr(entity.typed, "subsegments", None)
    return told


def _replaces(entity: TraceEntity, known: TraceEntity) -> bool:
    """Return whether an entity beats what is known under its id from documents up to this one."""
    if entity.in_progress != known.in_progress:
        return known.in_progress
    # An id used twice in one document: the outer one is meant.
    return not known.same_document(entity)


def _join_parents(entities: dict[str, TraceEntity]) -> bool:
    """Hang every subsegment below its parent; return whether documents are missing."""
    missing = False
    for entity in entities.values():
        if entity.in_progress:
            missing = True
        if entity.is_segment:
            if entity.parent_id is not None and entity.parent_id not in entities:
                missing = True
            continue
        parent = entities.get(entity.parent_id or "")
        if parent is None:
            missing = True
        else:
            entity.parent = parent
            parent.children.append(entity)
    return missing


def _settle_trees(entities: dict[str, TraceEntity], nesting: int) -> list[TraceEntity]:
    """Order the children, tell each entity its segment, cut circles; return the tops, by start and id."""
    tops = [entity for entity in entities.values() if entity.parent is None]
    settled = _settle(tops, nesting)
    if settled < len(entities):
        for top in _circle_tops(entities):
            _cut(top)
            tops.append(top)
            _settle([top], nesting)
    tops = [entity for entity in entities.values() if entity.parent is None]
    for top in tops:
        top.orphan = not top.is_segment
    tops.sort(key=start_and_id)
    return tops


def _cut(entity: TraceEntity) -> None:
    if entity.parent is not None:
        entity.parent.children.remove(entity)
        entity.parent = None


def _settle(tops: list[TraceEntity], nesting: int) -> int:
    """Walk the trees below `tops`; return the number of entities met."""
    todo = [(top, top, 0) for top in tops]
    met = 0
    while todo:
        entity, segment, depth = todo.pop()
        met += 1
        if depth > nesting:
            # Deeper trees could be sent piece by piece; whoever walks or encodes one must not overflow.
            _cut(entity)
            segment, depth = entity, 0
        entity.segment = segment
        if entity.children:
            entity.children.sort(key=start_and_id)
            todo.extend([(child, segment, depth + 1) for child in entity.children])
    return met


def _circle_tops(entities: dict[str, TraceEntity]) -> list[TraceEntity]:
    """Return the earliest of each circle of subsegments that are, by their word, each other's parents."""
    tops = []
    seen: set[str] = set()
    for entity in entities.values():
        each = entity
        path = []
        # Whoever was met in a walk from the tops has a segment other than itself, or no parent.
        while each.parent is not None and each.segment is each and each.id not in seen:
            seen.add(each.id)
            path.append(each)
            each = each.parent
        if each in path:
            tops.append(min(path[path.index(each) :], key=start_and_id))
    return tops


def _callers(segments: list[TraceEntity], entities: dict[str, TraceEntity]) -> dict[str, TraceEntity]:
    """Return the calling entity of each segment that has one, by the segment's id, circles cut."""
    callers = {}
    for segment in segments:
        if segment.is_segment and segment.parent_id is not None:
            caller = entities.get(segment.parent_id)
            if caller is not None:
                callers[segment.id] = caller
    seen: set[str] = set()
    for segment in segments:
        each = segment
        path = []
        while each.id in callers and each.id not in seen:
            seen.add(each.id)
            path.append(each)
            each = callers[each.id].segment
        if each in path:
            del callers[min(path[path.index(each) :], key=start_and_id).id]
    return callers
