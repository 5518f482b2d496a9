"""Data files reach the disk before the commit that refers to them.

DuckDB flushes its catalog at a commit, and not the Parquet files that the catalog then points to (ADR 5).
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def flush_new_files(data_path: str, tables: Sequence[str], *, since_ms: int) -> None:
    """Flush the files that a transaction wrote, and the names of them.

    Args:
        data_path: where the lake's files are; an object store acknowledges durable writes by itself.
        tables: that the transaction wrote to.
        since_ms: when it began, milliseconds since the epoch.
    """
    if "://" in data_path:
        return
    for table in tables:
        folder = Path(data_path) / "main" / table
        flushed = False
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                if made_at(entry.name) >= since_ms - 1:
                    _flush(entry.path)
                    flushed = True
        if flushed and os.name == "posix":
            _flush(folder)


def _flush(path: str | Path) -> None:
    """Flush a file, or the names in a folder, to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def made_at(name: str) -> int:
    """Return when a file was made, milliseconds: DuckLake names files after UUIDs of version 7."""
    try:
        return int(name.removeprefix("ducklake-")[:13].replace("-", ""), 16)
    except ValueError:
        return 0
