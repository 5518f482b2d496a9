"""PutTraceSegments over HTTP, as fast as it is acknowledged or at a given pace.

Each connection has one request under way; the next goes out when the answer has come, as a daemon does it. So
whatever is counted as sent was acknowledged, which Radiograph does once it is committed.
"""

from __future__ import annotations

import selectors
import socket
import time
from collections import deque
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus import DOCUMENTS_PER_REQUEST, Blocks, put_request
from benchmarks.documents import Documents
from benchmarks.http_client import parse_answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from benchmarks.documents import Mix

_OK, _TOO_MANY, _UNAVAILABLE = 200, 429, 503
_NOTHING_REFUSED = b'"UnprocessedTraceSegments":[]'
_GIVE_UP_SECONDS = 120.0
# The service closes a connection after 5 idle seconds, perhaps just when something is sent on it.
_IDLE_SECONDS = 3.0


class Sent(msgspec.Struct):
    """What a sender did.

    Args:
        requests: acknowledged.
        documents: in them.
        retried: requests that were answered 429 or 503 and sent again.
        refusals: answers that named documents as unprocessed; none is expected.
        seconds: from the first byte to the last answer.
        cpu_seconds: processor time of the sender itself.
        late: requests at a given pace that had to wait for a connection more than a tenth of a second.
        latencies: from sending to the answer, seconds, of every request that was acknowledged.
    """

    requests: int = 0
    documents: int = 0
    retried: int = 0
    refusals: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    late: int = 0
    latencies: list[float] = msgspec.field(default_factory=list)


def _connect(address: tuple[str, int]) -> socket.socket:
    connection = socket.create_connection(address, timeout=_GIVE_UP_SECONDS)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


class _Lane:
    """One connection and the request under way on it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self.socket = _connect(address)
        self.request: bytes | memoryview = b""
        self.documents = 0
        self.began = 0.0
        self.again_at = 0.0
        self.free_since = time.perf_counter()
        self.received = bytearray()

    def send(self) -> None:
        self.began = time.perf_counter()
        self.again_at = 0.0
        self.socket.sendall(self.request)


class _Sender:
    """Sends requests over several connections.

    Args:
        address: of the service.
        connections: how many.
        patience: how long to wait before a request that was turned away is sent again, seconds; None for what the
            answer asks for.
    """

    def __init__(self, address: tuple[str, int], connections: int, patience: float | None) -> None:
        self.sent = Sent()
        self._selector = selectors.DefaultSelector()
        self._lanes = [_Lane(address) for _ in range(connections)]
        for lane in self._lanes:
            self._selector.register(lane.socket, selectors.EVENT_READ, lane)
        self._address = address
        # In turn, so that none is idle for so long that the service closes it.
        self.free = deque(self._lanes)
        self._waiting: list[_Lane] = []
        self._patience = patience

    @property
    def busy(self) -> bool:
        """Whether an answer is still to come."""
        return len(self.free) < len(self._lanes)

    def send(self, request: bytes | memoryview, documents: int) -> None:
        """Send on a free connection; there must be one."""
        lane = self.free.popleft()
        if time.perf_counter() - lane.free_since > _IDLE_SECONDS:
            self._connect_again(lane)
        lane.request, lane.documents = request, documents
        lane.send()

    def listen(self, seconds: float) -> None:
        """Wait for answers at most so long, and send again what is due.

        Raises:
            ConnectionError: the service closed a connection instead of answering.
            ValueError: it answered with an error.
        """
        now = time.perf_counter()
        if self._waiting:
            seconds = max(0.0, min(seconds, min(lane.again_at for lane in self._waiting) - now))
        for key, _ in self._selector.select(seconds):
            self._hear(key.data)
        now = time.perf_counter()
        for lane in [lane for lane in self._waiting if lane.again_at <= now]:
            self._waiting.remove(lane)
            lane.send()

    def _hear(self, lane: _Lane) -> None:
        chunk = lane.socket.recv(1 << 16)
        if not chunk:
            if lane not in self.free:
                raise ConnectionError("the service closed the connection instead of answering")
            self._connect_again(lane)
            return
        lane.received += chunk
        parsed = parse_answer(lane.received)
        if parsed is None:
            return
        answer, taken = parsed
        del lane.received[:taken]
        if answer.status in (_TOO_MANY, _UNAVAILABLE):
            self.sent.retried += 1
            wait = answer.retry_after if self._patience is None else self._patience
            lane.again_at = time.perf_counter() + wait
            self._waiting.append(lane)
            return
        if answer.status != _OK:
            raise ValueError(f"PutTraceSegments answered {answer.status}: {answer.body[:300]!r}")
        if _NOTHING_REFUSED not in answer.body.replace(b" ", b""):
            self.sent.refusals += 1
        self.sent.requests += 1
        self.sent.documents += lane.documents
        self.sent.latencies.append(time.perf_counter() - lane.began)
        lane.free_since = time.perf_counter()
        self.free.append(lane)

    def _connect_again(self, lane: _Lane) -> None:
        self._selector.unregister(lane.socket)
        lane.socket.close()
        lane.socket = _connect(self._address)
        lane.free_since = time.perf_counter()
        self._selector.register(lane.socket, selectors.EVENT_READ, lane)

    def close(self) -> None:
        """Close all connections."""
        self._selector.close()
        for lane in self._lanes:
            lane.socket.close()


def _send_all(sender: _Sender, requests: Iterator[tuple[bytes | memoryview, int]], until: float) -> None:
    for request, documents in requests:
        while not sender.free:
            sender.listen(1.0)
        if time.perf_counter() >= until:
            break
        sender.send(request, documents)
    while sender.busy:
        sender.listen(1.0)


def send_flat_out(
    address: tuple[str, int],
    requests: Path,
    documents: int,
    *,
    connections: int,
    seconds: float = 0.0,
    patience: float | None = None,
) -> Sent:
    """Send a corpus, each connection as fast as it is answered.

    Args:
        address: of the service.
        requests: the corpus's file of requests.
        documents: how many documents it holds.
        connections: how many.
        seconds: send for so long, from the beginning again when the corpus ends; 0 to send it once.
        patience: wait before a request that was turned away is sent again, seconds; None for what Retry-After says.
    """
    sender = _Sender(address, connections, patience)
    blocks = Blocks(requests)

    def each() -> Iterator[tuple[memoryview, int]]:
        while True:
            left = documents
            for block in blocks:
                yield block, min(DOCUMENTS_PER_REQUEST, left)
                left -= DOCUMENTS_PER_REQUEST
            if not seconds:
                return

    began, cpu = time.perf_counter(), time.process_time()
    try:
        _send_all(sender, each(), began + seconds if seconds else float("inf"))
    finally:
        sender.close()
    sender.sent.seconds = time.perf_counter() - began
    sender.sent.cpu_seconds = time.process_time() - cpu
    return sender.sent


def send_paced(address: tuple[str, int], mix: Mix, *, rate: float, seconds: float, stop: Path | None = None) -> Sent:
    """Send documents of this very moment at a given rate; they are made meanwhile.

    There are as many connections as requests in a second, so that the pace is kept while answers take up to that
    long; one that takes longer makes the following requests late, which is counted.

    Args:
        address: of the service.
        mix: what the documents are like.
        rate: documents per second.
        seconds: for how long.
        stop: end early when this file appears.
    """
    sender = _Sender(address, 1 + int(rate / DOCUMENTS_PER_REQUEST), None)
    maker = Documents(mix)
    waiting: list[str] = []
    between = DOCUMENTS_PER_REQUEST / rate
    began, cpu = time.perf_counter(), time.process_time()
    due = began
    try:
        while due < began + seconds and not (stop is not None and stop.exists()):
            while len(waiting) < DOCUMENTS_PER_REQUEST:
                waiting += maker.trace(time.time()).documents
            request, waiting = put_request(waiting[:DOCUMENTS_PER_REQUEST]), waiting[DOCUMENTS_PER_REQUEST:]
            while (left := due - time.perf_counter()) > 0 or not sender.free:
                sender.listen(left if left > 0 else 1.0)
            sender.sent.late += time.perf_counter() - due > 0.1
            sender.send(request, DOCUMENTS_PER_REQUEST)
            due += between
        while sender.busy:
            sender.listen(1.0)
    finally:
        sender.close()
    sender.sent.seconds = time.perf_counter() - began
    sender.sent.cpu_seconds = time.process_time() - cpu
    return sender.sent
