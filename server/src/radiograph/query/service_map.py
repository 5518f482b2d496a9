"""The service map as a screen draws it: nodes and edges with percentiles, and each of them in depth.

X-Ray's answer (`service_graph.py`) carries whole histograms; a screen of some hundred nodes wants figures.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from radiograph.errors import ResourceNotFound
from radiograph.query.filters import EdgeTerm, Entity, ServiceTerm, canonical
from radiograph.query.linker import CLIENT
from radiograph.query.measures import bins, stats, together
from radiograph.query.series import series, series_of_link

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiograph.query.graph import EdgeKind, Graph, GraphEdge, GraphNode, Totals
    from radiograph.query.view import View
    from radiograph.trace.node import NodeKey

    NodeKind = Literal["client", "service", "inferred"]

_MICROSECONDS = 1_000_000
_ID_BYTES = 6
_KINDS: tuple[EdgeKind, ...] = ("call", "client", "link")


def node_id(key: NodeKey) -> str:
    """Return the id of a node, the same on every map."""
    return f"n{_digest([key.name, key.type, key.account])}"


def edge_id(edge: GraphEdge) -> str:
    """Return the id of an edge, the same on every map."""
    return f"e{_digest([node_id(edge.source), node_id(edge.target), edge.kind])}"


def service_map(view: View) -> dict[str, Any]:
    """Return the map of a range and a group."""
    with view.ground.lake.reading() as connection:
        graph = view.graph(connection)
    return {
        "start": view.range.start / _MICROSECONDS,
        "end": view.range.end / _MICROSECONDS,
        **drawn(graph, view.minutes),
        "old_group": view.of_old_group,
    }


def drawn(graph: Graph, minutes: float) -> dict[str, Any]:
    """Return the nodes and edges of a map.

    Args:
        graph: the graph.
        minutes: how long was counted.
    """
    return {
        "nodes": [_node(node, _requests(graph, node), minutes) for node in graph.nodes],
        "edges": [_edge(edge, minutes) for edge in graph.edges],
    }


def node_in_depth(view: View, key: NodeKey) -> dict[str, Any]:
    """Return everything about a node.

    Raises:
        ResourceNotFound: it took no part in the range.
    """
    with view.ground.lake.reading() as connection:
        graph = view.graph(connection)
        node = next((each for each in graph.nodes if each.key == key), None)
        if node is None:
            raise ResourceNotFound(f"{_called(key)} took no part in a trace of this time range; ask for another range")
        over_time = series(connection, view, _selector(node))
    totals = _requests(graph, node)
    return {
        "node": _node(node, totals, view.minutes),
        "histogram": bins(totals.response),
        "duration_histogram": bins(totals.duration),
        "series": over_time,
        "incoming": [_named_edge(edge, view.minutes) for edge in graph.edges if edge.target == key],
        "outgoing": [_named_edge(edge, view.minutes) for edge in graph.edges if edge.source == key],
        "view_filter": canonical(_selector(node, shown=_shown(graph.nodes, key))),
    }


def edge_in_depth(view: View, source: NodeKey, target: NodeKey, kind: EdgeKind | None = None) -> dict[str, Any]:
    """Return everything about an edge.

    Args:
        view: the range and the group.
        source: whence it comes.
        target: where it leads.
        kind: None for the first there is: calls, those of a client, links.

    Raises:
        ResourceNotFound: there was no such call in the range.
    """
    with view.ground.lake.reading() as connection:
        graph = view.graph(connection)
        between = {edge.kind: edge for edge in graph.edges if (edge.source, edge.target) == (source, target)}
        edge = next((between[each] for each in _KINDS if each in between and kind in (None, each)), None)
        if edge is None:
            raise ResourceNotFound(
                f"{_called(source)} did not call {_called(target)} in this time range; ask for another range"
            )
        if edge.kind == "link":
            over_time = series_of_link(connection, view, edge)
        else:
            over_time = series(connection, view, EdgeTerm(_exactly(source), _exactly(target)))
    nodes = {node.key: node for node in graph.nodes}
    whence, whither = _shown(graph.nodes, source), _shown(graph.nodes, target)
    # The trace that received an event is another one than that of the sender, and the one to look at.
    finds = ServiceTerm(whither) if edge.kind == "link" else EdgeTerm(whence, whither)
    return {
        "edge": _edge(edge, view.minutes),
        "source": _node(nodes[source], _requests(graph, nodes[source]), view.minutes),
        "target": _node(nodes[target], _requests(graph, nodes[target]), view.minutes),
        "histogram": bins(edge.totals.response),
        "series": over_time,
        "view_filter": canonical(finds),
    }


def kind_of(node: GraphNode) -> NodeKind:
    """Return how a node is known."""
    if node.client:
        return "client"
    return "service" if node.active else "inferred"


def _requests(graph: Graph, node: GraphNode) -> Totals:
    """Return the requests of a node; of a client, the calls that it made."""
    if not node.client:
        return node.totals
    return together(edge.totals for edge in graph.edges if edge.source == node.key and edge.kind != "link")


def _node(node: GraphNode, totals: Totals, minutes: float) -> dict[str, Any]:
    key = node.key
    return {
        "id": node_id(key),
        "name": key.name,
        "type": key.type,
        "account": key.account,
        "kind": kind_of(node),
        "root": node.root,
        "first": node.first / _MICROSECONDS,
        "last": node.last / _MICROSECONDS,
        "stats": stats(totals, minutes),
    }


def _edge(edge: GraphEdge, minutes: float) -> dict[str, Any]:
    totals = edge.totals
    return {
        "id": edge_id(edge),
        "source": node_id(edge.source),
        "target": node_id(edge.target),
        "kind": edge.kind,
        "first": totals.first / _MICROSECONDS,
        "last": totals.last / _MICROSECONDS,
        "stats": stats(totals, minutes),
    }


def _named_edge(edge: GraphEdge, minutes: float) -> dict[str, Any]:
    """An edge with who stands at its ends, so that it can be asked for."""
    names = {
        f"{end}_{part}": getattr(key, part)
        for end, key in (("source", edge.source), ("target", edge.target))
        for part in ("name", "type", "account")
    }
    return _edge(edge, minutes) | names


def _selector(node: GraphNode, *, shown: Entity | None = None) -> ServiceTerm | EdgeTerm:
    """What selects a node's requests; a client is known by its calls alone."""
    entity = shown or _exactly(node.key)
    return EdgeTerm(entity) if node.client else ServiceTerm(entity)


def _exactly(key: NodeKey) -> Entity:
    return Entity(key.name, key.type, key.account)


def _shown(nodes: Iterable[GraphNode], key: NodeKey) -> Entity:
    """A node in a filter that a person reads: with its account only where another differs in nothing else."""
    alike = sum((node.key.name, node.key.type) == (key.name, key.type) for node in nodes)
    return Entity(key.name, key.type, key.account if alike > 1 else None)


def _called(key: NodeKey) -> str:
    """A node in a sentence."""
    if key.type == CLIENT:
        return f"the client of {key.name}"
    return f"{key.name} ({key.type or 'without type'}{f', account {key.account}' if key.account else ''})"


def _digest(parts: list[str]) -> str:
    return hashlib.blake2b(msgspec.json.encode(parts), digest_size=_ID_BYTES).hexdigest()
