"""Keep policies as a person writes them, checked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from radiograph.errors import InvalidRequest
from radiograph.query.filters import InvalidFilter
from radiograph.query.group_lookup import expression_of
from radiograph.store.keep_policies import REST, KeepPolicy

if TYPE_CHECKING:
    from radiograph.store.groups import Group

_MEMBERS = ("name", "filter", "share")
_MOST_POLICIES = 50
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]{1,64}")


def keep_policies_of(given: Any, groups: list[Group], *, region: str, account: str) -> tuple[KeepPolicy, ...]:
    """Return what policies say that somebody wrote.

    Args:
        given: a list of objects with name, filter and share, in the order in which they are tried. The last one may be
            Rest, without a filter; when it is not there, the rest is kept.
        groups: that filters may name.
        region: of the ARN of the group Default.
        account: of the ARN of the group Default.

    Raises:
        InvalidRequest: they cannot be.
    """
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise InvalidRequest("policies must be a list of objects with name, filter and share")
    policies = [_policy(number, each) for number, each in enumerate(given, start=1)]
    if not policies or policies[-1].name != REST:
        policies.append(KeepPolicy(name=REST))
    if len(policies) > _MOST_POLICIES + 1:
        raise InvalidRequest(f"{len(policies) - 1} policies are given; {_MOST_POLICIES} are the most beside {REST}")
    seen: set[str] = set()
    for policy in policies[:-1]:
        where = f"the policy {policy.name}"
        if policy.name in seen or policy.name == REST:
            raise InvalidRequest(f"{where} is given twice, or before others; names are unique, and {REST} is the last")
        seen.add(policy.name)
        try:
            expression = expression_of(policy.filter, groups, region=region, account=account)
        except InvalidFilter as problem:
            raise InvalidRequest(f"{where}: {problem}") from None
        if expression is None:
            raise InvalidRequest(f"{where} has no filter, so that none after it would count; {REST} is for the rest")
    if policies[-1].filter:
        raise InvalidRequest(f"{REST} takes what no other policy matches, and so has no filter; leave it out")
    return tuple(policies)


def _policy(number: int, given: dict[str, Any]) -> KeepPolicy:
    """Return one policy.

    Raises:
        InvalidRequest: a member that no policy has, or one of the wrong type.
    """
    name, text, share = given.get("name"), given.get("filter") or "", given.get("share", 1.0)
    where = f"policy {number} ({name})"
    unknown = sorted(set(given) - set(_MEMBERS))
    if unknown:
        raise InvalidRequest(f"{where} has {', '.join(map(str, unknown))}; there are {', '.join(_MEMBERS)}")
    if not isinstance(name, str) or not _PRINTABLE.fullmatch(name) or name.strip() != name:
        raise InvalidRequest(
            f"{where} must have a name of 1 to 64 characters that can be printed, without spaces around"
        )
    if not isinstance(text, str):
        raise InvalidRequest(f"{where}.filter must be a filter expression, such as service() {{ fault }}")
    if isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1:
        raise InvalidRequest(f"{where}.share must be from 0, none, to 1, all; 0.05 is 5 percent")
    return KeepPolicy(name=name, filter=text, share=float(share))
