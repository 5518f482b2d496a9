"""What keep policies would have kept: counted by hand, and compared with what they then keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from server.tests.query.test_time_series import ACCOUNT, LIMITS, NOW
from server.tests.sampling.test_rehearsal import BASE, Traffic

from radiograph.query.groups import create_group
from radiograph.query.keeping import KeepFigures, keep_what_matters
from radiograph.query.view import Ground, view_of
from radiograph.sampling.expected import Figures
from radiograph.sampling.keep_rehearsal import rehearse_keeping
from radiograph.store.keep_policies import KeepPolicy, change_keep_policies
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAULTS = KeepPolicy(name="faults", filter="service() { fault }")
SLOW = KeepPolicy(name="slow", filter="responsetime > 1")


def rest(share: float) -> KeepPolicy:
    return KeepPolicy(name="Rest", share=share)


class Rehearsed(Traffic):
    def ask(self, *draft: KeepPolicy, group: str = "", start: float = 0, **more: Any) -> dict[str, Any]:
        ground = Ground(lake=self.lake, limits=LIMITS, account=ACCOUNT, region="", hours=24, now=BASE + 3_600)
        view = view_of(ground, {"start": BASE + start, "end": BASE + 600, "group": group})
        return rehearse_keeping(view, draft, **more)

    def force(self, *policies: KeepPolicy) -> None:
        change_keep_policies(self.lake, policies, now=1)

    def with_child(self, at: float, child: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
        """A trace of two documents: a request, and what it calls."""
        request = self.request(at, **more)
        other = {**self.request(at, name="stock"), "trace_id": request["trace_id"], "parent_id": request["id"]}
        return [request, other | child]


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Rehearsed]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    found = Rehearsed(lake)
    yield found
    found.store.close()
    lake.close()


def by_name(found: dict[str, Any], of: str = "rules") -> dict[str, Any]:
    return {each["name"]: each for each in found[of]}


def test_without_traces_nothing_is_kept(traffic: Rehearsed) -> None:
    found = traffic.ask(FAULTS, rest(0.1))
    assert found["traces"] == 0
    assert found["total"] == {"now": Figures(), "draft": Figures()}
    assert [(each["name"], each["change"]) for each in found["rules"]] == [("faults", "new"), ("Rest", "changed")]
    assert found["services"] == []


def test_the_first_policy_that_matches_decides_and_rest_takes_its_share(traffic: Rehearsed) -> None:
    traffic.put(
        traffic.request(1, fault=True, takes=5),
        traffic.request(2, takes=2),
        *(traffic.request(second) for second in range(10, 18)),
    )
    found = traffic.ask(FAULTS, SLOW, rest(0.25))
    total = found["total"]
    assert (total["now"].requests, total["now"].kept) == (10, 10)
    assert (total["draft"].requests, total["draft"].kept) == (10, pytest.approx(2 + 8 * 0.25))
    rules = by_name(found)
    assert rules["faults"]["now"] is None
    assert (rules["faults"]["draft"].requests, rules["faults"]["draft"].kept) == (1, 1)
    assert (rules["slow"]["draft"].requests, rules["slow"]["draft"].kept) == (1, 1)
    assert (rules["Rest"]["draft"].requests, rules["Rest"]["draft"].kept) == (8, 2)
    assert rules["Rest"]["now"].requests == 10
    assert (found["share"], found["traces"], found["problem"]) == (1, 10, None)


def test_a_fault_deep_in_a_trace_counts_for_the_trace_whose_service_is_where_it_began(traffic: Rehearsed) -> None:
    traffic.store.put(traffic.with_child(1, {"fault": True}), traffic.with_child(2, {}))
    found = traffic.ask(FAULTS, rest(0))
    figures = found["total"]["draft"]
    assert (figures.requests, figures.kept, figures.errors, figures.errors_kept) == (2, 1, 1, 1)
    assert (figures.documents, figures.documents_kept) == (4, 2)
    assert [service["name"] for service in found["services"]] == ["shop"]


def test_a_fault_in_a_subsegment_is_one_of_its_trace(traffic: Rehearsed) -> None:
    inner = {"id": "ab" * 8, "name": "db", "start_time": BASE + 1, "end_time": BASE + 1.05, "throttle": True}
    traffic.put(traffic.request(1, subsegments=[inner]), traffic.request(2))
    assert traffic.ask(rest(0.5))["total"]["draft"].errors == 1


def test_users_are_kept_with_one_of_their_traces(traffic: Rehearsed) -> None:
    traffic.put(
        *(traffic.request(second, user="ada") for second in range(2)),
        traffic.request(5, user="bo", fault=True),
        traffic.request(6),
    )
    figures = traffic.ask(FAULTS, rest(0.5))["total"]["draft"]
    assert (figures.users, figures.users_kept) == (2, pytest.approx(1 + 0.75))


def test_the_policies_in_force_are_the_other_side(traffic: Rehearsed) -> None:
    traffic.put(*(traffic.request(second, fault=second < 2) for second in range(10)))
    traffic.force(FAULTS, rest(0.5))
    found = traffic.ask(rest(0.1))
    assert (found["total"]["now"].kept, found["total"]["draft"].kept) == (pytest.approx(2 + 4), pytest.approx(1))
    rules = by_name(found)
    assert rules["faults"]["change"] == "gone"
    assert (rules["faults"]["now"].kept, rules["faults"]["draft"]) == (2, None)
    assert by_name(traffic.ask(FAULTS, rest(0.5)))["faults"]["change"] == "same"


def test_only_the_groups_traces_of_the_range_count(traffic: Rehearsed) -> None:
    wanted = {"GroupName": "paid", "FilterExpression": 'user = "ada"'}
    create_group(traffic.lake, wanted, region="", account=ACCOUNT, most=25, now=BASE - 3_600)
    traffic.put(traffic.request(1, user="ada"), traffic.request(2), traffic.request(300, user="ada"))
    traffic.store.roll_up()
    assert traffic.ask(rest(0.5))["traces"] == 3
    assert traffic.ask(rest(0.5), group="paid")["traces"] == 2
    assert traffic.ask(rest(0.5), group="paid", start=200)["traces"] == 1


def test_of_many_traces_a_share_is_looked_into_and_stands_for_all(traffic: Rehearsed) -> None:
    traffic.put(*(traffic.request(part / 10, fault=part % 2 == 0) for part in range(2_000)))
    found = traffic.ask(FAULTS, rest(0.0), most=500)
    assert 350 < found["traces"] < 650
    assert found["share"] == pytest.approx(0.25, rel=0.3)  # the count is approximate
    figures = found["total"]["draft"]
    assert figures.requests == pytest.approx(2_000, rel=0.25)
    assert figures.kept == pytest.approx(figures.requests / 2, rel=0.15)


def test_it_tells_what_the_policies_then_keep(traffic: Rehearsed) -> None:
    traffic.put(
        *(traffic.request(part / 10, fault=part % 5 == 0, takes=1.5 if part % 3 else 0.1) for part in range(900))
    )
    policies = (FAULTS, KeepPolicy(name="slow", filter="responsetime > 1", share=0.5), rest(0.1))
    told = by_name(traffic.ask(*policies))
    traffic.force(*policies)
    kept = KeepFigures()
    traffic.store.roll_up()
    counted = int(NOW * 1e6) + 10**9
    assert keep_what_matters(traffic.lake, LIMITS, kept, counted=counted, account=ACCOUNT) == 900
    for name, rule in told.items():
        decided = kept.kept.get(name, 0) + kept.dropped.get(name, 0)
        assert decided == rule["draft"].requests
        assert kept.kept.get(name, 0) == pytest.approx(
            rule["draft"].kept, abs=3 * (rule["draft"].requests * 0.25) ** 0.5
        )
    again = traffic.ask(*policies)["total"]["draft"]
    # What was kept stands for what was dropped: the estimate of all that came is near.
    assert again.requests == pytest.approx(900, rel=0.2)
