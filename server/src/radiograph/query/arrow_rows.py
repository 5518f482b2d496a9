"""Rows of Python's become a table of DuckDB's, for as long as a statement needs them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb


@contextlib.contextmanager
def registered(
    connection: duckdb.DuckDBPyConnection, name: str, rows: Sequence[tuple[Any, ...]], schema: pa.Schema
) -> Iterator[None]:
    """Let statements know rows by a name.

    Args:
        connection: whose statements.
        name: of the table.
        rows: with a value for each column.
        schema: the columns.
    """
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
    connection.register(name, pa.Table.from_arrays(arrays, schema=schema))
    yield
    # After an error the transaction is lost, and with it the connection (see store/pool.py).
    connection.unregister(name)
