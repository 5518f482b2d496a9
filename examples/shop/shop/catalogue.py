"""The catalogue: what the shop sells, in a DynamoDB table."""

import contextlib
from typing import Any

from flask import Flask
from flask.typing import ResponseReturnValue

from .calls import aws_client
from .child import Directory, serve
from .names import CATALOGUE, TABLE
from .tracing import Platform, instrument

PLATFORM = Platform(
    "AWS::ElasticBeanstalk::Environment",
    {
        "elastic_beanstalk": {
            "environment_name": "catalogue-prod",
            "version_label": "v42",
            "deployment_id": 42,
        }
    },
)


def build(directory: Directory) -> contextlib.nullcontext[Flask]:
    """Give the application."""
    return contextlib.nullcontext(create_app(aws_client("dynamodb", directory)))


def create_app(dynamodb: Any) -> Flask:
    """Make the catalogue's application.

    - `GET /items`: all items (one Scan).
    - `GET /items/<sku>`: one item, or 404 (one GetItem).
    - `GET /health`: not traced.
    """
    app = Flask(__name__)
    instrument(app, service=CATALOGUE, libraries=("boto3",), platform=PLATFORM)

    @app.get("/items")
    def items() -> ResponseReturnValue:
        found = dynamodb.scan(TableName=TABLE)["Items"]
        return {"items": sorted(map(_item, found), key=lambda item: str(item["sku"]))}

    @app.get("/items/<sku>")
    def item(sku: str) -> ResponseReturnValue:
        found = dynamodb.get_item(TableName=TABLE, Key={"sku": {"S": sku}}).get("Item")
        if found is None:
            return {"error": f"there is no item {sku!r}"}, 404
        return _item(found)

    @app.get("/health")
    def health() -> ResponseReturnValue:
        return {"ok": True}

    return app


def _item(found: dict[str, Any]) -> dict[str, object]:
    return {"sku": found["sku"]["S"], "title": found["title"]["S"], "price": float(found["price"]["N"])}


if __name__ == "__main__":
    serve(build)
