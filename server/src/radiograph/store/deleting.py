"""Deletion of rows from tables into which others come all the time.

A transaction that deletes rows of a table is refused by the catalog when rows come into that table before it commits.
So the writer of this process waits meanwhile, what it holds comes with its next commit; of other nodes, one commits
now and then, and the deletion is tried again.
"""

from __future__ import annotations

import contextlib
import random
import time
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import duckdb

    from radiograph.store.lake import Lake

_Result = TypeVar("_Result")

# A node commits up to four times a second, and a deletion takes a few tenths of one.
_ATTEMPTS = 60
_MOST_SECONDS_BETWEEN = 0.25


def delete_rows(
    lake: Lake,
    work: Callable[[duckdb.DuckDBPyConnection], _Result],
    *,
    connection: duckdb.DuckDBPyConnection | None = None,
) -> _Result:
    """Do something that deletes rows, in a transaction of its own.

    Args:
        lake: where.
        work: what to do, quickly, since nothing is written meanwhile; called again when somebody came between.
        connection: on which, where temporary tables of it are needed.

    Returns:
        What `work` returned.

    Raises:
        duckdb.Error: it cannot be done, or somebody came between every time.
    """
    import duckdb  # noqa: PLC0415 -- see open_lake

    for left in reversed(range(_ATTEMPTS)):
        try:
            with lake.committing, lake.reading() if connection is None else transaction(connection) as lent:
                result = work(lent)
        except duckdb.TransactionException:
            if not left:
                raise
            # Not in step with whoever came between.
            time.sleep(random.uniform(0, _MOST_SECONDS_BETWEEN))  # noqa: S311 -- no secret
        else:
            return result
    raise AssertionError("unreachable")


@contextlib.contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[duckdb.DuckDBPyConnection]:
    """Do something in one transaction on a connection that is kept, whatever becomes of it."""
    connection.execute("BEGIN")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(Exception):  # a commit that was refused has ended it
            connection.execute("ROLLBACK")
        raise
