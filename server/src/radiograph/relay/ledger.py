"""What the daemon has done, in numbers: for its log, its metrics and the service's telemetry."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, get_args

import msgspec

from radiograph.relay.uplink import ErrorKind, Unprocessed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_EXAMPLE_LENGTH = 200
_NO_CODE = "Unknown"


class RefusedDocuments(msgspec.Struct):
    """Documents that the service refused for one reason.

    Args:
        count: How many.
        message: The service's sentence about the last one.
        trace_id: The trace of the last one; empty when it could not be read.
        example: The first 200 characters of the last one.
    """

    count: int = 0
    message: str = ""
    trace_id: str = ""
    example: str = ""


class _Identity(msgspec.Struct):
    id: str | None = None
    trace_id: str | None = None


class Seldom:
    """Lets a log line through only so often.

    Args:
        limit: Lines allowed in a period.
        seconds: Length of the period.
        clock: Seconds, monotonic.
    """

    def __init__(self, limit: int, seconds: float, clock: Callable[[], float]) -> None:
        self._limit = limit
        self._seconds = seconds
        self._clock = clock
        self._began = float("-inf")
        self._count = 0

    def __call__(self) -> bool:
        """Tell whether to write the line."""
        now = self._clock()
        if now - self._began >= self._seconds:
            self._began, self._count = now, 0
        self._count += 1
        return self._count <= self._limit


class Ledger:
    """Counters of the sending side; every method may be called from any thread.

    Attributes:
        sent: Documents in batches that the service answered with 200, the refused ones included.
        batches: Such batches.
        spooled: Documents written to the spool.
    """

    def __init__(self) -> None:
        self.sent = 0
        self.batches = 0
        self.spooled = 0
        self._lock = threading.Lock()
        self._errors: dict[ErrorKind, int] = dict.fromkeys(get_args(ErrorKind), 0)
        self._refused: dict[str, RefusedDocuments] = {}

    def delivered(self, documents: int) -> None:
        """Count a batch that was answered with 200."""
        with self._lock:
            self.sent += documents
            self.batches += 1

    def kept(self, documents: int) -> None:
        """Count documents written to the spool."""
        with self._lock:
            self.spooled += documents

    def failed(self, kind: ErrorKind) -> None:
        """Count a failed call."""
        with self._lock:
            self._errors[kind] += 1

    def refused(self, why: Unprocessed, documents: Sequence[bytes]) -> str:
        """Count a refused document and remember it as the example of its error code.

        Args:
            why: What the service said.
            documents: The batch in which it was sent.

        Returns:
            The trace id of the document, empty when it cannot be found.
        """
        document, trace_id = _find(why.id, documents)
        with self._lock:
            entry = self._refused.setdefault(why.code or _NO_CODE, RefusedDocuments())
            entry.count += 1
            entry.message = why.message or ""
            entry.trace_id = trace_id
            entry.example = document[: 4 * _EXAMPLE_LENGTH].decode(errors="replace")[:_EXAMPLE_LENGTH]
        return trace_id

    @property
    def errors(self) -> dict[ErrorKind, int]:
        """Failed calls by kind."""
        with self._lock:
            return dict(self._errors)

    @property
    def refusals(self) -> dict[str, RefusedDocuments]:
        """Refused documents by error code (copies)."""
        with self._lock:
            return {code: msgspec.structs.replace(entry) for code, entry in self._refused.items()}

    @property
    def refused_total(self) -> int:
        """Documents that the service refused."""
        with self._lock:
            return sum(entry.count for entry in self._refused.values())


def _find(entity_id: str | None, documents: Sequence[bytes]) -> tuple[bytes, str]:
    """Find the document with this id by reading it: its text holds the ids of others too."""
    if len(documents) == 1:
        return documents[0], _identity(documents[0]).trace_id or ""
    if entity_id is not None:
        for document in documents:
            identity = _identity(document)
            if identity.id == entity_id:
                return document, identity.trace_id or ""
    return b"", ""


def _identity(document: bytes) -> _Identity:
    try:
        return msgspec.json.decode(document, type=_Identity)
    except (msgspec.DecodeError, RecursionError):
        return _Identity()
