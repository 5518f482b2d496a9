"""The table of sampling rules on both catalogs: nothing is changed by two at once."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from radiograph.errors import StoreUnavailable
from radiograph.store import schema
from radiograph.store.lake import open_lake
from radiograph.store.sampling_rules import RuleSet, SamplingRule, all_rules, change_rules

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake, LakeOptions

DEADLINE = 60.0
NOW = 1_700_000_000_123_456
DEFAULT = SamplingRule(name="Default", priority=10_000, fixed_rate=0.05, reservoir=1)
FULL = SamplingRule(
    name='ü "quoted"',
    arn="arn:aws:xray:eu-west-1:123456789012:sampling-rule/ü",
    resource_arn="arn:*",
    priority=7,
    fixed_rate=1 / 3,
    reservoir=2**31 - 1,
    per_minute=0,
    service_name="shop'; DROP TABLE groups; --",
    service_type="",
    host="*",
    http_method="GET",
    url_path="/a\\b/*",
    attributes={"k": "", "": "v", "ü": '"'},
    boost_rate=0.75,
    boost_cooldown=0,
    created=NOW,
    modified=NOW + 1,
)
PLAIN = SamplingRule(name="plain", priority=8, fixed_rate=0.0, reservoir=0, per_minute=30)


class Taken(Exception):  # noqa: N818 -- named after what happened
    """What a change raises when it finds the name taken."""


def add(lake: Lake, rule: SamplingRule, *, now: int = NOW) -> None:
    def change(_connection: duckdb.DuckDBPyConnection, known: list[SamplingRule]) -> list[SamplingRule]:
        if rule.name in {other.name for other in known}:
            raise Taken
        return [*known, rule]

    change_rules(lake, change, now=now)


def test_a_new_lake_has_the_rule_default(lake: Lake) -> None:
    assert all_rules(lake) == RuleSet((DEFAULT,), 0)


def test_an_older_lake_gets_the_rule_default_too(options: LakeOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:8])
    open_lake(options).close()
    monkeypatch.undo()
    lake = open_lake(options)
    assert all_rules(lake) == RuleSet((DEFAULT,), 0)
    lake.close()


def test_rules_come_back_as_they_were_in_the_order_in_which_they_are_tried(lake: Lake) -> None:
    add(lake, PLAIN)
    add(lake, FULL, now=NOW + 5)
    assert all_rules(lake) == RuleSet((FULL, PLAIN, DEFAULT), NOW + 5)


def test_rules_are_there_after_a_restart(options: LakeOptions) -> None:
    lake = open_lake(options)
    add(lake, FULL)
    lake.close()
    lake = open_lake(options)
    assert all_rules(lake) == RuleSet((FULL, DEFAULT), NOW)
    lake.close()


def test_no_change_moves_no_time(lake: Lake) -> None:
    add(lake, FULL)
    change_rules(lake, lambda _, known: known[::-1], now=NOW + 100)
    assert all_rules(lake).changed == NOW


def test_of_many_who_make_a_rule_of_one_name_in_the_same_moment_one_succeeds(lake: Lake) -> None:
    start = threading.Barrier(4)

    def make(number: int) -> bool:
        start.wait(DEADLINE)
        try:
            add(lake, msgspec.structs.replace(PLAIN, priority=number + 1))
        except Taken:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(make, range(4))) == 1
    assert len(all_rules(lake).rules) == 2


def test_two_nodes_do_not_make_the_same_rule_and_both_see_it(options: LakeOptions) -> None:
    if options.embedded:
        pytest.skip("one process only")
    lakes = [open_lake(msgspec.structs.replace(options, folder=options.folder / str(number))) for number in range(2)]
    start = threading.Barrier(2)

    def make(number: int) -> bool:
        start.wait(DEADLINE)
        try:
            add(lakes[number], PLAIN)
        except Taken:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, range(2))) == [False, True]
    assert all_rules(lakes[0]) == all_rules(lakes[1]) == RuleSet((PLAIN, DEFAULT), NOW)
    for lake in lakes:
        lake.close()


def test_a_store_that_cannot_write_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("radiograph.store.whole_tables.flush_new_files", full)
    with pytest.raises(StoreUnavailable, match=r"change of sampling rules cannot be stored: .*No space left"):
        add(lake, FULL)
    monkeypatch.undo()
    assert all_rules(lake) == RuleSet((DEFAULT,), 0)
