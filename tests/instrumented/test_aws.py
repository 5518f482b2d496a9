"""AWS calls by boto3, with zero code: DynamoDB, S3, SNS, and a queue through which the trace goes on."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from tests.instrumented.conftest import PROGRAMS, free_port, listening, told
from tests.support.program import Program
from tests.support.reading import CREDENTIALS
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.instrumented.conftest import House

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def moto(house: House) -> Iterator[str]:
    port = free_port()
    program = Program(
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        log=house.folder / "moto.log",
        environment=house.environment(),
        folder=house.folder,
    )
    try:
        wait_until(lambda: listening(port), seconds=30, what="moto")
        endpoint = f"http://127.0.0.1:{port}"

        def client(service: str) -> Any:
            return boto3.client(
                service,
                endpoint_url=endpoint,
                region_name=CREDENTIALS["AWS_REGION"],
                aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
            )

        client("dynamodb").create_table(
            TableName="carts",
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        client("s3").create_bucket(
            Bucket="receipts", CreateBucketConfiguration={"LocationConstraint": CREDENTIALS["AWS_REGION"]}
        )
        client("sns").create_topic(Name="sold")
        client("sqs").create_queue(QueueName="orders")
        yield endpoint
    finally:
        program.kill()


def test_aws_calls_and_a_message(house: House, moto: str) -> None:
    assert house.run(PROGRAMS / "aws_seller.py", moto, AWS_XRAY_TRACING_NAME="seller") == "ResourceNotFoundException\n"
    house.run(PROGRAMS / "aws_packer.py", moto, AWS_XRAY_TRACING_NAME="packer")
    queue = f"{moto}/123456789012/orders"
    house.expect_edges(
        {
            ("client", "seller"): 1,
            ("seller", "carts"): 1,
            ("seller", "nowhere"): 1,
            ("seller", "receipts"): 1,
            ("seller", "SNS"): 1,
            ("seller", queue): 1,
            ("seller", "packer"): 1,
            # Asking for messages is a trace of its own.
            ("client", "packer"): 2,
            ("packer", queue): 2,
            ("packer", "packer.db"): 1,
        },
        of=["seller", "packer"],
    )
    types = house.types()
    assert (types["carts"], types["receipts"], types[queue]) == (
        "AWS::DynamoDB::Table",
        "AWS::S3::Bucket",
        "AWS::SQS::Queue",
    )
    (seller,) = house.parts("seller")
    calls = {call["name"]: call for call in seller["subsegments"] if "aws" in call}
    put, missing = [call for call in seller["subsegments"] if call["name"] == "DynamoDB"]
    assert put["namespace"] == "aws"
    assert put["aws"]["operation"] == "PutItem"
    assert put["aws"]["region"] == "eu-west-1"
    assert put["aws"]["table_name"] == "carts"
    assert put["aws"]["retries"] == 0
    assert len(put["aws"]["request_id"]) > 10
    assert put["http"] == {"response": {"status": 200}}
    assert (missing["error"], missing.get("fault"), missing["http"]["response"]["status"]) == (True, None, 400)
    assert missing["cause"]["exceptions"][0]["remote"] is True
    assert (calls["S3"]["aws"]["bucket_name"], calls["S3"]["aws"]["key"]) == ("receipts", "1.txt")
    worked = next(part for part in house.parts("packer") if part["trace_id"] == seller["trace_id"])
    send = next(part for part in seller["subsegments"] if part["name"] == "orders send")
    assert worked["parent_id"] == send["id"]
    # The message is done with when it is deleted, and that is asked for outside of it.
    assert told(worked) == ["packer", ["packer.db"]]


def test_a_message_of_xrays_own_carries_its_trace_as_well(house: House, moto: str) -> None:
    root = "1-5759e988-bd862e3fe1be46a994272793"
    sender: Any = boto3.client(
        "sqs",
        endpoint_url=moto,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
    )
    sender.send_message(
        QueueUrl=f"{moto}/123456789012/orders",
        MessageBody="2",
        MessageSystemAttributes={
            "AWSTraceHeader": {"DataType": "String", "StringValue": f"Root={root};Parent=53995c3f42cd8ad8;Sampled=1"}
        },
    )
    house.run(PROGRAMS / "aws_packer.py", moto, AWS_XRAY_TRACING_NAME="heeder")
    wait_until(
        lambda: any(part["trace_id"] == root for part in house.parts("heeder")), seconds=15, what="the message's trace"
    )
    worked = next(part for part in house.parts("heeder") if part["trace_id"] == root)
    assert worked["parent_id"] == "53995c3f42cd8ad8"
    assert told(worked) == ["heeder", ["packer.db"]]
