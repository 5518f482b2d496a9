"""What each node of a cluster has of the reservoirs: one text that nodes change in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiograph.store.whole_tables import change_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.lake import Lake


def change_shares(lake: Lake, change: Callable[[str], str]) -> None:
    """Change the text so that no other node comes between reading and writing.

    Args:
        lake: where.
        change: takes the text there is, "{}" at first, and returns the one there shall be; called again when somebody
            else was quicker.

    Raises:
        StoreUnavailable: the store cannot write, or others go on changing it.
    """

    def run(connection: duckdb.DuckDBPyConnection) -> bool:
        row = connection.execute("SELECT state FROM sampling_shares").fetchone()
        wanted = change("{}" if row is None else row[0])
        connection.execute("DELETE FROM sampling_shares")
        connection.execute("INSERT INTO sampling_shares VALUES (?)", [wanted])
        return True

    change_whole(lake, run, tables=("sampling_shares",), what="shares of reservoirs")
