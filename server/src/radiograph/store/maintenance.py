"""What keeps the lake fast and bounded: merging small files, expiring snapshots, retention.

Every commit makes a small file per table. Young files are merged every round into middling ones, those from
time to time into large ones, sorted each time, so that a document is written three times in its life and a
query meets few files. Old files are deleted only after the readers that may still use them are done.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import os
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import structlog

from radiograph.store import schema
from radiograph.store.background import never
from radiograph.store.deleting import delete_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from radiograph.store.lake import Lake

_log = structlog.get_logger("radiograph.store")

TABLES = (
    "documents",
    "segments",
    "node_minutes",
    "edge_minutes",
    "rollup_progress",
    "leases",
    "telemetry",
    "groups",
    "sampling_rules",
    "sampling_shares",
    "keep_policies",
    "keep_progress",
    "keep_waiting",
    "tags",
    "memberships",
    "undecided",
    "node_hours",
    "edge_hours",
    "summed_hours",
    "link_edges",
)

# Levels of zstd. On our documents 10 takes 7 us more than 1 for each and saves 21 of 142 bytes, 11 another 6 us and a
# byte; on the others 9 saves 3 of 83 bytes (200,000 documents).
_MERGED_LEVELS = {"documents": "10", "segments": "9", "node_minutes": "9", "edge_minutes": "9"}
_MEGABYTE = 1_000_000
# Files below a size are merged once there are so many of them. At 20,000 documents a second the first merge is also the
# last; at a few a second there are three, of little.
_TIERS = ((_MEGABYTE, 40), (6 * _MEGABYTE, 12))
# Where files become less large (see schema.py), what is small is smaller.
_OTHER_TIERS = {
    "documents": ((_MEGABYTE, 40), (4 * _MEGABYTE, 12)),
    "node_minutes": ((600_000, 40),),
    "edge_minutes": ((600_000, 40),),
    "memberships": ((_MEGABYTE, 40),),
    "node_hours": ((600_000, 20),),
    "edge_hours": ((600_000, 20),),
}
# When no file has come for so long, what is left over is merged as well, unless it is hardly anything.
_QUIET_SECONDS = 45.0
_ENOUGH_WHEN_QUIET = 5
# The size of a file says little about the memory that a merge takes: large documents that are alike compress to a
# hundredth. What does not fit is merged into files of half the size, and so on; below an eighth it stays as it is.
_MOST_HALVINGS = 3
_EXPIRE_ROUNDS = 4
# Snapshots and files that no query can still be reading.
_KEEP_SECONDS = 60.0
# A file that no commit knew for so long was left by a crash.
_LOST_SECONDS = 86_400.0
# Rounds between two looks for such files, and for what deleted groups left; the first is soon after the start, when
# there is most.
_SWEEP_ROUNDS = 5_000
# Sizes are only checked so often.
_BYTES_PER_GB = 1_000_000_000
# A little more is deleted than must be, so that it need not be done again at once.
_HEADROOM = 0.05
# Share of deleted rows from which a file is written anew. When the size demands it, nearly any: what is only marked
# as deleted still counts, and the next round would delete as much again.
_REWRITE_SHARE = 0.3
_REWRITE_SHARE_BY_SIZE = 0.01

# How many there are, and when the newest came; a snapshot that has expired is old.
_SMALL_FILES = """
SELECT count(*), coalesce(epoch(max(snapshot.snapshot_time)), 0)
FROM __ducklake_metadata_lake.ducklake_data_file AS file
JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)
LEFT JOIN __ducklake_metadata_lake.ducklake_snapshot AS snapshot ON snapshot.snapshot_id = file.begin_snapshot
WHERE known.table_name = $table AND known.end_snapshot IS NULL
  AND file.end_snapshot IS NULL AND file.file_size_bytes < $size
"""


# What tells the age of a row. An hour that begins before the limit is summed anew, from the minutes that are left.
_AGES = {
    "documents": "trace_time",
    "segments": "trace_time",
    "node_minutes": "minute",
    "edge_minutes": "minute",
    "node_hours": "hour",
    "edge_hours": "hour",
    "summed_hours": "hour",
    "memberships": "trace_time",
    "link_edges": "received_at",
}
_WRITTEN_BY_ALL = ("documents", "segments")
_DELETE_OLD = "DELETE FROM {table} WHERE {column} < make_timestamp(?)"

_MUCH_DELETED = """
SELECT 1
FROM __ducklake_metadata_lake.ducklake_data_file AS file
JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)
JOIN __ducklake_metadata_lake.ducklake_delete_file AS deletion USING (data_file_id)
WHERE known.table_name = $table AND known.end_snapshot IS NULL
  AND file.end_snapshot IS NULL AND deletion.end_snapshot IS NULL
  AND deletion.delete_count >= $share * file.record_count
LIMIT 1
"""
_REWRITE = "CALL ducklake_rewrite_data_files('lake', ?, delete_threshold => ?)"

_MERGE = """
SELECT files_created FROM ducklake_merge_adjacent_files(
    'lake', $table, max_file_size => $size, max_compacted_files => $most
)
"""
_OF_GROUPS = ("memberships", "node_minutes", "edge_minutes", "node_hours", "edge_hours")
_OF_NO_GROUP = """
SELECT count(*) FROM {table} WHERE group_id IS NOT NULL AND group_id NOT IN (SELECT id FROM groups)
"""
_FORGET = """
DELETE FROM {table} WHERE group_id IS NOT NULL AND group_id NOT IN (SELECT id FROM groups)
"""

# Files made by one transaction: a few seconds of work, so that a stop need not wait for a backlog.
_AT_ONCE = 4


class MaintenanceCounters(msgspec.Struct):
    """What maintenance did since the start.

    Args:
        rounds: rounds completed.
        failures: rounds that failed; the next one tries again.
        merges: calls that merged files.
        last_seconds: how long the last round took.
        deleted_before: time before which retention has deleted, seconds since the epoch; 0 for never.
        halvings: of a table's file size, since merging into larger ones did not fit the memory.
    """

    rounds: int = 0
    failures: int = 0
    merges: int = 0
    last_seconds: float = 0.0
    deleted_before: float = 0.0
    halvings: dict[str, int] = msgspec.field(default_factory=dict)


class Retention(msgspec.Struct, frozen=True):
    """How long and how much is kept: days, and gigabytes of Parquet (0: no limit)."""

    days: float = 30.0
    gigabytes: float = 0.0


def merge(
    lake: Lake,
    counters: MaintenanceCounters,
    *,
    now: float = 0.0,
    everything: bool = False,
    stopping: Callable[[], bool] = never,
) -> None:
    """Merge small files table by table.

    Args:
        lake: where.
        counters: counts the merges.
        now: seconds since the epoch; where nothing has come for a while, fewer files are merged too.
        everything: merge whatever can be merged, however few files there are.
        stopping: whether the rest is to be left.
    """
    connection = lake.connect()
    try:
        for table in TABLES:
            for size, enough in _OTHER_TIERS.get(table, _TIERS):
                row = connection.execute(_SMALL_FILES, {"table": table, "size": size}).fetchone()
                files, newest = row if row is not None else (0, 0.0)
                quiet = now - newest > _QUIET_SECONDS
                if files >= (2 if everything else _ENOUGH_WHEN_QUIET if quiet else enough) and not stopping():
                    _merge_within_memory(connection, table, size, counters, stopping)
    finally:
        connection.close()


def _merge_within_memory(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    size: int,
    counters: MaintenanceCounters,
    stopping: Callable[[], bool],
) -> None:
    """Merge a table's files below a size, into smaller ones when that does not fit the memory."""
    import duckdb  # noqa: PLC0415 -- see open_lake

    while True:
        halvings = counters.halvings.get(table, 0)
        level = _MERGED_LEVELS.get(table)
        options = {} if level is None else {"parquet_compression_level": level}
        if halvings:
            options["target_file_size"] = str(int(schema.option("target_file_size", table)) >> halvings)
        try:
            with _set_meanwhile(connection, table, options):
                while not stopping():
                    made = connection.execute(_MERGE, {"table": table, "size": size, "most": _AT_ONCE}).fetchall()
                    if sum(files for (files,) in made) < _AT_ONCE:
                        break
        except duckdb.OutOfMemoryException as problem:
            if halvings == _MOST_HALVINGS:
                _log.warning("files are not merged: they do not fit the memory", table=table, problem=str(problem))
                return
            counters.halvings[table] = halvings + 1
        else:
            counters.merges += 1
            return


@contextlib.contextmanager
def _set_meanwhile(connection: duckdb.DuckDBPyConnection, table: str, options: dict[str, str]) -> Iterator[None]:
    """Give options of a table other values, which a commit or two meanwhile follow too.

    After a crash they are set back by the next start.
    """
    for option, value in options.items():
        schema.set_option(connection, option, value, table)
    try:
        yield
    finally:
        for option in options:
            schema.set_option(connection, option, schema.option(option, table), table)


def expire(lake: Lake, *, now: float, keep_seconds: float = _KEEP_SECONDS) -> None:
    """Forget old snapshots and delete the files that only they used.

    Args:
        lake: where.
        now: seconds since the epoch.
        keep_seconds: age below which nothing is touched, for queries under way.
    """
    older_than = dt.datetime.fromtimestamp(now - keep_seconds, tz=dt.UTC)
    connection = lake.connect()
    try:
        connection.execute("CALL ducklake_expire_snapshots('lake', older_than => ?)", [older_than])
        if lake.options.embedded and hasattr(os, "sync"):
            # The merged file must be on the disk before the ones it was made of are deleted.
            os.sync()
        connection.execute("CALL ducklake_cleanup_old_files('lake', older_than => ?)", [older_than])
    finally:
        connection.close()


def sweep(lake: Lake, *, now: float, lost_seconds: float = _LOST_SECONDS) -> None:
    """Delete the Parquet files that commits left which were interrupted by a crash.

    Only in the data folder: a shared storage might hold the files of another lake too.

    Args:
        lake: where.
        now: seconds since the epoch.
        lost_seconds: age below which a file may belong to a commit under way.
    """
    if lake.options.storage:
        return
    older_than = dt.datetime.fromtimestamp(now - lost_seconds, tz=dt.UTC)
    connection = lake.connect()
    try:
        connection.execute("CALL ducklake_delete_orphaned_files('lake', older_than => ?)", [older_than])
    finally:
        connection.close()


def retain(lake: Lake, retention: Retention, *, now: float) -> float:
    """Delete what is too old, or the oldest of what is too much.

    Returns:
        The time before which everything was deleted, seconds since the epoch; 0 when nothing was.
    """
    cutoff = now - retention.days * 86_400
    share = _REWRITE_SHARE
    connection = lake.connect()
    try:
        if retention.gigabytes:
            by_size = _cutoff_by_size(lake, connection, retention.gigabytes)
            if by_size > cutoff:
                cutoff = by_size
                share = _REWRITE_SHARE_BY_SIZE
        microseconds = int(cutoff * 1_000_000)
        row = connection.execute(
            "SELECT (SELECT count(*) FROM documents WHERE trace_time < make_timestamp($1))"
            " + (SELECT count(*) FROM node_minutes WHERE minute < make_timestamp($1))",
            [microseconds],
        ).fetchone()
        if row is None or row[0] == 0:
            return 0.0
        # First, alone and quickly, what every node writes to, lest another come between. A crash in the middle leaves
        # the rest to the next round.
        written = {table: column for table, column in _AGES.items() if table in _WRITTEN_BY_ALL}
        for columns in (written, {table: column for table, column in _AGES.items() if table not in written}):
            delete_rows(lake, partial(_delete_old, columns=columns, microseconds=microseconds))
        for table in _AGES:
            connection.execute(_REWRITE, [table, share])
    finally:
        connection.close()
    _log.info("retention deleted", before=dt.datetime.fromtimestamp(cutoff, tz=dt.UTC).isoformat())
    return cutoff


def _delete_old(connection: duckdb.DuckDBPyConnection, *, columns: dict[str, str], microseconds: int) -> None:
    for table, column in columns.items():
        connection.execute(_DELETE_OLD.format(table=table, column=column), [microseconds])


def forget_groups(lake: Lake) -> bool:
    """Delete what was counted for groups that are deleted, which nothing leads to any more; return whether it was."""
    deleted = False
    connection = lake.connect()
    try:
        for table in _OF_GROUPS:
            row = connection.execute(_OF_NO_GROUP.format(table=table)).fetchone()
            if row is not None and row[0]:
                connection.execute(_FORGET.format(table=table))
                connection.execute(_REWRITE, [table, _REWRITE_SHARE])
                deleted = True
    finally:
        connection.close()
    return deleted


def rewrite(lake: Lake, counters: MaintenanceCounters, *, stopping: Callable[[], bool] = never) -> None:
    """Write files anew of whose rows many are only marked as deleted.

    Tail sampling leaves such files: what it decides about had been merged with what came after it.

    Args:
        lake: where.
        counters: counts it as a merge.
        stopping: whether the rest is to be left.
    """
    connection = lake.connect()
    try:
        for table in _WRITTEN_BY_ALL:
            found = connection.execute(_MUCH_DELETED, {"table": table, "share": _REWRITE_SHARE}).fetchone()
            if found is not None and not stopping():
                connection.execute(_REWRITE, [table, _REWRITE_SHARE])
                counters.merges += 1
    finally:
        connection.close()


def _cutoff_by_size(lake: Lake, connection: duckdb.DuckDBPyConnection, gigabytes: float) -> float:
    """Return the time before which must go what is too much; 0 when the lake is small enough."""
    size = lake.size()[1]
    allowed = gigabytes * _BYTES_PER_GB
    if size <= allowed:
        return 0.0
    share = min(1.0, (size - allowed) / size + _HEADROOM)
    row = connection.execute(
        "SELECT approx_quantile(epoch_us(trace_time), $share::FLOAT) FROM documents", {"share": share}
    ).fetchone()
    return 0.0 if row is None or row[0] is None else float(row[0]) / 1_000_000


def maintain(
    lake: Lake,
    counters: MaintenanceCounters,
    retention: Retention,
    *,
    now: Callable[[], float],
    stopping: Callable[[], bool] = never,
) -> None:
    """Do one round: merge, expire, sweep, delete; when it is to stop, leave the rest to the next start."""
    began = now()
    merges = counters.merges
    rewrite(lake, counters, stopping=stopping)
    merge(lake, counters, now=now(), stopping=stopping)
    if stopping():
        return
    # Without a merge there is nothing to delete but the list of snapshots, which may grow for a while.
    if counters.merges > merges or counters.rounds % _EXPIRE_ROUNDS == 0:
        expire(lake, now=now())
    if counters.rounds % _SWEEP_ROUNDS == 0:
        sweep(lake, now=now())
        forget_groups(lake)
        # Tried anew: what comes may have changed.
        counters.halvings.clear()
    deleted_before = retain(lake, retention, now=now())
    counters.deleted_before = max(counters.deleted_before, deleted_before)
    counters.rounds += 1
    counters.last_seconds = now() - began
