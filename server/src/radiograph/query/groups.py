"""Groups of traces: making, changing, deleting and listing them."""

from __future__ import annotations

import base64
import re
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.errors import InvalidRequest
from radiograph.query.filters import InvalidFilter
from radiograph.query.group_lookup import arn_of, default_arn, expression_of, named_group, users_of
from radiograph.query.tokens import make_token, read_token
from radiograph.store.groups import DEFAULT_GROUP, Group, all_groups, change_groups
from radiograph.store.tags import forget_tags, new_tags, put_tags

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake

_PAGE = 100
_ID_LENGTH = 52
_MICROSECONDS = 1_000_000
_NAME = re.compile(r"[A-Za-z0-9_-]{1,32}")

# Nobody is asked who they are yet.
_UNKNOWN = "unknown"

_log = structlog.get_logger("radiograph.groups")


def create_group(
    lake: Lake, request: dict[str, Any], *, region: str, account: str, most: int, now: float
) -> dict[str, Any]:
    """Answer CreateGroup.

    Args:
        lake: where.
        request: the request's members.
        region: of the group's ARN.
        account: of the group's ARN.
        most: groups allowed, Default not counted.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: a bad or taken name, filter, configuration or tag, or there are as many groups as allowed.
        StoreUnavailable: the store cannot write.
    """
    name = _new_name(request["GroupName"])
    insights, notifications = _insights(request, Group(id="", name=name, arn=""))
    tags = new_tags(request, what="a group")
    id_ = base64.b32encode(secrets.token_bytes(_ID_LENGTH)).decode()[:_ID_LENGTH]
    group = Group(
        id=id_,
        name=name,
        arn=f"{default_arn(region, account).removesuffix(DEFAULT_GROUP)}{name}/{id_}",
        filter=request.get("FilterExpression", ""),
        insights=insights,
        notifications=notifications,
        created=int(now * _MICROSECONDS),
    )

    def add(connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        if any(other.name == name for other in known):
            raise InvalidRequest(f"group {name} exists; change it with UpdateGroup, or choose another GroupName")
        if len(known) > most:  # Default is one of them
            raise InvalidRequest(
                f"there are {len(known) - 1} groups and {most} are allowed; delete one with DeleteGroup, "
                "or raise the setting groups"
            )
        wanted = [*known, group]
        _check_filter(group, wanted, region=region, account=account)
        put_tags(connection, group.arn, tags)
        return wanted

    change_groups(lake, add)
    _log.info(
        "group created", group=name, arn=group.arn, filter=group.filter, insights=insights, tags=tags, who=_UNKNOWN
    )
    return {"Group": _answer(group, region=region, account=account)}


def update_group(lake: Lake, request: dict[str, Any], *, region: str, account: str, now: float) -> dict[str, Any]:
    """Answer UpdateGroup: members that are absent stay as they are.

    Args:
        lake: where.
        request: the request's members.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: no such group, a bad filter or configuration, or a filter for Default.
        StoreUnavailable: the store cannot write.
    """
    changed: list[Group] = []

    def change(_connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        old = named_group(request, known, region=region, account=account)
        insights, notifications = _insights(request, old)
        new = msgspec.structs.replace(old, insights=insights, notifications=notifications)
        filter_ = request.get("FilterExpression", old.filter)
        if filter_ != old.filter:
            if old.name == DEFAULT_GROUP:
                raise InvalidRequest(
                    "the group Default holds every trace and takes no FilterExpression; make another with CreateGroup"
                )
            new = msgspec.structs.replace(new, filter=filter_, filter_changed=int(now * _MICROSECONDS))
        wanted = [new if group.name == old.name else group for group in known]
        if new.filter != old.filter:
            _check_filter(new, wanted, region=region, account=account)
        changed[:] = [new]
        return wanted

    change_groups(lake, change)
    (group,) = changed
    _log.info(
        "group updated",
        group=group.name,
        filter=group.filter,
        insights=group.insights,
        notifications=group.notifications,
        who=_UNKNOWN,
    )
    return {"Group": _answer(group, region=region, account=account)}


def delete_group(lake: Lake, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
    """Answer DeleteGroup; the group's tags go with it.

    Args:
        lake: where.
        request: the request's members.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.

    Raises:
        InvalidRequest: no such group, it is Default, or the filter of another group refers to it.
        StoreUnavailable: the store cannot write.
    """
    deleted: list[Group] = []

    def delete(connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        group = named_group(request, known, region=region, account=account)
        if group.name == DEFAULT_GROUP:
            raise InvalidRequest("the group Default always exists and cannot be deleted; the others can")
        users = [user.name for user in users_of(group, known, region=region, account=account)]
        if users:
            raise InvalidRequest(
                f"the filters of these groups refer to {group.name}: {', '.join(users)}; change or delete them first"
            )
        forget_tags(connection, group.arn)
        deleted[:] = [group]
        return [other for other in known if other.name != group.name]

    change_groups(lake, delete)
    (group,) = deleted
    _log.info("group deleted", group=group.name, arn=group.arn, who=_UNKNOWN)
    return {}


def get_group(lake: Lake, request: dict[str, Any], *, region: str, account: str) -> dict[str, Any]:
    """Answer GetGroup.

    Raises:
        InvalidRequest: no such group, or none is named.
    """
    group = named_group(request, all_groups(lake), region=region, account=account)
    return {"Group": _answer(group, region=region, account=account)}


def get_groups(lake: Lake, request: dict[str, Any], *, region: str, account: str, page: int = _PAGE) -> dict[str, Any]:
    """Answer GetGroups: Default, then the others by name.

    Raises:
        InvalidRequest: a bad token.
    """
    groups = all_groups(lake)
    position = read_token(request)
    if position:
        groups = [group for group in groups if group.id and group.name > str(position[0])]
    answer: dict[str, Any] = {
        "Groups": [_answer(group, region=region, account=account) for group in groups[:page]],
    }
    if page < len(groups):
        # A name rather than a number, so that a group deleted meanwhile hides no other. "" is before every name.
        last = groups[page - 1]
        answer["NextToken"] = make_token(request, [last.name if last.id else ""])
    return answer


def _new_name(name: str) -> str:
    """Return a name that a group may have.

    Raises:
        InvalidRequest: it may not.
    """
    if name == DEFAULT_GROUP:
        raise InvalidRequest("the group Default always exists; choose another GroupName")
    if not _NAME.fullmatch(name):
        raise InvalidRequest(f"GroupName {name!r} must be 1 to 32 letters (A-Z, a-z), digits, hyphens and underscores")
    return name


def _insights(request: dict[str, Any], old: Group) -> tuple[bool, bool]:
    """Return whether insights and their notifications shall be on; whoever turns insights off turns off both.

    Raises:
        InvalidRequest: notifications without insights are asked for.
    """
    asked = request.get("InsightsConfiguration", {})
    insights: bool = asked.get("InsightsEnabled", old.insights)
    notifications: bool = asked.get("NotificationsEnabled", old.notifications and insights)
    if notifications and not insights:
        raise InvalidRequest(
            "NotificationsEnabled needs InsightsEnabled: set both to true, or leave NotificationsEnabled out"
        )
    return insights, notifications


def _check_filter(group: Group, wanted: list[Group], *, region: str, account: str) -> None:
    """See that a group's filter can be read, and those of the groups that refer to it can still be.

    Raises:
        InvalidFilter: it cannot, or refers to no group, or back to itself.
        InvalidRequest: one that refers to it becomes too large.
    """
    expression_of(group.filter, wanted, region=region, account=account)
    for user in users_of(group, wanted, region=region, account=account):
        try:
            expression_of(user.filter, wanted, region=region, account=account)
        except InvalidFilter as problem:
            raise InvalidRequest(
                f"with this filter, that of group {user.name}, which refers to {group.name}, cannot be: {problem}"
            ) from None


def _answer(group: Group, *, region: str, account: str) -> dict[str, Any]:
    """A group in the API's form; one without a filter has no FilterExpression."""
    return {
        "GroupName": group.name,
        "GroupARN": arn_of(group, region=region, account=account),
        "FilterExpression": group.filter or None,
        "InsightsConfiguration": {"InsightsEnabled": group.insights, "NotificationsEnabled": group.notifications},
    }
