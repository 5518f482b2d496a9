"""What the example shop pays for being traced, with each SDK in turns: processor time of its services."""

from __future__ import annotations

import contextlib
import importlib
import socket
import statistics
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.figures import cpu_seconds
from benchmarks.results import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.bench import Bench

_ROUNDS = 24
_PURCHASES = 40
_FLAVOURS = ("none", "radiograph", "aws")
_NAMES = {"none": "not traced", "radiograph": "radiograph-sdk", "aws": "aws_xray_sdk"}


@contextlib.contextmanager
def _sink() -> Iterator[str]:
    """Take datagrams, and do nothing with them; give the address."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))
    ended = threading.Event()

    def take() -> None:
        while not ended.is_set():
            with contextlib.suppress(OSError):
                door.recv(70_000)

    threading.Thread(target=take, daemon=True).start()
    try:
        yield f"127.0.0.1:{door.getsockname()[1]}"
    finally:
        ended.set()
        door.close()


def measure_sdk_shop(bench: Bench) -> None:
    """Have the shop serve the same customers with each SDK, and with none."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "examples" / "shop"))
    supervisor: Any = importlib.import_module("shop.supervisor")
    load: Any = importlib.import_module("shop.load")
    script: Any = importlib.import_module("shop.script")
    bench.say(f"sdk: three shops, of which each serves {_ROUNDS} times {_PURCHASES} customers, in turns ...")
    found: dict[str, list[float]] = {flavour: [] for flavour in _FLAVOURS}
    with contextlib.ExitStack() as stack:
        daemon = stack.enter_context(_sink())
        shops = {flavour: stack.enter_context(supervisor.start(daemon=daemon, sdk=flavour)) for flavour in _FLAVOURS}
        for at in range(_ROUNDS + 1):
            for flavour, shop in shops.items():
                pids = [pid for name, pid in shop.pids.items() if name != "aws"]
                before = sum(map(cpu_seconds, pids))
                load.play(shop.url, script.Script(n=_PURCHASES, faults=3, throttles=3, errors=3, slow=0))
                if at:  # the first round warms up
                    found[flavour].append((sum(map(cpu_seconds, pids)) - before) / _PURCHASES * 1000)
    for flavour, times in found.items():
        bench.add(
            Result(
                part="sdk",
                what=f"a purchase in the shop, {_NAMES[flavour]}",
                unit="ms",
                n=_ROUNDS,
                median=statistics.median(times),
                p95=max(times),
                note=f"lowest {min(times):.1f}; processor time of its five services; p95 is the highest round",
            )
        )
    saved = [aws - ours for aws, ours in zip(found["aws"], found["radiograph"], strict=True)]
    error = statistics.stdev(saved) / len(saved) ** 0.5
    less = sum(each > 0 for each in saved)
    bench.add(
        Result(
            part="sdk",
            what="a purchase in the shop, what radiograph-sdk saves of aws_xray_sdk",
            unit="ms",
            n=_ROUNDS,
            median=statistics.median(saved),
            note=f"mean {statistics.mean(saved):.2f}, standard error {error:.2f}; in {less} of {len(saved)} rounds",
        )
    )
