"""The bank: somebody else's service, which sends no traces. The map shows it as a remote node."""

import contextlib
import random
import time
from collections.abc import Callable

from flask import Flask, request
from flask.typing import ResponseReturnValue

from .cards import Card
from .child import Directory, serve


def build(_directory: Directory) -> contextlib.nullcontext[Flask]:
    """Give the application."""
    return contextlib.nullcontext(create_app(random.Random(), time.sleep))


def create_app(rng: random.Random, sleep: Callable[[float], None]) -> Flask:
    """Make the bank's application.

    - `POST /authorisations`: JSON `card`, `amount`. 201 after 5 to 20 ms, for a slow card after 0.6 to 0.9 s;
      502 for a broken card.
    - `GET /health`.
    """
    app = Flask(__name__)

    @app.post("/authorisations")
    def authorise() -> ResponseReturnValue:
        card = request.get_json()["card"]
        sleep(rng.uniform(0.6, 0.9) if card == Card.SLOW else rng.uniform(0.005, 0.02))
        if card == Card.BROKEN:
            return {"error": "the bank's own network is down"}, 502
        return {"authorisation": f"{rng.getrandbits(32):08x}"}, 201

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    return app


if __name__ == "__main__":
    serve(build)
