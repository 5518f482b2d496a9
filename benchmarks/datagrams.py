"""What a daemon's door takes: at a steady rate and flat out, ours and the official daemon's beside each other."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks.contestants import (
    Contestant,
    build_official,
    kernel_drops,
    official_daemon,
    official_version,
    our_relay,
    our_service,
)
from benchmarks.figures import cpu_seconds, peak_memory
from benchmarks.results import Budget, Result
from benchmarks.running import Child
from benchmarks.sink import Sink
from benchmarks.udp_sender import DatagramsSent, send_datagrams

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from contextlib import AbstractContextManager

    from benchmarks.bench import Bench

_BETWEEN_LOOKS = 0.25
# Nothing new for so long: everything has come through. The official daemon sends what it has every second.
_QUIET_SECONDS = 3.0
_GIVE_UP_SECONDS = 180.0
_MOST_DOCUMENTS = 3_000_000


class Run(msgspec.Struct, frozen=True, kw_only=True):
    """One contestant, one way of sending.

    Args:
        sent: what the sender did.
        kernel: datagrams that the kernel dropped.
        arrived: documents that came out at the other side.
        arrived_in: until the last of them, seconds from the first datagram.
        cpu: processor time of the contestant, seconds.
        peak: most resident memory, bytes.
    """

    sent: DatagramsSent
    kernel: int
    arrived: int
    arrived_in: float
    cpu: float
    peak: int


def _drain(contestant: Contestant, began: float) -> tuple[int, float]:
    """Wait until nothing more comes out; return how much did, and when the last of it was seen, seconds."""
    last, last_at = -1, began
    give_up = time.monotonic() + _GIVE_UP_SECONDS
    while time.monotonic() < give_up:
        contestant.program.check()
        arrived = contestant.arrived()
        now = time.monotonic()
        if arrived != last:
            last, last_at = arrived, now
        elif now - last_at > _QUIET_SECONDS:
            break
        time.sleep(_BETWEEN_LOOKS)
    return last, last_at - began


def _measure(bench: Bench, contestant: Contestant, *, rate: float) -> Run:
    options = bench.options
    wanted = int((options.udp_rate if rate else 3 * options.udp_rate) * options.seconds)
    corpus = bench.corpus(max(options.segments, min(wanted, _MOST_DOCUMENTS)) if rate else options.segments)
    pid = contestant.program.pid
    used, dropped = cpu_seconds(pid), kernel_drops(contestant.door[1])
    began = time.monotonic()
    with Child(send_datagrams, contestant.door, corpus.datagrams, rate=rate, seconds=options.seconds) as child:
        sent = child.result()
    arrived, arrived_in = _drain(contestant, began)
    return Run(
        sent=sent,
        kernel=kernel_drops(contestant.door[1]) - dropped,
        arrived=arrived,
        arrived_in=arrived_in,
        cpu=cpu_seconds(pid) - used,
        peak=peak_memory(pid),
    )
