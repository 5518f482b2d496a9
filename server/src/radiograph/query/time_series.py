"""GetTimeSeriesServiceStatistics: how many requests ended how, and how long they took, bucket by bucket."""

from __future__ import annotations

import math
from bisect import bisect_left
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import InvalidRequest
from radiograph.query.filters import EdgeTerm, Entity, ServiceTerm, parse_entity_selector
from radiograph.query.graph import Totals
from radiograph.query.group_rules import asked_group
from radiograph.query.histogram import histogram
from radiograph.query.rollup import commit_slack, counted_for, live_tail
from radiograph.query.tokens import make_token, read_token
from radiograph.query.window import window

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from radiograph.query.group_rules import Rule
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_PAGE = 1000
_PERIODS = (60, 300)
_MICROSECONDS = 1_000_000
_HISTORY = 3_600 * _MICROSECONDS
_SIGMAS = 3.0

# The node before a root that is no segment itself (see linker.py), which has no account.
_CLIENT = Entity(type="client", account="")
_ANYTHING = Entity()

# Both tables are sorted by minute, so that only the range's row groups are read.
_SELECTED_NODES = """
CREATE OR REPLACE TEMP TABLE selected AS
SELECT minute, response_ms, outcome, sum(count)::BIGINT AS count, sum(total_us)::BIGINT AS total_us
FROM (
    SELECT * FROM node_minutes
    WHERE {counted} AND minute >= make_timestamp($first) AND minute < make_timestamp($last)
    UNION ALL
    SELECT * FROM node_contributions WHERE minute >= make_timestamp($first) AND minute < make_timestamp($last)
)
WHERE ($name::VARCHAR IS NULL OR name = $name)
  AND ($type::VARCHAR IS NULL OR type = $type)
  AND ($account::VARCHAR IS NULL OR account = $account)
GROUP BY minute, response_ms, outcome
"""

_SELECTED_EDGES = """
CREATE OR REPLACE TEMP TABLE selected AS
SELECT minute, response_ms, outcome, sum(count)::BIGINT AS count, sum(total_us)::BIGINT AS total_us
FROM (
    SELECT * FROM edge_minutes
    WHERE {counted} AND minute >= make_timestamp($first) AND minute < make_timestamp($last)
    UNION ALL
    SELECT * FROM edge_contributions WHERE minute >= make_timestamp($first) AND minute < make_timestamp($last)
)
WHERE ($source_name::VARCHAR IS NULL OR source_name = $source_name)
  AND ($source_type::VARCHAR IS NULL OR source_type = $source_type)
  AND ($source_account::VARCHAR IS NULL OR source_account = $source_account)
  AND ($name::VARCHAR IS NULL OR name = $name)
  AND ($type::VARCHAR IS NULL OR type = $type)
  AND ($account::VARCHAR IS NULL OR account = $account)
GROUP BY minute, response_ms, outcome
"""

# Outcomes are the values of linker.Outcome. One row a bucket: a row for each of its milliseconds would be a hundred
# times as many.
_BUCKETS = """
SELECT
    bucket, sum(ok)::BIGINT, sum(error)::BIGINT, sum(throttle)::BIGINT, sum(fault)::BIGINT, sum(total_us)::BIGINT,
    list(response_ms), list(count)
FROM (
    SELECT
        epoch_us(minute) // $period * $period AS bucket, response_ms,
        coalesce(sum(count) FILTER (outcome = 0), 0) AS ok,
        coalesce(sum(count) FILTER (outcome = 1), 0) AS error,
        coalesce(sum(count) FILTER (outcome = 2), 0) AS throttle,
        coalesce(sum(count) FILTER (outcome = 3), 0) AS fault,
        sum(count)::BIGINT AS count, sum(total_us) AS total_us
    FROM selected GROUP BY bucket, response_ms HAVING sum(count) > 0
)
GROUP BY bucket ORDER BY bucket
"""

_CLEAN_UP = "DROP TABLE selected"


class Bucket(msgspec.Struct, frozen=True):
    """The requests that ended within a period.

    Args:
        start: microseconds since the epoch, a multiple of the period.
        totals: what they add up to.
    """

    start: int
    totals: Totals


def time_series(
    lake: Lake,
    request: dict[str, Any],
    limits: Limits,
    *,
    region: str,
    account: str,
    hours: float,
    now: float,
    page: int = _PAGE,
) -> dict[str, Any]:
    """Answer GetTimeSeriesServiceStatistics.

    A bucket that the range touches counts whole, as a minute of the service graph does. Those without requests are
    left out.

    Args:
        lake: where.
        request: the request's members.
        limits: for assembling traces.
        region: of the ARN of the group Default.
        account: id of the account that segments belong to when they name none.
        hours: longest range allowed.
        now: seconds since the epoch.
        page: entries on a page.

    Raises:
        InvalidRequest: a bad range, period, selector, group or token, or a forecast for what is not one service.
    """
    range_ = window(request, hours=hours)
    period = _period(request) * _MICROSECONDS
    selector = _selector(request)
    asked = asked_group(lake, request, region=region, account=account)
    rule = None if asked is None else asked.rule
    position = read_token(request)
    forecast = request.get("ForecastStatistics", False)
    first = range_.start // period * period
    begin = int(position[0]) if position else first
    last = -(-range_.end // period) * period
    with lake.reading() as connection:
        live_tail(connection, limits, account, now=int(now * _MICROSECONDS), slack=commit_slack(lake), rule=rule)
        buckets = buckets_between(
            connection, selector, first=begin - _HISTORY if forecast else begin, last=last, period=period, rule=rule
        )
    member = "ServiceSummaryStatistics" if isinstance(selector, ServiceTerm) else "EdgeSummaryStatistics"
    starts = [bucket.start for bucket in buckets]
    from_ = bisect_left(starts, begin)
    entries = []
    for bucket in buckets[from_ : from_ + page]:
        entry: dict[str, Any] = {"Timestamp": bucket.start // _MICROSECONDS, member: bucket.totals.answer()}
        if forecast:
            entry["ServiceForecastStatistics"] = expected_faults(_faults_before(buckets, starts, bucket.start, period))
        entry["ResponseTimeHistogram"] = histogram(bucket.totals.response)
        entries.append(entry)
    answer: dict[str, Any] = {
        "TimeSeriesServiceStatistics": entries,
        "ContainsOldGroupVersions": asked is not None and asked.is_older(range_.start),
    }
    if from_ + page < len(buckets):
        answer["NextToken"] = make_token(request, [starts[from_ + page]])
    return answer


def buckets_between(
    connection: duckdb.DuckDBPyConnection,
    selector: ServiceTerm | EdgeTerm,
    *,
    first: int,
    last: int,
    period: int,
    rule: Rule | None = None,
) -> list[Bucket]:
    """Sum the minutes of a range by period; the live tail must have been computed in the same transaction.

    Args:
        connection: a connection to the lake.
        selector: which nodes or edges.
        first: where to begin, microseconds since the epoch, a multiple of the period.
        last: where to end, likewise, exclusive.
        period: microseconds.
        rule: of a group, of whose traces alone it shall be; None for all traces.

    Returns:
        Ascending, without those that are empty.
    """
    counted, values = counted_for(rule)
    times = {"first": first, "last": last, **values}
    if isinstance(selector, ServiceTerm):
        connection.execute(_SELECTED_NODES.format(counted=counted), times | _parts(selector.entity))
    else:
        ends = _parts(selector.source, "source_") | _parts(selector.destination)
        connection.execute(_SELECTED_EDGES.format(counted=counted), times | ends)
    rows = connection.execute(_BUCKETS, {"period": period}).fetchall()
    connection.execute(_CLEAN_UP)
    return [
        Bucket(start, Totals(ok, error, throttle, fault, total_us, dict(zip(times_ms, counts, strict=True)), {}, 0, 0))
        for start, ok, error, throttle, fault, total_us, times_ms, counts in rows
    ]


def expected_faults(before: Sequence[int]) -> dict[str, int]:
    """Return the band in which the number of faults of a bucket is expected, the API's ForecastStatistics.

    Our rule, since X-Ray's is not documented: the mean of the buckets before, plus and minus three standard deviations.
    The deviation is taken to be at least that of a Poisson distribution of that mean, the root of it, and at least 1:
    where there never was a fault, up to three are expected.

    Args:
        before: faults of the buckets before.
    """
    mean = sum(before) / len(before) if before else 0.0
    variance = sum((faults - mean) ** 2 for faults in before) / len(before) if before else 0.0
    deviation = math.sqrt(max(variance, mean, 1.0))
    return {
        "FaultCountHigh": math.ceil(mean + _SIGMAS * deviation),
        "FaultCountLow": max(0, math.floor(mean - _SIGMAS * deviation)),
    }


def _faults_before(buckets: list[Bucket], starts: list[int], start: int, period: int) -> list[int]:
    """Return the faults of the hour before a bucket.

    From the first bucket with requests on, one without is one without faults.
    """
    known = buckets[bisect_left(starts, start - _HISTORY) : bisect_left(starts, start)]
    if not known:
        return []
    faults = [bucket.totals.fault for bucket in known]
    return faults + [0] * ((start - known[0].start) // period - len(known))


def _period(request: dict[str, Any]) -> int:
    """Return the bucket's length, seconds.

    Raises:
        InvalidRequest: it is not one that there is.
    """
    period: int = request.get("Period", _PERIODS[0])
    if period not in _PERIODS:
        raise InvalidRequest(f"Period {period} is not possible; give 60 or 300 (seconds), or leave it out for 60")
    return period


def _selector(request: dict[str, Any]) -> ServiceTerm | EdgeTerm:
    """Return which nodes or edges are asked for; without a selector, the edges from clients.

    Raises:
        InvalidRequest: no entity selector, or a forecast for what is not one service.
    """
    text = request.get("EntitySelectorExpression")
    if text is not None and "\0" in text:
        # DuckLake writes what a column is compared with into a statement of its own, which this character would end.
        raise InvalidRequest("EntitySelectorExpression has the character U+0000, which no name has; leave it out")
    selector = EdgeTerm(source=_CLIENT) if text is None else parse_entity_selector(text)
    if request.get("ForecastStatistics") and not _names_one_service(selector):
        raise InvalidRequest(
            "ForecastStatistics needs an EntitySelectorExpression that names one service, such as "
            'id(name: "pay", type: "AWS::ECS::Container"); for a service without type give type: ""'
        )
    return selector


def _names_one_service(selector: ServiceTerm | EdgeTerm) -> bool:
    if not isinstance(selector, ServiceTerm) or selector.entity is None:
        return False
    return selector.entity.name is not None and selector.entity.type is not None


def _parts(entity: Entity | None, prefix: str = "") -> dict[str, str | None]:
    """Return an entity as parameters of a statement; None matches anything."""
    entity = entity or _ANYTHING
    return {f"{prefix}name": entity.name, f"{prefix}type": entity.type, f"{prefix}account": entity.account}
