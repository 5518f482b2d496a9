"""A trace as a screen shows it: one list in the order of the waterfall, a verdict, its map, what is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import ResourceNotFound
from radiograph.query.critical_path import critical_path, on_the_path
from radiograph.query.exceptions import Exceptions
from radiograph.query.graph import Graph, GraphNode, ServiceGraph, Statistics
from radiograph.query.link_sums import linked_traces
from radiograph.query.linker import link, links_of, node_keys, outcome
from radiograph.query.measures import OUTCOMES
from radiograph.query.missing import missing
from radiograph.query.service_map import drawn, node_id
from radiograph.query.sums import MINUTE
from radiograph.query.titles import Titles
from radiograph.query.trace_rows import row
from radiograph.query.traces import load_traces
from radiograph.query.tree import waterfall
from radiograph.query.verdict import verdict
from radiograph.store.rows import SPREAD, trace_time
from radiograph.trace.documents import http_status
from radiograph.trace.ids import trace_id_to_w3c
from radiograph.trace.trace import to_document

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.critical_path import Stretch
    from radiograph.query.link_sums import LinkedTraces
    from radiograph.query.view import Ground
    from radiograph.trace.documents import Entity
    from radiograph.trace.node import NodeKey
    from radiograph.trace.trace import Trace, TraceEntity

_MICROSECONDS = 1_000_000
_WEIGHT = """
SELECT coalesce(max(weight), 1) FROM segments
WHERE trace_id = $trace_id AND trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
"""
_MARKS = ("cause", "sql", "annotations", "metadata", "links")


def load_trace(ground: Ground, trace_id: str) -> Trace:
    """Assemble a trace.

    Args:
        ground: where it is.
        trace_id: canonical.

    Raises:
        ResourceNotFound: there is none.
    """
    found = load_traces(ground.lake, [trace_id], ground.limits)
    if not found or not found[0].segments:
        raise ResourceNotFound(
            f"no trace {trace_id} is stored: it has not come yet, it was not sampled, or it is older than the retention"
        )
    return found[0]


def trace_view(ground: Ground, trace_id: str) -> dict[str, Any]:
    """Return a trace as one list.

    Raises:
        ResourceNotFound: there is none.
    """
    trace = load_trace(ground, trace_id)
    with ground.lake.reading() as connection:
        linked = linked_traces(connection, trace.id, trace.start)
        weight = _weight(connection, trace)
    told = viewed(
        trace,
        account=ground.account,
        now=int(ground.now * _MICROSECONDS),
        annotation_keys=ground.limits.annotations_per_trace,
        linked=linked,
    )
    told["summary"]["weight"] = weight
    return told


def _weight(connection: duckdb.DuckDBPyConnection, trace: Trace) -> float:
    """Return for how many traces this one stands: more than itself when tail sampling kept a share of its like."""
    place = trace_time(trace.id, trace.start)
    spread = SPREAD if place == trace.start else 0
    times = {"first": place - spread, "last": place + spread}
    found = connection.execute(_WEIGHT, {"trace_id": trace.id} | times).fetchone()
    return found[0] if found is not None else 1.0


def raw_trace(ground: Ground, trace_id: str) -> dict[str, Any]:
    """Return a trace as BatchGetTraces does, its documents as JSON rather than as text.

    Raises:
        ResourceNotFound: there is none.
    """
    trace = load_trace(ground, trace_id)
    return {
        "Id": trace.id,
        "Duration": (trace.end - trace.start) / _MICROSECONDS,
        "LimitExceeded": trace.limit_exceeded,
        "Segments": [
            {"Id": segment.id, "Document": to_document(segment, trace.id)}
            for segment in [*trace.segments, *trace.inferred]
        ],
    }


def viewed(
    trace: Trace, *, account: str, now: int, annotation_keys: int, linked: LinkedTraces | None = None
) -> dict[str, Any]:
    """Return an assembled trace as one list.

    Args:
        trace: with one segment at least.
        account: id of the account that segments belong to when they name none.
        now: microseconds since the epoch.
        annotation_keys: how many annotation keys are indexed, first come.
        linked: the traces with which it exchanged events, as others tell; None when nobody does.
    """
    keys = node_keys(trace, account)
    stretches = critical_path(trace)
    root = trace.root()
    return {
        "id": trace.id,
        "w3c_id": trace_id_to_w3c(trace.id),
        "start": trace.start / _MICROSECONDS,
        "end": trace.end / _MICROSECONDS,
        "duration": (trace.end - trace.start) / _MICROSECONDS,
        "outcome": OUTCOMES[outcome(root.typed)],
        "partial": trace.is_partial(now),
        "limit_exceeded": trace.limit_exceeded,
        "documents": trace.revision,
        "root": root.id,
        "summary": row(trace, account=account, now=now, annotation_keys=annotation_keys, keys=keys),
        "verdict": msgspec.to_builtins(verdict(trace, keys, stretches, account=account, now=now)),
        "entities": _entities(trace, keys, stretches),
        "missing": msgspec.to_builtins(missing(trace)),
        "map": _map(trace, keys),
        "links": _links(trace, keys, linked),
    }


def marks(entity: Entity) -> list[str]:
    """Return what else there is to see of an entity."""
    return [mark for mark in _MARKS if getattr(entity, mark)]


def kind_of(entity: TraceEntity) -> str:
    """Return what an entity is."""
    if entity.inferred:
        return "inferred"
    return "segment" if entity.is_segment else "subsegment"


def _entities(trace: Trace, keys: dict[str, NodeKey], stretches: list[Stretch]) -> list[dict[str, Any]]:
    titles = Titles(trace, Exceptions(trace))
    nodes = {id_: node_id(key) for id_, key in keys.items()}
    critical = on_the_path(trace, stretches)
    waited: dict[str, int] = {}
    for stretch in stretches:
        waited[stretch.entity.id] = waited.get(stretch.entity.id, 0) + stretch.time
    entities = []
    for placed in waterfall(trace):
        entity = placed.entity
        typed = entity.typed
        entities.append(
            {
                "id": entity.id,
                "parent": placed.above,
                "depth": placed.depth,
                "kind": kind_of(entity),
                "name": entity.name,
                "node": nodes.get(entity.segment.id),
                "origin": typed.origin or "",
                "start": (entity.start - trace.start) / _MICROSECONDS,
                "end": None if entity.end is None else (entity.end - trace.start) / _MICROSECONDS,
                "in_progress": entity.in_progress,
                "outcome": OUTCOMES[outcome(typed)],
                "status": http_status(typed),
                "title": titles.of(entity),
                "critical": entity.id in critical,
                "waited": waited.get(entity.id, 0) / _MICROSECONDS,
                "marks": marks(typed),
            }
        )
    return entities


def _map(trace: Trace, keys: dict[str, NodeKey]) -> dict[str, Any]:
    """The map of the trace alone, with every node that an entity names, also those that have not answered yet."""
    counted = ServiceGraph()
    counted.add_facts(link(trace, keys=keys))
    graph = counted.summed()
    known = {node.key for node in graph.nodes}
    nothing = Statistics().totals()
    started: dict[NodeKey, GraphNode] = {}
    for segment in [*trace.segments, *trace.inferred]:
        key = keys.get(segment.id)
        if key is not None and key not in known:
            last = segment.start if segment.end is None else segment.end
            node = GraphNode(key, nothing, not segment.inferred, False, False, segment.start, last)
            started.setdefault(key, node)
    minutes = -(-max(trace.end, trace.start + 1) // MINUTE) - trace.start // MINUTE
    return drawn(Graph([*graph.nodes, *started.values()], graph.edges), minutes)


def _links(trace: Trace, keys: dict[str, NodeKey], linked: LinkedTraces | None) -> list[dict[str, Any]]:
    """Other traces that the trace names, and those that name it."""
    directions = {"parent": "upstream", "child": "downstream"}
    found = {(fact.trace_id, directions[fact.reference], fact.own_id): fact.id for fact in links_of(trace, keys=keys)}
    named = {(trace_id, direction) for trace_id, direction, _ in found}
    links: list[dict[str, Any]] = [
        {"trace_id": trace_id, "direction": direction, "entity": own, "other": other}
        for (trace_id, direction, own), other in found.items()
    ]
    for direction, ids in () if linked is None else (("upstream", linked.senders), ("downstream", linked.receivers)):
        links += [
            {"trace_id": trace_id, "direction": direction, "entity": None, "other": None}
            for trace_id in ids
            if (trace_id, direction) not in named
        ]
    return links
