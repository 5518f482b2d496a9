"""The facts of the traces that SQL cannot join: assembled and linked, one by one, by the code that is the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from radiograph.query.arrow_rows import registered
from radiograph.query.histogram import milliseconds
from radiograph.query.linker import link
from radiograph.query.sums import MINUTE
from radiograph.store.reader import stored_documents
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import duckdb

    from radiograph.query.linker import EdgeFact, Facts, NodeFact
    from radiograph.query.touched import Touched
    from radiograph.trace.limits import Limits

_AT_ONCE = 500

# A trace that has only waited for its groups changes nothing but those.
_IDS = """
SELECT trace_id, bool_or(sign = 1), any_value(fresh)
FROM pool SEMI JOIN complex USING (trace) JOIN touched USING (trace_id)
GROUP BY trace_id ORDER BY trace_id
"""
_COUNTED = """
SELECT trace_id, epoch_us(arrival) FROM pool SEMI JOIN complex USING (trace) WHERE sign = -1
"""
_GROUPS = """
SELECT DISTINCT trace_id, sign, group_id FROM pool SEMI JOIN complex USING (trace) JOIN member USING (trace)
"""

_TIME = pa.timestamp("us")
_NODE_SCHEMA = pa.schema(
    [
        ("minute", _TIME),
        ("name", pa.string()),
        ("type", pa.string()),
        ("account", pa.string()),
        ("active", pa.bool_()),
        ("root", pa.bool_()),
        ("outcome", pa.uint8()),
        ("response_ms", pa.int64()),
        ("duration_ms", pa.int64()),
        ("count", pa.int64()),
        ("total_us", pa.int64()),
        ("first_start", _TIME),
        ("last_end", _TIME),
        ("group_id", pa.string()),
    ]
)
_EDGE_SCHEMA = pa.schema(
    [
        ("minute", _TIME),
        ("source_name", pa.string()),
        ("source_type", pa.string()),
        ("source_account", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("account", pa.string()),
        ("outcome", pa.uint8()),
        ("response_ms", pa.int64()),
        ("count", pa.int64()),
        ("total_us", pa.int64()),
        ("first_start", _TIME),
        ("last_end", _TIME),
        ("group_id", pa.string()),
    ]
)


def add_complex(
    connection: duckdb.DuckDBPyConnection,
    touched: Touched,
    *,
    limits: Limits,
    account: str,
    young: int,
    of_groups: bool,
) -> None:
    """Add the traces of the table `complex` to `node_contributions` and `edge_contributions`.

    Args:
        connection: where `plain_traces` summed.
        touched: what was gathered.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        young: see `contributions.compute`.
        of_groups: also as rows for each group that has a trace in the table `member`.
    """
    rows = connection.execute(_IDS).fetchall()
    if not rows:
        return
    now_too = {trace_id for trace_id, now, _ in rows if now}
    fresh = {trace_id for trace_id, _, fresh in rows if fresh}
    counted: dict[str, set[int]] = {}
    for trace_id, arrival in connection.execute(_COUNTED).fetchall():
        counted.setdefault(trace_id, set()).add(arrival)
    groups: dict[tuple[str, int], list[str | None]] = {}
    for trace_id, sign, group_id in connection.execute(_GROUPS).fetchall() if of_groups else ():
        groups.setdefault((trace_id, sign), []).append(group_id)
    found = _Rows()
    for position in range(0, len(rows), _AT_ONCE):
        some = [trace_id for trace_id, _, _ in rows[position : position + _AT_ONCE]]
        stored = stored_documents(connection, some, first=touched.first, last=touched.last)
        for trace_id, documents in stored.items():
            known = [document for document in documents if touched.knows(trace_id, document.arrival)]
            of: list[str | None] = [None] if trace_id in fresh or not of_groups else []
            if trace_id in now_too:
                trace = assemble(trace_id, known, limits)
                awaited = {
                    segment.id
                    for segment in trace.segments
                    if segment.parent_id and segment.arrival > young and trace.caller(segment) is None
                }
                found.add(link(trace, account, received=awaited), 1, of + groups.get((trace_id, 1), []))
            if trace_id in counted:
                before = [document for document in known if document.arrival in counted[trace_id]]
                facts = link(assemble(trace_id, before, limits), account)
                found.add(facts, -1, of + groups.get((trace_id, -1), []))
    found.insert(connection)


class _Rows:
    """Rows of both tables of contributions, gathered."""

    def __init__(self) -> None:
        self._nodes: list[tuple[Any, ...]] = []
        self._edges: list[tuple[Any, ...]] = []

    def add(self, facts: Facts, sign: int, groups: Iterable[str | None]) -> None:
        """Add facts once for each group; None stands for all traces."""
        for group in groups:
            self._nodes.extend(_node_rows(facts.nodes, sign, group))
            self._edges.extend(_edge_rows(facts.edges, sign, group))

    def insert(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Insert them."""
        with registered(connection, "assembled", self._nodes, _NODE_SCHEMA):
            connection.execute("INSERT INTO node_contributions SELECT * FROM assembled")
        with registered(connection, "assembled", self._edges, _EDGE_SCHEMA):
            connection.execute("INSERT INTO edge_contributions SELECT * FROM assembled")


def _node_rows(facts: list[NodeFact], sign: int, group: str | None) -> Iterator[tuple[Any, ...]]:
    for fact in facts:
        yield (
            fact.end // MINUTE * MINUTE,
            fact.key.name,
            fact.key.type,
            fact.key.account,
            fact.state == "active",
            fact.root,
            int(fact.outcome),
            milliseconds(fact.start, fact.end),
            milliseconds(fact.start, fact.duration_end),
            sign,
            sign * (fact.end - fact.start),
            fact.start,
            fact.end,
            group,
        )


def _edge_rows(facts: list[EdgeFact], sign: int, group: str | None) -> Iterator[tuple[Any, ...]]:
    for fact in facts:
        yield (
            fact.end // MINUTE * MINUTE,
            fact.source.name,
            fact.source.type,
            fact.source.account,
            fact.target.name,
            fact.target.type,
            fact.target.account,
            int(fact.outcome),
            milliseconds(fact.start, fact.end),
            sign,
            sign * (fact.end - fact.start),
            fact.start,
            fact.end,
            group,
        )
