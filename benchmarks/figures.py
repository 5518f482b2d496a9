"""What the system says about a process, and what the measured times say when they are put in order."""

from __future__ import annotations

import contextlib
import os
import statistics
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_USER_TIME, _SYSTEM_TIME = 11, 12  # counted behind the name, which may hold spaces; see proc(5)


def family(pid: int) -> list[int]:
    """Return a process and those that it has started and that still run, all generations."""
    found = [pid]
    for process in found:  # grows while it is walked
        with contextlib.suppress(OSError):
            for task in Path(f"/proc/{process}/task").iterdir():
                found += map(int, (task / "children").read_text(encoding="utf-8").split())
    return found


def cpu_seconds(pid: int) -> float:
    """Return the processor time that a process and those it started have used, user and system."""
    total = 0
    for process in family(pid):
        with contextlib.suppress(OSError):
            fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
            # utime and stime, and for the first those of children that have ended and were waited for.
            total += sum(map(int, fields[11:15] if process == pid else fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def _status_bytes(pid: int, name: str) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    return 0


def _of_family(pid: int, name: str) -> int:
    total = 0
    for process in family(pid):
        with contextlib.suppress(OSError):
            total += _status_bytes(process, name)
    return total


def memory(pid: int) -> int:
    """Return the resident memory of a process and those it started, bytes; pages they share count for each."""
    return _of_family(pid, "VmRSS")


def peak_memory(pid: int) -> int:
    """Return the sum of the highest resident memory of a process and of those it started that still run, bytes."""
    return _of_family(pid, "VmHWM")


def folder_bytes(folder: Path) -> int:
    """Return what the files below a folder take on the disk, bytes, in blocks as `du` counts."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(FileNotFoundError):  # maintenance has just deleted it
                total += os.stat(os.path.join(place, name)).st_blocks * 512  # noqa: PTH116, PTH118 -- many files
    return total


def parquet_bytes(folder: Path) -> int:
    """Return how long the Parquet files below a folder are, bytes, those that nothing refers to any more included."""
    total = 0
    for file in folder.rglob("*.parquet"):
        with contextlib.suppress(FileNotFoundError):
            total += file.stat().st_size
    return total


class Sample(msgspec.Struct, frozen=True):
    """The memory of a process, bytes, some seconds after the first look."""

    seconds: float
    bytes: int


@contextlib.contextmanager
def memory_over_time(pid: int, *, every: float) -> Iterator[list[Sample]]:
    """Look at a process's memory again and again while the block runs.

    Args:
        pid: the process.
        every: time between two looks, seconds.
    """
    samples: list[Sample] = []
    enough = threading.Event()
    began = time.monotonic()

    def look() -> None:
        while not enough.is_set():
            with contextlib.suppress(FileNotFoundError, ProcessLookupError):
                samples.append(Sample(round(time.monotonic() - began, 1), memory(pid)))
            enough.wait(every)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield samples
    finally:
        enough.set()
        thread.join()


def slope(samples: Sequence[Sample]) -> float:
    """Return how fast memory grows over the samples, bytes per minute, by least squares."""
    if len({sample.seconds for sample in samples}) < 2:
        return 0.0
    line = statistics.linear_regression([each.seconds for each in samples], [float(each.bytes) for each in samples])
    return line.slope * 60


def percentile(times: Sequence[float], share: float) -> float:
    """Return the value that the given share of the values do not exceed (nearest rank)."""
    ordered = sorted(times)
    return ordered[max(0, min(len(ordered), -int(-share * len(ordered) // 1)) - 1)]
