"""Which traces a roll-up counts, and everything that is known of them.

Leaves two temporary tables: `touched` has the traces, `pool` a row for every document of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.store.rows import SPREAD

if TYPE_CHECKING:
    import duckdb

# Documents that no rollup has counted yet. $low only prunes: whether one is counted is the writer's progress.
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT
    segments.trace_id,
    min(trace_time) AS first_time,
    max(trace_time) AS last_time,
    -- An id that carries its time gives all its documents that time.
    bool_or(timed IS NOT true) AS spread,
    true AS fresh
FROM lake.segments LEFT JOIN lake.rollup_progress AS progress USING (writer)
WHERE segments.arrival > make_timestamp($low) AND segments.arrival <= make_timestamp($high)
  AND (progress.arrival IS NULL OR segments.arrival > progress.arrival)
GROUP BY segments.trace_id
"""

# Traces with which a group waited for more (see membership.py), and that have waited long enough.
_DUE = """
INSERT INTO touched
SELECT
    trace_id, trace_time, trace_time,
    epoch_us(trace_time) <> ('0x' || substr(trace_id, 3, 8))::BIGINT * 1_000_000,
    false
FROM lake.undecided ANTI JOIN touched USING (trace_id)
WHERE since <= make_timestamp($due)
"""

_COUNT = "SELECT count(*), count(*) FILTER (fresh) FROM touched"

# Of a table of traces with the earliest and the latest time that is known of each, and whether it may have others.
_RANGE = """
SELECT
    epoch_us(min(CASE WHEN spread THEN first_time - to_microseconds($spread) ELSE first_time END)),
    epoch_us(max(CASE WHEN spread THEN last_time + to_microseconds($spread) ELSE last_time END))
FROM {table}
"""

# All documents of the touched traces, as known now (+1) and, where that was something, as counted before (-1). A
# trace and what is in it go by 64-bit hashes that include the sign: joins on one number are several times faster
# than on sign, text and id.
_POOL = """
CREATE OR REPLACE TEMP TABLE pool AS
WITH facts AS (
    SELECT
        segments.trace_id, id, parent_id, segments.arrival, start_time, end_time, last_end, is_subsegment,
        name, type, account, calls, len(links) > 0 AS has_links,
        CASE WHEN fault THEN 3 WHEN throttle THEN 2 WHEN error THEN 1 ELSE 0 END::UTINYINT AS outcome,
        progress.arrival IS NOT NULL AND segments.arrival <= progress.arrival AS counted
    FROM lake.segments
    SEMI JOIN touched ON segments.trace_id = touched.trace_id
    LEFT JOIN lake.rollup_progress AS progress USING (writer)
    WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
),
signed AS (
    -- A node whose clock is behind may take over: what is counted is known, whenever it came.
    SELECT 1::TINYINT AS sign, * FROM facts WHERE arrival <= make_timestamp($high) OR counted
    UNION ALL
    SELECT -1::TINYINT AS sign, * FROM facts WHERE counted
)
SELECT
    hash(trace_id, sign) AS trace, hash(trace_id, sign, id) AS self,
    CASE WHEN parent_id IS NOT NULL THEN hash(trace_id, sign, parent_id) END AS parent,
    * EXCLUDE (id, parent_id, counted)
FROM signed
"""

_AHEAD = "SELECT trace_id, epoch_us(arrival) FROM pool WHERE sign = 1 AND arrival > make_timestamp($high)"


class Touched(msgspec.Struct, frozen=True):
    """What was gathered.

    Args:
        traces: all of them.
        fresh: those of which documents came that are not counted yet.
        first: no document of theirs has an earlier `trace_time`, microseconds.
        last: none has a later one.
        high: arrival up to which documents are known, microseconds.
        ahead: trace and arrival of documents that were counted although they came later.
    """

    traces: int
    fresh: int
    first: int = 0
    last: int = 0
    high: int = 0
    ahead: frozenset[tuple[str, int]] = frozenset()

    def knows(self, trace_id: str, arrival: int) -> bool:
        """Return whether a document is known."""
        return arrival <= self.high or (trace_id, arrival) in self.ahead


def gather(connection: duckdb.DuckDBPyConnection, *, low: int, high: int, due: int | None = None) -> Touched:
    """Gather the traces of which documents are not counted yet, and all their documents.

    Args:
        connection: a connection to the lake.
        low: arrival before which every document is known to be counted, microseconds; only prunes.
        high: arrival up to which to count, microseconds.
        due: also gather the traces that have waited for their groups since then or longer, microseconds.
    """
    connection.execute(_TOUCHED, {"low": low, "high": high})
    if due is not None:
        connection.execute(_DUE, {"due": due})
    traces, fresh = connection.execute(_COUNT).fetchone() or (0, 0)
    if not traces:
        return Touched(0, 0)
    first, last = time_range(connection, "touched") or (0, 0)
    connection.execute(_POOL, {"first": first, "last": last, "high": high})
    ahead = frozenset(connection.execute(_AHEAD, {"high": high}).fetchall())
    return Touched(traces, fresh, first, last, high, ahead)


def time_range(connection: duckdb.DuckDBPyConnection, table: str) -> tuple[int, int] | None:
    """Return between which times, microseconds, all documents of some traces lie; None when there are no traces.

    Args:
        connection: where the table is.
        table: with `first_time`, `last_time` and `spread` of each trace; its name is a constant.
    """
    row = connection.execute(_RANGE.format(table=table), {"spread": SPREAD}).fetchone()
    return None if row is None or row[0] is None else row
