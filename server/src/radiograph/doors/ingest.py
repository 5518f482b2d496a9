"""What every door does with segment documents: read them, keep the good ones, count why the others are refused."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import msgspec
import structlog

from radiograph.doors.reading import ReadBatch, read_batch
from radiograph.doors.xray_api.contract import Unprocessed
from radiograph.errors import Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from radiograph.doors.reading import Readers
    from radiograph.store.writer import Writer
    from radiograph.trace.limits import Limits
    from radiograph.trace.refusal import Refusal

_log = structlog.get_logger("radiograph.ingest")

_EXAMPLE_LENGTH = 200
# Reading so many documents would hold up the event loop for too long.
_MANY_DOCUMENTS = 200
# Requests are joined to batches of about so many documents for another process; so many batches are under way.
_JOINED_DOCUMENTS = 1_000
_BATCHES_UNDER_WAY = 3
# While other processes read, requests wait so long for others to be joined with, seconds: in batches of fifty a
# document costs twice as much as in batches of five hundred. The commit comes much later anyway.
_GATHER_SECONDS = 0.05
_MOST_WAITING = 50_000
_UDP_BATCHES_UNDER_WAY = 16


class RefusedDocuments(msgspec.Struct):
    """Documents refused with one code.

    Args:
        count: how many.
        message: what the sender of the last one was told.
        example: its first 200 characters.
        door: where it came in, "http" or "udp".
    """

    count: int
    message: str
    example: str
    door: str


class IngestCounters(msgspec.Struct):
    """What came in, by door.

    Args:
        received: documents by door.
        accepted: documents that were good, by door.
        repaired: accepted documents in which something was repaired.
        refused: documents refused, by error code.
        overloaded: documents turned away because the writer's queue was full, by door.
    """

    received: dict[str, int]
    accepted: dict[str, int]
    refused: dict[str, RefusedDocuments]
    overloaded: dict[str, int]
    repaired: int = 0


class _Request(msgspec.Struct):
    """A batch of one sender, waiting to be read by another process; the answer is its refusals by place."""

    texts: list[str]
    answer: asyncio.Future[dict[int, Refusal]]


class Ingest:
    """From the text of documents to the writer's queue.

    Args:
        writer: where good documents go.
        readers: the processes that read when much comes in.
        limits: what is accepted.
        account: id of the account that segments belong to when they name none.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(
        self, writer: Writer, readers: Readers, limits: Limits, account: str, *, now: Callable[[], float]
    ) -> None:
        self._writer = writer
        self._readers = readers
        self._limits = limits
        self._account = account
        self._now = now
        self._lock = threading.Lock()
        self._waiting: list[_Request] = []
        self._waiting_documents = 0
        self._gathering = False
        self._under_way: set[asyncio.Task[None]] = set()
        self._udp_under_way = 0
        self.counters = IngestCounters({}, {}, {}, {})

    async def put_trace_segments(self, texts: list[str]) -> list[Unprocessed]:
        """Take a batch whose sender waits: return the refused ones once the others are committed.

        Raises:
            Overloaded: too much waits; nothing of the batch was taken.
            StoreUnavailable: the good documents could not be written.
        """
        if self._waiting_documents > _MOST_WAITING:
            self._count(self.counters.overloaded, "http", len(texts))
            raise Overloaded(f"{self._waiting_documents:,} documents wait to be read; send again later")
        request = _Request(texts, asyncio.get_running_loop().create_future())
        self._waiting.append(request)
        self._waiting_documents += len(texts)
        if not self._readers.processes or self._waiting_documents >= _JOINED_DOCUMENTS:
            self._begin()
        elif not self._gathering:
            self._gathering = True
            asyncio.get_running_loop().call_later(_GATHER_SECONDS, self._gathered)
        refusals = await request.answer
        return [
            Unprocessed(id=refusal.id, error_code=refusal.code, message=refusal.message)
            for refusal in refusals.values()
        ]

    def _gathered(self) -> None:
        self._gathering = False
        self._begin()

    def _begin(self) -> None:
        """Take waiting requests together and read them, unless enough is being read: what is done then goes on."""
        if not self._waiting or len(self._under_way) >= _BATCHES_UNDER_WAY:
            return
        taken: list[_Request] = []
        documents = 0
        while self._waiting and documents < _JOINED_DOCUMENTS:
            request = self._waiting.pop(0)
            taken.append(request)
            documents += len(request.texts)
        self._waiting_documents -= documents
        task = asyncio.create_task(self._take(taken))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    async def _take(self, requests: list[_Request]) -> None:
        """Read some requests' documents, write the good ones, answer."""
        texts = [text for request in requests for text in request.texts]
        try:
            batch = await self._read(texts)
            answer = self._writer.submit(batch.tables)
        except Exception as problem:  # noqa: BLE001 -- every sender hears what happened
            self._count(self.counters.overloaded, "http", len(texts))
            _fail(requests, problem)
            return
        finally:
            # The next batch is read while this one is written.
            task = asyncio.current_task()
            if task is not None:
                self._under_way.discard(task)
            if not self._gathering:
                self._begin()
        try:
            await asyncio.wrap_future(answer)
        except Exception as problem:  # noqa: BLE001 -- likewise
            _fail(requests, problem)
            return
        place = 0
        for request in requests:
            end = place + len(request.texts)
            refusals = {at - place: refusal for at, refusal in batch.refusals.items() if place <= at < end}
            place = end
            if not request.answer.done():
                request.answer.set_result(refusals)

    async def _read(self, texts: list[str]) -> ReadBatch:
        reading = self._readers.submit(texts, self._now())
        if reading is not None:
            try:
                batch = await asyncio.wrap_future(reading)
            except Exception:  # noqa: BLE001 -- the process died: its work is done here
                self._readers.broken()
            else:
                self._book(batch, texts, "http")
                return batch
        if len(texts) > _MANY_DOCUMENTS:
            batch = await asyncio.to_thread(read_batch, texts, self._limits, self._now(), self._account)
        else:
            batch = read_batch(texts, self._limits, self._now(), self._account)
        self._book(batch, texts, "http")
        return batch

    def deliver(self, datagrams: list[bytes]) -> bool:
        """Take a batch from the UDP door, whose senders wait for nothing. Return whether there was room for it."""
        if self._udp_under_way >= _UDP_BATCHES_UNDER_WAY:
            self._count(self.counters.overloaded, "udp", len(datagrams))
            return False
        reading = self._readers.submit(datagrams, self._now())
        if reading is None:
            return self._offer(read_batch(datagrams, self._limits, self._now(), self._account), datagrams)
        with self._lock:
            self._udp_under_way += 1
        reading.add_done_callback(lambda done: self._read_elsewhere(done, datagrams))
        return True

    def _read_elsewhere(self, reading: Future[ReadBatch], datagrams: list[bytes]) -> None:
        with self._lock:
            self._udp_under_way -= 1
        if reading.cancelled() or reading.exception() is not None:
            self._readers.broken()
            self._offer(read_batch(datagrams, self._limits, self._now(), self._account), datagrams)
        else:
            self._offer(reading.result(), datagrams)

    def _offer(self, batch: ReadBatch, datagrams: list[bytes]) -> bool:
        self._book(batch, datagrams, "udp")
        if self._writer.offer(batch.tables):
            return True
        self._count(self.counters.overloaded, "udp", batch.tables.count)
        return False

    def _book(self, batch: ReadBatch, texts: Sequence[str | bytes], door: str) -> None:
        """Count what was read."""
        self._count(self.counters.received, door, len(texts))
        self._count(self.counters.accepted, door, batch.tables.count)
        if batch.repaired:
            with self._lock:
                self.counters.repaired += batch.repaired
        for place, refusal in batch.refusals.items():
            self._refused(refusal, texts[place], door)

    def _refused(self, refusal: Refusal, text: str | bytes, door: str) -> None:
        start = text[: 4 * _EXAMPLE_LENGTH]
        example = (start if isinstance(start, str) else start.decode(errors="replace"))[:_EXAMPLE_LENGTH]
        with self._lock:
            known = self.counters.refused.get(refusal.code)
            if known is None:
                self.counters.refused[refusal.code] = RefusedDocuments(1, refusal.message, example, door)
            else:
                known.count += 1
                known.message = refusal.message
                known.example = example
                known.door = door
        if known is None:
            # One line for each kind; the counters tell the rest. The document may hold secrets: it is not logged.
            _log.warning("document refused", code=refusal.code, message=refusal.message, id=refusal.id, door=door)

    def _count(self, counter: dict[str, int], door: str, number: int) -> None:
        with self._lock:
            counter[door] = counter.get(door, 0) + number


def _fail(requests: list[_Request], problem: Exception) -> None:
    for request in requests:
        if not request.answer.done():
            request.answer.set_exception(problem)
