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
SELECT id, epoch_us(arrival), text FROM documents WHERE trace_id = $trace_id::UUID
"""

_MANY = """
SELECT trace_id::VARCHAR, id, epoch_us(arrival), text FROM documents
WHERE trace_id IN (SELECT unnest($trace_ids)::UUID)
  AND trace_id >= $least::UUID AND trace_id <= $most::UUID
  AND trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
"""

_FIRST = 0
_LAST = 9_000_000_000_000_000


def trace_id_of(uuid: str) -> str:
    """Return the trace id that a UUID column holds, in X-Ray's form."""
    digits = uuid.replace("-", "")
    return f"1-{digits[:8]}-{digits[8:]}"


def uuid_of(trace_id: str) -> str:
    """Return a canonical trace id as the 32 hex digits that a UUID is read from."""
    return trace_id[2:10] + trace_id[11:]


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
    found: dict[str, list[StoredDocument]] = {}
    if len(trace_ids) == 1:
        trace_id = trace_ids[0]
        rows = connection.execute(_ONE, {"trace_id": uuid_of(trace_id)}).fetchall()
        if rows:
            found[trace_id] = [
                StoredDocument(text=expand(text, trace_id, f"{entity_id:016x}"), arrival=arrival)
                for entity_id, arrival, text in rows
            ]
        return found
    if not trace_ids:
        return found
    uuids = sorted(map(uuid_of, trace_ids))
    parameters = {"trace_ids": uuids, "least": uuids[0], "most": uuids[-1], "first": first, "last": last}
    rows_of_many: Iterable[tuple[str, int, int, str]] = connection.execute(_MANY, parameters).fetchall()
    for uuid, entity_id, arrival, text in rows_of_many:
        trace_id = trace_id_of(uuid)
        found.setdefault(trace_id, []).append(
            StoredDocument(text=expand(text, trace_id, f"{entity_id:016x}"), arrival=arrival)
        )
    return found
