"""A filled lake that is made once and serves many runs: ten million spans take minutes to store and to merge."""

from __future__ import annotations

import shutil
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus import make_corpus
from benchmarks.disk import settle
from benchmarks.http_sender import send_flat_out
from benchmarks.running import Child, Radiograph

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.bench import Bench

# Documents are made, sent and forgotten in portions: as requests they take their full length on the disk.
_PORTION = 900_000
_KEPT_IDS = 20_000
_ABOUT = "about.json"
_DATA = "radiograph"


class KeptLake(msgspec.Struct, frozen=True, kw_only=True):
    """What is stored.

    Args:
        segments: how many documents.
        start: when the first trace begins, seconds since the epoch.
        end: when the last one begins.
        xray_ids: ids of some of the traces whose id carries the time.
        w3c_ids: ids of some of the others.
    """

    segments: int
    start: float
    end: float
    xray_ids: list[str]
    w3c_ids: list[str]


def kept_lake(bench: Bench, folder: Path) -> tuple[KeptLake, Path]:
    """Return what a folder holds and where its data is; fill it when it is empty.

    Raises:
        ValueError: the folder holds another number of segments than was asked for.
    """
    about = folder / _ABOUT
    data = folder / _DATA
    if about.exists():
        lake = msgspec.json.decode(about.read_bytes(), type=KeptLake)
        if lake.segments != bench.options.segments:
            raise ValueError(
                f"{folder} holds {lake.segments:,} segments and not {bench.options.segments:,}; "
                "give that number as --segments, or another --lake DIR"
            )
        return lake, data
    if data.exists():
        shutil.rmtree(data)  # a run that ended before it was full
    folder.mkdir(parents=True, exist_ok=True)
    lake = _fill(bench, data)
    about.write_bytes(msgspec.json.encode(lake))
    return lake, data


def _fill(bench: Bench, data: Path) -> KeptLake:
    options = bench.options
    end = time.time()
    start = end - options.hours * 3600
    xray_ids: list[str] = []
    w3c_ids: list[str] = []
    stored = 0
    with Radiograph(data, options.settings) as service:
        while stored < options.segments:
            portion = min(_PORTION, options.segments - stored)
            bench.say(f"filling a lake: {stored:,} of {options.segments:,} segments ...")
            place = bench.place("portion")
            mix = msgspec.structs.replace(options.mix, seed=options.mix.seed + stored)
            from_, to = (start + (end - start) * part / options.segments for part in (stored, stored + portion))
            corpus = make_corpus(place, mix, portion, start=from_, end=to)
            with Child(
                send_flat_out, service.http, corpus.requests, corpus.documents, connections=options.connections
            ) as child:
                child.result()
            xray_ids += corpus.xray_ids
            w3c_ids += corpus.w3c_ids
            stored += portion
            shutil.rmtree(place)
        settle(bench, service)
    return KeptLake(
        segments=stored,
        start=start,
        end=end,
        xray_ids=xray_ids[:: max(1, len(xray_ids) // _KEPT_IDS)],
        w3c_ids=w3c_ids[:: max(1, len(w3c_ids) // _KEPT_IDS)],
    )
