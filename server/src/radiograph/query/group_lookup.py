"""Which group is meant: by a request, or by the filter of another group."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any, Literal

from radiograph.errors import InvalidRequest
from radiograph.query import filters
from radiograph.query.filters import InvalidFilter, parse, resolve_groups
from radiograph.store.groups import DEFAULT_GROUP, Group

if TYPE_CHECKING:
    from radiograph.query.filters import Expression
    from radiograph.query.filters.groups import Lookup


def named_group(request: dict[str, Any], known: list[Group], *, region: str, account: str) -> Group:
    """Return the group that a request names.

    Raises:
        InvalidRequest: no such group, none is named, or name and ARN are of two.
    """
    name, arn = request.get("GroupName"), request.get("GroupARN")
    if name is None and arn is None:
        raise InvalidRequest("give GroupName or GroupARN; GetGroups lists both for every group")
    found = [group for group in known if name is not None and group.name == name]
    if name is not None and not found:
        raise InvalidRequest(
            f"group {name} does not exist; names are case-sensitive, GetGroups lists them, CreateGroup makes a group"
        )
    if arn is not None:
        by_arn = [group for group in known if arn_of(group, region=region, account=account) == arn]
        if not by_arn:
            raise InvalidRequest(
                f"no group has the GroupARN {arn}; a group that is made again gets another, GetGroups lists them all"
            )
        if found and by_arn != found:
            raise InvalidRequest(
                f"GroupName {name} and GroupARN {arn} are two different groups; give one of them, or two that agree"
            )
        found = by_arn
    return found[0]


def expression_of(text: str, known: list[Group], *, region: str, account: str) -> Expression | None:
    """Return a filter as a tree, with the filters of the groups it refers to in place; None for every trace.

    Args:
        text: the filter expression.
        known: all groups.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.

    Raises:
        InvalidFilter: the filter, or one it leads to, cannot be read, or there is no such group.
    """
    expression = parse(text)
    return None if expression is None else resolve_groups(expression, lookup(known, region=region, account=account))


def lookup(known: list[Group], *, region: str, account: str) -> Lookup:
    """Return what finds the groups that a filter expression refers to; see `filters.groups`."""
    named = {("name", group.name): group for group in known}
    named |= {("arn", arn_of(group, region=region, account=account)): group for group in known}

    def find(by: Literal["name", "arn"], value: str) -> filters.Group | None:
        group = named.get((by, value))
        return None if group is None else filters.Group(group.name, parse(group.filter))

    return find


def users_of(group: Group, known: list[Group], *, region: str, account: str) -> list[Group]:
    """Return the other groups whose filters lead to a group."""
    return [other for other in known if group in reached_from(other, known, region=region, account=account)]


def reached_from(group: Group, known: list[Group], *, region: str, account: str) -> list[Group]:
    """Return the other groups to which a group's filter leads; one that cannot be read leads as far as it can."""
    find = lookup(known, region=region, account=account)
    met: set[str] = set()

    def meet(by: Literal["name", "arn"], value: str) -> filters.Group | None:
        found = find(by, value)
        if found is not None:
            met.add(found.name)
        return found

    with contextlib.suppress(InvalidFilter):
        expression = parse(group.filter)
        if expression is not None:
            resolve_groups(expression, meet)
    return [other for other in known if other.name in met and other.name != group.name]


def default_arn(region: str, account: str) -> str:
    """Return the ARN of the group Default, which has no id."""
    return f"arn:aws:xray:{region}:{account}:group/{DEFAULT_GROUP}"


def arn_of(group: Group, *, region: str, account: str) -> str:
    """Return a group's ARN; that of Default is made of region and account."""
    return group.arn or default_arn(region, account)
