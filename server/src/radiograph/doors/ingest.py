"""What every door does with segment documents: read them, keep the good ones, count why the others are refused."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import msgspec
import structlog

from radiograph.doors.xray_api.contract import Unprocessed
from radiograph.trace.parse import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from radiograph.store.writer import Writer
    from radiograph.trace.limits import Limits
    from radiograph.trace.refusal import Refusal

_log = structlog.get_logger("radiograph.ingest")

_EXAMPLE_LENGTH = 200
# Reading so many documents would hold up the event loop for too long.
_MANY_DOCUMENTS = 200


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


class Ingest:
    """From the text of documents to the writer's queue.

    Args:
        writer: where good documents go.
        limits: what is accepted.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(self, writer: Writer, limits: Limits, *, now: Callable[[], float]) -> None:
        self._writer = writer
        self._limits = limits
        self._now = now
        self._lock = threading.Lock()
        self.counters = IngestCounters({}, {}, {}, {})

    async def put_trace_segments(self, texts: list[str]) -> list[Unprocessed]:
        """Take a batch whose sender waits: return the refused ones once the others are committed.

        Raises:
            Overloaded: the writer's queue is full; nothing of the batch was taken.
            StoreUnavailable: the good documents could not be written.
        """
        if len(texts) > _MANY_DOCUMENTS:
            documents, refusals = await asyncio.to_thread(self._read, texts, "http")
        else:
            documents, refusals = self._read(texts, "http")
        try:
            answer = self._writer.submit(documents)
        except Exception:
            self._count(self.counters.overloaded, "http", len(documents))
            raise
        await asyncio.wrap_future(answer)
        return [Unprocessed(id=refusal.id, error_code=refusal.code, message=refusal.message) for refusal in refusals]

    def deliver(self, datagrams: list[bytes]) -> bool:
        """Take a batch from the UDP door, whose senders wait for nothing. Return whether there was room for it."""
        documents, _ = self._read(datagrams, "udp")
        if self._writer.offer(documents):
            return True
        self._count(self.counters.overloaded, "udp", len(documents))
        return False

    def _read(self, texts: Sequence[str | bytes], door: str) -> tuple[list[Document], list[Refusal]]:
        now = self._now()
        limits = self._limits
        documents: list[Document] = []
        refusals: list[Refusal] = []
        repaired = 0
        for text in texts:
            read = parse_document(text, limits, now)
            if isinstance(read, Document):
                documents.append(read)
                if read.repairs:
                    repaired += 1
            else:
                refusals.append(read)
                self._refused(read, text, door)
        self._count(self.counters.received, door, len(texts))
        self._count(self.counters.accepted, door, len(documents))
        if repaired:
            with self._lock:
                self.counters.repaired += repaired
        return documents, refusals

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
