"""Kill Radiograph at random moments under load, start it again on the same folder, and count what is there.

    python -m tests.durability.kill_rounds --rounds 50 --seed 1

Every document whose sender got its answer must be there exactly once, every other at most once, and the rolled-up
statistics must count each document once.
"""

from __future__ import annotations

import argparse
import http.client
import json
import random
import sys
import tempfile
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from radiograph.query.rollup import roll_up
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.trace import Limits
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

_SENDERS = 3
_MOST_IN_A_REQUEST = 20
# Maintenance runs nearly all the time, so that it is often interrupted too.
_SETTINGS = {"maintenance_interval": "0.3", "settle": "0.1", "commit_interval": "0.05", "log_level": "error"}
_FOREVER = 9_000_000_000_000_000


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What was found at the end.

    Args:
        sent: documents sent, each once.
        acknowledged: those whose sender got its answer.
        missing: numbers of acknowledged documents that are not there; must be empty.
        doubled: numbers of documents that are there more than once; must be empty.
        changed: numbers of documents whose text is not what was sent; must be empty.
        unanswered_kept: documents that are there although the answer did not come any more.
        segments: rows of facts; must be as many as documents are there.
        counted: requests that the rolled-up statistics count; as many as documents are there.
        unknown_files: Parquet files that the catalog does not know, left by interrupted commits.
        seconds_to_start: the longest start after a kill, seconds.
    """

    sent: int
    acknowledged: int
    missing: list[int]
    doubled: list[int]
    changed: list[int]
    unanswered_kept: int
    segments: int
    counted: int
    unknown_files: int
    seconds_to_start: float

    @property
    def kept(self) -> int:
        """Documents that are there."""
        return self.acknowledged - len(self.missing) + self.unanswered_kept

    @property
    def good(self) -> bool:
        """Whether everything is as promised."""
        wrong = self.missing or self.doubled or self.changed
        return not wrong and self.segments == self.kept and self.counted == self.kept


class Load:
    """Senders of numbered documents, and what they were answered."""

    def __init__(self, begin: int) -> None:
        self._begin = begin
        self._lock = threading.Lock()
        self.sent = 0
        self.acknowledged: set[int] = set()
        self.problems: list[str] = []

    def text(self, number: int) -> str:
        """Return the document of a number."""
        document = {
            "trace_id": f"1-{self._begin:08x}-{number // 4:024x}",
            "id": f"{number + 1:016x}",
            "name": f"service {number % 5}",
            "start_time": self._begin + number % 60,
            "end_time": self._begin + number % 60 + 0.5,
            "metadata": {"filling": "x" * (number % 1000)},
        }
        return json.dumps(document)

    def _take(self, count: int) -> range:
        with self._lock:
            first = self.sent
            self.sent += count
        return range(first, first + count)

    def run(self, url: str, seed: int) -> None:
        """Send until the service is gone."""
        choose = random.Random(seed)
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        try:
            while True:
                numbers = self._take(choose.randint(1, _MOST_IN_A_REQUEST))
                body = json.dumps({"TraceSegmentDocuments": [self.text(number) for number in numbers]})
                connection.request("POST", "/TraceSegments", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                told = answer.read()
                if answer.status != http.client.OK or json.loads(told) != {"UnprocessedTraceSegments": []}:
                    self.problems.append(f"{answer.status} {told[:300]!r}")
                    return
                with self._lock:
                    self.acknowledged.update(numbers)
        except (OSError, http.client.HTTPException, ValueError):
            return  # killed before it answered
        finally:
            connection.close()


def kill_rounds(folder: Path, *, rounds: int, seed: int) -> Outcome:
    """Do some rounds.

    Args:
        folder: a new folder for the data.
        rounds: how many times to kill.
        seed: of the moments and of the load.

    Raises:
        AssertionError: it did not start again, or refused a good document.
    """
    choose = random.Random(seed)
    load = Load(int(time.time()))
    slowest = 0.0
    for _ in range(rounds):
        began = time.monotonic()
        process = RadiographProcess(folder, settings=_SETTINGS)
        slowest = max(slowest, time.monotonic() - began)
        before = len(load.acknowledged)
        senders = [
            threading.Thread(target=load.run, args=(process.url, choose.getrandbits(32))) for _ in range(_SENDERS)
        ]
        for sender in senders:
            sender.start()
        try:
            wait_until(lambda: len(load.acknowledged) > before, seconds=30, what="the first answer")  # noqa: B023
            # The moment must not depend on anything that the service does.
            time.sleep(choose.uniform(0, 1.5))
        finally:
            process.kill()
            for sender in senders:
                sender.join()
        assert not load.problems, load.problems
    with RadiographProcess(folder, settings=_SETTINGS):
        pass  # the last start mends what there is to mend, and it is left as a person would
    return _examine(folder, load, slowest)


def _examine(folder: Path, load: Load, slowest: float) -> Outcome:
    lake = open_lake(LakeOptions(folder=folder))
    try:
        roll_up(lake, Limits(), settled=_FOREVER)
        there: dict[int, int] = {}
        changed = []
        with lake.reading() as connection:
            for identity, text in connection.execute("SELECT id, document FROM received").fetchall():
                number = int(identity, 16) - 1
                there[number] = there.get(number, 0) + 1
                if text != load.text(number):
                    changed.append(number)
            segments = connection.execute("SELECT count(*) FROM segments").fetchone()
            counted = connection.execute("SELECT coalesce(sum(count), 0) FROM node_minutes WHERE active").fetchone()
        assert segments is not None
        assert counted is not None
        return Outcome(
            sent=load.sent,
            acknowledged=len(load.acknowledged),
            missing=sorted(load.acknowledged - there.keys()),
            doubled=sorted(number for number, times in there.items() if times > 1),
            changed=changed,
            unanswered_kept=len(there.keys() - load.acknowledged),
            segments=segments[0],
            counted=int(counted[0]),
            unknown_files=_unknown_files(lake),
            seconds_to_start=round(slowest, 2),
        )
    finally:
        lake.close()


def _unknown_files(lake: Lake) -> int:
    with lake.reading() as connection:
        known = connection.execute(
            "SELECT path FROM __ducklake_metadata_lake.ducklake_data_file"
            " UNION ALL SELECT path FROM __ducklake_metadata_lake.ducklake_delete_file"
            " UNION ALL SELECT path FROM __ducklake_metadata_lake.ducklake_files_scheduled_for_deletion"
        ).fetchall()
    names = {Path(row[0]).name for row in known}
    return sum(path.name not in names for path in Path(lake.options.data_path).rglob("*.parquet"))


def main() -> None:
    """Read the command line, do the rounds, say what was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20, help="how many times to kill")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    given = parser.parse_args()
    print(f"seed {given.seed}", flush=True)  # noqa: T201 -- a command prints
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="radiograph-kill-") as folder:
        outcome = kill_rounds(Path(folder) / "data", rounds=given.rounds, seed=given.seed)
    for name, value in msgspec.to_builtins(outcome).items():
        print(f"{name:18} {value}")  # noqa: T201 -- likewise
    print(f"{'rounds':18} {given.rounds} in {time.monotonic() - began:.0f} s")  # noqa: T201 -- likewise
    sys.exit(0 if outcome.good else 1)


if __name__ == "__main__":
    main()
