"""What is deleted while documents come: all of it at the first call, and nothing of what comes is lost."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any, Self

import pytest

from radiograph.store import deleting, maintenance
from radiograph.store.deleting import delete_rows
from radiograph.store.lake import open_lake
from radiograph.store.maintenance import Retention
from radiograph.store.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.lake import Lake, LakeOptions

BASE = 1_700_000_000
DAY = 86_400
DEADLINE = 60.0
ROUNDS = 12


class Coming:
    """Documents that come all the time, a few to a commit."""

    def __init__(self, submit: Callable[[], None]) -> None:
        self._submit = submit
        self._stop = threading.Event()
        self.commits = 0
        self._thread = threading.Thread(target=self._run)

    def _run(self) -> None:
        while not self._stop.is_set():
            self._submit()
            self.commits += 1

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(DEADLINE)


@pytest.fixture
def other(options: LakeOptions, lake: Lake) -> Any:
    """The lake as another node sees it, where there can be one."""
    if options.embedded:
        yield lake
        return
    other = open_lake(options)
    yield other
    other.close()


def test_retention_deletes_at_once_while_documents_come(
    lake: Lake, other: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    for days in range(ROUNDS):
        new_writer(writer_id=2 + days).submit(rows_of(press.documents(5, start=BASE + days * DAY))).result(DEADLINE)
    newest = BASE + ROUNDS * DAY
    # A node that never rests would come between every time; each waits a quarter of a second from commit to commit.
    writer = new_writer(lake=other, interval=0.001 if lake.options.embedded else 0.25)

    def submit() -> None:
        writer.submit(rows_of(press.documents(2, start=newest))).result(DEADLINE)

    with Coming(submit) as coming:
        for days in range(ROUNDS):
            before = coming.commits
            assert maintenance.retain(lake, Retention(days=1), now=BASE + (days + 2) * DAY - 1) > 0
            with lake.reading() as connection:
                row = connection.execute("SELECT epoch(min(trace_time)) FROM documents").fetchone()
            assert row is not None
            assert row[0] >= BASE + (days + 1) * DAY
            assert coming.commits >= before
        # Long enough that deletions and commits met.
        assert coming.commits > ROUNDS // 2
    assert contents.counts() == (2 * coming.commits, 2 * coming.commits)


def test_a_deletion_that_others_always_come_between_says_so(
    lake: Lake, other: Lake, new_writer: Any, press: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lake.options.embedded:
        pytest.skip("the one writer waits")
    import duckdb as duckdb_  # noqa: PLC0415 -- as slow as elsewhere

    monkeypatch.setattr(deleting, "_ATTEMPTS", 3)
    writer = new_writer(lake=other)
    writer.submit(rows_of(press.documents(4))).result(DEADLINE)
    tries = 0

    def work(connection: duckdb.DuckDBPyConnection) -> None:
        nonlocal tries
        tries += 1
        connection.execute("DELETE FROM documents")
        writer.submit(rows_of(press.documents(1))).result(DEADLINE)

    with pytest.raises(duckdb_.TransactionException, match="another transaction has inserted"):
        delete_rows(lake, work)
    assert tries == 3
