"""The UDP door receives, counts and hands on; it never grows and never dies."""

from __future__ import annotations

import socket
import sys
import threading
import time
from typing import TYPE_CHECKING

import pytest

from radiograph.doors.daemon.receiving import ManyAtOnce, OneByOne
from radiograph.doors.daemon.udp import UdpDoor
from radiograph.errors import ConfigurationError, Overloaded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

HEADER = b'{"format":"json","version":1}\n'


class Desk:
    """What stands behind the door: keeps what it is given, as long as it may."""

    def __init__(self, answer: Callable[[], bool | None] = lambda: None) -> None:
        self.batches: list[list[bytes]] = []
        self.calls = 0
        self.arrived = threading.Condition()
        self._answer = answer

    def __call__(self, batch: list[bytes]) -> bool | None:
        with self.arrived:
            self.calls += 1
            self.arrived.notify_all()
            answer = self._answer()
            if answer is not False:
                self.batches.append(batch)
            return answer

    @property
    def documents(self) -> list[bytes]:
        return [document for batch in self.batches for document in batch]

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.arrived:
            assert self.arrived.wait_for(condition, timeout=10)


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        threading.Event().wait(0.005)


@pytest.fixture
def sender() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        yield sock


def test_documents_arrive_in_order_and_are_counted(sender: socket.socket) -> None:
    desk = Desk()
    door = UdpDoor(("127.0.0.1", 0), desk)
    door.start()
    sent = [b'{"id":"%016x"}' % number for number in range(1000)]
    for document in sent:
        sender.sendto(HEADER + document, door.address)
    desk.wait(lambda: len(desk.documents) == 1000)
    door.stop()
    assert desk.documents == sent
    assert door.counters.received == 1000
    assert door.counters.delivered == 1000
    assert door.counters.bytes == 1000 * (30 + 25)
    assert max(map(len, desk.batches)) <= 512


def test_the_largest_datagram_is_not_cut(sender: socket.socket) -> None:
    desk = Desk()
    door = UdpDoor(("127.0.0.1", 0), desk)
    door.start()
    document = b"{" + b"x" * (65_507 - 31)
    sender.sendto(HEADER + document, door.address)
    desk.wait(lambda: bool(desk.batches))
    door.stop()
    assert desk.documents == [document]


def test_a_bad_datagram_is_counted_with_its_reason_and_example_and_the_next_one_passes(
    sender: socket.socket,
) -> None:
    desk = Desk()
    door = UdpDoor(("127.0.0.1", 0), desk)
    door.start()
    sender.sendto(b"hello", door.address)
    sender.sendto(b"\xff" * 500, door.address)
    sender.sendto(b"", door.address)
    sender.sendto(HEADER + b"T1Sabc", door.address)
    sender.sendto(HEADER + b"{}", door.address)
    desk.wait(lambda: bool(desk.batches))
    door.stop()
    assert desk.documents == [b"{}"]
    refused = door.counters.refused
    assert {reason: entry.count for reason, entry in refused.items()} == {
        "missing_header": 3,
        "unsupported_t1s": 1,
    }
    assert refused["unsupported_t1s"].example == HEADER.decode() + "T1Sabc"
    assert "not yet supported" in refused["unsupported_t1s"].sentence
    assert door.counters.refused_total == 4


def test_an_example_is_at_most_200_characters(sender: socket.socket) -> None:
    door = UdpDoor(("127.0.0.1", 0), Desk())
    door.start()
    sender.sendto(b"\xff" * 5000, door.address)
    until(lambda: door.counters.refused_total == 1)
    door.stop()
    assert door.counters.refused["missing_header"].example == "\ufffd" * 200


@pytest.mark.parametrize("how", ["false", "raises"])
def test_a_full_receiver_costs_the_newest_documents_and_no_memory(sender: socket.socket, how: str) -> None:
    full = True

    def answer() -> bool | None:
        if full and how == "raises":
            raise Overloaded("full")
        return False if full else None

    desk = Desk(answer)
    door = UdpDoor(("127.0.0.1", 0), desk)
    door.start()
    for _ in range(100):
        sender.sendto(HEADER + b"{}", door.address)
    until(lambda: door.counters.dropped_overload == 100)
    full = False
    sender.sendto(HEADER + b'{"late":1}', door.address)
    desk.wait(lambda: bool(desk.batches))
    door.stop()
    assert desk.documents == [b'{"late":1}']
    assert door.counters.received == 101
    assert door.counters.delivered == 1


def test_the_door_outlives_a_receiver_that_fails(sender: socket.socket) -> None:
    broken = True

    def answer() -> None:
        if broken:
            raise RuntimeError("a mistake")

    desk = Desk(answer)
    door = UdpDoor(("127.0.0.1", 0), desk)
    door.start()
    sender.sendto(HEADER + b"{}", door.address)
    until(lambda: door.counters.dropped_error == 1)
    broken = False
    sender.sendto(HEADER + b'{"late":1}', door.address)
    desk.wait(lambda: bool(desk.batches))
    door.stop()
    assert desk.documents == [b'{"late":1}']


def test_stopping_delivers_what_the_kernel_still_holds(sender: socket.socket) -> None:
    go_on = threading.Event()

    def answer() -> None:
        assert go_on.wait(10)

    desk = Desk(answer)
    door = UdpDoor(("127.0.0.1", 0), desk, batch_limit=16)
    door.start()
    for number in range(100):
        sender.sendto(HEADER + b'{"n":%d}' % number, door.address)
    until(lambda: desk.calls == 1)  # the door's thread now waits in the first batch
    stopper = threading.Thread(target=door.stop)
    stopper.start()
    go_on.set()
    stopper.join(10)
    assert desk.documents == [b'{"n":%d}' % number for number in range(100)]


def test_stopping_ends_although_a_sender_does_not(sender: socket.socket) -> None:
    door = UdpDoor(("127.0.0.1", 0), Desk())
    door.start()
    address, done = door.address, threading.Event()

    def send() -> None:
        while not done.is_set():
            sender.sendto(HEADER + b"{}", address)

    thread = threading.Thread(target=send)
    thread.start()
    until(lambda: door.counters.received > 0)
    began = time.monotonic()
    door.stop(drain_seconds=0.2)
    ended = time.monotonic()
    done.set()
    thread.join()
    assert ended - began < 5


def test_stop_is_harmless_twice_and_without_start() -> None:
    UdpDoor(("127.0.0.1", 0), Desk()).stop()
    door = UdpDoor(("127.0.0.1", 0), Desk())
    door.start()
    door.stop()
    door.stop()


def test_a_port_in_use_is_named_together_with_the_way_out() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        door = UdpDoor(("127.0.0.1", port), Desk())
        with pytest.raises(ConfigurationError, match=rf"127\.0\.0\.1:{port} .*in use.* --udp HOST:PORT"):
            door.start()
        door.stop()


def test_an_unknown_host_is_named_together_with_the_way_out() -> None:
    door = UdpDoor(("no.such.host.invalid", 2), Desk(), option="--bind")
    with pytest.raises(ConfigurationError, match=r"no\.such\.host\.invalid:2.*--bind HOST:PORT"):
        door.start()
    door.stop()


def test_ipv6_works() -> None:
    try:
        sender = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
        sender.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    desk = Desk()
    door = UdpDoor(("::1", 0), desk)
    door.start()
    with sender:
        sender.sendto(HEADER + b"{}", door.address)
        desk.wait(lambda: bool(desk.batches))
    door.stop()
    assert desk.documents == [b"{}"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts a socket's drops")
def test_what_the_kernel_dropped_is_counted(sender: socket.socket) -> None:
    go_on = threading.Event()

    def answer() -> None:
        assert go_on.wait(10)

    desk = Desk(answer)
    door = UdpDoor(("127.0.0.1", 0), desk, receive_buffer=4096)
    door.start()
    sender.sendto(HEADER + b"{}", door.address)
    until(lambda: desk.calls == 1)  # the door's thread now waits and the kernel's buffer fills
    for _ in range(1000):
        sender.sendto(HEADER + b"{}", door.address)
    drops = door.kernel_drops
    assert drops is not None
    assert drops > 0
    go_on.set()
    door.stop()
    assert door.counters.received + drops == 1001
    assert door.kernel_drops == drops


def test_the_granted_buffer_is_reported() -> None:
    door = UdpDoor(("127.0.0.1", 0), Desk(), receive_buffer=65_536)
    before = door.receive_buffer_granted
    door.start()
    assert (before, door.receive_buffer_granted) == (None, 65_536)
    door.stop()


@pytest.mark.parametrize(
    "way",
    [
        OneByOne,
        pytest.param(ManyAtOnce, marks=pytest.mark.skipif(sys.platform != "linux", reason="recvmmsg is Linux's")),
    ],
)
def test_every_way_of_receiving_gives_the_same_datagrams(
    way: type[OneByOne | ManyAtOnce], sender: socket.socket
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        receive = way(sock)
        assert receive() == []
        sent = [bytes([number % 256]) * (number * 5) for number in range(200)]
        for start in (0, 100):
            for datagram in sent[start : start + 100]:
                sender.sendto(datagram, sock.getsockname())
            assert receive() == sent[start : start + 100]
        assert receive() == []
