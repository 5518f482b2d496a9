"""HTTP as bare as can be, so that what is measured is the server: a connection kept alive, one request at a time."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import msgspec

if TYPE_CHECKING:
    from types import TracebackType

_END_OF_HEAD = b"\r\n\r\n"
_TIMEOUT = 60.0
_OK = 200


class Answer(NamedTuple):
    """Status, the seconds that Retry-After asks for (0 when it does not), and body of an answer."""

    status: int
    retry_after: float
    body: bytes


def parse_answer(received: bytes | bytearray) -> tuple[Answer, int] | None:
    """Read an answer from the bytes received so far; None when it is not complete.

    Returns:
        The answer, and how many bytes it took.

    Raises:
        ValueError: it has no Content-Length, which Radiograph always sends.
    """
    head_end = received.find(_END_OF_HEAD)
    if head_end < 0:
        return None
    lines = bytes(received[:head_end]).split(b"\r\n")
    length = None
    retry_after = 0.0
    for line in lines[1:]:
        name, _, value = line.partition(b":")
        name = name.lower()
        if name == b"content-length":
            length = int(value)
        elif name == b"retry-after":
            retry_after = float(value)
    if length is None:
        raise ValueError(f"an answer without Content-Length: {lines[0]!r}")
    end = head_end + len(_END_OF_HEAD) + length
    if len(received) < end:
        return None
    body = bytes(received[head_end + len(_END_OF_HEAD) : end])
    return Answer(int(lines[0].split(b" ", 2)[1]), retry_after, body), end


class Connection:
    """A connection to a service.

    Args:
        address: host and port.
    """

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=_TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def exchange(self, request: bytes) -> Answer:
        """Send a request and wait for the answer.

        Raises:
            OSError: the connection broke, or there was no answer within a minute.
        """
        self._socket.sendall(request)
        received = bytearray()
        while True:
            chunk = self._socket.recv(1 << 18)
            if not chunk:
                raise ConnectionError("the service closed the connection instead of answering")
            received += chunk
            parsed = parse_answer(received)
            if parsed is not None:
                return parsed[0]

    def get(self, path: str) -> Any:
        """Return the JSON that a GET answers.

        Raises:
            ValueError: another status than 200.
        """
        return _good(self.exchange(f"GET {path} HTTP/1.1\r\nHost: radiograph\r\n\r\n".encode()), path)

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Return the JSON that a POST answers.

        Raises:
            ValueError: another status than 200.
        """
        return _good(self.exchange(post_request(path, body)), path)


def post_request(path: str, body: dict[str, Any]) -> bytes:
    """Return the bytes of an API call."""
    encoded = msgspec.json.encode(body)
    head = f"POST {path} HTTP/1.1\r\nHost: radiograph\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(encoded)}\r\n\r\n".encode() + encoded


def _good(answer: Answer, path: str) -> Any:
    if answer.status != _OK:
        raise ValueError(f"{path} answered {answer.status}: {answer.body[:300]!r}")
    return msgspec.json.decode(answer.body)
