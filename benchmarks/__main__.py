"""The command line: `python -m benchmarks [PART] [OPTIONS]`."""

from __future__ import annotations

import argparse
import datetime as dt
import sys
import tempfile
from pathlib import Path

from benchmarks.bench import Bench, Options
from benchmarks.documents import Mix
from benchmarks.machine import this_machine
from benchmarks.parts import PARTS, run_parts
from benchmarks.results import show, write

ALL = "all"


def _add_options(parser: argparse.ArgumentParser, part: str) -> None:
    add = parser.add_argument
    whole = part == ALL
    # Ten million spans over half a day are what the budgets of searches are for.
    segments, hours = (3_600_000, 12.0) if part == "search" else (1_000_000, 6.0)
    add("--segments", type=int, default=segments, metavar="N", help=f"segments stored (default: {segments:,})")
    add("--hours", type=float, default=hours, help=f"time over which they are spread, up to now (default: {hours:g})")
    add("--runs", type=int, default=1, help="fresh processes for ingest, of which the median counts (default: 1)")
    add("--connections", type=int, default=256, help="of the sender over HTTP (default: 256)")
    add("--rate", type=float, default=5000, help="segments/s during queries and soak (default: 5,000)")
    add("--samples", type=int, default=300, help="of each kind of trace by id; other queries a third (default: 300)")
    add("--udp-rate", type=float, default=50_000, help="datagrams/s of the paced run (default: 50,000)")
    seconds = 15.0 if whole else 60.0
    add("--seconds", type=float, default=seconds, help=f"of each run of a daemon's door (default: {seconds:g})")
    minutes = 1.0 if whole else 2.0 if part == "keep" else 10.0
    add("--minutes", type=float, default=minutes, help=f"of soak and keep at a steady rate (default: {minutes:g})")
    overload = 30.0 if whole else 120.0
    add("--overload", type=float, default=overload, help=f"seconds of the soak under overload (default: {overload:g})")
    add("--seed", type=int, default=1, help="of the documents (default: 1)")
    add("--services", type=int, default=10, help="services in the documents (default: 10)")
    add("--users", type=int, default=3000, help="users in the documents (default: 3,000)")
    add("--w3c", type=float, default=0.1, help="share of traces with W3C ids (default: 0.1)")
    add("--set", action="append", default=[], metavar="NAME=VALUE", help="a setting of Radiograph; repeatable")
    add("--official", default="", metavar="FILE", help="an official daemon that is built already")
    add("--lake", default="", metavar="DIR", help="of `search`: where the filled lake is kept for the next run")
    add("--out", type=Path, default=None, metavar="DIR", help="also write Markdown and JSON there")
    add("--folder", type=Path, default=None, metavar="DIR", help="where to put data; must be on a disk (default: temp)")


def parser() -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Measure Radiograph on this machine. Without a part: all of them.",
        epilog="Example: python -m benchmarks --segments 50000 --out results",
    )
    parts = top.add_subparsers(dest="part", metavar="PART")
    for name, help_ in (*PARTS.items(), (ALL, "all of these; about 10 minutes with the defaults")):
        part = parts.add_parser(
            name,
            help=help_,
            description=help_[0].upper() + help_[1:] + ".",
            epilog=f"Example: python -m benchmarks {name} --segments 50000 --out results",
        )
        _add_options(part, name)
    return top


def main(words: list[str]) -> int:
    """Measure and report; return the exit status, 0 when everything could be measured."""
    if not sys.platform.startswith("linux"):
        print("the benchmarks read /proc and run on Linux only", file=sys.stderr)
        return 2
    if not words or (words[0] not in PARTS and words[0] not in (ALL, "-h", "--help")):
        words = [ALL, *words]
    given = parser().parse_args(words)
    options = Options(
        segments=given.segments,
        mix=Mix(seed=given.seed, services=given.services, users=given.users, w3c=given.w3c),
        hours=given.hours,
        connections=given.connections,
        runs=given.runs,
        rate=given.rate,
        seconds=given.seconds,
        minutes=given.minutes,
        overload=given.overload,
        udp_rate=given.udp_rate,
        samples=given.samples,
        settings=tuple(given.set),
        official=given.official,
        lake=given.lake,
    )
    machine = this_machine(dt.datetime.now(dt.UTC))
    command = " ".join(("python -m benchmarks", *words))
    if given.folder:
        Path(given.folder).mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="radiograph-bench-", dir=given.folder) as folder:
        bench = Bench(options, Path(folder))
        try:
            run_parts(bench, list(PARTS) if given.part == ALL else [given.part])
        finally:
            # What was measured before something went wrong is worth having.
            show(bench.results, machine, command, bench.missing)
            if given.out is not None:
                for file in write(given.out, bench.results, machine, command, bench.missing):
                    print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
