"""The per-minute statistics of nodes and edges: kept up by a job, completed by a live tail when read.

A document is counted once it has settled, by its arrival. Each writer's documents become visible in the order
of their arrival, so that one arrival per writer says exactly what is counted, whatever the clocks of several
nodes do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.query import contributions
from radiograph.query.group_rules import GroupRules
from radiograph.query.hours import Hours
from radiograph.query.link_edges import Linking
from radiograph.query.membership import WAIT, Deciding, SearchError, keep
from radiograph.store.background import never

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.query.contributions import Computed
    from radiograph.query.group_rules import Rule
    from radiograph.query.link_edges import Locate
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

# A transaction counts about so many documents of a backlog: they are all in memory, with their calls.
_DOCUMENTS_AT_ONCE = 60_000
# A caller's segment comes at most this much later than those it called, or its loss is assumed, microseconds.
_PARENT_COMES = 10_000_000
_FOREVER = 9_000_000_000_000_000

# Where to begin looking: everything older is counted.
_NEWEST_COUNTED = "SELECT epoch_us(max(arrival)) FROM rollup_progress"
_OLDEST = "SELECT epoch_us(min(arrival)) FROM segments"

_UNCOUNTED = """
SELECT
    epoch_us(min(segments.arrival)), epoch_us(max(segments.arrival)), count(*),
    (SELECT epoch_us(min(since)) FROM undecided)
FROM segments LEFT JOIN rollup_progress AS progress USING (writer)
WHERE segments.arrival > make_timestamp($low) AND segments.arrival <= make_timestamp($high)
  AND (progress.arrival IS NULL OR segments.arrival > progress.arrival)
"""

_ADVANCED = """
CREATE OR REPLACE TEMP TABLE advanced AS
SELECT writer, greatest(max(segments.arrival), max(progress.arrival)) AS arrival
FROM segments LEFT JOIN rollup_progress AS progress USING (writer)
WHERE segments.arrival > make_timestamp($low) AND segments.arrival <= make_timestamp($high)
GROUP BY writer
"""

_OF_ALL_TRACES = "group_id IS NULL"
_OF_GROUP = "group_id = $group"


def commit_slack(lake: Lake) -> int:
    """Return how much later than its arrivals say a commit may become visible, microseconds.

    Embedded, the one writer commits in the order of arrival, across restarts too (see `Writer`). The commits of
    several nodes overtake each other.
    """
    return 0 if lake.options.embedded else contributions.COMMIT_SLACK


def low_mark(connection: duckdb.DuckDBPyConnection, slack: int) -> int:
    """Return the arrival before which everything is counted, microseconds."""
    row = connection.execute(_NEWEST_COUNTED).fetchone()
    if row is not None and row[0] is not None:
        return int(row[0]) - slack
    row = connection.execute(_OLDEST).fetchone()
    return int(row[0]) - 1 if row is not None and row[0] is not None else 0


def roll_up(
    lake: Lake,
    limits: Limits,
    *,
    settled: int,
    account: str = "",
    slack: int = contributions.COMMIT_SLACK,
    stopping: Callable[[], bool] = never,
    groups: GroupRules | None = None,
    hours: Hours | None = None,
) -> int:
    """Count the settled documents that are not counted yet, in one transaction per slice.

    When two nodes do it at once, the catalog refuses the second commit and nothing is counted twice.

    Args:
        lake: where.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        settled: arrival up to which documents are settled, microseconds.
        slack: see `commit_slack`.
        stopping: whether the slices that are left can wait.
        groups: what is known of the groups from earlier roll-ups.
        hours: what is known of the hours that are summed.

    Returns:
        How many traces were touched.
    """
    groups = groups or GroupRules(account=account)
    linking = Linking(lake.locator.stored_documents, limits, account)
    counting = _Counting(limits, settled, account, slack, groups, hours or Hours(), linking)
    touched = 0
    while not stopping():
        try:
            with lake.reading() as connection:
                computed = counting.count_slice(connection)
        except SearchError as failed:
            with lake.reading() as connection:
                low = low_mark(connection, slack)
            if not groups.find_culprits(lake, low=low):
                raise failed.__cause__ or failed from None
            continue
        if computed is None:
            break
        touched += computed.traces
        if computed.decided is not None:
            groups.learn(computed.decided)
    return touched


class _Counting(msgspec.Struct, frozen=True):
    """What one roll-up goes by."""

    limits: Limits
    settled: int
    account: str
    slack: int
    groups: GroupRules
    hours: Hours
    linking: Linking

    def count_slice(self, connection: duckdb.DuckDBPyConnection) -> Computed | None:
        """Count some documents, and decide about the traces that have waited long enough; None when there are none.

        The time by which traces have waited is the last arrival counted: what has come is looked at before a trace is
        given up.
        """
        low = low_mark(connection, self.slack)
        row = connection.execute(_UNCOUNTED, {"low": low, "high": self.settled}).fetchone()
        oldest, newest, uncounted, since = row or (None, None, 0, None)
        high = self.settled
        if uncounted:
            # Arrivals are about evenly spread; a slice takes one document at least.
            high = min(high, int(oldest + (newest - oldest) * min(1.0, _DOCUMENTS_AT_ONCE / uncounted)))
        elif since is None or since > high - WAIT:
            return None
        rules = self.groups.now(connection)
        computed = contributions.compute(
            connection,
            low=low,
            high=high,
            limits=self.limits,
            account=self.account,
            deciding=Deciding(rules, high) if rules or since is not None else None,
            linking=self.linking,
        )
        connection.execute("INSERT INTO link_edges SELECT * FROM link_contributions")
        connection.execute("INSERT INTO node_minutes SELECT * FROM node_contributions")
        connection.execute("INSERT INTO edge_minutes SELECT * FROM edge_contributions")
        self.hours.forget(connection)
        if computed.decided is not None:
            keep(connection, computed.decided)
        connection.execute(_ADVANCED, {"low": low, "high": high})
        # The row of no writer is replaced by every roll-up: of two at once the catalog refuses the second.
        connection.execute(
            "DELETE FROM rollup_progress WHERE writer IS NULL OR writer IN (SELECT writer FROM advanced)"
        )
        # A writer whose last documents were counted before keeps the later of both.
        connection.execute("INSERT INTO rollup_progress SELECT * FROM advanced UNION ALL SELECT NULL, NULL")
        return computed


def live_tail(
    connection: duckdb.DuckDBPyConnection,
    limits: Limits,
    account: str = "",
    *,
    now: int,
    slack: int = contributions.COMMIT_SLACK,
    rule: Rule | None = None,
    locate: Locate | None = None,
) -> None:
    """Compute what is not counted yet into `node_contributions` and `edge_contributions`.

    Args:
        connection: a connection to the lake.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        now: microseconds since the epoch.
        slack: see `commit_slack`.
        rule: of a group, of whose traces alone it shall be; None for all traces.
        locate: also derive link edges, into `link_contributions`, and find traces far away with this.

    Raises:
        SearchError: the rows cannot be searched for the group.
    """
    group = None if rule is None else rule.group_id
    contributions.compute(
        connection,
        low=low_mark(connection, slack),
        high=_FOREVER,
        limits=limits,
        account=account,
        young=now - _PARENT_COMES,
        deciding=None if rule is None else Deciding((rule,), now, alone=True),
        linking=None if locate is None else Linking(locate, limits, account, group=group, live=True),
    )


def counted_for(rule: Rule | None) -> tuple[str, dict[str, str]]:
    """Return which rows of `node_minutes` and `edge_minutes` are a group's: a condition, and its parameters."""
    return (_OF_ALL_TRACES, {}) if rule is None else (_OF_GROUP, {"group": rule.group_id})
