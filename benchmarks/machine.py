"""Where and on what a figure was measured: a figure without it is no figure."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
from pathlib import Path

import duckdb
import msgspec

from radiograph import __version__

_REPOSITORY = Path(__file__).parent.parent


class Machine(msgspec.Struct, frozen=True, kw_only=True):
    """The machine, the software and the moment.

    Args:
        cpu: model of the processor.
        cores: how many of them this process may use.
        memory_gb: of the machine, 10^9 bytes.
        kernel: of the operating system.
        python: version.
        duckdb: version.
        radiograph: version.
        commit: of this repository; with "+" when there are changes that are in no commit.
        date: when the run began, UTC.
    """

    cpu: str
    cores: int
    memory_gb: float
    kernel: str
    python: str
    duckdb: str
    radiograph: str
    commit: str
    date: str

    def line(self) -> str:
        """Return it as one line."""
        return (
            f"{self.date}, commit {self.commit}: {self.cpu}, {self.cores} cores, {self.memory_gb:.0f} GB, "
            f"{self.kernel}, Python {self.python}, DuckDB {self.duckdb}, Radiograph {self.radiograph}"
        )


def _cpu_model() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _git(*words: str) -> str:
    try:
        answer = subprocess.run(["git", *words], cwd=_REPOSITORY, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return answer.stdout.strip()


def this_machine(now: dt.datetime) -> Machine:
    """Look at this machine.

    Args:
        now: when the run begins.
    """
    commit = _git("rev-parse", "--short=12", "HEAD") or "unknown"
    return Machine(
        cpu=_cpu_model(),
        cores=len(os.sched_getaffinity(0)),
        memory_gb=round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        kernel=f"{platform.system()} {platform.release()}",
        python=platform.python_version(),
        duckdb=duckdb.__version__,
        radiograph=__version__,
        commit=commit + ("+" if _git("status", "--porcelain") else ""),
        date=now.astimezone(dt.UTC).isoformat(timespec="seconds"),
    )
