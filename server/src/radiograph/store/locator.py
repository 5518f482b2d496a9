"""Which files of `documents` hold a trace, known without asking the catalog anew for every question.

Through the catalog a lookup of one trace costs several milliseconds, most of them for planning, and a W3C id, which is
random, meets every file. So each file is looked at once, when it is new,
unless this process has just written it: which ids it has, and of which time those are
that do not carry it. A lookup then compares numbers in memory and reads, of the one file that holds the trace, the row
group of that time.

Files are read by a DuckDB of their own with one thread, so that a lookup never waits for one that merges or counts.
"""

from __future__ import annotations

import base64
import contextlib
import threading
from array import array
from bisect import bisect_left
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.store.background import give_way
from radiograph.store.flushing import made_at
from radiograph.store.pool import Pool
from radiograph.store.reader import by_trace, stored_documents
from radiograph.store.rows import MICROSECONDS
from radiograph.trace.ids import trace_id_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb
    import pyarrow as pa

    from radiograph.store.lake import Lake
    from radiograph.trace.trace import StoredDocument

_log = structlog.get_logger("radiograph.store")

# How long the thread that looks at new files sleeps when nobody wakes it: another node may have committed.
_LOOK_SECONDS = 1.0
# Ids that are remembered, 8 bytes each (24 with their times), those of the newest files first. Beyond it timed ids are
# known by their range only, and untimed ones may be in any of the older files.
_MOST_IDS = 6_000_000
# More files than this that were not looked at yet are better read by one statement.
_MOST_UNKNOWN = 16
# What reading costs, in documents: a row group is decompressed whole, and a statement takes as long as half of one.
_ROW_GROUP = 2_048
_STATEMENT = 1_000
_HALF = 16  # hexadecimal digits
# Commits of this process whose file has not been seen in the catalog yet; more are looked at like any other.
_MOST_WRITTEN = 32
# DuckDB's cache of files halves the time of a lookup, and keeps something of every file it ever saw: tens of kilobytes,
# also of those that are long merged and deleted. After so many files it is made anew.
_FILES_OF_A_READER = 2_000
_MEMORY = "64MB"

_SNAPSHOT = "SELECT max(snapshot_id) FROM __ducklake_metadata_lake.ducklake_snapshot"
_FILES = """
SELECT file.data_file_id, file.path, file.path_is_relative, file.encryption_key, file.record_count, NOT EXISTS (
    SELECT 1 FROM __ducklake_metadata_lake.ducklake_delete_file AS deletion
    WHERE deletion.data_file_id = file.data_file_id AND deletion.end_snapshot IS NULL
) AS whole,
-- What is moved (see query/keeping.py) is inserted too, and is not what was received in one piece.
coalesce(
    change.changes_made LIKE '%inserted_into_table%' AND change.changes_made NOT LIKE '%deleted_from_table%', false
) AS inserted
FROM __ducklake_metadata_lake.ducklake_data_file AS file
JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)
LEFT JOIN __ducklake_metadata_lake.ducklake_snapshot_changes AS change ON change.snapshot_id = file.begin_snapshot
WHERE known.table_name = 'documents' AND known.end_snapshot IS NULL AND file.end_snapshot IS NULL
ORDER BY file.data_file_id
"""

# A timed id is one whose second is the trace's time (see rows.trace_time).
_LOOK = """
WITH known AS (
    SELECT
        ('0x' || right(trace_id, 16))::UBIGINT AS half,
        epoch_us(trace_time) = ('0x' || substr(trace_id, 3, 8))::BIGINT * 1000000 AS timed,
        epoch_us(min(trace_time)) AS first,
        epoch_us(max(trace_time)) AS last
    FROM read_parquet($path, encryption_config = {footer_key_value: $key})
    GROUP BY ALL
)
SELECT
    min(first), max(last),
    list(half ORDER BY half) FILTER (timed),
    list(half ORDER BY half) FILTER (NOT timed),
    list(first ORDER BY half) FILTER (NOT timed),
    list(last ORDER BY half) FILTER (NOT timed)
FROM known
"""
# Files are sorted by the second of trace_time, then by trace_id: both prune row groups.
_ONE = """
SELECT trace_id, id, epoch_us(arrival), text
FROM read_parquet($path, encryption_config = {footer_key_value: $key})
WHERE trace_id = $trace_ids AND trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
"""
_SOME = """
SELECT trace_id, id, epoch_us(arrival), text
FROM read_parquet($path, encryption_config = {footer_key_value: $key})
WHERE trace_id IN (SELECT unnest(string_split($trace_ids, ','))) AND trace_id >= $least AND trace_id <= $most
  AND trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
"""
_EVER = (0, 9_000_000_000_000_000)


class _Times(msgspec.Struct, gc=False):
    """Ids that do not carry their time, by their lower halves in order, with the time of each, microseconds."""

    halves: array[int]
    firsts: array[int]
    lasts: array[int]


class _File(msgspec.Struct, gc=False):
    """One Parquet file.

    Args:
        path: where it is.
        key: it is encrypted with.
        rows: documents in it.
        whole: no row of it is deleted.
        looked: whether the rest is known; until then it may hold anything.
        first: earliest time of a document, microseconds.
        last: latest.
        has_untimed: whether it has ids that do not carry their time.
        timed: the lower halves of those that do, in order; None when there are too many ids to remember.
        untimed: the others; None likewise.
    """

    path: str
    key: bytes
    rows: int
    whole: bool
    looked: bool = False
    first: int = 0
    last: int = 0
    has_untimed: bool = True
    timed: array[int] | None = None
    untimed: _Times | None = None

    def times_of(self, moment: int, half: int) -> tuple[int, int] | None:
        """Return the earliest and the latest time that documents of a trace in it can have; None when it has none.

        Args:
            moment: that the id carries, if it carries any.
            half: the lower half of the id.
        """
        if not self.looked:
            return _EVER
        if self.timed is None or self.untimed is None:
            if self.has_untimed:
                return self.first, self.last
            return (moment, moment) if self.first <= moment <= self.last else None
        found = None
        if self.first <= moment <= self.last and _place(self.timed, half) is not None:
            found = moment, moment
        place = _place(self.untimed.halves, half)
        if place is not None:
            first, last = self.untimed.firsts[place], self.untimed.lasts[place]
            found = (first, last) if found is None else (min(first, moment), max(last, moment))
        return found

    def learn(self, documents: pa.Table) -> None:
        """Learn what a look at it would tell, from the rows that were written to it."""
        timed: set[int] = set()
        untimed: dict[int, tuple[int, int]] = {}
        times = documents["trace_time"].cast("int64").to_pylist()
        for trace_id, moment in zip(documents["trace_id"].to_pylist(), times, strict=True):
            half = int(trace_id[-_HALF:], 16)
            if moment == trace_id_epoch(trace_id) * MICROSECONDS:
                timed.add(half)
            else:
                first, last = untimed.get(half, (moment, moment))
                untimed[half] = min(first, moment), max(last, moment)
        self.first, self.last = min(times), max(times)
        self.timed = array("Q", sorted(timed))
        halves = sorted(untimed)
        self.untimed = _Times(
            array("Q", halves),
            array("Q", (untimed[half][0] for half in halves)),
            array("Q", (untimed[half][1] for half in halves)),
        )
        self.has_untimed = bool(halves)
        self.looked = True

    def remembered(self) -> int:
        """Return how many ids are remembered of it."""
        return 0 if self.timed is None or self.untimed is None else len(self.timed) + len(self.untimed.halves)

    def together(self, wanted: list[_Wanted]) -> Iterator[list[_Wanted]]:
        """Put those traces together that one statement reads in less time than one for each."""
        rows_a_microsecond = self.rows / (self.last - self.first + 1)
        part: list[_Wanted] = []
        end = 0
        for trace in sorted(wanted, key=_by_time):
            if part and (trace.first - end) * rows_a_microsecond > _ROW_GROUP + _STATEMENT:
                yield part
                part = []
            part.append(trace)
            end = max(end, trace.last)
        yield part


class _Written(msgspec.Struct, frozen=True, gc=False):
    """Rows that this process committed, and between which times their file was made, milliseconds since the epoch."""

    documents: pa.Table
    since_ms: int
    until_ms: int

    def may_be(self, file: _File) -> bool:
        """Return whether a file can be the one."""
        made = made_at(file.path.rpartition("/")[2])
        return self.documents.num_rows == file.rows and self.since_ms - 1 <= made <= self.until_ms


class _Wanted(msgspec.Struct, frozen=True, gc=False):
    """A trace in a file: its id, and between which times its documents are there, microseconds."""

    trace_id: str
    first: int
    last: int


def _by_time(trace: _Wanted) -> tuple[int, int]:
    return trace.first, trace.last


def _place(halves: array[int], half: int) -> int | None:
    """Return where a number stands among those in order."""
    place = bisect_left(halves, half)
    return place if place < len(halves) and halves[place] == half else None


class Locator:
    """Finds traces by their ids. `start` its thread, `stop` it before the lake is closed.

    Args:
        lake: where.
        most_ids: that are remembered.
    """

    def __init__(self, lake: Lake, *, most_ids: int = _MOST_IDS) -> None:
        self._lake = lake
        self._most_ids = most_ids
        self._lock = threading.Lock()
        self._snapshot = -1
        self._files: dict[int, _File] = {}
        self._reader: duckdb.DuckDBPyConnection | None = None
        self._catalog: duckdb.DuckDBPyConnection | None = None
        self._pool = Pool(self._connect)
        self._seen = 0
        self._written: deque[_Written] = deque(maxlen=_MOST_WRITTEN)
        self._woken = threading.Event()
        self._changed = True
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="radiograph-locator", daemon=True)

    def start(self) -> None:
        """Begin to look at new files as they come."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping = True
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.close()
        for connection in (self._reader, self._catalog):
            if connection is not None:
                connection.close()

    def wrote(self, documents: pa.Table, *, since_ms: int, until_ms: int) -> None:
        """Tell that documents were committed.

        Args:
            documents: the rows of `documents`.
            since_ms: when their file was begun at the earliest, milliseconds since the epoch.
            until_ms: when at the latest.
        """
        self._written.append(_Written(documents, since_ms, until_ms))
        self._changed = True
        self._woken.set()

    def look(self) -> None:
        """Look at every file that is new."""
        files = self._refresh(always=True)
        new = [file for file in files.values() if not file.looked]
        if not new:
            return
        self._renew(len(new))
        with self._pool.lend() as connection:
            for file in new:
                if not self._stopping:
                    with contextlib.suppress(Exception):  # merged and deleted meanwhile, or unreadable: may hold all
                        self._look_at(connection, file)
        self._forget(files)

    def stored_documents(self, trace_ids: Sequence[str]) -> dict[str, list[StoredDocument]]:
        """Read all documents of some traces, as of now.

        Args:
            trace_ids: canonical ids.

        Returns:
            The documents of each trace that has any, in no order.
        """
        import duckdb  # noqa: PLC0415 -- see open_lake

        if not trace_ids:
            return {}
        wanted = self._wanted(self._refresh(), trace_ids)
        if wanted is not None:
            passing = (duckdb.IOException, duckdb.OutOfMemoryException)
            with contextlib.suppress(*passing), self._pool.lend() as connection:
                return _read(connection, wanted)
        # Deleted rows, very many files, a file that has just gone, or very large documents: the lake knows better.
        with self._lake.reading() as connection:
            return stored_documents(connection, trace_ids)

    def _run(self) -> None:
        # A file that was not looked at yet may hold anything, which is slower for a moment and right all the same.
        give_way()
        while not self._stopping:
            self._woken.wait(_LOOK_SECONDS)
            self._woken.clear()
            try:
                self.look()
            except Exception as problem:  # noqa: BLE001 -- lookups go on without; the next round tries again
                _log.warning("looking at new files failed, the next round tries again", problem=str(problem))

    def _connect(self) -> duckdb.DuckDBPyConnection:
        """Return a connection that reads files; the DuckDB it belongs to is made when it is first needed."""
        with self._lock:
            if self._reader is None:
                self._reader = self._lake.reader_of_files(_MEMORY)
            return self._reader.cursor()

    def _renew(self, files: int) -> None:
        """Make the reader anew once it has seen many files; lookups under way end with the old one."""
        self._seen += files
        if self._seen < _FILES_OF_A_READER:
            return
        self._seen = files
        with self._lock:
            old, reader = self._pool, self._reader
            self._pool, self._reader = Pool(self._connect), None
        old.close()
        if reader is not None:
            reader.close()

    def _refresh(self, *, always: bool = False) -> dict[int, _File]:
        """Return the files as of now.

        Embedded, only this process commits: as long as it committed no documents, the files known are good enough,
        since merged ones stay for a while.
        """
        with self._lock:
            if self._lake.options.embedded and not self._changed and not always:
                return self._files
            self._changed = False
            try:
                self._read_catalog()
            except BaseException:
                self._changed = True
                self._catalog = None
                raise
            return self._files

    def _read_catalog(self) -> None:
        if self._catalog is None:
            self._catalog = self._lake.connect_outside()
        row = self._catalog.execute(_SNAPSHOT).fetchone()
        snapshot = int(row[0]) if row is not None and row[0] is not None else 0
        if snapshot == self._snapshot:
            return
        place = f"{self._lake.options.data_path}main/documents/"
        files: dict[int, _File] = {}
        for number, path, relative, key, rows, whole, inserted in self._catalog.execute(_FILES).fetchall():
            file = self._files.get(number)
            if file is None:
                file = _File(place + path if relative else path, base64.b64decode(key), rows, whole)
                if inserted and self._lake.options.embedded:
                    self._learn(file)
            file.whole = whole
            files[number] = file
        self._files = files
        self._snapshot = snapshot

    def _learn(self, file: _File) -> None:
        """Learn what an inserted file has; embedded, this process alone inserts, one file after the other."""
        found = [written for written in self._written if written.may_be(file)]
        if len(found) == 1:
            file.learn(found[0].documents)
            self._written.remove(found[0])

    def _look_at(self, connection: duckdb.DuckDBPyConnection, file: _File) -> None:
        row = connection.execute(_LOOK, {"path": file.path, "key": file.key}).fetchone()
        if row is not None:
            timed, halves, firsts, lasts = (part or () for part in row[2:])
            file.first, file.last = row[:2]
            file.timed = array("Q", timed)
            file.untimed = _Times(array("Q", halves), array("Q", firsts), array("Q", lasts))
            file.has_untimed = bool(halves)
            file.looked = True

    def _forget(self, files: dict[int, _File]) -> None:
        """Keep the memory bounded: the oldest files forget which ids they have."""
        left = self._most_ids
        for number in sorted(files, reverse=True):
            file = files[number]
            left -= file.remembered()
            if left < 0:
                file.timed = file.untimed = None

    def _wanted(self, files: dict[int, _File], trace_ids: Sequence[str]) -> list[tuple[_File, list[_Wanted]]] | None:
        """Return what to look for in which file; None when that is better left to the catalog."""
        marks = [
            (trace_id, trace_id_epoch(trace_id) * MICROSECONDS, int(trace_id[-_HALF:], 16)) for trace_id in trace_ids
        ]
        wanted: list[tuple[_File, list[_Wanted]]] = []
        unknown = 0
        for file in files.values():
            traces = [
                _Wanted(trace_id, *times)
                for trace_id, moment, half in marks
                if (times := file.times_of(moment, half)) is not None
            ]
            if traces:
                wanted.append((file, traces))
                unknown += file.timed is None
                if not file.whole or unknown > _MOST_UNKNOWN:
                    return None
        return wanted


def _read(
    connection: duckdb.DuckDBPyConnection, wanted: list[tuple[_File, list[_Wanted]]]
) -> dict[str, list[StoredDocument]]:
    rows: list[tuple[str, int, int, str]] = []
    for file, traces in wanted:
        for part in file.together(traces):
            ids = [trace.trace_id for trace in part]
            # In one piece: for every string of a list DuckDB's client asks Python anew for modules that are not there.
            values: dict[str, Any] = {
                "path": file.path,
                "key": file.key,
                "trace_ids": ",".join(ids),
                "first": part[0].first,
                "last": max(trace.last for trace in part),
            }
            if len(ids) == 1:
                rows += connection.execute(_ONE, values).fetchall()
            else:
                rows += connection.execute(_SOME, values | {"least": min(ids), "most": max(ids)}).fetchall()
    return by_trace(rows)
