"""Which files of `documents` hold a trace, known without asking the catalog anew for every question.

Through the catalog a lookup of one trace costs several milliseconds, most of them for planning, and a W3C id, which is
random, meets every file. So each file is looked at once, when it is new: which ids it has, and between which seconds
those lie that carry their time. A lookup then compares numbers in memory and reads the one file that holds the trace.

Files are read by a DuckDB of their own with one thread, so that a lookup never waits for one that merges or counts.
"""

from __future__ import annotations

import base64
import contextlib
import threading
from array import array
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.store.background import give_way
from radiograph.store.pool import Pool
from radiograph.store.reader import by_trace, stored_documents
from radiograph.store.rows import MICROSECONDS
from radiograph.trace.ids import trace_id_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from radiograph.store.lake import Lake
    from radiograph.trace.trace import StoredDocument

_log = structlog.get_logger("radiograph.store")

# How long the thread that looks at new files sleeps when nobody wakes it: another node may have committed.
_LOOK_SECONDS = 1.0
# Ids that are remembered, 8 bytes each, those of the newest files first. Beyond it timed ids are known by their range
# only, and untimed ones may be in any of the older files.
_MOST_IDS = 6_000_000
# More files than this that were not looked at yet are better read by one statement.
_MOST_UNKNOWN = 16
# What reading costs, in documents: a row group is decompressed whole, and a statement takes as long as half of one.
_ROW_GROUP = 2_048
_STATEMENT = 1_000
_HALF = 16  # hexadecimal digits
# DuckDB's cache of files halves the time of a lookup, and keeps something of every file it ever saw: tens of kilobytes,
# also of those that are long merged and deleted. After so many files it is made anew.
_FILES_OF_A_READER = 2_000
_MEMORY = "64MB"

_SNAPSHOT = "SELECT max(snapshot_id) FROM __ducklake_metadata_lake.ducklake_snapshot"
_FILES = """
SELECT file.data_file_id, file.path, file.path_is_relative, file.encryption_key, file.record_count, NOT EXISTS (
    SELECT 1 FROM __ducklake_metadata_lake.ducklake_delete_file AS deletion
    WHERE deletion.data_file_id = file.data_file_id AND deletion.end_snapshot IS NULL
) AS whole
FROM __ducklake_metadata_lake.ducklake_data_file AS file
JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)
WHERE known.table_name = 'documents' AND known.end_snapshot IS NULL AND file.end_snapshot IS NULL
ORDER BY file.data_file_id
"""

# A timed id is one whose second is the trace's time (see rows.trace_time).
_LOOK = """
WITH known AS (
    SELECT DISTINCT
        epoch_us(trace_time) AS moment,
        ('0x' || substr(trace_id, 3, 8))::BIGINT * 1000000 AS of_id,
        ('0x' || right(trace_id, 16))::UBIGINT AS half
    FROM read_parquet($path, encryption_config = {footer_key_value: $key})
)
SELECT
    min(moment) FILTER (moment = of_id),
    max(moment) FILTER (moment = of_id),
    bool_or(moment <> of_id),
    list(DISTINCT half ORDER BY half)
FROM known
"""
_ONE = """
SELECT trace_id, id, epoch_us(arrival), text
FROM read_parquet($path, encryption_config = {footer_key_value: $key})
WHERE trace_id = $trace_id
"""
_SOME = """
SELECT trace_id, id, epoch_us(arrival), text
FROM read_parquet($path, encryption_config = {footer_key_value: $key})
WHERE trace_id IN (SELECT unnest(string_split($trace_ids, ','))) AND trace_id >= $least AND trace_id <= $most
"""


class _File(msgspec.Struct, gc=False):
    """One Parquet file.

    Args:
        path: where it is.
        key: it is encrypted with.
        rows: documents in it.
        whole: no row of it is deleted.
        looked: whether the rest is known; until then it may hold anything.
        first: earliest time of a timed id, microseconds.
        last: latest.
        untimed: whether it has any other ids.
        halves: the lower halves of its ids, in order; None when there are too many to remember.
    """

    path: str
    key: bytes
    rows: int
    whole: bool
    looked: bool = False
    first: int = 1
    last: int = 0
    untimed: bool = True
    halves: array[int] | None = None

    def may_hold(self, moment: int, half: int) -> bool:
        """Return whether a trace with this time in its id, and this lower half, can be in it."""
        if not self.looked:
            return True
        if not self.untimed and not self.first <= moment <= self.last:
            return False
        halves = self.halves
        if halves is None:
            return True
        place = bisect_left(halves, half)
        return place < len(halves) and halves[place] == half

    def one_by_one(self, trace_ids: list[str]) -> bool:
        """Return whether traces are better read one by one than all that lies between the first and the last of them.

        Ids that carry their time lie in its order; others lie anywhere.
        """
        moments = [trace_id_epoch(trace_id) * MICROSECONDS for trace_id in trace_ids]
        first, last = min(moments), max(moments)
        share = 1.0
        if self.looked and self.first <= first and last <= self.last:
            share = (last - first) / (self.last - self.first + 1)
        together = max(_ROW_GROUP, share * self.rows) + _STATEMENT
        return len(trace_ids) * (_ROW_GROUP + _STATEMENT) < together


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

    def changed(self) -> None:
        """Tell that documents were committed."""
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
        for number, path, relative, key, rows, whole in self._catalog.execute(_FILES).fetchall():
            file = self._files.get(number)
            if file is None:
                file = _File(place + path if relative else path, base64.b64decode(key), rows, whole)
            file.whole = whole
            files[number] = file
        self._files = files
        self._snapshot = snapshot

    def _look_at(self, connection: duckdb.DuckDBPyConnection, file: _File) -> None:
        row = connection.execute(_LOOK, {"path": file.path, "key": file.key}).fetchone()
        if row is not None:
            first, last, file.untimed, halves = row
            if first is not None:
                file.first, file.last = first, last
            file.halves = array("Q", halves or ())
            file.looked = True

    def _forget(self, files: dict[int, _File]) -> None:
        """Keep the memory bounded: the oldest files forget which ids they have."""
        left = self._most_ids
        for number in sorted(files, reverse=True):
            file = files[number]
            if file.halves is not None:
                left -= len(file.halves)
                if left < 0:
                    file.halves = None

    def _wanted(self, files: dict[int, _File], trace_ids: Sequence[str]) -> list[tuple[_File, list[str]]] | None:
        """Return which ids to look for in which file; None when that is better left to the catalog."""
        marks = [
            (trace_id, trace_id_epoch(trace_id) * MICROSECONDS, int(trace_id[-_HALF:], 16)) for trace_id in trace_ids
        ]
        wanted: list[tuple[_File, list[str]]] = []
        unknown = 0
        for file in files.values():
            ids = [trace_id for trace_id, moment, half in marks if file.may_hold(moment, half)]
            if ids:
                wanted.append((file, ids))
                unknown += file.halves is None
                if not file.whole or unknown > _MOST_UNKNOWN:
                    return None
        return wanted


def _read(
    connection: duckdb.DuckDBPyConnection, wanted: list[tuple[_File, list[str]]]
) -> dict[str, list[StoredDocument]]:
    rows: list[tuple[str, int, int, str]] = []
    for file, ids in wanted:
        place: dict[str, Any] = {"path": file.path, "key": file.key}
        if file.one_by_one(ids):
            for trace_id in ids:
                rows += connection.execute(_ONE, {**place, "trace_id": trace_id}).fetchall()
        else:
            # In one piece: for every string of a list DuckDB's client asks Python anew for modules that are not there.
            many = {"trace_ids": ",".join(ids), "least": min(ids), "most": max(ids)}
            rows += connection.execute(_SOME, {**place, **many}).fetchall()
    return by_trace(rows)
