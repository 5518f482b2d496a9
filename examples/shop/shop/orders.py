"""Orders: writes them to an SQL database, has them paid, and tells the notifications queue."""

import contextlib
import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import requests
from aws_xray_sdk.core import xray_recorder
from aws_xray_sdk.core.models.trace_header import TraceHeader
from flask import Flask, request
from flask.typing import ResponseReturnValue

from .calls import aws_client, open_session
from .child import Directory, serve
from .names import DATABASE, ORDERS, PAYMENTS, url_of
from .tracing import Platform, instrument

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
  id       INTEGER PRIMARY KEY,
  sku      TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  total    REAL NOT NULL,
  customer TEXT NOT NULL,
  status   TEXT NOT NULL
)
"""
INSERT = "INSERT INTO orders (sku, quantity, total, customer, status) VALUES (?, ?, ?, ?, 'new')"
UPDATE = "UPDATE orders SET status = ? WHERE id = ?"
SELECT = "SELECT id, sku, quantity, total, customer, status FROM orders WHERE id = ?"


class PaymentFailedError(Exception):
    """Payments answered that it cannot do its work."""


@contextlib.contextmanager
def build(directory: Directory) -> Iterator[Flask]:
    """Give the application for as long as its connections are open."""
    with contextlib.closing(_connect()) as database:  # not patched yet: no traces of the schema
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(SCHEMA)
    with open_session(directory) as session:
        yield create_app(session, aws_client("sqs", directory), queue_url=directory.queue_url)


def create_app(session: requests.Session, sqs: Any, *, queue_url: str) -> Flask:
    """Make the orders application.

    - `POST /orders`: JSON `sku`, `quantity`, `total`, `user`, `card`. 201, 429 when payments refuses for now,
      500 when it fails.
    - `GET /orders/<id>`: the order, or 404.
    - `GET /health`: not traced.
    """
    app = Flask(__name__)
    # No platform: the map shows a service that does not say where it runs.
    instrument(app, service=ORDERS, libraries=("requests", "boto3", "sqlite3"), platform=Platform())

    @app.post("/orders")
    def place() -> ResponseReturnValue:
        wish: dict[str, Any] = request.get_json()
        with contextlib.closing(_connect()) as database:
            row = (wish["sku"], wish["quantity"], wish["total"], wish["user"])
            order_id = database.execute(INSERT, row).lastrowid
            segment = xray_recorder.current_segment()
            segment.put_annotation("order_id", order_id)
            segment.put_metadata("order", wish, "shop")

            with xray_recorder.in_subsegment("## take payment"):
                paid = session.post(
                    url_of(PAYMENTS, "/charges"),
                    json={"order_id": order_id, "amount": wish["total"], "card": wish["card"]},
                    timeout=30,
                )
                database.execute(UPDATE, (_status(paid), order_id))
                if paid.status_code >= requests.codes.server_error:
                    raise PaymentFailedError(f"order {order_id}: payments answered {paid.status_code}")

        if paid.status_code == requests.codes.too_many_requests:
            return {"error": "payments refuses for now", "order_id": order_id}, 429, {"Retry-After": "60"}
        _notify(sqs, queue_url, {"order_id": order_id, "user": wish["user"], "sku": wish["sku"]})
        return {"id": order_id, "status": "paid"}, 201

    @app.get("/orders/<int:order_id>")
    def order(order_id: int) -> ResponseReturnValue:
        with contextlib.closing(_connect()) as database:
            found = database.execute(SELECT, (order_id,)).fetchone()
        if found is None:
            return {"error": f"there is no order {order_id}"}, 404
        return dict(zip(("id", "sku", "quantity", "total", "user", "status"), found, strict=True))

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    return app


def _connect() -> sqlite3.Connection:
    # A path relative to the working directory, because the SDK takes the whole of it for the subsegment's
    # name.
    return sqlite3.connect(DATABASE, isolation_level=None, timeout=10)


def _status(paid: requests.Response) -> str:
    if paid.ok:
        return "paid"
    return "refused" if paid.status_code == requests.codes.too_many_requests else "failed"


def _notify(sqs: Any, queue_url: str, message: dict[str, object]) -> None:
    """Send a message that carries the trace.

    The header in the message names the subsegment around the call as the parent of what happens next. SQS
    itself would name the call, but a segment whose parent is a call takes the place of the called resource on
    the map: the queue would vanish behind the service that reads it.
    """
    with xray_recorder.in_subsegment("## notify") as step:
        header = TraceHeader(root=step.trace_id, parent=step.id, sampled=step.sampled)
        sqs.send_message(
            QueueUrl=queue_url,
            MessageBody=json.dumps(message),
            MessageSystemAttributes={"AWSTraceHeader": {"DataType": "String", "StringValue": header.to_header_str()}},
        )


if __name__ == "__main__":
    serve(build)
