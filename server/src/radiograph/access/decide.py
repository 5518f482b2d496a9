"""May a principal do something? All policies that apply are asked, and the answer says which statement decides."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import msgspec

from radiograph.access.conditions import Values, arn_like, holds, like, replaced

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiograph.access.policy import Policy, Statement

_ANY: Final = "*"
_ROOT: Final = ":root"
_ACCOUNT_DIGITS: Final = 12

Why = Literal[
    "allowed",
    "denied",
    "not allowed by an identity-based policy",
    "not allowed by a resource-based policy",
    "not allowed by a permissions boundary",
    "not allowed by a session policy",
]


class Principal(msgspec.Struct, frozen=True):
    """Who asks.

    Args:
        arn: of the user, or of the session of a role.
        account: twelve digits.
        role: ARN of the role of a session; None for others.
        service: name of an AWS service that asks; None for others.
        root: whether it is the account itself.
    """

    arn: str
    account: str
    role: str | None = None
    service: str | None = None
    root: bool = False


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for.

    Args:
        principal: who asks.
        action: such as `xray:GetGroups`.
        resource: ARN, or `*` where the action is about none.
        account: whose resource it is.
        known: of the request, by condition key in lower case.
    """

    principal: Principal
    action: str
    resource: str = _ANY
    account: str
    known: Values


class Policies(msgspec.Struct, frozen=True, kw_only=True):
    """All that applies.

    Args:
        identity: of the principal, and of its groups.
        resource: of the account that is asked.
        boundary: that its identity policies cannot exceed; None where there is none.
        session: of a session; None where there is none.
    """

    identity: Sequence[Policy] = ()
    resource: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Policy | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it may be, and why.

    Args:
        allowed: whether.
        why: in a few words.
        kind: of the policy that decides; "" where none does.
        policy: its name.
        statement: that decides.
    """

    allowed: bool
    why: Why
    kind: str = ""
    policy: str = ""
    statement: str = ""

    def sentence(self, question: Question) -> str:
        """Return the message of AWS's error."""
        said = f"User: {question.principal.arn} is not authorized to perform: {question.action}"
        if question.resource != _ANY:
            said += f" on resource: {question.resource}"
        if self.why == "denied":
            return f"{said} with an explicit deny in {_a(self.kind)} policy"
        return f"{said} because no {self.kind or 'identity-based'} policy allows the {question.action} action"


def _a(kind: str) -> str:
    return f"{'an' if kind[:1] in 'aeiou' else 'a'} {kind}"


def decide(question: Question, policies: Policies) -> Answer:
    """Return whether a question is allowed.

    An explicit deny anywhere comes first. Within an account either an identity policy or a resource policy must allow;
    across accounts both. A boundary and a session policy allow nothing by themselves: they must allow it too.
    """
    groups: list[tuple[str, Sequence[Policy], bool]] = [
        ("identity-based", policies.identity, False),
        ("resource-based", policies.resource, True),
        ("permissions boundary", [policies.boundary] if policies.boundary else [], False),
        ("session", [policies.session] if policies.session else [], False),
    ]
    allowing: dict[str, tuple[Policy, Statement]] = {}
    for kind, members, needs_principal in groups:
        for policy in members:
            for statement in policy.statements:
                if not _applies(statement, policy, question, needs_principal=needs_principal):
                    continue
                if not statement.allows:
                    return Answer(allowed=False, why="denied", kind=kind, policy=policy.name, statement=statement.name)
                allowing.setdefault(kind, (policy, statement))
    return _weighed(question, policies, allowing)


def _weighed(question: Question, policies: Policies, allowing: dict[str, tuple[Policy, Statement]]) -> Answer:
    principal = question.principal
    by_identity, by_resource = allowing.get("identity-based"), allowing.get("resource-based")
    if principal.root and principal.account == question.account:
        return Answer(allowed=True, why="allowed", kind="account")
    same = principal.account == question.account and principal.service is None
    deciding = (by_identity or by_resource) if same else by_resource
    if deciding is None:
        kind = "identity-based" if same else "resource-based"
        return Answer(allowed=False, why=f"not allowed by {_a(kind)} policy", kind=kind)  # type: ignore[arg-type]  # of Why
    if not same and principal.service is None and by_identity is None:
        return Answer(allowed=False, why="not allowed by an identity-based policy", kind="identity-based")
    for kind, there in (("permissions boundary", policies.boundary), ("session", policies.session)):
        if there is not None and kind not in allowing:
            why = (
                "not allowed by a permissions boundary"
                if there is policies.boundary
                else "not allowed by a session policy"
            )
            return Answer(allowed=False, why=why, kind=kind, policy=there.name)  # type: ignore[arg-type]  # of Why
    policy, statement = deciding
    kind = "identity-based" if deciding is by_identity else "resource-based"
    return Answer(allowed=True, why="allowed", kind=kind, policy=policy.name, statement=statement.name)


def _applies(statement: Statement, policy: Policy, question: Question, *, needs_principal: bool) -> bool:
    return (
        (not needs_principal or _is_about(statement, question.principal))
        and _names_action(statement, question.action)
        and _names_resource(statement, policy, question)
        and all(holds(condition, question.known, variables=policy.variables) for condition in statement.conditions)
    )


def _names_action(statement: Statement, action: str) -> bool:
    asked = action.lower()
    return any(like(pattern, asked) for pattern in statement.actions) != statement.but_actions


def _names_resource(statement: Statement, policy: Policy, question: Question) -> bool:
    found = any(
        _matches(pattern, question.resource, known=question.known, variables=policy.variables)
        for pattern in statement.resources
    )
    return found != statement.but_resources


def _matches(pattern: str, resource: str, *, known: Values, variables: bool) -> bool:
    meant = replaced(pattern, known, variables=variables)
    if meant is None:
        return False
    if meant == _ANY:
        return True
    return arn_like(meant, resource) if resource != _ANY else like(meant, resource)


def _is_about(statement: Statement, principal: Principal) -> bool:
    named = statement.principals
    if named is None:
        return False
    if named.everybody:
        found = True
    elif principal.service is not None:
        found = principal.service in named.services
    else:
        found = any(_is_one(each, principal) for each in named.aws)
    return found != statement.but_principals


def _is_one(named: str, principal: Principal) -> bool:
    if named in (principal.arn, principal.role, principal.account):
        return True
    # All of an account.
    return named.endswith(_ROOT) and named.split(":")[4:5] == [principal.account] and named.count(":") == 5  # noqa: PLR2004 -- of an ARN
