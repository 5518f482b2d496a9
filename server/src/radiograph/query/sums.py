"""What was counted over a range of time, summed: from whole hours where those are summed already, and from minutes.

A map of six hours is the sum of a million rows by the minute, and of fifty thousand by the hour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.graph import Sums
from radiograph.trace.node import NodeKey

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

MINUTE = 60_000_000
HOUR = 60 * MINUTE

_SUMMED = """
SELECT epoch_us(hour) FROM summed_hours
WHERE hour >= make_timestamp($first) AND hour < make_timestamp($last) ORDER BY hour
"""

# {counted} tells whose traces, {pieces} are the tables and times that together make up the range; both are made of
# constants and names of parameters. The first start and the last end of a key stand in some of its rows.
_NODES = """
WITH counted AS ({pieces}),
alike AS (
    SELECT
        name, type, account, active, root, outcome, response_ms, duration_ms,
        sum(count)::BIGINT AS total, sum(total_us)::BIGINT AS total_us,
        min(first_start) AS first_start, max(last_end) AS last_end
    FROM counted
    GROUP BY name, type, account, active, root, outcome, response_ms, duration_ms
)
SELECT * FROM (
    SELECT
        name, type, account, active, root, outcome,
        list([response_ms, duration_ms, total]) FILTER (total > 0) AS cells,
        sum(total_us) FILTER (total > 0)::BIGINT AS sum_us,
        epoch_us(min(min(first_start)) OVER key) AS first_start, epoch_us(max(max(last_end)) OVER key) AS last_end
    FROM alike
    GROUP BY name, type, account, active, root, outcome
    WINDOW key AS (PARTITION BY name, type, account)
)
WHERE cells IS NOT NULL
"""
_EDGES = """
WITH counted AS ({pieces}),
alike AS (
    SELECT
        source_name, source_type, source_account, name, type, account, outcome, response_ms,
        sum(count)::BIGINT AS total, sum(total_us)::BIGINT AS total_us,
        min(first_start) AS first_start, max(last_end) AS last_end
    FROM counted
    GROUP BY source_name, source_type, source_account, name, type, account, outcome, response_ms
)
SELECT * FROM (
    SELECT
        source_name, source_type, source_account, name, type, account, outcome,
        list([response_ms, response_ms, total]) FILTER (total > 0) AS cells,
        sum(total_us) FILTER (total > 0)::BIGINT AS sum_us,
        epoch_us(min(min(first_start)) OVER key) AS first_start, epoch_us(max(max(last_end)) OVER key) AS last_end
    FROM alike
    GROUP BY source_name, source_type, source_account, name, type, account, outcome
    WINDOW key AS (PARTITION BY source_name, source_type, source_account, name, type, account)
)
WHERE cells IS NOT NULL
"""
_PIECE = """
SELECT * EXCLUDE ({time}) FROM {table}
WHERE {counted} AND {time} >= make_timestamp($from_{number}) AND {time} < make_timestamp($to_{number})
"""
_TAIL = """
SELECT * EXCLUDE (minute) FROM {table} WHERE minute >= make_timestamp($first) AND minute < make_timestamp($last)
"""


class NodeSums(msgspec.Struct, frozen=True):
    """Requests of a node with one outcome; `active` and `root` as in the statistics per minute."""

    key: NodeKey
    active: bool
    root: bool
    sums: Sums


class EdgeSums(msgspec.Struct, frozen=True):
    """Calls between two nodes with one outcome."""

    source: NodeKey
    target: NodeKey
    sums: Sums


class Counted:
    """The sums of a range. The live tail must have been computed in the same transaction.

    Args:
        connection: a connection to the lake.
        first: of the range, microseconds; a minute counts whole.
        last: end of the range.
        counted: whose traces, a condition on rows.
        values: of the parameters in `counted`.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, first: int, last: int, counted: str, values: dict[str, Any]
    ) -> None:
        self._connection = connection
        self._first = first // MINUTE * MINUTE
        self._last = last
        self._counted = counted
        self._values = values
        bounds = {"first": self._first, "last": last - HOUR + 1}
        self._pieces = _pieces(self._first, last, [row[0] for row in connection.execute(_SUMMED, bounds).fetchall()])

    def nodes(self) -> Iterator[NodeSums]:
        """Sum the requests."""
        for name, type_, account, active, root, *sums in self._rows(_NODES, "node"):
            yield NodeSums(NodeKey(name, type_, account), active, root, Sums(*sums))

    def edges(self) -> Iterator[EdgeSums]:
        """Sum the calls."""
        for from_name, from_type, from_account, name, type_, account, *sums in self._rows(_EDGES, "edge"):
            yield EdgeSums(NodeKey(from_name, from_type, from_account), NodeKey(name, type_, account), Sums(*sums))

    def _rows(self, statement: str, kind: str) -> list[tuple[Any, ...]]:
        values: dict[str, Any] = {"first": self._first, "last": self._last}
        parts = [_TAIL.format(table=f"{kind}_contributions")]
        for number, (unit, from_, to) in enumerate(self._pieces):
            values |= {f"from_{number}": from_, f"to_{number}": to, **self._values}
            parts.append(_PIECE.format(table=f"{kind}_{unit}s", time=unit, counted=self._counted, number=number))
        return self._connection.execute(statement.format(pieces="UNION ALL BY NAME".join(parts)), values).fetchall()


def _pieces(first: int, last: int, summed: list[int]) -> list[tuple[str, int, int]]:
    """Cut a range into what is read by the hour and what is read by the minute.

    Args:
        first: start of the range.
        last: its end.
        summed: the hours within it that are summed, ascending.

    Returns:
        Unit, start and end of each piece; none is empty.
    """
    pieces: list[tuple[str, int, int]] = []
    at = first
    for hour in summed:
        if at < hour:
            pieces.append(("minute", at, hour))
        if pieces and pieces[-1][0] == "hour" and pieces[-1][2] == hour:
            pieces[-1] = ("hour", pieces[-1][1], hour + HOUR)
        else:
            pieces.append(("hour", hour, hour + HOUR))
        at = hour + HOUR
    if at < last:
        pieces.append(("minute", at, last))
    return pieces
