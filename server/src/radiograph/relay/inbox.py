"""What the UDP door handed over and nobody has sent yet: a queue in memory, bounded in bytes."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable


class Parcel(msgspec.Struct, eq=False):
    """Documents taken from the inbox. Their bytes count as held until the parcel is released.

    Args:
        documents: In the order of their arrival.
        arrived: Clock reading (seconds) at which the first of them arrived.
        size: Their bytes.
    """

    documents: list[bytes]
    arrived: float
    size: int


class Inbox:
    """The memory queue.

    Args:
        limit_bytes: Bytes of documents held at most, those being sent included.
        clock: Seconds, monotonic.
        wake: Called after documents have come in.
    """

    def __init__(
        self, limit_bytes: int, *, clock: Callable[[], float], wake: Callable[[], None] = lambda: None
    ) -> None:
        self.wake = wake
        self._limit = limit_bytes
        self._clock = clock
        self._lock = threading.Lock()
        self._chunks: deque[tuple[float, list[bytes]]] = deque()
        self._count = 0
        self._held = 0

    @property
    def held(self) -> int:
        """Bytes of documents in memory, those being sent included."""
        return self._held

    @property
    def waiting(self) -> int:
        """Documents that nobody has taken."""
        return self._count

    @property
    def is_half_full(self) -> bool:
        """Whether it is time to write to disk rather than to wait for a call."""
        return self._held * 2 > self._limit

    def put(self, documents: list[bytes]) -> bool:
        """Take documents in; False (and nothing taken) when that would exceed the limit."""
        size = sum(map(len, documents))
        with self._lock:
            if self._held + size > self._limit:
                return False
            self._chunks.append((self._clock(), documents))
            self._count += len(documents)
            self._held += size
        self.wake()
        return True

    def age(self) -> float | None:
        """Seconds that the oldest document has waited; None when there is none."""
        with self._lock:
            return self._clock() - self._chunks[0][0] if self._chunks else None

    def take(self, limit: int, limit_bytes: int) -> Parcel | None:
        """Take the oldest documents.

        Args:
            limit: Documents at most.
            limit_bytes: Bytes at most; a single document may be longer.

        Returns:
            The parcel, or None when nothing waits.
        """
        with self._lock:
            if not self._chunks:
                return None
            arrived = self._chunks[0][0]
            documents: list[bytes] = []
            size = 0
            while self._chunks and len(documents) < limit:
                chunk_arrived, chunk = self._chunks.popleft()
                taken = 0
                for document in chunk[: limit - len(documents)]:
                    if documents and size + len(document) > limit_bytes:
                        break
                    documents.append(document)
                    size += len(document)
                    taken += 1
                if taken < len(chunk):
                    self._chunks.appendleft((chunk_arrived, chunk[taken:]))
                    break
            self._count -= len(documents)
            return Parcel(documents, arrived, size)

    def release(self, parcel: Parcel) -> None:
        """Forget a parcel's bytes: it was sent or lies on disk."""
        with self._lock:
            self._held -= parcel.size

    def restore(self, parcel: Parcel) -> None:
        """Put a parcel back to the front; its bytes have been held all the time."""
        with self._lock:
            self._chunks.appendleft((parcel.arrived, parcel.documents))
            self._count += len(parcel.documents)
