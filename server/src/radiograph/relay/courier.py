"""Brings documents from the inbox and the spool to the service.

Workers take what is ready, alternating between new documents and the spool, so that neither waits for the
other after an outage. A document touches the disk when it has waited one flush longer than it should, when
memory is half full, or when a call with it failed; while the service is well, nothing is written.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from radiograph.errors import StoreUnavailable
from radiograph.relay.gate import full_jitter
from radiograph.relay.inbox import Parcel
from radiograph.relay.ledger import Seldom
from radiograph.relay.uplink import BadBatch, Delivered, Later, Unprocessed

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.relay.gate import Gate
    from radiograph.relay.inbox import Inbox
    from radiograph.relay.ledger import Ledger
    from radiograph.relay.spool import Spool, SpoolBatch
    from radiograph.relay.uplink import Outcome

BATCH_DOCUMENTS = 50
BATCH_BYTES = 1024 * 1024
FLUSH_SECONDS = 1.0
_KEEPER_SECONDS = 0.25
_IDLE_SECONDS = 1.0
_SHORTEST_WAIT = 0.005
_REFUSALS_LOGGED = 10  # a minute; all are counted


class Courier:
    """The workers and the keeper of the spool.

    Args:
        inbox: New documents; the courier makes it wake the workers.
        spool: Where they wait for better times.
        send: Makes one call with some documents.
        gate: Whether to make calls now.
        ledger: Counters.
        workers: Calls under way at once.
        log: Where events go.
        clock: Seconds, monotonic.
        random: Uniform in [0, 1).
    """

    def __init__(
        self,
        *,
        inbox: Inbox,
        spool: Spool,
        send: Callable[[list[bytes]], Outcome],
        gate: Gate,
        ledger: Ledger,
        workers: int,
        log: Any,
        clock: Callable[[], float],
        random: Callable[[], float],
    ) -> None:
        self._inbox = inbox
        self._spool = spool
        self._send = send
        self._gate = gate
        self._ledger = ledger
        self._log = log
        self._clock = clock
        self._random = random
        self._changed = threading.Condition()
        self._version = 0
        self._stopping = False
        self._deadline = 0.0
        self._under_way: list[Parcel] = []
        self._keeper_wake = threading.Event()
        self._say_refused = Seldom(_REFUSALS_LOGGED, 60.0, clock)
        self._say_denied = Seldom(1, 60.0, clock)
        self._say_disk = Seldom(1, 60.0, clock)
        self._down = False
        self._keeper = threading.Thread(target=self._keep, name="relay-keeper", daemon=True)
        self._workers = [
            threading.Thread(target=self._work, args=(number,), name=f"relay-{number}", daemon=True)
            for number in range(workers)
        ]
        inbox.wake = self._wake

    def start(self) -> None:
        """Begin to send."""
        self._keeper.start()
        for worker in self._workers:
            worker.start()

    def stop(self, seconds: float = 3.0) -> None:
        """Send what is in memory, for `seconds` at most, and write the rest to the spool."""
        self._deadline = self._clock() + seconds
        self._stopping = True
        with self._changed:
            self._version += 1
            self._changed.notify_all()
        self._keeper_wake.set()
        self._keeper.join()
        for worker in self._workers:
            worker.join(max(0.0, self._deadline - self._clock()))
        with self._changed:
            unfinished = list(self._under_way)
        for parcel in unfinished:  # a call still hangs: sent twice is harmless, lost is not
            self._spool_away(Parcel(parcel.documents, parcel.arrived, 0))
        while (rest := self._inbox.take(BATCH_DOCUMENTS, BATCH_BYTES)) is not None:
            if not self._spool_away(rest):
                lost = len(rest.documents) + self._inbox.waiting
                self._log.error("documents lost: they can be neither sent nor written", documents=lost)
                return

    def _wake(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify()
        if self._inbox.is_half_full:
            self._keeper_wake.set()

    # Workers

    def _work(self, number: int) -> None:
        spool_first = number % 2 == 0
        while (job := self._next(spool_first=spool_first)) is not None:
            spool_first = not spool_first
            try:
                self._bring(job)
            except Exception:  # noqa: BLE001 -- a worker outlives whatever one batch does to it
                self._log.exception("a batch could not be handled; it is kept")
                self._gate.left()
                self._return(job, job.documents)
            finally:
                if isinstance(job, Parcel):
                    with self._changed:
                        self._under_way.remove(job)

    def _next(self, *, spool_first: bool) -> Parcel | SpoolBatch | None:
        while True:
            seen = self._version
            if self._stopping and (not self._inbox.waiting or not self._gate.is_open or self._clock() > self._deadline):
                return None
            wait = self._gate.enter()
            if wait is None:
                job = self._pick(spool_first=spool_first)
                if job is not None:
                    return job
                self._gate.left()
                wait = self._until_ready()
            with self._changed:
                if self._version == seen:
                    self._changed.wait(min(wait, _IDLE_SECONDS))

    def _pick(self, *, spool_first: bool) -> Parcel | SpoolBatch | None:
        batch = self._take_spooled() if spool_first else None
        if batch is not None:
            return batch
        parcel = self._take_new()
        return parcel if parcel is not None or spool_first else self._take_spooled()

    def _take_new(self) -> Parcel | None:
        if self._until_ready() > 0:
            return None
        parcel = self._inbox.take(BATCH_DOCUMENTS, BATCH_BYTES)
        if parcel is not None:
            with self._changed:
                self._under_way.append(parcel)
                self._changed.notify()  # there may be more than one batch: wake the next worker
        return parcel

    def _take_spooled(self) -> SpoolBatch | None:
        if self._stopping:  # the spool keeps; memory does not
            return None
        return self._spool.take(BATCH_DOCUMENTS, BATCH_BYTES)

    def _until_ready(self) -> float:
        """Seconds until new documents may be sent: 0 when there are 50, else a flush after the first."""
        age = self._inbox.age()
        if age is None:
            return _IDLE_SECONDS
        if self._inbox.waiting >= BATCH_DOCUMENTS or self._stopping or age >= FLUSH_SECONDS:
            return 0.0
        return max(_SHORTEST_WAIT, FLUSH_SECONDS - age)

    def _bring(self, job: Parcel | SpoolBatch) -> None:
        began = self._clock()
        later, rest = self._deliver(job.documents)
        if later is None:
            self._gate.succeeded()
            if self._down:
                self._down = False
                self._log.info("the service takes documents again", in_spool=self._spool.waiting)
            self._finish(job)
            return
        self._gate.failed(began=began, retry_after=later.retry_after)
        self._ledger.failed(later.kind)
        if later.denied:
            if self._say_denied():
                self._log.error("the service denies the daemon; documents are kept", reason=later.sentence)
        elif not self._down:
            self._log.warning("the service does not take documents; they are kept", reason=later.sentence)
        self._down = True
        self._return(job, rest)

    def _deliver(self, documents: list[bytes]) -> tuple[Later | None, list[bytes]]:
        """Send documents, halving a refused batch until the bad ones are found.

        Returns:
            None when every document met its fate, else why not, and the documents still to send.
        """
        parts = [documents] if documents else []
        while parts:
            part = parts.pop()
            outcome = self._send(part)
            if isinstance(outcome, Later):
                return outcome, part + [document for other in parts for document in other]
            if isinstance(outcome, Delivered):
                self._ledger.delivered(len(part))
                for unprocessed in outcome.unprocessed:
                    self._refuse(unprocessed, part)
            elif len(part) == 1:
                self._refuse(_refusal_of(outcome), part)
            else:
                middle = len(part) // 2
                parts += [part[middle:], part[:middle]]
        return None, []

    def _refuse(self, why: Unprocessed, part: list[bytes]) -> None:
        trace_id = self._ledger.refused(why, part)
        if self._say_refused():
            self._log.error(
                "the service refused a document",
                code=why.code,
                message=why.message,
                segment_id=why.id,
                trace_id=trace_id or "unknown",
            )

    def _finish(self, job: Parcel | SpoolBatch) -> None:
        if isinstance(job, Parcel):
            self._inbox.release(job)
        else:
            self._spool.done(job)

    def _return(self, job: Parcel | SpoolBatch, rest: list[bytes]) -> None:
        """Keep what was not sent."""
        if isinstance(job, Parcel):
            if not self._spool_away(Parcel(rest, job.arrived, job.size)):
                self._inbox.restore(Parcel(rest, job.arrived, job.size))
            return
        if len(rest) < len(job.documents):
            try:
                self._spool.append(rest)
            except StoreUnavailable:
                pass  # the whole batch comes again: twice is harmless
            else:
                self._spool.done(job)
                return
        self._spool.give_back(job, full_jitter(job.attempts, self._random))

    # The keeper

    def _keep(self) -> None:
        flushed = self._clock()
        while not self._stopping:
            self._keeper_wake.wait(_KEEPER_SECONDS)
            self._keeper_wake.clear()
            self._overflow()
            if self._clock() - flushed >= FLUSH_SECONDS:
                self._spool.flush()
                flushed = self._clock()

    def _overflow(self) -> None:
        """Write to disk what waits too long in memory."""
        while (age := self._inbox.age()) is not None and not self._stopping:
            patience = 2 * FLUSH_SECONDS if self._gate.is_open else FLUSH_SECONDS
            if age < patience and not self._inbox.is_half_full:
                return
            parcel = self._inbox.take(BATCH_DOCUMENTS, BATCH_BYTES)
            if parcel is None:
                return
            if not self._spool_away(parcel):
                self._inbox.restore(parcel)
                return

    def _spool_away(self, parcel: Parcel) -> bool:
        try:
            self._spool.append(parcel.documents)
        except StoreUnavailable as error:
            if self._say_disk():
                self._log.error("documents cannot be spooled; they stay in memory", reason=str(error))
            return False
        self._ledger.kept(len(parcel.documents))
        self._inbox.release(parcel)
        return True


def _refusal_of(outcome: BadBatch) -> Unprocessed:
    return Unprocessed(code="InvalidRequest", message=outcome.sentence)
