"""What is sent, on disk before the clock runs: whole HTTP requests and datagrams, ready to be passed to a socket."""

from __future__ import annotations

import mmap
from array import array
from typing import TYPE_CHECKING

import msgspec

from benchmarks.documents import make_traces

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from benchmarks.documents import Mix

DATAGRAM_HEADER = b'{"format": "json", "version": 1}\n'
DOCUMENTS_PER_REQUEST = 50
"""What AWS allows in one PutTraceSegments, and what the official daemon sends."""

_PUT = (
    b"POST /TraceSegments HTTP/1.1\r\nHost: radiograph\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
)
_REQUESTS, _DATAGRAMS, _OFFSETS = "requests", "datagrams", ".offsets"
_encode = msgspec.json.Encoder().encode


class Corpus(msgspec.Struct, frozen=True, kw_only=True):
    """Documents that are ready to be sent.

    Args:
        requests: file of HTTP requests, read with `Blocks`; each holds 50 documents, the last one what is left.
        datagrams: file of the same documents as datagrams.
        documents: how many there are.
        bytes: how long they are together, without any framing.
        xray_ids: ids of the traces whose id carries the time.
        w3c_ids: ids of the others.
        start: when the first trace begins, seconds since the epoch.
        end: when the last one begins.
    """

    requests: Path
    datagrams: Path
    documents: int
    bytes: int
    xray_ids: list[str]
    w3c_ids: list[str]
    start: float
    end: float


def put_request(documents: Sequence[str]) -> bytes:
    """Return the HTTP request that sends so many documents."""
    body = _encode({"TraceSegmentDocuments": documents})
    return _PUT % len(body) + body


class _BlockWriter:
    """Writes blocks of bytes one behind the other, and where each begins."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = path.open("wb")
        self._offsets = array("Q", [0])

    def add(self, block: bytes) -> None:
        self._file.write(block)
        self._offsets.append(self._offsets[-1] + len(block))

    def close(self) -> None:
        self._file.close()
        with self._path.with_suffix(_OFFSETS).open("wb") as file:
            self._offsets.tofile(file)


class Blocks:
    """The blocks of a file that `make_corpus` wrote, as views of its memory, which lasts as long as they do.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        self._offsets = array("Q")
        self._offsets.frombytes(path.with_suffix(_OFFSETS).read_bytes())
        with path.open("rb") as file:
            self._view = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def __iter__(self) -> Iterator[memoryview]:
        offsets, view = self._offsets, self._view
        for number in range(len(self)):
            yield view[offsets[number] : offsets[number + 1]]


def make_corpus(folder: Path, mix: Mix, documents: int, *, start: float, end: float) -> Corpus:
    """Make documents and write them to files.

    Args:
        folder: where; it exists.
        mix: what the documents are like.
        documents: how many.
        start: when the first trace begins, seconds since the epoch.
        end: when the last one begins.
    """
    requests = _BlockWriter(folder / _REQUESTS)
    datagrams = _BlockWriter(folder / _DATAGRAMS)
    xray_ids: list[str] = []
    w3c_ids: list[str] = []
    size = 0
    waiting: list[str] = []
    for trace in make_traces(mix, documents, start=start, end=end):
        (w3c_ids if trace.w3c else xray_ids).append(trace.id)
        for document in trace.documents:
            datagrams.add(DATAGRAM_HEADER + document.encode())
            size += len(document)
            waiting.append(document)
            if len(waiting) == DOCUMENTS_PER_REQUEST:
                requests.add(put_request(waiting))
                waiting = []
    if waiting:
        requests.add(put_request(waiting))
    requests.close()
    datagrams.close()
    return Corpus(
        requests=folder / _REQUESTS,
        datagrams=folder / _DATAGRAMS,
        documents=documents,
        bytes=size,
        xray_ids=xray_ids,
        w3c_ids=w3c_ids,
        start=start,
        end=end,
    )
