"""The answers to GetSamplingTargets, and what is known of clients afterwards."""

from __future__ import annotations

from typing import Any

import pytest

from radiograph.sampling.statistics import Counts
from radiograph.sampling.summaries import statistic_summaries
from radiograph.sampling.targets import Targets, last_modification
from radiograph.store.sampling_rules import RuleSet, SamplingRule, in_order

NOW = 1_700_000_003.5
BEFORE = NOW - 1_000
ID = "abcdef1234567890abcdef10"
OTHER = "abcdef1234567890abcdef11"
DEFAULT = SamplingRule(name="Default", priority=10_000, fixed_rate=0.05, reservoir=1)
BASE = SamplingRule(name="base", priority=10, fixed_rate=0.1, reservoir=4, created=1_600_000_000_000_000)
BOOSTED = SamplingRule(
    name="boosted", priority=20, fixed_rate=0.05, reservoir=0, boost_rate=0.5, boost_cooldown=10, created=1
)
PER_MINUTE = SamplingRule(name="per minute", priority=30, fixed_rate=0.0, reservoir=0, per_minute=30, created=1)


def rule_set(*rules: SamplingRule, changed: int = 0) -> RuleSet:
    return RuleSet(in_order([DEFAULT, *rules]), changed)


RULES = rule_set(BASE, BOOSTED, PER_MINUTE)


def document(rule: str = "base", *, client: str = ID, at: float = NOW, **more: Any) -> dict[str, Any]:
    counts = {"RequestCount": 110, "SampledCount": 20, "BorrowCount": 10} | more
    return {"RuleName": rule, "ClientID": client, "Timestamp": at, **counts}


def answer(targets: Targets, *documents: dict[str, Any], now: float = NOW, rules: RuleSet = RULES) -> dict[str, Any]:
    return targets.answer({"SamplingStatisticsDocuments": list(documents)}, rules, now=now)


def test_a_client_gets_a_target_for_each_rule_that_it_reports() -> None:
    found = answer(Targets(started=BEFORE), document(), document("Default"))
    assert found["SamplingTargetDocuments"] == [
        {
            "RuleName": "base",
            "FixedRate": 0.1,
            "Interval": 10,
            "ReservoirQuota": 4,
            "ReservoirQuotaTTL": 1_700_000_003.0 + 25,
        },
        {
            "RuleName": "Default",
            "FixedRate": 0.05,
            "Interval": 10,
            "ReservoirQuota": 1,
            "ReservoirQuotaTTL": 1_700_000_003.0 + 25,
        },
    ]
    assert found["UnprocessedStatistics"] == []


def test_a_quota_ends_by_the_clock_of_the_client() -> None:
    (target,) = answer(Targets(started=BEFORE), document(at=NOW - 400))["SamplingTargetDocuments"]
    assert target["ReservoirQuotaTTL"] == 1_699_999_603.0 + 25


def test_two_clients_never_have_more_than_the_reservoir_together() -> None:
    targets = Targets(started=BEFORE)
    quotas = {ID: 0, OTHER: 0}
    for turn in range(6):
        for client, offset in ((ID, 0), (OTHER, 5)):
            moment = NOW + 10 * turn + offset
            report = document(client=client, at=moment, BorrowCount=0)
            (target,) = answer(targets, report, now=moment)["SamplingTargetDocuments"]
            quotas[client] = target["ReservoirQuota"]
            assert sum(quotas.values()) <= 4
    assert list(quotas.values()) == [2, 2]


def test_a_flood_of_clients_is_answered_and_not_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiograph.sampling.targets._MOST_CLIENTS", 2)
    targets = Targets(started=BEFORE)
    for number in range(4):
        (target,) = answer(targets, document(client=f"{number:024x}"))["SamplingTargetDocuments"]
    assert (target["ReservoirQuota"], target["FixedRate"]) == (0, 0.1)
    assert len(targets.clients(BASE, now=NOW)) == 2


def test_rules_have_clients_of_their_own() -> None:
    targets = Targets(started=BEFORE)
    answer(targets, document())
    (target,) = answer(targets, document("Default", client=OTHER))["SamplingTargetDocuments"]
    assert target["ReservoirQuota"] == 1


def test_after_a_restart_an_older_rule_gives_no_quota_until_older_promises_have_ended() -> None:
    targets = Targets(started=NOW - 1, quiet_until=NOW + 25)
    (target,) = answer(targets, document())["SamplingTargetDocuments"]
    assert target == {"RuleName": "base", "FixedRate": 0.1, "Interval": 10}
    (target,) = answer(targets, document(at=NOW + 30), now=NOW + 30)["SamplingTargetDocuments"]
    assert target["ReservoirQuota"] == 4


def test_a_rule_that_was_made_since_needs_not_wait() -> None:
    young = SamplingRule(name="young", priority=1, fixed_rate=0, reservoir=3, created=int(NOW * 1_000_000))
    found = answer(Targets(started=NOW - 1, quiet_until=NOW + 25), document("young"), rules=rule_set(young))
    assert found["SamplingTargetDocuments"][0]["ReservoirQuota"] == 3


def test_statistics_of_an_unknown_rule_or_of_long_ago_are_named_and_the_rest_is_answered() -> None:
    found = answer(Targets(started=BEFORE), document("gone"), document(), document("Default", at=NOW - 601))
    assert [target["RuleName"] for target in found["SamplingTargetDocuments"]] == ["base"]
    assert [(each["RuleName"], each["ErrorCode"]) for each in found["UnprocessedStatistics"]] == [
        ("gone", "404"),
        ("Default", "400"),
    ]
    assert "does not exist" in found["UnprocessedStatistics"][0]["Message"]
    assert "ten minutes" in found["UnprocessedStatistics"][1]["Message"]


def test_nothing_reported_is_answered_with_when_the_rules_changed() -> None:
    assert answer(Targets(started=BEFORE), rules=rule_set(changed=1_700_000_000_000_001)) == {
        "SamplingTargetDocuments": [],
        "LastRuleModification": 1_700_000_001.0,
        "UnprocessedStatistics": [],
        "UnprocessedBoostStatistics": None,
    }


def test_the_last_modification_is_a_second_that_no_client_had_looked_at_before_it() -> None:
    assert last_modification(rule_set(changed=0)) == 0.0
    assert last_modification(rule_set(changed=1_700_000_000_900_000)) == 1_700_000_001.0
    assert last_modification(rule_set(changed=1_700_000_000_000_000)) == 1_700_000_000.0


def test_a_rule_that_is_deleted_and_made_again_begins_anew() -> None:
    targets = Targets(started=BEFORE)
    answer(targets, document())
    answer(targets, rules=rule_set())
    again = SamplingRule(name="base", priority=10, fixed_rate=0.1, reservoir=4, created=int(NOW * 1_000_000))
    assert targets.clients(again, now=NOW) == {}
    found = answer(targets, document(client=OTHER), rules=rule_set(again))
    assert found["SamplingTargetDocuments"][0]["ReservoirQuota"] == 4
    ((_, counts),) = targets.windows(now=NOW, count=1)
    assert counts == {"base": Counts(110, 20, 10)}


def test_a_rule_per_minute_gives_seconds_in_which_one_may_be_taken() -> None:
    targets = Targets(started=BEFORE)
    (first,) = answer(targets, document("per minute"))["SamplingTargetDocuments"]
    assert (first["ReservoirQuota"], first["FixedRate"]) == (0, 0.0)
    moment = NOW + 10
    (then,) = answer(targets, document("per minute", at=moment), now=moment)["SamplingTargetDocuments"]
    # Five are due: the client's second of now and four more.
    assert (then["ReservoirQuota"], then["ReservoirQuotaTTL"]) == (1, 1_700_000_013.0 + 4)


def test_a_client_that_goes_on_borrowing_gets_what_it_takes_and_the_others_the_rest() -> None:
    """As the X-Ray SDK for Node.js does, which takes the end of its quota for milliseconds."""
    targets = Targets(started=BEFORE)
    found = {}
    for turn in range(8):
        for client, borrowed, offset in ((ID, 10, 0), (OTHER, 0, 5)):
            moment = NOW + 10 * turn + offset
            report = document(client=client, at=moment, RequestCount=1_000, BorrowCount=borrowed)
            (target,) = answer(targets, report, now=moment)["SamplingTargetDocuments"]
            found[client] = target["ReservoirQuota"]
    assert found == {ID: 1, OTHER: 3}


def test_a_client_that_borrowed_until_its_answer_came_has_its_part() -> None:
    targets = Targets(started=BEFORE)
    for turn, borrowed in enumerate((10, 1, 0, 0, 1, 0)):
        moment = NOW + 10 * turn
        (target,) = answer(targets, document(at=moment, BorrowCount=borrowed), now=moment)["SamplingTargetDocuments"]
    assert target["ReservoirQuota"] == 4


def test_the_name_that_opentelemetry_gives_the_count_is_taken() -> None:
    report = document()
    report["SampleCount"] = report.pop("SampledCount")
    targets = Targets(started=BEFORE)
    answer(targets, report)
    assert targets.clients(BASE, now=NOW)[ID].last == Counts(110, 20, 10)


class TestCounting:
    """What clients told is known by rule, by client and in windows."""

    def test_the_example_of_the_guide_counts_borrowed_requests_as_sampled(self) -> None:
        targets = Targets(started=BEFORE)
        answer(targets, document())
        assert targets.clients(BASE, now=NOW)[ID].last == Counts(110, 20, 10)

    def test_an_sdk_that_counts_them_apart_is_known_by_more_borrowed_than_sampled(self) -> None:
        targets = Targets(started=BEFORE)
        answer(targets, document(RequestCount=3, SampledCount=0, BorrowCount=3))
        assert targets.clients(BASE, now=NOW)[ID].last == Counts(3, 3, 3)
        answer(targets, document(at=NOW + 10, RequestCount=50, SampledCount=7, BorrowCount=2), now=NOW + 10)
        assert targets.clients(BASE, now=NOW + 10)[ID].last == Counts(50, 9, 2)

    def test_a_client_that_says_nothing_of_borrowing_borrowed_nothing(self) -> None:
        targets = Targets(started=BEFORE)
        plain = document()
        del plain["BorrowCount"]
        answer(targets, plain)
        assert targets.clients(BASE, now=NOW)[ID].last == Counts(110, 20, 0)

    def test_a_client_is_known_for_half_a_minute(self) -> None:
        targets = Targets(started=BEFORE)
        answer(targets, document())
        figures = targets.clients(BASE, now=NOW + 30)[ID]
        assert (figures.since, figures.seen, figures.quota, figures.until) == (NOW, NOW, 4, NOW + 25)
        assert targets.clients(BASE, now=NOW + 30.5) == {}

    def test_summaries_have_an_entry_for_each_rule_and_ten_seconds(self) -> None:
        targets = Targets(started=BEFORE)
        answer(targets, document(), document(client=OTHER, RequestCount=5, SampledCount=1, BorrowCount=0))
        answer(targets, document(at=NOW + 10), document("Default", at=NOW + 10), now=NOW + 10)
        assert statistic_summaries(targets, now=NOW + 11)["SamplingStatisticSummaries"] == [
            {
                "RuleName": name,
                "Timestamp": start,
                "RequestCount": requests,
                "BorrowCount": borrowed,
                "SampledCount": sampled,
            }
            for name, start, requests, sampled, borrowed in (
                ("Default", 1_700_000_010.0, 110, 20, 10),
                ("base", 1_700_000_010.0, 110, 20, 10),
                ("base", 1_700_000_000.0, 115, 21, 10),
            )
        ]
        assert statistic_summaries(targets, now=NOW + 620)["SamplingStatisticSummaries"] == []

    def test_windows_are_forgotten_after_half_an_hour(self) -> None:
        targets = Targets(started=BEFORE)
        answer(targets, document())
        answer(targets, document(at=NOW + 1_800), now=NOW + 1_800)
        known = [counts for _, counts in targets.windows(now=NOW + 1_800, count=400) if counts]
        assert len(known) == 1


class TestBoost:
    """Anomalies that nobody sampled raise the rate for a minute."""

    @staticmethod
    def anomalies(rule: str = "boosted", **more: Any) -> dict[str, Any]:
        counts = {"AnomalyCount": 10, "TotalCount": 110, "SampledAnomalyCount": 0} | more
        return {"RuleName": rule, "ServiceName": "shop", "Timestamp": NOW, **counts}

    def ask(self, targets: Targets, *documents: dict[str, Any], reports: bool = True) -> dict[str, Any]:
        request = {
            "SamplingStatisticsDocuments": [document("boosted")] if reports else [],
            "SamplingBoostStatisticsDocuments": list(documents),
        }
        return targets.answer(request, RULES, now=NOW)

    def test_the_target_carries_the_boost(self) -> None:
        targets = Targets(started=BEFORE)
        (target,) = self.ask(targets, self.anomalies())["SamplingTargetDocuments"]
        assert target["SamplingBoost"] == {
            "BoostRate": pytest.approx(0.2589, abs=1e-4),
            "BoostRateTTL": 1_700_000_063.0,
        }
        assert target["FixedRate"] == 0.05
        boosted = targets.boosted(BOOSTED, now=NOW + 1)
        assert boosted is not None
        assert boosted.until == NOW + 60

    def test_a_service_that_matched_no_request_itself_learns_of_it_too(self) -> None:
        (target,) = self.ask(Targets(started=BEFORE), self.anomalies(), reports=False)["SamplingTargetDocuments"]
        assert target["RuleName"] == "boosted"
        assert "ReservoirQuota" not in target
        assert target["SamplingBoost"]["BoostRate"] > 0.05

    def test_a_rule_without_boost_and_an_unknown_one_are_named(self) -> None:
        found = self.ask(Targets(started=BEFORE), self.anomalies("base"), self.anomalies("gone"))
        assert [(each["RuleName"], each["ErrorCode"]) for each in found["UnprocessedBoostStatistics"]] == [
            ("base", "400"),
            ("gone", "404"),
        ]
        assert "SamplingBoost" not in found["SamplingTargetDocuments"][0]
