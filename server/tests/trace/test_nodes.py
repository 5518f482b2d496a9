from typing import Any

import msgspec
import pytest

from radiograph.trace import Entity, NodeKey, call_node, called_resource, inferred_origin, segment_node


def entity(name: str, **members: Any) -> Entity:
    document = {"id": "70de5b6f19ff9a0a", "name": name, "start_time": 1795330725.0, **members}
    return msgspec.convert(document, Entity)


def test_a_segment_is_known_by_name_origin_and_account() -> None:
    pay = entity("pay", origin="AWS::ECS::Container", aws={"account_id": "210987654321"})
    assert segment_node(pay, "123456789012") == NodeKey("pay", "AWS::ECS::Container", "210987654321")


def test_a_segment_without_account_belongs_to_the_sender() -> None:
    assert segment_node(entity("pay", aws={}), "123456789012") == NodeKey("pay", "", "123456789012")
    assert segment_node(entity("pay")) == NodeKey("pay", "", "")


def test_an_account_may_be_a_number() -> None:
    assert segment_node(entity("pay", aws={"account_id": 123456789012})).account == "123456789012"


QUEUE = "https://sqs.eu-west-1.amazonaws.com/123456789012/orders"

CALLS = [
    ("DynamoDB", {"table_name": "cart"}, "cart", "AWS::DynamoDB::Table"),
    ("DynamoDB", {"resource_names": ["cart"]}, "cart", "AWS::DynamoDB::Table"),
    ("DynamoDB", {"table_names": ["cart", "stock"]}, "cart", "AWS::DynamoDB::Table"),
    ("DynamoDB", {"operation": "ListTables"}, "DynamoDB", "AWS::DynamoDB"),
    ("dynamodb", {}, "DynamoDB", "AWS::DynamoDB"),
    ("AmazonDynamoDBv2", {"table_name": "cart"}, "cart", "AWS::DynamoDB::Table"),
    ("DynamoDb", None, "DynamoDB", "AWS::DynamoDB"),
    ("SQS", {"queue_url": QUEUE}, QUEUE, "AWS::SQS::Queue"),
    ("sqs", {}, "SQS", "AWS::SQS"),
    ("AmazonSQS", {"queue_url": QUEUE}, QUEUE, "AWS::SQS::Queue"),
    ("Sqs", {}, "SQS", "AWS::SQS"),
    ("sns", {"topic_arn": "arn:aws:sns:eu-west-1:123456789012:t"}, "SNS", "AWS::SNS"),
    ("S3", {"bucket_name": "pictures"}, "pictures", "AWS::S3::Bucket"),
    ("Amazon S3", {}, "S3", "AWS::S3"),
    ("s3", None, "S3", "AWS::S3"),
    ("Lambda", {"function_name": "f"}, "f", "AWS::Lambda"),
    ("AWSLambda", {}, "Lambda", "AWS::Lambda"),
    ("ssm", {}, "SimpleSystemsManagement", "AWS::SimpleSystemsManagement"),
    ("AWSSimpleSystemsManagement", {}, "SimpleSystemsManagement", "AWS::SimpleSystemsManagement"),
    ("secretsmanager", {}, "SecretsManager", "AWS::SecretsManager"),
    ("AWSSecretsManager", {}, "SecretsManager", "AWS::SecretsManager"),
    ("kms", {}, "KMS", "AWS::KMS"),
    ("sts", {}, "STS", "AWS::STS"),
    ("kinesis", {}, "Kinesis", "AWS::Kinesis"),
    ("kinesis", {"stream_name": "clicks"}, "clicks", "AWS::Kinesis::Stream"),
    ("states", {}, "StepFunctions", "AWS::StepFunctions"),
    ("events", {}, "Events", "AWS::Events"),
    ("EventBridge", {}, "Events", "AWS::Events"),
    ("Bedrock Runtime", {}, "Bedrock Runtime", "AWS::Bedrock Runtime"),
    ("WellArchitectedRequests", {}, "WellArchitectedRequests", "AWS::WellArchitectedRequests"),
]


@pytest.mark.parametrize(("name", "aws", "node_name", "node_type"), CALLS)
def test_an_aws_call_leads_to_the_resource_it_names_or_else_to_the_service(
    name: str, aws: dict[str, Any] | None, node_name: str, node_type: str
) -> None:
    call = entity(name, namespace="aws", aws=aws)
    assert call_node(call) == NodeKey(node_name, node_type, "")
    assert inferred_origin(call) == node_type


def test_a_query_leads_to_a_database() -> None:
    for namespace in ("remote", "local", None):
        query = entity("shop@db.example", namespace=namespace, sql={"database_type": "PostgreSQL"})
        assert call_node(query) == NodeKey("shop@db.example", "Database::SQL", "")
        assert inferred_origin(query) == "Database::SQL"


def test_an_empty_sql_block_is_no_query() -> None:
    assert call_node(entity("work", sql={})) is None
    assert call_node(entity("api.example.com", namespace="remote", sql={})) == NodeKey("api.example.com", "remote", "")


def test_any_other_call_leads_to_a_remote_service_without_origin() -> None:
    call = entity("api.example.com", namespace="remote")
    assert call_node(call) == NodeKey("api.example.com", "remote", "")
    assert inferred_origin(call) is None


@pytest.mark.parametrize("namespace", [None, "local", "", "other"])
def test_local_work_leads_nowhere(namespace: str | None) -> None:
    work = entity("## handler", namespace=namespace, aws={"table_name": "cart"})
    assert call_node(work) is None
    assert inferred_origin(work) is None
    assert called_resource(work) is None


@pytest.mark.parametrize("table", [None, "", [], {}, True, ["", "x"]])
def test_a_resource_that_is_no_name_is_no_resource(table: Any) -> None:
    assert call_node(entity("DynamoDB", namespace="aws", aws={"table_name": table})) == NodeKey(
        "DynamoDB", "AWS::DynamoDB", ""
    )


def test_nodes_can_be_ordered() -> None:
    assert sorted([NodeKey("b", "", ""), NodeKey("a", "y", ""), NodeKey("a", "x", "1")]) == [
        NodeKey("a", "x", "1"),
        NodeKey("a", "y", ""),
        NodeKey("b", "", ""),
    ]
