"""Decides about requests with the official X-Ray SDK for Python, as its middleware does; see test_sampling.py.

`python python_sdk.py SECONDS KIND,SERVICE,METHOD,HOST,PATH,EVERY...` prints a line of JSON for each second.
"""

from __future__ import annotations

import json
import sys
import time

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader
from aws_xray_sdk.ext.util import calculate_sampling_decision

TICK = 0.05


def main() -> None:
    requests = [word.split(",") for word in sys.argv[2:]]
    xray_recorder.configure(sampling=True, plugins=())
    counted: dict[str, dict[str, dict[str, int]]] = {}
    second = int(time.time())
    until = time.monotonic() + float(sys.argv[1])
    ticks = 0
    while time.monotonic() < until:
        for kind, service, method, host, path, every in requests:
            if ticks % int(every):
                continue
            before = int(time.time())
            rule = decide(service, method, host, path)
            now = int(time.time())
            if now != second:
                tell(second, counted)
                counted, second = {}, now
            # Where the second changed meanwhile, nobody but the SDK knows to which one it belongs.
            surely = "within" if before == now else "between"
            of_kind = counted.setdefault(kind, {}).setdefault(surely, {})
            of_kind[rule] = of_kind.get(rule, 0) + 1
        ticks += 1
        time.sleep(TICK)
    tell(second, counted)


def decide(service: str, method: str, host: str, path: str) -> str:
    """Return the rule that the segment says it was sampled by, "?" when it says none, and "no" when it was not."""
    decision = calculate_sampling_decision(
        trace_header=TraceHeader(),
        recorder=xray_recorder,
        sampling_req={"host": host, "method": method, "path": path, "service": service},
    )
    segment = xray_recorder.begin_segment(service, sampling=decision)
    rule = segment.aws["xray"].get("sampling_rule_name", "?") if segment.sampled else "no"
    xray_recorder.end_segment()
    return str(rule)


def tell(second: int, counted: dict[str, dict[str, dict[str, int]]]) -> None:
    sys.stdout.write(json.dumps({"at": second, "counted": counted}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
