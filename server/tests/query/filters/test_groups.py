"""A group named in an expression stands for the group's own expression."""

from typing import Literal

import pytest

from radiograph.query.filters import And, Comparison, Expression, Group, InvalidFilter, Not, Or, parse, resolve_groups
from radiograph.query.filters.groups import MOST_TERMS


def resolved(text: str, **groups: str) -> Expression:
    expression = parse(text)
    assert expression is not None

    def lookup(by: Literal["name", "arn"], value: str) -> Group | None:
        name = value.removeprefix("arn:") if by == "arn" else value
        return Group(name, parse(groups[name])) if name in groups else None

    return resolve_groups(expression, lookup)


def refusal(text: str, **groups: str) -> tuple[int, str]:
    with pytest.raises(InvalidFilter) as caught:
        resolved(text, **groups)
    return caught.value.position, f"expected {caught.value.expected}, found {caught.value.found}"


def test_a_group_is_named_by_its_name_or_arn() -> None:
    assert resolved('group.name = "slow"', slow="responsetime > 5") == parse("responsetime > 5")
    assert resolved('group.arn = "arn:slow"', slow="responsetime > 5") == parse("responsetime > 5")


def test_a_group_s_expression_stands_as_if_in_parentheses() -> None:
    assert resolved('group.name = "bad" AND ok', bad="error OR fault") == parse("(error OR fault) AND ok")
    assert resolved('NOT group.name = "bad"', bad="error OR fault") == parse("NOT (error OR fault)")
    assert resolved('group.name = "both" AND ok', both="error AND fault") == parse("error AND fault AND ok")


def test_an_unequal_group_is_the_negation_of_its_expression() -> None:
    assert resolved('group.name != "bad"', bad="error OR fault") == parse("NOT (error OR fault)")


def test_groups_may_name_groups() -> None:
    assert resolved('group.name = "a"', a='group.name = "b" OR ok', b="fault") == Or(
        (Comparison("fault"), Comparison("ok"))
    )


def test_one_group_may_be_named_twice() -> None:
    assert resolved("group.name = a OR group.name = b", a="group.name = c", b="group.name = c", c="ok") == parse(
        "ok OR ok"
    )


def test_a_group_without_an_expression_has_every_trace() -> None:
    assert resolved("group.name = all", all="") == And(())
    assert resolved("group.name != all", all="") == Not(And(()))


def test_an_expression_without_groups_stays_as_it_is() -> None:
    assert resolved('error OR !service("a") { fault }') == parse('error OR !service("a") { fault }')


def test_an_unknown_group_is_refused_where_it_is_named() -> None:
    assert refusal('ok AND group.name = "nosuch"') == (7, 'expected the name of a group that exists, found "nosuch"')
    assert refusal('group.arn = "arn:x"') == (0, 'expected the arn of a group that exists, found "arn:x"')


def test_an_unknown_group_of_a_group_is_refused_where_the_expression_leads_there() -> None:
    assert refusal("ok AND group.name = a", a="ok ok ok group.name = nosuch") == (
        7,
        'expected the name of a group that exists (group a refers to it), found "nosuch"',
    )


def test_groups_that_refer_to_each_other_in_a_circle_are_refused() -> None:
    groups = {"a": "group.name = b", "b": "ok OR group.arn = 'arn:c'".replace("'", '"'), "c": "group.name != b"}

    assert refusal("ok group.name = a", **groups) == (
        3,
        "expected groups that do not refer to each other in a circle, found b -> c -> b",
    )
    assert refusal("group.name = a", a="group.name = a")[1].endswith("found a -> a")


def test_groups_that_multiply_are_refused() -> None:
    twice = {f"g{n}": f"group.name = g{n + 1} OR group.name = g{n + 1}" for n in range(30)} | {"g30": "ok"}

    position, sentence = refusal("group.name = g0", **twice)

    assert position == 0
    assert sentence.startswith(
        f"expected at most {MOST_TERMS:,} terms, 120 deep, with those of all groups, found more, by way of g0"
    )


def test_groups_that_are_nested_too_deep_are_refused() -> None:
    deep = {f"g{n}": "!" * 31 + f"group.name = g{n + 1}" for n in range(30)} | {"g30": "ok"}

    assert refusal("group.name = g0", **deep)[1].startswith("expected at most 1,000 terms, 120 deep")
