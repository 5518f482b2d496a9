"""Which traces belong to a group: gained when they are counted, never lost, whatever fails."""

from __future__ import annotations

import concurrent.futures
import json
import threading
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from server.tests.store.test_group_reference import expression, set_filter
from server.tests.store.test_rollup_reference import ACCOUNT, BASE, FOREVER, LIMITS, NOW, Clock, Node, segment
from structlog.testing import capture_logs

from radiograph.query import membership, rollup, row_search
from radiograph.query.conditions import Row
from radiograph.query.filters import matches, parse
from radiograph.query.group_rules import GroupRules, Rule
from radiograph.query.rollup import live_tail, roll_up
from radiograph.query.row_search import Search, search_for
from radiograph.store import maintenance, schema
from radiograph.store.groups import Group, change_groups
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.maintenance import MaintenanceCounters, Retention

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Shop:
    """A lake into which documents come while a clock is moved by hand."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.clock = Clock(NOW)
        self.rules = GroupRules(account=ACCOUNT)
        self._node = Node(lake, 1, self.clock)

    def come(self, *documents: dict[str, Any]) -> None:
        self._node.commit([json.dumps(document) for document in documents])
        self.clock.seconds += 1

    def roll_up(self, **more: Any) -> None:
        settled = int(self.clock() * 1_000_000)
        roll_up(self.lake, LIMITS, settled=settled, account=ACCOUNT, groups=self.rules, **more)

    def requests(self, group: str) -> int:
        """Requests to nodes that are counted for a group."""
        with self.lake.reading() as connection:
            query = "SELECT coalesce(sum(count), 0)::BIGINT FROM node_minutes WHERE group_id = ?"
            return int((connection.execute(query, [group]).fetchone() or (0,))[0])

    def live_requests(self, group: str) -> int:
        """Likewise, with those of the tail."""
        with self.lake.reading() as connection:
            rule = Rule(group, group, expression(self.lake, group))
            live_tail(connection, LIMITS, ACCOUNT, now=int(self.clock() * 1_000_000), rule=rule)
            query = "SELECT coalesce(sum(count), 0)::BIGINT FROM node_contributions"
            tail = int((connection.execute(query).fetchone() or (0,))[0])
        return self.requests(group) + tail

    def rows(self, table: str) -> int:
        with self.lake.reading() as connection:
            return int((connection.execute(f"SELECT count(*) FROM {table}").fetchone() or (0,))[0])


@pytest.fixture
def shop(lake: Lake) -> Shop:
    """On both catalogs."""
    return Shop(lake)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Shop]:
    lake = open_lake(LakeOptions(folder=tmp_path / "own", threads=1))
    yield Shop(lake)
    lake.close()


FAULT = segment(1, 1, fault=True)
WAITING = segment(1, 1, fault=True, parent_id="00000000deadbeef")


def test_a_trace_belongs_to_the_groups_that_it_matches_when_it_is_counted(shop: Shop) -> None:
    set_filter(shop.lake, "wrong", "fault")
    set_filter(shop.lake, "pay", 'service("pay")')
    shop.come(FAULT, segment(2, 1), segment(3, 1, name="pay"))
    for _ in range(2):  # first from the tail, then from the rows
        assert (shop.live_requests("wrong"), shop.live_requests("pay")) == (1, 1)
        shop.roll_up()
    assert (shop.requests("wrong"), shop.requests("pay")) == (1, 1)


def test_another_filter_is_for_traces_that_are_counted_afterwards(own: Shop) -> None:
    set_filter(own.lake, "group", "fault")
    own.come(FAULT, segment(2, 1))
    own.roll_up()
    set_filter(own.lake, "group", "!fault")
    own.come(segment(3, 1, fault=True), segment(4, 1), segment(5, 1))
    own.roll_up()
    # The first, and two of the last three.
    assert own.requests("group") == 3


def test_a_trace_that_belongs_is_not_lost_and_grows(own: Shop) -> None:
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 1))
    own.roll_up()
    own.come(segment(1, 2, fault=True, parent_id=f"{1:016x}"))
    assert own.live_requests("calm") == 2
    own.roll_up()
    assert own.requests("calm") == 2
    assert own.rows("memberships") == 1


def test_so_does_one_that_is_not_joined_in_sql(own: Shop) -> None:
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 1), segment(1, 1))  # sent twice
    own.roll_up()
    own.come(segment(1, 2, parent_id=f"{1:016x}"))
    assert own.live_requests("calm") == 2
    own.roll_up()
    assert own.requests("calm") == 2


def test_a_late_document_that_makes_a_trace_match_brings_the_whole_trace(own: Shop) -> None:
    set_filter(own.lake, "wrong", 'service("pay") { fault }')
    own.come(segment(1, 1))
    own.roll_up()
    assert own.requests("wrong") == 0
    own.come(segment(1, 2, name="pay", fault=True, parent_id=f"{1:016x}"))
    own.roll_up()
    assert own.requests("wrong") == 2


def test_a_partial_trace_waits_for_a_minute_and_is_decided_without_another_document(tmp_path: Path) -> None:
    """Also when Radiograph is restarted meanwhile."""
    options = LakeOptions(folder=tmp_path / "data", threads=1)
    lake = open_lake(options)
    before = Shop(lake)
    set_filter(lake, "wrong", "fault")
    before.come(WAITING)
    before.roll_up()
    lake.close()
    lake = open_lake(options)
    shop = Shop(lake)
    shop.clock.seconds = NOW + 59
    shop.roll_up()
    assert (shop.live_requests("wrong"), shop.rows("undecided")) == (0, 1)
    shop.clock.seconds = NOW + 61
    assert shop.live_requests("wrong") == 1
    shop.roll_up()
    assert (shop.requests("wrong"), shop.rows("undecided")) == (1, 0)
    lake.close()


def test_a_partial_trace_is_decided_about_as_soon_as_it_is_complete(own: Shop) -> None:
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 1, in_progress=True, end_time=None))
    own.roll_up()
    assert (own.requests("calm"), own.rows("undecided")) == (0, 1)
    own.come(segment(1, 1))
    own.roll_up()
    assert (own.requests("calm"), own.rows("undecided")) == (1, 0)


def test_what_waits_is_decided_about_by_all_that_came_even_when_the_roll_up_comes_late(own: Shop) -> None:
    """The trace was calm until its second document, half a minute later; nothing was counted meanwhile."""
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 2, parent_id=f"{1:016x}"))
    own.clock.seconds += 30
    own.come(segment(1, 1, fault=True))
    own.clock.seconds += 600
    own.roll_up()
    assert own.requests("calm") == 0


def test_a_trace_that_waited_for_a_deleted_group_waits_no_longer_than_a_minute(own: Shop) -> None:
    set_filter(own.lake, "wrong", "fault")
    own.come(WAITING)
    own.roll_up()
    change_groups(own.lake, lambda _connection, known: [group for group in known if not group.id])
    own.clock.seconds += 61
    own.roll_up()
    assert own.rows("undecided") == 0


def test_without_a_group_nothing_is_kept_of_groups(own: Shop) -> None:
    own.come(WAITING)
    own.roll_up()
    assert (own.rows("memberships"), own.rows("undecided")) == (0, 0)


def test_traces_of_a_group_are_corrected_while_it_has_no_filter(own: Shop) -> None:
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 1))
    own.roll_up()
    set_filter(own.lake, "calm", "")
    own.come(segment(1, 2, parent_id=f"{1:016x}"))
    own.roll_up()
    set_filter(own.lake, "calm", "!fault")
    own.come(segment(1, 3, parent_id=f"{2:016x}"))
    own.roll_up()
    assert own.requests("calm") == 3


# ---- what fails -----------------------------------------------------------------------------------------------------


def test_a_roll_up_that_fails_at_its_end_has_decided_nothing(own: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    set_filter(own.lake, "wrong", "fault")
    own.come(FAULT, segment(2, 1, fault=True, parent_id="00000000deadbeef"))

    def keep(connection: duckdb.DuckDBPyConnection, decided: membership.Decided) -> None:
        membership.keep(connection, decided)
        raise OSError("the disk is full")

    monkeypatch.setattr(rollup, "keep", keep)
    with pytest.raises(OSError, match="disk"):
        own.roll_up()
    assert (own.requests("wrong"), own.rows("memberships"), own.rows("undecided")) == (0, 0, 0)
    monkeypatch.undo()
    own.roll_up()
    assert (own.requests("wrong"), own.rows("memberships"), own.rows("undecided")) == (1, 1, 1)
    assert own.rules.figures["wrong"].traces == 1


def test_two_roll_ups_at_once_join_nothing_twice(own: Shop) -> None:
    set_filter(own.lake, "wrong", "fault")
    own.come(FAULT)
    start = threading.Barrier(2)

    def count() -> bool:
        start.wait(30)
        try:
            roll_up(own.lake, LIMITS, settled=FOREVER, account=ACCOUNT)
        except duckdb.TransactionException:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        succeeded = [one.result(30) for one in [pool.submit(count), pool.submit(count)]]
    assert any(succeeded)
    assert (own.requests("wrong"), own.rows("memberships")) == (1, 1)


def test_a_group_that_cannot_be_evaluated_is_left_out_until_its_filter_changes(
    own: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def evaluate(wanted: Any, subject: Any) -> bool:
        if wanted == parse("fault AND !ok"):
            raise RecursionError("too deep")
        return matches(wanted, subject)

    monkeypatch.setattr(membership, "matches", evaluate)
    set_filter(own.lake, "broken", "fault AND !ok")
    set_filter(own.lake, "wrong", "fault")
    with capture_logs() as logs:
        for number in (1, 2):
            own.come(segment(number, 1, fault=True))
            own.roll_up()
    assert (own.requests("broken"), own.requests("wrong")) == (0, 2)
    assert [entry["group"] for entry in logs if entry["log_level"] == "error"] == ["broken"]
    figures = own.rules.figures["broken"]
    assert (figures.failures, figures.problem) == (1, "too deep")
    set_filter(own.lake, "broken", "fault")
    own.come(segment(3, 1, fault=True))
    own.roll_up()
    assert own.requests("broken") == 1
    assert (figures.failures, figures.problem) == (1, None)


def test_a_group_whose_search_the_database_refuses_is_left_out_and_the_rest_is_counted(
    own: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_filter(own.lake, "broken", "error")
    set_filter(own.lake, "wrong", "fault")
    broken = expression(own.lake, "broken")

    def search(wanted: Any) -> Search | None:
        return Search(Row("(name || 'x')::BOOLEAN"), {}) if wanted == broken else search_for(wanted)

    monkeypatch.setattr(row_search, "search_for", search)
    own.come(FAULT)
    own.roll_up()
    assert own.requests("wrong") == 1
    assert own.rules.figures["broken"].failures == 1
    assert "webx" in (own.rules.figures["broken"].problem or "")


def test_a_filter_that_cannot_be_read_any_more_keeps_the_traces_it_had(own: Shop) -> None:
    set_filter(own.lake, "group", "!fault")
    own.come(segment(1, 1))
    own.roll_up()
    set_filter(own.lake, "group", "no filter at all")
    own.come(segment(1, 2, parent_id=f"{1:016x}"), segment(2, 1))
    own.roll_up()
    own.roll_up()
    assert own.requests("group") == 2
    assert own.rules.figures["group"].failures == 1


# ---- upkeep ---------------------------------------------------------------------------------------------------------


def test_what_deleted_groups_counted_is_deleted_and_nothing_else(shop: Shop) -> None:
    set_filter(shop.lake, "gone", "fault")
    set_filter(shop.lake, "kept", "fault")
    shop.come(FAULT)
    shop.roll_up()
    everything = shop.rows("node_minutes WHERE group_id IS NULL")
    assert not maintenance.forget_groups(shop.lake)

    def delete(_connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        return [group for group in known if group.name != "gone"]

    change_groups(shop.lake, delete)
    assert maintenance.forget_groups(shop.lake)
    assert (shop.requests("gone"), shop.requests("kept"), shop.rows("memberships")) == (0, 1, 1)
    assert shop.rows("node_minutes WHERE group_id IS NULL") == everything


def test_what_an_older_radiograph_counted_is_of_all_traces(
    options: LakeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also after it was merged with what the newer one counts."""
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:4])
    monkeypatch.setattr(schema, "_TABLE_OPTIONS", {})
    lake = open_lake(options)
    for _ in range(2):
        with lake.reading() as connection:
            connection.execute(
                """
                INSERT INTO node_minutes
                VALUES (make_timestamp(0), 'old', '', '', true, true, 0, 1, 1, 1, 1000, NULL, NULL)
                """
            )
    lake.close()
    monkeypatch.undo()
    lake = open_lake(options)
    shop = Shop(lake)
    set_filter(lake, "wrong", "fault")
    for number in (1, 2):
        shop.come(segment(number, 1, fault=True))
        shop.roll_up()
    for _ in range(2):
        assert shop.rows("node_minutes WHERE group_id IS NULL") == 4
        assert shop.rows("node_minutes WHERE group_id = 'wrong'") == 2
        maintenance.merge(lake, MaintenanceCounters(), everything=True)
    lake.close()


def test_retention_deletes_who_belonged(own: Shop) -> None:
    set_filter(own.lake, "wrong", "fault")
    own.come(FAULT)
    own.roll_up()
    maintenance.retain(own.lake, Retention(days=1), now=BASE + 3 * 86_400)
    assert own.rows("memberships") == 0


def test_joining_traces_are_counted_by_group(own: Shop) -> None:
    set_filter(own.lake, "wrong", "fault")
    set_filter(own.lake, "calm", "!fault")
    own.come(FAULT, segment(2, 1), segment(3, 1))
    own.roll_up()
    own.come(segment(2, 2, parent_id=f"{1:016x}"))  # belongs already
    own.roll_up()
    assert {figures.name: figures.traces for figures in own.rules.figures.values()} == {"wrong": 1, "calm": 2}
