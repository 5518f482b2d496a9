"""Policies: read as AWS writes them, and asked as AWS asks them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.access.conditions import arn_like, like
from radiograph.access.decide import Policies, Principal, Question, decide
from radiograph.access.managed import NAMES, managed
from radiograph.access.policy import MalformedPolicy, read_policy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from radiograph.access.decide import Answer
    from radiograph.access.policy import Policy

ACCOUNT, OTHER = "123456789012", "210987654321"
ANNA = Principal(f"arn:aws:iam::{ACCOUNT}:user/anna", ACCOUNT)
STRANGER = Principal(f"arn:aws:iam::{OTHER}:user/eve", OTHER)
GROUP = f"arn:aws:xray:eu-west-1:{ACCOUNT}:group/shop/ABC"


def policy(*statements: dict[str, Any], name: str = "p", kind: Any = "identity", version: str = "2012-10-17") -> Policy:
    return read_policy(json.dumps({"Version": version, "Statement": list(statements)}), name=name, kind=kind)


def allow(*actions: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": "*", **more}


def deny(*actions: str, **more: Any) -> dict[str, Any]:
    return allow(*actions, **more) | {"Effect": "Deny"}


def ask(
    *identity: Policy,
    action: str = "xray:GetGroups",
    resource: str = "*",
    principal: Principal = ANNA,
    known: Mapping[str, Sequence[str]] | None = None,
    **others: Any,
) -> Answer:
    question = Question(
        principal=principal,
        action=action,
        resource=resource,
        account=ACCOUNT,
        known={key.lower(): values for key, values in (known or {}).items()},
    )
    return decide(question, Policies(identity=identity, **others))


class TestDecisions:
    def test_nothing_is_allowed_that_no_policy_allows(self) -> None:
        answer = ask(policy(allow("xray:PutTraceSegments")))
        assert not answer.allowed
        question = Question(principal=ANNA, action="xray:GetGroups", account=ACCOUNT, known={})
        assert answer.sentence(question) == (
            f"User: {ANNA.arn} is not authorized to perform: xray:GetGroups because no identity-based policy allows "
            "the xray:GetGroups action"
        )

    @pytest.mark.parametrize(
        "action", ["xray:GetGroups", "xray:Get*", "xray:*", "*", "XRAY:getgroups", "xray:GetGroup?"]
    )
    def test_patterns_of_actions(self, action: str) -> None:
        assert ask(policy(allow(action))).allowed

    def test_a_deny_comes_first(self) -> None:
        answer = ask(policy(allow("xray:*")), policy(deny("xray:Get*", Sid="NoReading"), name="strict"))
        assert (answer.allowed, answer.policy, answer.statement) == (False, "strict", "NoReading")
        question = Question(principal=ANNA, action="xray:GetGroup", resource=GROUP, account=ACCOUNT, known={})
        assert answer.sentence(question) == (
            f"User: {ANNA.arn} is not authorized to perform: xray:GetGroup on resource: {GROUP} with an explicit deny "
            "in an identity-based policy"
        )

    def test_all_but(self) -> None:
        writers = policy({"Effect": "Allow", "NotAction": "xray:Get*", "Resource": "*"})
        assert not ask(writers).allowed
        assert ask(writers, action="xray:PutTraceSegments").allowed

    @pytest.mark.parametrize(
        ("resource", "found"),
        [
            (GROUP, True),
            (f"arn:aws:xray:*:{ACCOUNT}:group/shop/*", True),
            ("arn:aws:xray:*:*:group/*", True),
            ("*", True),
            (f"arn:aws:xray:eu-west-1:{ACCOUNT}:group/other/*", False),
            (f"arn:aws:xray:eu-west-1:{ACCOUNT}:sampling-rule/*", False),
            (f"arn:aws:xray:eu-west-1:{OTHER}:*", False),
            (f"arn:aws:xray:eu-west-1:{ACCOUNT}:GROUP/shop/*", False),
        ],
    )
    def test_resources(self, resource: str, found: bool) -> None:
        assert ask(policy(allow("*") | {"Resource": resource}), action="xray:GetGroup", resource=GROUP).allowed is found
        other = {"Effect": "Allow", "Action": "*", "NotResource": resource}
        assert ask(policy(other), action="xray:GetGroup", resource=GROUP).allowed is not found

    def test_an_action_about_no_resource_needs_all_of_them(self) -> None:
        assert not ask(policy(allow("*") | {"Resource": GROUP})).allowed

    def test_a_boundary_and_a_session_allow_nothing_by_themselves(self) -> None:
        everything = policy(allow("*"))
        reading = policy(allow("xray:Get*"), name="reading")
        assert ask(everything, boundary=reading).allowed
        assert ask(everything, boundary=reading, action="xray:PutTraceSegments").why == (
            "not allowed by a permissions boundary"
        )
        assert ask(everything, session=reading, action="xray:PutTraceSegments").why == "not allowed by a session policy"
        assert not ask(boundary=reading, session=reading).allowed

    def test_the_root_of_an_account_may_do_all_that_is_not_denied(self) -> None:
        root = Principal(f"arn:aws:iam::{ACCOUNT}:root", ACCOUNT, root=True)
        assert ask(principal=root).allowed
        assert not ask(policy(deny("*")), principal=root).allowed

    def test_a_resource_policy_is_enough_within_an_account(self) -> None:
        given_ = policy(allow("xray:*", Principal={"AWS": ANNA.arn}), kind="resource")
        assert not ask().allowed
        assert decide_with(given_, ANNA)
        assert not decide_with(given_, STRANGER)

    def test_across_accounts_both_must_allow(self) -> None:
        given_ = policy(allow("xray:*", Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}), kind="resource")
        assert not decide_with(given_, STRANGER)
        assert decide_with(given_, STRANGER, policy(allow("xray:GetGroups")))
        assert not ask(policy(allow("xray:GetGroups")), principal=STRANGER).allowed

    def test_a_service_is_allowed_by_a_resource_policy(self) -> None:
        sns = Principal("sns.amazonaws.com", "", service="sns.amazonaws.com")
        given_ = policy(
            allow(
                "xray:PutTraceSegments",
                Principal={"Service": "sns.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            ),
            kind="resource",
        )
        question = {"principal": sns, "action": "xray:PutTraceSegments"}
        assert ask_resource(given_, known={"aws:SourceAccount": [ACCOUNT]}, **question).allowed
        assert not ask_resource(given_, known={"aws:SourceAccount": [OTHER]}, **question).allowed


def ask_resource(given_: Policy, **question: Any) -> Answer:
    known = {key.lower(): values for key, values in question.pop("known", {}).items()}
    asked = Question(**{"action": "xray:GetGroups", "account": ACCOUNT, "known": known, **question})
    return decide(asked, Policies(resource=[given_]))


def decide_with(given_: Policy, principal: Principal, *identity: Policy) -> bool:
    asked = Question(principal=principal, action="xray:GetGroups", account=ACCOUNT, known={})
    return decide(asked, Policies(identity=identity, resource=[given_])).allowed


@pytest.mark.parametrize(
    ("condition", "known", "found"),
    [
        ({"StringEquals": {"aws:username": "anna"}}, {"aws:username": ["anna"]}, True),
        ({"StringEquals": {"AWS:UserName": ["bea", "anna"]}}, {"aws:username": ["anna"]}, True),
        ({"StringEquals": {"aws:username": "Anna"}}, {"aws:username": ["anna"]}, False),
        ({"StringEqualsIgnoreCase": {"aws:username": "Anna"}}, {"aws:username": ["anna"]}, True),
        ({"StringEquals": {"aws:username": "anna"}}, {}, False),
        ({"StringEqualsIfExists": {"aws:username": "anna"}}, {}, True),
        ({"StringNotEquals": {"aws:username": "anna"}}, {}, True),
        ({"StringNotEquals": {"aws:username": ["anna", "bea"]}}, {"aws:username": ["bea"]}, False),
        ({"StringLike": {"aws:ResourceTag/team": "shop-*"}}, {"aws:ResourceTag/team": ["shop-web"]}, True),
        ({"StringNotLike": {"aws:ResourceTag/team": "shop-*"}}, {"aws:ResourceTag/team": ["shop-web"]}, False),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:*:sold"}}, {"aws:SourceArn": ["arn:aws:sns:a:1:sold"]}, True),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:sns:*:sold"}}, {"aws:SourceArn": ["arn:aws:sns:a:1:sold"]}, False),
        ({"NumericLessThan": {"x": "10"}}, {"x": ["9.5"]}, True),
        ({"NumericLessThan": {"x": "10"}}, {"x": ["ten"]}, False),
        ({"DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z"}}, {"aws:CurrentTime": ["1798761600"]}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": ["false"]}, True),
        ({"IpAddress": {"aws:SourceIp": ["10.0.0.0/8", "2001:db8::/32"]}}, {"aws:SourceIp": ["10.1.2.3"]}, True),
        ({"IpAddress": {"aws:SourceIp": "2001:db8::/32"}}, {"aws:SourceIp": ["2001:db8::1"]}, True),
        ({"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {"aws:SourceIp": ["11.1.2.3"]}, True),
        ({"Null": {"aws:TokenIssueTime": "true"}}, {}, True),
        ({"Null": {"aws:TokenIssueTime": "true"}}, {"aws:TokenIssueTime": ["1"]}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a"]}, True),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a", "b"]}}, {"aws:TagKeys": ["a", "c"]}, False),
        ({"ForAllValues:StringEquals": {"aws:TagKeys": ["a"]}}, {}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {"aws:TagKeys": ["c", "a"]}, True),
        ({"ForAnyValue:StringEquals": {"aws:TagKeys": ["a"]}}, {}, False),
        ({"StringEquals": {"aws:TagKeys": "a"}}, {"aws:TagKeys": ["a", "b"]}, False),
        # All operators and all keys must hold.
        ({"StringEquals": {"a": "1"}, "StringLike": {"b": "2"}}, {"a": ["1"], "b": ["3"]}, False),
        ({"StringEquals": {"a": "1", "b": "2"}}, {"a": ["1"], "b": ["2"]}, True),
        # Variables.
        (
            {"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}},
            {"aws:ResourceTag/owner": ["anna"], "aws:username": ["anna"]},
            True,
        ),
        ({"StringEquals": {"aws:ResourceTag/owner": "${aws:username}"}}, {"aws:ResourceTag/owner": ["anna"]}, False),
        ({"StringLike": {"a": "${aws:username}"}}, {"a": ["anything"], "aws:username": ["*"]}, False),
        ({"StringLike": {"a": "${*}x"}}, {"a": ["*x"]}, True),
        ({"StringEquals": {"a": "${aws:nobody, 'anna'}"}}, {"a": ["anna"]}, True),
    ],
)
def test_conditions(condition: dict[str, Any], known: dict[str, list[str]], found: bool) -> None:
    assert ask(policy(allow("*", Condition=condition)), known=known).allowed is found


def test_variables_are_of_the_newer_version_only() -> None:
    condition = {"StringEquals": {"a": "${aws:username}"}}
    old = policy(allow("*", Condition=condition), version="2008-10-17")
    assert not ask(old, known={"a": ["anna"], "aws:username": ["anna"]}).allowed
    assert ask(old, known={"a": ["${aws:username}"]}).allowed


def test_a_variable_in_a_resource() -> None:
    own = policy(allow("*") | {"Resource": "arn:aws:xray:*:*:group/${aws:username}/*"})
    resource = f"arn:aws:xray:eu-west-1:{ACCOUNT}:group/anna/1"
    assert ask(own, resource=resource, known={"aws:username": ["anna"]}).allowed
    assert not ask(own, resource=resource, known={"aws:username": ["*"]}).allowed
    assert not ask(own, resource=resource).allowed


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "is not JSON"),
        ("[]", "must be a JSON object"),
        ('{"Statement": []}', "1 to 500 statements"),
        ('{"Version": "2020-01-01", "Statement": {}}', "Version '2020-01-01'"),
        ('{"Statements": []}', "has a member 'Statements'"),
        ('{"Statement": {"Effect": "allow", "Action": "*", "Resource": "*"}}', "Effect of statement 1"),
        ('{"Statement": {"Effect": "Allow", "Resource": "*"}}', "Action or NotAction"),
        ('{"Statement": {"Effect": "Allow", "Action": "*"}}', "Resource or NotResource"),
        ('{"Statement": {"Effect": "Allow", "Action": "GetGroups", "Resource": "*"}}', "is no action"),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"}}',
            "resource policies only",
        ),
        ('{"Statement": {"Effect": "Allow", "Effect": "Deny", "Action": "*", "Resource": "*"}}', "is there twice"),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Near": {"a": "1"}}}}',
            "'Near' is no operator",
        ),
        (
            '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"a": "x"}}}}',
            "'x' is no value",
        ),
        (
            '{"Statement": ['
            + ",".join(['{"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"}'] * 2)
            + "]}",
            "are named 'a'",
        ),
    ],
)
def test_what_is_no_policy_is_told(text: str, message: str) -> None:
    with pytest.raises(MalformedPolicy, match=re.escape(message)):
        read_policy(text)


def test_managed_policies_are_as_aws_has_them() -> None:
    assert len(NAMES) == 5
    for name in NAMES:
        assert managed(name) == managed(f"arn:aws:iam::aws:policy/{name}")
    writer, reader, full = (
        managed(name) for name in ("AWSXRayDaemonWriteAccess", "AWSXrayReadOnlyAccess", "AWSXrayFullAccess")
    )
    assert writer is not None
    assert reader is not None
    assert full is not None
    assert ask(writer, action="xray:PutTraceSegments").allowed
    assert not ask(writer, action="xray:BatchGetTraces").allowed
    assert ask(reader, action="xray:BatchGetTraces").allowed
    assert not ask(reader, action="xray:CreateGroup").allowed
    assert ask(full, action="xray:DeleteGroup", resource=GROUP).allowed
    assert managed("AdministratorAccess") is None


@given(st.text("ab*?:", max_size=12), st.text("ab:*?", max_size=12))
@settings(max_examples=500)
def test_patterns_match_what_a_plain_reading_matches(pattern: str, text: str) -> None:
    def plain(pattern: str, text: str) -> bool:
        if not pattern:
            return not text
        if pattern[0] == "*":
            return plain(pattern[1:], text) or (bool(text) and plain(pattern, text[1:]))
        return bool(text) and pattern[0] in ("?", text[0]) and plain(pattern[1:], text[1:])

    assert like(pattern, text) == plain(pattern, text)
    parts, given_ = pattern.split(":", 5), text.split(":", 5)
    assert arn_like(pattern, text) == (len(parts) == len(given_) and all(map(plain, parts, given_)))


STATEMENTS = st.fixed_dictionaries(
    {
        "Effect": st.sampled_from(["Allow", "Deny"]),
        "Action": st.lists(
            st.sampled_from(["xray:*", "xray:Get*", "xray:GetGroups", "xray:Put*", "*"]), min_size=1, max_size=2
        ),
        "Resource": st.sampled_from(["*", GROUP, "arn:aws:xray:*:*:group/*", "arn:aws:xray:*:*:sampling-rule/*"]),
    },
    optional={"Condition": st.just({"StringEquals": {"aws:username": "anna"}})},
)


@given(
    st.lists(st.lists(STATEMENTS, min_size=1, max_size=3), max_size=3),
    st.none() | st.lists(STATEMENTS, min_size=1, max_size=3),
    st.sampled_from(["xray:GetGroups", "xray:GetGroup", "xray:PutTraceSegments"]),
    st.sampled_from(["*", GROUP]),
    st.booleans(),
)
@settings(deadline=None, max_examples=300)
def test_a_deny_always_wins_and_more_policies_than_boundaries_never_allow_more(
    given_: list[list[dict[str, Any]]],
    boundary: list[dict[str, Any]] | None,
    action: str,
    resource: str,
    named: bool,
) -> None:
    policies = [policy(*statements) for statements in given_]
    known = {"aws:username": ["anna"]} if named else {}
    question: dict[str, Any] = {"action": action, "resource": resource, "known": known}
    answer = ask(*policies, **question)
    if answer.allowed:
        assert not ask(*policies, policy(deny("*")), **question).allowed
        assert ask(*reversed(policies), **question).allowed
    if boundary is not None:
        bounded = ask(*policies, boundary=policy(*boundary), **question)
        assert not bounded.allowed or (answer.allowed and ask(policy(*boundary), **question).allowed)
