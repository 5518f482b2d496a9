"""Which of the touched traces belong to which groups.

A trace belongs to a group from the moment when its documents are counted and the group's filter matches, for good.
Rows of `segments` rule most traces out, those that are left are assembled, and the evaluator decides. A trace of which
documents are missing is not decided about before it has waited for them; until then it stands in the table `undecided`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from radiograph.query.arrow_rows import registered
from radiograph.query.conditions import values_for
from radiograph.query.filters import Subject, matches
from radiograph.query.row_search import searches
from radiograph.store.reader import stored_documents
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from radiograph.query.group_rules import Rule
    from radiograph.query.touched import Touched
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import StoredDocument

WAIT = 60_000_000
"""How long a partial trace is waited for, microseconds after its first document came (spec: our rule)."""

_AT_ONCE = 2_000

# Only traces that were counted before can belong already.
_COUNTED_BEFORE = "SELECT 1 FROM pool WHERE sign = -1 LIMIT 1"
_BELONGS = """
SELECT DISTINCT group_id, trace_id FROM lake.memberships
SEMI JOIN (SELECT trace_id FROM pool WHERE sign = -1) AS counted ON counted.trace_id = memberships.trace_id
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last)
  AND list_contains(string_split($groups, ','), group_id)
"""

# {found} has a condition for each group, {rows} what is true of all rows that matter to one of them: constants and
# names of parameters only. Rows that are not to be counted yet make it no less necessary.
_CANDIDATES = """
SELECT trace_id, epoch_us(any_value(first_time)), [{found}] AS found
FROM lake.segments JOIN touched USING (trace_id)
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($last) AND ({rows})
GROUP BY trace_id HAVING list_bool_or(found)
ORDER BY trace_id
"""
_TRY = """
SELECT count(*) FROM (
    SELECT trace_id FROM segments WHERE arrival > make_timestamp($low) AND ({rows}) GROUP BY trace_id HAVING {found}
)
"""

_MEMBERS = """
CREATE OR REPLACE TEMP TABLE member AS
SELECT DISTINCT group_id, trace FROM belonged JOIN pool USING (trace_id)
UNION ALL
SELECT DISTINCT group_id, trace FROM joined JOIN pool USING (trace_id) WHERE sign = 1
"""

_UNDECIDED = """
SELECT trace_id, epoch_us(since), epoch_us(trace_time), touched.trace_id IS NOT NULL
FROM lake.undecided LEFT JOIN touched USING (trace_id)
"""

_TIME = pa.timestamp("us")
_BELONGED_SCHEMA = pa.schema([("group_id", pa.string()), ("trace_id", pa.string())])
_JOINED_SCHEMA = pa.schema([*_BELONGED_SCHEMA, ("trace_time", _TIME)])
_WAITING_SCHEMA = pa.schema([("trace_id", pa.string()), ("since", _TIME), ("trace_time", _TIME)])


class SearchError(Exception):
    """The search of some group made the database fail; the transaction is lost."""


class Deciding(msgspec.Struct, frozen=True):
    """What is to be decided.

    Args:
        rules: of the groups.
        now: the time, microseconds since the epoch.
        alone: about the first group alone, for an answer; nothing is kept.
    """

    rules: tuple[Rule, ...]
    now: int
    alone: bool = False


class Decided(msgspec.Struct, frozen=True):
    """What was decided.

    Args:
        joined: group, trace and its time of those that belong from now on.
        waiting: trace, arrival of its first document and its time of all that are undecided; None for as before.
        failed: groups whose filter could not be evaluated, and why.
    """

    joined: list[tuple[str, str, int]]
    waiting: list[tuple[str, int, int]] | None
    failed: list[tuple[Rule, Exception]]


def decide(
    connection: duckdb.DuckDBPyConnection, touched: Touched, deciding: Deciding, *, limits: Limits, account: str
) -> Decided:
    """Decide about the traces that were gathered.

    The temporary table `member` has for each group what of the pool counts for it: what is known now of the traces
    that belong, and what was known of those that belonged before.

    Args:
        connection: where `gather` gathered.
        touched: what it did.
        deciding: about which groups.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.

    Raises:
        SearchError: the rows cannot be searched for some group.
    """
    belonged = _belonged(connection, touched, deciding.rules)
    decision = _Decision(deciding, belonged, limits, account)
    candidates = _candidates(connection, touched, deciding.rules)
    for some in _batches(candidates):
        stored = stored_documents(connection, sorted(some), first=touched.first, last=touched.last)
        for trace_id, documents in stored.items():
            known = [document for document in documents if touched.knows(trace_id, document.arrival)]
            decision.add(trace_id, known, *some[trace_id])
    _make_members(connection, belonged, decision.joined)
    waiting = None if deciding.alone else _waiting(connection, decision.waiting)
    return Decided(decision.joined, waiting, list(decision.failed.values()))


def keep(connection: duckdb.DuckDBPyConnection, decided: Decided) -> None:
    """Write what was decided, in the transaction that counts."""
    if decided.joined:
        with registered(connection, "rows", decided.joined, _JOINED_SCHEMA):
            connection.execute("INSERT INTO memberships SELECT * FROM rows")
    if decided.waiting is not None:
        connection.execute("DELETE FROM undecided")
        if decided.waiting:
            with registered(connection, "rows", decided.waiting, _WAITING_SCHEMA):
                connection.execute("INSERT INTO undecided SELECT * FROM rows")


def try_search(connection: duckdb.DuckDBPyConnection, rule: Rule, *, low: int) -> None:
    """Search the rows of what came after a time, microseconds, for one group.

    Raises:
        duckdb.Error: it cannot be done.
    """
    (found,), rows, parameters = searches([rule.expression])
    statement = _TRY.format(found=found, rows=rows)
    connection.execute(statement, values_for(statement, parameters | {"low": low})).fetchall()


class _Decision:
    """Looks at one trace after the other."""

    def __init__(self, deciding: Deciding, belonged: list[tuple[str, str]], limits: Limits, account: str) -> None:
        self._now = deciding.now
        self._belonged = set(belonged)
        self._limits = limits
        self._account = account
        self.joined: list[tuple[str, str, int]] = []
        self.waiting: list[tuple[str, int, int]] = []
        self.failed: dict[str, tuple[Rule, Exception]] = {}

    def add(self, trace_id: str, documents: list[StoredDocument], trace_time: int, rules: list[Rule]) -> None:
        """Decide whether a trace belongs to those of the groups to which it does not yet."""
        rules = [rule for rule in rules if (rule.group_id, trace_id) not in self._belonged]
        if not rules or not documents:
            return
        trace = assemble(trace_id, documents, self._limits)
        if not trace.segments:
            return
        since = min(document.arrival for document in documents)
        if since > self._now - WAIT and trace.is_partial(self._now):
            self.waiting.append((trace_id, since, trace_time))
            return
        subject = Subject(
            trace,
            default_account=self._account,
            now=self._now,
            annotation_keys=self._limits.annotations_per_trace,
        )
        for rule in rules:
            if rule.group_id in self.failed:
                continue
            try:
                found = matches(rule.expression, subject)
            except MemoryError:
                raise  # no fault of the filter
            except Exception as problem:  # noqa: BLE001 -- whatever it is, the other groups and traces go on
                self.failed[rule.group_id] = rule, problem
            else:
                if found:
                    self.joined.append((rule.group_id, trace_id, trace_time))


def _belonged(
    connection: duckdb.DuckDBPyConnection, touched: Touched, rules: tuple[Rule, ...]
) -> list[tuple[str, str]]:
    """Return groups and the traces that were counted for them before."""
    if not rules or connection.execute(_COUNTED_BEFORE).fetchone() is None:
        return []
    groups = ",".join(rule.group_id for rule in rules)
    values = {"first": touched.first, "last": touched.last, "groups": groups}
    return connection.execute(_BELONGS, values).fetchall()


def _candidates(
    connection: duckdb.DuckDBPyConnection, touched: Touched, rules: tuple[Rule, ...]
) -> dict[str, tuple[int, list[Rule]]]:
    """Return the traces that rows do not rule out: their time, and for which groups.

    Raises:
        SearchError: the rows cannot be searched for some group.
    """
    import duckdb  # noqa: PLC0415 -- see open_lake

    open_rules = [rule for rule in rules if rule.expression is not None]
    if not open_rules:
        return {}
    found, rows, parameters = searches([rule.expression for rule in open_rules])
    statement = _CANDIDATES.format(found=", ".join(found), rows=rows)
    parameters |= {"first": touched.first, "last": touched.last}
    try:
        traces = connection.execute(statement, values_for(statement, parameters)).fetchall()
    except duckdb.Error as problem:
        raise SearchError from problem
    return {
        trace_id: (trace_time, [rule for rule, is_one in zip(open_rules, of, strict=True) if is_one])
        for trace_id, trace_time, of in traces
    }


def _batches(
    candidates: dict[str, tuple[int, list[Rule]]],
) -> Iterator[dict[str, tuple[int, list[Rule]]]]:
    entries = list(candidates.items())
    for position in range(0, len(entries), _AT_ONCE):
        yield dict(entries[position : position + _AT_ONCE])


def _make_members(
    connection: duckdb.DuckDBPyConnection, belonged: list[tuple[str, str]], joined: list[tuple[str, str, int]]
) -> None:
    with (
        registered(connection, "belonged", belonged, _BELONGED_SCHEMA),
        registered(connection, "joined", joined, _JOINED_SCHEMA),
    ):
        connection.execute(_MEMBERS)


def _waiting(
    connection: duckdb.DuckDBPyConnection, waiting: list[tuple[str, int, int]]
) -> list[tuple[str, int, int]] | None:
    """Return all traces that wait, None when nothing has changed."""
    before = connection.execute(_UNDECIDED).fetchall()
    now = [(trace_id, since, time) for trace_id, since, time, looked_at in before if not looked_at] + waiting
    return None if set(now) == {row[:3] for row in before} else now
