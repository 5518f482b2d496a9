"""A trace as filter expressions see it: segments with their nodes, calls, annotations, root causes."""

from collections.abc import Iterator
from functools import cached_property
from typing import Any

import msgspec

from radiograph.query.filters.syntax import CauseKind
from radiograph.query.linker import (
    CLIENT,
    is_a_client,
    link,
    node_keys,
    walk,
)
from radiograph.query.rootcause import RootCauses, root_causes
from radiograph.query.summary import ANNOTATION_KEYS
from radiograph.trace.documents import indexed_annotations
from radiograph.trace.node import NodeKey
from radiograph.trace.trace import Trace, TraceEntity

_LONG_AFTER = 2**62


class NodeView(msgspec.Struct, frozen=True):
    """A segment, real or inferred, and the node it belongs to.

    Args:
        key: the node.
        entity: the segment.
        root: the trace began here.
    """

    key: NodeKey
    entity: TraceEntity
    root: bool


class CallView(msgspec.Struct, frozen=True):
    """A call as the caller saw it.

    Args:
        source: the caller's node.
        target: the node that was called.
        entity: the subsegment (or segment) that made the call; of a client's call, the segment that answered.
    """

    source: NodeKey
    target: NodeKey
    entity: TraceEntity


class AnnotationView(msgspec.Struct, frozen=True):
    """An indexed annotation.

    Args:
        segment_id: of the segment at the top of the tree that has it.
        key: its key.
        value: numbers are doubles, as in the API's AnnotationValue.
    """

    segment_id: str
    key: str
    value: str | bool | float


class Subject:
    """One trace; each of its aspects is derived when somebody asks for it.

    There are the nodes and calls of the linker, in progress or not. Link edges, which lead from one trace to
    another, need both and so are not among the calls.

    Args:
        trace: the assembled trace, with one document at least.
        default_account: the account that sent the documents, for segments that name none.
        now: the time in µs since the epoch, by which a missing part is late or lost; default: long after
            the trace.
        annotation_keys: how many annotation keys are indexed, first come.
    """

    def __init__(
        self,
        trace: Trace,
        *,
        default_account: str = "",
        now: int | None = None,
        annotation_keys: int = ANNOTATION_KEYS,
    ) -> None:
        self.trace = trace
        self.now = _LONG_AFTER if now is None else now
        self._default_account = default_account
        self._annotation_keys = annotation_keys

    @cached_property
    def keys(self) -> dict[str, NodeKey]:
        """The node of each segment, by the segment's id."""
        return node_keys(self.trace, self._default_account)

    @cached_property
    def entities(self) -> list[TraceEntity]:
        """All segments and subsegments that were sent."""
        return [entity for top in self.trace.segments for entity in walk(top)]

    @cached_property
    def nodes(self) -> list[NodeView]:
        """All segments that belong to a node, inferred ones last."""
        return [
            NodeView(self.keys[segment.id], segment, segment.id in self._roots)
            for segment in [*self.trace.segments, *self.trace.inferred]
            if segment.id in self.keys
        ]

    @cached_property
    def calls(self) -> list[CallView]:
        """All calls between known nodes, those of clients included."""
        return list(self._calls())

    def _calls(self) -> Iterator[CallView]:
        for node in self.nodes:
            if node.root and not is_a_client(node.key):
                yield CallView(NodeKey(node.key.name, CLIENT, ""), node.key, node.entity)
            caller = self.trace.caller(node.entity)
            if caller is not None and caller.segment.id in self.keys:
                yield CallView(self.keys[caller.segment.id], node.key, caller)

    @cached_property
    def _roots(self) -> set[str]:
        """Ids of the segments with which the trace began; one that an event started is none of them."""
        facts = link(self.trace, self._default_account)
        received = {fact.own_id for fact in facts.links if fact.reference == "parent"}
        return {
            segment.id
            for segment in self.trace.segments
            if segment.id in self.keys and self.trace.caller(segment) is None and segment.id not in received
        }

    @cached_property
    def annotations(self) -> list[AnnotationView]:
        """The annotations that are indexed: of the first keys to arrive."""
        found: list[AnnotationView] = []
        keys: set[str] = set()
        for entity in sorted(self.entities, key=lambda entity: entity.arrival):
            for key, value in indexed_annotations(entity.typed):
                if key in keys or len(keys) < self._annotation_keys:
                    keys.add(key)
                    found.append(AnnotationView(entity.segment.id, key, _double(value)))
        return found

    def causes(self, kind: CauseKind) -> list[dict[str, Any]]:
        """Return the root causes of a kind, in the API's form."""
        causes = self._causes
        return {"fault": causes.fault, "error": causes.error, "responsetime": causes.response_time}[kind]

    @cached_property
    def _causes(self) -> RootCauses:
        return root_causes(self.trace, self._default_account, keys=self.keys)


def _double(value: str | bool | float) -> str | bool | float:  # noqa: FBT001  -- not a flag
    return value if isinstance(value, str | bool) else float(value)
