"""Notifications: reads the queue and e-mails the customers, as part of the trace of their order."""

import contextlib
import json
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any, Self

from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader
from botocore.exceptions import BotoCoreError, ClientError
from flask import Flask
from flask.typing import ResponseReturnValue

from .calls import aws_client
from .child import Directory, serve
from .names import NOTIFICATIONS
from .tracing import Platform, declare, record

PLATFORM = Platform("AWS::EKS::Container", {"eks": {"cluster_name": "shop", "pod": "notifications-5f6d8"}})


class Worker:
    """Reads the queue in a thread of its own until told to stop.

    Args:
        sqs: a boto3 client. It is not patched: asking an empty queue is nobody's request and must leave no
            trace.
        queue_url: the queue.
    """

    def __init__(self, sqs: Any, queue_url: str) -> None:
        self._sqs = sqs
        self._queue_url = queue_url
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="queue", daemon=True)
        self.delivered = 0

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._poll()
            except (BotoCoreError, ClientError):
                self._stop.wait(0.5)  # the queue is away; nothing is lost by asking again

    def _poll(self) -> None:
        answer = self._sqs.receive_message(
            QueueUrl=self._queue_url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=1,
            MessageSystemAttributeNames=["AWSTraceHeader"],
        )
        for message in answer.get("Messages", []):
            deliver(message)
            self.delivered += 1
            self._sqs.delete_message(QueueUrl=self._queue_url, ReceiptHandle=message["ReceiptHandle"])


def deliver(message: dict[str, Any]) -> None:
    """E-mail a customer, in a segment that continues the trace named in the message's `AWSTraceHeader`."""
    header = TraceHeader.from_header_str(message["Attributes"]["AWSTraceHeader"])
    with xray_recorder.in_segment(
        NOTIFICATIONS, traceid=header.root, parent_id=header.parent, sampling=header.sampled
    ) as segment:
        declare(PLATFORM)
        order = json.loads(message["Body"])
        segment.put_annotation("order_id", order["order_id"])
        with xray_recorder.in_subsegment("## send email") as step:
            email = EmailMessage()
            email["To"] = f"{order['user']}@customers.example"
            email["Subject"] = f"Your order {order['order_id']}"
            email.set_content(f"Your {order['sku']} is on its way.\n")
            step.put_annotation("channel", "email")
            step.put_annotation("marketing", value=False)
            step.put_metadata("email", str(email), "shop")


@contextlib.contextmanager
def build(directory: Directory) -> Iterator[Flask]:
    """Give the application for as long as the worker runs."""
    record(NOTIFICATIONS)
    with Worker(aws_client("sqs", directory), directory.queue_url) as worker:
        yield create_app(worker)


def create_app(worker: Worker) -> Flask:
    """Make the application that tells how the worker is; it is not traced: `GET /health`, `GET /state`."""
    app = Flask(__name__)

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    @app.get("/state")
    def state() -> ResponseReturnValue:
        return {"delivered": worker.delivered}

    return app


if __name__ == "__main__":
    serve(build)
