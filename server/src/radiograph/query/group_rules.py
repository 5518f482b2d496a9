"""Which traces belong to groups from now on: what the filters say at this moment, and which groups are left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.errors import first_line
from radiograph.query.filters import InvalidFilter
from radiograph.query.group_lookup import expression_of, named_group, reached_from
from radiograph.query.membership import try_search
from radiograph.store.groups import DEFAULT_GROUP, Group, all_groups, read_groups

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.filters import Expression
    from radiograph.query.membership import Decided
    from radiograph.store.lake import Lake

_log = structlog.get_logger("radiograph.groups")


class Rule(msgspec.Struct, frozen=True):
    """Which traces belong to a group from now on.

    Args:
        group_id: of the group.
        name: of the group.
        expression: that a trace must match, without names of groups; None for no trace: the group has no filter, and
            so needs none of its own, or one that cannot be evaluated.
    """

    group_id: str
    name: str
    expression: Expression | None


class AskedGroup(msgspec.Struct, frozen=True):
    """The group that a request is about.

    Args:
        group: the group.
        rule: which traces belong to it; None for every trace.
        changed: when its filter, or one that it refers to, last became another one, microseconds; None for never.
    """

    group: Group
    rule: Rule | None
    changed: int | None

    def is_older(self, start: int) -> bool:
        """Return whether what is known since a time, microseconds, is from before the filter became what it is."""
        return self.changed is not None and self.changed > start


def asked_group(lake: Lake, request: dict[str, Any], *, region: str, account: str) -> AskedGroup | None:
    """Return the group whose traces a request is about; None for all traces, which is what Default is.

    Args:
        lake: where.
        request: the request's members; GroupName and GroupARN count.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.

    Raises:
        InvalidRequest: no such group, or name and ARN are of two.
    """
    if request.get("GroupARN") is None and request.get("GroupName") in (None, DEFAULT_GROUP):
        return None
    known = all_groups(lake)
    group = named_group(request, known, region=region, account=account)
    if group.name == DEFAULT_GROUP:
        return None
    reached = reached_from(group, known, region=region, account=account)
    changes = [other.filter_changed for other in [group, *reached] if other.filter_changed is not None]
    try:
        expression = expression_of(group.filter, known, region=region, account=account)
    except InvalidFilter:
        # Those that belonged before still do.
        rule: Rule | None = Rule(group.id, group.name, None)
    else:
        rule = None if expression is None else Rule(group.id, group.name, expression)
    return AskedGroup(group, rule, max(changes, default=None))


class GroupFigures(msgspec.Struct):
    """What became of a group since the start.

    Args:
        name: of the group.
        traces: that joined it.
        failures: how often it was left out because its filter could not be evaluated.
        problem: why it is left out now, None when it is not.
    """

    name: str
    traces: int = 0
    failures: int = 0
    problem: str | None = None


class GroupRules:
    """The rules of all groups, for counting. A group that fails is left out until its filter becomes another one.

    Args:
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.
    """

    def __init__(self, *, region: str = "", account: str = "") -> None:
        self._region = region
        self._account = account
        # What failed: the expression, or the text that is none.
        self._left_out: dict[str, Expression | str] = {}
        self.figures: dict[str, GroupFigures] = {}

    def now(self, connection: duckdb.DuckDBPyConnection) -> tuple[Rule, ...]:
        """Return the rules of all groups but Default, as a transaction sees them."""
        known = read_groups(connection)
        groups = [group for group in known if group.name != DEFAULT_GROUP]
        self.figures = {group.id: self.figures.get(group.id, GroupFigures(group.name)) for group in groups}
        return tuple(self._rule(group, known) for group in groups)

    def _rule(self, group: Group, known: list[Group]) -> Rule:
        try:
            expression = expression_of(group.filter, known, region=self._region, account=self._account)
        except InvalidFilter as problem:
            self._leave_out(group.id, group.filter, problem)
            expression = None
        else:
            if expression is not None and self._left_out.get(group.id) == expression:
                expression = None
            elif self._left_out.pop(group.id, None) is not None:
                self.figures[group.id].problem = None
        return Rule(group.id, group.name, expression)

    def learn(self, decided: Decided) -> None:
        """Count the traces that joined groups, and leave out the groups that failed."""
        for group_id, _, _ in decided.joined:
            self.figures[group_id].traces += 1
        for rule, problem in decided.failed:
            self._fail(rule, problem)

    def _fail(self, rule: Rule, problem: Exception) -> None:
        if rule.expression is not None:
            self._leave_out(rule.group_id, rule.expression, problem)

    def _leave_out(self, group_id: str, what: Expression | str, problem: Exception) -> None:
        if self._left_out.get(group_id) == what:
            return
        self._left_out[group_id] = what
        figures = self.figures[group_id]
        figures.failures += 1
        figures.problem = first_line(problem)
        _log.error(
            "no more traces join the group until its filter is changed", group=figures.name, problem=str(problem)
        )

    def find_culprits(self, lake: Lake, *, low: int) -> bool:
        """Leave out every group whose search makes the database fail; return whether there was one.

        Args:
            lake: where.
            low: only what came later is searched, microseconds since the epoch.
        """
        import duckdb  # noqa: PLC0415 -- see open_lake

        with lake.reading() as connection:
            rules = self.now(connection)
        found = False
        for rule in rules:
            if rule.expression is None:
                continue
            try:
                with lake.reading() as connection:
                    try_search(connection, rule, low=low)
            except (duckdb.OutOfMemoryException, duckdb.IOException):
                raise  # no fault of the filter
            except duckdb.Error as problem:
                self._fail(rule, problem)
                found = True
        return found
