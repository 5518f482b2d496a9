"""What an application waits for when the daemon is gone, does not read, or comes back: nothing.

`python -m benchmarks.sdk_daemon` is the application; it prints how long its requests took, microseconds, for each.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from benchmarks.figures import percentile
from benchmarks.results import Result

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_REQUESTS = 20_000
_CALLS = 5
_KINDS = {
    "read": "a daemon that reads",
    "dead": "no daemon",
    "slow": "a daemon that does not read",
    "http dead": "no service, without a daemon",
    "http silent": "a service that does not answer, without a daemon",
}


def measure_sdk_daemon(bench: Bench) -> None:
    """Run the application with each kind of daemon."""
    bench.say("sdk: an application whose daemon is gone, or does not read ...")
    for kind, said in _KINDS.items():
        done = subprocess.run(
            [sys.executable, "-m", "benchmarks.sdk_daemon", kind], capture_output=True, text=True, check=True
        )
        times = json.loads(done.stdout)
        bench.add(
            Result(
                part="sdk",
                what=f"a request with {_CALLS} calls, {said}",
                unit="us",
                n=len(times),
                median=percentile(times, 0.5),
                p95=percentile(times, 0.95),
                p99=percentile(times, 0.99),
                note=f"highest {max(times):.0f}; each is recorded, encoded and sent",
            )
        )


def main(kind: str) -> None:
    """Serve requests, and print how long each took."""
    from radiograph_sdk.addresses import DaemonAddress  # noqa: PLC0415 -- of the process that records
    from radiograph_sdk.recorder import Recorder  # noqa: PLC0415 -- likewise
    from radiograph_sdk.sampling import Always  # noqa: PLC0415 -- likewise
    from radiograph_sdk.service import Service, ServiceSender  # noqa: PLC0415 -- likewise

    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind(("127.0.0.1", 0))
    stream = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    stream.bind(("127.0.0.1", 0))
    address = datagrams.getsockname()
    sender = None
    if kind == "dead":
        datagrams.close()
    elif kind == "http silent":
        stream.listen(100)
        sender = ServiceSender(Service(f"http://127.0.0.1:{stream.getsockname()[1]}"))
    elif kind == "http dead":
        stream.close()
        sender = ServiceSender(Service("http://127.0.0.1:9"))
    recorder = Recorder("shop", address=DaemonAddress(udp=address), sender=sender, sampler=Always())
    times = []
    for _ in range(_REQUESTS):
        began = time.perf_counter()
        with recorder.in_segment():
            for _ in range(_CALLS):
                with recorder.in_subsegment("orders", "remote"):
                    pass
        times.append((time.perf_counter() - began) * 1e6)
        if kind == "read":
            datagrams.recv(70_000)
    print(json.dumps(times))
    sys.stdout.flush()
    if sender is not None:
        sender.close(0)


if __name__ == "__main__":
    main(sys.argv[1])
