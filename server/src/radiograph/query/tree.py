"""A trace as one tree across its segments: below a call stands the segment that it led to."""

from collections.abc import Iterator

import msgspec

from radiograph.trace.entity import start_and_id
from radiograph.trace.trace import Trace, TraceEntity


class Placed(msgspec.Struct, frozen=True, gc=False):
    """An entity with its place in the waterfall.

    Args:
        entity: a segment, real or inferred, or a subsegment.
        above: id of the entity that it stands below, None at the top.
        depth: how many stand above it.
    """

    entity: TraceEntity
    above: str | None
    depth: int


def below(trace: Trace, entity: TraceEntity) -> list[TraceEntity]:
    """Return what an entity contains and the segments that it led to, by start, then id."""
    called = trace.callees(entity)
    inferred = trace.inferred_callee(entity)
    if inferred is None and not called:
        return entity.children
    parts = [*entity.children, *called]
    if inferred is not None:
        parts.append(inferred)
    return sorted(parts, key=start_and_id)


def waterfall(trace: Trace) -> Iterator[Placed]:
    """Yield all entities of a trace, depth first, siblings by start, then id."""
    tops = [segment for segment in trace.segments if trace.caller(segment) is None]
    waiting = [Placed(top, None, 0) for top in reversed(tops)]
    while waiting:
        placed = waiting.pop()
        yield placed
        parts = below(trace, placed.entity)
        if parts:
            depth = placed.depth + 1
            waiting.extend([Placed(part, placed.entity.id, depth) for part in reversed(parts)])
