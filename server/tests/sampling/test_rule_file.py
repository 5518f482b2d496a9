"""Rules in files: as the API lists them, and as an SDK's local rules."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.cli.apply_rules import plan_of
from radiograph.cli.rule_file import read_rules
from radiograph.cli.sampling import moment, range_of, span
from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

API = {"RuleName": "api", "Priority": 10, "FixedRate": 0.1, "ReservoirSize": 5, "Host": "*"}
DEFAULT = {"RuleName": "Default", "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1}

LOCAL = {"host": "*", "http_method": "*", "url_path": "*", "fixed_target": 0, "rate": 0}
LOCAL_DEFAULT = {"fixed_target": 1, "rate": 0.05}


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
        ({"SamplingRuleRecords": [{"SamplingRule": API}, {"SamplingRule": 1}]}, "rule 2 of"),
        ({"version": 3}, "version 3 of local rules is not known; there are 1 and 2"),
        ({"version": 2, "rules": []}, "a default with fixed_target and rate"),
        ({"version": 2, "rules": [1], "default": {}}, "is missing or wrong"),
        (
            {"version": 2, "rules": [LOCAL | {"service_name": "a.b"}], "default": LOCAL_DEFAULT},
            "local rules of version 2 have host, not service_name",
        ),
        (
            {"version": 2, "default": LOCAL_DEFAULT | {"host": "*", "url_path": "/"}},
            "default matches every request and takes fixed_target and rate alone, not host, url_path",
        ),
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


def test_points_in_time() -> None:
    noon = datetime(2026, 11, 25, 12, tzinfo=UTC)
    assert moment("2026-11-25T12:00Z", "--from") == noon.timestamp()
    assert moment("2026-11-25T14:00+02:00", "--from") == noon.timestamp()
    assert moment(str(noon.timestamp()), "--from") == noon.timestamp()
    # Without a zone it is the time of the place.
    assert moment("2026-11-25 12:00", "--from") == datetime(2026, 11, 25, 12).astimezone().timestamp()


@pytest.mark.parametrize("text", ["yesterday", "-5", "", "25.11.2026", "nan"])
def test_what_is_no_point_in_time_says_how_to_write_one(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"--to .*: write a time such as 2026"):
        moment(text, "--to")


NOON = datetime(2026, 11, 25, 12, tzinfo=UTC).timestamp()
HOUR = timedelta(hours=1).total_seconds()


@pytest.mark.parametrize(
    ("since", "from_", "to", "expected"),
    [
        ("", "", "", (NOON - 6 * HOUR, NOON, "the last 6h")),
        ("90m", "", "", (NOON - 1.5 * HOUR, NOON, "the last 90m")),
        ("1h", "", "2026-11-25T10:00Z", (NOON - 3 * HOUR, NOON - 2 * HOUR, "the 1h before 2026-11-25T10:00Z")),
        ("", "2026-11-25T11:00Z", "", (NOON - HOUR, NOON, "from 2026-11-25T11:00Z to now")),
    ],
)
def test_the_range_to_replay(since: str, from_: str, to: str, expected: tuple[float, float, str]) -> None:
    assert range_of(since, from_, to, now=NOON) == expected


def test_a_range_that_cannot_be_says_why() -> None:
    with pytest.raises(ConfigurationError, match="--since and --from both say where to start"):
        range_of("1h", "2026-11-25T11:00Z", "", now=NOON)
    with pytest.raises(ConfigurationError, match="must be before now"):
        range_of("", "2026-11-25T13:00Z", "", now=NOON)
    with pytest.raises(ConfigurationError, match="must be before --to 2026-11-25T09:00Z"):
        range_of("", "2026-11-25T10:00Z", "2026-11-25T09:00Z", now=NOON)


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

    def test_a_boost_that_the_file_does_not_have_is_taken_away(self) -> None:
        boosted = API | {"SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 5}}
        assert self.plan([boosted, DEFAULT], [API]) == [
            (
                "/UpdateSamplingRule",
                {
                    "SamplingRuleUpdate": {
                        "RuleName": "api",
                        "SamplingRateBoost": {"MaxRate": 0, "CooldownWindowMinutes": 0},
                    }
                },
            )
        ]
        raised = {"MaxRate": 0.9, "CooldownWindowMinutes": 5}
        assert self.plan([boosted, DEFAULT], [API | {"SamplingRateBoost": raised}]) == [
            ("/UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "api", "SamplingRateBoost": raised}})
        ]

    def test_a_rate_per_minute_stays_where_the_file_cannot_tell_it(self) -> None:
        now = API | {"ReservoirSize": 0, "PerMinute": 30}
        listed = API | {"ReservoirSize": 0}
        assert self.plan([now, DEFAULT], [listed]) == []
        for wanted, changed in (
            (listed | {"PerMinute": 0}, {"PerMinute": 0}),
            (API, {"ReservoirSize": 5, "PerMinute": 0}),
        ):
            assert self.plan([now, DEFAULT], [wanted]) == [
                ("/UpdateSamplingRule", {"SamplingRuleUpdate": {"RuleName": "api"} | changed})
            ]
