"""Reads the queue once, and works on what is there: argument is the endpoint."""

import sqlite3
import sys

import boto3

endpoint = sys.argv[1]
sqs = boto3.client("sqs", endpoint_url=endpoint)
queue = f"{endpoint}/123456789012/orders"
for message in sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=5, MaxNumberOfMessages=10).get("Messages", []):
    with sqlite3.connect("packer.db") as database:
        database.execute("SELECT ?", (message["Body"],))
    sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
