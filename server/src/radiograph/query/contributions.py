"""The linker's facts for many traces at once, in SQL, as signed sums per minute.

What a set of documents adds to the statistics is computed twice: for what is known of each touched trace now
(sign +1) and for what was known when it was last counted (sign -1). The sum corrects whatever a late document
changed. Nearly every trace is new, so that the second part is nearly always empty.

Most traces are plain: one document per segment or subsegment, every parent found. Those are joined in SQL. The others
(duplicates, streamed subsegments below other subsegments, callers that are local subsegments, missing parents, circles,
links) are assembled and linked by the same code that answers for single traces. A test holds both ways against each
other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from radiograph.query.histogram import milliseconds
from radiograph.query.linker import link
from radiograph.store.reader import stored_documents
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from radiograph.query.linker import EdgeFact, Facts, NodeFact
    from radiograph.trace.limits import Limits

_MINUTE = 60_000_000
_COMPLEX_AT_ONCE = 500

# How far apart the documents of one trace may start when its id carries no time, microseconds.
_SPREAD = 600_000_000
_NEVER = 9_000_000_000_000_000

# A writer's commit may become visible this much later than the arrivals in it say, microseconds.
COMMIT_SLACK = 120_000_000

# Documents that no rollup has counted yet. $low only prunes: whether one is counted is the writer's progress.
_TOUCHED = """
CREATE OR REPLACE TEMP TABLE touched AS
SELECT
    segments.trace_id,
    min(trace_time) AS first_time,
    max(trace_time) AS last_time,
    -- An id that carries its time gives all its documents that time.
    bool_or(epoch_us(trace_time) <> ('0x' || substr(segments.trace_id, 3, 8))::BIGINT * 1_000_000) AS spread
FROM lake.segments LEFT JOIN lake.rollup_progress AS progress USING (writer)
WHERE segments.arrival > make_timestamp($low) AND segments.arrival <= make_timestamp($high)
  AND (progress.arrival IS NULL OR segments.arrival > progress.arrival)
GROUP BY segments.trace_id
"""

_RANGE = """
SELECT
    epoch_us(min(CASE WHEN spread THEN first_time - to_microseconds($spread) ELSE first_time END)),
    epoch_us(max(CASE WHEN spread THEN last_time + to_microseconds($spread) ELSE last_time END))
FROM touched
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
      AND segments.arrival <= make_timestamp($high)
),
signed AS (
    SELECT 1::TINYINT AS sign, * FROM facts
    UNION ALL
    SELECT -1::TINYINT AS sign, * FROM facts WHERE counted
)
SELECT
    hash(trace_id, sign) AS trace, hash(trace_id, sign, id) AS self,
    CASE WHEN parent_id IS NOT NULL THEN hash(trace_id, sign, parent_id) END AS parent,
    * EXCLUDE (id, parent_id, counted)
FROM signed
"""

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
CREATE OR REPLACE TEMP TABLE node_contributions AS
WITH later AS (SELECT parent, max(last_end) AS last_end FROM pool WHERE is_subsegment GROUP BY parent),
node AS (
    SELECT
        sign, end_time, name, type, account, true AS active, pool.parent IS NULL AS root, outcome,
        epoch_us(end_time) - epoch_us(start_time) AS response,
        epoch_us(greatest(pool.last_end, later.last_end)) - epoch_us(start_time) AS duration, start_time
    FROM pool ANTI JOIN complex USING (trace) LEFT JOIN later ON later.parent = pool.self
    WHERE end_time IS NOT NULL AND NOT is_subsegment
    UNION ALL
    SELECT
        sign, end_time, name, type, '' AS account, false AS active, false AS root, outcome,
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
        min(start_time) AS first_start, max(end_time) AS last_end
    FROM node GROUP BY ALL HAVING count <> 0 OR total_us <> 0
)
WINDOW key_minute AS (PARTITION BY minute, name, type, account)
"""

_EDGES = """
CREATE OR REPLACE TEMP TABLE edge_contributions AS
WITH edge AS (
    SELECT
        sign, source_name, source_type, source_account, name, type, account, outcome, start_time, end_time
    FROM child ANTI JOIN complex USING (trace)
    WHERE end_time IS NOT NULL
    UNION ALL
    SELECT
        sign, source_name, source_type, source_account, name, type, '' AS account, outcome, start_time, end_time
    FROM unanswered
    UNION ALL
    SELECT
        sign, name AS source_name, 'client' AS source_type, '' AS source_account,
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
        min(start_time) AS first_start, max(end_time) AS last_end
    FROM edge GROUP BY ALL HAVING count <> 0 OR total_us <> 0
)
WINDOW key_minute AS (PARTITION BY minute, source_name, source_type, source_account, name, type, account)
"""

_COMPLEX_IDS = """
SELECT trace_id, bool_or(sign = 1) FROM pool SEMI JOIN complex USING (trace) GROUP BY trace_id ORDER BY 1
"""
_COUNTED = """
SELECT trace_id, epoch_us(arrival) FROM pool SEMI JOIN complex USING (trace) WHERE sign = -1
"""

# The connection lives on, and these are as large as the documents counted.
_CLEAN_UP = tuple(
    f"DROP TABLE {table}" for table in ("touched", "pool", "piece", "call", "child", "complex", "unanswered")
)

_TIME = pa.timestamp("us")
_NODE_SCHEMA = pa.schema(
    [
        ("minute", _TIME),
        ("name", pa.string()),
        ("type", pa.string()),
        ("account", pa.string()),
        ("active", pa.bool_()),
        ("root", pa.bool_()),
        ("outcome", pa.uint8()),
        ("response_ms", pa.int64()),
        ("duration_ms", pa.int64()),
        ("count", pa.int64()),
        ("total_us", pa.int64()),
        ("first_start", _TIME),
        ("last_end", _TIME),
    ]
)
_EDGE_SCHEMA = pa.schema(
    [
        ("minute", _TIME),
        ("source_name", pa.string()),
        ("source_type", pa.string()),
        ("source_account", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("account", pa.string()),
        ("outcome", pa.uint8()),
        ("response_ms", pa.int64()),
        ("count", pa.int64()),
        ("total_us", pa.int64()),
        ("first_start", _TIME),
        ("last_end", _TIME),
    ]
)


def compute(
    connection: duckdb.DuckDBPyConnection,
    *,
    low: int,
    high: int,
    limits: Limits,
    account: str = "",
    young: int = _NEVER,
) -> int:
    """Compute what the documents not yet counted add, inside the connection's transaction.

    The result is in the temporary tables `node_contributions` and `edge_contributions`, which have the columns
    of `node_minutes` and `edge_minutes`.

    Args:
        connection: a connection to the lake.
        low: arrival before which every document is known to be counted, microseconds; only prunes.
        high: arrival up to which to count, microseconds.
        limits: for the traces that are assembled.
        account: id of the account that segments belong to when they name none.
        young: arrival after which a segment whose parent is missing is no root yet: SDKs send a caller's segment
            after those it called, so that the parent is about to come.

    Returns:
        How many traces were touched.
    """
    connection.execute(_TOUCHED, {"low": low, "high": high})
    touched = connection.execute("SELECT count(*) FROM touched").fetchone()
    if touched is None or touched[0] == 0:
        connection.execute("CREATE OR REPLACE TEMP TABLE node_contributions AS SELECT * FROM node_minutes LIMIT 0")
        connection.execute("CREATE OR REPLACE TEMP TABLE edge_contributions AS SELECT * FROM edge_minutes LIMIT 0")
        return 0
    times = connection.execute(_RANGE, {"spread": _SPREAD}).fetchone()
    first, last = times if times is not None else (0, 0)
    connection.execute(_POOL, {"first": first, "last": last, "high": high})
    for statement in (_PIECES, _CALLS, _CHILDREN, _COMPLEX, _CIRCLES, _UNANSWERED, _NODES, _EDGES):
        connection.execute(statement)
    _add_complex(connection, first=first, last=last, high=high, limits=limits, account=account, young=young)
    for statement in _CLEAN_UP:
        connection.execute(statement)
    return int(touched[0])


def _add_complex(
    connection: duckdb.DuckDBPyConnection, *, first: int, last: int, high: int, limits: Limits, account: str, young: int
) -> None:
    """Assemble and link the traces that SQL cannot, and add their contributions."""
    rows = connection.execute(_COMPLEX_IDS).fetchall()
    if not rows:
        return
    trace_ids = [trace_id for trace_id, _ in rows]
    plus = {trace_id for trace_id, now_too in rows if now_too}
    counted: dict[str, set[int]] = {}
    for trace_id, arrival in connection.execute(_COUNTED).fetchall():
        counted.setdefault(trace_id, set()).add(arrival)
    nodes: list[tuple[Any, ...]] = []
    edges: list[tuple[Any, ...]] = []
    for position in range(0, len(trace_ids), _COMPLEX_AT_ONCE):
        some = trace_ids[position : position + _COMPLEX_AT_ONCE]
        found = stored_documents(connection, some, first=first, last=last)
        for trace_id, documents in found.items():
            known = [document for document in documents if document.arrival <= high]
            if trace_id in plus:
                trace = assemble(trace_id, known, limits)
                awaited = {
                    segment.id
                    for segment in trace.segments
                    if segment.parent_id and segment.arrival > young and trace.caller(segment) is None
                }
                _append(link(trace, account, received=awaited), 1, nodes, edges)
            if trace_id in counted:
                before = [document for document in known if document.arrival in counted[trace_id]]
                _append(link(assemble(trace_id, before, limits), account), -1, nodes, edges)
    for table, schema, found_rows in (
        ("node_contributions", _NODE_SCHEMA, nodes),
        ("edge_contributions", _EDGE_SCHEMA, edges),
    ):
        columns = list(zip(*found_rows, strict=True)) if found_rows else [()] * len(schema)
        arrays = [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)]
        connection.register("assembled", pa.Table.from_arrays(arrays, schema=schema))
        if table == "node_contributions":
            connection.execute("INSERT INTO node_contributions SELECT * FROM assembled")
        else:
            connection.execute("INSERT INTO edge_contributions SELECT * FROM assembled")
        connection.unregister("assembled")


def _append(facts: Facts, sign: int, nodes: list[tuple[Any, ...]], edges: list[tuple[Any, ...]]) -> None:
    nodes.extend(_node_rows(facts.nodes, sign))
    edges.extend(_edge_rows(facts.edges, sign))


def _node_rows(facts: list[NodeFact], sign: int) -> Iterator[tuple[Any, ...]]:
    for fact in facts:
        yield (
            fact.end // _MINUTE * _MINUTE,
            fact.key.name,
            fact.key.type,
            fact.key.account,
            fact.state == "active",
            fact.root,
            int(fact.outcome),
            milliseconds(fact.start, fact.end),
            milliseconds(fact.start, fact.duration_end),
            sign,
            sign * (fact.end - fact.start),
            fact.start,
            fact.end,
        )


def _edge_rows(facts: list[EdgeFact], sign: int) -> Iterator[tuple[Any, ...]]:
    for fact in facts:
        yield (
            fact.end // _MINUTE * _MINUTE,
            fact.source.name,
            fact.source.type,
            fact.source.account,
            fact.target.name,
            fact.target.type,
            fact.target.account,
            int(fact.outcome),
            milliseconds(fact.start, fact.end),
            sign,
            sign * (fact.end - fact.start),
            fact.start,
            fact.end,
        )
