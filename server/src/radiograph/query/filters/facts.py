"""What each keyword says of a trace, a segment, a call or a root cause.

A fact is a list of values: none when it is absent, several when different parts of a trace say different
things. Times are in seconds; they are µs divided by a million, so that a time with up to six decimals is
equal to the literal that spells it. Empty strings count as absent where the API leaves them out.
"""

from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from radiograph.query.filters.subject import CallView, NodeView, Subject
from radiograph.query.linker import latest_end, walk
from radiograph.trace.documents import HttpRequest, flags, http_status
from radiograph.trace.trace import TraceEntity

Fact = bool | float | str
Facts = list[Fact]

_MICROSECONDS = 1_000_000
_LAMBDA_FUNCTION = "AWS::Lambda::Function"
_INITIALISATION = frozenset(("Initialization", "Init"))
_CALLS = frozenset(("aws", "remote"))


class Element(msgspec.Struct, frozen=True):
    """A service, entity or exception of a root cause.

    Args:
        members: in the API's form.
        index: its place among those of the cause, from 0.
        last: it is the last of them.
    """

    members: dict[str, Any]
    index: int
    last: bool


def of_trace(keyword: str, subject: Subject) -> Facts:
    """Return what a keyword says of the whole trace."""
    return _OF_TRACE[keyword](subject)


def of_segment(keyword: str, node: NodeView) -> Facts:
    """Return what a keyword says of one segment."""
    return _OF_SEGMENT[keyword](node)


def of_call(keyword: str, call: CallView) -> Facts:
    """Return what a keyword says of one call, as the caller saw it."""
    return _OF_CALL[keyword](call)


def of_element(keyword: str, element: Element) -> Facts:
    """Return what a keyword says of one element of a root cause."""
    return _OF_ELEMENT[keyword](element)


# --- of one segment or call


def _ok(entity: TraceEntity) -> bool:
    return not any(flags(entity.typed))


def _error(entity: TraceEntity) -> bool:
    return flags(entity.typed)[0]


def _throttle(entity: TraceEntity) -> bool:
    return flags(entity.typed)[1]


def _fault(entity: TraceEntity) -> bool:
    return flags(entity.typed)[2]


def _response_time(entity: TraceEntity) -> Facts:
    return [] if entity.end is None else [(entity.end - entity.start) / _MICROSECONDS]


def _duration(entity: TraceEntity) -> Facts:
    return [] if entity.end is None else [(latest_end(entity, entity.end) - entity.start) / _MICROSECONDS]


def _cold_start(segment: TraceEntity) -> bool:
    if segment.typed.origin != _LAMBDA_FUNCTION:
        return False
    return any(entity.name in _INITIALISATION for entity in walk(segment) if entity is not segment)


def _status(entity: TraceEntity) -> Facts:
    return _present(http_status(entity.typed))


def _request(entity: TraceEntity) -> HttpRequest:
    http = entity.typed.http
    return HttpRequest() if http is None or http.request is None else http.request


def _present(value: str | float | None) -> Facts:
    return [] if value is None else [value]


def _strings(values: Iterable[object]) -> Facts:
    """The strings among the values that say something."""
    return [value for value in values if isinstance(value, str) and value]


def _ec2(segment: TraceEntity, member: str) -> Facts:
    ec2 = (segment.typed.aws or {}).get("ec2")
    return _strings([ec2.get(member)]) if isinstance(ec2, dict) else []


def _arns(segment: TraceEntity) -> Facts:
    aws = segment.typed.aws or {}
    found = [segment.typed.resource_arn, aws.get("function_arn")]
    ecs = aws.get("ecs")
    if isinstance(ecs, dict):
        found += [ecs.get("container_arn"), ecs.get("task_arn")]
    return _strings(found)


# --- the table of facts, by scope


def _everywhere(fact: Callable[[TraceEntity], Facts]) -> Callable[[Subject], Facts]:
    """What any segment of the trace says, and any subsegment whose segment never came."""
    return lambda subject: [value for segment in subject.trace.segments for value in fact(segment)]


_OF_TRACE: dict[str, Callable[[Subject], Facts]] = {
    "ok": lambda subject: [_ok(subject.trace.root())],
    "error": lambda subject: [_error(subject.trace.root())],
    "throttle": lambda subject: [any(_throttle(entity) for entity in subject.entities)],
    "fault": lambda subject: [_fault(subject.trace.root())],
    "partial": lambda subject: [subject.trace.is_partial(subject.now)],
    "inferred": lambda subject: [bool(subject.trace.inferred)],
    "root": lambda subject: [any(node.root for node in subject.nodes)],
    "coldstart": lambda subject: [any(_cold_start(segment) for segment in subject.trace.segments)],
    "responsetime": lambda subject: _response_time(subject.trace.root()),
    "duration": lambda subject: [(subject.trace.end - subject.trace.start) / _MICROSECONDS],
    "http.status": lambda subject: _status(subject.trace.root()),
    "http.url": lambda subject: _present(_request(subject.trace.root()).url),
    "http.method": lambda subject: _present(_request(subject.trace.root()).method),
    "http.useragent": lambda subject: _present(_request(subject.trace.root()).user_agent),
    "http.clientip": lambda subject: _present(_request(subject.trace.root()).client_ip),
    "user": _everywhere(lambda segment: _strings([segment.typed.user])),
    "account.id": lambda subject: _strings(key.account for key in subject.keys.values()),
    "availabilityzone": _everywhere(lambda segment: _ec2(segment, "availability_zone")),
    "instance.id": _everywhere(lambda segment: _ec2(segment, "instance_id")),
    "resource.arn": _everywhere(_arns),
}

_OF_SEGMENT: dict[str, Callable[[NodeView], Facts]] = {
    "ok": lambda node: [_ok(node.entity)],
    "error": lambda node: [_error(node.entity)],
    "throttle": lambda node: [_throttle(node.entity)],
    "fault": lambda node: [_fault(node.entity)],
    "partial": lambda node: [node.entity.in_progress],
    "inferred": lambda node: [node.entity.inferred],
    "root": lambda node: [node.root],
    "coldstart": lambda node: [_cold_start(node.entity)],
    "responsetime": lambda node: _response_time(node.entity),
    "duration": lambda node: _duration(node.entity),
    "http.status": lambda node: _status(node.entity),
    "http.url": lambda node: _present(_request(node.entity).url),
    "http.method": lambda node: _present(_request(node.entity).method),
    "http.useragent": lambda node: _present(_request(node.entity).user_agent),
    "http.clientip": lambda node: _present(_request(node.entity).client_ip),
    "user": lambda node: _strings([node.entity.typed.user]),
    "name": lambda node: _strings([node.key.name]),
    "type": lambda node: _strings([node.key.type]),
    "availabilityzone": lambda node: _ec2(node.entity, "availability_zone"),
    "instance.id": lambda node: _ec2(node.entity, "instance_id"),
    "resource.arn": lambda node: _arns(node.entity),
}

_OF_CALL: dict[str, Callable[[CallView], Facts]] = {
    "ok": lambda call: [_ok(call.entity)],
    "error": lambda call: [_error(call.entity)],
    "throttle": lambda call: [_throttle(call.entity)],
    "fault": lambda call: [_fault(call.entity)],
    "partial": lambda call: [call.entity.in_progress],
    "remote": lambda call: [call.entity.typed.namespace in _CALLS],
    "responsetime": lambda call: _response_time(call.entity),
    "duration": lambda call: _response_time(call.entity),  # the caller does not see what comes after the answer
    "http.status": lambda call: _status(call.entity),
    "http.url": lambda call: _present(_request(call.entity).url),
    "http.method": lambda call: _present(_request(call.entity).method),
}

_OF_ELEMENT: dict[str, Callable[[Element], Facts]] = {
    "first": lambda element: [element.index == 0],
    "last": lambda element: [element.last],
    "index": lambda element: [float(element.index)],
    "inferred": lambda element: [element.members["Inferred"]],
    "remote": lambda element: [element.members["Remote"]],
    "coverage": lambda element: [element.members["Coverage"]],
    "name": lambda element: _strings([element.members["Name"]]),
    "type": lambda element: _strings([element.members["Type"]]),
    "message": lambda element: _strings([element.members["Message"]]),
}
