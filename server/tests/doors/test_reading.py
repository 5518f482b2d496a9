"""Reading a batch: every document for itself, in this process as in another."""

import json
import time

import pytest

from radiograph.doors.reading import Readers, read_batch
from radiograph.store.rows import Rows
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document

NOW = 1_795_330_800.0


def text(number: int) -> str:
    ids = {"trace_id": f"1-{int(NOW):08x}-{number:024x}", "id": f"{number:016x}"}
    return json.dumps({**ids, "name": f"service {number}", "start_time": NOW - 1, "end_time": NOW})


def test_good_documents_keep_their_order_and_refusals_their_place() -> None:
    batch = read_batch([text(1), "nonsense", text(2), b"\xff", text(3)], Limits(), NOW, "123456789012")
    assert batch.tables.segments["name"].to_pylist() == ["service 1", "service 2", "service 3"]
    assert batch.tables.segments["account"].to_pylist() == ["123456789012"] * 3
    assert {place: refusal.code for place, refusal in batch.refusals.items()} == {1: "ParseError", 3: "ParseError"}


def test_a_document_that_cannot_become_a_row_is_refused_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    add = Rows.add

    def fails_for_two(self: Rows, document: Document) -> None:
        if document.name == "service 2":
            self._trace_ids.append("half a row")
            raise OverflowError("no column is wide enough")
        add(self, document)

    monkeypatch.setattr(Rows, "add", fails_for_two)
    batch = read_batch([text(1), text(2), text(3)], Limits(), NOW, "")
    assert batch.tables.segments["name"].to_pylist() == ["service 1", "service 3"]
    assert batch.refusals[1].code == "InternalFailure"
    assert batch.refusals[1].id == f"{2:016x}"


def test_another_process_reads_the_same() -> None:
    texts = [text(number) for number in range(1, 4001)]
    readers = Readers(1, Limits(), "1")
    try:
        deadline = time.monotonic() + 60
        # Beyond 3,000 documents a second the process is started; until it is up, one reads here.
        while (reading := readers.submit(texts, NOW)) is None:
            assert time.monotonic() < deadline
        batch = reading.result(60)
    finally:
        readers.stop()
    here = read_batch(texts, Limits(), NOW, "1")
    assert batch.tables.segments.equals(here.tables.segments)
    assert batch.tables.documents.equals(here.tables.documents)


def test_little_is_read_here_and_none_ever_when_there_are_no_processes() -> None:
    few = Readers(1, Limits(), "1")
    assert few.submit([text(1)], NOW) is None
    assert few.processes == 0
    none = Readers(0, Limits(), "1")
    assert none.submit([text(number) for number in range(1, 9000)], NOW) is None
