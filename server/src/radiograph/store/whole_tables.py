"""Tables so small that they are read whole, and written whole at every change.

Every change replaces all rows: of two in the same moment the catalog refuses the second, which then begins again with
what the first one left. So such a table must never be empty; a row that always exists sees to that.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from radiograph.errors import StoreUnavailable, first_line
from radiograph.store.flushing import flush_new_files

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from radiograph.store.lake import Lake

# Of changes in the same moment one succeeds, so that the n-th has its turn at the n-th attempt.
_ATTEMPTS = 50
_BETWEEN_ATTEMPTS_SECONDS = 0.02


def change_whole(
    lake: Lake, change: Callable[[duckdb.DuckDBPyConnection], bool], *, tables: Sequence[str], what: str
) -> None:
    """Change tables so that no other change, on this node or another, comes between reading and writing.

    Args:
        lake: where.
        change: reads, deletes all rows and writes them anew, and returns whether it did. It is called again when
            somebody else was quicker.
        tables: that it may write.
        what: the rows, in the words of a message.

    Raises:
        StoreUnavailable: the store cannot write, or others go on changing.
    """
    import duckdb  # noqa: PLC0415 -- see open_lake

    for left in reversed(range(_ATTEMPTS)):
        before = time.time_ns() // 1_000_000
        try:
            with lake.reading() as connection:
                if change(connection):
                    flush_new_files(lake.options.data_path, tuple(tables), since_ms=before)
        except duckdb.TransactionException as problem:
            if not left:
                raise _unavailable(what, problem) from None
            time.sleep(_BETWEEN_ATTEMPTS_SECONDS)
        except (duckdb.Error, OSError) as problem:
            raise _unavailable(what, problem) from None
        else:
            return


def _unavailable(what: str, problem: Exception) -> StoreUnavailable:
    return StoreUnavailable(
        f"the change of {what} cannot be stored: {first_line(problem)}; try again, or mend the store when it goes on"
    )
