"""The front: the only process that customers talk to."""

import contextlib
from collections.abc import Iterator
from typing import Annotated

import msgspec
import requests
from aws_xray_sdk.core import xray_recorder
from flask import Flask, request
from flask.typing import ResponseReturnValue

from .calls import open_session
from .cards import Card
from .child import Directory, serve
from .names import CATALOGUE, NOTIFICATIONS, ORDERS, WEB, url_of
from .script import Outcome
from .tracing import Platform, instrument

PLATFORM = Platform("AWS::ECS::Container", {"ecs": {"container": "web-7d4b9c"}})

# What a customer has to do for a purchase to end in a certain way.
CARDS = {
    Outcome.OK: Card.GOOD,
    Outcome.SLOW: Card.SLOW,
    Outcome.ERROR: Card.GOOD,
    Outcome.THROTTLE: Card.OVERUSED,
    Outcome.FAULT: Card.BROKEN,
}
MISSING_ITEM = "unicorn"


class Wish(msgspec.Struct, frozen=True):
    """What somebody wants to buy, and who it is."""

    sku: str = "teapot"
    quantity: Annotated[int, msgspec.Meta(ge=1, le=100)] = 1
    user: str = "guest"
    tier: str = "standard"
    returning: bool = False


@contextlib.contextmanager
def build(directory: Directory) -> Iterator[Flask]:
    """Give the application for as long as its connections are open."""
    with open_session(directory) as session:
        yield create_app(session, queue_url=directory.queue_url)


def create_app(session: requests.Session, *, queue_url: str) -> Flask:
    """Make the front's application.

    - `GET /`: the page; `GET /items`: the same as JSON.
    - `POST /buy?outcome=...`: a purchase. JSON, all optional: `sku`, `quantity`, `user`, `tier`, `returning`.
    - `GET /orders/<id>`: an order.
    - `GET /health`, `GET /state`: not traced. The latter tells the queue's URL and the e-mails sent so far.
    """
    app = Flask(__name__)
    instrument(app, service=WEB, libraries=("requests",), platform=PLATFORM)

    @app.get("/")
    def page() -> ResponseReturnValue:
        answer = session.get(url_of(CATALOGUE, "/items"), timeout=30)
        # Not by render_template: the SDK's patch mistakes Flask's arguments and misnames the subsegment.
        with xray_recorder.in_subsegment("## render page"):
            template = app.jinja_env.get_template("index.html")
            return template.render(items=answer.json()["items"], outcomes=list(Outcome))

    @app.get("/items")
    def items() -> ResponseReturnValue:
        answer = session.get(url_of(CATALOGUE, "/items"), timeout=30)
        return answer.json(), answer.status_code

    @app.post("/buy")
    def buy() -> ResponseReturnValue:
        try:
            outcome = Outcome(request.args.get("outcome", Outcome.OK))
        except ValueError:
            return {"error": f"outcome must be one of {', '.join(Outcome)}"}, 400
        try:
            wish = msgspec.json.decode(request.get_data() or b"{}", type=Wish)
        except msgspec.MsgspecError as error:
            return {"error": str(error)}, 400
        return _buy(session, outcome, wish)

    @app.get("/orders/<int:order_id>")
    def order(order_id: int) -> ResponseReturnValue:
        answer = session.get(url_of(ORDERS, f"/orders/{order_id}"), timeout=30)
        return answer.json(), answer.status_code

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    @app.get("/state")
    def state() -> ResponseReturnValue:
        answer = session.get(url_of(NOTIFICATIONS, "/state"), timeout=30)
        return {"queue_url": queue_url, "delivered": answer.json()["delivered"]}

    return app


def _buy(session: requests.Session, outcome: Outcome, wish: Wish) -> ResponseReturnValue:
    sku = MISSING_ITEM if outcome is Outcome.ERROR else wish.sku

    segment = xray_recorder.current_segment()
    segment.set_user(wish.user)
    segment.put_annotation("tier", wish.tier)
    segment.put_annotation("quantity", wish.quantity)
    segment.put_annotation("returning", wish.returning)
    segment.put_metadata("basket", {"sku": sku, "quantity": wish.quantity}, "shop")
    trace_id = segment.trace_id

    with xray_recorder.in_subsegment("## price basket") as step:
        priced = session.get(url_of(CATALOGUE, f"/items/{sku}"), timeout=30)
        if priced.ok:
            total = wish.quantity * priced.json()["price"]
            step.put_annotation("total", total)
    if not priced.ok:
        return {"error": priced.json()["error"], "trace_id": trace_id}, priced.status_code

    placed = session.post(
        url_of(ORDERS, "/orders"),
        json={
            "sku": sku,
            "quantity": wish.quantity,
            "total": total,
            "user": wish.user,
            "card": CARDS[outcome],
        },
        timeout=30,
    )
    if placed.status_code == requests.codes.created:
        return {"order": placed.json(), "trace_id": trace_id}, 201
    if placed.status_code == requests.codes.too_many_requests:
        return {"error": "this card was used too often, try later", "trace_id": trace_id}, 429
    return {"error": "your order could not be placed", "trace_id": trace_id}, 502


if __name__ == "__main__":
    serve(build)
