"""What a handler's answer becomes on the wire."""

from __future__ import annotations

import json
import math
from typing import Any

import msgspec
import pytest

from radiograph.doors.xray_api.model import load_operations
from radiograph.doors.xray_api.shaping import AnswerShaper

OURS = load_operations()


def encoded(operation: str, answer: dict[str, Any], *, strict: bool = True) -> bytes:
    return AnswerShaper(strict=strict).compile(OURS[operation].output)(answer)


def test_none_is_left_out_and_empty_lists_stay() -> None:
    assert encoded("GetGroups", {"Groups": [], "NextToken": None}) == b'{"Groups":[]}'


def test_an_answer_without_members_is_an_empty_object() -> None:
    assert encoded("DeleteGroup", {}) == b"{}"


def test_times_are_numbers() -> None:
    answer = json.loads(encoded("GetServiceGraph", {"StartTime": 1700000000, "EndTime": 1700000300.75}))

    assert answer == {"StartTime": 1700000000, "EndTime": 1700000300.75}


def test_integers_have_no_fraction() -> None:
    assert encoded("GetTraceSummaries", {"TracesProcessedCount": 3}) == b'{"TracesProcessedCount":3}'


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("strict", [False, True])
def test_what_json_cannot_say_is_never_sent(number: float, *, strict: bool) -> None:
    with pytest.raises(msgspec.ValidationError, match=r"\$\.TraceSummaries\[0\]\.Duration"):
        encoded("GetTraceSummaries", {"TraceSummaries": [{"Duration": number}]}, strict=strict)


@pytest.mark.parametrize(
    "summary",
    [
        {"Revision": 1.5},
        {"Revision": True},
        {"HasFault": 1},
        {"Id": 5},
        {"StartTime": "2024-01-01T00:00:00Z"},
        {"ServiceIds": {}},
        {"Annotations": []},
        {"ServiceIds": [None]},
    ],
    ids=str,
)
@pytest.mark.parametrize("strict", [False, True])
def test_a_value_of_the_wrong_type_is_a_mistake(summary: dict[str, Any], *, strict: bool) -> None:
    with pytest.raises(msgspec.ValidationError, match=next(iter(summary))):
        encoded("GetTraceSummaries", {"TraceSummaries": [summary]}, strict=strict)


def test_a_strict_shaper_refuses_members_that_the_model_does_not_have() -> None:
    with pytest.raises(msgspec.ValidationError, match="Colour"):
        encoded("GetGroup", {"Group": {"GroupName": "g", "Colour": "red"}})


def test_a_lenient_shaper_leaves_out_members_that_the_model_does_not_have() -> None:
    answer = encoded("GetGroup", {"Group": {"GroupName": "g", "Colour": "red"}}, strict=False)

    assert answer == b'{"Group":{"GroupName":"g"}}'


def test_a_strict_shaper_misses_required_members() -> None:
    with pytest.raises(msgspec.ValidationError, match="DesiredSamplingPercentage"):
        encoded("UpdateIndexingRule", {"IndexingRule": {"Rule": {"Probabilistic": {}}}})


def test_limits_of_requests_do_not_bind_answers() -> None:
    rule = dict.fromkeys(("ResourceARN", "ServiceName", "ServiceType", "Host", "HTTPMethod", "URLPath"), "*")
    default = {**rule, "Priority": 10000, "FixedRate": 0.05, "ReservoirSize": 1, "Version": 1}

    answer = json.loads(encoded("GetSamplingRules", {"SamplingRuleRecords": [{"SamplingRule": default}]}))

    assert answer["SamplingRuleRecords"][0]["SamplingRule"]["Priority"] == 10000
