"""The segment of a service that sent none, built from the call that led to it."""

from typing import Any

from radiograph.trace.documents import Entity
from radiograph.trace.entity import TraceEntity
from radiograph.trace.ids import inferred_id
from radiograph.trace.node import called_resource, inferred_origin

_COPIED = ("http", "aws", "sql", "error", "fault", "throttle", "cause")


def infer_segment(call: TraceEntity, trace_id: str) -> TraceEntity:
    """Return the inferred segment of a downstream call.

    Its id follows from the call's, so that every reading of the trace gives the same one. It has the call's
    name, times and outcome, but neither annotations nor metadata (X-Ray developer guide; details our rule).

    Args:
        call: a subsegment for which `call_node` gives a node.
        trace_id: canonical id of the trace.
    """
    typed = call.typed
    callee = Entity(
        id=inferred_id(trace_id, call.id),
        name=typed.name,
        start_time=typed.start_time,
        end_time=typed.end_time,
        in_progress=typed.in_progress,
        trace_id=trace_id,
        parent_id=call.id,
        http=typed.http,
        aws=_with_resource(typed.aws, typed),
        error=typed.error,
        throttle=typed.throttle,
        fault=typed.fault,
        cause=typed.cause,
        origin=inferred_origin(typed),
        sql=typed.sql,
        inferred=True,
    )
    return call.infer(callee, lambda: _document(call, callee))


def _with_resource(aws: dict[str, Any] | None, call: Entity) -> dict[str, Any] | None:
    """Return the `aws` block with the name of the resource, which X-Ray adds and SDKs do not send."""
    if aws is None or "resource_names" in aws:
        return aws
    resource = called_resource(call)
    return {**aws, "resource_names": [resource]} if resource else aws


def _document(call: TraceEntity, callee: Entity) -> dict[str, Any]:
    sent = call.document
    document: dict[str, Any] = {"id": callee.id, "name": callee.name, "start_time": sent["start_time"]}
    if call.in_progress:
        document["in_progress"] = True
    else:
        document["end_time"] = sent["end_time"]
    document["parent_id"] = callee.parent_id
    document["inferred"] = True
    document.update((member, sent[member]) for member in _COPIED if sent.get(member) is not None)
    if callee.aws is not None:
        document["aws"] = callee.aws
    document["trace_id"] = callee.trace_id
    if callee.origin is not None:
        document["origin"] = callee.origin
    return document
