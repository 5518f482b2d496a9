"""What two sets of rules would have kept of the same traces, side by side: today's and a draft.

A decision is not drawn but expected: each trace has a chance to be kept. So two rehearsals of the same time tell the
same, and differences are not chance.

The traces are in the temporary table `rehearsed`: the numbers of their service and of the rules that decide about them
(`now_rule`, `draft_rule`), what is told of them (`bad`, `slow`, `user_hash`, `has_user`, `documents`), for how many
they stand (`weight`), and their chances (`now_chance`, `draft_chance`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeVar

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

Change = Literal["new", "gone", "same", "changed"]

# A user is kept when one trace of theirs is.
_FIGURES = """
WITH users AS (
    SELECT {keys} user_hash, 1 - product(pow(1 - {side}_chance, weight)) AS kept
    FROM rehearsed WHERE has_user GROUP BY ALL
),
by_user AS (SELECT {keys} count(*) AS users, sum(kept) AS users_kept FROM users GROUP BY ALL),
counted AS (
    SELECT
        {keys}
        coalesce(sum(weight), 0) AS requests, coalesce(sum(weight * {side}_chance), 0) AS kept,
        coalesce(sum(weight) FILTER (bad), 0) AS errors,
        coalesce(sum(weight * {side}_chance) FILTER (bad), 0) AS errors_kept,
        coalesce(sum(weight) FILTER (slow), 0) AS slow,
        coalesce(sum(weight * {side}_chance) FILTER (slow), 0) AS slow_kept,
        coalesce(sum(weight * documents), 0) AS documents,
        coalesce(sum(weight * documents * {side}_chance), 0) AS documents_kept
    FROM rehearsed GROUP BY ALL
)
SELECT {keys} requests, kept, errors, errors_kept, slow, slow_kept,
       coalesce(users, 0), coalesce(users_kept, 0), documents, documents_kept
FROM counted LEFT JOIN by_user {on}
ORDER BY requests DESC{order}
"""
_COUNT = "SELECT count(*) FROM rehearsed"


class Figures(msgspec.Struct, frozen=True):
    """What was kept of some requests; figures of what is kept are expected values.

    A trace that tail sampling kept counts as the traces that it stands for, so that figures need not be whole.

    Args:
        requests: all of them.
        kept: of those.
        errors: requests with an error, a throttle or a fault.
        errors_kept: of those.
        slow: requests that took at least as long as the slowest hundredth of their service.
        slow_kept: of those.
        users: different users.
        users_kept: of whom at least one request is kept.
        documents: that were looked at of them.
        documents_kept: of those.
    """

    requests: float = 0
    kept: float = 0.0
    errors: float = 0
    errors_kept: float = 0.0
    slow: float = 0
    slow_kept: float = 0.0
    users: int = 0
    users_kept: float = 0.0
    documents: float = 0
    documents_kept: float = 0.0


class Named(Protocol):
    """What has a name."""

    @property
    def name(self) -> str:
        """Unique among its like."""


_Rule = TypeVar("_Rule", bound=Named)


def changes_between(
    now: Sequence[_Rule], draft: Sequence[_Rule], alike: Callable[[_Rule, _Rule], bool]
) -> dict[str, Change]:
    """Return what became of each rule: the draft's in its order, then those that it has no more.

    Args:
        now: today's.
        draft: the others.
        alike: whether two rules of one name are the same.
    """
    today = {rule.name: rule for rule in now}
    wanted = {rule.name: rule for rule in draft}
    changes: dict[str, Change] = {
        name: "new" if name not in today else "same" if alike(today[name], rule) else "changed"
        for name, rule in wanted.items()
    }
    return changes | {name: "gone" for name in today if name not in wanted}


def compared(
    connection: duckdb.DuckDBPyConnection,
    services: Sequence[tuple[str, str]],
    *,
    now: Sequence[str],
    draft: Sequence[str],
    changes: Mapping[str, Change],
) -> dict[str, Any]:
    """Return what both sides keep: in all, by rule and by service.

    Args:
        connection: that has the traces.
        services: name and type of each, by its number.
        now: names of today's rules, by their numbers.
        draft: names of the others.
        changes: see `changes_between`.
    """
    total = {side: _figures(connection, side, None).get(0, Figures()) for side in ("now", "draft")}
    of_services = {side: _figures(connection, side, "service") for side in ("now", "draft")}
    by_rule = {
        side: {names[place]: figures for place, figures in _figures(connection, side, f"{side}_rule").items()}
        for side, names in (("now", now), ("draft", draft))
    }
    traces = connection.execute(_COUNT).fetchone() or (0,)
    return {
        "traces": traces[0],
        "total": total,
        "rules": [
            {
                "name": name,
                "change": change,
                "now": None if change == "new" else by_rule["now"].get(name, Figures()),
                "draft": None if change == "gone" else by_rule["draft"].get(name, Figures()),
            }
            for name, change in changes.items()
        ],
        "services": [
            {
                "name": services[place][0],
                "type": services[place][1],
                "now": figures,
                "draft": of_services["draft"][place],
            }
            for place, figures in of_services["now"].items()
        ],
    }


def _figures(connection: duckdb.DuckDBPyConnection, side: str, key: str | None) -> dict[int, Figures]:
    """Return figures by the numbers of a column, those with most requests first; of all together as number 0."""
    columns, on, order = ("", "ON true", "") if key is None else (f"{key}, ", f"USING ({key})", f", {key}")
    rows = connection.execute(_FIGURES.format(side=side, keys=columns, on=on, order=order)).fetchall()
    return {0: Figures(*rows[0])} if key is None else {row[0]: Figures(*row[1:]) for row in rows}
