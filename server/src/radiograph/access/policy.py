"""Policy documents as AWS writes them: read into statements, and refused with a sentence where they cannot be."""

from __future__ import annotations

import json
import re
from typing import Any, Final, Literal

import msgspec

from radiograph.access.conditions import OPERATORS, Condition, InvalidCondition, read_conditions

VERSIONS: Final = ("2012-10-17", "2008-10-17")
_MEMBERS: Final = {
    "Sid",
    "Effect",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Principal",
    "NotPrincipal",
    "Condition",
}
_SID: Final = re.compile(r"[A-Za-z0-9 _-]{0,128}")
_ACTION: Final = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+|[A-Za-z0-9*?-]+:\*")
_MOST_STATEMENTS: Final = 500


class MalformedPolicy(Exception):  # noqa: N818 -- what it is
    """A document that is no policy; the message says where and why."""


class Principals(msgspec.Struct, frozen=True):
    """Whom a statement of a resource policy is about.

    Args:
        everybody: `*`.
        aws: accounts, users and roles, by ARN or account.
        services: such as `sns.amazonaws.com`.
    """

    everybody: bool = False
    aws: tuple[str, ...] = ()
    services: tuple[str, ...] = ()


class Statement(msgspec.Struct, frozen=True, kw_only=True):
    """One of a policy.

    Args:
        sid: its name; "" where it has none.
        place: in the policy, from 0.
        allows: whether its effect is to allow, rather than to deny.
        actions: patterns, in lower case.
        but_actions: whether it is about all others than these.
        resources: patterns.
        but_resources: whether it is about all others than these.
        principals: None for whoever holds the policy.
        but_principals: whether it is about all others than these.
        conditions: all must hold.
    """

    sid: str
    place: int
    allows: bool
    actions: tuple[str, ...]
    but_actions: bool = False
    resources: tuple[str, ...] = ("*",)
    but_resources: bool = False
    principals: Principals | None = None
    but_principals: bool = False
    conditions: tuple[Condition, ...] = ()

    @property
    def name(self) -> str:
        """How it is spoken of."""
        return self.sid or f"statement {self.place + 1}"


class Policy(msgspec.Struct, frozen=True):
    """A policy.

    Args:
        name: of it.
        statements: in their order.
        variables: whether `${...}` stands for a value: since version 2012-10-17.
    """

    name: str
    statements: tuple[Statement, ...]
    variables: bool = True


def read_policy(text: str, *, name: str = "policy", kind: Literal["identity", "resource"] = "identity") -> Policy:
    """Read a policy document.

    Args:
        text: JSON.
        name: of the policy.
        kind: an identity's has no principals; a resource's must have them.

    Raises:
        MalformedPolicy: it is none.
    """
    try:
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_no_number)
    except (ValueError, RecursionError) as problem:
        raise MalformedPolicy(f"{name} is not JSON: {problem}") from None
    if not isinstance(document, dict):
        raise MalformedPolicy(f"{name} must be a JSON object with Version and Statement")
    unknown = sorted(document.keys() - {"Version", "Id", "Statement"})
    if unknown:
        raise MalformedPolicy(f"{name} has a member {unknown[0]!r}; a policy has Version, Id and Statement")
    version = document.get("Version", VERSIONS[1])
    if version not in VERSIONS:
        raise MalformedPolicy(f"Version {version!r} of {name} is not known; write {VERSIONS[0]}")
    given = document.get("Statement")
    statements = [given] if isinstance(given, dict) else given
    if not isinstance(statements, list) or not statements or len(statements) > _MOST_STATEMENTS:
        raise MalformedPolicy(f"{name} must have 1 to {_MOST_STATEMENTS} statements in Statement")
    read = tuple(_statement(each, place, kind) for place, each in enumerate(statements))
    sids = [statement.sid for statement in read if statement.sid]
    twice = next((sid for sid in sids if sids.count(sid) > 1), None)
    if twice is not None:
        raise MalformedPolicy(f"two statements of {name} are named {twice!r}")
    return Policy(name, read, variables=version == VERSIONS[0])


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise ValueError(f"{next(name for name in names if names.count(name) > 1)!r} is there twice")
    return found


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is no number of JSON")


def _statement(given: Any, place: int, kind: str) -> Statement:
    where = f"statement {place + 1}"
    if not isinstance(given, dict):
        raise MalformedPolicy(f"{where} must be an object")
    unknown = sorted(given.keys() - _MEMBERS)
    if unknown:
        raise MalformedPolicy(f"{where} has a member {unknown[0]!r}, which no statement has")
    sid = given.get("Sid", "")
    if not isinstance(sid, str) or not _SID.fullmatch(sid):
        raise MalformedPolicy(f"Sid of {where} must be letters, digits, blanks, _ and -")
    effect = given.get("Effect")
    if effect not in ("Allow", "Deny"):
        raise MalformedPolicy(f"Effect of {where} must be Allow or Deny, and is {effect!r}")
    actions, but_actions = _either(given, "Action", "NotAction", where)
    for action in actions:
        if not _ACTION.fullmatch(action):
            raise MalformedPolicy(f"{action!r} in {where} is no action; write xray:GetGroups, xray:Get*, or *")
    resources, but_resources = _either(given, "Resource", "NotResource", where)
    principals, but_principals = _principals(given, where, kind)
    try:
        conditions = read_conditions(given.get("Condition", {}))
    except InvalidCondition as problem:
        raise MalformedPolicy(f"Condition of {where}: {problem}") from None
    return Statement(
        sid=sid,
        place=place,
        allows=effect == "Allow",
        actions=tuple(action.lower() for action in actions),
        but_actions=but_actions,
        resources=resources,
        but_resources=but_resources,
        principals=principals,
        but_principals=but_principals,
        conditions=conditions,
    )


def _either(given: dict[str, Any], member: str, other: str, where: str) -> tuple[tuple[str, ...], bool]:
    if (member in given) == (other in given):
        raise MalformedPolicy(f"{where} must have {member} or {other}, and not both")
    value = given.get(member, given.get(other))
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
        raise MalformedPolicy(f"{member if member in given else other} of {where} must be a text or a list of texts")
    return tuple(texts), other in given


def _principals(given: dict[str, Any], where: str, kind: str) -> tuple[Principals | None, bool]:
    there = [member for member in ("Principal", "NotPrincipal") if member in given]
    if kind == "identity":
        if there:
            raise MalformedPolicy(f"{where} has {there[0]}, which is of resource policies only")
        return None, False
    if len(there) != 1:
        raise MalformedPolicy(f"{where} of a resource policy must have Principal or NotPrincipal, and not both")
    value = given[there[0]]
    if value == "*":
        return Principals(everybody=True), there[0] == "NotPrincipal"
    if not isinstance(value, dict) or not value or value.keys() - {"AWS", "Service"}:
        raise MalformedPolicy(f'{there[0]} of {where} must be "*", or an object with AWS or Service')
    read: dict[str, tuple[str, ...]] = {}
    for name, each in value.items():
        texts = [each] if isinstance(each, str) else each
        if not isinstance(texts, list) or not texts or not all(isinstance(text, str) and text for text in texts):
            raise MalformedPolicy(f"{there[0]}.{name} of {where} must be a text or a list of texts")
        read[name] = tuple(texts)
    aws = read.get("AWS", ())
    found = Principals(everybody="*" in aws, aws=aws, services=read.get("Service", ()))
    return found, there[0] == "NotPrincipal"


__all__ = ["OPERATORS", "MalformedPolicy", "Policy", "Principals", "Statement", "read_policy"]
