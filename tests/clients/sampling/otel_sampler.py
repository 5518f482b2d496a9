"""Decides about requests with OpenTelemetry's X-Ray remote sampler of AWS's distribution; see test_sampling.py.

`python otel_sampler.py PREFIX SECONDS ENDPOINT` prints a line of JSON for each second. One sampler per service, since
the sampler takes the service's name from its resource.
"""

import json
import random
import sys
import time

from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanKind

TICK = 0.1
EACH_TICK = 2
SELDOM = 5
NAMES = ("api", "rate", "gone", "none", "all")
METHODS = {"all": "POST"}


def main() -> None:
    prefix, seconds, endpoint = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    samplers = {
        name: AwsXRayRemoteSampler(Resource.create({"service.name": f"{prefix}-{name}"}), endpoint=endpoint)
        for name in NAMES
    }
    counted: dict[str, list[int]] = {}
    second = int(time.time())
    until = time.monotonic() + seconds
    ticks = 0
    while time.monotonic() < until:
        for name, sampler in samplers.items():
            if name in {"none", "all"} and ticks % SELDOM:
                continue
            for _ in range(EACH_TICK):
                attributes = {
                    "http.method": METHODS.get(name, "GET"),
                    "http.host": "shop.test",
                    "http.target": f"/{name}/x",
                }
                result = sampler.should_sample(
                    None, random.getrandbits(128), name, kind=SpanKind.SERVER, attributes=attributes
                )
                now = int(time.time())
                if now != second:
                    sys.stdout.write(json.dumps({"at": second, "counted": counted}) + "\n")
                    sys.stdout.flush()
                    counted, second = {}, now
                both = counted.setdefault(name, [0, 0])
                both[0] += 1
                both[1] += result.decision == Decision.RECORD_AND_SAMPLE
        ticks += 1
        time.sleep(TICK)


if __name__ == "__main__":
    main()
