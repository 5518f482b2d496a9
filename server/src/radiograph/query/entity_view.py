"""Everything about one segment or subsegment, in the order in which a person asks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.errors import ResourceNotFound
from radiograph.query.exceptions import Exceptions
from radiograph.query.trace_view import kind_of, load_trace
from radiograph.trace.documents import Cause

if TYPE_CHECKING:
    from radiograph.query.view import Ground
    from radiograph.trace.documents import ExceptionDetail
    from radiograph.trace.trace import Trace, TraceEntity

# What the `aws` block and the top of a document say of where something ran, in the words of the screen. A path leads
# through objects; of a list all texts are shown.
_RESOURCES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Account", ("aws", "account_id")),
    ("Region", ("aws", "region")),
    ("Resource ARN", ("resource_arn",)),
    ("EC2 instance", ("aws", "ec2", "instance_id")),
    ("EC2 instance type", ("aws", "ec2", "instance_size")),
    ("EC2 instance type", ("aws", "ec2", "instance_type")),
    ("Availability zone", ("aws", "ec2", "availability_zone")),
    ("Machine image", ("aws", "ec2", "ami_id")),
    ("ECS container", ("aws", "ecs", "container")),
    ("ECS container id", ("aws", "ecs", "container_id")),
    ("ECS container ARN", ("aws", "ecs", "container_arn")),
    ("ECS task ARN", ("aws", "ecs", "task_arn")),
    ("ECS task", ("aws", "ecs", "task_family")),
    ("ECS cluster", ("aws", "ecs", "cluster_arn")),
    ("EKS cluster", ("aws", "eks", "cluster_name")),
    ("EKS pod", ("aws", "eks", "pod")),
    ("EKS container id", ("aws", "eks", "container_id")),
    ("Beanstalk environment", ("aws", "elastic_beanstalk", "environment_name")),
    ("Beanstalk version", ("aws", "elastic_beanstalk", "version_label")),
    ("Beanstalk deployment", ("aws", "elastic_beanstalk", "deployment_id")),
    ("Lambda function", ("aws", "function_arn")),
    ("Lambda function", ("aws", "function_name")),
    ("API Gateway", ("aws", "api_gateway", "api_id")),
    ("API Gateway stage", ("aws", "api_gateway", "stage")),
    ("Operation", ("aws", "operation")),
    ("DynamoDB table", ("aws", "table_name")),
    ("DynamoDB tables", ("aws", "table_names")),
    ("SQS queue", ("aws", "queue_url")),
    ("SNS topic", ("aws", "topic_arn")),
    ("S3 bucket", ("aws", "bucket_name")),
    ("S3 key", ("aws", "key")),
    ("Kinesis stream", ("aws", "stream_name")),
    ("State machine", ("aws", "state_machine_arn")),
    ("Resource", ("aws", "resource_names")),
    ("Request id", ("aws", "request_id")),
    ("Request id 2", ("aws", "id_2")),
    ("Retries", ("aws", "retries")),
    ("Log groups", ("aws", "cloudwatch_logs")),
    ("Service version", ("service", "version")),
    ("Runtime", ("service", "runtime")),
    ("Runtime version", ("service", "runtime_version")),
    ("Sampling rule", ("aws", "xray", "sampling_rule_name")),
    ("SDK", ("aws", "xray", "sdk")),
    ("SDK version", ("aws", "xray", "sdk_version")),
)
_LOG_GROUP = "log_group"


def entity_view(ground: Ground, trace_id: str, entity_id: str) -> dict[str, Any]:
    """Return everything about one entity.

    Args:
        ground: where it is.
        trace_id: canonical.
        entity_id: canonical.

    Raises:
        ResourceNotFound: there is no such trace, or no such entity in it.
    """
    trace = load_trace(ground, trace_id)
    entity = trace.by_id.get(entity_id)
    if entity is None:
        raise ResourceNotFound(f"the trace {trace_id} has no segment or subsegment {entity_id}")
    return told(trace, entity)


def told(trace: Trace, entity: TraceEntity) -> dict[str, Any]:
    """Return everything about one entity of an assembled trace."""
    document = entity.document
    cause = entity.typed.cause
    return {
        "id": entity.id,
        "kind": kind_of(entity),
        "document": document,
        "resources": resources(document),
        "exceptions": [_exception(each) for each in Exceptions(trace).of(entity)],
        "working_directory": (cause.working_directory or "") if isinstance(cause, Cause) else "",
        "annotations": entity.typed.annotations or {},
        "metadata": _object(document, "metadata"),
        "sql": _object(document, "sql"),
        "http": _object(document, "http"),
        "links": _links(entity),
    }


def resources(document: dict[str, Any]) -> list[list[str]]:
    """Return pairs of a label and a text: where an entity ran, or what it used."""
    found: dict[tuple[str, str], None] = {}
    for label, path in _RESOURCES:
        value: Any = document
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        for text in _texts(value):
            found[label, text] = None
    return [list(pair) for pair in found]


def _texts(value: Any) -> list[str]:
    if isinstance(value, bool) or value in (None, ""):
        return []
    if isinstance(value, str | int | float):
        return [str(value)]
    if isinstance(value, dict):
        return _texts(value.get(_LOG_GROUP))
    return [text for each in value for text in _texts(each)] if isinstance(value, list) else []


def _exception(exception: ExceptionDetail) -> dict[str, Any]:
    return {
        "type": exception.type or "",
        "message": exception.message or "",
        "remote": exception.remote is True,
        "id": exception.id or "",
        "cause": exception.cause or "",
        "truncated": exception.truncated or 0,
        "skipped": exception.skipped or 0,
        "stack": [
            {"label": frame.label or "", "path": frame.path or "", "line": frame.line or 0}
            for frame in exception.stack or ()
        ],
    }


def _links(entity: TraceEntity) -> list[dict[str, Any]]:
    """The links that the entity itself names, as they were sent."""
    links = []
    for link in entity.typed.links or ():
        child = str((link.attributes or {}).get("ReferenceType")).lower() == "child"
        links.append(
            {
                "trace_id": link.trace_id or "",
                "direction": "downstream" if child else "upstream",
                "entity": entity.id,
                "other": link.id,
                "attributes": link.attributes or {},
            }
        )
    return links


def _object(document: dict[str, Any], member: str) -> dict[str, Any]:
    value = document.get(member)
    return value if isinstance(value, dict) else {}
