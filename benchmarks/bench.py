"""What all parts share: what was asked for, where the files are, and the lines measured so far."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks.corpus import Corpus, make_corpus
from benchmarks.documents import Mix

if TYPE_CHECKING:
    from pathlib import Path

    from benchmarks.results import Result


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for on the command line, where each is explained."""

    segments: int = 1_000_000
    mix: Mix = Mix()
    hours: float = 6.0
    connections: int = 256
    runs: int = 1
    rate: float = 5000.0
    seconds: float = 20.0
    minutes: float = 10.0
    overload: float = 120.0
    udp_rate: float = 50_000.0
    samples: int = 300
    settings: tuple[str, ...] = ()
    official: str = ""
    lake: str = ""


class Bench:
    """One run of the benchmarks.

    Args:
        options: what was asked for.
        folder: for everything that is written; deleted at the end by the one who made it.
    """

    def __init__(self, options: Options, folder: Path) -> None:
        self.options = options
        self.folder = folder
        self.results: list[Result] = []
        self.missing: list[str] = []
        self._corpora: dict[int, Corpus] = {}

    def say(self, text: str) -> None:
        """Tell the person who waits what is going on."""
        print(text, file=sys.stderr, flush=True)

    def add(self, *results: Result) -> None:
        """Keep lines."""
        self.results += results

    def place(self, name: str) -> Path:
        """Return an empty folder."""
        number = 1
        while (folder := self.folder / f"{name}-{number}").exists():
            number += 1
        folder.mkdir()
        return folder

    def corpus(self, documents: int) -> Corpus:
        """Return so many documents, ready to be sent; made once. They end at the moment they are made."""
        known = self._corpora.get(documents)
        if known is None:
            began = time.monotonic()
            self.say(f"making {documents:,} documents ...")
            end = time.time()
            start = end - self.options.hours * 3600
            known = make_corpus(self.place("corpus"), self.options.mix, documents, start=start, end=end)
            self._corpora[documents] = known
            self.say(
                f"  {known.bytes / documents:,.0f} bytes each, {len(known.xray_ids) + len(known.w3c_ids):,} traces, "
                f"{time.monotonic() - began:.0f} s"
            )
        return known
