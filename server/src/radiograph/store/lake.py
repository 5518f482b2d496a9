"""One DuckDB instance with the lake attached, and connections to it.

Embedded, the catalog is an encrypted DuckDB file in the data folder, which one process at a time may open.
In a cluster it is a PostgreSQL database, the Parquet files lie in a folder or object store that all nodes
share, and any number of processes may attach it. Everything else is the same, tables and SQL included.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import ConfigurationError
from radiograph.store import extensions, schema
from radiograph.store.background import from_background
from radiograph.store.keys import data_key
from radiograph.store.locator import Locator
from radiograph.store.pool import Pool

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

CATALOG_FILE = "catalog.duckdb"
_FOLDER_MODE = 0o700
_CONFIGURATION: dict[str, Any] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
# DuckDB's cache of files keeps something of every file that was ever read, also of those that were merged and deleted
# since: at four commits a second some 10 MB a minute that never come back.
_NO_FILE_CACHE: dict[str, Any] = {"enable_external_file_cache": False}
# Of the catalog's file, chosen when it is made. It has dozens of small tables, and each takes a block for what is in it
# and one for what was: at DuckDB's usual 262,144 a lake of a million segments has 8 MB of that.
_BLOCK_BYTES = 16_384
# Changes of the catalog since its file was last written, which are read again at the next start. DuckDB's usual 16 MB
# are two minutes of commits.
_LOG_SIZE = "2MB"
_ATTEMPTS = 5
_BETWEEN_ATTEMPTS_SECONDS = 0.5


class LakeOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Where a lake is and what it may use.

    Args:
        folder: the data folder of this process; holds the key and, embedded, everything.
        catalog: "" for a file in the folder, or "postgres:<connection string>".
        storage: folder of the Parquet files, "" for a subfolder of the data folder.
        memory_mb: memory for DuckDB, megabytes.
        threads: threads for DuckDB.
    """

    folder: Path
    catalog: str = ""
    storage: str = ""
    memory_mb: int = 256
    threads: int = 2

    @property
    def embedded(self) -> bool:
        """Whether the catalog is a file of this process alone."""
        return not self.catalog

    @property
    def data_path(self) -> str:
        """Where the Parquet files are, with a separator at the end."""
        place = self.storage or str(self.folder / "lake")
        return place if place.endswith("/") else place + "/"


def _quoted(text: str) -> str:
    """Return text as an SQL string literal, for the statements that take no parameters (ATTACH)."""
    return "'" + text.replace("'", "''") + "'"


def _prepare_folder(folder: Path) -> None:
    """Make the data folder and see that it can be written.

    Raises:
        ConfigurationError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=_FOLDER_MODE)
        probe = folder / f".writable-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as problem:
        reason = problem.strerror or str(problem)
        raise ConfigurationError(
            f"the data folder {folder} cannot be written: {reason}; choose another with --data DIR"
        ) from None


class Lake:
    """The attached lake. Opened by `open_lake`; `close` it when the process ends.

    A connection is for one thread at a time; `reading` lends one. The writer and the maintenance keep one of
    their own from `connect`.

    Attributes:
        locator: finds traces by their ids.
        committing: who commits documents, or deletes some (see deleting.py), holds it.
    """

    def __init__(self, root: duckdb.DuckDBPyConnection, options: LakeOptions) -> None:
        self._root = root
        self.options = options
        self._pool = Pool(self.connect)
        self.locator = Locator(self)
        self.committing = threading.Lock()

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Return a new connection whose tables are the lake's."""
        connection = self._root.cursor()
        connection.execute("USE lake")
        return connection

    def connect_outside(self) -> duckdb.DuckDBPyConnection:
        """Return a new connection to which the lake's tables are foreign, for reading files and the catalog itself."""
        connection = self._root.cursor()
        connection.execute("USE memory")
        return connection

    def reader_of_files(self, memory: str) -> duckdb.DuckDBPyConnection:
        """Return a DuckDB of its own that reads single files, on the thread of whoever asks.

        Args:
            memory: that it may use, in DuckDB's words.
        """
        import duckdb  # noqa: PLC0415 -- see open_lake

        if "://" in self.options.data_path:
            return self.connect_outside()  # the secrets of the object store are known there
        # It must not spill: what it reads is secret, and its folder for that would be the working directory.
        nowhere = {"temp_directory": ""}
        reader = duckdb.connect(config={**_CONFIGURATION, **nowhere, "memory_limit": memory, "threads": 1})
        reader.execute("SET TimeZone = 'UTC'")
        extensions.load(reader, "httpfs")
        return reader

    @contextlib.contextmanager
    def reading(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection inside one transaction, so that all its queries see the same snapshot."""
        with self._pool.lend() as connection:
            connection.execute("BEGIN")
            yield connection
            connection.execute("COMMIT")

    def size(self) -> tuple[int, int]:
        """Return the number of Parquet files of the lake and their total bytes, with those that list deleted rows."""
        with self.reading() as connection:
            row = connection.execute(
                "SELECT coalesce(sum(file_count + delete_file_count), 0),"
                " coalesce(sum(file_size_bytes + delete_file_size_bytes), 0) FROM ducklake_table_info('lake')"
            ).fetchone()
        return (0, 0) if row is None else (int(row[0]), int(row[1]))

    def close(self) -> None:
        """Close every connection; embedded, the catalog's log is folded into its file."""
        self.locator.stop()
        self._pool.close()
        self._root.close()


def open_lake(options: LakeOptions) -> Lake:
    """Open the lake of a data folder; make it on the first start, bring it up to date on others.

    Raises:
        ConfigurationError: the folder cannot be written, is in use by another process, its key is missing or
            wrong, or it was made by a newer Radiograph.
    """
    import duckdb  # noqa: PLC0415 -- 60 ms that `radiograph version` need not pay

    folder = options.folder
    _prepare_folder(folder)
    catalog = folder / CATALOG_FILE
    is_new = not catalog.exists()
    key = data_key(folder, create=is_new)
    root = _instance(options)
    try:
        root.execute("SET TimeZone = 'UTC'")
        extensions.load(root, "ducklake")
        extensions.load(root, "httpfs")
        if options.embedded:
            source = f"ducklake:duckdb:{catalog}"
            secrecy = f", META_ENCRYPTION_KEY {_quoted(key)}"
            if is_new:
                secrecy += f", META_BLOCK_SIZE {_BLOCK_BYTES}"
        else:
            extensions.load(root, "postgres_scanner")
            source = f"ducklake:{options.catalog}"
            secrecy = ""
        if not options.storage:
            (folder / "lake").mkdir(mode=_FOLDER_MODE, exist_ok=True)
        _attach(root, source, f"DATA_PATH {_quoted(options.data_path)}, OVERRIDE_DATA_PATH true, ENCRYPTED{secrecy}")
        root.execute("USE lake")
        # Commits of several nodes meet often and briefly: retry soon, many times.
        root.execute("SET ducklake_max_retry_count = 100")
        root.execute("SET ducklake_retry_wait_ms = 10")
        root.execute("SET ducklake_retry_backoff = 1.1")
        _migrate(root)
    except duckdb.Error as problem:
        root.close()
        raise ConfigurationError(_why_not_opened(str(problem), options)) from None
    except BaseException:
        root.close()
        raise
    return Lake(root, options)


def _instance(options: LakeOptions) -> duckdb.DuckDBPyConnection:
    """Return a DuckDB whose own threads, which mostly merge and count, give way to those that answer somebody."""
    import duckdb  # noqa: PLC0415 -- see open_lake

    made: list[duckdb.DuckDBPyConnection] = []

    def make() -> None:
        made.append(
            duckdb.connect(
                config={
                    **_CONFIGURATION,
                    **_NO_FILE_CACHE,
                    "memory_limit": f"{options.memory_mb}MB",
                    "threads": options.threads,
                    "temp_directory": str(options.folder / "spill"),
                    "checkpoint_threshold": _LOG_SIZE,
                    # What spills to disk is as secret as the rest.
                    "temp_file_encryption": True,
                }
            )
        )

    from_background(make)
    return made[0]


def _attach(root: duckdb.DuckDBPyConnection, source: str, how: str) -> None:
    """Attach the lake.

    Files are known by their place below the folder (OVERRIDE_DATA_PATH), so that a folder may be moved or restored
    elsewhere. When several nodes make a new catalog in the same moment, all but one fail, and find it made when they
    try again.
    """
    import duckdb  # noqa: PLC0415 -- see open_lake

    for left in reversed(range(_ATTEMPTS)):
        try:
            root.execute(f"ATTACH {_quoted(source)} AS lake ({how})")
        except duckdb.Error as problem:
            if not left or "Failed to initialize DuckLake" not in str(problem):
                raise
            time.sleep(_BETWEEN_ATTEMPTS_SECONDS)
        else:
            return


def _migrate(root: duckdb.DuckDBPyConnection) -> None:
    """Migrate. Of several nodes that do it in the same moment one succeeds at each step; the others look again."""
    import duckdb  # noqa: PLC0415 -- see open_lake

    for left in reversed(range(_ATTEMPTS)):
        try:
            schema.migrate(root)
        except duckdb.Error:
            if not left:
                raise
            time.sleep(_BETWEEN_ATTEMPTS_SECONDS)
        else:
            return


def _why_not_opened(problem: str, options: LakeOptions) -> str:
    """Turn DuckDB's message into a sentence that says what to do."""
    first_line = problem.splitlines()[0]
    if "lock" in problem and "conflicting" in problem.lower():
        return (
            f"the data folder {options.folder} is in use by another Radiograph; stop that one, "
            "or start this one with another --data DIR"
        )
    if "ncryption key" in problem or "decrypt" in problem.lower():
        return (
            f"the key in {options.folder / 'data.key'} does not open {options.folder / CATALOG_FILE}; "
            "restore the key that belongs to this data"
        )
    if not options.embedded:
        kind = options.catalog.split(":", 1)[0]
        return f"the catalog ({kind}) cannot be opened: {first_line}; check the setting catalog"
    return f"the lake in {options.folder} cannot be opened: {first_line}"
