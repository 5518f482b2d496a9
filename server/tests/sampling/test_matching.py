"""Which rule decides, and which rules never can."""

from __future__ import annotations

import itertools
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.sampling.matching import (
    Request,
    covered_by,
    covers,
    decides,
    first_match,
    ignored_because,
    matches,
)
from radiograph.store.sampling_rules import SamplingRule

DEFAULT = SamplingRule(name="Default", priority=10_000, fixed_rate=0.05, reservoir=1)


def rule(name: str = "rule", **fields: Any) -> SamplingRule:
    given: dict[str, Any] = {"name": name, "priority": 1, "fixed_rate": 0.1, "reservoir": 0}
    return SamplingRule(**given | fields)


@pytest.mark.parametrize(
    ("pattern", "text", "wanted"),
    [
        ("*", "anything", True),
        ("", "", True),
        ("", "a", False),
        ("a?c", "abc", True),
        ("a?c", "ac", False),
        ("*.EXAMPLE.com", "api.example.com", True),
        ("/api/*/x", "/api/1/2/x", True),
        ("a*b*c", "aXbYc", True),
        ("a*b", "ab", True),
        ("?", "", False),
        ("**", "", True),
        # Not of the spec.
        ("*a?", "banana", False),
        ("*a?", "bananas", True),
        ("?*", "ü", True),
        ("*?", "", False),
        ("a.c", "abc", False),
        ("[a]", "a", False),
        ("a*", "a*b", True),
        ("?", "*", True),
        ("a", "*", False),
    ],
)
def test_a_text_matches_a_pattern(pattern: str, text: str, *, wanted: bool) -> None:
    assert matches(pattern, text) is wanted


_PATTERNS = st.text("aB*?", max_size=8)


@given(_PATTERNS, st.text("abB", max_size=8))
def test_as_a_regular_expression_matches(pattern: str, text: str) -> None:
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    assert matches(pattern, text) is bool(re.fullmatch(expression, text, re.IGNORECASE | re.DOTALL))


def test_a_wild_pattern_does_not_take_for_ever() -> None:
    assert not matches("*a" * 64, "a" * 63 + "b" * 2_000)


@pytest.mark.parametrize("field", ["service_name", "service_type", "host", "http_method", "url_path"])
def test_every_member_must_match_unless_it_is_not_known(field: str) -> None:
    one = rule(**{field: "x*"})
    assert decides(one, Request(**{field: "XY"}))
    assert not decides(one, Request(**{field: "yx"}))
    assert decides(one, Request())


def test_the_first_rule_that_matches_decides() -> None:
    rules = [rule("api", url_path="/api/*"), rule("all"), DEFAULT]
    assert first_match(rules, Request(url_path="/api/1")) == rules[0]
    assert first_match(rules, Request(url_path="/")) == rules[1]
    assert first_match(rules[:1], Request(url_path="/")) is None


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"attributes": {"a": "b"}}, "attributes"),
        ({"resource_arn": "arn:x"}, "resource ARN"),
        ({"service_type": ""}, "type"),
    ],
)
def test_what_sdks_ignore_decides_nothing_and_covers_nothing(fields: dict[str, Any], reason: str) -> None:
    ignored = rule(**fields)
    assert reason in str(ignored_because(ignored))
    assert not decides(ignored, Request())
    assert not covers(ignored, DEFAULT)
    assert covers(rule(), ignored)
    assert ignored_because(DEFAULT) is None


@pytest.mark.parametrize(
    ("earlier", "later", "wanted"),
    [
        ("*", "*", True),
        ("*", "/api/*", True),
        ("/api/*", "/api/v1/*", True),
        ("/API/*", "/api/?", True),
        ("/api/*", "*", False),
        ("/api/?", "/api/*", False),
        ("a?c", "abc", True),
        ("a?c", "a*c", False),
        ("?*", "*?", True),
        ("*", "", True),
        ("", "*", False),
        ("*x*", "axb*", True),
        ("*x*", "a*b", False),
    ],
)
def test_a_rule_is_covered_where_an_earlier_one_matches_all_that_it_matches(
    earlier: str, later: str, *, wanted: bool
) -> None:
    assert covers(rule(url_path=earlier), rule(url_path=later)) is wanted


@given(_PATTERNS, _PATTERNS)
def test_what_is_covered_matches_no_text_alone(earlier: str, later: str) -> None:
    if covers(rule(host=earlier), rule(host=later)):
        for length in range(5):
            for characters in itertools.product("ab", repeat=length):
                text = "".join(characters)
                assert not matches(later, text) or matches(earlier, text)


def test_every_member_has_to_be_covered() -> None:
    one = rule(service_name="shop", host="*.com")
    assert covers(rule(service_name="shop"), one)
    assert not covers(rule(service_name="shop", http_method="GET"), one)


def test_each_covered_rule_is_told_with_the_first_that_covers_it() -> None:
    rules = [
        rule("api", url_path="/api/*"),
        rule("v1", url_path="/api/v1"),
        rule("all", priority=2),
        rule("late", url_path="/late", priority=3),
        msgspec.structs.replace(DEFAULT),
    ]
    assert covered_by(rules) == {"v1": "api", "late": "all", "Default": "all"}
