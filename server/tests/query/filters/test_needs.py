"""An expression tells which parts of a trace it looks at."""

import pytest

from radiograph.query.filters import GroupTerm, needs, parse


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", set()),
        ("fault AND (user = ann OR !annotation.x)", {"summary"}),
        ("root", {"nodes"}),
        ("account.id", {"nodes"}),
        ("coldstart", {"documents"}),
        ("metadata.x", {"documents"}),
        ('service("a")', {"nodes"}),
        ('service("a") { fault AND !user }', {"nodes"}),
        ('service("a") { ok OR !coldstart }', {"nodes", "documents"}),
        ('service("a") { annotation.x }', {"nodes", "documents"}),
        ('edge("a", "b") { fault }', {"calls"}),
        ("rootcause.fault", {"causes"}),
        ("rootcause.json = #[{}]", {"causes"}),
        ('ok AND (edge() OR !service("a") { fault })', {"summary", "nodes", "calls"}),
    ],
)
def test_an_expression_needs_what_its_terms_need(text: str, expected: set[str]) -> None:
    assert needs(parse(text)) == expected


def test_what_a_group_needs_is_not_known_before_it_is_resolved() -> None:
    with pytest.raises(ValueError, match="resolve_groups"):
        needs(GroupTerm("name", "=", "a"))
