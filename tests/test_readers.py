"""Under load other processes read: nothing is lost when one dies, and none is left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="finds the reader processes in /proc")

_TRACE = "1-{start:08x}-{number:024x}"
_BATCH = 100


def readers_of(pid: int) -> list[int]:
    """The children that read; Python's resource tracker is one too and does not count."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    readers = []
    for child in children:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # gone in this moment
            if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes():
                readers.append(int(child))
    return readers


class Load:
    """Sends batches of distinct documents over twelve connections until it is stopped; remembers what was answered."""

    def __init__(self, url: str) -> None:
        address = urlsplit(url)
        self._address = (address.hostname or "", address.port or 0)
        self._next = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.acknowledged = 0
        self.refused = 0
        self._threads = [threading.Thread(target=self._send) for _ in range(12)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        with contextlib.closing(http.client.HTTPConnection(*self._address, timeout=30)) as connection:
            while not self._stop.is_set():
                self._send_batch(connection)

    def _send_batch(self, connection: http.client.HTTPConnection) -> None:
        with self._lock:
            first, self._next = self._next + 1, self._next + _BATCH
        now = time.time()
        documents = [
            json.dumps(
                {
                    "trace_id": _TRACE.format(start=int(now), number=number),
                    "id": f"{number:016x}",
                    "name": "loaded",
                    "start_time": now,
                    "end_time": now,
                }
            )
            for number in range(first, first + _BATCH)
        ]
        body = json.dumps({"TraceSegmentDocuments": [*documents, "no document"]})
        connection.request("POST", "/TraceSegments", body)
        answer = json.loads(connection.getresponse().read())
        with self._lock:
            self.acknowledged += _BATCH
            self.refused += len(answer["UnprocessedTraceSegments"])


def test_a_reader_that_is_killed_takes_nothing_with_it(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as radiograph:
        load = Load(radiograph.url)
        try:
            pid = radiograph.pid
            readers = wait_until(lambda: readers_of(pid), seconds=30, what="a reader process")
            wait_until(lambda: load.acknowledged > 20_000, seconds=60, what="some load")
            os.kill(readers[0], signal.SIGKILL)
            others = wait_until(
                lambda: [reader for reader in readers_of(pid) if reader not in readers],
                seconds=30,
                what="another reader process",
            )
            more = load.acknowledged + 10_000
            wait_until(lambda: load.acknowledged > more, seconds=60, what="more load")
        finally:
            load.stop()
        assert load.refused == load.acknowledged / _BATCH
        counted = radiograph.status()["ingest"]
        assert counted["accepted"]["http"] == load.acknowledged
        assert counted["refused"]["ParseError"]["count"] == load.refused
        committed = wait_until(
            lambda: radiograph.status()["writer"]["documents"] == load.acknowledged, seconds=10, what="the commits"
        )
        assert committed
    for reader in others:
        assert not Path(f"/proc/{reader}").exists()


def test_readers_end_with_the_process_that_they_read_for(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as radiograph:
        load = Load(radiograph.url)
        try:
            readers = wait_until(lambda: readers_of(radiograph.pid), seconds=30, what="a reader process")
        finally:
            load.stop()
        radiograph.kill()
        wait_until(
            lambda: not any(Path(f"/proc/{reader}").exists() for reader in readers), seconds=10, what="their end"
        )
