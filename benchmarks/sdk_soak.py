"""A million segments through the SDK in one process: is its memory flat?

`python -m benchmarks.sdk_soak` is the process; it prints its memory, bytes, after each twentieth.
"""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.figures import Sample, slope
from benchmarks.results import Result

if TYPE_CHECKING:
    from benchmarks.bench import Bench

_SEGMENTS = 1_000_000
_LOOKS = 20
_MEGA = 1e6


def measure_sdk_soak(bench: Bench) -> None:
    """Run the process and tell how its memory went."""
    bench.say(f"sdk: {_SEGMENTS:,} segments in one process ...")
    done = subprocess.run([sys.executable, "-m", "benchmarks.sdk_soak"], capture_output=True, text=True, check=True)
    sizes = json.loads(done.stdout)
    later = [Sample(float(at), size) for at, size in enumerate(sizes) if at >= len(sizes) // 4]
    grown = slope(later) / 60 * len(later)
    bench.add(
        Result(
            part="sdk",
            what=f"memory over {_SEGMENTS:,} segments: highest",
            unit="MB",
            n=len(sizes),
            median=max(sizes) / _MEGA,
            note=f"lowest {min(sizes) / _MEGA:.1f}; each with four subsegments, by both APIs in turns, "
            "with annotations, queries and an exception now and then",
            series=[[at, size] for at, size in enumerate(sizes)],
        ),
        Result(
            part="sdk",
            what=f"memory over {_SEGMENTS:,} segments: growth",
            unit="MB",
            n=len(later),
            median=grown / _MEGA,
            note="over the last three quarters, by least squares",
        ),
    )


def _resident() -> int:
    fields = Path("/proc/self/statm").read_text(encoding="ascii").split()
    return int(fields[1]) * os.sysconf("SC_PAGE_SIZE")


def main(segments: int = _SEGMENTS) -> None:
    """Record, and print the memory as JSON."""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415 -- of the process that records

    from radiograph_sdk.addresses import parse_daemon_address  # noqa: PLC0415 -- likewise
    from radiograph_sdk.otel.provider import RadiographTracerProvider  # noqa: PLC0415 -- likewise
    from radiograph_sdk.recorder import Recorder  # noqa: PLC0415 -- likewise
    from radiograph_sdk.sampling import Always  # noqa: PLC0415 -- likewise

    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))
    address = parse_daemon_address(f"127.0.0.1:{door.getsockname()[1]}")
    recorder = Recorder("shop", address=address, sampler=Always())
    tracer = RadiographTracerProvider(recorder).get_tracer("soak")

    def by_ours(number: int) -> None:
        with recorder.in_segment() as segment:
            segment.put_annotation("number", number)
            segment.put_http("request", method="GET", url=f"http://shop.example/{number}")
            for name in ("orders", "stock"):
                with recorder.in_subsegment(name, "remote"), recorder.in_subsegment("inner"):
                    pass

    def by_opentelemetry(number: int) -> None:
        with tracer.start_as_current_span("GET /", kind=SpanKind.SERVER, attributes={"http.method": "GET"}) as span:
            span.set_attribute("number", number)
            for _ in range(2):
                with tracer.start_as_current_span("query", kind=SpanKind.CLIENT) as query:
                    statement = f"SELECT {number} FROM t{number % 50}"
                    query.set_attributes({"db.system": "postgresql", "db.name": "shop", "db.statement": statement})
                with tracer.start_as_current_span("work"):
                    pass
            if number % 100 == 0:
                with contextlib.suppress(LookupError), tracer.start_as_current_span("fails"):
                    raise LookupError(str(number))

    sizes = []
    for look in range(_LOOKS):
        for at in range(segments // _LOOKS):
            number = look * (segments // _LOOKS) + at
            (by_ours if number % 2 else by_opentelemetry)(number)
        sizes.append(_resident())
    door.close()
    print(json.dumps(sizes))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
