"""Sampling rules: what may be made, changed and deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from structlog.testing import capture_logs

from radiograph.errors import InvalidRequest, RuleLimitExceeded
from radiograph.sampling.rulebook import RuleBook
from radiograph.sampling.rules import create_rule, delete_rule, get_rules, update_rule
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.sampling_rules import RuleSet, all_rules
from radiograph.store.tags import tags_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_795_330_800.25
IDENTITY = {"region": "eu-west-1", "account": "123456789012"}
ARN = "arn:aws:xray:eu-west-1:123456789012:sampling-rule/"
MEMBERS = {
    "ResourceARN": "*",
    "Priority": 10,
    "FixedRate": 0.1,
    "ReservoirSize": 5,
    "ServiceName": "shop-*",
    "ServiceType": "AWS::ECS::Container",
    "Host": "*.example.com",
    "HTTPMethod": "GET",
    "URLPath": "/api/*",
    "Version": 1,
    "Attributes": {"tier": "gold"},
    "SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 10},
}
DEFAULT = {
    "RuleName": "Default",
    "RuleARN": f"{ARN}Default",
    "ResourceARN": "*",
    "Priority": 10_000,
    "FixedRate": 0.05,
    "ReservoirSize": 1,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
    "Attributes": {},
}


class Rules:
    """The operations on a lake's rules, as a client has them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def create(
        self, name: str | None = "base", *, most: int = 25, now: float = NOW, tags: Any = (), **more: Any
    ) -> Any:
        named = {} if name is None else {"RuleName": name}
        request = {"SamplingRule": MEMBERS | named | more} | ({"Tags": tags} if tags else {})
        return shown(create_rule(self.lake, request, **IDENTITY, most=most, now=now))

    def update(self, name: str | None = "base", *, now: float = NOW + 10, **more: Any) -> Any:
        named = {} if name is None else {"RuleName": name}
        return shown(update_rule(self.lake, {"SamplingRuleUpdate": named | more}, **IDENTITY, now=now))

    def delete(self, *, now: float = NOW + 20, **request: Any) -> Any:
        return shown(delete_rule(self.lake, request, **IDENTITY, now=now))

    def stored(self) -> RuleSet:
        return all_rules(self.lake)

    def listed(self) -> list[Any]:
        return [
            shown({"SamplingRuleRecord": each}) for each in get_rules(self.stored(), **IDENTITY)["SamplingRuleRecords"]
        ]

    def names(self) -> list[str]:
        return [rule.name for rule in self.stored().rules]


def shown(answer: dict[str, Any]) -> Any:
    """Return the record of an answer; members without a value are not sent."""
    record = answer["SamplingRuleRecord"]
    rule = {member: value for member, value in record["SamplingRule"].items() if value is not None}
    return {**record, "SamplingRule": rule}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    yield lake
    lake.close()


@pytest.fixture
def rules(lake: Lake) -> Rules:
    return Rules(lake)


def test_in_the_beginning_there_is_the_rule_default(rules: Rules) -> None:
    assert rules.listed() == [{"SamplingRule": DEFAULT, "CreatedAt": 0.0, "ModifiedAt": 0.0}]
    assert rules.stored().changed == 0


def test_a_rule_comes_back_as_it_was_made(rules: Rules) -> None:
    made = rules.create()
    assert made == {
        "SamplingRule": {**MEMBERS, "RuleName": "base", "RuleARN": f"{ARN}base"},
        "CreatedAt": NOW,
        "ModifiedAt": NOW,
    }
    assert rules.listed()[0] == made
    assert rules.stored().changed == NOW * 1_000_000


def test_rules_are_there_after_a_restart(tmp_path: Path) -> None:
    options = LakeOptions(folder=tmp_path / "data")
    lake = open_lake(options)
    made = Rules(lake).create(tags=[{"Key": "team", "Value": "shop"}])
    Rules(lake).update("Default", FixedRate=0.5)
    lake.close()
    lake = open_lake(options)
    again = Rules(lake).listed()
    assert again[0] == made
    assert again[1]["SamplingRule"] == DEFAULT | {"FixedRate": 0.5}
    assert Rules(lake).stored().changed == (NOW + 10) * 1_000_000
    with lake.reading() as connection:
        assert tags_of(connection, f"{ARN}base") == {"team": "shop"}
    lake.close()


def test_rules_are_listed_as_they_are_tried_default_last(rules: Rules) -> None:
    for name, priority in (("b", 5), ("a", 5), ("last", 9_999), ("first", 1)):
        rules.create(name, Priority=priority)
    assert rules.names() == ["first", "a", "b", "last", "Default"]


@pytest.mark.parametrize("name", ["x" * 32, "ü", "with space", "a/b:c*"])
def test_a_name_may_have_any_characters_that_can_be_printed(rules: Rules, name: str) -> None:
    rules.create(name)
    assert rules.names() == [name, "Default"]
    rules.delete(RuleARN=ARN + name)
    assert rules.names() == ["Default"]


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": None}, "either SamplingRule.RuleName or RuleARN"),
        ({"RuleARN": f"{ARN}base"}, "either SamplingRule.RuleName or RuleARN"),
        ({"name": None, "RuleARN": "arn:aws:xray:eu-west-1:1:sampling-rule/base"}, f"must begin with {ARN}"),
        ({"name": None, "RuleARN": ARN + "x" * 33}, "1 to 32 characters"),
        ({"name": None, "RuleARN": ARN}, "1 to 32 characters"),
        ({"name": "a\nb"}, "none that cannot be printed"),
        ({"name": " a"}, "must not begin or end with a space"),
        ({"name": "Default"}, "the sampling rule Default always exists"),
        ({"Version": 2}, "Version must be 1; it is 2"),
        ({"Priority": 10_000}, "Priority must be from 1 to 9999; it is 10000"),
        ({"FixedRate": 5.0}, "from 0 to 1, where 0.05 is 5 percent; it is 5.0"),
        ({"ReservoirSize": -1}, "ReservoirSize must be 0 or more; it is -1"),
        ({"PerMinute": -1, "ReservoirSize": 0}, "PerMinute must be 0 or more; it is -1"),
        ({"PerMinute": 30}, "a PerMinute and a ReservoirSize"),
        (
            {"SamplingRateBoost": {"MaxRate": 0.05, "CooldownWindowMinutes": 1}},
            "at least the FixedRate 0.1; it is 0.05",
        ),
        ({"tags": [{"Key": "aws:x", "Value": ""}]}, "reserved"),
        ({"tags": [{"Key": str(number), "Value": ""} for number in range(51)]}, "a sampling rule has 50 at most"),
    ],
)
def test_what_a_rule_cannot_be_is_refused_with_a_reason(rules: Rules, given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence.replace("(", r"\(")):
        rules.create(**given)
    assert rules.names() == ["Default"]


def test_a_name_is_given_once_in_the_case_it_has(rules: Rules) -> None:
    rules.create()
    rules.create("Base")
    with pytest.raises(InvalidRequest, match="sampling rule base exists; change it with UpdateSamplingRule"):
        rules.create(Priority=3)
    assert rules.names() == ["Base", "base", "Default"]


def test_there_are_as_many_rules_as_the_setting_allows(rules: Rules) -> None:
    rules.create("one", most=2)
    rules.create("two", most=2)
    with pytest.raises(RuleLimitExceeded, match=r"there are 2 sampling rules and 2 are allowed; .*sampling_rules"):
        rules.create("three", most=2)
    rules.delete(RuleName="one")
    rules.create("three", most=2)


class TestUpdate:
    """Members that are absent stay."""

    @pytest.mark.parametrize(
        "change",
        [
            {"ResourceARN": "arn:x"},
            {"Priority": 11},
            {"FixedRate": 0.0},
            {"ReservoirSize": 0},
            {"ServiceName": "*"},
            {"ServiceType": "*"},
            {"Host": ""},
            {"HTTPMethod": "P*"},
            {"URLPath": "/?"},
            {"Attributes": {}},
            {"SamplingRateBoost": {"MaxRate": 1.0, "CooldownWindowMinutes": 0}},
        ],
    )
    def test_one_member_changes_and_no_other(self, rules: Rules, change: dict[str, Any]) -> None:
        made = rules.create()
        changed = rules.update(**change)
        assert changed == {
            "SamplingRule": made["SamplingRule"] | change,
            "CreatedAt": NOW,
            "ModifiedAt": NOW + 10,
        }
        assert rules.listed()[0] == changed
        assert rules.stored().changed == (NOW + 10) * 1_000_000

    def test_a_reservoir_becomes_a_rate_per_minute_and_a_reservoir_again(self, rules: Rules) -> None:
        rules.create()
        with pytest.raises(InvalidRequest, match="set one of them to 0"):
            rules.update(PerMinute=30)
        changed = rules.update(PerMinute=30, ReservoirSize=0)["SamplingRule"]
        assert (changed["PerMinute"], changed["ReservoirSize"]) == (30, 0)
        assert "PerMinute" not in rules.update(PerMinute=0, ReservoirSize=2)["SamplingRule"]

    def test_nothing_new_is_no_change(self, rules: Rules) -> None:
        made = rules.create()
        assert rules.update(FixedRate=0.1) == made
        assert rules.stored().changed == NOW * 1_000_000

    def test_of_default_only_rate_and_reservoir_change(self, rules: Rules) -> None:
        changed = rules.update("Default", FixedRate=0.2, ReservoirSize=7, Host="*", Priority=10_000)
        assert changed["SamplingRule"] == DEFAULT | {"FixedRate": 0.2, "ReservoirSize": 7}
        assert (changed["CreatedAt"], changed["ModifiedAt"]) == (0.0, NOW + 10)
        for change in (
            {"Host": "x"},
            {"Priority": 5},
            {"Attributes": {"a": "b"}},
            {"PerMinute": 5, "ReservoirSize": 0},
            {"SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 1}},
        ):
            (member, *_) = change
            with pytest.raises(InvalidRequest, match=f"only FixedRate and ReservoirSize can be changed, not {member}"):
                rules.update("Default", **change)

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({"name": None}, "give either SamplingRuleUpdate.RuleName or SamplingRuleUpdate.RuleARN"),
            ({"RuleARN": f"{ARN}base"}, "and not both"),
            ({"name": "Base"}, "there is no sampling rule Base; names are case-sensitive"),
            ({"name": None, "RuleARN": "arn:x"}, "there is no sampling rule with the RuleARN arn:x"),
            ({"Priority": 0}, "SamplingRuleUpdate.Priority must be from 1"),
            ({"FixedRate": 1.01}, "from 0 to 1"),
            ({"FixedRate": 0.6}, "at least the FixedRate 0.6; it is 0.5"),
        ],
    )
    def test_what_cannot_be_is_refused_and_changes_nothing(
        self, rules: Rules, given: dict[str, Any], sentence: str
    ) -> None:
        made = rules.create()
        with pytest.raises(InvalidRequest, match=sentence):
            rules.update(**given)
        assert rules.listed()[0] == made

    def test_by_arn(self, rules: Rules) -> None:
        rules.create()
        assert rules.update(None, RuleARN=f"{ARN}base", Priority=3)["SamplingRule"]["Priority"] == 3
        assert rules.update(None, RuleARN=f"{ARN}Default", FixedRate=1.0)["SamplingRule"]["RuleName"] == "Default"


class TestDelete:
    """The deleted rule is answered, and the time of the change goes forward."""

    def test_a_rule_goes_with_its_tags(self, rules: Rules) -> None:
        made = rules.create(tags=[{"Key": "team", "Value": "shop"}])
        assert rules.delete(RuleName="base") == made
        assert rules.names() == ["Default"]
        assert rules.stored().changed == (NOW + 20) * 1_000_000
        with rules.lake.reading() as connection:
            assert tags_of(connection, f"{ARN}base") == {}

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ({}, "give either RuleName or RuleARN"),
            ({"RuleName": "base", "RuleARN": f"{ARN}base"}, "and not both"),
            ({"RuleName": "gone"}, "there is no sampling rule gone"),
            ({"RuleName": "Default"}, "Default always exists and cannot be deleted"),
            ({"RuleARN": f"{ARN}Default"}, "Default always exists and cannot be deleted"),
        ],
    )
    def test_what_cannot_be_is_refused(self, rules: Rules, given: dict[str, Any], sentence: str) -> None:
        rules.create()
        with pytest.raises(InvalidRequest, match=sentence):
            rules.delete(**given)
        assert rules.names() == ["base", "Default"]

    def test_the_time_of_the_change_goes_forward_also_where_a_clock_is_behind(self, rules: Rules) -> None:
        rules.create()
        rules.delete(RuleName="base", now=NOW - 3_600)
        assert rules.stored().changed == NOW * 1_000_000 + 1


def test_what_was_done_is_logged(rules: Rules) -> None:
    with capture_logs() as logs:
        rules.create()
        rules.update(Priority=3)
        rules.delete(RuleName="base")
    assert [(line["event"], line["rule"]) for line in logs] == [
        ("sampling rule created", "base"),
        ("sampling rule updated", "base"),
        ("sampling rule deleted", "base"),
    ]


def test_a_rule_book_reads_again_after_a_second_or_when_it_is_told(rules: Rules) -> None:
    now = 100.0
    book = RuleBook(rules.lake, clock=lambda: now)
    assert book.remembered() is None
    assert len(book.read().rules) == 1
    rules.create()
    remembered = book.remembered()
    assert remembered is not None
    assert len(remembered.rules) == 1
    now = 101.0
    assert book.remembered() is None
    assert len(book.read().rules) == 2
    book.forget()
    assert book.remembered() is None
