"""How long Radiograph takes to be ready, and how much memory it takes doing nothing."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from benchmarks.figures import memory
from benchmarks.results import Budget, Result, latency
from benchmarks.running import Radiograph

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_STARTS = 5
# Longer than the first round of maintenance, at the default interval of 15 s.
_IDLE_SECONDS = 20.0


def measure_start(bench: Bench) -> None:
    """Start five times in an empty folder; stay idle with the last one."""
    bench.say(f"starting {_STARTS} times in an empty folder, then {_IDLE_SECONDS:g} s of idleness ...")
    times = []
    resident = []
    for number in range(_STARTS):
        with Radiograph(bench.place("start") / "radiograph", bench.options.settings) as service:
            times.append(service.start_seconds)
            resident.append(memory(service.pid))
            if number == _STARTS - 1:
                time.sleep(_IDLE_SECONDS)
                idle = memory(service.pid)
    bench.add(
        latency(
            "start",
            "start to the first 200 of /healthz, empty folder",
            times,
            Budget(1000),
            note=f"{_STARTS} fresh processes; looked at every 2 ms",
        ),
        Result(
            part="start",
            what="memory when idle",
            unit="MB",
            n=1,
            median=idle / 1e6,
            budgets=(Budget(120),),
            note=f"{_IDLE_SECONDS:g} s after the start; right after it {statistics.median(resident) / 1e6:.0f} MB",
        ),
    )
