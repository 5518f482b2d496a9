"""The tables of the lake, and how an older lake becomes a newer one.

A change of the schema is a new entry at the end of `MIGRATIONS`; entries that have been released never
change. The number of entries that a lake has seen is in its table `schema_version`.

Two tables hold what was received, one row in each per document:

`documents` is for reading whole traces. Few columns and small row groups, sorted by second and trace id, so that
one trace costs little, and a hundred of one minute hardly more. Its text is the document byte for byte, except that
the trace's id and the document's own id, which stand in it many times, are abbreviated to U+0001 and U+0002:
characters that JSON text cannot contain (saves 24 % of the disk; the view `received` shows the original).

`segments` is for questions over many traces: the facts, in typed columns, sorted by time.

A trace id is text, in X-Ray's form: DuckDB finds text in Parquet three times faster than a UUID or a pair of
numbers, and after compression they are equally large. A segment's id is a number (UBIGINT), 8 bytes where its text
takes 10. `arrival` orders all documents of one writer, without ties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

_VERSION_1 = (
    """
    CREATE TABLE documents (
        trace_id VARCHAR,
        id UBIGINT,
        trace_time TIMESTAMP,
        arrival TIMESTAMP,
        text VARCHAR
    )
    """,
    "ALTER TABLE documents SET SORTED BY (trace_id)",
    """
    CREATE TABLE segments (
        trace_id VARCHAR,
        id UBIGINT,
        parent_id UBIGINT,
        writer UINTEGER,
        arrival TIMESTAMP,
        trace_time TIMESTAMP,
        start_time TIMESTAMP,
        end_time TIMESTAMP,
        last_end TIMESTAMP,
        is_subsegment BOOLEAN,
        name VARCHAR,
        type VARCHAR,
        account VARCHAR,
        error BOOLEAN,
        throttle BOOLEAN,
        fault BOOLEAN,
        http_method VARCHAR,
        http_url VARCHAR,
        http_status INTEGER,
        http_user_agent VARCHAR,
        http_client_ip VARCHAR,
        user_name VARCHAR,
        resource_arn VARCHAR,
        instance_id VARCHAR,
        availability_zone VARCHAR,
        annotations STRUCT(key VARCHAR, text VARCHAR, number DOUBLE, flag BOOLEAN)[],
        calls STRUCT(
            id UBIGINT, name VARCHAR, type VARCHAR, inferred BOOLEAN,
            start_time TIMESTAMP, end_time TIMESTAMP, outcome UTINYINT
        )[],
        links STRUCT(trace_id VARCHAR, id VARCHAR)[]
    )
    """,
    "ALTER TABLE segments SET SORTED BY (trace_time, trace_id)",
    # Signed contributions: a correction is a row with a negative count (see query/rollup.py).
    """
    CREATE TABLE node_minutes (
        minute TIMESTAMP,
        name VARCHAR, type VARCHAR, account VARCHAR,
        active BOOLEAN, root BOOLEAN,
        outcome UTINYINT,
        response_ms BIGINT, duration_ms BIGINT,
        count BIGINT, total_us BIGINT,
        first_start TIMESTAMP, last_end TIMESTAMP
    )
    """,
    "ALTER TABLE node_minutes SET SORTED BY (minute)",
    """
    CREATE TABLE edge_minutes (
        minute TIMESTAMP,
        source_name VARCHAR, source_type VARCHAR, source_account VARCHAR,
        name VARCHAR, type VARCHAR, account VARCHAR,
        outcome UTINYINT,
        response_ms BIGINT,
        count BIGINT, total_us BIGINT,
        first_start TIMESTAMP, last_end TIMESTAMP
    )
    """,
    "ALTER TABLE edge_minutes SET SORTED BY (minute)",
    # Up to which arrival each writer's documents are in the rollup.
    "CREATE TABLE rollup_progress (writer UINTEGER, arrival TIMESTAMP)",
    # So that there always is a row over which two roll-ups at once can disagree (see query/rollup.py).
    "INSERT INTO rollup_progress VALUES (NULL, NULL)",
    # Which node does a job that only one may do at a time.
    "CREATE TABLE leases (name VARCHAR, holder VARCHAR, expires TIMESTAMP)",
    # The last telemetry record of each relay (PutTelemetryRecords), for the operator.
    """
    CREATE TABLE telemetry (
        hostname VARCHAR, instance_id VARCHAR, resource_arn VARCHAR,
        received_at TIMESTAMP, record VARCHAR
    )
    """,
    """
    CREATE VIEW received AS
    SELECT
        trace_id,
        printf('%016x', id) AS id,
        arrival,
        replace(replace(text, chr(1), trace_id), chr(2), printf('%016x', id)) AS document
    FROM documents
    """,
)

_LAKE_OPTIONS = {
    "parquet_compression": "zstd",
    # On our documents level 1 is smaller than level 3 and takes half its time. Merging compresses them harder.
    "parquet_compression_level": "1",
    # A young file spans a quarter of a second: sorting is left to the merge, which halves the cost of a commit.
    "sort_on_insert": "false",
    # A merge sorts what it merges, ten times larger in memory than on disk, and DuckDB's sort does not give way to disk
    # in time: with 256 MB, 8 MB succeed and 16 MB fail (trial with 600,000 documents).
    "target_file_size": "8000000",
    # Measured slower than a file per commit for our sizes.
    "data_inlining_row_limit": "0",
}

# Where a table differs. Row groups are small where single traces are read, and large enough to prune by time where
# many are scanned.
_TABLE_OPTIONS = {
    # Those of which there is most are compressed harder when merged (see maintenance.py): 6 MB of documents are as many
    # rows as 8 MB of others.
    "documents": {
        "parquet_row_group_size": "2048",
        "target_file_size": "6000000",
        "parquet_compression_level": "1",
    },
    "segments": {"parquet_row_group_size": "16384", "parquet_compression_level": "1"},
    # Their rows take 4 bytes: in a file of the usual size there are too many to sort in memory.
    "node_minutes": {
        "parquet_row_group_size": "16384",
        "target_file_size": "1000000",
        "parquet_compression_level": "1",
    },
    "edge_minutes": {
        "parquet_row_group_size": "16384",
        "target_file_size": "1000000",
        "parquet_compression_level": "1",
    },
    "node_hours": {"parquet_row_group_size": "16384", "target_file_size": "1000000"},
    "edge_hours": {"parquet_row_group_size": "16384", "target_file_size": "1000000"},
    "memberships": {"parquet_row_group_size": "16384", "target_file_size": "2000000"},
}

_OPTIONS = "SELECT option_name, scope_entry, value FROM ducklake_options('lake')"


# Rows of a minute that are alike lie beside each other: a fifth less to store.
_VERSION_2 = (
    "ALTER TABLE node_minutes SET SORTED BY (minute, name, type, account, active, root, outcome, response_ms)",
    """
    ALTER TABLE edge_minutes
    SET SORTED BY (minute, name, type, account, source_name, source_type, source_account, outcome, response_ms)
    """,
)

_VERSION_3 = (
    """
    CREATE TABLE groups (
        id VARCHAR, name VARCHAR, arn VARCHAR,
        filter VARCHAR,
        insights BOOLEAN, notifications BOOLEAN,
        created TIMESTAMP, filter_changed TIMESTAMP
    )
    """,
    # The group that always exists, and over whose row two changes at once disagree (see groups.py).
    "INSERT INTO groups VALUES ('', 'Default', '', '', false, false, make_timestamp(0), NULL)",
    "CREATE TABLE tags (arn VARCHAR, key VARCHAR, value VARCHAR)",
)

# What a search can rule a trace out by without reading its documents. NULL in rows that are older: anything.
_VERSION_4 = (
    # What stands anywhere in the document's tree, and whether it begins a trace: bits, see rows.py.
    "ALTER TABLE segments ADD COLUMN tree_flags UTINYINT",
    # Of the calls that may have no segment of their own: names and types of their nodes, as bits (see rows.marks), and
    # the outcomes, as 1 << outcome. The list `calls` takes ten times longer to read.
    "ALTER TABLE segments ADD COLUMN called_names UBIGINT",
    "ALTER TABLE segments ADD COLUMN called_types UBIGINT",
    # Names and types again, of calls that ended badly, each with how.
    "ALTER TABLE segments ADD COLUMN called_badly UBIGINT",
    "ALTER TABLE segments ADD COLUMN call_outcomes UTINYINT",
    # Whether trace_time is the second that the trace id carries, and so that of all documents of the trace.
    "ALTER TABLE segments ADD COLUMN timed BOOLEAN",
)

# Traces of groups have rows of their own in the statistics; NULL stands for those of all traces, which old rows are.
_VERSION_5 = (
    "ALTER TABLE node_minutes ADD COLUMN group_id VARCHAR",
    "ALTER TABLE edge_minutes ADD COLUMN group_id VARCHAR",
    """
    ALTER TABLE node_minutes
    SET SORTED BY (group_id, minute, name, type, account, active, root, outcome, response_ms)
    """,
    """
    ALTER TABLE edge_minutes
    SET SORTED BY (
        group_id, minute, name, type, account, source_name, source_type, source_account, outcome, response_ms
    )
    """,
    # Which traces are counted for which groups; trace_time is that of a document of the trace.
    "CREATE TABLE memberships (group_id VARCHAR, trace_id VARCHAR, trace_time TIMESTAMP)",
    "ALTER TABLE memberships SET SORTED BY (trace_time, trace_id)",
    # Traces with which groups wait for what is missing, since their first document came (see query/membership.py).
    "CREATE TABLE undecided (trace_id VARCHAR, since TIMESTAMP, trace_time TIMESTAMP)",
)

# The minutes of an hour, summed when nothing more comes for it; `summed_hours` tells which those are (query/hours.py).
_VERSION_6 = (
    """
    CREATE TABLE node_hours (
        hour TIMESTAMP, group_id VARCHAR,
        name VARCHAR, type VARCHAR, account VARCHAR,
        active BOOLEAN, root BOOLEAN,
        outcome UTINYINT,
        response_ms BIGINT, duration_ms BIGINT,
        count BIGINT, total_us BIGINT,
        first_start TIMESTAMP, last_end TIMESTAMP
    )
    """,
    "ALTER TABLE node_hours SET SORTED BY (group_id, hour, name, type, account, active, root, outcome, response_ms)",
    """
    CREATE TABLE edge_hours (
        hour TIMESTAMP, group_id VARCHAR,
        source_name VARCHAR, source_type VARCHAR, source_account VARCHAR,
        name VARCHAR, type VARCHAR, account VARCHAR,
        outcome UTINYINT,
        response_ms BIGINT,
        count BIGINT, total_us BIGINT,
        first_start TIMESTAMP, last_end TIMESTAMP
    )
    """,
    """
    ALTER TABLE edge_hours
    SET SORTED BY (group_id, hour, name, type, account, source_name, source_type, source_account, outcome, response_ms)
    """,
    "CREATE TABLE summed_hours (hour TIMESTAMP)",
)

# Links between two traces, signed like the statistics; without a source while one of the traces is not there, or not
# the part that is named. `sent_at` and `received_at` are those of the event (see query/link_edges.py).
_VERSION_7 = (
    """
    CREATE TABLE link_edges (
        sender_trace_id VARCHAR, receiver_trace_id VARCHAR,
        source_name VARCHAR, source_type VARCHAR, source_account VARCHAR,
        name VARCHAR, type VARCHAR, account VARCHAR,
        sent_at TIMESTAMP, received_at TIMESTAMP,
        count BIGINT
    )
    """,
    "ALTER TABLE link_edges SET SORTED BY (received_at, sender_trace_id)",
)

# The documents of a trace within a second stay side by side, also where the id is random: a page of summaries, newest
# first, lies in one or two row groups, and a lookup that knows the time reads one.
_VERSION_8 = ("ALTER TABLE documents SET SORTED BY (date_trunc('second', trace_time), trace_id)",)

# The rules of central sampling. `rules_changed` is a fact of all of them, kept in the row that always exists: when one
# was last made, changed or deleted.
_VERSION_9 = (
    """
    CREATE TABLE sampling_rules (
        name VARCHAR, arn VARCHAR, resource_arn VARCHAR,
        priority INTEGER,
        fixed_rate DOUBLE, reservoir BIGINT, per_minute BIGINT,
        service_name VARCHAR, service_type VARCHAR, host VARCHAR, http_method VARCHAR, url_path VARCHAR,
        attributes VARCHAR,
        boost_rate DOUBLE, boost_cooldown BIGINT,
        created TIMESTAMP, modified TIMESTAMP, rules_changed TIMESTAMP
    )
    """,
    """
    INSERT INTO sampling_rules VALUES (
        'Default', '', '*', 10000, 0.05, 1, 0, '*', '*', '*', '*', '*', '{}', NULL, NULL,
        make_timestamp(0), make_timestamp(0), make_timestamp(0)
    )
    """,
    # What each node of a cluster has of the reservoirs, as JSON in the one row.
    "CREATE TABLE sampling_shares (state VARCHAR)",
    "INSERT INTO sampling_shares VALUES ('{}')",
)

# Which traces are kept once they have settled: the policies, of which the last one always exists, and when they last
# became others.
_VERSION_10 = (
    """
    CREATE TABLE keep_policies (
        place INTEGER, name VARCHAR, filter VARCHAR, share DOUBLE, policies_changed TIMESTAMP
    )
    """,
    "INSERT INTO keep_policies VALUES (0, 'Rest', '', 1.0, make_timestamp(0))",
    # Everything that arrived until then is decided about, but for the traces that wait for more.
    "CREATE TABLE keep_progress (arrival TIMESTAMP)",
    "INSERT INTO keep_progress VALUES (make_timestamp(0))",
    "CREATE TABLE keep_waiting (trace_id VARCHAR, trace_time TIMESTAMP)",
    # For how many traces one stands; NULL where nobody decided.
    "ALTER TABLE segments ADD COLUMN weight DOUBLE",
)


def _step(statements: Sequence[str]) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """Return a migration that executes statements."""

    def run(connection: duckdb.DuckDBPyConnection) -> None:
        for statement in statements:
            connection.execute(statement)

    return run


MIGRATIONS: tuple[Callable[[duckdb.DuckDBPyConnection], None], ...] = tuple(
    map(
        _step,
        (
            *(_VERSION_1, _VERSION_2, _VERSION_3, _VERSION_4, _VERSION_5),
            *(_VERSION_6, _VERSION_7, _VERSION_8, _VERSION_9, _VERSION_10),
        ),
    )
)


def version(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many migrations the attached lake has seen; 0 for an empty one."""
    known = connection.execute(
        "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'schema_version'"
    ).fetchone()
    if known is None or known[0] == 0:
        return 0
    newest = connection.execute("SELECT max(version) FROM schema_version").fetchone()
    return 0 if newest is None or newest[0] is None else int(newest[0])


def migrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Bring the attached lake to the newest schema, each step in a transaction of its own.

    Raises:
        ConfigurationError: the lake was made by a newer Radiograph.
    """
    seen = version(connection)
    # Before any table: a table made while the lake inlines rows has a place for them, which every query looks at.
    _set_options(connection, {None: _LAKE_OPTIONS})
    if seen > len(MIGRATIONS):
        raise ConfigurationError(
            f"the data folder has schema version {seen} and this Radiograph knows only {len(MIGRATIONS)}; "
            "start the newer Radiograph that wrote it, or use another --data folder"
        )
    for number, step in enumerate(MIGRATIONS[seen:], start=seen + 1):
        connection.execute("BEGIN")
        try:
            if number == 1:
                connection.execute("CREATE TABLE schema_version (version INTEGER)")
            step(connection)
            connection.execute("INSERT INTO schema_version VALUES (?)", [number])
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    _set_options(connection, _TABLE_OPTIONS)


def option(name: str, table: str) -> str:
    """Return the value that an option has for a table, when nothing is under way that changes it."""
    return _TABLE_OPTIONS.get(table, {}).get(name) or _LAKE_OPTIONS[name]


def _set_options(connection: duckdb.DuckDBPyConnection, wanted: Mapping[Any, dict[str, str]]) -> None:
    """Set the options that differ: in a new lake, after an update, or after a crash amid a merge.

    Args:
        connection: to the lake.
        wanted: options by table; those of None are the lake's.
    """
    known = {(scope, name): value for name, scope, value in connection.execute(_OPTIONS).fetchall()}
    for table, options in wanted.items():
        scope = None if table is None else f"main.{table}"
        for name, value in options.items():
            if known.get((scope, name)) != value:
                set_option(connection, name, value, table)


def set_option(connection: duckdb.DuckDBPyConnection, name: str, value: str, table: str | None = None) -> None:
    """Set an option of a table, or of all that have none of their own; sizes are in bytes."""
    given = f"{value}B" if name == "target_file_size" else value
    if table is None:
        connection.execute("CALL lake.set_option(?, ?)", [name, given])
    else:
        connection.execute("CALL lake.set_option(?, ?, table_name => ?)", [name, given, table])
