"""The courier brings every document once the service takes it, and keeps it until then."""

from __future__ import annotations

import itertools
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.relay.courier import Courier
from radiograph.relay.gate import Gate, full_jitter
from radiograph.relay.inbox import Inbox
from radiograph.relay.ledger import Ledger, Seldom
from radiograph.relay.spool import Spool
from radiograph.relay.uplink import BadBatch, Delivered, Later, Unprocessed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from radiograph.relay.uplink import ErrorKind, Outcome


class Bench:
    """A courier with everything around it, and a service that is a function."""

    def __init__(self, folder: Path, lines: Any, send: Callable[[list[bytes]], Outcome], *, memory: int) -> None:
        self.ledger = Ledger()
        self.gate = Gate(clock=time.monotonic, random=lambda: 0.01)
        self.inbox = Inbox(memory, clock=time.monotonic)
        self.spool = Spool(folder, max_bytes=10**9, log=lines.logger, clock=time.monotonic)
        self.taken: list[bytes] = []
        self.sizes: list[int] = []
        self.most_held = 0
        self._send = send
        self._lock = threading.Lock()
        self.courier = Courier(
            inbox=self.inbox,
            spool=self.spool,
            send=self.send,
            gate=self.gate,
            ledger=self.ledger,
            workers=4,
            log=lines.logger,
            clock=time.monotonic,
            random=lambda: 0.01,
        )
        self.courier.start()

    def send(self, documents: list[bytes]) -> Outcome:
        outcome = self._send(documents)
        with self._lock:
            self.sizes.append(len(documents))
            if isinstance(outcome, Delivered):
                self.taken += documents
        return outcome


@pytest.fixture
def bench(folder: Path, lines: Any) -> Iterator[Callable[..., Bench]]:
    made: list[Bench] = []

    def make(send: Callable[[list[bytes]], Outcome], *, memory: int = 10**7) -> Bench:
        made.append(Bench(folder, lines, send, memory=memory))
        return made[-1]

    yield make
    for one in made:
        one.courier.stop(0.1)
        one.spool.close()


def numbered(count: int) -> list[bytes]:
    return [b'{"id":"%016x","trace_id":"1-5759e988-%024x"}' % (n, n) for n in range(count)]


def test_documents_are_sent_in_calls_of_at_most_fifty_and_touch_no_disk(bench: Any, until: Any) -> None:
    one = bench(lambda _documents: Delivered([]))
    one.inbox.put(numbered(230))
    until(lambda: len(one.taken) == 230)
    assert sorted(one.taken) == numbered(230)
    assert sorted(one.sizes) == [30, 50, 50, 50, 50]
    assert (one.ledger.sent, one.ledger.batches, one.ledger.spooled) == (230, 5, 0)
    until(lambda: one.inbox.held == 0)


def test_a_call_is_bounded_in_bytes_as_well(bench: Any, until: Any) -> None:
    one = bench(lambda _documents: Delivered([]))
    one.inbox.put([b"x" * 60_000] * 50)
    until(lambda: len(one.taken) == 50)
    assert max(one.sizes) == 17  # 17 x 60,000 bytes fit into 1 MiB


def test_one_bad_document_does_not_take_its_batch_with_it(bench: Any, until: Any, lines: Any) -> None:
    def send(documents: list[bytes]) -> Outcome:
        return BadBatch("HTTP 400: bad") if any(b"bad" in document for document in documents) else Delivered([])

    one = bench(send)
    good = numbered(49)
    bad = b'{"id":"bad","trace_id":"1-5759e988-bad"}'
    one.inbox.put([*good[:17], bad, *good[17:]])
    until(lambda: one.ledger.refused_total == 1)
    until(lambda: len(one.taken) == 49)
    assert sorted(one.taken) == good
    entry = one.ledger.refusals["InvalidRequest"]
    assert (entry.count, entry.trace_id, entry.example) == (1, "1-5759e988-bad", bad.decode())
    assert lines.find("the service refused a document")[0]["trace_id"] == "1-5759e988-bad"
    assert one.gate.is_open


def test_refusals_are_counted_by_code_with_their_trace(bench: Any, until: Any, lines: Any) -> None:
    def send(_documents: list[bytes]) -> Outcome:
        return Delivered([Unprocessed("0000000000000003", "InvalidName", "no"), Unprocessed(None, None, None)])

    one = bench(send)
    # The first document holds the id of the fourth, as an exception's id might.
    documents = numbered(5)
    documents[0] = b'{"cause":{"id":"0000000000000003"},"id":"ffffffffffffffff","trace_id":"wrong"}'
    one.inbox.put(documents)
    until(lambda: one.ledger.refused_total == 2)
    refusals = one.ledger.refusals
    assert refusals["InvalidName"].trace_id == "1-5759e988-000000000000000000000003"
    assert refusals["InvalidName"].message == "no"
    assert refusals["Unknown"].trace_id == ""
    assert one.ledger.sent == 5


@pytest.mark.parametrize("denied", [False, True])
def test_an_outage_loses_nothing_and_keeps_memory_bounded(
    bench: Any,
    until: Any,
    lines: Any,
    denied: bool,
) -> None:
    up = threading.Event()
    kind: ErrorKind = "4xx" if denied else "refused"

    def send(_documents: list[bytes]) -> Outcome:
        return Delivered([]) if up.is_set() else Later(kind, "it is away", denied=denied)

    one = bench(send, memory=100_000)
    documents = numbered(20_000)  # twelve times the memory
    for chunk in _chunks(documents, 200):
        until(lambda chunk=chunk: one.inbox.put(chunk))
        assert one.inbox.held <= 100_000
    until(lambda: one.inbox.waiting == 0)
    assert one.taken == []
    assert one.spool.waiting == 20_000
    up.set()
    until(lambda: len(one.taken) == 20_000)
    assert sorted(one.taken) == documents
    until(lambda: one.spool.waiting == 0)
    until(lambda: one.inbox.held == 0)
    assert one.ledger.errors[kind] > 0
    assert lines.find("takes documents again")
    assert len(lines.find("denies the daemon")) == (1 if denied else 0)  # a minute


def test_an_outage_is_probed_by_one_call_at_a_time(bench: Any, until: Any) -> None:
    under_way, most = [0], [0]
    lock = threading.Lock()
    first = threading.Event()

    def send(_documents: list[bytes]) -> Outcome:
        with lock:
            under_way[0] += 1
            if first.is_set():
                most[0] = max(most[0], under_way[0])
        threading.Event().wait(0.01)
        with lock:
            under_way[0] -= 1
        return Later("5xx", "HTTP 503")

    one = bench(send)
    one.inbox.put(numbered(50))
    until(lambda: not one.gate.is_open and under_way[0] == 0)
    first.set()
    one.inbox.put(numbered(1000))
    until(lambda: one.gate.failures >= 5)
    assert most[0] == 1


def test_a_failure_in_the_middle_of_a_split_keeps_what_was_not_sent_yet(bench: Any, until: Any) -> None:
    calls = itertools.count()

    def send(documents: list[bytes]) -> Outcome:
        number = next(calls)
        if number == 0:
            return BadBatch("HTTP 400")
        if number == 2:
            return Later("5xx", "HTTP 500")
        if any(b"bad" in document for document in documents):
            return BadBatch("HTTP 400")
        return Delivered([])

    one = bench(send)
    good = numbered(49)
    one.inbox.put([*good, b'{"id":"bad"}'])
    until(lambda: len(one.taken) == 49 and one.ledger.refused_total == 1)
    assert sorted(one.taken) == good  # each once
    until(lambda: one.spool.is_empty)


def test_stopping_sends_what_is_in_memory(bench: Any) -> None:
    one = bench(lambda _documents: Delivered([]))
    one.inbox.put(numbered(30))
    one.courier.stop(10)
    assert sorted(one.taken) == numbered(30)
    assert one.spool.waiting == 0


def test_stopping_during_an_outage_spools_what_is_in_memory(bench: Any, until: Any) -> None:
    one = bench(lambda _documents: Later("refused", "it is away"))
    one.inbox.put(numbered(50))
    until(lambda: not one.gate.is_open)
    one.inbox.put([b"{}"] * 30)
    one.courier.stop(10)
    assert one.spool.waiting == 80


def test_stopping_spools_what_a_hanging_call_carries(bench: Any, until: Any) -> None:
    hang, called = threading.Event(), threading.Event()

    def send(_documents: list[bytes]) -> Outcome:
        called.set()
        hang.wait(20)
        return Later("timeout", "no answer")

    one = bench(send)
    one.inbox.put(numbered(50))
    assert called.wait(10)
    one.courier.stop(0.05)
    assert one.spool.waiting == 50
    hang.set()


def test_a_worker_survives_a_mistake_and_the_batch_too(bench: Any, until: Any) -> None:
    mistakes = itertools.count()

    def send(_documents: list[bytes]) -> Outcome:
        if next(mistakes) < 8:
            raise RuntimeError("a mistake")
        return Delivered([])

    one = bench(send)
    one.inbox.put(numbered(200))
    until(lambda: len(one.taken) == 200)
    assert sorted(one.taken) == numbered(200)


def test_memory_takes_no_more_than_its_limit(clock: Any) -> None:
    inbox = Inbox(100, clock=clock)
    assert inbox.put([b"x" * 60])
    assert not inbox.put([b"x" * 41])
    parcel = inbox.take(50, 10**6)
    assert parcel is not None
    assert not inbox.put([b"x" * 41])  # what is under way is still in memory
    inbox.release(parcel)
    assert inbox.put([b"x" * 41])
    assert inbox.held == 41


def test_a_restored_parcel_comes_first_again(clock: Any) -> None:
    inbox = Inbox(100, clock=clock)
    inbox.put([b"a", b"b"])
    clock.now += 3
    inbox.put([b"c"])
    parcel = inbox.take(1, 10**6)
    assert parcel is not None
    inbox.restore(parcel)
    assert inbox.age() == 3
    again = inbox.take(50, 10**6)
    assert again is not None
    assert again.documents == [b"a", b"b", b"c"]


def test_the_pause_doubles_up_to_a_minute_with_full_jitter() -> None:
    assert [full_jitter(attempts, lambda: 1.0) for attempts in (0, 1, 2, 6, 7, 1000)] == [0.5, 1, 2, 32, 60, 60]
    assert full_jitter(7, lambda: 0.25) == 15
    assert full_jitter(7, lambda: 0.0) == 0


def test_calls_that_fail_together_count_once(clock: Any) -> None:
    gate = Gate(clock=clock, random=lambda: 1.0)
    began = clock()
    clock.now += 2
    gate.failed(began=began)
    gate.failed(began=began)
    gate.failed(began=began)
    assert gate.failures == 1
    assert gate.enter() == 0.5


def test_the_gate_waits_as_long_as_the_service_asks_up_to_five_minutes(clock: Any) -> None:
    gate = Gate(clock=clock, random=lambda: 0.0)
    gate.failed(began=clock(), retry_after=30)
    assert gate.enter() == 30
    clock.now += 30
    assert gate.enter() is None
    assert gate.enter() == 0.5  # somebody else probes
    gate.failed(began=clock(), retry_after=86_400)
    assert gate.enter() == 300
    clock.now += 300
    assert gate.enter() is None
    gate.succeeded()
    assert gate.is_open
    assert gate.enter() is None


def test_a_line_is_logged_only_so_often(clock: Any) -> None:
    say = Seldom(2, 60, clock)
    assert [say() for _ in range(4)] == [True, True, False, False]
    clock.now += 60
    assert say()


def _chunks(documents: list[bytes], size: int) -> list[list[bytes]]:
    return [documents[start : start + size] for start in range(0, len(documents), size)]
