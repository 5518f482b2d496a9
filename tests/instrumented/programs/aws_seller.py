"""Calls AWS: argument is the endpoint. Makes a table, a bucket, a topic and a queue, and sends a message."""

import sys
from typing import Any

import boto3
from botocore.exceptions import ClientError

endpoint = sys.argv[1]


def client(service: str) -> Any:
    return boto3.client(service, endpoint_url=endpoint)


def sell() -> None:
    dynamodb, s3, sns, sqs = (client(name) for name in ("dynamodb", "s3", "sns", "sqs"))
    dynamodb.put_item(TableName="carts", Item={"id": {"S": "1"}})
    try:
        dynamodb.get_item(TableName="nowhere", Key={"id": {"S": "1"}})
    except ClientError as error:
        print(error.response["Error"]["Code"])
    s3.put_object(Bucket="receipts", Key="1.txt", Body=b"paid")
    sns.publish(TopicArn="arn:aws:sns:eu-west-1:123456789012:sold", Message="1")
    sqs.send_message(QueueUrl=f"{endpoint}/123456789012/orders", MessageBody="1")


if __name__ == "__main__":
    from opentelemetry import trace

    with trace.get_tracer("seller").start_as_current_span("sell"):
        sell()
