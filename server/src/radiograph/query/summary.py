"""A trace in the form of GetTraceSummaries (X-Ray API reference, TraceSummary; derivations our rule)."""

from collections.abc import Iterable, Iterator
from typing import Any

from radiograph.query.graph import service_id
from radiograph.query.linker import node_keys, walk
from radiograph.query.rootcause import root_causes
from radiograph.trace.documents import Entity, flags, http_status, indexed_annotations
from radiograph.trace.node import NodeKey
from radiograph.trace.trace import Trace, TraceEntity

ANNOTATION_KEYS = 50
"""Annotation keys of one trace that are indexed (X-Ray's quota)."""

_MICROSECONDS = 1_000_000
_LONG_AFTER = 2**62


def summarise(
    trace: Trace,
    *,
    matched_event_time: float | None = None,
    default_account: str = "",
    now: int | None = None,
    annotation_keys: int = ANNOTATION_KEYS,
    keys: dict[str, NodeKey] | None = None,
) -> dict[str, Any]:
    """The summary of one trace; every member that a list or an object stands for is there when empty.

    Args:
        trace: the assembled trace.
        matched_event_time: when the trace did what it was searched for, in seconds since the epoch;
            default: when it started.
        default_account: the account that sent the documents, for segments that name none.
        now: the time in µs since the epoch, by which a missing part is late or lost; default: long after
            the trace.
        annotation_keys: how many annotation keys are indexed, first come.
        keys: what `node_keys` says of the trace, when it has been asked already.

    Returns:
        The API's TraceSummary, times in seconds. `ResponseTime` is left out while the root segment is in
        progress, and `EntryPoint` while no segment has come at all.
    """
    root = trace.root()
    keys = node_keys(trace, default_account) if keys is None else keys
    entities = [entity for top in trace.segments for entity in walk(top)]
    start = trace.start / _MICROSECONDS
    error, _, fault = flags(root.typed)
    causes = root_causes(trace, default_account, keys=keys)
    summary: dict[str, Any] = {
        "Id": trace.id,
        "StartTime": start,
        "Duration": (trace.end - trace.start) / _MICROSECONDS,
        "HasFault": fault,
        "HasError": error,
        "HasThrottle": any(flags(entity.typed)[1] for entity in entities),
        "IsPartial": trace.is_partial(now if now is not None else _LONG_AFTER),
        "Http": _http(root.typed),
        "Annotations": _annotations(entities, keys, annotation_keys),
        "Users": _users(trace, keys),
        "ServiceIds": _service_ids(keys.values()),
        "ResourceARNs": [{"ARN": arn} for arn in _distinct(_arns(trace))],
        "InstanceIds": [{"Id": id_} for id_ in _distinct(_ec2(trace, "instance_id"))],
        "AvailabilityZones": [{"Name": name} for name in _distinct(_ec2(trace, "availability_zone"))],
        "FaultRootCauses": causes.fault,
        "ErrorRootCauses": causes.error,
        "ResponseTimeRootCauses": causes.response_time,
        "Revision": trace.revision,
        "MatchedEventTime": start if matched_event_time is None else matched_event_time,
    }
    if root.end is not None:
        summary["ResponseTime"] = (root.end - root.start) / _MICROSECONDS
    entry = keys.get(root.id)
    if entry is not None:
        summary["EntryPoint"] = service_id(entry)
    return summary


def _service_ids(keys: Iterable[NodeKey | None]) -> list[dict[str, Any]]:
    return [service_id(key) for key in dict.fromkeys(keys) if key is not None]


def _distinct(values: Iterable[Any]) -> list[str]:
    """The strings among the values that say something, once each, first come."""
    return list(dict.fromkeys(value for value in values if isinstance(value, str) and value))


def _http(entity: Entity) -> dict[str, Any]:
    """The exchange that the root segment served, in the API's names; what is not known is left out."""
    request = entity.http.request if entity.http is not None else None
    found = {
        "HttpURL": request.url if request is not None else None,
        "HttpStatus": http_status(entity),
        "HttpMethod": request.method if request is not None else None,
        "UserAgent": request.user_agent if request is not None else None,
        "ClientIp": request.client_ip if request is not None else None,
    }
    return {member: value for member, value in found.items() if value is not None}


def _annotations(
    entities: list[TraceEntity], keys: dict[str, NodeKey], most_keys: int
) -> dict[str, list[dict[str, Any]]]:
    """Each key's distinct values with the nodes that set them."""
    found: dict[str, dict[tuple[str, Any], list[NodeKey | None]]] = {}
    # The quota is first come, first served, and documents come in order of arrival.
    for entity in sorted(entities, key=lambda entity: entity.arrival):
        for key, value in indexed_annotations(entity.typed):
            if key not in found and len(found) >= most_keys:
                continue
            found.setdefault(key, {}).setdefault(_typed(value), []).append(keys.get(entity.segment.id))
    return {
        key: [
            {"AnnotationValue": {member: value}, "ServiceIds": _service_ids(services)}
            for (member, value), services in values.items()
        ]
        for key, values in found.items()
    }


def _typed(value: str | bool | float) -> tuple[str, str | bool | float]:  # noqa: FBT001  -- not a flag
    """A value with its member of the API's AnnotationValue.

    The member is part of the identity: Python takes True, 1 and 1.0 for the same.
    """
    if isinstance(value, str):
        return "StringValue", value
    return ("BooleanValue", value) if isinstance(value, bool) else ("NumberValue", float(value))


def _users(trace: Trace, keys: dict[str, NodeKey]) -> list[dict[str, Any]]:
    found: dict[str, list[NodeKey | None]] = {}
    for segment in trace.segments:
        if segment.typed.user:
            found.setdefault(segment.typed.user, []).append(keys.get(segment.id))
    return [{"UserName": user, "ServiceIds": _service_ids(services)} for user, services in found.items()]


def _arns(trace: Trace) -> Iterator[object]:
    """The resources that ran the code of a trace."""
    for segment in trace.segments:
        yield segment.typed.resource_arn
        aws = segment.typed.aws or {}
        yield aws.get("function_arn")
        ecs = aws.get("ecs")
        if isinstance(ecs, dict):
            yield ecs.get("container_arn")
            yield ecs.get("task_arn")


def _ec2(trace: Trace, member: str) -> Iterator[object]:
    for segment in trace.segments:
        ec2 = (segment.typed.aws or {}).get("ec2")
        if isinstance(ec2, dict):
            yield ec2.get(member)
