"""The UDP door: receives datagrams on a thread of its own and hands on batches of documents.

A thread and not asyncio, because the door must keep up with 50,000 datagrams a second while the rest of the
process works, and because the kernel's buffer is the only place where a datagram can wait.
"""

from __future__ import annotations

import selectors
import socket
import struct
import sys
import threading
import time
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.doors.daemon.address import format_address
from radiograph.doors.daemon.framing import FramingError, split_datagram
from radiograph.doors.daemon.receiving import open_receiver
from radiograph.errors import ConfigurationError, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.doors.daemon.receiving import Receiver

_RECEIVE_BUFFER = 8 * 1024 * 1024
_SO_RCVBUFFORCE = 33  # Linux, for root: beyond net.core.rmem_max
_SO_MEMINFO = 55  # Linux: nine 32-bit words about the socket, the last is the number of dropped datagrams
_MEMINFO = struct.Struct("9I")
_EXAMPLE_LENGTH = 200
# With datagrams in hand the door looks again after a millisecond instead of being woken by each single one:
# less work under load, and even a buffer of 208 KiB (Linux's default limit) does not overflow meanwhile.
_PAUSE_SECONDS = 0.001
_MANY = 64  # as many at once mean that the kernel has more: do not pause
_IDLE_SECONDS = 1.0


class Refused(msgspec.Struct):
    """Datagrams refused for one reason.

    Args:
        count: How many.
        sentence: The reason for a person.
        example: The first 200 characters of the last one.
    """

    count: int
    sentence: str
    example: str


class UdpCounters:
    """What the door has seen since it was made. Written by the door's thread, read by any.

    Attributes:
        received: Datagrams taken from the kernel, good and bad.
        bytes: Their payload bytes.
        delivered: Documents that `deliver` took.
        dropped_overload: Documents dropped because `deliver` was full.
        dropped_error: Documents lost because `deliver` raised something unexpected.
        refused: Datagrams without a document, by reason.
    """

    __slots__ = ("bytes", "delivered", "dropped_error", "dropped_overload", "received", "refused")

    def __init__(self) -> None:
        self.received = 0
        self.bytes = 0
        self.delivered = 0
        self.dropped_overload = 0
        self.dropped_error = 0
        self.refused: dict[str, Refused] = {}

    @property
    def refused_total(self) -> int:
        """Datagrams refused for any reason."""
        return sum(entry.count for entry in self.refused.copy().values())


class UdpDoor:
    """Receives segment documents by UDP.

    Args:
        address: Host and port to bind; IPv4, IPv6 or a name; port 0 takes a free one.
        deliver: Called on the door's thread with a batch of documents, at most every `batch_seconds` or every
            `batch_limit` documents. It must return fast. When it returns False or raises Overloaded the batch
            is dropped and counted: the door itself never keeps more than one batch.
        receive_buffer: Bytes of kernel buffer to ask for.
        batch_limit: Documents in a batch at most.
        batch_seconds: Longest time that a document waits in the door.
        option: The setting that holds the address, named in error messages.
        log: Where events go.
    """

    def __init__(
        self,
        address: tuple[str, int],
        deliver: Callable[[list[bytes]], bool | None],
        *,
        receive_buffer: int = _RECEIVE_BUFFER,
        batch_limit: int = 512,
        batch_seconds: float = 0.02,
        option: str = "--udp",
        log: Any = None,
    ) -> None:
        self.counters = UdpCounters()
        self._wanted_address = address
        self._deliver = deliver
        self._wanted_buffer = receive_buffer
        self._batch_limit = batch_limit
        self._batch_seconds = batch_seconds
        self._option = option
        self._log = structlog.get_logger() if log is None else log
        self._sock: socket.socket | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False
        self._drain_seconds = 0.0
        self._waker, self._wakened = socket.socketpair()
        self._final_drops: int | None = None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port that the door is bound to (after `start`), else those it was given."""
        if self._sock is None:
            return self._wanted_address
        name = self._sock.getsockname()
        return name[0], name[1]

    @property
    def receive_buffer_granted(self) -> int | None:
        """Bytes of payload and bookkeeping that the kernel lets wait; None before `start`."""
        if self._sock is None:
            return None
        size = self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
        return size // 2 if sys.platform == "linux" else size  # Linux reports twice what it granted

    @property
    def kernel_drops(self) -> int | None:
        """Datagrams that the kernel threw away because its buffer was full; None where it does not tell."""
        sock = self._sock
        if sock is None or sys.platform != "linux":
            return self._final_drops
        try:
            words = _MEMINFO.unpack(sock.getsockopt(socket.SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size))
        except (OSError, struct.error):  # a kernel before 4.12, or the door has just been closed
            return self._final_drops
        return int(words[8])

    def start(self) -> None:
        """Bind and begin to receive.

        Raises:
            ConfigurationError: The address cannot be bound.
        """
        self._sock = self._bind()
        self._thread = threading.Thread(target=self._run, name="udp-door", daemon=True)
        self._thread.start()
        self._log.info(
            "udp door open", address=format_address(self.address), receive_buffer=self.receive_buffer_granted
        )

    def stop(self, drain_seconds: float = 1.0) -> None:
        """Deliver what the kernel still holds, then close. Harmless when not started or already stopped.

        Args:
            drain_seconds: Longest time to go on receiving if senders do not pause.
        """
        if self._thread is not None:
            self._drain_seconds = drain_seconds
            self._stopping = True
            self._waker.send(b"x")
            self._thread.join()
            self._thread = None
        if self._sock is not None:
            self._final_drops = self.kernel_drops
            self._sock.close()
            self._sock = None
        self._waker.close()
        self._wakened.close()

    def _bind(self) -> socket.socket:
        host, port = self._wanted_address
        shown = format_address(self._wanted_address)
        try:
            choices = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM, flags=socket.AI_PASSIVE)
        except OSError as error:
            raise ConfigurationError(
                f"UDP {shown}: the host name is not known ({error.strerror or error}); "
                f"name an address of this machine with {self._option} HOST:PORT."
            ) from error
        family, kind, protocol, _, target = choices[0]
        sock = socket.socket(family, kind, protocol)
        try:
            sock.bind(target)
        except OSError as error:
            sock.close()
            raise ConfigurationError(
                f"UDP {shown} cannot be opened ({error.strerror or error}): another daemon may hold it; "
                f"stop that one or choose another address with {self._option} HOST:PORT."
            ) from error
        sock.setblocking(False)
        _ask_for_buffer(sock, self._wanted_buffer)
        return sock

    def _run(self) -> None:
        sock = self._sock
        assert sock is not None
        receive = open_receiver(sock)
        with selectors.DefaultSelector() as stopped, selectors.DefaultSelector() as stirred:
            stopped.register(self._wakened, selectors.EVENT_READ)
            stirred.register(self._wakened, selectors.EVENT_READ)
            stirred.register(sock, selectors.EVENT_READ)
            pending: list[bytes] = []
            due = 0.0
            while not self._stopping:
                datagrams = receive()
                now = time.monotonic()
                if datagrams:
                    due = due if pending else now + self._batch_seconds
                    self._sort(datagrams, pending)
                if len(pending) >= self._batch_limit:
                    self._hand_on_full(pending)
                    due = now + self._batch_seconds
                elif pending and now >= due:
                    self._hand_on(pending)
                    pending = []
                if not datagrams:
                    stirred.select(max(0.0, due - now) if pending else _IDLE_SECONDS)
                elif len(datagrams) < _MANY:
                    stopped.select(_PAUSE_SECONDS)
        self._drain(receive, pending)

    def _drain(self, receive: Receiver, pending: list[bytes]) -> None:
        end = time.monotonic() + self._drain_seconds
        while datagrams := receive():
            self._sort(datagrams, pending)
            self._hand_on_full(pending)
            if time.monotonic() > end:
                break
        if pending:
            self._hand_on(pending)

    def _sort(self, datagrams: list[bytes], pending: list[bytes]) -> None:
        counters = self.counters
        counters.received += len(datagrams)
        counters.bytes += sum(map(len, datagrams))
        for datagram in datagrams:
            document = split_datagram(datagram)
            if isinstance(document, bytes):
                pending.append(document)
            else:
                self._refuse(document, datagram)

    def _refuse(self, why: FramingError, datagram: bytes) -> None:
        example = datagram[: 4 * _EXAMPLE_LENGTH].decode(errors="replace")[:_EXAMPLE_LENGTH]
        entry = self.counters.refused.get(why.reason)
        if entry is None:
            self.counters.refused[why.reason] = Refused(1, why.sentence, example)
            # One line for each kind; the counters tell the rest.
            self._log.warning("datagram refused", reason=why.reason, sentence=why.sentence)
        else:
            entry.count += 1
            entry.example = example

    def _hand_on_full(self, pending: list[bytes]) -> None:
        """Hand on full batches and leave the rest."""
        while len(pending) >= self._batch_limit:
            self._hand_on(pending[: self._batch_limit])
            del pending[: self._batch_limit]

    def _hand_on(self, batch: list[bytes]) -> None:
        try:
            taken = self._deliver(batch) is not False
        except Overloaded:
            taken = False
        except Exception:  # noqa: BLE001 -- the door outlives whatever stands behind it
            self.counters.dropped_error += len(batch)
            self._log.exception("documents lost: the door's receiver failed", documents=len(batch))
            return
        if taken:
            self.counters.delivered += len(batch)
        else:
            self.counters.dropped_overload += len(batch)


def _ask_for_buffer(sock: socket.socket, size: int) -> None:
    """Ask for `size` bytes; the kernel may grant less, which is no reason not to start."""
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        if sys.platform == "linux" and sock.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF) < 2 * size:
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, size)
    except OSError:
        pass
