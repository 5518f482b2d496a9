"""What a segment takes on the disk, once maintenance has settled."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from benchmarks.figures import folder_bytes, parquet_bytes
from benchmarks.results import Budget, Result

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.running import Radiograph

_BETWEEN_LOOKS = 1.0
_QUIET_ROUNDS = 2
# Replaced files are kept for a minute; the notes of maintenance itself replace small ones all the time.
_LEFT_OVER_SHARE = 0.002
_LEFT_OVER_BYTES = 100_000
_UNCHANGED = 0.01
_GIVE_UP_SECONDS = 900.0


def settle(bench: Bench, service: Radiograph) -> float:
    """Wait until maintenance has nothing more to do; return how long that took, seconds.

    It has settled when in two rounds nothing was rolled up, not more was merged than maintenance's own notes make,
    the data folder kept its size, and the files that merged ones replaced are gone.

    Raises:
        TimeoutError: it did not within a quarter of an hour.
    """
    bench.say("waiting for maintenance to settle ...")
    began = time.monotonic()
    rounds = merges = rolled_up = -1
    size = 0
    quiet_since = 0
    while True:
        status = service.status()
        upkeep = status["maintenance"]
        if upkeep["problem"]:
            raise RuntimeError(f"maintenance fails: {upkeep['problem']}")
        if upkeep["rounds"] != rounds:
            rounds = upkeep["rounds"]
            now = folder_bytes(service.data)
            changed = (
                upkeep["merges"] - merges > 1
                or upkeep["rolled_up_traces"] != rolled_up
                or abs(now - size) > _UNCHANGED * size
            )
            if changed:
                merges, rolled_up, size, quiet_since = upkeep["merges"], upkeep["rolled_up_traces"], now, rounds
            in_use = status["store"]["bytes"]
            replaced = parquet_bytes(service.data) - in_use
            gone = replaced <= _LEFT_OVER_SHARE * in_use + _LEFT_OVER_BYTES
            if gone and rounds - quiet_since >= _QUIET_ROUNDS:
                return time.monotonic() - began
        if time.monotonic() - began > _GIVE_UP_SECONDS:
            raise TimeoutError(f"maintenance did not settle within {_GIVE_UP_SECONDS:g} s: {upkeep}")
        time.sleep(_BETWEEN_LOOKS)


def measure_disk(bench: Bench, service: Radiograph, settled_seconds: float) -> None:
    """Add the lines about the disk.

    Args:
        bench: the run.
        service: filled and settled.
        settled_seconds: how long it took to settle.
    """
    status = service.status()
    documents = status["writer"]["documents"]
    store = status["store"]
    corpus = bench.corpus(bench.options.segments)
    upkeep = status["maintenance"]
    whole = folder_bytes(service.data)
    bench.add(
        Result(
            part="disk",
            what="data folder after maintenance",
            unit="bytes/segment",
            n=1,
            median=whole / documents,
            budgets=(Budget(200, source="issue"), Budget(120)),
            note=f"du of everything, catalog included: {whole:,} bytes for {documents:,} segments of "
            f"{corpus.bytes / corpus.documents:,.0f} bytes; a single run",
        ),
        Result(
            part="disk",
            what="Parquet files in use",
            unit="bytes/segment",
            n=1,
            median=store["bytes"] / documents,
            note=f"{store['files']} files; {whole - store['bytes']:,} bytes of the folder are catalog and the like",
        ),
        Result(
            part="disk",
            what="until maintenance settled",
            unit="s",
            n=1,
            median=settled_seconds,
            note=f"{upkeep['rounds']} rounds, {upkeep['merges']} merges; two rounds without a change",
        ),
    )
