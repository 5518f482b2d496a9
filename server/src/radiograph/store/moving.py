"""Moving what stays of a time to new files, so that the files of that time go as they are.

In two transactions: what stays is read, which takes its time, then moved, which is quick (see deleting.py). In between
nothing may change that matters.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec

from radiograph.store.flushing import flush_new_files

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake

_TABLES = ("documents", "segments")

# The traces that stay are in `staying`, those that go in `dropped`.
_STAYS = {
    "documents": "SELECT documents.* FROM documents SEMI JOIN staying USING (trace_id)",
    "segments": "SELECT segments.* REPLACE (staying.weight AS weight) FROM segments JOIN staying USING (trace_id)",
}
_ARRIVED = "{table}.arrival > make_timestamp($since) AND {table}.arrival <= make_timestamp($high)"
_ORDER = {"documents": "date_trunc('second', trace_time), trace_id", "segments": "trace_time, trace_id"}
_EARLIER = """
    segments.trace_time >= make_timestamp($first) AND segments.trace_time <= make_timestamp($until)
    AND segments.arrival <= make_timestamp($since)
"""
_WEIGH_EARLIER = f"""
UPDATE segments SET weight = staying.weight FROM staying
WHERE segments.trace_id = staying.trace_id AND staying.weight IS NOT NULL AND segments.weight IS NULL AND {_EARLIER}
"""  # noqa: S608 -- constants
_DROP_EARLIER = """
DELETE FROM {table}
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($until)
  AND arrival <= make_timestamp($since) AND trace_id IN (SELECT trace_id FROM dropped)
"""
_PROGRESS = "SELECT epoch_us(max(arrival)) FROM keep_progress"
_CHANGED = "SELECT epoch_us(max(policies_changed)) FROM keep_policies"


class Time(msgspec.Struct, frozen=True):
    """What is decided about, microseconds.

    Args:
        since: arrivals after it
        high: and up to it;
        first: of traces whose time is not before it
        until: and not after it.
    """

    since: int
    high: int
    first: int
    until: int

    def values(self, *names: str) -> dict[str, int]:
        """Return the parameters of these names."""
        return {name: getattr(self, name) for name in names}


class Move(msgspec.Struct, frozen=True):
    """What is to be moved, and how things stood when that was found.

    Args:
        of: the time.
        earlier: whether there are rows of an earlier time to weigh or delete.
        rows: how many there are of the time, by table.
        progress: up to which arrival everything was decided about.
        changed: when the policies had changed.
    """

    of: Time
    earlier: bool
    rows: dict[str, int]
    progress: int
    changed: int


def progress(connection: duckdb.DuckDBPyConnection) -> int:
    """Return up to which arrival everything is decided about, microseconds."""
    return _one(connection, _PROGRESS)


def prepare(connection: duckdb.DuckDBPyConnection, of: Time, *, earlier: bool) -> Move:
    """Gather the rows that stay, of the traces in the temporary table `staying`."""
    for table in _TABLES:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE moved_{table} AS {_STAYS[table]} WHERE {_ARRIVED.format(table=table)}",
            of.values("since", "high"),
        )
    rows = {table: _count(connection, table, of) for table in _TABLES}
    return Move(of, earlier, rows, _one(connection, _PROGRESS), _one(connection, _CHANGED))


def carry_out(lake: Lake, connection: duckdb.DuckDBPyConnection, move: Move) -> bool:
    """Move the rows, in a transaction; return whether that was possible: things may stand otherwise by now.

    Args:
        lake: where.
        connection: where `prepare` gathered them.
        move: what it returned.
    """
    of = move.of
    stands = (
        {table: _count(connection, table, of) for table in _TABLES},
        _one(connection, _PROGRESS),
        _one(connection, _CHANGED),
    )
    if stands != (move.rows, move.progress, move.changed):
        return False
    before = time.time_ns() // 1_000_000
    if move.earlier:
        connection.execute(_WEIGH_EARLIER, of.values("since", "first", "until"))
        for table in _TABLES:
            connection.execute(_DROP_EARLIER.format(table=table), of.values("since", "first", "until"))
    for table in _TABLES:
        connection.execute(
            f"DELETE FROM {table} WHERE {_ARRIVED.format(table=table)}",  # noqa: S608 -- constants
            of.values("since", "high"),
        )
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM moved_{table} ORDER BY {_ORDER[table]}")  # noqa: S608 -- constants
    connection.execute("DELETE FROM keep_waiting")
    connection.execute("INSERT INTO keep_waiting SELECT trace_id, trace_time FROM staying WHERE NOT settled")
    connection.execute("DELETE FROM keep_progress")
    connection.execute("INSERT INTO keep_progress VALUES (make_timestamp($high))", of.values("high"))
    # What stays must be on the disk before the files that it was in are forgotten.
    flush_new_files(lake.options.data_path, _TABLES, since_ms=before)
    return True


def _count(connection: duckdb.DuckDBPyConnection, table: str, of: Time) -> int:
    statement = f"SELECT count(*) FROM {table} WHERE {_ARRIVED.format(table=table)}"  # noqa: S608 -- constants
    row = connection.execute(statement, of.values("since", "high")).fetchone()
    return 0 if row is None else int(row[0])


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> int:
    row = connection.execute(statement).fetchone()
    return 0 if row is None or row[0] is None else int(row[0])
