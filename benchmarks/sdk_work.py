"""What an application pays for being traced, in a process of its own: `python -m benchmarks.sdk_work SDK`.

A request is a segment with twenty calls in it; all of it is encoded and handed to a socket that nobody reads. Prints
the time for each call, microseconds of the processor, as JSON; the segment's part is in it.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_CALLS = 20
_REQUESTS = 1_500
_WARM_UP = 100


def _daemon() -> tuple[socket.socket, str]:
    """Return a socket that takes datagrams, and its address."""
    door = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    door.bind(("127.0.0.1", 0))
    return door, f"127.0.0.1:{door.getsockname()[1]}"


def radiograph(address: str) -> Callable[[bool], None]:
    """Return a request that radiograph-sdk traces."""
    from radiograph_sdk.addresses import parse_daemon_address  # noqa: PLC0415 -- only its own process has it
    from radiograph_sdk.recorder import Recorder  # noqa: PLC0415 -- likewise

    recorder = Recorder("shop", address=parse_daemon_address(address))

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        with recorder.in_segment(sampled=sampled):
            for _ in range(_CALLS):
                with recorder.in_subsegment("orders", "remote"):
                    pass

    return request


def aws_xray_sdk(address: str) -> Callable[[bool], None]:
    """Return a request that AWS's SDK traces."""
    from aws_xray_sdk.core import xray_recorder  # noqa: PLC0415 -- only its own process has it

    xray_recorder.configure(service="shop", daemon_address=address)

    def request(sampled: bool) -> None:  # noqa: FBT001 -- the one question
        with xray_recorder.in_segment("shop", sampling=int(sampled)):
            for _ in range(_CALLS):
                with xray_recorder.in_subsegment("orders", namespace="remote"):
                    pass

    return request


CONTESTANTS: dict[str, Callable[[str], Callable[[bool], None]]] = {
    "radiograph-sdk": radiograph,
    "aws_xray_sdk": aws_xray_sdk,
}


def main(name: str) -> None:
    """Measure one and print what it takes."""
    door, address = _daemon()
    request = CONTESTANTS[name](address)
    found = {}
    for what, sampled in (("sampled", True), ("unsampled", False)):
        for _ in range(_WARM_UP):
            request(sampled)
        began = time.process_time()
        for _ in range(_REQUESTS):
            request(sampled)
        found[what] = (time.process_time() - began) / _REQUESTS / _CALLS * 1e6
    door.close()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1])
