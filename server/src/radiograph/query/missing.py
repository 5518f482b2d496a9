"""What of a trace is not there: callers and containers that are named and did not come, and ends that are open."""

from collections.abc import Iterator

import msgspec

from radiograph.trace.documents import is_traced
from radiograph.trace.trace import Trace, TraceEntity

_MOST = 100


class Missing(msgspec.Struct, frozen=True):
    """Something that is not there.

    Args:
        id: of what is missing; of an end or of an announced segment, whose id nobody knows, as `of`.
        of: id of the entity that shows it.
        why: a sentence.
    """

    id: str
    of: str
    why: str


def missing(trace: Trace) -> list[Missing]:
    """Return what is missing, at most a hundred: parents first, then ends, then what was announced.

    Args:
        trace: the assembled trace.
    """
    found: list[Missing] = []
    for kind in (_parents, _ends, _announced):
        for each in kind(trace):
            if len(found) == _MOST:
                return found
            found.append(each)
    return found


def _parents(trace: Trace) -> Iterator[Missing]:
    lost: dict[str, list[TraceEntity]] = {}
    for segment in trace.segments:
        if segment.parent_id is not None and segment.parent_id not in trace.by_id:
            lost.setdefault(segment.parent_id, []).append(segment)
    for id_, parts in lost.items():
        first, *others = parts
        names = _and_others(first.name, len(others))
        if first.is_segment:
            why = f"The caller of {names} has not come: the part {id_} of the trace is missing."
        else:
            why = f"The part of the trace to which {names} belongs has not come ({id_})."
        yield Missing(id_, first.id, why)


def _ends(trace: Trace) -> Iterator[Missing]:
    for top in trace.segments:
        waiting = [top]
        while waiting:
            entity = waiting.pop()
            if entity.in_progress:
                yield Missing(entity.id, entity.id, f"{entity.name} has begun, and its end has not come.")
                continue  # what it contains is open for the same reason
            waiting.extend(reversed(entity.children))


def _announced(trace: Trace) -> Iterator[Missing]:
    for entity in trace.by_id.values():
        if not entity.is_segment and is_traced(entity.typed) and not trace.callees(entity):
            why = f"{entity.name}, called by {entity.segment.name}, said that it is traced, and its part has not come."
            yield Missing(entity.id, entity.id, why)


def _and_others(name: str, others: int) -> str:
    if not others:
        return name
    return f"{name} and {others} other{'s' if others > 1 else ''}"
