"""What a screen looks at: the traces of a time range, all of them or those of a group."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.group_rules import asked_group
from radiograph.query.rollup import commit_slack
from radiograph.query.service_graph import counted_between, graph_between
from radiograph.query.sums import MINUTE
from radiograph.query.window import window

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.graph import Graph
    from radiograph.query.group_rules import AskedGroup, Rule
    from radiograph.query.sums import Counted
    from radiograph.query.window import Window
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_MICROSECONDS = 1_000_000
_SHORTEST_MINUTES = 1 / 60


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """Where answers come from.

    Args:
        lake: the lake.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        region: of the ARN of the group Default.
        hours: the longest range that may be looked at.
        now: seconds since the epoch.
    """

    lake: Lake
    limits: Limits
    account: str
    region: str
    hours: float
    now: float


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A range of time, of all traces or of a group's.

    Args:
        ground: where the answers come from.
        range: the range.
        asked: the group; None for all traces.
    """

    ground: Ground
    range: Window
    asked: AskedGroup | None

    @property
    def rule(self) -> Rule | None:
        """Which traces are looked at; None for all."""
        return None if self.asked is None else self.asked.rule

    @property
    def of_old_group(self) -> bool:
        """Whether the group's filter was another one when the range began."""
        return self.asked is not None and self.asked.is_older(self.range.start)

    @property
    def minutes(self) -> float:
        """How long was counted: every minute that the range touches, the last one as far as it has come."""
        first = self.range.start // MINUTE * MINUTE
        last = min(-(-self.range.end // MINUTE) * MINUTE, self.ground.now * _MICROSECONDS)
        return max((last - first) / MINUTE, _SHORTEST_MINUTES)

    def graph(self, connection: duckdb.DuckDBPyConnection) -> Graph:
        """Sum up the nodes and edges; leaves the live tail for further questions in the same transaction."""
        ground = self.ground
        return graph_between(
            connection,
            self.range,
            ground.limits,
            ground.account,
            now=ground.now,
            slack=commit_slack(ground.lake),
            locate=ground.lake.locator.stored_documents,
            rule=self.rule,
        ).summed()

    def counted(self, connection: duckdb.DuckDBPyConnection) -> Counted:
        """Return the sums of nodes and edges, without those between traces."""
        ground = self.ground
        return counted_between(
            connection,
            self.range,
            ground.limits,
            ground.account,
            now=ground.now,
            slack=commit_slack(ground.lake),
            locate=None,
            rule=self.rule,
        )


def view_of(ground: Ground, asked: dict[str, Any]) -> View:
    """Return what is asked for.

    Args:
        ground: where the answers come from.
        asked: `start` and `end` in seconds, and perhaps the name of a `group`.

    Raises:
        InvalidRequest: a bad range, or no such group.
    """
    range_ = window(asked, hours=ground.hours, names=("start", "end"))
    named = {"GroupName": asked.get("group") or None}
    return View(
        ground=ground,
        range=range_,
        asked=asked_group(ground.lake, named, region=ground.region, account=ground.account),
    )
