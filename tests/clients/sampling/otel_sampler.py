"""Decides about requests with OpenTelemetry's X-Ray remote sampler of AWS's distribution; see test_sampling.py.

`python otel_sampler.py SECONDS KIND,SERVICE,METHOD,HOST,PATH,EVERY...` prints a line of JSON for each second. One
sampler per service, since the sampler takes the service's name from its resource. It asks the daemon's TCP door.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time

from amazon.opentelemetry.distro.sampler.aws_xray_remote_sampler import AwsXRayRemoteSampler
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace.sampling import Decision
from opentelemetry.trace import SpanKind

TICK = 0.05


def main() -> None:
    endpoint = f"http://{os.environ['AWS_XRAY_DAEMON_ADDRESS']}"
    requests = [word.split(",") for word in sys.argv[2:]]
    samplers = {
        service: AwsXRayRemoteSampler(Resource.create({"service.name": service}), endpoint=endpoint)
        for service in dict.fromkeys(request[1] for request in requests)
    }
    counted: dict[str, dict[str, dict[str, int]]] = {}
    second = int(time.time())
    until = time.monotonic() + float(sys.argv[1])
    ticks = 0
    while time.monotonic() < until:
        for kind, service, method, host, path, every in requests:
            if ticks % int(every):
                continue
            before = int(time.time())
            rule = decide(samplers[service], method, host, path)
            now = int(time.time())
            if now != second:
                tell(second, counted)
                counted, second = {}, now
            # Where the second changed meanwhile, nobody but the sampler knows to which one it belongs.
            surely = "within" if before == now else "between"
            of_kind = counted.setdefault(kind, {}).setdefault(surely, {})
            of_kind[rule] = of_kind.get(rule, 0) + 1
        ticks += 1
        time.sleep(TICK)
    tell(second, counted)


def decide(sampler: AwsXRayRemoteSampler, method: str, host: str, path: str) -> str:
    """Return the rule that the span would say it was sampled by, "?" when it says none, and "no" when it was not."""
    attributes = {"http.method": method, "http.host": host, "http.target": path}
    result = sampler.should_sample(None, random.getrandbits(128), path, kind=SpanKind.SERVER, attributes=attributes)
    if result.decision != Decision.RECORD_AND_SAMPLE:
        return "no"
    return str(result.attributes.get("aws.xray.sampling_rule", "?"))


def tell(second: int, counted: dict[str, dict[str, dict[str, int]]]) -> None:
    sys.stdout.write(json.dumps({"at": second, "counted": counted}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
