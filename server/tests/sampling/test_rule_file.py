"""Rules in files: as the API lists them, and as an SDK's local rules."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.cli.rule_file import read_rules
from radiograph.cli.sampling import plan_of, span
from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

API = {"RuleName": "api", "Priority": 10, "FixedRate": 0.1, "ReservoirSize": 5, "Host": "*"}
DEFAULT = {"RuleName": "Default", "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1}


def written(folder: Path, content: Any) -> Path:
    file = folder / "rules.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return file


@pytest.mark.parametrize(
    "content",
    [
        {"SamplingRuleRecords": [{"SamplingRule": API, "CreatedAt": 0}]},
        [API],
        [{"SamplingRule": API}],
    ],
)
def test_rules_as_the_api_has_them(tmp_path: Path, content: Any) -> None:
    assert read_rules(written(tmp_path, content)) == [API]


def test_local_rules_become_rules_in_their_order(tmp_path: Path) -> None:
    local = {
        "version": 2,
        "rules": [
            {
                "description": "moves",
                "host": "*",
                "http_method": "*",
                "url_path": "/m/*",
                "fixed_target": 0,
                "rate": 0.5,
            },
            {"host": "a.b", "http_method": "GET", "url_path": "/", "fixed_target": 3, "rate": 0},
            {"description": "x" * 40, "host": "*", "http_method": "*", "url_path": "*", "fixed_target": 0, "rate": 0},
        ],
        "default": {"fixed_target": 2, "rate": 0.2},
    }
    moves, second, third, default = read_rules(written(tmp_path, local))
    assert moves == {
        "RuleName": "moves-1",
        "Priority": 10,
        "Host": "*",
        "HTTPMethod": "*",
        "URLPath": "/m/*",
        "ReservoirSize": 0,
        "FixedRate": 0.5,
        "ServiceName": "*",
        "ServiceType": "*",
    }
    assert (second["RuleName"], second["Priority"], second["Host"]) == ("rule-2", 20, "a.b")
    assert third["RuleName"] == "x" * 30 + "-3"
    assert default == {"RuleName": "Default", "ReservoirSize": 2, "FixedRate": 0.2}


def test_the_first_version_names_the_host_otherwise(tmp_path: Path) -> None:
    rule = {"service_name": "a.b", "http_method": "*", "url_path": "*", "fixed_target": 0, "rate": 0}
    local = {"version": 1, "rules": [rule], "default": {"fixed_target": 0, "rate": 0}}
    assert read_rules(written(tmp_path, local))[0]["Host"] == "a.b"
    with pytest.raises(ConfigurationError, match="'host' is missing"):
        read_rules(written(tmp_path, local | {"version": 2}))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no JSON"),
        ({}, "has no sampling rules: give the output of `aws xray get-sampling-rules`"),
        ([1], "has no sampling rules"),
        ({"version": 3}, "version 3 of local rules is not known; there are 1 and 2"),
        ({"version": 2, "rules": []}, "a default with fixed_target and rate"),
        ({"version": 2, "rules": [1], "default": {}}, "is missing or wrong"),
    ],
)
def test_anything_else_is_refused_with_what_is_expected(tmp_path: Path, content: Any, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=re.escape(sentence)):
        read_rules(written(tmp_path, content))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"gone\.json cannot be read: No such file"):
        read_rules(tmp_path / "gone.json")


@pytest.mark.parametrize(("text", "seconds"), [("90m", 5_400), ("6h", 21_600), ("1.5d", 129_600), ("30s", 30)])
def test_lengths_of_time(text: str, seconds: float) -> None:
    assert span(text) == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "-1h", "0m", "6 weeks"])
def test_what_is_no_length_of_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ConfigurationError, match="such as 90m or 6h"):
        span(text)


class TestPlan:
    """What turns today's rules into others."""

    @staticmethod
    def plan(known: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
        return [(path, body) for _, path, body in plan_of([{"SamplingRule": rule} for rule in known], wanted)]

    def test_the_same_rules_need_nothing(self) -> None:
        assert self.plan([API, DEFAULT], [DEFAULT, API]) == []
        assert self.plan([API | {"ResourceARN": "*", "Attributes": {}}, DEFAULT], [API]) == []

    def test_deletions_come_first_and_default_stays(self) -> None:
        other = API | {"RuleName": "other"}
        assert self.plan([API, DEFAULT], [other]) == [
            ("/DeleteSamplingRule", {"RuleName": "api"}),
            ("/CreateSamplingRule", {"SamplingRule": {"ResourceARN": "*", "Version": 1} | other}),
        ]

    def test_only_what_differs_is_changed(self) -> None:
        known = API | {"PerMinute": 30, "Attributes": {"a": "b"}}
        assert self.plan([known, DEFAULT], [API | {"FixedRate": 0.5}, DEFAULT | {"FixedRate": 0.2, "Priority": 1}]) == [
            (
                "/UpdateSamplingRule",
                {"SamplingRuleUpdate": {"RuleName": "api", "FixedRate": 0.5, "PerMinute": 0, "Attributes": {}}},
            ),
            ("/UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "Default", "FixedRate": 0.2}}),
        ]
