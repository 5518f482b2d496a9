"""Facts summed into the service graph, in the form of GetServiceGraph and GetTraceGraph.

Facts come one by one (from the linker) or summed by minute, outcome and millisecond (from rollups, where a
late document is corrected by a negative count). Both give the same graph.
"""

from collections import defaultdict
from typing import Any, Literal

import msgspec

from radiograph.query.histogram import histogram, milliseconds, seconds
from radiograph.query.linker import EdgeFact, Facts, NodeFact, Outcome
from radiograph.trace.node import NodeKey

EdgeKind = Literal["call", "client", "link"]
NodeState = Literal["active", "unknown"]

_MICROSECONDS = 1_000_000


class Totals(msgspec.Struct, frozen=True):
    """What `Statistics` counted.

    Args:
        ok: requests that ended well.
        error: requests that the client got wrong (4xx but not 429).
        throttle: requests that were throttled (429).
        fault: requests that the server failed (5xx).
        total_us: all response times, summed before any rounding, in µs.
        response: requests by response time in whole milliseconds.
        duration: requests by duration in whole milliseconds.
        first: the earliest start in µs since the epoch; 0 when nothing was counted.
        last: the latest end in µs since the epoch; 0 when nothing was counted.
    """

    ok: int
    error: int
    throttle: int
    fault: int
    total_us: int
    response: dict[int, int]
    duration: dict[int, int]
    first: int
    last: int

    @property
    def count(self) -> int:
        """All requests."""
        return self.ok + self.error + self.throttle + self.fault

    def answer(self) -> dict[str, Any]:
        """The API's ServiceStatistics and EdgeStatistics; every member present, times in seconds."""
        return {
            "OkCount": self.ok,
            "ErrorStatistics": {
                "ThrottleCount": self.throttle,
                "OtherCount": self.error,
                "TotalCount": self.throttle + self.error,
            },
            "FaultStatistics": {"OtherCount": self.fault, "TotalCount": self.fault},
            "TotalCount": self.count,
            "TotalResponseTime": seconds(milliseconds(0, self.total_us)),
        }


class Sums(msgspec.Struct, frozen=True):
    """Requests of one outcome, summed.

    Args:
        outcome: a value of `Outcome`.
        cells: response time and duration in whole milliseconds, and how many requests are like that, 1 or more.
        sum_us: their response times in µs, summed.
        first: earliest start in µs since the epoch.
        last: latest end in µs since the epoch.
    """

    outcome: int
    cells: list[list[int]]
    sum_us: int
    first: int
    last: int


class Statistics:
    """Counts how many requests ended how, how long they took, and when they began and ended.

    Requests are kept by (outcome, response time, duration). Only what is left after corrections counts: a
    request that was taken back leaves nothing behind.
    """

    __slots__ = ("_cells", "_sums")

    def __init__(self) -> None:
        # count, total µs, first start µs, last end µs
        self._cells: dict[tuple[int, int, int], list[int]] = {}
        self._sums: list[Sums] = []

    def add(self, outcome: Outcome, start: int, end: int, duration_end: int | None = None) -> None:
        """Count one request; times in µs, `duration_end` as in `NodeFact` (default: `end`)."""
        response = milliseconds(start, end)
        duration = response if duration_end is None else milliseconds(start, duration_end)
        self.merge(outcome, response, duration, sum_us=end - start, first=start, last=end)

    def merge(
        self,
        outcome: int,
        response_ms: int,
        duration_ms: int,
        *,
        n: int = 1,
        sum_us: int,
        first: int,
        last: int,
    ) -> None:
        """Count requests that are alike.

        Args:
            outcome: their class, a value of `Outcome`.
            response_ms: their response time in whole milliseconds.
            duration_ms: their duration, work after the answer included, in whole milliseconds.
            n: how many; negative takes back requests that were counted before.
            sum_us: their response times in µs, summed; negative when `n` is.
            first: earliest start in µs since the epoch.
            last: latest end in µs since the epoch.
        """
        cell = self._cells.get((outcome, response_ms, duration_ms))
        if cell is None:
            self._cells[outcome, response_ms, duration_ms] = [n, sum_us, first, last]
            return
        cell[0] += n
        cell[1] += sum_us
        cell[2] = min(cell[2], first)
        cell[3] = max(cell[3], last)

    def add_sums(self, sums: "Sums") -> None:
        """Count requests that are summed already, so that nothing of them can be taken back any more."""
        self._sums.append(sums)

    def include(self, other: "Statistics") -> None:
        """Count everything that the other counted."""
        self._sums += other._sums  # noqa: SLF001
        for (outcome, response, duration), (n, sum_us, first, last) in other._cells.items():  # noqa: SLF001
            self.merge(outcome, response, duration, n=n, sum_us=sum_us, first=first, last=last)

    def totals(self) -> Totals:
        """Sum up."""
        counts = [0, 0, 0, 0]
        responses: dict[int, int] = {}
        durations: dict[int, int] = {}
        total_us = 0
        firsts = []
        lasts = []
        for (outcome, response, duration), (n, sum_us, first, last) in self._cells.items():
            if n > 0:
                counts[outcome] += n
                responses[response] = responses.get(response, 0) + n
                durations[duration] = durations.get(duration, 0) + n
                total_us += sum_us
                firsts.append(first)
                lasts.append(last)
        for sums in self._sums:
            total_us += sums.sum_us
            firsts.append(sums.first)
            lasts.append(sums.last)
            for response, duration, n in sums.cells:
                counts[sums.outcome] += n
                responses[response] = responses.get(response, 0) + n
                durations[duration] = durations.get(duration, 0) + n
        first, last = min(firsts, default=0), max(lasts, default=0)
        ok, error, throttle, fault = counts
        return Totals(ok, error, throttle, fault, total_us, responses, durations, first, last)


class _Node(Statistics):
    """A node's requests, and how many of them were sent segments and how many began a trace."""

    __slots__ = ("active", "roots")

    def __init__(self) -> None:
        super().__init__()
        self.active = 0
        self.roots = 0


class GraphNode(msgspec.Struct, frozen=True):
    """A node with everything that was counted.

    Args:
        key: its identity.
        totals: its own requests; none for a client, and for one that only occurs at an end of an edge, because its
            own requests are still in progress or lost.
        active: it sent segments, or called somebody; otherwise it is known from calls to it.
        root: traces begin here.
        client: it is known from its calls alone.
        first: earliest start of its requests, else of the calls from and to it, µs since the epoch.
        last: latest end of them, likewise.
    """

    key: NodeKey
    totals: Totals
    active: bool
    root: bool
    client: bool
    first: int
    last: int


class GraphEdge(msgspec.Struct, frozen=True):
    """The calls from one node to another; of kind "link", the events and their age."""

    source: NodeKey
    target: NodeKey
    kind: EdgeKind
    totals: Totals


class Graph(msgspec.Struct, frozen=True):
    """A graph summed up: clients come first, then the nodes at which traces begin, then the others, each by name.

    Edges are in the order of their sources, then of their targets.
    """

    nodes: list[GraphNode]
    edges: list[GraphEdge]


class ServiceGraph:
    """The nodes and edges of any number of traces.

    >>> graph = ServiceGraph()
    >>> graph.add_facts(link(trace))
    >>> {"Services": graph.answer()}
    """

    __slots__ = ("_edges", "_nodes")

    def __init__(self) -> None:
        self._nodes: defaultdict[NodeKey, _Node] = defaultdict(_Node)
        self._edges: defaultdict[tuple[NodeKey, NodeKey, EdgeKind], Statistics] = defaultdict(Statistics)

    def add_facts(self, facts: Facts) -> None:
        """Count what the linker found."""
        for node in facts.nodes:
            self.add_node_fact(node)
        for edge in facts.edges:
            self.add_edge_fact(edge)

    def add_node_fact(self, fact: NodeFact) -> None:
        """Count one request of a node."""
        self.add_node(
            fact.key,
            state=fact.state,
            root=fact.root,
            outcome=fact.outcome,
            response_ms=milliseconds(fact.start, fact.end),
            duration_ms=milliseconds(fact.start, fact.duration_end),
            sum_us=fact.end - fact.start,
            first=fact.start,
            last=fact.end,
        )

    def add_edge_fact(self, fact: EdgeFact) -> None:
        """Count one call."""
        self.add_edge(
            fact.source,
            fact.target,
            fact.kind,
            outcome=fact.outcome,
            response_ms=milliseconds(fact.start, fact.end),
            sum_us=fact.end - fact.start,
            first=fact.start,
            last=fact.end,
        )

    def add_node(
        self,
        key: NodeKey,
        *,
        state: NodeState,
        root: bool,
        outcome: int,
        response_ms: int,
        duration_ms: int,
        n: int = 1,
        sum_us: int,
        first: int,
        last: int,
    ) -> None:
        """Count requests of a node that are alike; arguments as in `NodeFact` and `Statistics.merge`."""
        node = self._nodes[key]
        node.merge(outcome, response_ms, duration_ms, n=n, sum_us=sum_us, first=first, last=last)
        # Counted rather than remembered, so that a correction also takes back what a node was.
        node.active += n if state == "active" else 0
        node.roots += n if root else 0

    def add_node_sums(self, key: NodeKey, sums: Sums, *, state: NodeState, root: bool) -> None:
        """Count requests of a node that are summed already."""
        node = self._nodes[key]
        node.add_sums(sums)
        n = sum(cell[2] for cell in sums.cells)
        node.active += n if state == "active" else 0
        node.roots += n if root else 0

    def add_edge_sums(self, source: NodeKey, target: NodeKey, kind: EdgeKind, sums: Sums) -> None:
        """Count calls that are summed already."""
        self._edges[source, target, kind].add_sums(sums)

    def add_edge(
        self,
        source: NodeKey,
        target: NodeKey,
        kind: EdgeKind,
        *,
        outcome: int,
        response_ms: int,
        n: int = 1,
        sum_us: int,
        first: int,
        last: int,
    ) -> None:
        """Count calls that are alike; arguments as in `EdgeFact` and `Statistics.merge`.

        On link edges `response_ms` and `sum_us` are the age of the received events.
        """
        edge = self._edges[source, target, kind]
        edge.merge(outcome, response_ms, response_ms, n=n, sum_us=sum_us, first=first, last=last)

    def summed(self) -> Graph:
        """Sum up.

        A node that only occurs at an end of an edge is there with zero counts.
        """
        nodes = {key: node.totals() for key, node in self._nodes.items()}
        nodes = {key: totals for key, totals in nodes.items() if totals.count > 0}
        edges = [GraphEdge(*ends, edge.totals()) for ends, edge in self._edges.items()]
        edges = [edge for edge in edges if edge.totals.count > 0]
        roots = {key for key in nodes if self._nodes[key].roots > 0}
        clients, callers = set(), set()
        touching: dict[NodeKey, list[Totals]] = {}
        for edge in edges:
            touching.setdefault(edge.source, []).append(edge.totals)
            touching.setdefault(edge.target, []).append(edge.totals)
            if edge.kind == "client":
                clients.add(edge.source)
                roots.add(edge.target)
            elif edge.kind == "call":
                callers.add(edge.source)
        clients -= nodes.keys()
        order = sorted(nodes.keys() | touching.keys(), key=lambda key: (key not in clients, key not in roots, key))
        place = {key: number for number, key in enumerate(order)}
        edges.sort(key=lambda edge: (place[edge.source], place[edge.target], edge.kind))

        nothing = Statistics().totals()
        summed = []
        for key in order:
            told = [nodes[key]] if key in nodes else touching[key]
            summed.append(
                GraphNode(
                    key=key,
                    totals=nodes.get(key, nothing),
                    active=self._nodes[key].active > 0 if key in nodes else key in callers or key in roots,
                    root=key in roots,
                    client=key in clients,
                    first=min(totals.first for totals in told),
                    last=max(totals.last for totals in told),
                )
            )
        return Graph(summed, edges)

    def answer(self) -> list[dict[str, Any]]:
        """The graph as the API's list of Service, in the order of `Graph` (X-Ray API reference; details our rule)."""
        graph = self.summed()
        reference = {node.key: number for number, node in enumerate(graph.nodes)}
        leaving: dict[NodeKey, list[GraphEdge]] = {}
        for edge in graph.edges:
            leaving.setdefault(edge.source, []).append(edge)
        services = []
        for node in graph.nodes:
            service: dict[str, Any] = {"ReferenceId": reference[node.key], **service_id(node.key)}
            if node.root:
                service["Root"] = True
            service["State"] = "active" if node.active else "unknown"
            service |= _period(node.first, node.last)
            service["Edges"] = [_edge(reference[edge.target], edge) for edge in leaving.get(node.key, ())]
            if not node.client:
                service["SummaryStatistics"] = node.totals.answer()
            service["DurationHistogram"] = histogram(node.totals.duration)
            service["ResponseTimeHistogram"] = histogram(node.totals.response)
            services.append(service)
        return services


def service_id(key: NodeKey) -> dict[str, Any]:
    """A node as the API's ServiceId; the account is left out where it is not known."""
    service: dict[str, Any] = {"Name": key.name, "Names": [key.name], "Type": key.type}
    if key.account:
        service["AccountId"] = key.account
    return service


def _period(first: int, last: int) -> dict[str, int]:
    """First start and last end (µs) in whole seconds, never equal: viewers divide by the difference."""
    start = first // _MICROSECONDS
    return {"StartTime": start, "EndTime": max(last // _MICROSECONDS, start + 1)}


def _edge(target: int, edge: GraphEdge) -> dict[str, Any]:
    totals = edge.totals
    answer: dict[str, Any] = {"ReferenceId": target, **_period(totals.first, totals.last)}
    if edge.kind == "link":
        answer["SummaryStatistics"] = {}
        answer["ResponseTimeHistogram"] = []
        answer["EdgeType"] = "link"
        answer["ReceivedEventAgeHistogram"] = histogram(totals.response)
    else:
        answer["SummaryStatistics"] = totals.answer()
        answer["ResponseTimeHistogram"] = histogram(totals.response)
    answer["Aliases"] = []
    return answer
