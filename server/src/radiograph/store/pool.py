"""Connections that are lent and come back."""

from __future__ import annotations

import contextlib
import queue
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb


class Pool:
    """Idle connections; a new one is made when all are lent.

    Args:
        connect: makes one.
    """

    def __init__(self, connect: Callable[[], duckdb.DuckDBPyConnection]) -> None:
        self._connect = connect
        self._idle: queue.LifoQueue[duckdb.DuckDBPyConnection] = queue.LifoQueue()

    @contextlib.contextmanager
    def lend(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Lend a connection to one thread.

        One that was in use when something went wrong may be in an unknown state: it is closed rather than lent again.
        """
        try:
            connection = self._idle.get_nowait()
        except queue.Empty:
            connection = self._connect()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._idle.put(connection)

    def close(self) -> None:
        """Close those that are idle."""
        with contextlib.suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()
