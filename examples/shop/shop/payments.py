"""Payments: charges cards through the bank."""

import contextlib
from collections.abc import Iterator
from typing import Any

import requests
from aws_xray_sdk.core import xray_recorder
from flask import Flask, request
from flask.typing import ResponseReturnValue

from .calls import open_session
from .cards import Card
from .child import Directory, serve
from .names import BANK, PAYMENTS, url_of
from .tracing import Platform, instrument

PLATFORM = Platform(
    "AWS::EC2::Instance",
    {
        "ec2": {
            "instance_id": "i-0a1b2c3d4e5f60718",
            "availability_zone": "eu-west-1b",
            "instance_type": "t3.small",
        }
    },
)


class BankUnavailableError(Exception):
    """The bank could not be asked, or did not know its own mind."""


@contextlib.contextmanager
def build(directory: Directory) -> Iterator[Flask]:
    """Give the application for as long as its connections are open."""
    with open_session(directory) as session:
        yield create_app(session)


def create_app(session: requests.Session) -> Flask:
    """Make the payments application.

    - `POST /charges`: JSON `order_id`, `amount`, `card`. 201; 429 for a card used too often, without asking
      the bank; 500 when the bank fails.
    - `GET /health`: not traced.
    """
    app = Flask(__name__)
    instrument(app, service=PAYMENTS, libraries=("requests",), platform=PLATFORM)

    @app.post("/charges")
    def charge() -> ResponseReturnValue:
        wish: dict[str, Any] = request.get_json()
        segment = xray_recorder.current_segment()
        segment.put_annotation("card", wish["card"])
        segment.put_annotation("amount", wish["amount"])
        if wish["card"] == Card.OVERUSED:
            return {"error": "used too often"}, 429, {"Retry-After": "60"}
        with xray_recorder.in_subsegment("## charge card"):
            return {"authorisation": _authorise(session, wish)}, 201

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    return app


def _authorise(session: requests.Session, wish: dict[str, Any]) -> str:
    answer = session.post(
        url_of(BANK, "/authorisations"), json={"card": wish["card"], "amount": wish["amount"]}, timeout=30
    )
    if not answer.ok:
        raise BankUnavailableError(f"order {wish['order_id']}: the bank answered {answer.status_code}")
    return str(answer.json()["authorisation"])


if __name__ == "__main__":
    serve(build)
