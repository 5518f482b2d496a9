"""Group commit: many small deliveries become one transaction, and each is answered after it.

One thread per process owns the writing connection. While it commits, the next batch gathers. It commits when
the batch is full, when the oldest delivery has waited for the commit interval, or a little earlier: when
senders wait for their answer and nothing new has come for a moment, since then nothing more will come before
they are answered.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from concurrent.futures import Future
from typing import TYPE_CHECKING

import msgspec
import structlog

from radiograph.errors import Overloaded, StoreUnavailable, first_line
from radiograph.store.flushing import flush_new_files
from radiograph.store.rows import MICROSECONDS, RowTables, arrived

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import duckdb

    from radiograph.store.lake import Lake

_log = structlog.get_logger("radiograph.store")

# After a commit that failed for want of disk or catalog: the next try.
_RETRY_SECONDS = 1.0
# What passes by itself is tried again so often and so long before the senders hear of it.
_SHORT_PAUSE_SECONDS = 0.05
_PATIENCE_SECONDS = 5.0
# Answered senders send again at once; with none of them in sight for this long, waiting on is idle.
_QUIET_SECONDS = 0.02
# Commits take at most this share of the time: half of one costs the same for one document as for a thousand. As long
# as little comes in, that costs nobody anything, and senders that wait for their answer should have it soon.
_COMMIT_SHARE = 0.2
_COMMIT_SHARE_SMALL = 0.4
_SMALL_DOCUMENTS = 1_000
# How far the rollup has come is looked up so often; much less than its slack (see query/contributions.py).
_LOOK_SECONDS = 30.0
# The newest arrival in the lake; the files' statistics answer for all but the newest.
_NEWEST_COUNTED = "SELECT coalesce(epoch_us(max(arrival)), 0) FROM rollup_progress"
_NEWEST = "SELECT coalesce(epoch_us(max(arrival)), 0) FROM segments WHERE arrival > make_timestamp(?)"
# What a queued document costs beyond its text: structs, rows, Arrow.
_OVERHEAD_BYTES = 2_000


class WriterOptions(msgspec.Struct, frozen=True, kw_only=True):
    """How the writer batches.

    Args:
        interval: longest wait of a delivery for its commit, seconds.
        documents: documents that fill a batch.
        queue_bytes: most bytes waiting, a bound on memory.
        fsync: flush data files before the commit.
    """

    interval: float = 0.25
    documents: int = 5000
    queue_bytes: int = 64_000_000
    fsync: bool = True


class WriterCounters(msgspec.Struct):
    """What the writer did since it started; read by metrics and the status page.

    Args:
        documents: documents committed.
        bytes: their bytes.
        commits: transactions.
        failures: transactions that failed and were tried again or given up.
        retries: transactions tried again because what was in their way passes by itself.
        last_commit_seconds: how long the last transaction took.
        refused: documents turned away because the queue was full.
        lost: documents without a waiting sender (UDP) given up because the store could not be written, or could
            not hold them.
    """

    documents: int = 0
    bytes: int = 0
    commits: int = 0
    failures: int = 0
    retries: int = 0
    last_commit_seconds: float = 0.0
    refused: int = 0
    lost: int = 0


class _Delivery(msgspec.Struct, gc=False):
    tables: RowTables
    bytes: int
    arrived: float
    answer: Future[None] | None

    @property
    def count(self) -> int:
        return self.tables.count


class Writer:
    """The one writer of a process. `start` it, `submit` to it from any thread, `stop` it to drain.

    Args:
        lake: where to write.
        options: how to batch.
        writer_id: number that tells this process's documents from those of other nodes.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(self, lake: Lake, options: WriterOptions, *, writer_id: int, now: Callable[[], float]) -> None:
        self._lake = lake
        self._options = options
        self.writer_id = writer_id
        self._now = now
        self.counters = WriterCounters()
        self.problem: str | None = None
        self._last_arrival = 0
        self._counted_arrival = 0
        self._looked = -_LOOK_SECONDS
        self._condition = threading.Condition()
        self._queue: deque[_Delivery] = deque()
        self._queued_bytes = 0
        self._queued_documents = 0
        self._waiting = 0
        self._last_submit = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="radiograph-writer", daemon=True)

    def start(self) -> None:
        """Begin to commit, after whatever the lake holds: arrivals go up across restarts, whatever the clock does."""
        with self._lake.reading() as connection:
            newest = connection.execute(_NEWEST, [self._counted(connection)]).fetchone()
        self._last_arrival = newest[0] if newest else 0
        self._thread.start()

    def stop(self) -> None:
        """Commit everything queued and end. What cannot be written by then is reported as lost."""
        with self._condition:
            self._stopping = True
            self._condition.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def queued(self) -> tuple[int, int]:
        """Documents and bytes that wait for a commit."""
        return self._queued_documents, self._queued_bytes

    def lag(self) -> float:
        """Return how long the oldest delivery in the queue has waited, seconds; 0 when there is none."""
        with self._condition:
            return time.monotonic() - self._queue[0].arrived if self._queue else 0.0

    def submit(self, tables: RowTables) -> Future[None]:
        """Queue documents, as rows, whose sender waits.

        Returns:
            A future that is done when they are committed, or fails with StoreUnavailable.

        Raises:
            Overloaded: the queue is full; nothing was taken.
        """
        answer: Future[None] = Future()
        if not tables.count:
            answer.set_result(None)
        elif not self._enqueue(tables, answer):
            raise self._overloaded()
        return answer

    def offer(self, tables: RowTables) -> bool:
        """Queue documents, as rows, whose sender does not wait (UDP). Return whether there was room; all or none."""
        return not tables.count or self._enqueue(tables, None)

    def _overloaded(self) -> Overloaded:
        return Overloaded(
            f"{self._queued_bytes:,} bytes wait to be written, more than the setting queue_bytes allows; "
            "send again later",
            retry_after=1.0,
        )

    def _enqueue(self, tables: RowTables, answer: Future[None] | None) -> bool:
        delivery = _Delivery(tables, tables.bytes + _OVERHEAD_BYTES * tables.count, 0.0, answer)
        with self._condition:
            if self._stopping or self._queued_bytes + delivery.bytes > self._options.queue_bytes:
                self.counters.refused += delivery.count
                return False
            delivery.arrived = time.monotonic()
            self._queue.append(delivery)
            self._queued_bytes += delivery.bytes
            was_empty = self._queued_documents == 0
            self._queued_documents += delivery.count
            self._waiting += delivery.answer is not None
            self._last_submit = delivery.arrived
            # Waking the thread costs more than queueing: only when it may have something to decide.
            if was_empty or self._queued_documents >= self._options.documents:
                self._condition.notify()
        return True

    def _run(self) -> None:
        connection = self._lake.connect()
        free_at = 0.0
        while True:
            batch = self._next_batch(free_at)
            if batch is None:
                break
            began = time.monotonic()
            self._commit(connection, batch)
            took = time.monotonic() - began
            is_small = sum(delivery.count for delivery in batch) < _SMALL_DOCUMENTS
            share = _COMMIT_SHARE_SMALL if is_small else _COMMIT_SHARE
            free_at = began + min(took / share, self._options.interval)
        connection.close()

    def _next_batch(self, free_at: float) -> list[_Delivery] | None:
        """Wait until a commit is due and take its deliveries; None when there is nothing left to do."""
        options = self._options
        with self._condition:
            while True:
                if self._queue:
                    now = time.monotonic()
                    full = self._queued_documents >= options.documents
                    due = self._queue[0].arrived + options.interval
                    if self._waiting:
                        due = min(due, max(free_at, self._last_submit + _QUIET_SECONDS))
                    if full or self._stopping or now >= due:
                        return self._take()
                    self._condition.wait(due - now)
                elif self._stopping:
                    return None
                else:
                    self._condition.wait()

    def _take(self) -> list[_Delivery]:
        batch: list[_Delivery] = []
        documents = 0
        while self._queue and documents < self._options.documents:
            delivery = self._queue.popleft()
            batch.append(delivery)
            documents += delivery.count
            self._waiting -= delivery.answer is not None
        # The bytes stay counted until they are committed: they are still in memory.
        self._queued_documents -= documents
        return batch

    def _commit(self, connection: duckdb.DuckDBPyConnection, batch: list[_Delivery]) -> None:
        """Commit a batch and answer its senders."""
        size = sum(delivery.bytes for delivery in batch)
        self._write(connection, batch)
        with self._condition:
            self._queued_bytes -= size

    def _write(self, connection: duckdb.DuckDBPyConnection, batch: list[_Delivery]) -> None:
        """Write a batch and answer its senders; what failed and has no waiting sender is tried again."""
        import duckdb  # noqa: PLC0415 -- see open_lake

        give_up = time.monotonic() + _PATIENCE_SECONDS
        while batch:
            try:
                self._insert(connection, [delivery.tables for delivery in batch])
            except Exception as problem:  # noqa: BLE001 -- whatever failed, the senders must hear of it
                passing = isinstance(problem, duckdb.OutOfMemoryException | duckdb.TransactionException)
                if passing and not self._stopping and time.monotonic() < give_up:
                    # A query takes all the memory just now, or another node commits: nobody need hear of it.
                    self.counters.retries += 1
                    time.sleep(_SHORT_PAUSE_SECONDS)
                elif isinstance(problem, duckdb.Error | OSError):
                    batch = self._failed(batch, problem)
                elif len(batch) > 1:
                    # A fault of ours, in what one of them brought: it must not take the others with it.
                    for delivery in batch:
                        self._write(connection, [delivery])
                    return
                else:
                    self._give_up(batch[0], problem)
                    return
            else:
                self._committed(batch)
                return

    def _give_up(self, delivery: _Delivery, problem: Exception) -> None:
        """Say of a delivery that it can never be written."""
        self.counters.failures += 1
        line = first_line(problem)
        _log.error("documents cannot be stored, please report this", problem=line, documents=delivery.count)
        if delivery.answer is None:
            self.counters.lost += delivery.count
        self._answer(delivery, StoreUnavailable(f"documents cannot be stored ({line}); please report this"))

    def _committed(self, batch: list[_Delivery]) -> None:
        """Count what was committed and answer its senders."""
        self.problem = None
        self.counters.documents += sum(delivery.count for delivery in batch)
        self.counters.bytes += sum(delivery.tables.bytes for delivery in batch)
        self.counters.commits += 1
        for delivery in batch:
            self._answer(delivery, None)

    def _failed(self, batch: list[_Delivery], problem: Exception) -> list[_Delivery]:
        """Tell those who wait that the commit failed; return what must be tried again."""
        self.counters.failures += 1
        self.problem = first_line(problem)
        documents = sum(delivery.count for delivery in batch)
        _log.error("commit failed", problem=self.problem, documents=documents)
        sentence = f"the store cannot write: {self.problem}; free disk space or mend the store, then send again"
        for delivery in batch:
            self._answer(delivery, StoreUnavailable(sentence))
        # Those whose sender does not wait are kept; the queue's bound limits their memory.
        silent = [delivery for delivery in batch if delivery.answer is None]
        if silent and self._stopping:
            lost = sum(delivery.count for delivery in silent)
            self.counters.lost += lost
            _log.error("documents lost at the stop, the store cannot be written", documents=lost)
            return []
        if silent:
            time.sleep(_RETRY_SECONDS)
        return silent

    @staticmethod
    def _answer(delivery: _Delivery, problem: Exception | None) -> None:
        if delivery.answer is None or delivery.answer.cancelled():
            return
        with contextlib.suppress(Exception):  # cancelled in this very moment: nobody listens any more
            if problem is None:
                delivery.answer.set_result(None)
            else:
                delivery.answer.set_exception(problem)

    def _insert(self, connection: duckdb.DuckDBPyConnection, parts: Sequence[RowTables]) -> None:
        """Write the rows in one transaction."""
        began = time.monotonic()
        first_arrival = max(int(self._now() * MICROSECONDS), self._last_arrival + 1, self._counted(connection) + 1)
        new_documents, new_segments = arrived(parts, first_arrival, self.writer_id)
        with self._lake.committing:
            before = time.time_ns() // 1_000_000
            connection.execute("BEGIN")
            try:
                connection.register("new_documents", new_documents)
                connection.register("new_segments", new_segments)
                connection.execute("INSERT INTO documents BY NAME SELECT * FROM new_documents")
                connection.execute("INSERT INTO segments BY NAME SELECT * FROM new_segments")
                if self._options.fsync:
                    flush_new_files(self._lake.options.data_path, ("documents", "segments"), since_ms=before)
                connection.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(Exception):
                    connection.execute("ROLLBACK")
                raise
            finally:
                connection.unregister("new_documents")
                connection.unregister("new_segments")
        self._last_arrival = first_arrival + new_documents.num_rows
        self._lake.locator.wrote(new_documents, since_ms=before, until_ms=time.time_ns() // 1_000_000)
        self.counters.last_commit_seconds = time.monotonic() - began

    def _counted(self, connection: duckdb.DuckDBPyConnection) -> int:
        """Return the latest arrival that the rollup has counted, as of a moment ago, microseconds.

        Arrivals must not lie far before it, or they would be taken for counted: the clock of this node may be behind
        that of another, or may have been set back while this one was down.
        """
        now = time.monotonic()
        if now - self._looked >= _LOOK_SECONDS:
            row = connection.execute(_NEWEST_COUNTED).fetchone()
            self._counted_arrival = int(row[0]) if row is not None else 0
            self._looked = now
        return self._counted_arrival
