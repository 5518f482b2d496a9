"""The linker's facts of plain traces, in SQL, from the pool that `touched.py` gathered."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import duckdb

# Every document with the segment that it is part of: itself, or, for a subsegment sent on its own, its parent.
_PIECES = """
CREATE OR REPLACE TEMP TABLE piece AS
SELECT
    self AS source, start_time AS source_start, name AS source_name, type AS source_type, account AS source_account,
    sign, trace_id, trace, self, start_time, end_time, outcome, calls
FROM pool WHERE NOT is_subsegment
UNION ALL
SELECT
    owner.self, owner.start_time, owner.name, owner.type, owner.account,
    part.sign, part.trace_id, part.trace, part.self, part.start_time, part.end_time, part.outcome, part.calls
FROM pool AS part JOIN pool AS owner ON owner.self = part.parent
WHERE part.is_subsegment AND NOT owner.is_subsegment
"""

_CALLS = """
CREATE OR REPLACE TEMP TABLE call AS
SELECT
    sign, trace, source, source_start, source_name, source_type, source_account,
    hash(trace_id, sign, one.id) AS self, one.name AS name, one.type AS type, one.inferred AS inferred,
    one.start_time AS start_time, one.end_time AS end_time, one.outcome AS outcome
FROM (SELECT * EXCLUDE (self, start_time, end_time, outcome, calls), unnest(calls) AS one FROM piece)
"""

# Each called segment with whoever called it.
_CHILDREN = """
CREATE OR REPLACE TEMP TABLE child AS
SELECT
    pool.sign, pool.trace, pool.self, pool.parent, pool.name, pool.type, pool.account,
    coalesce(call.source, caller.source) AS source,
    coalesce(call.source_start, caller.source_start) >= pool.start_time AS backwards,
    call.self IS NULL AND caller.self IS NULL AS lost,
    coalesce(call.source_name, caller.source_name) AS source_name,
    coalesce(call.source_type, caller.source_type) AS source_type,
    coalesce(call.source_account, caller.source_account) AS source_account,
    coalesce(call.outcome, caller.outcome) AS outcome,
    CASE WHEN call.self IS NOT NULL THEN call.start_time ELSE caller.start_time END AS start_time,
    CASE WHEN call.self IS NOT NULL THEN call.end_time ELSE caller.end_time END AS end_time
FROM pool
LEFT JOIN call ON call.self = pool.parent
LEFT JOIN piece AS caller ON caller.self = pool.parent
WHERE pool.parent IS NOT NULL AND NOT pool.is_subsegment
"""

_COMPLEX = """
CREATE OR REPLACE TEMP TABLE complex AS
SELECT DISTINCT trace FROM pool WHERE has_links
UNION
SELECT trace FROM pool ANTI JOIN piece USING (self) WHERE is_subsegment
UNION
SELECT any_value(trace) FROM pool GROUP BY self HAVING count(*) > 1
UNION
SELECT any_value(trace) FROM call GROUP BY self HAVING count(*) > 1
UNION
SELECT trace FROM child WHERE lost
"""

# Segments that call each other in a circle are reached from no root. Somewhere in a circle a segment begins no
# later than whoever called it, which is rare: only such traces are walked.
_CIRCLES = """
INSERT INTO complex
WITH RECURSIVE
suspect AS (SELECT DISTINCT trace FROM child WHERE backwards),
reached AS (
    SELECT self FROM pool SEMI JOIN suspect USING (trace) WHERE parent IS NULL AND NOT is_subsegment
    UNION
    SELECT child.self FROM child JOIN reached ON child.source = reached.self
)
SELECT DISTINCT trace
FROM pool SEMI JOIN suspect USING (trace) ANTI JOIN complex USING (trace) ANTI JOIN reached USING (self)
WHERE NOT is_subsegment
"""

# Calls that no segment answers lead to inferred nodes.
_UNANSWERED = """
CREATE OR REPLACE TEMP TABLE unanswered AS
SELECT call.* FROM call ANTI JOIN complex USING (trace) ANTI JOIN child ON child.parent = call.self
WHERE inferred AND end_time IS NOT NULL
"""

# milliseconds() of the linker, in SQL: a half is rounded up. First start and last end of a key's minute stand in one
# row each, since they would otherwise take more room than the counts.
_NODES = """
WITH later AS (SELECT parent, max(last_end) AS last_end FROM pool WHERE is_subsegment GROUP BY parent),
node AS (
    SELECT
        trace, sign, end_time, name, type, account, true AS active, pool.parent IS NULL AS root, outcome,
        epoch_us(end_time) - epoch_us(start_time) AS response,
        epoch_us(greatest(pool.last_end, later.last_end)) - epoch_us(start_time) AS duration, start_time
    FROM pool ANTI JOIN complex USING (trace) LEFT JOIN later ON later.parent = pool.self
    WHERE end_time IS NOT NULL AND NOT is_subsegment
    UNION ALL
    SELECT
        trace, sign, end_time, name, type, '' AS account, false AS active, false AS root, outcome,
        epoch_us(end_time) - epoch_us(start_time) AS response, response AS duration, start_time
    FROM unanswered
)
SELECT * REPLACE (
    CASE WHEN first_start = min(first_start) FILTER (count > 0) OVER key_minute THEN first_start END AS first_start,
    CASE WHEN last_end = max(last_end) FILTER (count > 0) OVER key_minute THEN last_end END AS last_end
)
FROM (
    SELECT
        date_trunc('minute', end_time) AS minute, name, type, account, active, root, outcome,
        (response + 500) // 1000 AS response_ms, (duration + 500) // 1000 AS duration_ms,
        sum(sign)::BIGINT AS count, sum(sign * response)::BIGINT AS total_us,
        min(start_time) AS first_start, max(end_time) AS last_end,
        {group_id} AS group_id
    FROM node {of_groups} GROUP BY ALL HAVING count <> 0 OR total_us <> 0
)
WINDOW key_minute AS (PARTITION BY minute, name, type, account, group_id)
"""

_EDGES = """
WITH edge AS (
    SELECT
        trace, sign, source_name, source_type, source_account, name, type, account, outcome, start_time, end_time
    FROM child ANTI JOIN complex USING (trace)
    WHERE end_time IS NOT NULL
    UNION ALL
    SELECT
        trace, sign, source_name, source_type, source_account, name, type, '' AS account, outcome, start_time, end_time
    FROM unanswered
    UNION ALL
    SELECT
        trace, sign, name AS source_name, 'client' AS source_type, '' AS source_account,
        name, type, account, outcome, start_time, end_time
    FROM pool ANTI JOIN complex USING (trace)
    WHERE parent IS NULL AND end_time IS NOT NULL AND NOT is_subsegment
      -- Canaries and browsers send segments of their own and so stand where the client would.
      AND NOT (lower(type) = 'client' OR starts_with(lower(type), 'client::') OR lower(type) = 'aws::rum::appmonitor')
)
SELECT * REPLACE (
    CASE WHEN first_start = min(first_start) FILTER (count > 0) OVER key_minute THEN first_start END AS first_start,
    CASE WHEN last_end = max(last_end) FILTER (count > 0) OVER key_minute THEN last_end END AS last_end
)
FROM (
    SELECT
        date_trunc('minute', end_time) AS minute,
        source_name, source_type, source_account, name, type, account, outcome,
        (epoch_us(end_time) - epoch_us(start_time) + 500) // 1000 AS response_ms,
        sum(sign)::BIGINT AS count, sum(sign * (epoch_us(end_time) - epoch_us(start_time)))::BIGINT AS total_us,
        min(start_time) AS first_start, max(end_time) AS last_end,
        {group_id} AS group_id
    FROM edge {of_groups} GROUP BY ALL HAVING count <> 0 OR total_us <> 0
)
WINDOW key_minute AS (PARTITION BY minute, source_name, source_type, source_account, name, type, account, group_id)
"""

_OF_ALL_TRACES = {"group_id": "NULL::VARCHAR", "of_groups": ""}
_OF_GROUPS = {"group_id": "member.group_id", "of_groups": "JOIN member USING (trace)"}


def join(connection: duckdb.DuckDBPyConnection) -> None:
    """Join the pool; the traces for which that is not enough are in the table `complex` afterwards."""
    for statement in (_PIECES, _CALLS, _CHILDREN, _COMPLEX, _CIRCLES, _UNANSWERED):
        connection.execute(statement)


def sum_up(connection: duckdb.DuckDBPyConnection, *, of_groups: bool) -> None:
    """Sum the facts of the plain traces into `node_contributions` and `edge_contributions`.

    Args:
        connection: where `join` joined.
        of_groups: also into rows for each group, of the traces that the table `member` has for it.
    """
    for table, statement in (("node_contributions", _NODES), ("edge_contributions", _EDGES)):
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {statement.format(**_OF_ALL_TRACES)}")
        if of_groups:
            connection.execute(f"INSERT INTO {table} {statement.format(**_OF_GROUPS)}")


def no_sums(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `node_contributions` and `edge_contributions` empty."""
    connection.execute("CREATE OR REPLACE TEMP TABLE node_contributions AS SELECT * FROM node_minutes LIMIT 0")
    connection.execute("CREATE OR REPLACE TEMP TABLE edge_contributions AS SELECT * FROM edge_minutes LIMIT 0")
