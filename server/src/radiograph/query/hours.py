"""Sums the statistics of an hour once nothing more comes for it; see `sums.py` for what that is good for.

The minutes stay, for time series and for the ends of a range. When minutes of an hour change later, its sum is
forgotten in the same transaction, and made anew once the hour is quiet again.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from radiograph.query.conditions import values_for
from radiograph.query.sums import HOUR

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.lake import Lake

# An hour whose minutes changed is left alone for so long, seconds.
_QUIET_SECONDS = 120.0
# How far back hours are looked for, but for the first time after the start, microseconds.
_BACK = 26 * HOUR

_CHANGED = """
SELECT DISTINCT epoch_us(date_trunc('hour', minute)) FROM (
    SELECT minute FROM node_contributions UNION ALL SELECT minute FROM edge_contributions
)
"""
_FORGET = "DELETE FROM summed_hours WHERE list_contains($hours::BIGINT[], epoch_us(hour))"
_KNOWN = "SELECT count(*) FROM summed_hours WHERE list_contains($hours::BIGINT[], epoch_us(hour))"

_WAITING = """
SELECT epoch_us(hour)
FROM (
    SELECT DISTINCT date_trunc('hour', minute) AS hour FROM node_minutes
    WHERE minute >= make_timestamp($since) AND minute < make_timestamp($until)
) ANTI JOIN summed_hours USING (hour)
ORDER BY hour DESC
"""
# Rows that add up to nothing may still hold the first start or the last end of their key.
_SUM = (
    "DELETE FROM node_hours WHERE hour = make_timestamp($hour)",
    "DELETE FROM edge_hours WHERE hour = make_timestamp($hour)",
    """
    INSERT INTO node_hours BY NAME
    SELECT
        make_timestamp($hour) AS hour, group_id, name, type, account, active, root, outcome, response_ms, duration_ms,
        sum(count)::BIGINT AS count, sum(total_us)::BIGINT AS total_us,
        min(first_start) AS first_start, max(last_end) AS last_end
    FROM node_minutes WHERE minute >= make_timestamp($hour) AND minute < make_timestamp($hour + $length)
    GROUP BY ALL
    HAVING count <> 0 OR total_us <> 0 OR first_start IS NOT NULL OR last_end IS NOT NULL
    """,
    """
    INSERT INTO edge_hours BY NAME
    SELECT
        make_timestamp($hour) AS hour, group_id, source_name, source_type, source_account, name, type, account,
        outcome, response_ms,
        sum(count)::BIGINT AS count, sum(total_us)::BIGINT AS total_us,
        min(first_start) AS first_start, max(last_end) AS last_end
    FROM edge_minutes WHERE minute >= make_timestamp($hour) AND minute < make_timestamp($hour + $length)
    GROUP BY ALL
    HAVING count <> 0 OR total_us <> 0 OR first_start IS NOT NULL OR last_end IS NOT NULL
    """,
    "INSERT INTO summed_hours VALUES (make_timestamp($hour))",
    # A roll-up on another node in the same moment, which may change these minutes: the catalog refuses the second.
    "DELETE FROM rollup_progress WHERE writer IS NULL",
    "INSERT INTO rollup_progress VALUES (NULL, NULL)",
)


class Hours:
    """Knows which hours changed of late.

    Args:
        clock: monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._changed: dict[int, float] = {}
        self._since = 0

    def forget(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Forget the sums of the hours to which contributions belong, in the transaction that counts those."""
        hours = [row[0] for row in connection.execute(_CHANGED).fetchall()]
        if not hours:
            return
        self._changed |= dict.fromkeys(hours, self._clock())
        known = connection.execute(_KNOWN, {"hours": hours}).fetchone()
        if known is not None and known[0]:
            connection.execute(_FORGET, {"hours": hours})

    def sum_up(self, lake: Lake, *, until: int, stopping: Callable[[], bool]) -> int:
        """Sum every hour that is over and quiet, one transaction each, the latest first.

        Args:
            lake: where.
            until: time before which minutes are settled, microseconds.
            stopping: whether the rest can wait.

        Returns:
            How many hours were summed.
        """
        until = until // HOUR * HOUR
        now = self._clock()
        self._changed = {hour: at for hour, at in self._changed.items() if now - at < _QUIET_SECONDS}
        with lake.reading() as connection:
            rows = connection.execute(_WAITING, {"since": self._since, "until": until}).fetchall()
        done = 0
        left = False
        for (hour,) in rows:
            if stopping() or hour in self._changed:
                left = True
                continue
            with lake.reading() as connection:
                for statement in _SUM:
                    connection.execute(statement, values_for(statement, {"hour": hour, "length": HOUR}))
            done += 1
        if not left:
            self._since = max(self._since, until - _BACK)
        return done
