"""Requests over time: how many ended how in each bucket, and how long they took."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from typing import TYPE_CHECKING, Any

from radiograph.query.filters import EdgeTerm, Entity
from radiograph.query.graph import Totals
from radiograph.query.histogram import seconds
from radiograph.query.link_sums import link_ages
from radiograph.query.linker import CLIENT
from radiograph.query.measures import bins, mean, percentiles
from radiograph.query.rollup import commit_slack, live_tail
from radiograph.query.time_series import Bucket, buckets_between

if TYPE_CHECKING:
    from collections.abc import Iterable

    import duckdb

    from radiograph.query.filters import ServiceTerm
    from radiograph.query.graph import GraphEdge
    from radiograph.query.view import View
    from radiograph.query.window import Window

_MICROSECONDS = 1_000_000
_MINUTE = 60
_FIVE_MINUTES = 300
# More buckets than this are more than a chart has room for.
_MOST_OF_MINUTES = 6 * 60

# The calls of clients: the node before a root that is no segment itself has no account (see linker.py).
_ENTRIES = EdgeTerm(source=Entity(type=CLIENT, account=""))

# Rows of a heat map: ten to a factor of ten, the lower bounds in milliseconds. They reach to four months.
_PER_DECADE = 10
_DECADES = 10
_HEAT_ROWS = [0.0, *(10 ** (step / _PER_DECADE) for step in range(_DECADES * _PER_DECADE + 1))]


def activity(view: View, period: int) -> dict[str, Any]:
    """Return the requests of all clients together over time.

    Args:
        view: the range and the group. A bucket that the range touches counts whole.
        period: of a bucket, seconds.
    """
    ground = view.ground
    with ground.lake.reading() as connection:
        live_tail(
            connection,
            ground.limits,
            ground.account,
            now=int(ground.now * _MICROSECONDS),
            slack=commit_slack(ground.lake),
            rule=view.rule,
        )
        buckets = _buckets(connection, view, _ENTRIES, period)
    response: Counter[int] = Counter()
    for bucket in buckets:
        response.update(bucket.totals.response)
    return {
        **_told(buckets, period),
        "histogram": bins(response),
        "heat": [[bucket.start // _MICROSECONDS, heat(bucket.totals)] for bucket in buckets],
    }


def series(connection: duckdb.DuckDBPyConnection, view: View, selector: ServiceTerm | EdgeTerm) -> dict[str, Any]:
    """Return the requests of nodes or edges over time; the live tail must have been computed before.

    Args:
        connection: a connection to the lake.
        view: the range and the group.
        selector: which nodes or edges.
    """
    period = _period_for(view.range)
    return _told(_buckets(connection, view, selector, period), period)


def series_of_link(connection: duckdb.DuckDBPyConnection, view: View, edge: GraphEdge) -> dict[str, Any]:
    """Return how many events of a link edge were received over time, and how old they were; likewise."""
    period = _period_for(view.range)
    first, last = _bounds(view.range, period)
    ages = link_ages(
        connection, edge.source, edge.target, first=first, last=last, period=period * _MICROSECONDS, rule=view.rule
    )
    buckets = [
        Bucket(each.start, Totals(sum(each.ages.values()), 0, 0, 0, each.total_us, each.ages, each.ages, 0, 0))
        for each in ages
    ]
    return _told(buckets, period)


def heat(totals: Totals) -> list[list[float]]:
    """Return requests by response time on a grid that is the same for every bucket: ten rows to a factor of ten.

    Returns:
        Pairs of a row's lower bound, seconds, and requests; ascending, without empty rows.
    """
    rows: Counter[int] = Counter()
    for milliseconds, count in totals.response.items():
        rows[bisect_right(_HEAT_ROWS, milliseconds) - 1] += count
    return [[round(seconds(1) * _HEAT_ROWS[row], 6), count] for row, count in sorted(rows.items())]


def _period_for(range_: Window) -> int:
    """Return the period for a range, seconds: as fine as a chart shows."""
    return _MINUTE if range_.end - range_.start <= _MOST_OF_MINUTES * _MINUTE * _MICROSECONDS else _FIVE_MINUTES


def _bounds(range_: Window, period: int) -> tuple[int, int]:
    """Return the whole buckets that a range touches."""
    length = period * _MICROSECONDS
    return range_.start // length * length, -(-range_.end // length) * length


def _buckets(
    connection: duckdb.DuckDBPyConnection, view: View, selector: ServiceTerm | EdgeTerm, period: int
) -> list[Bucket]:
    first, last = _bounds(view.range, period)
    return buckets_between(connection, selector, first=first, last=last, period=period * _MICROSECONDS, rule=view.rule)


def _told(buckets: Iterable[Bucket], period: int) -> dict[str, Any]:
    rows = []
    for bucket in buckets:
        totals = bucket.totals
        start = bucket.start // _MICROSECONDS
        counts = (totals.ok, totals.error, totals.throttle, totals.fault)
        rows.append([start, *counts, mean(totals), percentiles(totals.response, (95,))[95]])
    return {"period": period, "buckets": rows}
