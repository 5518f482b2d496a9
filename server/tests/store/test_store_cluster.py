"""Several processes on one lake, whose catalog is a PostgreSQL server."""

from __future__ import annotations

import concurrent.futures
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.errors import StoreUnavailable
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.clients

DEADLINE = 120.0

# Writes its share in small commits, then says how many documents it sees once the other one is done as well.
NODE = """
import json, sys, threading, time
from pathlib import Path
from radiograph.store import maintenance
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Limits, parse_document

folder, catalog, storage, number, documents, in_a_commit = sys.argv[1:]
number = int(number)
lake = open_lake(LakeOptions(folder=Path(folder), catalog=catalog, storage=storage, threads=1))
writer = Writer(lake, WriterOptions(interval=0.01, fsync=False), writer_id=number, now=time.time)
writer.start()
stop = threading.Event()
counters = maintenance.MaintenanceCounters()

def tidy():
    while not stop.is_set():
        maintenance.merge(lake, counters, everything=True)
        maintenance.expire(lake, now=time.time(), keep_seconds=5.0)
        time.sleep(0.2)

keeper = threading.Thread(target=tidy, daemon=True)
if number == 1:
    keeper.start()
print("ready", flush=True)
sys.stdin.readline()
base = 1_700_000_000
for first in range(0, int(documents), int(in_a_commit)):
    texts = [
        json.dumps({"trace_id": f"1-{base:08x}-{number:08x}{each:016x}", "id": f"{number:08x}{each:08x}",
                    "name": "web", "start_time": base, "end_time": base + 1})
        for each in range(first, first + int(in_a_commit))
    ]
    writer.submit(rows_of([parse_document(text, Limits(), base + 60.0) for text in texts])).result(60)
print("written", flush=True)
sys.stdin.readline()
stop.set()
if number == 1:
    keeper.join()
with lake.reading() as connection:
    print(connection.execute("SELECT count(*), count(DISTINCT document) FROM received").fetchone(),
          connection.execute("SELECT count(*), count(DISTINCT id) FROM segments").fetchone(),
          counters.merges > 0 or number == 2, writer.counters.failures, flush=True)
writer.stop()
lake.close()
"""


@pytest.fixture
def catalog(postgres: Any) -> str:
    made: str = postgres.new_catalog()
    return made


@pytest.fixture
def nodes(catalog: str, tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    python = [sys.executable, "-c", NODE]
    started = [
        subprocess.Popen(
            [*python, tmp_path / f"node{number}", catalog, tmp_path / "shared", str(number), "2000", "50"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in (1, 2)
    ]
    yield started
    for node in started:
        node.kill()
        node.communicate()


def test_two_processes_write_at_once_and_both_read_everything(nodes: list[subprocess.Popen[str]]) -> None:
    """Both start on an empty database in the same moment, and one of them merges files all the time."""

    def each(expected: str) -> None:
        for node in nodes:
            assert node.stdout is not None
            assert node.stdout.readline() == expected

    def go_on() -> None:
        for node in nodes:
            assert node.stdin is not None
            node.stdin.write("\n")
            node.stdin.flush()

    each("ready\n")
    go_on()
    each("written\n")
    go_on()
    each("(4000, 4000) (4000, 4000) True 0\n")
    for node in nodes:
        assert node.wait(DEADLINE) == 0


def test_several_nodes_that_start_on_an_empty_catalog_at_once_all_come_up(postgres: Any, tmp_path: Path) -> None:
    for attempt in range(3):
        catalog = postgres.new_catalog()
        storage = str(tmp_path / f"shared{attempt}")

        def start(number: int, catalog: str = catalog, storage: str = storage) -> None:
            folder = tmp_path / f"{catalog.split(maxsplit=1)[0].removeprefix('postgres:')}-{number}"
            open_lake(LakeOptions(folder=folder, catalog=catalog, storage=storage, threads=1)).close()

        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            assert list(pool.map(start, range(4))) == [None] * 4


def test_a_catalog_that_went_away_is_used_again_when_it_is_back(
    postgres: Any, catalog: str, tmp_path: Path, press: Any
) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "node", catalog=catalog, storage=str(tmp_path / "shared")))
    writer = Writer(lake, WriterOptions(interval=0.01, fsync=False), writer_id=1, now=time.time)
    writer.start()
    writer.submit(rows_of(press.documents(2))).result(DEADLINE)
    postgres.kill()
    try:
        assert writer.offer(rows_of(press.documents(3)))
        with pytest.raises(StoreUnavailable, match="the store cannot write"):
            writer.submit(rows_of(press.documents(1))).result(DEADLINE)
    finally:
        postgres.start()
    writer.submit(rows_of(press.documents(4))).result(DEADLINE)
    writer.stop()
    with lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (9,)
    lake.close()
