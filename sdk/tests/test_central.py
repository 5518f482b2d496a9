"""Central sampling: what a process decides by the service's rules, tells, and heeds."""

from __future__ import annotations

import os
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.central import CentralRule, CentralSampler, understood
from radiograph_sdk.losses import Losses
from radiograph_sdk.sampling import Decision, Request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

RULE = {
    "RuleName": "api",
    "Priority": 10,
    "FixedRate": 0.0,
    "ReservoirSize": 5,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "/api/*",
    "ResourceARN": "*",
    "Version": 1,
    "Attributes": {},
}
DEFAULT = RULE | {"RuleName": "Default", "Priority": 10_000, "ReservoirSize": 0, "URLPath": "*"}
API = Request(service="shop", path="/api/v1")


class Service:
    """Answers as the service does, and keeps what it was told."""

    def __init__(self, *rules: Mapping[str, Any]) -> None:
        self.rules = list(rules)
        self.targets: dict[str, dict[str, Any]] = {}
        self.modified = 1.0
        self.asked: list[str] = []
        self.told: list[dict[str, Any]] = []
        self.down = False

    def __call__(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.asked.append(path)
        if self.down:
            raise ConnectionRefusedError("down")
        if path == "/GetSamplingRules":
            return {"SamplingRuleRecords": [{"SamplingRule": rule} for rule in self.rules]}
        self.told += body["SamplingStatisticsDocuments"]
        return {
            "LastRuleModification": self.modified,
            "SamplingTargetDocuments": [
                {"RuleName": each["RuleName"], "FixedRate": 0.0} | self.targets.get(each["RuleName"], {})
                for each in body["SamplingStatisticsDocuments"]
            ],
            "UnprocessedStatistics": [],
        }


class Never:
    def decide(self, request: Request) -> Decision:  # noqa: ARG002 -- of the protocol
        return Decision(sampled=False, rule="local")


class Client:
    """A sampler whose thread does nothing; the test asks in its stead."""

    def __init__(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1_000.0
        monkeypatch.setattr(CentralSampler, "_run", lambda _self: threading.Event().wait(0.2))
        self.sampler = CentralSampler(("127.0.0.1", 1), fallback=Never(), clock=lambda: self.now, post=service)

    def takes(self, number: int, request: Request = API) -> int:
        return sum(self.sampler.decide(request).sampled for _ in range(number))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Service], Client]]:
    made: list[Client] = []

    def new(service: Service) -> Client:
        made.append(Client(service, monkeypatch))
        return made[-1]

    yield new
    for each in made:
        each.sampler.close()


def test_local_rules_decide_until_others_are_known(client: Callable[[Service], Client]) -> None:
    one = client(Service(DEFAULT))
    assert one.sampler.decide(API).rule == "local"
    one.sampler.refresh_rules()
    assert one.sampler.decide(API).rule == "Default"


def test_without_a_quota_one_a_second_is_borrowed(client: Callable[[Service], Client]) -> None:
    one = client(Service(DEFAULT, RULE))
    one.sampler.refresh_rules()
    assert one.takes(10) == 1
    one.now += 1
    assert one.takes(10) == 1
    assert one.takes(10, Request(path="/other")) == 0


def test_a_quota_is_kept_to_and_ends(client: Callable[[Service], Client]) -> None:
    service = Service(DEFAULT, RULE)
    service.targets["api"] = {"ReservoirQuota": 3, "ReservoirQuotaTTL": 1_020, "FixedRate": 0.0}
    one = client(service)
    one.sampler.refresh_rules()
    one.takes(4)
    one.sampler.report()
    told = service.told[0]
    assert (told["RuleName"], told["RequestCount"], told["SampledCount"], told["BorrowCount"]) == ("api", 4, 0, 1)
    assert len(told["ClientID"]) == 24
    one.now += 1
    assert one.takes(10) == 3
    one.now += 25
    assert one.takes(10) == 1


def test_a_rate_that_the_service_changes_is_gone_by(client: Callable[[Service], Client]) -> None:
    service = Service(DEFAULT)
    one = client(service)
    one.sampler.refresh_rules()
    assert one.takes(50) == 0
    service.targets["Default"] = {"FixedRate": 1.0}
    one.sampler.report()
    assert one.takes(50) == 50


def test_what_could_not_be_told_is_told_the_next_time(client: Callable[[Service], Client]) -> None:
    service = Service(DEFAULT, RULE)
    one = client(service)
    one.sampler.refresh_rules()
    one.takes(4)
    service.down = True
    with pytest.raises(ConnectionRefusedError):
        one.sampler.report()
    one.takes(3)
    service.down = False
    one.sampler.report()
    assert [(told["RequestCount"], told["BorrowCount"]) for told in service.told] == [(7, 1)]
    one.now += 20
    one.sampler.report()
    assert len(service.told) == 1  # nothing was asked since


def test_a_rule_reports_when_its_interval_has_passed(client: Callable[[Service], Client]) -> None:
    service = Service(DEFAULT)
    service.targets["Default"] = {"Interval": 30}
    one = client(service)
    one.sampler.refresh_rules()
    for seconds, reports in ((0, 1), (10, 1), (10, 1), (10, 2)):
        one.now += seconds
        one.takes(1)
        one.sampler.report()
        assert len(service.told) == reports


def test_changed_rules_are_fetched_at_once_and_keep_their_quota(client: Callable[[Service], Client]) -> None:
    service = Service(DEFAULT, RULE)
    service.targets["api"] = {"ReservoirQuota": 3, "ReservoirQuotaTTL": 2_000}
    one = client(service)
    one.sampler.refresh_rules()
    one.takes(1)
    one.sampler.report()
    asked = service.asked.count("/GetSamplingRules")
    one.now += 11
    one.takes(1)
    one.sampler.report()
    assert service.asked.count("/GetSamplingRules") == asked
    service.rules.append(RULE | {"RuleName": "none", "Priority": 1, "URLPath": "/api/none", "ReservoirSize": 0})
    service.modified += 1
    one.now += 11
    one.takes(1)
    one.sampler.report()
    assert service.asked.count("/GetSamplingRules") == asked + 1
    one.now += 1
    assert one.sampler.decide(Request(path="/api/none")).rule == "none"
    assert one.takes(10) == 3


def test_rules_that_are_an_hour_old_do_not_decide_any_more(client: Callable[[Service], Client]) -> None:
    one = client(Service(DEFAULT))
    one.sampler.refresh_rules()
    one.now += 3_599
    assert one.sampler.decide(API).rule == "Default"
    one.now += 2
    assert one.sampler.decide(API).rule == "local"


@pytest.mark.parametrize(
    ("more", "fits"),
    [
        ({}, True),
        ({"Attributes": {"tier": "gold"}}, False),
        ({"ResourceARN": "arn:aws:ecs:1"}, False),
        ({"Version": 2}, False),
        ({"ServiceType": ""}, False),
    ],
)
def test_rules_that_are_not_for_sdks_are_left_out(more: dict[str, Any], *, fits: bool) -> None:
    assert understood(RULE | more) is fits


def test_what_is_not_known_matches_only_what_matches_everything() -> None:
    rule = CentralRule(RULE)
    assert rule.matches(Request(path="/api/x"), None)
    assert not rule.matches(Request(service="shop"), None)
    typed = CentralRule(RULE | {"ServiceType": "AWS::EC2::*", "URLPath": "*"})
    assert typed.matches(Request(), "AWS::EC2::Instance")
    assert not typed.matches(Request(), None)


def test_a_daemon_that_does_not_answer_is_told_once_and_hurts_nobody(caplog: pytest.LogCaptureFixture) -> None:
    losses = Losses()
    sampler = CentralSampler(("127.0.0.1", 1), fallback=Never(), losses=losses)
    try:
        assert not sampler.decide(API).sampled
        sampler._safely(sampler.refresh_rules)
        assert losses.counts["sampling"] >= 1
        assert "127.0.0.1:1" in caplog.text
    finally:
        sampler.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no forks")
def test_a_process_that_was_forked_is_another_client(client: Callable[[Service], Client]) -> None:
    one = client(Service(DEFAULT))
    one.sampler.refresh_rules()
    one.takes(5)
    sampler = one.sampler
    before = sampler._client
    with sampler._lock:  # held by another thread, as it were, at the moment of the fork
        child = os.fork()
        if child == 0:
            code = 1
            try:
                sampler.decide(API)
                (rule,) = sampler._rules
                code = 0 if sampler._client != before and rule.requests == 1 else 2
            finally:
                os._exit(code)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    assert sampler._rules[0].requests == 5
