"""What a daemon's door takes: at a steady rate and flat out, ours and the official daemon's beside each other."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from benchmarks.contestants import (
    OFFICIAL,
    RELAY,
    SERVICE,
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
    from collections.abc import Callable, Collection
    from contextlib import AbstractContextManager
    from pathlib import Path

    from benchmarks.bench import Bench
    from benchmarks.contestants import Contestant
    from benchmarks.corpus import Corpus

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


def _measure(bench: Bench, contestant: Contestant, corpus: Corpus, *, rate: float) -> Run:
    pid, port = contestant.program.pid, contestant.door[1]
    before, used, dropped = contestant.arrived(), cpu_seconds(pid), kernel_drops(port)
    began = time.monotonic()
    named = {"rate": rate, "seconds": bench.options.seconds}
    with Child(send_datagrams, contestant.door, corpus.datagrams, **named) as child:
        sent = child.result()
    arrived, arrived_in = _drain(contestant, began)
    return Run(
        sent=sent,
        kernel=kernel_drops(port) - dropped,
        arrived=arrived - before,
        arrived_in=arrived_in,
        cpu=cpu_seconds(pid) - used,
        peak=peak_memory(pid),
    )


def _tell(bench: Bench, part: str, name: str, run: Run, *, rate: float) -> None:
    """Add the lines of a run."""
    sent = run.sent
    how = f"{rate:,.0f}/s" if rate else "flat out"
    received = sent.datagrams - sent.refused - run.kernel
    again = f"; the documents were sent {sent.rounds} times over" if sent.rounds > 1 else ""
    note = (
        f"sent {sent.datagrams:,} in {sent.seconds:.1f} s ({sent.datagrams / sent.seconds:,.0f}/s); kernel dropped "
        f"{run.kernel:,}; {run.arrived:,} came out, the last after {run.arrived_in:.0f} s; a single run{again}"
    )
    ours = bool(rate) and name != OFFICIAL
    bench.add(
        Result(
            part=part,
            what=f"{name}, {how}: datagrams received",
            unit="datagrams/s",
            n=1,
            median=received / sent.seconds,
            # Of what is sent at the rate, a hundredth may be missed by the pace itself.
            budgets=(Budget(rate * 0.99, at_least=True),) if ours else (),
            note=note,
        ),
        Result(
            part=part,
            what=f"{name}, {how}: dropped by itself",
            unit="documents",
            n=1,
            median=received - run.arrived,
            budgets=(Budget(0),) if ours else (),
            note="received and neither committed nor sent on",
        ),
        Result(
            part=part,
            what=f"{name}, {how}: dropped by the kernel",
            unit="datagrams",
            n=1,
            median=run.kernel,
            note=f"{100 * run.kernel / max(1, sent.datagrams):.2f} % of what was sent",
        ),
        Result(
            part=part,
            what=f"{name}, {how}: processor time",
            unit="us/document",
            n=1,
            median=1e6 * run.cpu / max(1, run.arrived),
            note=f"per document that came out; {run.cpu:.1f} processor seconds in all",
        ),
        Result(part=part, what=f"{name}, {how}: memory, peak", unit="MB", n=1, median=run.peak / 1e6),
    )


def measure_datagrams(bench: Bench, names: Collection[str]) -> None:
    """Measure the doors, each run in a fresh process.

    Args:
        bench: the run.
        names: "udp" for the door of `radiograph up`, "daemon" for the relay's; the official daemon's either way.
    """
    options = bench.options
    corpus = bench.corpus(max(options.segments, min(int(options.udp_rate * options.seconds), _MOST_DOCUMENTS)))
    official = build_official(options.official)
    beside = "udp" if "udp" in names else "daemon"
    if isinstance(official, str):
        bench.say(f"  without the official daemon: {official}")
        bench.missing.append(f"official daemon: {official}")
    else:
        bench.say(f"  the official daemon is {official_version(official)}")
    with Sink() as sink:
        for rate in (options.udp_rate, 0.0):
            doors: list[tuple[str, str, Callable[[Path], AbstractContextManager[Contestant]]]] = []
            if "udp" in names:
                doors.append(("udp", SERVICE, partial(our_service, settings=options.settings)))
            if "daemon" in names:
                doors.append(("daemon", RELAY, partial(our_relay, sink=sink)))
            if not isinstance(official, str):
                doors.append((beside, OFFICIAL, partial(official_daemon, binary=official, sink=sink)))
            for part, name, door in doors:
                bench.say(f"datagrams to {name}, {f'{rate:,.0f}/s' if rate else 'flat out'} ...")
                with door(bench.place("door")) as contestant:
                    _tell(bench, part, name, _measure(bench, contestant, corpus, rate=rate), rate=rate)
