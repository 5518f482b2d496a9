"""Reading documents: from texts to rows and refusals, in this process or in another.

Python runs one thread at a time. At a few thousand documents a second that is enough; beyond it, reading moves to
processes of its own, which start when they are needed and end when they are not, so that a quiet Radiograph is small.
"""

from __future__ import annotations

import gc
import multiprocessing
import os
import signal
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.connection import wait
from typing import TYPE_CHECKING

import msgspec
import structlog

from radiograph.store.rows import RowTables, rows_of
from radiograph.trace.limits import Limits  # noqa: TC001 -- what is sent to a process is known at run time
from radiograph.trace.parse import Document, parse_document
from radiograph.trace.refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = structlog.get_logger("radiograph.ingest")

# Documents a second above which other processes read, and seconds below it after which they end.
_BUSY_RATE = 3_000
_QUIET_SECONDS = 60.0
# After a reader process died: how long this process reads alone.
_RECOVERY_SECONDS = 5.0
_GARBAGE_THRESHOLD = 50_000
_UNFIT = (
    "Invalid segment. ErrorCode: InternalFailure, Cause: the document is well-formed, but Radiograph cannot store it; "
    "please report it"
)


class ReadBatch(msgspec.Struct, frozen=True):
    """What became of a batch of texts.

    Args:
        tables: the good ones as rows, in their order.
        refusals: why the others are refused, by their place in the batch.
        repaired: how many of the good ones were repaired.
    """

    tables: RowTables
    refusals: dict[int, Refusal]
    repaired: int


def read_batch(texts: Sequence[str | bytes], limits: Limits, now: float, account: str) -> ReadBatch:
    """Read a batch of documents.

    Args:
        texts: the documents as they were received.
        limits: what is accepted.
        now: seconds since the epoch.
        account: id of the account that segments belong to when they name none.
    """
    good: dict[int, Document] = {}
    refusals: dict[int, Refusal] = {}
    for place, text in enumerate(texts):
        read = parse_document(text, limits, now)
        if isinstance(read, Document):
            good[place] = read
        else:
            refusals[place] = read
    try:
        tables = rows_of(good.values(), account)
    except Exception:  # noqa: BLE001 -- whatever it is, it must not take the batch with it
        for place in [place for place, document in good.items() if not _is_fit(document, account)]:
            refusals[place] = Refusal("InternalFailure", _UNFIT, good.pop(place).id)
        tables = rows_of(good.values(), account)
    return ReadBatch(tables, refusals, sum(bool(document.repairs) for document in good.values()))


def _is_fit(document: Document, account: str) -> bool:
    try:
        rows_of([document], account)
    except Exception:  # noqa: BLE001 -- the question is whether it fails, not how
        return False
    return True


def _end_with_parent() -> None:
    """End this process as soon as the one that started it has, however that came to its end."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(0)


def _begin_reader() -> None:
    # Ctrl-C is for the parent, which lets readers finish.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 50)
    threading.Thread(target=_end_with_parent, daemon=True).start()


class Readers:
    """The processes that read when much comes in.

    Args:
        processes: how many; 0 for none ever.
        limits: what is accepted.
        account: id of the account that segments belong to when they name none.
    """

    def __init__(self, processes: int, limits: Limits, account: str) -> None:
        self._processes = processes
        self._limits = limits
        self._account = account
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._warm: Future[ReadBatch] | None = None
        self._second = 0
        self._in_second = 0
        self._busy_until = 0.0
        self._not_before = 0.0

    @property
    def processes(self) -> int:
        """How many reader processes there are now."""
        return self._processes if self._pool is not None else 0

    def submit(self, texts: Sequence[str | bytes], now: float) -> Future[ReadBatch] | None:
        """Have a batch read by another process; None when this process should read it itself.

        A future that fails means that the process died; nothing is lost, the batch must be read again.
        """
        if not self._processes:
            return None
        with self._lock:
            pool = self._ready(len(texts))
            if pool is None:
                return None
            try:
                return pool.submit(read_batch, texts, self._limits, now, self._account)
            except BrokenProcessPool:
                self._give_up()
                return None

    def broken(self) -> None:
        """Tell that a process died: reading goes on here until new ones are up."""
        with self._lock:
            self._give_up()

    def stop(self) -> None:
        """Let the processes finish and end them."""
        with self._lock:
            pool, self._pool, self._processes = self._pool, None, 0
        if pool is not None:
            pool.shutdown(wait=True)

    def _ready(self, documents: int) -> ProcessPoolExecutor | None:
        """Count what comes in, start or end the processes accordingly, return them once they are up."""
        moment = time.monotonic()
        second = int(moment)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += documents
        if self._in_second > _BUSY_RATE:
            self._busy_until = moment + _QUIET_SECONDS
        if moment > self._busy_until:
            if self._pool is not None:
                self._pool.shutdown(wait=False)
                self._pool = self._warm = None
                _log.info("reader processes ended: little comes in")
            return None
        if self._pool is None and moment >= self._not_before:
            self._pool = ProcessPoolExecutor(
                self._processes, multiprocessing.get_context("spawn"), initializer=_begin_reader
            )
            self._warm = self._pool.submit(read_batch, [], self._limits, 0.0, self._account)
            _log.info("reader processes started: much comes in", processes=self._processes)
        return self._pool if self._warm is not None and self._warm.done() else None

    def _give_up(self) -> None:
        if self._pool is not None:
            _log.warning("a reader process died; reading goes on in this process")
            self._pool.shutdown(wait=False)
            self._pool = self._warm = None
        self._not_before = time.monotonic() + _RECOVERY_SECONDS
