"""A trace into facts: which nodes answered which requests, and who called whom.

This is the readable reference of the service graph. A trace becomes one fact per completed request of a
node and one per call, and everything else (the graph of a trace, the rollups of a day, the time series) is
a sum of facts.
"""

from collections.abc import Container, Iterable, Iterator
from enum import IntEnum
from typing import Literal

import msgspec

from radiograph.trace.documents import Entity, flags
from radiograph.trace.ids import InvalidEntityId, InvalidTraceId, parse_entity_id, parse_trace_id
from radiograph.trace.node import NodeKey, call_node, segment_node
from radiograph.trace.trace import Trace, TraceEntity

CLIENT = "client"
"""The node type of whoever called the first service of a trace."""

# Links beyond these are passed over, as by X-Ray (developer guide, linking of traces).
_MOST_LINKED_TRACES = 20
_MOST_LINKS = 100


class Outcome(IntEnum):
    """How a request ended. Each counts in exactly one class, the gravest (our rule)."""

    OK = 0
    ERROR = 1
    THROTTLE = 2
    FAULT = 3


class NodeFact(msgspec.Struct, frozen=True):
    """One completed request, as the node that answered it saw it. All times are µs since the epoch.

    Args:
        key: the node.
        state: "active" for a segment that was sent, "unknown" for an inferred one.
        root: the trace began here.
        outcome: its class.
        start: when the segment began.
        end: when the segment ended.
        duration_end: the latest end of the segment and of its subsegments, however those arrived; later
            than `end` when work went on after the answer.
    """

    key: NodeKey
    state: Literal["active", "unknown"]
    root: bool
    outcome: Outcome
    start: int
    end: int
    duration_end: int


class EdgeFact(msgspec.Struct, frozen=True):
    """One completed call, as the caller saw it. All times are µs since the epoch.

    A "client" edge leads from whoever started the trace to its first service and is measured on that
    service's segment. A "link" edge joins two traces: it starts when the event was sent and ends when it
    was received, so the time between is the event's age.
    """

    source: NodeKey
    target: NodeKey
    kind: Literal["call", "client", "link"]
    outcome: Outcome
    start: int
    end: int


class LinkFact(msgspec.Struct, frozen=True):
    """This side of a link between two traces; the other side is only named.

    Args:
        node: the node on this side.
        own_id: on this side, the segment that received the event or the segment or subsegment that sent it.
        reference: what the other side is to this one, its "parent" (it sent the event) or its "child".
        trace_id: the other trace, canonical.
        id: the segment or subsegment on the other side, 16 hex.
        at: when this side received (reference "parent") or sent (reference "child") the event, µs.
    """

    node: NodeKey
    own_id: str
    reference: Literal["parent", "child"]
    trace_id: str
    id: str
    at: int


class LinkEdge(msgspec.Struct, frozen=True):
    """A link of which both sides are known.

    Args:
        sender: the trace in which the event was sent.
        receiver: the trace that it started.
        edge: of kind "link".
    """

    sender: str
    receiver: str
    edge: EdgeFact


class Facts(msgspec.Struct, frozen=True):
    """What one trace, or several, say about the graph."""

    nodes: list[NodeFact]
    edges: list[EdgeFact]
    links: list[LinkFact]


def outcome(entity: Entity) -> Outcome:
    """The one class in which a request counts: fault before throttle before error before ok."""
    error, throttle, fault = flags(entity)
    if fault:
        return Outcome.FAULT
    if throttle:
        return Outcome.THROTTLE
    return Outcome.ERROR if error else Outcome.OK


def node_keys(trace: Trace, default_account: str = "") -> dict[str, NodeKey]:
    """The node of each segment of a trace, real or inferred, by the segment's id.

    A subsegment whose segment never came stands among `trace.segments` and has no node.

    Args:
        trace: the assembled trace.
        default_account: the account that sent the documents, for segments that name none.
    """
    keys = {
        segment.id: segment_node(segment.typed, default_account) for segment in trace.segments if segment.is_segment
    }
    for inferred in trace.inferred:
        # The call's own document says what it called; the inferred one is a copy without its namespace.
        call = trace.caller(inferred)
        key = call_node(call.typed) if call is not None else None
        if key is not None:
            keys[inferred.id] = key
    return keys


def link(
    trace: Trace,
    default_account: str = "",
    *,
    received: Container[str] = (),
    keys: dict[str, NodeKey] | None = None,
) -> Facts:
    """Derive the facts of one trace (X-Ray developer guide, service graph; details our rule).

    Requests and calls in progress give no fact, while completed ones below them do. A segment whose parent
    is not in the trace is a root too. A call below a subsegment whose segment never came reaches its node
    without an edge, since nobody knows who made it.

    Args:
        trace: the assembled trace.
        default_account: the account that sent the documents, for segments that name none.
        received: ids of segments that other traces claim to have started by an event.
        keys: what `node_keys` says of the trace, when it has been asked already.
    """
    return _link(trace, node_keys(trace, default_account) if keys is None else keys, received)


def _link(trace: Trace, keys: dict[str, NodeKey], received: Container[str]) -> Facts:
    nodes: list[NodeFact] = []
    edges: list[EdgeFact] = []
    links = _links(trace, keys)
    by_event = {fact.own_id for fact in links if fact.reference == "parent"}

    for segment in trace.segments:
        key = keys.get(segment.id)
        if key is None:
            continue
        caller = trace.caller(segment)
        # Whoever is started by an event of another trace has no client (X-Ray's maps: an SQS consumer).
        root = caller is None and segment.id not in by_event and segment.id not in received
        if segment.end is not None:
            how = outcome(segment.typed)
            last = latest_end(segment, segment.end)
            nodes.append(NodeFact(key, "active", root, how, segment.start, segment.end, last))
            if root and not is_a_client(key):
                client = NodeKey(key.name, CLIENT, "")
                edges.append(EdgeFact(client, key, "client", how, segment.start, segment.end))
        if caller is not None:
            _add_call(edges, caller, keys, key)

    for inferred in trace.inferred:
        key = keys.get(inferred.id)
        if key is None or inferred.end is None:
            continue
        how = outcome(inferred.typed)
        nodes.append(NodeFact(key, "unknown", False, how, inferred.start, inferred.end, inferred.end))
        caller = trace.caller(inferred)
        if caller is not None:
            _add_call(edges, caller, keys, key)

    return Facts(nodes, edges, links)


def _add_call(edges: list[EdgeFact], caller: TraceEntity, keys: dict[str, NodeKey], target: NodeKey) -> None:
    """Add the edge of a completed call, unless nobody knows whose call it was."""
    source = keys.get(caller.segment.id)
    if source is not None and caller.end is not None:
        edges.append(EdgeFact(source, target, "call", outcome(caller.typed), caller.start, caller.end))


def link_all(traces: Iterable[Trace], default_account: str = "") -> Facts:
    """Derive the facts of several traces, and the edges that lead from one into another.

    A link whose other trace is not among those given stays a `LinkFact` alone.

    Args:
        traces: assembled traces, each id once.
        default_account: the account that sent the documents, for segments that name none.
    """
    by_id = {trace.id: trace for trace in traces}
    keys = {trace.id: node_keys(trace, default_account) for trace in by_id.values()}
    claims: dict[str, set[str]] = {}
    for trace in by_id.values():
        for fact in _links(trace, keys[trace.id]):
            other = by_id.get(fact.trace_id)
            entity = other.by_id.get(fact.id) if other is not None else None
            if fact.reference == "child" and other is not None and entity is not None:
                claims.setdefault(other.id, set()).add(_receiver(other, entity.segment).id)
    facts = {id_: _link(trace, keys[id_], claims.get(id_, ())) for id_, trace in by_id.items()}
    nodes = [node for found in facts.values() for node in found.nodes]
    edges = [edge for found in facts.values() for edge in found.edges]
    links = [fact for found in facts.values() for fact in found.links]
    joined = _join(by_id, keys, {id_: found.links for id_, found in facts.items()})
    return Facts(nodes, edges + [one.edge for one in joined], links)


def links_of(trace: Trace, default_account: str = "", *, keys: dict[str, NodeKey] | None = None) -> list[LinkFact]:
    """Derive the links of a trace alone; arguments as of `link`."""
    return _links(trace, node_keys(trace, default_account) if keys is None else keys)


def link_edges(traces: Iterable[Trace], default_account: str = "") -> list[LinkEdge]:
    """Derive the link edges between traces alone; arguments as of `link_all`.

    Those between two traces depend on nothing but these two.
    """
    by_id = {trace.id: trace for trace in traces}
    keys = {trace.id: node_keys(trace, default_account) for trace in by_id.values()}
    return _join(by_id, keys, {trace.id: _links(trace, keys[trace.id]) for trace in by_id.values()})


def latest_end(segment: TraceEntity, end: int) -> int:
    """The latest end (µs) of a segment that ended at `end` and of the subsegments within it."""
    waiting = list(segment.children)
    for entity in waiting:  # grows while it is walked
        if entity.end is not None and entity.end > end:
            end = entity.end
        if entity.children:
            waiting.extend(entity.children)
    return end


def walk(top: TraceEntity) -> Iterator[TraceEntity]:
    """A segment and its subsegments, each before those within it, siblings by start."""
    waiting = [top]
    while waiting:
        entity = waiting.pop()
        yield entity
        if entity.children:
            waiting.extend(reversed(entity.children))


def is_a_client(key: NodeKey) -> bool:
    """Canaries and browsers send segments of their own and so stand where the client would."""
    kind = key.type.lower()
    return kind == CLIENT or kind.startswith("client::") or kind == "aws::rum::appmonitor"


def _links(trace: Trace, keys: dict[str, NodeKey]) -> list[LinkFact]:
    """The links of a trace; one that names no possible trace or segment is passed over, and so is one too many."""
    facts: list[LinkFact] = []
    linked: dict[str, set[str]] = {}
    for entity in [entity for top in trace.segments for entity in walk(top) if entity.typed.links]:
        others = linked.setdefault(entity.segment.id, set())
        for other in entity.typed.links or ():
            try:
                trace_id = parse_trace_id(other.trace_id or "")
                id_ = parse_entity_id(other.id or "")
            except (InvalidTraceId, InvalidEntityId):
                continue
            if len(facts) == _MOST_LINKS or (trace_id not in others and len(others) == _MOST_LINKED_TRACES):
                continue
            others.add(trace_id)
            if str((other.attributes or {}).get("ReferenceType")).lower() == "child":
                source = _sender(trace, keys, entity)
                if source is not None:
                    facts.append(LinkFact(source, entity.id, "child", trace_id, id_, entity.start))
            else:
                receiver = _receiver(trace, entity.segment)
                target = keys.get(receiver.id)
                if target is not None:
                    facts.append(LinkFact(target, receiver.id, "parent", trace_id, id_, receiver.start))
    return facts


def _receiver(trace: Trace, segment: TraceEntity) -> TraceEntity:
    """The segment at which an event enters a trace.

    Lambda writes two segments for one invocation, the function's below the service's; the event reaches the
    service.
    """
    seen = {segment.id}
    while (caller := trace.caller(segment)) is not None and caller.is_segment and caller.id not in seen:
        seen.add(caller.id)
        segment = caller
    return segment


def _join(
    by_id: dict[str, Trace], keys: dict[str, dict[str, NodeKey]], links: dict[str, list[LinkFact]]
) -> list[LinkEdge]:
    """The link edges between traces that are both at hand, once each, whichever side names the other."""
    joined: dict[tuple[str, str, str, str], LinkEdge] = {}
    for trace_id, found in links.items():
        for fact in found:
            other = by_id.get(fact.trace_id)
            entity = other.by_id.get(fact.id) if other is not None else None
            if other is None or entity is None:
                continue
            source: NodeKey | None = fact.node
            target: NodeKey | None = fact.node
            if fact.reference == "parent":
                source = _sender(other, keys[other.id], entity)
                sent, received = entity.start, fact.at
                sender_id = (entity.parent_id or "") if entity.inferred else entity.id
                ends = (other.id, sender_id, trace_id, fact.own_id)
            else:
                receiver = _receiver(other, entity.segment)
                target = keys[other.id].get(receiver.id)
                sent, received = fact.at, receiver.start
                ends = (trace_id, fact.own_id, other.id, receiver.id)
            if source is not None and target is not None:
                # Two hosts' clocks may disagree; an event is never received before it was sent.
                edge = EdgeFact(source, target, "link", Outcome.OK, sent, max(sent, received))
                joined.setdefault(ends, LinkEdge(ends[0], ends[2], edge))
    return list(joined.values())


def _sender(trace: Trace, keys: dict[str, NodeKey], entity: TraceEntity) -> NodeKey | None:
    """The node that an event left from: the queue when the sending call is named, else the service."""
    called = trace.inferred_callee(entity)
    answered = trace.callees(entity)
    if called is None and answered and not entity.is_segment:
        called = answered[0]
    return keys.get(called.id if called is not None else entity.segment.id)
