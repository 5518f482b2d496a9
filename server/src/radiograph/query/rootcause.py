"""Which path through a trace is the most likely reason that it failed, erred or was slow.

AWS publishes the form of root causes and no algorithm; the rules here are ours. A failure is blamed on
every deepest entity that shows it. Slowness is blamed on the chain of calls that took longest.
"""

from collections.abc import Callable, Iterable
from itertools import groupby
from typing import Any

import msgspec

from radiograph.query.exceptions import Exceptions
from radiograph.query.graph import service_id
from radiograph.query.linker import node_keys, walk
from radiograph.trace.documents import flags
from radiograph.trace.node import NodeKey, segment_node
from radiograph.trace.trace import Trace, TraceEntity

MOST_CAUSES = 10

_CALLS = frozenset(("aws", "remote"))

# A child is followed when it covers a fifth of the root's response time; two that ran side by side are
# both causes when each covers more than two fifths.
_FOLLOWED = 5
_PARALLEL = 5, 2


class RootCauses(msgspec.Struct, frozen=True):
    """The three lists of a trace summary, in the API's form."""

    fault: list[dict[str, Any]]
    error: list[dict[str, Any]]
    response_time: list[dict[str, Any]]


def root_causes(trace: Trace, default_account: str = "", *, keys: dict[str, NodeKey] | None = None) -> RootCauses:
    """Find the root causes of one trace.

    Args:
        trace: the assembled trace.
        default_account: the account that sent the documents, for segments that name none.
        keys: what `node_keys` says of the trace, when it has been asked already.

    Returns:
        At most ten causes of each kind; a response-time cause only when the root segment is complete.
    """
    errors: list[TraceEntity] = []
    faults: list[TraceEntity] = []
    for top in trace.segments:
        for entity in walk(top):
            error, _, fault = flags(entity.typed)
            if error:
                errors.append(entity)
            if fault:
                faults.append(entity)
    paths = Paths(trace, default_account, node_keys(trace, default_account) if keys is None else keys)
    return RootCauses(fault=_failures(paths, faults), error=_failures(paths, errors), response_time=_slowness(paths))


class Paths:
    """The trace seen as one tree across segments, and paths through it in the API's form."""

    def __init__(self, trace: Trace, default_account: str, keys: dict[str, NodeKey]) -> None:
        self.trace = trace
        self.root = trace.root()
        self._default_account = default_account
        self._keys = keys
        self.exceptions = Exceptions(trace)

    def above(self, entity: TraceEntity) -> TraceEntity | None:
        """The containing entity, or for a segment the call that led to it."""
        if entity.parent is not None:
            return entity.parent
        return self.trace.caller(entity) if entity.is_segment else None

    def callees(self, entity: TraceEntity) -> list[TraceEntity]:
        """The segments, real or inferred, to which an entity led."""
        inferred = self.trace.inferred_callee(entity)
        return self.trace.callees(entity) if inferred is None else [inferred]

    def from_top(self, culprit: TraceEntity) -> list[TraceEntity]:
        """The path from where the trace began down to the culprit, and to the service it called."""
        path = [culprit]
        seen = {culprit.id}
        while (above := self.above(path[-1])) is not None and above.id not in seen:
            seen.add(above.id)
            path.append(above)
        path.reverse()
        called = self.called(culprit)
        return path if called is None else [*path, called]

    def deepest(self, flagged: list[TraceEntity]) -> list[TraceEntity]:
        """Those below which no other lies."""
        above: set[str] = set()
        for entity in flagged:
            parent = self.above(entity)
            while parent is not None and parent.id not in above:
                above.add(parent.id)
                parent = self.above(parent)
        return [entity for entity in flagged if entity.id not in above]

    def called(self, culprit: TraceEntity) -> TraceEntity | None:
        """The inferred service behind a failed call, also when one layer of the call wraps another."""
        layer: TraceEntity | None = culprit
        while layer is not None and (layer is culprit or culprit.typed.namespace in _CALLS):
            if (inferred := self.trace.inferred_callee(layer)) is not None:
                return inferred
            layer = layer.parent
        return None

    def services(
        self, path: Iterable[TraceEntity], member: Callable[[TraceEntity], dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """The path as a list of services, each with its entities; `member` adds to an entity.

        Entities whose segment never came belong to no known service and are passed over.
        """
        services: list[dict[str, Any]] = []
        account = self._default_account
        for _, group in groupby(path, key=lambda entity: entity.segment.id):
            entities = list(group)
            segment = entities[0].segment
            key = self._keys.get(segment.id)
            if key is None:
                continue
            if segment.inferred:
                # A called resource belongs to whoever called it, unless the call says otherwise.
                key = NodeKey(key.name, key.type, segment_node(segment.typed, account).account)
            account = key.account
            entity_path = [
                {"Name": self.name(entity), **member(entity), "Remote": self._remote(entity)} for entity in entities
            ]
            services.append({**service_id(key), "Inferred": segment.inferred, "EntityPath": entity_path})
        return services

    def name(self, entity: TraceEntity) -> str:
        """What an entity is called on a path: as its service when it is, or leads to, an inferred one."""
        segment = self.trace.inferred_callee(entity) or entity
        key = self._keys.get(segment.id)
        return entity.name if key is None else key.name

    def _remote(self, entity: TraceEntity) -> bool:
        if entity is entity.segment:
            return not entity.inferred and any(found.remote for found in self.exceptions.of(entity))
        return entity.typed.namespace in _CALLS or any(found.remote for found in self.exceptions.of(entity))


def _failures(paths: Paths, flagged: list[TraceEntity]) -> list[dict[str, Any]]:
    """One cause for each deepest entity among those that show a failure, equal paths once."""
    distinct: dict[tuple[tuple[str, str | None], ...], list[TraceEntity]] = {}
    for culprit in paths.deepest(flagged):
        path = paths.from_top(culprit)
        distinct.setdefault(tuple((paths.name(step), step.typed.origin) for step in path), path)
    impacting = any(entity is paths.root for entity in flagged)
    causes = []
    for path in distinct.values():
        services = paths.services(path, lambda entity: {"Exceptions": _exceptions(paths, entity)})
        if services:
            causes.append({"Services": services, "ClientImpacting": impacting})
        if len(causes) == MOST_CAUSES:
            break
    return causes


def _exceptions(paths: Paths, entity: TraceEntity) -> list[dict[str, str]]:
    return [
        {"Name": exception.type or "unknown", "Message": exception.message or ""}
        for exception in paths.exceptions.of(entity)
    ]


class _Step(msgspec.Struct, frozen=True):
    """An entity on the slowest chain, and the part of the root's response time (µs) that it accounts for."""

    entity: TraceEntity
    start: int
    end: int

    @property
    def time(self) -> int:
        return self.end - self.start


def _slowness(paths: Paths) -> list[dict[str, Any]]:
    """The longest chain of calls below the root segment, and the one that ran beside it."""
    root = paths.root
    if root is None or root.end is None or not root.is_segment:
        return []
    whole = root.end - root.start
    chain, fork = _longest(paths, [_Step(root, root.start, root.end)], whole)
    chains = [chain]
    if fork is not None:
        chains.append(_longest(paths, fork, whole)[0])

    def coverage(entity: TraceEntity) -> dict[str, Any]:
        time = (entity.end or entity.start) - entity.start
        return {"Coverage": round(min(1.0, time / whole), 3) if whole else 1.0}

    return [
        {
            "Services": paths.services((step.entity for step in chain), coverage),
            "ClientImpacting": True,
        }
        for chain in chains
    ]


def _longest(paths: Paths, chain: list[_Step], whole: int) -> tuple[list[_Step], list[_Step] | None]:
    """Follow the largest child from the chain's end; also where a second chain forks off, if one does."""
    chain = list(chain)
    fork: list[_Step] | None = None
    seen = {step.entity.id for step in chain}
    while True:
        here = chain[-1]
        children = [step for step in _below(paths, here) if step.entity.id not in seen]
        if not children:
            return chain, fork
        children.sort(key=lambda step: -step.time)
        largest = next((step for step in children if _same_call(children[0], step)), children[0])
        if largest.time * _FOLLOWED < whole or _own_time(here, children) > largest.time:
            return chain, fork
        if fork is None:
            beside = next((step for step in children if _side_by_side(largest, step, whole)), None)
            fork = None if beside is None else [*chain, beside]
        seen.add(largest.entity.id)
        chain.append(largest)


def _below(paths: Paths, here: _Step) -> list[_Step]:
    """The completed children of a step: what it called, else what it contains."""
    steps = []
    callees = paths.callees(here.entity)
    for callee in callees:
        if callee.end is not None:
            # Another host has another clock, so only lengths are compared; and what goes on after the
            # caller stopped waiting (an asynchronous call) is not the caller's time.
            time = min(callee.end - callee.start, here.time)
            steps.append(_Step(callee, callee.start, callee.start + time))
    if not callees or here.entity.is_segment:
        for child in here.entity.children:
            if child.end is not None:
                start, end = max(child.start, here.start), min(child.end, here.end)
                if start <= end:
                    steps.append(_Step(child, start, end))
    return steps


def _own_time(here: _Step, children: list[_Step]) -> int:
    """The time (µs) of a step in which none of its children ran."""
    spans = [
        (here.start, here.start + step.time) if _is_callee(step.entity) else (step.start, step.end) for step in children
    ]
    own, covered = here.time, here.start
    for start, end in sorted(spans):
        if end > covered:
            own -= end - max(start, covered)
            covered = end
    return own


def _is_callee(entity: TraceEntity) -> bool:
    return entity.is_segment or entity.inferred


def _same_call(part: _Step, step: _Step) -> bool:
    """The step is the service whose answer this part of the caller waited for.

    Lambda's segment holds a subsegment for each attempt, and the function's segment is its direct child.
    """
    together = min(part.end, step.end) - max(part.start, step.start)
    return _is_callee(step.entity) and not _is_callee(part.entity) and together * 2 > part.time


def _side_by_side(first: _Step, second: _Step, whole: int) -> bool:
    """Both above the limit, at the same time, and not two views of one call."""
    of, parts = _PARALLEL
    return (
        first is not second
        and min(first.time, second.time) * of > whole * parts
        and min(first.end, second.end) > max(first.start, second.start)
        and _is_callee(first.entity) == _is_callee(second.entity)
    )
