"""The service behind the daemons that are compared: takes everything, at once, and counts it."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING, Self, cast

import msgspec

from benchmarks.http_client import Connection
from benchmarks.running import Child

if TYPE_CHECKING:
    from types import TracebackType

_END_OF_HEAD = b"\r\n\r\n"
_TAKEN = b'{"UnprocessedTraceSegments":[]}'
_COUNT = b"/count"
_STOP = b"/stop"


class _Batch(msgspec.Struct):
    documents: list[str] = msgspec.field(name="TraceSegmentDocuments", default_factory=list)


_read = msgspec.json.Decoder(_Batch).decode


class _Counter:
    def __init__(self) -> None:
        self.documents = 0
        self.requests = 0
        self.stopped = asyncio.Event()

    def answer(self, path: bytes, body: bytes) -> bytes:
        if path == b"/TraceSegments":
            self.documents += len(_read(body).documents)
            self.requests += 1
            return _TAKEN
        if path == _COUNT:
            return msgspec.json.encode({"documents": self.documents, "requests": self.requests})
        if path == _STOP:
            self.stopped.set()
        return b"{}"


class _Door(asyncio.Protocol):
    def __init__(self, counter: _Counter) -> None:
        self._counter = counter
        self._received = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        received = self._received
        received += data
        while (head_end := received.find(_END_OF_HEAD)) >= 0:
            lines = bytes(received[:head_end]).split(b"\r\n")
            length = 0
            for line in lines[1:]:
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            end = head_end + len(_END_OF_HEAD) + length
            if len(received) < end:
                return
            answer = self._counter.answer(lines[0].split(b" ")[1], bytes(received[head_end + len(_END_OF_HEAD) : end]))
            del received[:end]
            head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(answer)
            self._transport.write(head + answer)


def serve(listener: socket.socket) -> None:
    """Serve until asked to stop.

    Args:
        listener: a listening socket.
    """
    import uvloop  # noqa: PLC0415 -- only this process needs it

    async def run() -> None:
        counter = _Counter()
        server = await asyncio.get_running_loop().create_server(lambda: _Door(counter), sock=listener)
        await counter.stopped.wait()
        server.close()

    uvloop.run(run())


class Sink:
    """The service in a process of its own; leaving the block ends it.

    Attributes:
        address: host and port.
    """

    def __enter__(self) -> Self:
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.address: tuple[str, int] = listener.getsockname()[:2]
            self._child = Child(serve, listener)
            # The listener is the child's from here on; it has its own copy once it answers.
            self.count()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError), Connection(self.address) as connection:
            connection.get(_STOP.decode())
        with self._child:
            pass

    def count(self) -> int:
        """Return how many documents have arrived."""
        with Connection(self.address) as connection:
            count: int = connection.get(_COUNT.decode())["documents"]
        return count
