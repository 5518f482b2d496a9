"""What an application pays for being traced, with each SDK, in fresh processes that take turns."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.results import Budget, Result
from benchmarks.sdk_work import CONTESTANTS

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_RUNS = 5
_BUDGETS = {"sampled": 3.0, "unsampled": 0.5}


def measure_sdk(bench: Bench) -> None:
    """Measure every SDK that is installed, in turns, so that what else the machine does hits all of them."""
    bench.say(f"sdk: {_RUNS} processes each of {', '.join(CONTESTANTS)} ...")
    found: dict[str, dict[str, list[float]]] = {name: {what: [] for what in _BUDGETS} for name in CONTESTANTS}
    for _ in range(_RUNS):
        for name in CONTESTANTS:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.sdk_work", name], capture_output=True, text=True, check=True
            )
            for what, microseconds in json.loads(done.stdout).items():
                found[name][what].append(microseconds)
    for what, budget in _BUDGETS.items():
        for name, times in found.items():
            bench.add(
                Result(
                    part="sdk",
                    what=f"a call, {what}, {name}",
                    unit="us",
                    n=_RUNS,
                    median=statistics.median(times[what]),
                    budgets=(Budget(budget),) if name == "radiograph-sdk" else (),
                    note=f"{min(times[what]):.2f} to {max(times[what]):.2f}; processor time, encoded and sent by UDP, "
                    "with a twentieth of its segment",
                )
            )
    bench.missing.append("sdk: opentelemetry-sdk and ddtrace are not compared yet")
