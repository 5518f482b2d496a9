"""What every store must keep, whichever catalog it has."""

from __future__ import annotations

import concurrent.futures
import json
import random
import shutil
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiograph.errors import ConfigurationError, Overloaded, StoreUnavailable
from radiograph.store import lease, maintenance, schema
from radiograph.store.lake import open_lake
from radiograph.store.maintenance import MaintenanceCounters, Retention
from radiograph.store.reader import stored_documents
from radiograph.store.rows import RowTables, rows_of
from radiograph.store.writer import Writer, WriterOptions

if TYPE_CHECKING:
    from radiograph.store.lake import Lake, LakeOptions

BASE = 1_700_000_000
DEADLINE = 30.0
DAY = 86_400.0

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    # One lake for all examples: every document has an id of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batch=st.lists(
        st.tuples(json_values, st.booleans(), st.sampled_from([None, 1]), st.booleans()), min_size=1, max_size=20
    )
)
def test_what_is_written_is_read_back_byte_for_byte(
    lake: Lake, new_writer: Any, press: Any, batch: list[tuple[Any, bool, int | None, bool]]
) -> None:
    writer = new_writer()
    documents = []
    for value, ascii_only, indent, upper in batch:
        members = json.loads(press.text())
        # The ids that the store abbreviates, also where they mean nothing, and in capitals.
        members["metadata"] = {"any": value, members["id"]: [members["trace_id"] * 2, members["id"] + members["id"]]}
        if upper:
            members["id"] = members["id"].upper()
        documents.append(press.read(json.dumps(members, ensure_ascii=ascii_only, indent=indent)))
    writer.submit(rows_of(documents)).result(DEADLINE)
    writer.stop()
    with lake.reading() as connection:
        found = stored_documents(connection, [document.trace_id for document in documents])
    for document in documents:
        assert [stored.text for stored in found[document.trace_id]] == [document.text]


def test_a_sender_is_answered_after_its_documents_can_be_read(new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer(interval=5.0)
    for sent in (2, 4, 6):
        writer.submit(rows_of(press.documents(2))).result(DEADLINE)
        assert contents.counts() == (sent, sent)


def test_deliveries_that_wait_together_share_a_commit(new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer(interval=0.3)
    answers = [writer.submit(rows_of(press.documents(1))) for _ in range(50)]
    for answer in answers:
        answer.result(DEADLINE)
    assert contents.counts() == (50, 50)
    assert writer.counters.commits <= 5


def test_a_stop_commits_what_is_queued(new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer(interval=10.0)
    assert writer.offer(rows_of(press.documents(7)))
    writer.stop()
    assert contents.counts() == (7, 7)
    assert not writer.offer(rows_of(press.documents(1)))


def test_nothing_is_lost_or_doubled_while_files_are_merged_and_deleted(
    lake: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    writer = new_writer(interval=0.01, documents=10)
    counters = MaintenanceCounters()
    stop = threading.Event()
    seen: list[int] = []

    def read() -> None:
        while not stop.is_set():
            documents, segments = contents.counts()
            assert documents == segments
            seen.append(documents)

    def tidy() -> None:
        while not stop.is_set():
            maintenance.merge(lake, counters, everything=True)
            # Files that nobody can need any more are those that readers left a moment ago.
            maintenance.expire(lake, now=time.time(), keep_seconds=5.0)

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        others = [pool.submit(read), pool.submit(tidy)]
        texts: list[str] = []
        try:
            for _ in range(25):
                documents = press.documents(10)
                texts.extend(document.text for document in documents)
                writer.submit(rows_of(documents)).result(DEADLINE)
        finally:
            stop.set()
        for other in others:
            other.result(DEADLINE)
    assert seen == sorted(seen)
    assert contents.texts() == sorted(texts)
    assert counters.merges > 0


def test_files_without_use_are_deleted(lake: Lake, new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer()
    for _ in range(8):
        writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    folder = Path(lake.options.data_path) / "main" / "documents"
    assert len(list(folder.glob("*.parquet"))) == 8
    maintenance.merge(lake, MaintenanceCounters(), everything=True)
    maintenance.expire(lake, now=time.time() + 1, keep_seconds=0)
    assert len(list(folder.glob("*.parquet"))) == 1
    assert contents.counts() == (8, 8)


def test_what_is_left_over_is_merged_once_nothing_more_comes(lake: Lake, new_writer: Any, press: Any) -> None:
    writer = new_writer()
    for _ in range(8):
        writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    counters = MaintenanceCounters()
    maintenance.merge(lake, counters, now=time.time())
    assert counters.merges == 0
    maintenance.merge(lake, counters, now=time.time() + 60)
    assert counters.merges == 2
    with lake.reading() as connection:
        assert connection.execute(
            "SELECT file_count FROM ducklake_table_info('lake') WHERE table_name = 'documents'"
        ).fetchone() == (1,)
    maintenance.merge(lake, counters, now=time.time() + 120)
    assert counters.merges == 2


def test_files_that_a_crash_left_are_deleted_when_they_are_old_and_in_a_folder_of_our_own(
    lake: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    new_writer().submit(rows_of(press.documents(2))).result(DEADLINE)
    (known,) = (Path(lake.options.data_path) / "main" / "documents").glob("*.parquet")
    lost = known.with_name("ducklake-lost.parquet")
    shutil.copy(known, lost)
    maintenance.sweep(lake, now=time.time())
    assert lost.exists()
    maintenance.sweep(lake, now=time.time() + DAY + 5)
    assert lost.exists() == bool(lake.options.storage)
    assert known.exists()
    assert contents.counts() == (2, 2)


def test_a_reader_keeps_its_snapshot_until_it_is_done(lake: Lake, new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer()
    writer.submit(rows_of(press.documents(3))).result(DEADLINE)
    with lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (3,)
        writer.submit(rows_of(press.documents(4))).result(DEADLINE)
        assert connection.execute("SELECT count(*) FROM segments").fetchone() == (3,)
    assert contents.counts() == (7, 7)


def test_retention_by_age_deletes_what_is_older_and_nothing_else(
    lake: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    now = BASE + 10 * DAY
    old = press.documents(20, start=now - 2 * DAY - 2)
    young = press.documents(20, start=now - 2 * DAY + 2)
    new_writer().submit(rows_of([*old, *young])).result(DEADLINE)
    deleted_before = maintenance.retain(lake, Retention(days=2), now=now)
    assert deleted_before == now - 2 * DAY
    assert contents.texts() == sorted(document.text for document in young)
    assert contents.counts() == (20, 20)
    assert maintenance.retain(lake, Retention(days=2), now=now) == 0.0


def test_retention_by_size_deletes_the_oldest_and_not_much_more_than_it_must(
    lake: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    writer = new_writer()
    noise = random.Random(3)
    documents = [
        press.read(press.text(start=BASE + second, metadata={"noise": noise.randbytes(1000).hex()}))
        for second in range(600)
    ]
    writer.submit(rows_of(documents)).result(DEADLINE)
    size = lake.size()[1]
    allowed = size * 0.8
    for _ in range(6):  # further rounds find nothing more to do
        maintenance.retain(lake, Retention(days=36_500, gigabytes=allowed / 1e9), now=BASE + DAY)
    assert lake.size()[1] <= allowed
    kept = contents.texts()
    # A fifth must go, a twentieth may.
    assert 0.7 * len(documents) <= len(kept) <= 0.82 * len(documents)
    newest = sorted(document.text for document in documents[-len(kept) :])
    assert kept == newest


def test_an_older_lake_is_brought_up_to_date(options: LakeOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    def add_colour(connection: Any) -> None:
        connection.execute("ALTER TABLE documents ADD COLUMN colour VARCHAR")

    older = schema.MIGRATIONS
    open_lake(options).close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*older, add_colour))
    lake = open_lake(options)
    with lake.reading() as connection:
        assert schema.version(connection) == len(older) + 1
        assert connection.execute("SELECT colour FROM documents").fetchall() == []
    lake.close()
    open_lake(options).close()  # and not twice


def test_a_migration_that_fails_leaves_the_lake_as_it_was(
    options: LakeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_halfway(connection: Any) -> None:
        connection.execute("CREATE TABLE halfway (number INTEGER)")
        connection.execute("SELECT * FROM nowhere")

    older = schema.MIGRATIONS
    open_lake(options).close()
    monkeypatch.setattr(schema, "MIGRATIONS", (*older, break_halfway))
    with pytest.raises(ConfigurationError, match="nowhere"):
        open_lake(options)
    monkeypatch.setattr(schema, "MIGRATIONS", older)
    lake = open_lake(options)
    with lake.reading() as connection:
        assert connection.execute(
            "SELECT count(*) FROM duckdb_tables() WHERE database_name = 'lake' AND table_name = 'halfway'"
        ).fetchone() == (0,)
    lake.close()


def test_a_newer_lake_is_refused_with_a_sentence(options: LakeOptions, monkeypatch: pytest.MonkeyPatch) -> None:
    older = schema.MIGRATIONS
    monkeypatch.setattr(schema, "MIGRATIONS", (*older, schema.version))
    open_lake(options).close()
    monkeypatch.setattr(schema, "MIGRATIONS", older)
    with pytest.raises(
        ConfigurationError,
        match=f"schema version {len(older) + 1} and this Radiograph knows only {len(older)}; start the newer",
    ):
        open_lake(options)


def test_a_full_queue_turns_senders_away_and_takes_them_again_later(new_writer: Any, press: Any, contents: Any) -> None:
    writer = new_writer(interval=0.5, documents=100_000, queue_bytes=100_000)
    taken = []
    while writer.queued[1] < 97_000:  # one document more is too much
        taken.append(writer.submit(rows_of(press.documents(1))))
    with pytest.raises(Overloaded, match="queue_bytes") as refusal:
        writer.submit(rows_of(press.documents(2)))
    assert refusal.value.retry_after > 0
    # About 2,000 bytes of overhead a document: the bound holds fewer than 50.
    assert 10 < len(taken) < 50
    assert writer.queued[1] <= 100_000
    assert not writer.offer(rows_of(press.documents(2)))
    for answer in taken:
        answer.result(DEADLINE)
    writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    assert contents.counts() == (len(taken) + 1, len(taken) + 1)
    assert writer.counters.refused == 4
    assert writer.queued == (0, 0)


def test_a_store_that_cannot_write_says_so_and_recovers_without_a_restart(
    lake: Lake, new_writer: Any, press: Any, contents: Any
) -> None:
    writer = new_writer(interval=0.01)
    writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    folder = Path(lake.options.data_path) / "main"
    aside = folder.with_name("aside")
    folder.rename(aside)
    folder.write_text("a file where the folder of the tables was", encoding="ascii")
    assert writer.offer(rows_of(press.documents(5)))  # nobody waits for these
    with pytest.raises(StoreUnavailable, match=r"the store cannot write: .*; free disk space or mend the store"):
        writer.submit(rows_of(press.documents(3))).result(DEADLINE)
    assert writer.problem is not None
    folder.unlink()
    aside.rename(folder)
    writer.submit(rows_of(press.documents(2))).result(DEADLINE)
    assert writer.problem is None
    writer.stop()
    # The three were given back to their sender; the five were kept and written when it was possible again.
    assert contents.counts() == (8, 8)
    assert writer.counters.documents == 8
    assert writer.counters.lost == 0


def test_rows_that_cannot_be_written_take_nobody_with_them(new_writer: Any, press: Any, contents: Any) -> None:
    """Whatever a future fault of ours may put into them."""
    good = rows_of(press.documents(2))
    poison = RowTables(good.documents, good.segments, good.count - 1, good.bytes)  # a count that is wrong
    writer = new_writer(interval=0.1)
    writer.offer(rows_of(press.documents(1)))
    writer.offer(poison)
    bad = writer.submit(poison)
    answer = writer.submit(good)
    with pytest.raises(StoreUnavailable, match=r"documents cannot be stored \(.*\); please report this"):
        bad.result(DEADLINE)
    answer.result(DEADLINE)
    writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    writer.stop()
    assert contents.counts() == (4, 4)
    assert writer.counters.lost == 1


def test_a_store_that_fails_while_a_fault_is_isolated_loses_nothing_else(
    new_writer: Any, press: Any, contents: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = rows_of(press.documents(2))
    poison = RowTables(good.documents, good.segments, good.count - 1, good.bytes)
    insert = Writer._insert
    full = iter([True])

    def on_a_full_disk(writer: Writer, connection: Any, parts: Any) -> None:
        if len(parts) == 1 and parts[0] is good and next(full, False):
            raise OSError(28, "No space left on device")
        insert(writer, connection, parts)

    monkeypatch.setattr(Writer, "_insert", on_a_full_disk)
    writer = new_writer(interval=0.1)
    writer.offer(poison)
    writer.offer(good)
    writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    writer.stop()
    assert contents.counts() == (3, 3)
    assert writer.counters.lost == 1


def test_one_of_two_holders_has_the_lease(lake: Lake) -> None:
    if lake.options.embedded:
        pytest.skip("one process only")
    assert lease.acquire(lake, "upkeep", "a", now=1000.0, seconds=60)
    assert not lease.acquire(lake, "upkeep", "b", now=1059.0, seconds=60)
    assert lease.acquire(lake, "upkeep", "a", now=1059.0, seconds=60)  # renewed: it ends at 1119
    assert not lease.acquire(lake, "upkeep", "b", now=1118.0, seconds=60)
    assert lease.acquire(lake, "other job", "b", now=1118.0, seconds=60)
    assert lease.acquire(lake, "upkeep", "b", now=1119.5, seconds=60)
    assert not lease.acquire(lake, "upkeep", "a", now=1120.0, seconds=60)


def test_of_many_who_ask_for_a_lease_in_the_same_moment_one_gets_it(lake: Lake) -> None:
    if lake.options.embedded:
        pytest.skip("one process only")
    for attempt in range(5):
        start = threading.Barrier(4)

        def ask(holder: str, name: str = f"job {attempt}", start: threading.Barrier = start) -> bool:
            start.wait(DEADLINE)
            return lease.acquire(lake, name, holder, now=1000.0, seconds=60)

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            granted = list(pool.map(ask, "abcd"))
        assert sum(granted) == 1, f"{granted} at attempt {attempt}"


def test_a_lake_can_be_left_and_opened_again(options: LakeOptions, press: Any) -> None:
    for count in (3, 6):
        lake = open_lake(options)
        writer = Writer(lake, WriterOptions(fsync=True), writer_id=count, now=time.time)
        writer.start()
        writer.submit(rows_of(press.documents(3))).result(DEADLINE)
        writer.stop()
        with lake.reading() as connection:
            assert connection.execute("SELECT count(*) FROM documents").fetchone() == (count,)
        lake.close()
    shutil.rmtree(options.folder)
