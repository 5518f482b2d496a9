"""GetServiceGraph and the time series of a group out of a real lake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from server.tests.query.test_time_series import ACCOUNT, LIMITS, NOW, PAY, Store, visit

from radiograph.errors import InvalidRequest
from radiograph.query.groups import create_group, delete_group, update_group
from radiograph.query.service_graph import service_graph
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

IDENTITY = {"region": "us-east-1", "account": ACCOUNT}
both_ways = pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])


class Groups(Store):
    """A lake with groups."""

    def create(self, name: str, filter_: str | None = None) -> str:
        request = {"GroupName": name} | ({} if filter_ is None else {"FilterExpression": filter_})
        arn: str = create_group(self.lake, request, **IDENTITY, most=25, now=NOW)["Group"]["GroupARN"]
        return arn

    def graph(self, start: float = NOW - 3600, end: float = NOW, **group: Any) -> dict[str, Any]:
        request = {"StartTime": start, "EndTime": end, **group}
        return service_graph(self.lake, request, LIMITS, **IDENTITY, hours=6, page=100, now=NOW)

    def services(self, **group: Any) -> dict[str, int]:
        """Requests by the node's name, clients left out."""
        services = self.graph(**group)["Services"]
        return {
            service["Name"]: service["SummaryStatistics"]["TotalCount"]
            for service in services
            if service["Type"] != "client"
        }


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Groups]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    store = Groups(lake)
    yield store
    store.close()
    lake.close()


@both_ways
def test_the_graph_of_a_group_has_the_traces_that_match_and_all_of_them(store: Groups, rolled_up: bool) -> None:
    arn = store.create("wrong", 'service("pay") { fault }')
    store.put(visit(1, NOW - 600), visit(2, NOW - 590, fault=True), visit(3, NOW - 580, fault=True))
    if rolled_up:
        store.roll_up()
    assert store.services(GroupName="wrong") == {"web": 2, "pay": 2, "carts": 2}
    assert store.services(GroupARN=arn) == {"web": 2, "pay": 2, "carts": 2}
    assert store.services() == {"web": 3, "pay": 3, "carts": 3}
    (client,) = [node for node in store.graph(GroupName="wrong")["Services"] if node["Type"] == "client"]
    assert client["Edges"][0]["SummaryStatistics"]["TotalCount"] == 2


@both_ways
def test_the_time_series_of_a_group_has_the_traces_that_match(store: Groups, rolled_up: bool) -> None:
    store.create("wrong", 'service("pay") { fault }')
    store.put(visit(1, NOW - 600), visit(2, NOW - 590, fault=True), visit(3, NOW - 480))
    if rolled_up:
        store.roll_up()
    (entry,) = store.entries(NOW - 3600, NOW, PAY, GroupName="wrong")
    assert entry["Timestamp"] == NOW - 600
    assert entry["ServiceSummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1
    assert entry["ServiceSummaryStatistics"]["TotalCount"] == 1
    (clients,) = store.entries(NOW - 3600, NOW, GroupName="wrong")
    assert clients["EdgeSummaryStatistics"]["TotalCount"] == 1


def test_what_is_counted_and_what_is_not_yet_add_up(store: Groups) -> None:
    store.create("wrong", 'service("pay") { fault }')
    store.put(visit(1, NOW - 600, fault=True))
    store.roll_up()
    store.put(visit(2, NOW - 590, fault=True), visit(3, NOW - 590))
    assert store.services(GroupName="wrong") == {"web": 2, "pay": 2, "carts": 2}


def test_a_group_without_a_filter_is_every_trace_and_so_is_default(store: Groups) -> None:
    store.create("all")
    store.create("wrong", "fault")
    store.put(visit(1, NOW - 600))
    store.roll_up()
    everything = {"web": 1, "pay": 1, "carts": 1}
    assert store.services(GroupName="all") == store.services(GroupName="Default") == everything
    assert store.services(GroupName="wrong") == {}


def test_a_group_that_is_made_again_starts_clean(store: Groups) -> None:
    store.create("wrong", 'service("pay") { fault }')
    store.put(visit(1, NOW - 600, fault=True))
    store.roll_up()
    delete_group(store.lake, {"GroupName": "wrong"}, **IDENTITY)
    store.create("wrong", 'service("pay") { fault }')
    assert store.services(GroupName="wrong") == {}


def test_an_answer_says_that_the_filter_has_changed_since_its_range_began(store: Groups) -> None:
    store.create("wrong", "fault")
    changed = {"GroupName": "wrong", "FilterExpression": "error"}
    assert not store.graph(GroupName="wrong")["ContainsOldGroupVersions"]
    update_group(store.lake, changed, **IDENTITY, now=NOW - 600)
    for start, end, older in ((NOW - 1200, NOW, True), (NOW - 1200, NOW - 900, True), (NOW - 600, NOW, False)):
        assert store.graph(start, end, GroupName="wrong")["ContainsOldGroupVersions"] is older
        assert store.answer(start, end, GroupName="wrong")["ContainsOldGroupVersions"] is older
        assert not store.graph(start, end)["ContainsOldGroupVersions"]


def test_a_group_that_does_not_exist_is_refused(store: Groups) -> None:
    with pytest.raises(InvalidRequest, match="group nowhere does not exist"):
        store.graph(GroupName="nowhere")
    with pytest.raises(InvalidRequest, match="group nowhere does not exist"):
        store.answer(NOW - 60, NOW, GroupName="nowhere")
