"""What rules would have kept of the requests that are stored: today's rules and a draft, side by side.

Every trace is one request, described by the segment that it began with. A decision is not drawn but expected: of the
requests that a rule decides within a second, the first ones are kept as far as the reservoir goes, and each of the
others with the rate's probability. So two rehearsals of the same time tell the same, and differences are not chance.

What is stored is what today's rules let through; what they left out cannot be replayed.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from radiograph.sampling.expected import changes_between, compared
from radiograph.sampling.matching import Request, ignored_because
from radiograph.store.rows import SPREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from radiograph.store.lake import Lake
    from radiograph.store.sampling_rules import SamplingRule

# Shapes of requests that are matched at a time.
_BATCH = 20_000
# Paths and hosts that are remembered, since many requests share them.
_REMEMBERED = 2_000
_SLOWEST_SHARE = 0.01

# Requests are read in parts of the range, each at least so long, microseconds, so that their texts need not be kept.
_SHORTEST_PART = 600_000_000
_MOST_PARTS = 72

# A trace has one request: its earliest segment without a parent. Of several documents of that, the finished one counts,
# else the newest. It belongs to the part that its document is in; what is a little older is looked at too, so that a
# trace with a segment in each of two parts counts once.
_REQUESTS = """
CREATE OR REPLACE TEMP TABLE rehearsed_part AS
SELECT
    name, coalesce(type, '') AS type, http_method AS method, http_url AS url,
    coalesce(error, false) OR coalesce(throttle, false) OR coalesce(fault, false) AS bad,
    hash(user_name) AS user_hash, user_name IS NOT NULL AS has_user,
    epoch_us(start_time) AS start_us, epoch_us(end_time) - epoch_us(start_time) AS took_us,
    coalesce(weight, 1) AS weight
FROM segments
WHERE parent_id IS NULL AND NOT is_subsegment
  AND trace_time >= make_timestamp($begin - $spread) AND trace_time < make_timestamp($stop)
  AND start_time >= make_timestamp($start) AND start_time < make_timestamp($end)
  {of_group}
QUALIFY row_number() OVER (
    PARTITION BY trace_id ORDER BY start_time, id, end_time IS NULL, arrival DESC
) = 1 AND trace_time >= make_timestamp($begin)
"""
_OF_GROUP = "AND trace_id IN (SELECT trace_id FROM memberships WHERE group_id = $group)"

_SHAPES = "SELECT DISTINCT name, type, method, url FROM rehearsed_part"
_DECIDED = """
CREATE OR REPLACE TEMP TABLE rehearsed_shapes (
    name VARCHAR, type VARCHAR, method VARCHAR, url VARCHAR, service INTEGER, now_rule INTEGER, draft_rule INTEGER
)
"""
# Numbers alone: services and rules by their places in lists.
_KEPT = """
CREATE OR REPLACE TEMP TABLE rehearsed_requests (
    service INTEGER, now_rule INTEGER, draft_rule INTEGER,
    bad BOOLEAN, user_hash UBIGINT, has_user BOOLEAN, start_us BIGINT, took_us BIGINT, weight DOUBLE
)
"""
_KEEP = """
INSERT INTO rehearsed_requests
SELECT service, now_rule, draft_rule, bad, user_hash, has_user, start_us, took_us, weight
FROM rehearsed_part AS request
JOIN rehearsed_shapes AS shape
  ON request.name IS NOT DISTINCT FROM shape.name AND request.type IS NOT DISTINCT FROM shape.type
 AND request.method IS NOT DISTINCT FROM shape.method AND request.url IS NOT DISTINCT FROM shape.url
"""
_RULES = """
CREATE OR REPLACE TEMP TABLE rehearsed_rules (side VARCHAR, rule INTEGER, amount BIGINT, seconds BIGINT, rate DOUBLE)
"""
# How many were decided by the rule before in the same second, or minute, tells whether the reservoir is used up. What
# tail sampling kept stands for others too: the reservoir may hold for some of them.
_CHANCES = """
CREATE OR REPLACE TEMP TABLE rehearsed AS
WITH slowest AS (
    SELECT service, quantile_disc(took_us, 1 - $slowest) AS took_us
    FROM rehearsed_requests WHERE took_us IS NOT NULL GROUP BY service
),
taken AS (
    SELECT
        request.*, coalesce(request.took_us >= slowest.took_us, false) AS slow,
        today.rate AS now_rate, draft.rate AS draft_rate,
        least(1, greatest(0, (today.amount + weight - sum(weight) OVER (
            PARTITION BY now_rule, start_us // (1000000 * today.seconds) ORDER BY start_us
            ROWS UNBOUNDED PRECEDING
        )) / weight)) AS now_first,
        least(1, greatest(0, (draft.amount + weight - sum(weight) OVER (
            PARTITION BY draft_rule, start_us // (1000000 * draft.seconds) ORDER BY start_us
            ROWS UNBOUNDED PRECEDING
        )) / weight)) AS draft_first
    FROM rehearsed_requests AS request
    LEFT JOIN slowest USING (service)
    JOIN rehearsed_rules AS today ON today.side = 'now' AND today.rule = now_rule
    JOIN rehearsed_rules AS draft ON draft.side = 'draft' AND draft.rule = draft_rule
)
SELECT
    service, bad, user_hash, has_user, now_rule, draft_rule, slow, weight, 1 AS documents,
    now_first + (1 - now_first) * now_rate AS now_chance,
    draft_first + (1 - draft_first) * draft_rate AS draft_chance
FROM taken
"""
_DROP = ("rehearsed", "rehearsed_part", "rehearsed_requests", "rehearsed_shapes", "rehearsed_rules")


def rehearse(
    lake: Lake,
    now: Sequence[SamplingRule],
    draft: Sequence[SamplingRule],
    *,
    start: int,
    end: int,
    group: str | None = None,
) -> dict[str, Any]:
    """Return what two sets of rules keep of the requests of a range.

    Args:
        lake: where the requests are.
        now: today's rules, in the order in which they are tried; the last one matches everything.
        draft: the others, likewise.
        start: of the range, microseconds since the epoch.
        end: of the range, excluded.
        group: id of the group whose traces count; None for all.
    """
    with lake.reading() as connection:
        try:
            services = _read(connection, now, draft, start=start, end=end, group=group)
            return _replay(connection, now, draft, services)
        finally:
            for table in _DROP:
                connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _read(
    connection: duckdb.DuckDBPyConnection,
    now: Sequence[SamplingRule],
    draft: Sequence[SamplingRule],
    *,
    start: int,
    end: int,
    group: str | None,
) -> list[tuple[str, str]]:
    """Find the requests and the rules that decide about them; return the services, by name and type."""
    deciders = Decider(now), Decider(draft)
    services: dict[tuple[str, str], int] = {}
    connection.execute(_KEPT)
    statement = _REQUESTS.format(of_group="" if group is None else _OF_GROUP)
    given: dict[str, Any] = {"start": start, "end": end, "spread": SPREAD}
    if group is not None:
        given["group"] = group
    # A trace's id may carry another time than its request has.
    first, last = start - SPREAD, end + SPREAD
    length = max(_SHORTEST_PART, -(-(last - first) // _MOST_PARTS))
    for begin in range(first, last, length):
        connection.execute(statement, given | {"begin": begin, "stop": min(begin + length, last)})
        _decide(connection, deciders, services)
        connection.execute(_KEEP)
    return list(services)


def _replay(
    connection: duckdb.DuckDBPyConnection,
    now: Sequence[SamplingRule],
    draft: Sequence[SamplingRule],
    services: list[tuple[str, str]],
) -> dict[str, Any]:
    connection.execute(_RULES)
    for side, rules in (("now", now), ("draft", draft)):
        connection.executemany(
            "INSERT INTO rehearsed_rules VALUES (?, ?, ?, ?, ?)",
            [
                [side, place, rule.per_minute or rule.reservoir, 60 if rule.per_minute else 1, rule.fixed_rate]
                for place, rule in enumerate(rules)
            ],
        )
    connection.execute(_CHANCES, {"slowest": _SLOWEST_SHARE})
    changes = changes_between(now, draft, _alike)
    return compared(
        connection, services, now=[each.name for each in now], draft=[each.name for each in draft], changes=changes
    )


def _decide(
    connection: duckdb.DuckDBPyConnection, deciders: tuple[Decider, Decider], services: dict[tuple[str, str], int]
) -> None:
    """Find the rules that decide about each shape of requests, and number the services."""
    import pyarrow as pa  # noqa: PLC0415 -- only who rehearses needs it

    connection.execute(_DECIDED)
    shapes = connection.execute(_SHAPES).fetchall()
    for begin in range(0, len(shapes), _BATCH):
        batch = shapes[begin : begin + _BATCH]
        decided = [tuple(decider.place(*shape) for decider in deciders) for shape in batch]
        numbers = [services.setdefault((shape[0], shape[1]), len(services)) for shape in batch]
        table = pa.table(
            {
                **{
                    column: pa.array([shape[at] for shape in batch], pa.string())
                    for at, column in enumerate(("name", "type", "method", "url"))
                },
                "service": pa.array(numbers, pa.int32()),
                "now_rule": pa.array([places[0] for places in decided], pa.int32()),
                "draft_rule": pa.array([places[1] for places in decided], pa.int32()),
            }
        )
        connection.register("rehearsed_batch", table)
        connection.execute("INSERT INTO rehearsed_shapes SELECT * FROM rehearsed_batch")
        connection.unregister("rehearsed_batch")


def _alike(old: SamplingRule, new: SamplingRule) -> bool:
    """Return whether two rules are the same, whenever they were made."""
    return msgspec.structs.replace(old, arn="", created=0, modified=0) == msgspec.structs.replace(
        new, arn="", created=0, modified=0
    )


class Decider:
    """Finds the rule that decides, quickly for many requests.

    Args:
        rules: in the order in which they are tried.
    """

    def __init__(self, rules: Sequence[SamplingRule]) -> None:
        self._rules = [(place, _matcher(rule)) for place, rule in enumerate(rules) if ignored_because(rule) is None]

    def place(self, name: str | None, type_: str, method: str | None, url: str | None) -> int:
        """Return the place of the rule that decides about a request.

        Args:
            name: of the segment.
            type_: its origin, "" for none, which SDKs do not know.
            method: of the request.
            url: of the request.
        """
        host, path = _place(url)
        request = Request(name, type_ or None, host, method, path)
        return next(place for place, decides in self._rules if decides(request))


def _matcher(rule: SamplingRule) -> Callable[[Request], bool]:
    """Return what tells whether a rule matches a request; members that match everything cost nothing."""
    fields = [
        (field, _pattern(pattern))
        for field in Request.__struct_fields__
        if (pattern := getattr(rule, field)).strip("*") or not pattern
    ]

    def decides(request: Request) -> bool:
        return all((known := getattr(request, field)) is None or matching(known) for field, matching in fields)

    return decides


def _pattern(pattern: str) -> Callable[[str], bool]:
    """Return what `matches` says of a pattern, faster."""
    expression = re.compile(_expression(pattern), re.DOTALL)
    return functools.lru_cache(_REMEMBERED)(lambda text: expression.fullmatch(text.lower()) is not None)


def _expression(pattern: str) -> str:
    """Return a pattern as a regular expression that takes no longer than the product of its and the text's lengths.

    After each `*`, what stands before the next one is taken where it comes first, for good: that leaves the most to the
    rest, and nothing is tried again.
    """
    first, *others = (
        "".join("." if character == "?" else re.escape(character) for character in piece)
        for piece in pattern.lower().split("*")
    )
    return first + "".join(f"(?>.*?{piece})" for piece in others[:-1]) + "".join(f".*{piece}" for piece in others[-1:])


@functools.lru_cache(_REMEMBERED)
def _place(url: str | None) -> tuple[str | None, str | None]:
    """Return host and path of a URL; what it does not have is not known.

    Args:
        url: such as `https://shop.example:8080/cart?item=1`, or a path alone.
    """
    if not url:
        return None, None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None, None
    return parts.netloc.rpartition("@")[2] or None, parts.path or "/"
