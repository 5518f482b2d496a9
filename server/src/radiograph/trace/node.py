"""Which node of the service graph a segment or a downstream call belongs to.

Source: X-Ray developer guide and published service graphs for types and names; where AWS is silent (most
resources), the rule is that a call that names a resource leads to the resource, any other to the service.
"""

import re
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from radiograph.trace.documents import Entity, Sql

_REMOTE = "remote"
_DATABASE = "Database::SQL"
_NO_SQL = Sql()


class NodeKey(msgspec.Struct, frozen=True, order=True, gc=False):
    """The identity of a node.

    Args:
        name: of the service, or of the resource that was called.
        type: such as "AWS::ECS::Container"; "" when unknown.
        account: id of the AWS account; "" when unknown.
    """

    name: str
    type: str
    account: str


class _Service(NamedTuple):
    """An AWS service in the spelling of its node, and where its calls name a resource."""

    name: str
    resource_type: str = ""
    members: tuple[str, ...] = ()


# SDKs write DynamoDB as dynamodb, DynamoDb or AmazonDynamoDBv2. A long word is found anywhere in the name; a
# short one must be all of it (without "Amazon" or "AWS"), or "WellArchitectedRequests" would be STS.
_CONTAINED = (
    (
        "dynamodb",
        _Service("DynamoDB", "AWS::DynamoDB::Table", ("table_name", "table_names", "resource_names")),
    ),
    ("secretsmanager", _Service("SecretsManager")),
    ("simplesystemsmanagement", _Service("SimpleSystemsManagement")),
    ("stepfunctions", _Service("StepFunctions", "AWS::StepFunctions::StateMachine", ("state_machine_arn",))),
    ("eventbridge", _Service("Events")),
    ("lambda", _Service("Lambda", "AWS::Lambda", ("function_name",))),
    ("kinesis", _Service("Kinesis", "AWS::Kinesis::Stream", ("stream_name",))),
)
_WHOLE = {
    "s3": _Service("S3", "AWS::S3::Bucket", ("bucket_name",)),
    "simplestorageservice": _Service("S3", "AWS::S3::Bucket", ("bucket_name",)),
    "sqs": _Service("SQS", "AWS::SQS::Queue", ("queue_url",)),
    "sns": _Service("SNS"),
    "ssm": _Service("SimpleSystemsManagement"),
    "kms": _Service("KMS"),
    "sts": _Service("STS"),
    "events": _Service("Events"),
    "cloudwatchevents": _Service("Events"),
    "states": _Service("StepFunctions", "AWS::StepFunctions::StateMachine", ("state_machine_arn",)),
    "sfn": _Service("StepFunctions", "AWS::StepFunctions::StateMachine", ("state_machine_arn",)),
}
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")
_VENDOR = re.compile(r"^(?:amazon|aws)(?=.)")


def segment_node(entity: Entity, default_account: str = "") -> NodeKey:
    """Return the node of a segment.

    Args:
        entity: the segment.
        default_account: id of the account that sent it, for segments that name none.
    """
    account = None if entity.aws is None else entity.aws.get("account_id")
    return NodeKey(entity.name, entity.origin or "", _text(account) or default_account)


def call_node(entity: Entity) -> NodeKey | None:
    """Return the node of the service that a subsegment calls, None when it is local work.

    A call has the namespace `aws` or `remote`, or an `sql` block. The node is that of the inferred service;
    a callee that sends its own segment has the node of that segment instead.
    """
    if entity.namespace == "aws":
        service, resource = _service_and_resource(entity)
        if resource:
            return NodeKey(resource, service.resource_type, "")
        return NodeKey(service.name, f"AWS::{service.name}", "")
    if entity.sql is not None and entity.sql != _NO_SQL:
        return NodeKey(entity.name, _DATABASE, "")
    if entity.namespace == "remote":
        return NodeKey(entity.name, _REMOTE, "")
    return None


def inferred_origin(entity: Entity) -> str | None:
    """Return the `origin` of the segment inferred from a call; None for `remote` ones, and for local work."""
    node = call_node(entity)
    return None if node is None or node.type == _REMOTE else node.type


def called_resource(entity: Entity) -> str | None:
    """Return the resource that an AWS call names (table, queue URL, bucket, function, ...), if it does."""
    return (_service_and_resource(entity)[1] or None) if entity.namespace == "aws" else None


def _service_and_resource(entity: Entity) -> tuple[_Service, str]:
    service = _service(entity.name)
    if entity.aws is not None:
        for member in service.members:
            value = entity.aws.get(member)
            if isinstance(value, list) and value:
                value = value[0]
            resource = _text(value)
            if resource:
                return service, resource
    return service, ""


@lru_cache(maxsize=1024)  # a few dozen names make up nearly all calls, and each costs two regular expressions
def _service(name: str) -> _Service:
    plain = _VENDOR.sub("", _NOT_ALPHANUMERIC.sub("", name.lower()))
    whole = _WHOLE.get(plain)
    if whole is not None:
        return whole
    for word, service in _CONTAINED:
        if word in plain:
            return service
    return _Service(name)


def _text(value: Any) -> str:
    """Return a name or number out of untyped JSON as text; "" for anything else."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""
