"""Decides about requests with the official X-Ray SDK for Python, as its middleware does; see test_sampling.py.

`python python_sdk.py PREFIX SECONDS` prints a line of JSON for each second.
"""

import json
import sys
import time

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader
from aws_xray_sdk.ext.util import calculate_sampling_decision

TICK = 0.1
EACH_TICK = 2
# What is asked once in so many ticks.
SELDOM = 5
METHODS = {"all": "POST"}


def main() -> None:
    prefix, seconds = sys.argv[1], float(sys.argv[2])
    xray_recorder.configure(sampling=True, plugins=())
    counted: dict[str, list[int]] = {}
    second = int(time.time())
    until = time.monotonic() + seconds
    ticks = 0
    while time.monotonic() < until:
        for name in ("api", "rate", "gone", "none", "all"):
            if name in {"none", "all"} and ticks % SELDOM:
                continue
            for _ in range(EACH_TICK):
                sampled = decide(f"{prefix}-{name}", METHODS.get(name, "GET"), f"/{name}/x")
                now = int(time.time())
                if now != second:
                    sys.stdout.write(json.dumps({"at": second, "counted": counted}) + "\n")
                    sys.stdout.flush()
                    counted, second = {}, now
                both = counted.setdefault(name, [0, 0])
                both[0] += 1
                both[1] += sampled
        ticks += 1
        time.sleep(TICK)


def decide(service: str, method: str, path: str) -> bool:
    decision = calculate_sampling_decision(
        trace_header=TraceHeader(),
        recorder=xray_recorder,
        sampling_req={"host": "shop.test", "method": method, "path": path, "service": service},
    )
    segment = xray_recorder.begin_segment(service, sampling=decision)
    xray_recorder.end_segment()
    return bool(segment.sampled)


if __name__ == "__main__":
    main()
