"""The table of groups on both catalogs: nothing is changed by two at once."""

from __future__ import annotations

import concurrent.futures
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from radiograph.errors import StoreUnavailable
from radiograph.store import maintenance, schema
from radiograph.store.groups import Group, all_groups, change_groups
from radiograph.store.lake import open_lake
from radiograph.store.maintenance import MaintenanceCounters
from radiograph.store.tags import forget_tags, put_tags, tags_of

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake, LakeOptions

DEADLINE = 60.0
DEFAULT = Group(id="", name="Default", arn="")
SLOW = Group(
    id="ABC",
    name="slow",
    arn="arn:aws:xray:eu-west-1:123456789012:group/slow/ABC",
    filter='service("ü") { responsetime > 5 }',
    insights=True,
    notifications=True,
    created=1_700_000_000_123_456,
    filter_changed=1_700_000_001_000_001,
)
FAST = Group(id="DEF", name="Fast", arn="arn:aws:xray:eu-west-1:123456789012:group/Fast/DEF")


class Taken(Exception):  # noqa: N818 -- named after what happened
    """What a change raises when it finds the name taken."""


def add(lake: Lake, group: Group) -> None:
    def change(_connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        if group.name in {other.name for other in known}:
            raise Taken
        return [*known, group]

    change_groups(lake, change)


def test_a_new_lake_has_the_group_default(lake: Lake) -> None:
    assert all_groups(lake) == [DEFAULT]


def test_an_older_lake_gets_the_group_default_too(options: LakeOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:2])
    monkeypatch.setattr(schema, "_TABLE_OPTIONS", {})
    open_lake(options).close()
    monkeypatch.undo()
    lake = open_lake(options)
    assert all_groups(lake) == [DEFAULT]
    lake.close()


def test_groups_come_back_as_they_were_default_first_and_then_by_name(lake: Lake) -> None:
    add(lake, SLOW)
    add(lake, FAST)
    assert all_groups(lake) == [DEFAULT, FAST, SLOW]


def test_groups_are_there_after_a_restart(options: LakeOptions) -> None:
    lake = open_lake(options)
    add(lake, SLOW)
    lake.close()
    lake = open_lake(options)
    assert all_groups(lake) == [DEFAULT, SLOW]
    lake.close()


def test_a_change_that_fails_changes_nothing_not_even_tags(lake: Lake) -> None:
    add(lake, SLOW)

    def change(connection: duckdb.DuckDBPyConnection, _known: list[Group]) -> list[Group]:
        put_tags(connection, SLOW.arn, {"team": "shop"})
        raise Taken

    with pytest.raises(Taken):
        change_groups(lake, change)
    with lake.reading() as connection:
        assert tags_of(connection, SLOW.arn) == {}
    assert all_groups(lake) == [DEFAULT, SLOW]


def test_tags_belong_to_one_arn_and_can_be_forgotten(lake: Lake) -> None:
    with lake.reading() as connection:
        put_tags(connection, SLOW.arn, {"team": "shop", "": "ü"})
        put_tags(connection, FAST.arn, {"team": "till"})
    with lake.reading() as connection:
        assert tags_of(connection, SLOW.arn) == {"": "ü", "team": "shop"}
        forget_tags(connection, SLOW.arn)
    with lake.reading() as connection:
        assert tags_of(connection, SLOW.arn) == {}
        assert tags_of(connection, FAST.arn) == {"team": "till"}


def test_of_many_who_make_a_group_of_one_name_in_the_same_moment_one_succeeds(lake: Lake) -> None:
    for attempt in range(3):
        start = threading.Barrier(4)

        def make(number: int, name: str = f"group-{attempt}", start: threading.Barrier = start) -> bool:
            start.wait(DEADLINE)
            try:
                add(lake, Group(id=f"{name}-{number}", name=name, arn=f"arn:{name}:{number}"))
            except Taken:
                return False
            return True

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert sum(pool.map(make, range(4))) == 1
    assert [group.name for group in all_groups(lake)] == ["Default", "group-0", "group-1", "group-2"]


def test_changes_in_the_same_moment_all_come_to_be_while_files_are_merged(lake: Lake) -> None:
    stop = threading.Event()

    def tidy() -> None:
        while not stop.is_set():
            maintenance.merge(lake, MaintenanceCounters(), everything=True)

    def make(number: int) -> None:
        for part in range(3):
            name = f"{number}-{part}"
            add(lake, Group(id=name, name=name, arn=f"arn:{name}"))

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        tidying = pool.submit(tidy)
        try:
            list(pool.map(make, range(3)))
        finally:
            stop.set()
        tidying.result(DEADLINE)
    assert [group.name for group in all_groups(lake)][1:] == [f"{n}-{part}" for n in range(3) for part in range(3)]


def test_two_nodes_do_not_make_the_same_group(options: LakeOptions) -> None:
    if options.embedded:
        pytest.skip("one process only")
    lakes = [open_lake(msgspec.structs.replace(options, folder=options.folder / str(number))) for number in range(2)]
    start = threading.Barrier(2)

    def make(number: int) -> bool:
        start.wait(DEADLINE)
        try:
            add(lakes[number], Group(id=str(number), name="slow", arn=f"arn:{number}"))
        except Taken:
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(make, range(2))) == [False, True]
    assert all_groups(lakes[0]) == all_groups(lakes[1])
    for lake in lakes:
        lake.close()


def test_a_store_that_cannot_write_says_so(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("radiograph.store.whole_tables.flush_new_files", full)
    with pytest.raises(StoreUnavailable, match=r"cannot be stored: .*No space left.*; try again"):
        add(lake, SLOW)
    monkeypatch.undo()
    assert all_groups(lake) == [DEFAULT]


def test_however_many_changes_leave_one_file(lake: Lake) -> None:
    """So that a read stays quick without a merge."""
    for number in range(10):
        add(lake, Group(id=str(number), name=str(number), arn=f"arn:{number}"))
    with lake.reading() as connection:
        assert connection.execute(
            "SELECT file_count, delete_file_count FROM ducklake_table_info('lake') WHERE table_name = 'groups'"
        ).fetchone() == (1, 0)
