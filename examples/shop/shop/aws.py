"""The stand-in for AWS: moto's server, with the shop's table and queue in it."""

import argparse

from moto.server import ThreadedMotoServer

from .calls import aws_client
from .child import Directory, Hello, introduce, settle, wait_for_the_end
from .names import AWS, QUEUE, TABLE

STOCK = (
    ("anorak", "An anorak for all weathers", "89.00"),
    ("compass", "A compass that points north", "24.50"),
    ("kettle", "A kettle that whistles", "39.90"),
    ("lantern", "A storm lantern", "45.00"),
    ("teapot", "A teapot, short and stout", "19.95"),
    ("torch", "A torch, batteries included", "12.00"),
)


def main() -> None:
    """Run until the supervisor closes standard input."""
    parser = argparse.ArgumentParser(description="DynamoDB and SQS for the shop, by moto.")
    parser.add_argument("--port", type=int, default=0)
    report = settle()
    server = ThreadedMotoServer("127.0.0.1", parser.parse_args().port, verbose=False)
    server.start()
    _, port = server.get_host_and_port()
    introduce(Hello(port=port, queue_url=furnish(port)), report)
    wait_for_the_end(report)  # then just end: the server has nothing to save


def furnish(port: int) -> str:
    """Make the table, fill it, make the queue; give the queue's URL."""
    here = Directory(ports={AWS: port}, queue_url="")
    dynamodb = aws_client("dynamodb", here)
    dynamodb.create_table(
        TableName=TABLE,
        AttributeDefinitions=[{"AttributeName": "sku", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "sku", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    for sku, title, price in STOCK:
        dynamodb.put_item(TableName=TABLE, Item={"sku": {"S": sku}, "title": {"S": title}, "price": {"N": price}})
    return str(aws_client("sqs", here).create_queue(QueueName=QUEUE)["QueueUrl"])


if __name__ == "__main__":
    main()
