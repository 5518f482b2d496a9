"""A few traces, sent through the X-Ray API: of a web shop with every outcome."""

from __future__ import annotations

import secrets
import time
import urllib.request
from typing import Any

import msgspec

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def call(url: str, operation: str, request: dict[str, Any]) -> dict[str, Any]:
    """Call an operation of the X-Ray API by its path, such as `TraceSegments`."""
    body = msgspec.json.encode(request)
    with _OPENER.open(urllib.request.Request(f"{url}/{operation}", body), timeout=10) as answer:
        found: dict[str, Any] = msgspec.json.decode(answer.read())
    return found


def trace(start: float, *, status: int = 200, seconds: float = 0.1, user: str = "ada") -> tuple[str, list[str]]:
    """Make a trace of two services, `web` which calls `orders`; returns its id and its documents.

    Args:
        start: epoch seconds.
        status: what both services answer.
        seconds: how long web took.
        user: who asked.
    """
    trace_id = f"1-{int(start):08x}-{secrets.token_hex(12)}"
    web, call_id, orders = (secrets.token_hex(8) for _ in range(3))
    outcome = {"fault": status >= 500, "error": 400 <= status < 500, "throttle": status == 429}
    flags: dict[str, Any] = {name: True for name, on in outcome.items() if on}
    if status >= 500:
        raised = {"id": secrets.token_hex(8), "type": "TimeoutError", "message": "payments did not answer"}
        flags["cause"] = {"working_directory": "/srv/orders", "exceptions": [raised]}
    http = {"request": {"method": "GET", "url": "http://shop.test/cart"}, "response": {"status": status}}
    documents = [
        {
            "trace_id": trace_id,
            "id": web,
            "name": "web",
            "start_time": start,
            "end_time": start + seconds,
            "user": user,
            "annotations": {"tier": "gold"},
            "http": http,
            **flags,
            "subsegments": [
                {
                    "id": call_id,
                    "name": "orders",
                    "namespace": "remote",
                    "start_time": start + seconds * 0.1,
                    "end_time": start + seconds * 0.9,
                    "http": {"request": {"method": "GET", "url": "http://orders/cart"}, "response": {"status": status}},
                    **flags,
                }
            ],
        },
        {
            "trace_id": trace_id,
            "id": orders,
            "parent_id": call_id,
            "name": "orders",
            "start_time": start + seconds * 0.2,
            "end_time": start + seconds * 0.8,
            "http": http,
            **flags,
        },
    ]
    return trace_id, [msgspec.json.encode(document).decode() for document in documents]


def send_traces(url: str) -> list[str]:
    """Send forty traces of the last ten minutes; returns the ids, oldest first."""
    now = time.time()
    ids = []
    for index in range(40):
        status = {7: 500, 17: 404, 27: 429}.get(index, 200)
        trace_id, documents = trace(now - 600 + index * 15, status=status, seconds=0.05 + 0.01 * (index % 9))
        answer = call(url, "TraceSegments", {"TraceSegmentDocuments": documents})
        assert answer["UnprocessedTraceSegments"] == []
        ids.append(trace_id)
    return ids
