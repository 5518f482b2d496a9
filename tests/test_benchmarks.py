"""What the benchmarks measure with: the documents are what the results say they are, and the figures are right."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pytest
from benchmarks.corpus import DATAGRAM_HEADER, Blocks, make_corpus
from benchmarks.documents import Mix, make_traces
from benchmarks.figures import Sample, percentile, slope
from benchmarks.http_client import parse_answer
from benchmarks.machine import this_machine
from benchmarks.results import Budget, Result, latency, write

from radiograph.trace import Document, Limits, call_node, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph.trace import Entity

END = 1_700_000_000.0
START = END - 3600
REPOSITORY = Path(__file__).parent.parent


def documents(mix: Mix, count: int) -> list[str]:
    return [text for trace in make_traces(mix, count, start=START, end=END) for text in trace.documents]


def accepted(texts: list[str]) -> list[Document]:
    read = [parse_document(text, Limits(), END) for text in texts]
    assert [each for each in read if not isinstance(each, Document)] == []
    return [each for each in read if isinstance(each, Document)]


def calls(entity: Entity, *, sent: bool = True) -> Iterator[Entity]:
    """Yield the calls to others: subsegments, among them a document that is one itself."""
    if (not sent or entity.type == "subsegment") and call_node(entity) is not None:
        yield entity
    for below in entity.subsegments or ():
        yield from calls(below, sent=False)


def test_the_same_seed_makes_the_same_documents() -> None:
    assert documents(Mix(seed=7), 500) == documents(Mix(seed=7), 500)


def test_another_seed_makes_others() -> None:
    assert not set(documents(Mix(seed=7), 500)) & set(documents(Mix(seed=8), 500))


def test_every_document_is_accepted_without_a_repair() -> None:
    assert {repair for read in accepted(documents(Mix(w3c=0.5), 3000)) for repair in read.repairs} == set()


def test_a_document_has_about_1079_bytes_and_1_8_calls() -> None:
    texts = documents(Mix(), 20_000)

    size = sum(len(text.encode()) for text in texts) / len(texts)
    called = sum(1 for read in accepted(texts) for _ in calls(read.entity)) / len(texts)

    assert size == pytest.approx(1079, rel=0.03)
    assert called == pytest.approx(1.8, abs=0.1)


def test_no_two_documents_share_an_id() -> None:
    assert len({read.id for read in accepted(documents(Mix(), 5000))}) == 5000


def test_every_parent_is_in_the_same_trace() -> None:
    for trace in make_traces(Mix(), 3000, start=START, end=END):
        read = accepted(trace.documents)
        known = {each.id for each in read} | {call.id for each in read for call in calls(each.entity)}
        # Only the last trace of all may be cut, and it is cut at its end, where the first segment is.
        orphans = [each for each in read if each.parent_id is not None and each.parent_id not in known]
        assert not orphans or trace.documents[-1] == documents(Mix(), 3000)[-1]
        assert {each.trace_id for each in read} == {trace.id}


def test_among_the_documents_are_faults_errors_and_throttles_and_subsegments_sent_alone() -> None:
    read = accepted(documents(Mix(), 5000))
    assert any(each.entity.fault and each.entity.cause for each in read)
    assert any(each.entity.error for each in read)
    assert any(each.entity.throttle for each in read)
    assert any(each.is_subsegment for each in read)


def test_xray_ids_carry_the_time_and_w3c_ids_do_not() -> None:
    traces = list(make_traces(Mix(w3c=0.3), 3000, start=START, end=END))
    times = {w3c: [int(trace.id[2:10], 16) for trace in traces if trace.w3c is w3c] for w3c in (False, True)}

    assert all(START - 1 <= time <= END for time in times[False])
    assert sum(START - 1 <= time <= END for time in times[True]) <= 1  # by chance
    assert len(times[True]) / len(traces) == pytest.approx(0.3, abs=0.05)


def test_documents_are_spread_over_the_time_that_was_asked_for() -> None:
    starts = [read.entity.start_time for read in accepted(documents(Mix(), 4000))]
    assert min(starts) == pytest.approx(START, abs=5)
    assert max(starts) == pytest.approx(END, abs=5)
    assert sum(start < START + 1800 for start in starts) == pytest.approx(2000, abs=20)


def test_requests_and_datagrams_hold_the_same_documents(tmp_path: Path) -> None:
    corpus = make_corpus(tmp_path, Mix(), 120, start=START, end=END)

    datagrams = [bytes(block) for block in Blocks(corpus.datagrams)]
    bodies = [bytes(block).partition(b"\r\n\r\n") for block in Blocks(corpus.requests)]
    batches = [msgspec.json.decode(body)["TraceSegmentDocuments"] for _, _, body in bodies]

    assert [len(batch) for batch in batches] == [50, 50, 20]
    assert [text for batch in batches for text in batch] == documents(Mix(), 120)
    assert datagrams == [DATAGRAM_HEADER + text.encode() for text in documents(Mix(), 120)]
    assert all(f"Content-Length: {len(body)}".encode() in head for head, _, body in bodies)


def test_a_percentile_is_the_value_that_so_many_do_not_exceed() -> None:
    values = [float(value) for value in range(100, 0, -1)]
    assert (percentile(values, 0.5), percentile(values, 0.99), percentile(values, 1)) == (50, 99, 100)
    assert percentile([3.0], 0.99) == 3


def test_growth_is_told_per_minute() -> None:
    assert slope([Sample(0, 1000), Sample(30, 1500), Sample(60, 2000)]) == pytest.approx(1000)


def test_an_answer_is_read_only_when_it_is_complete() -> None:
    wire = b"HTTP/1.1 429 Too Many\r\nRetry-After: 2\r\nContent-Length: 4\r\n\r\nbody"
    assert parse_answer(wire[:-1]) is None
    assert parse_answer(wire + b"HTTP") == ((429, 2.0, b"body"), len(wire))


def test_a_budget_bounds_the_figure_that_it_names() -> None:
    result = latency("queries", "a trace", [0.001] * 98 + [0.030] * 2)
    assert result.median == pytest.approx(1)
    assert result.p99 == pytest.approx(30)
    assert not Budget(20, of="p99").met_by(result.figure("p99") or 0)
    assert Budget(20_000, at_least=True).met_by(20_000)
    assert not Budget(20_000, at_least=True).met_by(19_999)


def test_a_result_is_a_line_with_machine_and_budget(tmp_path: Path) -> None:
    line = Result(part="disk", what="folder", unit="bytes", n=1, median=130, budgets=(Budget(120),))
    markdown, plain = write(tmp_path, [line], this_machine(datetime(2026, 1, 2, tzinfo=UTC)), "the command", [])

    assert "| disk | folder | bytes | 1 | 130 |  |  | design: <= 120  MISSED |  |" in markdown.read_text()
    (record,) = msgspec.json.decode(plain.read_bytes())
    assert record["machine"]["date"] == "2026-01-02T00:00:00+00:00"
    assert record["machine"]["cores"] >= 1
    assert (record["command"], record["median"], record["budgets"][0]["value"]) == ("the command", 130, 120)


@pytest.mark.parametrize("words", [(), ("ingest",), ("udp",), ("queries",), ("soak",), ("daemon",), ("all",)])
def test_the_command_explains_itself_with_an_example(words: tuple[str, ...]) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "benchmarks", *words, "--help"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "Example: python -m benchmarks" in answer.stdout
