"""An application that uses the official X-Ray SDK for Python, as the tests run it.

`python python_sdk.py RECORD features` uses everything that the SDK offers by hand,
`python python_sdk.py RECORD count N RATE [PREFIX]` sends N segments, RATE a second,
`python python_sdk.py RECORD sampling SECONDS` asks for sampling decisions until it has learned a quota.

The daemon's address comes from AWS_XRAY_DAEMON_ADDRESS, as everywhere. Every datagram is also written to the
file RECORD, as a JSON string in a line of its own.
"""

import json
import sqlite3
import sys
import threading
import time
from pathlib import Path
from typing import TextIO

from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.emitters.udp_emitter import UDPEmitter
from aws_xray_sdk.core.models import http


class RecordingEmitter(UDPEmitter):  # type: ignore[misc]  # it publishes no types
    """The SDK's emitter, which also writes down what it sends."""

    def __init__(self, record: TextIO) -> None:
        super().__init__()
        self._record = record
        self._lock = threading.Lock()

    def _send_data(self, data: str) -> None:
        with self._lock:
            self._record.write(json.dumps(data) + "\n")
            super()._send_data(data)


class CardRefusedError(Exception):
    """What the application raises."""


@xray_recorder.capture("## charge card")  # type: ignore[untyped-decorator]
def charge_card(amount: float) -> None:
    xray_recorder.current_subsegment().put_annotation("amount", amount)
    raise CardRefusedError(f"the bank refuses {amount} €")


@xray_recorder.capture("## pay")  # type: ignore[untyped-decorator]
def pay(amount: float) -> None:
    try:
        charge_card(amount)
    except CardRefusedError as error:
        raise RuntimeError("order not paid") from error


def use_everything() -> None:
    """One segment with all that can be put on it, and calls of every kind."""
    segment = xray_recorder.begin_segment("shop", sampling=1)
    segment.set_user("ada")
    segment.set_service({"version": "1.2.3"})
    segment.set_aws({**(segment.aws or {}), "account_id": "123456789012", "ec2": {"instance_id": "i-0abc"}})
    segment.put_http_meta(http.URL, "https://shop.example/buy?item=7")
    segment.put_http_meta(http.METHOD, "POST")
    segment.put_http_meta(http.CLIENT_IP, "203.0.113.9")
    segment.put_http_meta(http.USER_AGENT, "test/1.0")
    segment.put_http_meta(http.STATUS, 500)
    segment.put_annotation("tier", "gold")
    segment.put_annotation("quantity", 3)
    segment.put_annotation("price", 12.5)
    segment.put_annotation("returning", True)
    segment.put_metadata("cart", {"items": [1, 2.5, "drei", None, {"deep": [True]}], "größe": "Ü 🛒"})
    segment.put_metadata("note", "x" * 5000, namespace="debug")
    with xray_recorder.in_subsegment("## plan") as plan:
        plan.put_annotation("step", 1)
        with xray_recorder.in_subsegment("## choose"), xray_recorder.in_subsegment("## compare") as compare:
            compare.put_metadata("candidates", ["a", "b"])
    with xray_recorder.in_subsegment("stock.example", namespace="remote") as stock:
        stock.put_http_meta(http.URL, "https://stock.example/items/7")
        stock.put_http_meta(http.METHOD, "GET")
        stock.put_http_meta(http.STATUS, 429)
    with xray_recorder.in_subsegment("DynamoDB", namespace="aws") as table:
        table.set_aws({"operation": "GetItem", "table_name": "items", "region": "eu-west-1", "request_id": "R1"})
        table.put_http_meta(http.STATUS, 200)
    connection = sqlite3.connect(":memory:")
    connection.execute("select 1").fetchall()
    connection.close()
    try:
        pay(99.9)
    except RuntimeError as error:
        segment.add_exception(error, [])
    xray_recorder.end_segment()


def stream() -> None:
    """So many subsegments that the SDK sends them ahead of their segment, in documents of their own."""
    xray_recorder.begin_segment("streamer", sampling=1)
    for number in range(75):
        with xray_recorder.in_subsegment(f"## step {number}") as step:
            step.put_annotation("number", number)
            with xray_recorder.in_subsegment("## inner"):
                pass
    xray_recorder.end_segment()


def work_in_threads() -> None:
    """Subsegments that several threads put on one segment."""
    segment = xray_recorder.begin_segment("threads", sampling=1)

    def work(number: int) -> None:
        xray_recorder.set_trace_entity(segment)
        for part in range(3):
            outer = xray_recorder.in_subsegment(f"## thread {number} part {part}")
            with outer, xray_recorder.in_subsegment("## inner") as inner:
                inner.put_annotation("thread", number)
        xray_recorder.clear_trace_entities()

    workers = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    xray_recorder.end_segment()


def continue_trace() -> None:
    """A service that calls another; both send a segment."""
    caller = xray_recorder.begin_segment("front", sampling=1)
    with xray_recorder.in_subsegment("back.example", namespace="remote") as call:
        call.put_http_meta(http.URL, "http://back.example/")

        def answer() -> None:
            xray_recorder.begin_segment("back", traceid=caller.trace_id, parent_id=call.id, sampling=1)
            xray_recorder.end_segment()

        callee = threading.Thread(target=answer)
        callee.start()
        callee.join()
        call.put_http_meta(http.STATUS, 200)
    xray_recorder.end_segment()


def leave_out() -> None:
    """A segment that was not sampled; nothing of it is sent."""
    xray_recorder.begin_segment("unsampled", sampling=0)
    with xray_recorder.in_subsegment("## inner"):
        pass
    xray_recorder.end_segment()


def count(number: int, rate: float, prefix: str = "counted") -> None:
    """Send segments at a steady rate."""
    began = time.monotonic()
    for position in range(number):
        time.sleep(max(0.0, began + position / rate - time.monotonic()))
        segment = xray_recorder.begin_segment(f"{prefix}-{position % 5}", sampling=1)
        segment.put_annotation("position", position)
        xray_recorder.end_segment()


def ask_for_decisions(seconds: float) -> None:
    """Begin segments, as a web framework's middleware does, until the service has answered with a quota.

    Prints what was asked, what was sampled, and what the SDK has learned.
    """
    xray_recorder.configure(sampling=True)
    # There is no public way to see what the sampler has learned.
    cache = xray_recorder.sampler._cache
    until = time.monotonic() + seconds
    sampled = asked = 0
    while time.monotonic() < until and not any(rule.reservoir.quota is not None for rule in cache.rules):
        sampled += bool(xray_recorder.begin_segment("decided").sampled)
        xray_recorder.end_segment()
        asked += 1
        time.sleep(0.05)
    learned = [{"name": rule.name, "rate": rule.rate, "quota": rule.reservoir.quota} for rule in cache.rules]
    sys.stdout.write(json.dumps({"asked": asked, "sampled": sampled, "rules": learned}))


def main() -> None:
    record, command, *words = sys.argv[1:]
    with Path(record).open("a", encoding="utf-8") as file:
        xray_recorder.configure(sampling=False, emitter=RecordingEmitter(file))
        if command == "features":
            patch(("sqlite3",))
            for feature in (use_everything, stream, work_in_threads, continue_trace, leave_out):
                feature()
        elif command == "count":
            count(int(words[0]), float(words[1]), *words[2:])
        elif command == "sampling":
            ask_for_decisions(float(words[0]))
        else:
            raise SystemExit(f"unknown command {command}")


if __name__ == "__main__":
    main()
