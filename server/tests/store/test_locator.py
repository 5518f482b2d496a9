"""Lookups by trace id find exactly what the catalog finds, whatever has happened to the files."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
import pytest

from radiograph.store import maintenance
from radiograph.store.locator import Locator
from radiograph.store.maintenance import MaintenanceCounters, Retention
from radiograph.store.reader import stored_documents
from radiograph.store.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.store.lake import Lake
    from radiograph.trace import Document

BASE = 1_700_000_000
DAY = 86_400.0
DEADLINE = 30.0


def by_catalog(lake: Lake, trace_ids: list[str]) -> dict[str, list[str]]:
    with lake.reading() as connection:
        found = stored_documents(connection, trace_ids)
    return {trace_id: sorted(document.text for document in documents) for trace_id, documents in found.items()}


def located(locator: Locator, trace_ids: list[str]) -> dict[str, list[str]]:
    found = locator.stored_documents(trace_ids)
    return {trace_id: sorted(document.text for document in documents) for trace_id, documents in found.items()}


@pytest.fixture
def write(new_writer: Any, press: Any) -> Callable[..., list[Document]]:
    """Commit documents, each batch in a file of its own."""
    writer = new_writer()

    def commit(*batches: list[dict[str, Any]]) -> list[Document]:
        written: list[Document] = []
        for batch in batches:
            documents = [press.read(press.text(**members)) for members in batch]
            writer.submit(rows_of(documents)).result(DEADLINE)
            written += documents
        return written

    return commit


def w3c(number: int) -> str:
    """An id without a time: its first digits, read as seconds, are in the year 2100."""
    return f"1-f4865700-{number:024x}"


def batches() -> list[list[dict[str, Any]]]:
    """Traces in one file and over several, timed and not, and one that is late by a day."""
    return [
        [{"start": BASE}, {"trace_id": w3c(1), "start": BASE}, {"trace_id": w3c(2), "start": BASE + 1}],
        [{"start": BASE + 5}, {"trace_id": w3c(1), "start": BASE + 2}, {"trace_id": f"1-{BASE:08x}-{7:024x}"}],
        [
            {"start": BASE + 10},
            {"trace_id": f"1-{BASE:08x}-{7:024x}", "start": BASE + 3},
            {"trace_id": f"1-{BASE:08x}-{7:024x}", "start": BASE + 2 * DAY},
        ],
    ]


@pytest.mark.parametrize("looked", [True, False], ids=["looked at", "not yet looked at"])
def test_every_trace_is_found_in_all_its_files(lake: Lake, write: Any, looked: bool) -> None:
    documents = write(*batches())
    ids = sorted({document.trace_id for document in documents})
    if looked:
        lake.locator.look()
    expected = by_catalog(lake, ids)
    assert sum(map(len, expected.values())) == len(documents)
    assert located(lake.locator, ids) == expected
    for trace_id in ids:
        assert located(lake.locator, [trace_id]) == {trace_id: expected[trace_id]}


def test_a_trace_is_looked_for_only_in_the_files_that_have_it(lake: Lake, write: Any) -> None:
    write(*batches())
    locator = lake.locator
    locator.look()
    for file in locator._files.values():
        file.path += ".gone"  # whoever reads it fails, and asks the catalog instead
    read: list[str] = []
    by_any_means = lake.reading

    def reading() -> Any:
        read.append("catalog")
        return by_any_means()

    lake.reading = reading  # type: ignore[method-assign]
    assert located(locator, [w3c(9)]) == {}
    assert located(locator, [f"1-{BASE + 5:08x}-{9:024x}"]) == {}
    assert read == []
    assert len(located(locator, [w3c(1)])[w3c(1)]) == 2
    assert read == ["catalog"]


def test_what_this_process_wrote_is_known_without_a_look(
    lake: Lake, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    documents = write(*batches())
    locator = lake.locator
    ids = sorted({document.trace_id for document in documents})
    assert located(locator, ids) == by_catalog(lake, ids)
    told = [(file.first, file.last, file.timed, file.untimed, file.has_untimed) for file in locator._files.values()]
    if lake.options.embedded:
        assert all(file.looked for file in locator._files.values())
        monkeypatch.setattr(locator, "_written", [])
        locator._files, locator._snapshot = {}, -1
        locator.look()
        looked = [(f.first, f.last, f.timed, f.untimed, f.has_untimed) for f in locator._files.values()]
        assert looked == told
    else:
        # Other nodes insert as well: nothing tells whose file it is.
        assert not any(file.looked for file in locator._files.values())


def test_an_unknown_trace_is_absent(lake: Lake, write: Any) -> None:
    write(*batches())
    assert located(lake.locator, [w3c(99)]) == {}
    assert located(lake.locator, []) == {}


def test_what_was_just_committed_is_found(lake: Lake, write: Any) -> None:
    for number in range(3):
        (document,) = write([{"start": BASE + number}])
        assert located(lake.locator, [document.trace_id]) == {document.trace_id: [document.text]}


def test_merged_files_are_found_and_the_old_ones_no_longer_needed(lake: Lake, write: Any) -> None:
    documents = write(*batches())
    lake.locator.look()
    ids = sorted({document.trace_id for document in documents})
    expected = by_catalog(lake, ids)
    maintenance.merge(lake, MaintenanceCounters(), everything=True)
    # As the process does a moment later, and as it does not yet: both files are there for a while.
    assert located(lake.locator, ids) == expected
    maintenance.expire(lake, now=time.time() + 1, keep_seconds=0)
    assert len(list((Path(lake.options.data_path) / "main" / "documents").glob("*.parquet"))) == 1
    assert located(lake.locator, ids) == expected
    lake.locator.look()
    assert located(lake.locator, ids) == expected


def test_what_retention_deleted_is_found_no_more(lake: Lake, write: Any) -> None:
    now = BASE + 10 * DAY
    # Few of many rows: the file stays and the rows in it are marked.
    old, *young = write([{"start": now - 3 * DAY}, *({"start": now - DAY + second} for second in range(9))])
    lake.locator.look()
    maintenance.retain(lake, Retention(days=2), now=now)
    lake.locator.look()
    ids = [document.trace_id for document in young]
    assert located(lake.locator, [old.trace_id]) == {}
    assert located(lake.locator, ids) == {document.trace_id: [document.text] for document in young}


def test_many_traces_at_once_are_found(lake: Lake, write: Any) -> None:
    documents = write(*([{"start": BASE + number}] * 3 for number in range(20)))
    lake.locator.look()
    ids = [document.trace_id for document in documents]
    assert located(lake.locator, ids) == by_catalog(lake, ids)
    assert len(located(lake.locator, ids[:6])) == 6


def test_with_little_memory_old_files_are_read_rather_than_missed(lake: Lake, write: Any) -> None:
    documents = write(*batches())
    ids = sorted({document.trace_id for document in documents})
    locator = Locator(lake, most_ids=3)
    locator.look()
    remembered = [file.timed is not None for file in locator._files.values()]
    assert remembered == [False, False, True]
    assert located(locator, ids) == by_catalog(lake, ids)
    locator.stop()


def test_a_lookup_that_lacks_memory_or_its_file_is_answered_through_the_lake(
    lake: Lake, write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (document,) = write([{"start": BASE}])
    for problem in (duckdb.OutOfMemoryException, duckdb.IOException):

        def fail(*_: Any, problem: type[Exception] = problem) -> Any:
            raise problem("as DuckDB says it")

        monkeypatch.setattr("radiograph.store.locator._read", fail)
        assert located(lake.locator, [document.trace_id]) == {document.trace_id: [document.text]}
