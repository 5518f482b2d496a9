"""What the answer was waiting for, at every moment between the request and the answer.

The path is walked backwards from the end of the root segment: whatever ended last before a moment is what was waited
for until then, and before its start the same question is asked again. Time in which nothing below ran is an entity's
own. This is our rule; X-Ray has no such path.
"""

from collections.abc import Iterator

import msgspec

from radiograph.query.tree import below
from radiograph.trace.trace import Trace, TraceEntity

_CALLS = frozenset(("aws", "remote"))

# A callee measures with another clock, which may run a little faster: it may seem to take this much longer than its
# caller waited, as a share and in microseconds.
_FASTER = 0.01
_COARSER = 1_000


class Stretch(msgspec.Struct, frozen=True):
    """A stretch of the root's time in which the answer waited for this very entity, for nothing below it.

    Args:
        entity: a segment, real or inferred, or a subsegment.
        start: microseconds, by the clock of the root.
        end: likewise; later than `start`.
    """

    entity: TraceEntity
    start: int
    end: int

    @property
    def time(self) -> int:
        """Its length, microseconds."""
        return self.end - self.start


class _Span(msgspec.Struct, frozen=True):
    """An entity and the part of the root's time for which it counts.

    Args:
        entity: the entity.
        ahead: how far its clock is ahead of the root's, microseconds.
        start: by the clock of the root.
        end: likewise.
        cut: it went on after `end`, when nobody waited any more.
    """

    entity: TraceEntity
    ahead: int
    start: int
    end: int
    cut: bool = False


def critical_path(trace: Trace) -> list[Stretch]:
    """Return the critical path of a trace.

    Returns:
        Stretches that follow each other from the root's start to its end without a gap, each as long as it can be;
        none while the root is in progress.
    """
    root = trace.root()
    if root.end is None:
        return []
    stretches = []
    waiting = [_Span(root, 0, root.start, root.end)]
    while waiting:
        here = waiting.pop()
        moment = here.end
        for span in _latest_first(trace, here):
            if span.end > moment:
                continue  # beside what was waited for, or going on when nobody waited
            if span.end < moment:
                stretches.append(Stretch(here.entity, span.end, moment))
            waiting.append(span)
            moment = span.start
            if moment == here.start:
                break
        if moment > here.start:
            stretches.append(Stretch(here.entity, here.start, moment))
    stretches.sort(key=lambda stretch: stretch.start)
    return stretches


def on_the_path(trace: Trace, stretches: list[Stretch]) -> set[str]:
    """Return the ids of all entities that the answer waited for, itself or something below it."""
    found: set[str] = set()
    for stretch in stretches:
        entity: TraceEntity | None = stretch.entity
        while entity is not None and entity.id not in found:
            found.add(entity.id)
            entity = entity.parent or trace.caller(entity)
    return found


def _latest_first(trace: Trace, here: _Span) -> list[_Span]:
    """Return what lies below an entity and took time, the last to end first, of equals the longest."""
    spans = list(_parts(trace, here))
    spans.sort(key=lambda span: (-span.end, span.start, span.entity.id))
    return spans


def _parts(trace: Trace, here: _Span) -> Iterator[_Span]:
    call = here.entity
    for part in below(trace, call):
        if part.end is None:
            continue
        other_clock = part.is_segment and not part.inferred
        placed = _answered(part, part.end, here) if other_clock and _is_call(call) else None
        if placed is None:
            placed = _Span(part, here.ahead, part.start - here.ahead, part.end - here.ahead)
            if here.cut and placed.start < here.end < placed.end:
                placed = msgspec.structs.replace(placed, end=here.end, cut=True)
        if placed.start < here.start:
            placed = msgspec.structs.replace(placed, start=here.start)
        if placed.start < placed.end:
            yield placed


def _answered(callee: TraceEntity, end: int, call: _Span) -> _Span | None:
    """Return when a callee worked, by the clock of its caller, which waited for it; None when it did not wait.

    The clocks of two hosts disagree. A callee that is not longer than the call lies within it, and is moved there by
    the least that it takes. One that is longer was not waited for to its end: the caller gave up, when the call failed,
    or never waited.
    """
    start, end = callee.start - call.ahead, end - call.ahead
    overlaps = start < call.end and end > call.start
    waited = call.end - call.start
    if end - start <= waited + max(_COARSER, round(waited * _FASTER)):
        if not overlaps and call.entity.typed.namespace != "remote":
            return None  # what lay in a queue
        moved = max(call.start - start, 0) or min(call.end - end, 0)
        start, end = start + moved, end + moved
        return _Span(callee, call.ahead - moved, max(start, call.start), min(end, call.end), cut=end > call.end)
    if overlaps and call.end == (call.entity.end or 0) - call.ahead and _failed(call.entity):
        return _Span(callee, call.ahead, max(start, call.start), call.end, cut=True)
    return None


def _is_call(entity: TraceEntity) -> bool:
    return not entity.is_segment and entity.typed.namespace in _CALLS


def _failed(call: TraceEntity) -> bool:
    typed = call.typed
    return bool(typed.fault or typed.error or typed.cause is not None)
