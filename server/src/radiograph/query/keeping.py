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
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa

from radiograph.query.arrow_rows import registered
from radiograph.query.keep_decider import KeepDecider, decided
from radiograph.query.touched import time_range
from radiograph.store.background import never
from radiograph.store.deleting import delete_rows, transaction
from radiograph.store.groups import read_groups
from radiograph.store.keep_policies import read_keep_policies
from radiograph.store.moving import Time, carry_out, prepare, progress

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.keep_policies import KeepPolicy
    from radiograph.store.lake import Lake
    from radiograph.store.moving import Move
    from radiograph.trace.limits import Limits

SETTLED = 60_000_000
"""A trace has usually settled when so long nothing came of it, microseconds."""
LONGEST = 900_000_000
"""So long after its first document a trace is decided about whatever still comes, microseconds."""

# A transaction moves about so many documents: the rows that stay are in memory.
_DOCUMENTS_AT_ONCE = 60_000
_FRACTION_BYTES = 8

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
_OPEN = """
CREATE OR REPLACE TEMP TABLE open_traces AS SELECT trace_id FROM states WHERE settled AND weight IS NULL
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

    def count(self, policy: str, *, kept: bool) -> None:
        """Count a trace that a policy decided about."""
        counts = self.kept if kept else self.dropped
        counts[policy] = counts.get(policy, 0) + 1

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
        move, many, counts = found
        if not delete_rows(self._lake, partial(carry_out, self._lake, move=move), connection=connection):
            return None
        self._figures.add(counts)
        return many

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
        weights = self._decide(connection, of, stored.policies, counts)
        rows = [(trace_id, weight) for trace_id, weight in weights.items() if weight is not None]
        with registered(connection, "decided", rows, _DECIDED_SCHEMA):
            connection.execute(_STAYING)
        connection.execute(_DROPPED)
        earlier = connection.execute(_WAITED_ENDS).fetchone() is not None
        return prepare(connection, of, earlier=earlier), len(weights), counts

    def _decide(
        self, connection: duckdb.DuckDBPyConnection, of: Time, policies: tuple[KeepPolicy, ...], counts: KeepFigures
    ) -> dict[str, float | None]:
        """Return the weight of each trace that has settled; None for those that are dropped."""
        connection.execute(_OPEN)
        decider = KeepDecider.of(policies, read_groups(connection), region=self._region, account=self._account)
        weights: dict[str, float | None] = {}
        for trace_id, (rule,) in decided(
            connection,
            (decider,),
            "open_traces",
            first=of.first,
            until=of.until,
            limits=self._limits,
            account=self._account,
            now=self._counted,
        ):
            is_kept = fraction(trace_id) < rule.share
            counts.count(rule.name, kept=is_kept)
            weights[trace_id] = 1 / rule.share if is_kept else None
        counts.problem = decider.problem
        return weights


def fraction(trace_id: str) -> float:
    """Return a number from 0 to 1 that is a trace's own, evenly spread and the same everywhere and always.

    Samplers of OpenTelemetry keep the traces whose ids are low; among those the ids are not evenly spread any more, so
    it is a digest, and none that anything else goes by: a list of a share of the traces (`trace_search.py`) is one of a
    share of those that were kept.
    """
    digest = hashlib.blake2b(trace_id.encode(), digest_size=_FRACTION_BYTES, person=b"keep").digest()
    return int.from_bytes(digest, "big") / float(256**_FRACTION_BYTES)
