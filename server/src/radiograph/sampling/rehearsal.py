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

from radiograph.sampling.matching import Request, ignored_because, matches
from radiograph.store.rows import SPREAD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import duckdb

    from radiograph.store.lake import Lake
    from radiograph.store.sampling_rules import SamplingRule

# Shapes of requests that are matched at a time.
_BATCH = 20_000
# Paths and hosts that are remembered, since many requests share them.
_REMEMBERED = 50_000
# A pattern with more stars than this could keep a regular expression busy for ever.
_MOST_STARS = 3
_SLOWEST_SHARE = 0.01

# Of several documents of a segment the finished one counts, else the newest. A trace has one request: its earliest
# segment without a parent.
_REQUESTS = """
CREATE OR REPLACE TEMP TABLE rehearsed_requests AS
WITH entries AS (
    SELECT
        trace_id, id,
        arg_max(
            {{
                'name': name, 'type': coalesce(type, ''), 'method': http_method, 'url': http_url,
                'bad': coalesce(error, false) OR coalesce(throttle, false) OR coalesce(fault, false),
                'user': user_name, 'start': epoch_us(start_time), 'end': epoch_us(end_time)
            }},
            {{'ended': end_time IS NOT NULL, 'arrival': arrival}}
        ) AS entry
    FROM segments
    WHERE parent_id IS NULL AND NOT is_subsegment
      AND trace_time >= make_timestamp($first) AND trace_time < make_timestamp($last)
      AND start_time >= make_timestamp($start) AND start_time < make_timestamp($end)
      {of_group}
    GROUP BY trace_id, id
),
traces AS (
    SELECT arg_min(entry, {{'start': entry.start, 'id': id}}) AS entry FROM entries GROUP BY trace_id
)
SELECT
    entry.name AS name, entry.type AS type, entry.method AS method, entry.url AS url,
    entry.bad AS bad, entry.user AS user_name, entry.start AS start_us,
    entry."end" - entry.start AS took_us
FROM traces
"""
_OF_GROUP = "AND trace_id IN (SELECT trace_id FROM memberships WHERE group_id = $group)"

_SHAPES = "SELECT DISTINCT name, type, method, url FROM rehearsed_requests"
_DECIDED = """
CREATE OR REPLACE TEMP TABLE rehearsed_shapes (
    name VARCHAR, type VARCHAR, method VARCHAR, url VARCHAR, now_rule VARCHAR, draft_rule VARCHAR
)
"""
_RULES = """
CREATE OR REPLACE TEMP TABLE rehearsed_rules (side VARCHAR, rule VARCHAR, amount BIGINT, seconds BIGINT, rate DOUBLE)
"""
# How many were decided by the rule before in the same second, or minute, tells whether the reservoir is used up.
_CHANCES = """
CREATE OR REPLACE TEMP TABLE rehearsed AS
WITH slowest AS (
    SELECT name, type, quantile_disc(took_us, 1 - $slowest) AS took_us
    FROM rehearsed_requests WHERE took_us IS NOT NULL GROUP BY ALL
),
decided AS (
    SELECT
        request.name, request.type, request.bad, request.user_name, request.start_us,
        coalesce(request.took_us >= slowest.took_us, false) AS slow,
        now_rule, draft_rule
    FROM rehearsed_requests AS request
    JOIN rehearsed_shapes AS shape
      ON request.name IS NOT DISTINCT FROM shape.name AND request.type IS NOT DISTINCT FROM shape.type
     AND request.method IS NOT DISTINCT FROM shape.method AND request.url IS NOT DISTINCT FROM shape.url
    LEFT JOIN slowest ON slowest.name = request.name AND slowest.type = request.type
)
SELECT
    name, type, bad, slow, user_name, now_rule, draft_rule,
    CASE WHEN row_number() OVER (
        PARTITION BY now_rule, start_us // (1000000 * today.seconds) ORDER BY start_us
    ) <= today.amount THEN 1.0 ELSE today.rate END AS now_chance,
    CASE WHEN row_number() OVER (
        PARTITION BY draft_rule, start_us // (1000000 * draft.seconds) ORDER BY start_us
    ) <= draft.amount THEN 1.0 ELSE draft.rate END AS draft_chance
FROM decided
JOIN rehearsed_rules AS today ON today.side = 'now' AND today.rule = now_rule
JOIN rehearsed_rules AS draft ON draft.side = 'draft' AND draft.rule = draft_rule
"""
# A user is kept when one trace of theirs is.
_FIGURES = """
WITH users AS (
    SELECT {keys} user_name, 1 - product(1 - {side}_chance) AS kept
    FROM rehearsed WHERE user_name IS NOT NULL GROUP BY ALL
),
by_user AS (SELECT {keys} count(*) AS users, sum(kept) AS users_kept FROM users GROUP BY ALL),
counted AS (
    SELECT
        {keys}
        count(*) AS requests, coalesce(sum({side}_chance), 0) AS kept,
        count(*) FILTER (bad) AS errors, coalesce(sum({side}_chance) FILTER (bad), 0) AS errors_kept,
        count(*) FILTER (slow) AS slow, coalesce(sum({side}_chance) FILTER (slow), 0) AS slow_kept
    FROM rehearsed GROUP BY ALL
)
SELECT {keys} requests, kept, errors, errors_kept, slow, slow_kept,
       coalesce(users, 0), coalesce(users_kept, 0)
FROM counted LEFT JOIN by_user {on}
ORDER BY requests DESC{order}
"""
_DROP = ("rehearsed", "rehearsed_requests", "rehearsed_shapes", "rehearsed_rules")


class Figures(msgspec.Struct, frozen=True):
    """What was kept of some requests; figures of what is kept are expected values.

    Args:
        requests: all of them.
        kept: of those.
        errors: requests with an error, a throttle or a fault at their entry.
        errors_kept: of those.
        slow: requests that took at least as long as the slowest hundredth of their service.
        slow_kept: of those.
        users: different users.
        users_kept: of whom at least one request is kept.
    """

    requests: int = 0
    kept: float = 0.0
    errors: int = 0
    errors_kept: float = 0.0
    slow: int = 0
    slow_kept: float = 0.0
    users: int = 0
    users_kept: float = 0.0


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
        given: dict[str, Any] = {"start": start, "end": end, "first": start - SPREAD, "last": end + SPREAD}
        if group is not None:
            given["group"] = group
        connection.execute(_REQUESTS.format(of_group="" if group is None else _OF_GROUP), given)
        try:
            return _replay(connection, now, draft)
        finally:
            for table in _DROP:
                connection.execute(f"DROP TABLE IF EXISTS temp.{table}")


def _replay(
    connection: duckdb.DuckDBPyConnection, now: Sequence[SamplingRule], draft: Sequence[SamplingRule]
) -> dict[str, Any]:
    _decide(connection, now, draft)
    connection.execute(_RULES)
    for side, rules in (("now", now), ("draft", draft)):
        connection.executemany(
            "INSERT INTO rehearsed_rules VALUES (?, ?, ?, ?, ?)",
            [
                [side, rule.name, rule.per_minute or rule.reservoir, 60 if rule.per_minute else 1, rule.fixed_rate]
                for rule in rules
            ],
        )
    connection.execute(_CHANCES, {"slowest": _SLOWEST_SHARE})
    total = {side: _figures(connection, side, ()).get((), Figures()) for side in ("now", "draft")}
    services = {side: _figures(connection, side, ("name", "type")) for side in ("now", "draft")}
    by_rule = {side: _figures(connection, side, (f"{side}_rule",)) for side in ("now", "draft")}
    return {
        "traces": total["now"].requests,
        "total": total,
        "rules": _by_rule(now, draft, by_rule["now"], by_rule["draft"]),
        "services": [
            {"name": name, "type": type_, "now": figures, "draft": services["draft"][name, type_]}
            for (name, type_), figures in services["now"].items()
        ],
    }


def _decide(connection: duckdb.DuckDBPyConnection, now: Sequence[SamplingRule], draft: Sequence[SamplingRule]) -> None:
    """Find the rules that decide about each shape of requests."""
    import pyarrow as pa  # noqa: PLC0415 -- only who rehearses needs it

    deciders = Decider(now), Decider(draft)
    connection.execute(_DECIDED)
    shapes = connection.execute(_SHAPES).fetchall()
    for begin in range(0, len(shapes), _BATCH):
        batch = shapes[begin : begin + _BATCH]
        decided = [tuple(decider.rule(*shape) for decider in deciders) for shape in batch]
        table = pa.table(
            {
                **{
                    column: pa.array([shape[at] for shape in batch], pa.string())
                    for at, column in enumerate(("name", "type", "method", "url"))
                },
                "now_rule": pa.array([rules[0] for rules in decided], pa.string()),
                "draft_rule": pa.array([rules[1] for rules in decided], pa.string()),
            }
        )
        connection.register("rehearsed_batch", table)
        connection.execute("INSERT INTO rehearsed_shapes SELECT * FROM rehearsed_batch")
        connection.unregister("rehearsed_batch")


def _figures(connection: duckdb.DuckDBPyConnection, side: str, keys: tuple[str, ...]) -> dict[tuple[Any, ...], Figures]:
    """Return figures by keys, those with most requests first."""
    columns = "".join(f"{key}, " for key in keys)
    on = f"USING ({', '.join(keys)})" if keys else "ON true"
    order = "".join(f", {key}" for key in keys)
    rows = connection.execute(_FIGURES.format(side=side, keys=columns, on=on, order=order)).fetchall()
    return {row[: len(keys)]: Figures(*row[len(keys) :]) for row in rows}


def _by_rule(
    now: Sequence[SamplingRule],
    draft: Sequence[SamplingRule],
    by_now: dict[tuple[Any, ...], Figures],
    by_draft: dict[tuple[Any, ...], Figures],
) -> list[dict[str, Any]]:
    """Return the rules of both sides: the draft's in its order, then those that it has no more."""
    today = {rule.name: rule for rule in now}
    wanted = {rule.name: rule for rule in draft}
    found: list[dict[str, Any]] = []
    for name in [*wanted, *(name for name in today if name not in wanted)]:
        old, new = today.get(name), wanted.get(name)
        change = "new" if old is None else "gone" if new is None else "same" if _alike(old, new) else "changed"
        found.append(
            {
                "name": name,
                "change": change,
                "now": None if old is None else by_now.get((name,), Figures()),
                "draft": None if new is None else by_draft.get((name,), Figures()),
            }
        )
    return found


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
        self._rules = [(rule.name, _matcher(rule)) for rule in rules if ignored_because(rule) is None]

    def rule(self, name: str | None, type_: str, method: str | None, url: str | None) -> str:
        """Return the name of the rule that decides about a request.

        Args:
            name: of the segment.
            type_: its origin, "" for none, which SDKs do not know.
            method: of the request.
            url: of the request.
        """
        host, path = _place(url)
        request = Request(name, type_ or None, host, method, path)
        return next(rule for rule, decides in self._rules if decides(request))


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
    if pattern.count("*") > _MOST_STARS:
        return functools.lru_cache(_REMEMBERED)(functools.partial(matches, pattern))
    expression = re.compile("".join(_expressions(pattern)), re.IGNORECASE | re.DOTALL)
    return functools.lru_cache(_REMEMBERED)(lambda text: expression.fullmatch(text) is not None)


def _expressions(pattern: str) -> Iterator[str]:
    for character in pattern:
        yield {"*": ".*", "?": "."}.get(character) or re.escape(character)


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
