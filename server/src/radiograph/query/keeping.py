"""Tail sampling: which traces are kept once they have settled, and the deletion of the others.

A trace has settled some time after its last document came. By then everything of it is counted, so that the statistics
per minute know every trace that ever came, also those that are dropped here: maps and rates stay exact. Each trace that
is kept carries its weight, for how many it stands, in `segments`.

What came in a time is decided about at once, and moved: the rows that stay are written anew, and the files of that
time, of which no row is left, go as they are. So nothing is marked as deleted within files that are kept, and what is
kept is merged by it for the first time. A trace of which documents came later too stays, until those have settled.
"""

from __future__ import annotations

import hashlib
from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import structlog

from radiograph.errors import first_line
from radiograph.query.arrow_rows import registered
from radiograph.query.conditions import values_for
from radiograph.query.filters import InvalidFilter, Subject, matches
from radiograph.query.group_lookup import expression_of
from radiograph.query.row_search import searches
from radiograph.query.touched import time_range
from radiograph.store.background import never
from radiograph.store.deleting import delete_rows, transaction
from radiograph.store.groups import read_groups
from radiograph.store.keep_policies import read_keep_policies
from radiograph.store.moving import Time, carry_out, prepare, progress
from radiograph.store.reader import stored_documents
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.query.filters import Expression
    from radiograph.store.keep_policies import KeepPolicy
    from radiograph.store.lake import Lake
    from radiograph.store.moving import Move
    from radiograph.trace.limits import Limits
    from radiograph.trace.trace import StoredDocument

SETTLED = 60_000_000
"""A trace has usually settled when so long nothing came of it, microseconds."""
LONGEST = 900_000_000
"""So long after its first document a trace is decided about whatever still comes, microseconds."""

# A transaction moves about so many documents: the rows that stay are in memory.
_DOCUMENTS_AT_ONCE = 60_000
_AT_ONCE = 2_000
_FRACTION_BYTES = 8

_log = structlog.get_logger("radiograph.keeping")

_NEW = """
SELECT count(*) FROM segments WHERE arrival > make_timestamp($since) AND arrival <= make_timestamp($last)
"""
_UNCOUNTED = """
SELECT 1 FROM segments LEFT JOIN rollup_progress AS progress USING (writer)
WHERE segments.arrival > make_timestamp($since) AND segments.arrival <= make_timestamp($last)
  AND (progress.arrival IS NULL OR segments.arrival > progress.arrival)
LIMIT 1
"""
_LOOKED_AT = """
CREATE OR REPLACE TEMP TABLE looked_at AS
SELECT
    trace_id, min(trace_time) AS first_time, max(trace_time) AS last_time, bool_or(timed IS NOT true) AS spread
FROM segments WHERE arrival > make_timestamp($since) AND arrival <= make_timestamp($high)
GROUP BY trace_id
"""
_WAITED = """
INSERT INTO looked_at
SELECT trace_id, trace_time, trace_time, true FROM lake.keep_waiting ANTI JOIN looked_at USING (trace_id)
"""
# Groups wait for what is missing in a trace; until they have decided, so does this.
_STATES = """
CREATE OR REPLACE TEMP TABLE states AS
SELECT
    trace_id,
    (max(arrival) <= make_timestamp($high) AND trace_id NOT IN (SELECT trace_id FROM undecided))
        OR min(arrival) <= make_timestamp($aged) AS settled,
    max(weight) AS weight,
    min(trace_time) AS trace_time
FROM segments SEMI JOIN looked_at USING (trace_id)
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($until)
GROUP BY trace_id
"""
_OPEN = "SELECT trace_id FROM states WHERE settled AND weight IS NULL ORDER BY trace_id"
_MAY_MATCH = """
SELECT trace_id, [{found}] AS found
FROM segments SEMI JOIN (SELECT trace_id FROM states WHERE settled AND weight IS NULL) AS open USING (trace_id)
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($until) AND ({rows})
GROUP BY trace_id HAVING list_bool_or(found)
"""
# What becomes of each trace: a weight when it is kept, none when it waits; dropped ones are those that are left.
_STAYING = """
CREATE OR REPLACE TEMP TABLE staying AS
SELECT trace_id, trace_time, coalesce(states.weight, decided.weight) AS weight, settled
FROM states LEFT JOIN decided USING (trace_id)
WHERE NOT settled OR states.weight IS NOT NULL OR decided.weight IS NOT NULL
"""
# Of traces that waited there are rows of an earlier time.
_WAITED_ENDS = "SELECT 1 FROM lake.keep_waiting JOIN states USING (trace_id) WHERE settled LIMIT 1"
_DROPPED = """
CREATE OR REPLACE TEMP TABLE dropped AS
SELECT trace_id FROM states ANTI JOIN staying USING (trace_id)
"""

_DECIDED_SCHEMA = pa.schema([("trace_id", pa.string()), ("weight", pa.float64())])


class KeepFigures(msgspec.Struct):
    """What was decided since the start.

    Args:
        kept: traces, by the policy that kept them.
        dropped: traces, by the policy that dropped them.
        problem: why a policy could not be evaluated the last time, None when all could.
    """

    kept: dict[str, int] = msgspec.field(default_factory=dict)
    dropped: dict[str, int] = msgspec.field(default_factory=dict)
    problem: str | None = None

    def add(self, more: KeepFigures) -> None:
        """Add what was decided since."""
        for counts, other in ((self.kept, more.kept), (self.dropped, more.dropped)):
            for policy, count in other.items():
                counts[policy] = counts.get(policy, 0) + count
        self.problem = more.problem


def keep_what_matters(
    lake: Lake,
    limits: Limits,
    figures: KeepFigures,
    *,
    counted: int,
    settled: int = SETTLED,
    region: str = "",
    account: str = "",
    stopping: Callable[[], bool] = never,
) -> int:
    """Decide about the traces that have settled, and delete what is not kept, in one transaction per slice.

    Args:
        lake: where.
        limits: for assembling traces.
        figures: what it adds to.
        counted: arrival up to which every document is counted, or is to be looked at later; microseconds.
        settled: how long nothing must have come of a trace, microseconds.
        region: of the ARN of the group Default.
        account: of that, and of segments that name none.
        stopping: whether the slices that are left can wait.

    Returns:
        How many traces were decided about.
    """
    keeping = _Keeping(lake, limits, figures, counted, counted - settled, region, account)
    decided = 0
    connection = lake.connect()
    try:
        while not stopping():
            found = keeping.slice(connection)
            if found is None:
                break
            decided += found
    finally:
        connection.close()
    return decided


class _Keeping:
    """What one run goes by."""

    def __init__(  # noqa: PLR0917 -- what one run goes by
        self, lake: Lake, limits: Limits, figures: KeepFigures, counted: int, last: int, region: str, account: str
    ) -> None:
        self._lake = lake
        self._limits = limits
        self._figures = figures
        self._counted = counted
        self._last = last
        self._region = region
        self._account = account

    def slice(self, connection: duckdb.DuckDBPyConnection) -> int | None:
        """Decide about what came in a time; None when there is nothing to decide, or not yet."""
        with transaction(connection):  # its temporary tables stay
            found = self._look(connection)
        if found is None:
            return None
        move, decided, counts = found
        if not delete_rows(self._lake, partial(carry_out, self._lake, move=move), connection=connection):
            return None
        self._figures.add(counts)
        return decided

    def _look(self, connection: duckdb.DuckDBPyConnection) -> tuple[Move, int, KeepFigures] | None:
        """Decide, and gather what stays; None when there is nothing to decide, or not yet."""
        stored = read_keep_policies(connection)
        if stored.keep_everything:
            return None
        since = max(progress(connection), stored.changed)
        last = self._last
        if last <= since:
            return None
        if connection.execute(_UNCOUNTED, {"since": since, "last": last}).fetchone() is not None:
            return None
        new = connection.execute(_NEW, {"since": since, "last": last}).fetchone()
        documents = new[0] if new is not None else 0
        high = last
        if documents > _DOCUMENTS_AT_ONCE:
            high = since + max(1, (last - since) * _DOCUMENTS_AT_ONCE // documents)
        connection.execute(_LOOKED_AT, {"since": since, "high": high})
        connection.execute(_WAITED)
        found = time_range(connection, "looked_at")
        if found is None:
            # Of nothing there is no progress to write: every row of it would be a file.
            return None
        of = Time(since, high, *found)
        aged = {"aged": self._counted - LONGEST}
        connection.execute(_STATES, {"high": high, "first": of.first, "until": of.until} | aged)
        counts = KeepFigures()
        decided = self._decide(connection, of, stored.policies, counts)
        rows = [(trace_id, weight) for trace_id, weight in decided.items() if weight is not None]
        with registered(connection, "decided", rows, _DECIDED_SCHEMA):
            connection.execute(_STAYING)
        connection.execute(_DROPPED)
        earlier = connection.execute(_WAITED_ENDS).fetchone() is not None
        return prepare(connection, of, earlier=earlier), len(decided), counts

    def _decide(
        self, connection: duckdb.DuckDBPyConnection, of: Time, policies: tuple[KeepPolicy, ...], counts: KeepFigures
    ) -> dict[str, float | None]:
        """Return the weight of each trace that has settled; None for those that are dropped."""
        open_traces = [trace_id for (trace_id,) in connection.execute(_OPEN).fetchall()]
        decider = _Decider(self._rules(connection, policies, counts), counts)
        decided: dict[str, float | None] = {}
        maybe = decider.may_match(connection, of)
        for position in range(0, len(open_traces), _AT_ONCE):
            some = open_traces[position : position + _AT_ONCE]
            looked_at = [trace_id for trace_id in some if trace_id in maybe]
            stored = stored_documents(connection, looked_at, first=of.first, last=of.until)
            for trace_id in some:
                subject = self._subject(trace_id, stored[trace_id]) if trace_id in stored else None
                decided[trace_id] = decider.weight(trace_id, subject, maybe.get(trace_id, []))
        return decided

    def _subject(self, trace_id: str, documents: list[StoredDocument]) -> Subject:
        return Subject(
            assemble(trace_id, documents, self._limits),
            default_account=self._account,
            now=self._counted,
            annotation_keys=self._limits.annotations_per_trace,
        )

    def _rules(
        self, connection: duckdb.DuckDBPyConnection, policies: tuple[KeepPolicy, ...], counts: KeepFigures
    ) -> list[_Rule]:
        """Return what each policy says.

        One that cannot be read, since a group in it is gone, might mean any trace: all that come to it are kept.
        """
        groups = read_groups(connection)
        rules: list[_Rule] = []
        for policy in policies:
            try:
                expression = expression_of(policy.filter, groups, region=self._region, account=self._account)
                rules.append(_Rule(policy.name, expression, policy.share))
            except InvalidFilter as problem:
                counts.problem = f"{policy.name}: {first_line(problem)}"
                rules.append(_Rule(policy.name, None, 1.0))
        return rules


class _Rule(msgspec.Struct, frozen=True):
    """What a policy says: of the traces that match, or of all, which share is kept."""

    name: str
    expression: Expression | None
    share: float


class _Decider:
    """Decides about one trace after the other."""

    def __init__(self, rules: list[_Rule], figures: KeepFigures) -> None:
        self._rules = rules
        self._figures = figures

    def may_match(self, connection: duckdb.DuckDBPyConnection, of: Time) -> dict[str, list[bool]]:
        """Return for the traces which filters their rows do not rule out; those without any are left out."""
        filters = [rule.expression for rule in self._rules if rule.expression is not None]
        if not filters:
            return {}
        found, rows, parameters = searches(filters)
        statement = _MAY_MATCH.format(found=", ".join(found), rows=rows)
        values: dict[str, Any] = parameters | {"first": of.first, "until": of.until}
        return dict(connection.execute(statement, values_for(statement, values)).fetchall())

    def weight(self, trace_id: str, subject: Subject | None, maybe: list[bool]) -> float | None:
        """Return a trace's weight, None when it is dropped.

        Args:
            trace_id: of it.
            subject: the trace, None when no filter can match.
            maybe: by filter, whether it can.
        """
        possible = iter(maybe)
        for rule in self._rules:
            share = rule.share
            if rule.expression is not None:
                if not next(possible, False) or subject is None:
                    continue
                try:
                    if not matches(rule.expression, subject):
                        continue
                except MemoryError:
                    raise  # no fault of the filter
                except Exception as problem:  # noqa: BLE001 -- whatever it is, the other traces go on, and this is kept
                    self._figures.problem = f"{rule.name}: {first_line(problem)}"
                    _log.warning("a keep policy failed, the trace is kept", policy=rule.name, problem=str(problem))
                    share = 1.0
            kept = fraction(trace_id) < share
            counts = self._figures.kept if kept else self._figures.dropped
            counts[rule.name] = counts.get(rule.name, 0) + 1
            return 1 / share if kept else None
        return 1.0


def fraction(trace_id: str) -> float:
    """Return a number from 0 to 1 that is a trace's own, evenly spread and the same everywhere and always.

    Samplers of OpenTelemetry keep the traces whose ids are low; among those the ids are not evenly spread any more, so
    it is a digest, and none that anything else goes by: a list of a share of the traces (`trace_search.py`) is one of a
    share of those that were kept.
    """
    digest = hashlib.blake2b(trace_id.encode(), digest_size=_FRACTION_BYTES, person=b"keep").digest()
    return int.from_bytes(digest, "big") / float(256**_FRACTION_BYTES)
