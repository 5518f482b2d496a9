"""kill -9 at any moment loses no document that `append` returned from, and never breaks reading."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.relay.spool import Spool

if TYPE_CHECKING:
    from pathlib import Path

# Appends numbered documents for ever and prints the last number of each record once it is written.
WRITER = """
import sys, time
from pathlib import Path
from radiograph.relay.spool import Spool

class Silent:
    def __getattr__(self, name):
        return lambda *a, **k: None

spool = Spool(Path(sys.argv[1]), max_bytes=10**9, log=Silent(), clock=time.monotonic)
number = int(sys.argv[2])
while True:
    count = number % 7 + 1
    spool.append([b"%d " % n + b"x" * (n % 3000) for n in range(number, number + count)])
    number += count
    sys.stdout.write(f"{number}\\n")
    sys.stdout.flush()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_kill_nine_loses_nothing_that_was_written(folder: Path, lines: Any, clock: Any) -> None:
    choose = random.Random(7)
    number = 0
    expected: list[range] = []
    for _ in range(6):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(folder), str(number)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout is not None
        first = int(writer.stdout.readline())
        killer = threading.Timer(choose.uniform(0.0, 0.15), writer.send_signal, [signal.SIGKILL])
        killer.start()
        reported = [first, *(int(line) for line in writer.stdout.read().split("\n")[:-1])]
        writer.wait()
        killer.join()
        writer.stdout.close()
        expected.append(range(number, reported[-1]))
        number = reported[-1] + 1_000_000  # so that a record that was written but not reported shows
    spool = Spool(folder, max_bytes=10**9, log=lines.logger, clock=clock)
    read: list[int] = []
    while (batch := spool.take(50, 2**20)) is not None:
        for document in batch.documents:
            head, filling = document.split(b" ")
            assert filling == b"x" * (int(head) % 3000)
            read.append(int(head))
        spool.done(batch)
    assert spool.corrupt_records == 0
    spool.close()
    assert read == sorted(set(read))
    for part in expected:
        got = [n for n in read if part.start <= n < part.start + 1_000_000]
        assert got[: len(part)] == list(part)
        assert len(got) - len(part) <= 7  # at most the one record that was written and not yet reported
