"""Datagrams to a daemon's door, at a given pace or flat out."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus import Blocks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BURSTS_PER_SECOND = 1000
_CLOCK_EVERY = 64


class DatagramsSent(msgspec.Struct):
    """What was sent.

    Args:
        datagrams: handed to the kernel.
        refused: that the kernel would not take, because nobody listens any more.
        seconds: how long it took.
        cpu_seconds: processor time of the sender, which includes the kernel's delivery to the receiver's buffer.
        rounds: how often the corpus was begun; from the second time on the documents repeat.
    """

    datagrams: int = 0
    refused: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    rounds: int = 0


def send_datagrams(address: tuple[str, int], datagrams: Path, *, rate: float, seconds: float) -> DatagramsSent:
    """Send a corpus's datagrams, again and again until the time is over.

    Args:
        address: of the daemon's door.
        datagrams: the corpus's file.
        rate: datagrams per second, in bursts of a millisecond; 0 for as many as the kernel takes.
        seconds: for how long.
    """
    sent = DatagramsSent()
    blocks = Blocks(datagrams)

    def each() -> Iterator[memoryview]:
        while True:
            sent.rounds += 1
            yield from blocks

    source = each()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        door.connect(address)
        began, cpu = time.perf_counter(), time.process_time()
        until = began + seconds
        send = door.send
        while (now := time.perf_counter()) < until:
            due = int((now - began) * rate) - sent.datagrams if rate else _CLOCK_EVERY
            for _ in range(due):
                try:
                    send(next(source))
                except ConnectionRefusedError:
                    sent.refused += 1
                sent.datagrams += 1
            if rate:
                time.sleep(max(0.0, 1 / _BURSTS_PER_SECOND - (time.perf_counter() - now)))
        sent.seconds = time.perf_counter() - began
        sent.cpu_seconds = time.process_time() - cpu
    return sent
