"""What an application pays for being traced, with each SDK, in fresh processes that take turns."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING

from benchmarks.results import Budget, Result
from benchmarks.sdk_daemon import measure_sdk_daemon
from benchmarks.sdk_shop import measure_sdk_shop
from benchmarks.sdk_soak import measure_sdk_soak
from benchmarks.sdk_work import CONTESTANTS, NEEDS

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_RUNS = 5
_BUDGETS = {"sampled": 3.0, "unsampled": 0.5}
_AWS_THERE = {"sampled": 13.2, "unsampled": 8.5}
"""What `aws_xray_sdk` takes on the machine that the budgets were set on, microseconds, encoded and not sent."""


def measure_sdk(bench: Bench) -> None:
    """Measure every SDK that is installed, in turns, so that what else the machine does hits all of them."""
    contestants = [name for name in CONTESTANTS if name not in NEEDS or _is_here(NEEDS[name])]
    absent = [name for name in CONTESTANTS if name not in contestants]
    if absent:
        bench.missing.append(f"sdk: {', '.join(absent)} not installed; make bench installs them")
    bench.say(f"sdk: {_RUNS} processes each of {', '.join(contestants)} ...")
    found: dict[str, dict[str, list[float]]] = {name: {what: [] for what in _BUDGETS} for name in contestants}
    for _ in range(_RUNS):
        for name in contestants:
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.sdk_work", name], capture_output=True, text=True, check=True
            )
            for what, microseconds in json.loads(done.stdout).items():
                found[name][what].append(microseconds)
    for what in _BUDGETS:
        for name, times in found.items():
            bench.add(
                Result(
                    part="sdk",
                    what=f"a call, {what}, {name}",
                    unit="us",
                    n=_RUNS,
                    median=statistics.median(times[what]),
                    note=f"{min(times[what]):.2f} to {max(times[what]):.2f}; processor time, encoded and sent by UDP, "
                    "with a twentieth of its segment",
                )
            )
    # The budgets are of a machine on which AWS's SDK takes what is known of it; this one is as fast as it makes that.
    for what, budget in _BUDGETS.items():
        ours, theirs = (statistics.median(found[name][what]) for name in ("radiograph-sdk", "aws_xray_sdk"))
        bench.add(
            Result(
                part="sdk",
                what=f"a call, {what}, radiograph-sdk, on the budget's machine",
                unit="us",
                n=_RUNS,
                median=ours / theirs * _AWS_THERE[what],
                budgets=(Budget(budget),),
                note=f"by aws_xray_sdk, which takes {_AWS_THERE[what]:g} us there and {theirs:.1f} us here",
            )
        )
    measure_sdk_shop(bench)
    measure_sdk_daemon(bench)
    measure_sdk_soak(bench)


def _is_here(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:
        return False
