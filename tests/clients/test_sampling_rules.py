"""boto3 and the AWS command line make, change, list and delete sampling rules, and report as SDKs do."""

from __future__ import annotations

import datetime as dt
import json
import time
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import botocore.exceptions
import pytest
from tests.support.foreign import run_aws_cli
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import xray_client

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.clients

RULE = {
    "RuleName": "api",
    "ResourceARN": "*",
    "Priority": 10,
    "FixedRate": 0.1,
    "ReservoirSize": 4,
    "ServiceName": "shop",
    "ServiceType": "*",
    "Host": "*.example.com",
    "HTTPMethod": "GET",
    "URLPath": "/api/*",
    "Version": 1,
    "Attributes": {},
}
CLIENT_ID = "abcdef1234567890abcdef10"


@pytest.fixture
def client(radiograph: RadiographProcess) -> Any:
    return xray_client(radiograph.url)


def listed(client: Any) -> dict[str, Any]:
    """Return the rules by name, as the paginator brings them."""
    pages = client.get_paginator("get_sampling_rules").paginate()
    return {
        record["SamplingRule"]["RuleName"]: record["SamplingRule"]
        for page in pages
        for record in page["SamplingRuleRecords"]
    }


def statistics(rule: str, **more: Any) -> dict[str, Any]:
    counts = {"RequestCount": 110, "SampledCount": 20, "BorrowCount": 10}
    return {"RuleName": rule, "ClientID": CLIENT_ID, "Timestamp": dt.datetime.now(dt.UTC), **counts} | more


def test_a_rule_is_made_changed_listed_and_deleted(client: Any) -> None:
    before = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)
    made = client.create_sampling_rule(SamplingRule=RULE, Tags=[{"Key": "team", "Value": "shop"}])["SamplingRuleRecord"]
    arn = made["SamplingRule"]["RuleARN"]
    assert made["SamplingRule"] == RULE | {"RuleARN": arn}
    assert arn.startswith("arn:aws:xray:")
    assert arn.endswith(":sampling-rule/api")
    assert before < made["CreatedAt"] == made["ModifiedAt"]
    assert list(listed(client)) == ["api", "Default"]

    changed = client.update_sampling_rule(SamplingRuleUpdate={"RuleARN": arn, "FixedRate": 0.5, "Priority": 3})
    assert changed["SamplingRuleRecord"]["SamplingRule"] == made["SamplingRule"] | {"FixedRate": 0.5, "Priority": 3}
    assert changed["SamplingRuleRecord"]["ModifiedAt"] > made["ModifiedAt"]
    assert listed(client)["api"]["FixedRate"] == 0.5

    for boost, kept in (
        ({"MaxRate": 0.75, "CooldownWindowMinutes": 5},) * 2,
        ({"MaxRate": 0.5, "CooldownWindowMinutes": 0},) * 2,
        ({"MaxRate": 0, "CooldownWindowMinutes": 0}, None),
    ):
        changed = client.update_sampling_rule(SamplingRuleUpdate={"RuleName": "api", "SamplingRateBoost": boost})
        assert listed(client)["api"].get("SamplingRateBoost") == kept

    deleted = client.delete_sampling_rule(RuleName="api")["SamplingRuleRecord"]
    assert deleted == changed["SamplingRuleRecord"]
    assert list(listed(client)) == ["Default"]


def test_rules_are_there_after_a_restart(tmp_path: Path) -> None:
    boosted = RULE | {"SamplingRateBoost": {"MaxRate": 0.5, "CooldownWindowMinutes": 10}}
    with RadiographProcess(tmp_path / "data") as radiograph:
        client = xray_client(radiograph.url)
        client.create_sampling_rule(SamplingRule=boosted)
        client.update_sampling_rule(SamplingRuleUpdate={"RuleName": "Default", "ReservoirSize": 7})
        before = listed(client)
    with RadiographProcess(tmp_path / "data") as radiograph:
        assert listed(xray_client(radiograph.url)) == before
    assert before["api"]["SamplingRateBoost"] == boosted["SamplingRateBoost"]
    assert (before["Default"]["ReservoirSize"], before["Default"]["FixedRate"]) == (7, 0.05)


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("create_sampling_rule", {"SamplingRule": RULE | {"RuleName": "taken"}}),
        ("create_sampling_rule", {"SamplingRule": RULE | {"RuleName": "Default"}}),
        ("create_sampling_rule", {"SamplingRule": {name: RULE[name] for name in RULE if name != "RuleName"}}),
        ("create_sampling_rule", {"SamplingRule": RULE | {"Version": 2}}),
        ("create_sampling_rule", {"SamplingRule": RULE | {"RuleName": "x", "RuleARN": "arn:x"}}),
        ("create_sampling_rule", {"SamplingRule": RULE | {"RuleName": "x", "HTTPMethod": "MORE THAN TEN"}}),
        ("create_sampling_rule", {"SamplingRule": RULE | {"RuleName": "x", "Attributes": {"a" * 33: "b"}}}),
        ("update_sampling_rule", {"SamplingRuleUpdate": {"RuleName": "gone"}}),
        ("update_sampling_rule", {"SamplingRuleUpdate": {"RuleName": "Default", "Host": "x"}}),
        ("update_sampling_rule", {"SamplingRuleUpdate": {"RuleName": "taken", "FixedRate": 1.5}}),
        ("delete_sampling_rule", {"RuleName": "Default"}),
        ("delete_sampling_rule", {"RuleName": "gone"}),
        ("delete_sampling_rule", {}),
    ],
)
def test_what_aws_refuses_raises_the_clients_own_error_class(
    client: Any, operation: str, request_: dict[str, Any]
) -> None:
    client.create_sampling_rule(SamplingRule=RULE | {"RuleName": "taken"})
    with pytest.raises(client.exceptions.InvalidRequestException) as caught:
        getattr(client, operation)(**request_)
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert caught.value.response["Error"]["Message"]


def test_a_member_that_no_rule_has_is_refused_by_boto3_itself(client: Any) -> None:
    with pytest.raises(botocore.exceptions.ParamValidationError, match="PerHour"):
        client.create_sampling_rule(SamplingRule=RULE | {"PerHour": 1})


def test_the_rule_beyond_the_limit_has_an_error_of_its_own(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data", settings={"sampling_rules": "2"}) as radiograph:
        client = xray_client(radiograph.url)
        for name in ("one", "two"):
            client.create_sampling_rule(SamplingRule=RULE | {"RuleName": name})
        with pytest.raises(client.exceptions.RuleLimitExceededException, match="2 are allowed"):
            client.create_sampling_rule(SamplingRule=RULE | {"RuleName": "three"})


def test_targets_and_statistics(client: Any) -> None:
    client.create_sampling_rule(SamplingRule=RULE)
    before = time.time()
    answer = client.get_sampling_targets(
        SamplingStatisticsDocuments=[statistics("api"), statistics("gone")],
        SamplingBoostStatisticsDocuments=[
            {
                "RuleName": "api",
                "ServiceName": "shop",
                "Timestamp": dt.datetime.now(dt.UTC),
                "AnomalyCount": 4,
                "TotalCount": 110,
                "SampledAnomalyCount": 0,
            }
        ],
    )
    (target,) = answer["SamplingTargetDocuments"]
    assert (target["RuleName"], target["FixedRate"], target["ReservoirQuota"], target["Interval"]) == (
        "api",
        0.1,
        4,
        10,
    )
    assert target["ReservoirQuotaTTL"].timestamp() == pytest.approx(before + 25, abs=5)
    assert answer["LastRuleModification"].timestamp() == pytest.approx(before, abs=10)
    (unknown,) = answer["UnprocessedStatistics"]
    assert (unknown["RuleName"], unknown["ErrorCode"]) == ("gone", "404")
    (not_boosted,) = answer["UnprocessedBoostStatistics"]
    assert not_boosted["RuleName"] == "api"

    pages = client.get_paginator("get_sampling_statistic_summaries").paginate()
    (summary,) = [each for page in pages for each in page["SamplingStatisticSummaries"]]
    assert [summary[name] for name in ("RuleName", "RequestCount", "SampledCount", "BorrowCount")] == [
        "api",
        110,
        20,
        10,
    ]
    assert summary["Timestamp"].timestamp() % 10 == 0


def test_collectors_may_report_more_than_twenty_five_rules_at_once(radiograph: RadiographProcess) -> None:
    many = [statistics("Default", ClientID=f"{number:024x}", Timestamp=time.time()) for number in range(40)]
    found = post(f"{radiograph.url}/SamplingTargets", {"SamplingStatisticsDocuments": many})
    assert len(found["SamplingTargetDocuments"]) == 40
    assert sum(target["ReservoirQuota"] for target in found["SamplingTargetDocuments"]) <= 1


def test_the_command_line_manages_rules(radiograph: RadiographProcess) -> None:
    shorthand = ",".join(f"{name}={value}" for name, value in RULE.items() if name != "Attributes")
    made = run_aws_cli(radiograph.url, "create-sampling-rule", "--sampling-rule", shorthand)
    rules = run_aws_cli(radiograph.url, "get-sampling-rules")["SamplingRuleRecords"]
    assert [record["SamplingRule"]["RuleName"] for record in rules] == ["api", "Default"]
    assert rules[0] == made["SamplingRuleRecord"]
    run_aws_cli(radiograph.url, "update-sampling-rule", "--sampling-rule-update", "RuleName=Default,ReservoirSize=3")
    run_aws_cli(radiograph.url, "delete-sampling-rule", "--rule-name", "api")
    (default,) = run_aws_cli(radiograph.url, "get-sampling-rules")["SamplingRuleRecords"]
    assert default["SamplingRule"]["ReservoirSize"] == 3


def test_a_rate_per_minute_is_taken_unless_aws_is_meant_strictly(tmp_path: Path) -> None:
    rule = RULE | {"PerMinute": 30, "ReservoirSize": 0}
    with RadiographProcess(tmp_path / "data") as radiograph:
        made = post(f"{radiograph.url}/CreateSamplingRule", {"SamplingRule": rule})["SamplingRuleRecord"]
        assert made["SamplingRule"]["PerMinute"] == 30
        # Others see a rule without a reservoir.
        assert listed(xray_client(radiograph.url))["api"]["ReservoirSize"] == 0
        (shown, _) = json.loads(radiograph.get("/api/v1/sampling"))["rules"]
        assert (shown["name"], shown["per_minute"]) == ("api", 30)
    with RadiographProcess(tmp_path / "data", settings={"strict_aws": "true"}) as radiograph:
        made = post(f"{radiograph.url}/CreateSamplingRule", {"SamplingRule": rule | {"RuleName": "other"}})
        assert "PerMinute" not in made["SamplingRuleRecord"]["SamplingRule"]


@pytest.mark.parametrize("path", ["/CreateSamplingRule", "/UpdateSamplingRule", "/DeleteSamplingRule", "/Traces"])
def test_the_daemons_door_lets_nobody_change_rules(radiograph: RadiographProcess, path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        post(f"http://{radiograph.daemon}{path}", {"SamplingRule": RULE})
    with caught.value as answer:
        assert answer.code == 403
    assert list(listed(xray_client(radiograph.url))) == ["Default"]


def post(url: str, body: Any) -> Any:
    """Return the answer to a POST of JSON, without a proxy."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, json.dumps(body, default=str).encode(), method="POST")
    with opener.open(request, timeout=10) as answer:
        return json.load(answer)
