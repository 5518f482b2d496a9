"""What the page of sampling shows, counted by hand from what clients told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from radiograph.doors.console_api.sampling_view import sampling_view
from radiograph.sampling.live import Sampling
from radiograph.sampling.rules import create_rule
from radiograph.settings import resolve
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph.store.lake import Lake

    from .conftest import Api, Json

NOW = 1_700_000_003.0
IDENTITY = {"region": "us-east-1", "account": "123456789012"}
MEMBERS = {
    "ResourceARN": "*",
    "Priority": 10,
    "FixedRate": 0.1,
    "ReservoirSize": 4,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "/api/*",
    "Version": 1,
}


class Page:
    """The page over a lake, at a time that the test sets."""

    def __init__(self, lake: Lake, folder: Path) -> None:
        self.lake = lake
        self.settings = resolve({"account_id": IDENTITY["account"]}, {}, folder)
        self.sampling = Sampling(lake, started=NOW - 1_000)

    def make(self, name: str, **more: Any) -> None:
        create_rule(
            self.lake, {"SamplingRule": MEMBERS | {"RuleName": name} | more}, **IDENTITY, most=25, now=NOW - 2_000
        )

    def report(self, client: str, counts: tuple[int, int, int], *, at: float, rule: str = "api") -> None:
        names = ("RequestCount", "SampledCount", "BorrowCount")
        document = {"RuleName": rule, "ClientID": client, "Timestamp": at, **dict(zip(names, counts, strict=True))}
        request = {"SamplingStatisticsDocuments": [document]}
        self.sampling.targets.answer(request, self.sampling.rules_here(), now=at)

    def show(self, at: float = NOW) -> Json:
        return sampling_view(self.sampling, self.settings, now=at)

    def rule(self, name: str, at: float = NOW) -> Json:
        found: Json
        (found,) = [rule for rule in self.show(at)["rules"] if rule["name"] == name]
        return found


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    yield Page(lake, tmp_path)
    lake.close()


def test_the_api_serves_it(empty: Api) -> None:
    answer = empty.ask("sampling")
    assert [rule["name"] for rule in answer["rules"]] == ["Default"]
    assert empty.refused("sampling", rule="Default")[0] == 400


def test_before_any_client_there_are_rules_and_no_figures(page: Page) -> None:
    answer = page.show()
    assert {name: answer[name] for name in ("interval", "limit", "limit_used", "extensions", "changed", "clients")} == {
        "interval": 10,
        "limit": 25,
        "limit_used": 0,
        "extensions": True,
        "changed": None,
        "clients": [],
    }
    assert answer["rules"] == [
        {
            "name": "Default",
            "arn": "arn:aws:xray:us-east-1:123456789012:sampling-rule/Default",
            "is_default": True,
            "priority": 10_000,
            "fixed_rate": 0.05,
            "reservoir": 1,
            "per_minute": 0,
            **dict.fromkeys(("service_name", "service_type", "host", "http_method", "url_path", "resource_arn"), "*"),
            "attributes": {},
            "boost": None,
            "created": 0.0,
            "modified": 0.0,
            "covered_by": None,
            "ignored": None,
            "rates": dict.fromkeys(("requests", "sampled", "borrowed", "reservoir", "fixed"), 0.0),
            "share": None,
            "clients": 0,
            "quota": 0,
            "boosted": None,
            "seen": None,
        }
    ]
    assert len(answer["windows"]["start"]) == 180
    assert answer["windows"]["start"][-1] == 1_699_999_990
    assert answer["windows"]["rules"] == {}


def test_rates_are_those_of_the_last_minute_that_is_over(page: Page) -> None:
    page.make("api")
    # 600 requests in a minute; 4 a second by the reservoir are 240, and a tenth of the other 360.
    for turn in range(6):
        page.report("a" * 24, (100, 46, 0), at=NOW - 60 + 10 * turn)
    page.report("a" * 24, (1_000, 1_000, 0), at=NOW)  # in a window that is not over
    rule = page.rule("api")
    assert rule["rates"] == {
        "requests": 10.0,
        "sampled": 4.6,
        "borrowed": 0.0,
        "reservoir": pytest.approx(4.0),
        "fixed": pytest.approx(0.6),
    }
    assert rule["share"] == 0.46
    assert (rule["clients"], rule["quota"], rule["seen"]) == (1, 4, NOW)
    assert page.rule("api", at=NOW + 70)["share"] is None


def test_what_was_borrowed_is_told_apart(page: Page) -> None:
    page.make("api", FixedRate=0.0)
    page.report("a" * 24, (100, 0, 10), at=NOW - 30)
    rates = page.rule("api")["rates"]
    assert (rates["sampled"], rates["borrowed"], rates["reservoir"], rates["fixed"]) == (
        pytest.approx(1 / 6),
        pytest.approx(1 / 6),
        0.0,
        0.0,
    )


def test_with_a_rate_of_all_nothing_is_by_the_reservoir(page: Page) -> None:
    page.make("api", FixedRate=1.0)
    page.report("a" * 24, (100, 100, 0), at=NOW - 30)
    rates = page.rule("api")["rates"]
    assert (rates["reservoir"], rates["fixed"]) == (0.0, pytest.approx(100 / 60))


def test_a_client_is_shown_with_its_last_report_and_its_quota_while_that_holds(page: Page) -> None:
    page.make("api")
    page.report("a" * 24, (100, 46, 0), at=NOW)
    page.report("a" * 24, (50, 45, 5), at=NOW + 20)
    (client,) = page.show(NOW + 21)["clients"]
    assert client == {
        "id": "a" * 24,
        "rule": "api",
        "requests": 2.5,
        "sampled": 2.25,
        "borrowed": 0.25,
        "quota": 4,
        "until": NOW + 45,
        "since": NOW,
        "seen": NOW + 20,
    }
    (client,) = page.show(NOW + 46)["clients"]
    assert (client["quota"], client["until"]) == (None, None)
    assert page.show(NOW + 51)["clients"] == []


def test_half_an_hour_in_windows_of_ten_seconds(page: Page) -> None:
    page.make("api")
    page.report("a" * 24, (10, 2, 1), at=NOW - 1_750)
    page.report("a" * 24, (20, 3, 0), at=NOW - 10)
    windows = page.show()["windows"]
    assert (windows["seconds"], windows["rules"].keys()) == (10, {"api"})
    at = windows["start"].index(1_699_998_250)
    counted = windows["rules"]["api"]
    assert [counted[what][at] for what in ("requests", "sampled", "borrowed")] == [10, 2, 1]
    assert [counted[what][-1] for what in ("requests", "sampled", "borrowed")] == [20, 3, 0]
    assert sum(counted["requests"]) == 30


def test_rules_that_never_decide_say_why(page: Page) -> None:
    page.make("api")
    page.make("late", Priority=20, URLPath="/api/v1")
    page.make("by tier", Priority=1, Attributes={"tier": "gold"})
    assert page.rule("late")["covered_by"] == "api"
    assert page.rule("api")["covered_by"] is None
    assert "attributes" in page.rule("by tier")["ignored"]
    assert page.rule("by tier")["attributes"] == {"tier": "gold"}


def test_a_boost_is_shown_while_it_lasts(page: Page) -> None:
    page.make("api", SamplingRateBoost={"MaxRate": 0.5, "CooldownWindowMinutes": 10})
    anomalies = {"ServiceName": "shop", "AnomalyCount": 3, "TotalCount": 9, "SampledAnomalyCount": 0}
    request = {
        "SamplingStatisticsDocuments": [],
        "SamplingBoostStatisticsDocuments": [{"RuleName": "api", "Timestamp": NOW, **anomalies}],
    }
    page.sampling.targets.answer(request, page.sampling.rules_here(), now=NOW)
    assert page.rule("api")["boost"] == {"max_rate": 0.5, "cooldown_minutes": 10}
    assert page.rule("api")["boosted"] == {"rate": 0.5, "until": NOW + 60}
    assert page.rule("api", NOW + 60)["boosted"] is None
