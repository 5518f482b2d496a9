"""Whole traces out of the lake, as they were received."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiograph.store.rows import expand
from radiograph.trace.trace import StoredDocument

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import duckdb

# The file and row-group statistics of trace_id leave a few row groups to read: the table is sorted by it.
_ONE = """
SELECT trace_id, id, epoch_us(arrival), text FROM documents WHERE trace_id = $trace_id
"""

# The ids come as one text: DuckDB's Python takes 0.2 ms for each element of a list.
_MANY = """
SELECT trace_id, id, epoch_us(arrival), text FROM documents
WHERE trace_id IN (SELECT unnest(string_split($trace_ids, ',')))
  AND trace_id >= $least AND trace_id <= $most
  AND trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
"""

# The first is there since the first roll-up, for good.
_ANYTHING = ("SELECT 1 FROM rollup_progress WHERE writer IS NOT NULL LIMIT 1", "SELECT 1 FROM documents LIMIT 1")

_FIRST = 0
_LAST = 9_000_000_000_000_000


def stored_documents(
    connection: duckdb.DuckDBPyConnection,
    trace_ids: Sequence[str],
    *,
    first: int = _FIRST,
    last: int = _LAST,
) -> dict[str, list[StoredDocument]]:
    """Read all documents of some traces.

    Args:
        connection: a connection to the lake.
        trace_ids: canonical ids.
        first: lower bound of the documents' `trace_time`, microseconds; prunes files.
        last: upper bound.

    Returns:
        The documents of each trace that has any, in no order.
    """
    if not trace_ids:
        return {}
    if len(trace_ids) == 1 and first <= _FIRST and last >= _LAST:
        return by_trace(connection.execute(_ONE, {"trace_id": trace_ids[0]}).fetchall())
    parameters = {
        "trace_ids": ",".join(trace_ids),
        "least": min(trace_ids),
        "most": max(trace_ids),
        "first": first,
        "last": last,
    }
    return by_trace(connection.execute(_MANY, parameters).fetchall())


def by_trace(rows: Iterable[tuple[str, int, int, str]]) -> dict[str, list[StoredDocument]]:
    """Gather rows of `documents` by their trace.

    Args:
        rows: trace id, id, arrival in microseconds, abbreviated text.
    """
    found: dict[str, list[StoredDocument]] = {}
    for trace_id, entity_id, arrival, text in rows:
        document = StoredDocument(text=expand(text, trace_id, f"{entity_id:016x}"), arrival=arrival)
        found.setdefault(trace_id, []).append(document)
    return found


def is_unused(connection: duckdb.DuckDBPyConnection) -> bool:
    """Return whether nothing was ever stored; what is deleted since was stored once."""
    return all(connection.execute(statement).fetchone() is None for statement in _ANYTHING)
