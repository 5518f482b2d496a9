"""Which node of a cluster does a job that only one may do at a time."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from radiograph.store.lake import Lake


def acquire(lake: Lake, name: str, holder: str, *, now: float, seconds: float) -> bool:
    """Take or renew a lease.

    Two nodes that try in the same moment delete the same row, and the catalog lets one of them commit. So there must
    always be a row: whoever finds none adds an expired one before it tries.

    Args:
        lake: where; embedded, there is one process only and the lease is always its own.
        name: of the job.
        holder: who asks.
        now: seconds since the epoch.
        seconds: how long the lease holds when it is not renewed.

    Returns:
        Whether the holder may do the job until the lease expires.
    """
    if lake.options.embedded:
        return True
    import duckdb  # noqa: PLC0415 -- only a cluster needs it here

    moment = int(now * 1_000_000)
    until = int((now + seconds) * 1_000_000)
    with contextlib.suppress(duckdb.Error):
        with lake.reading() as connection:
            known = connection.execute("SELECT count(*) FROM leases WHERE name = ?", [name]).fetchone()
            if known == (0,):
                connection.execute("INSERT INTO leases VALUES (?, ?, make_timestamp(0))", [name, holder])
        return _acquire(lake, name, holder, moment=moment, until=until)
    return False


def _acquire(lake: Lake, name: str, holder: str, *, moment: int, until: int) -> bool:
    with lake.reading() as connection:
        row = connection.execute(
            "SELECT holder FROM leases WHERE name = ? AND expires > make_timestamp(?)", [name, moment]
        ).fetchone()
        if row is not None and row[0] != holder:
            return False
        connection.execute("DELETE FROM leases WHERE name = ?", [name])
        connection.execute("INSERT INTO leases VALUES (?, ?, make_timestamp(?))", [name, holder, until])
    return True
