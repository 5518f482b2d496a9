"""How long from sending a segment by UDP to seeing its trace in GetTraceSummaries."""

from __future__ import annotations

import random
import socket
import time
from typing import TYPE_CHECKING

from benchmarks.corpus import DATAGRAM_HEADER
from benchmarks.http_client import Connection
from benchmarks.results import Budget, latency

if TYPE_CHECKING:
    from benchmarks.bench import Bench
    from benchmarks.running import Radiograph

_SAMPLES = 50
# Each trace in a second of its own, in which no other is: the question is about arriving, not about searching.
_AHEAD_SECONDS = 60
_LOOK_SECONDS = 0.002
_GIVE_UP_SECONDS = 30.0
_DOCUMENT = (
    '{{"id":"{id}","name":"freshness","trace_id":"{trace}","start_time":{at}.25,"end_time":{at}.5,'
    '"http":{{"response":{{"status":200}}}}}}'
)


def measure_freshness(bench: Bench, service: Radiograph, condition: str) -> None:
    """Send segments one at a time, ask until each is seen, and add the line.

    Args:
        bench: the run.
        service: running.
        condition: what else goes on, in words.
    """
    bench.say(f"freshness of {_SAMPLES} segments, {condition} ...")
    source = random.Random()  # the service may have seen those of another run
    times = []
    first = int(time.time()) + _AHEAD_SECONDS
    with Connection(service.http) as connection, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
        for number in range(_SAMPLES):
            at = first + number
            trace = f"1-{at:08x}-{source.getrandbits(96):024x}"
            document = _DOCUMENT.format(id=f"{source.getrandbits(64):016x}", trace=trace, at=at)
            # Senders come at any moment between two commits.
            time.sleep(source.random() * 0.3)
            began = time.perf_counter()
            door.sendto(DATAGRAM_HEADER + document.encode(), service.daemon)
            question = {"StartTime": at, "EndTime": at + 1}
            while all(each["Id"] != trace for each in connection.post("/TraceSummaries", question)["TraceSummaries"]):
                if time.perf_counter() - began > _GIVE_UP_SECONDS:
                    raise TimeoutError(f"trace {trace} was not seen within {_GIVE_UP_SECONDS:g} s")
                time.sleep(_LOOK_SECONDS)
            times.append(time.perf_counter() - began)
    bench.add(
        latency(
            "freshness",
            f"UDP to GetTraceSummaries, {condition}",
            times,
            Budget(1000, of="p99"),
            note="asked again and again until seen, which costs the service something too",
        )
    )
