"""Sending segment documents to the daemon by UDP, without ever holding up or hurting the application."""

from __future__ import annotations

import contextlib
import socket
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from radiograph_sdk.addresses import DaemonAddress

HEADER = b'{"format":"json","version":1}\n'
_LARGEST_DATAGRAM = 65_507


class Sender(Protocol):
    """Takes documents; `Emitter` hands them to a daemon."""

    problem: OSError | None
    """Why the last document that was not taken was not."""

    def send(self, document: bytes) -> bool:
        """Take one JSON document; return whether it was taken. Neither raises nor waits."""

    def close(self) -> None:
        """Give back what is open."""


class Emitter:
    """Sends each document as one datagram. What cannot be sent is counted, never raised.

    Attributes:
        sent: documents handed to the system.
        too_large: documents that do not fit a datagram.
        failed: documents that the system refused.
        problem: why, the last time.
    """

    def __init__(self, address: DaemonAddress) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self._target: tuple[str, int] = address.udp
        self.sent = 0
        self.too_large = 0
        self.failed = 0
        self.problem: OSError | None = None

    def send(self, document: bytes) -> bool:
        """Send one JSON document; return whether the system took it."""
        if len(HEADER) + len(document) > _LARGEST_DATAGRAM:
            self.too_large += 1
            return False
        try:
            self._open().sendto(HEADER + document, self._target)
        except OSError as problem:
            self.failed += 1
            self.problem = problem
            return False
        self.sent += 1
        return True

    def close(self) -> None:
        """Close the socket; a later `send` opens it again."""
        if self._socket is not None:
            with contextlib.suppress(OSError):
                self._socket.close()
            self._socket = None

    def _open(self) -> socket.socket:
        if self._socket is None:
            family, kind, protocol, _, target = socket.getaddrinfo(*self._address.udp, type=socket.SOCK_DGRAM)[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.setblocking(False)
            self._target = (str(target[0]), int(target[1]))
        return self._socket
