"""Spans, as OpenTelemetry's API has them, that are segments and subsegments."""

from __future__ import annotations

import re
from time import time, time_ns
from typing import TYPE_CHECKING, Any, Protocol, cast

from opentelemetry.trace import NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode, TraceFlags

from radiograph_sdk.causes import cause_of, is_failure
from radiograph_sdk.entities import Entity, proper_name
from radiograph_sdk.ids import new_entity_id, to_w3c
from radiograph_sdk.otel.attributes import describe, flag, is_call, left_of, metadata_of, name_of, sort_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry.trace import Link

    from radiograph_sdk.entities import Unrecorded
    from radiograph_sdk.losses import Losses

_SAMPLED, _UNSAMPLED = TraceFlags(TraceFlags.SAMPLED), TraceFlags(TraceFlags.DEFAULT)
_FRAME = re.compile(r'  File "(.*)", line (\d+), in (.*)')
_MOST_FRAMES = 20
_MOST_EVENTS = 100
_MOST_LINKS = 20
_LONGEST_USER = 250
_NANOSECONDS = 1e9
_ANNOTATED = "aws.xray.annotations"
_NOT_KEY = re.compile(r"[^A-Za-z0-9_.]")
# What AWS says when it is asked too often, with a status that says less: as botocore's own retries know it.
_THROTTLES = {
    "BandwidthLimitExceeded",
    "EC2ThrottledException",
    "LimitExceededException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
}


class Telling(Protocol):
    """What spans need of their tracer."""

    annotations: frozenset[str]
    losses: Losses


class EntitySpan(Span):
    """An open segment or subsegment seen as a span: what any API began is what the other goes on with.

    Attributes:
        entity: it is.
        kind: of the span.
    """

    __slots__ = ("_context", "entity", "kind")

    entity: Entity

    def __init__(self, entity: Entity, kind: SpanKind = SpanKind.INTERNAL) -> None:
        self.entity = entity
        self.kind = kind
        self._context: SpanContext | None = None

    # What is not in the API, but looked for by who knows opentelemetry-sdk.

    @property
    def name(self) -> str:
        """Of the entity."""
        return self.entity.record.name

    @property
    def attributes(self) -> Mapping[str, Any]:
        """What was set, as far as it is known as attributes."""
        return {}

    @property
    def start_time(self) -> int:
        """Nanoseconds since the epoch."""
        return int(self.entity.record.start_time * _NANOSECONDS)

    @property
    def end_time(self) -> int | None:
        """Nanoseconds since the epoch; None while it is open."""
        ended = self.entity.record.end_time
        return None if ended is None else int(ended * _NANOSECONDS)

    def get_span_context(self) -> SpanContext:
        """Return the ids."""
        context = self._context
        if context is None:
            entity = self.entity
            context = self._context = SpanContext(
                int(to_w3c(entity.segment.trace), 16), int(entity.record.id, 16), is_remote=False, trace_flags=_SAMPLED
            )
        return context

    def is_recording(self) -> bool:
        """Return whether it is open."""
        return self.entity.record.end_time is None

    def end(self, end_time: int | None = None) -> None:
        """Do nothing: who began it ends it."""

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several."""
        for key, value in attributes.items():
            self.set_attribute(key, value)

    def set_attribute(self, key: str, value: Any) -> None:
        """Write an attribute where it belongs."""
        if value is None or not self.is_recording():
            return
        known, others = sort_out({key: value})
        record = self.entity.record
        describe(record, known, self.kind)
        if "user" in known:
            self.entity.segment.record.user = str(known["user"])[:_LONGEST_USER]
        if "status" in known:
            flag(record, known, failed=False)
        for namespace, values in metadata_of(others).items():
            for name, told in values.items():
                self.entity.put_metadata(name, told, namespace)

    def add_event(self, name: str, attributes: Mapping[str, Any] | None = None, timestamp: int | None = None) -> None:
        """Add an event: an exception becomes the cause, others metadata."""
        if self.is_recording():
            _add_event(self.entity, name, attributes, timestamp, remote=_is_remote(self.kind))

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Link another trace."""
        if self.is_recording():
            add_link(self.entity, context, attributes)

    def update_name(self, name: str) -> None:
        """Do nothing: who began it named it."""

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:  # noqa: ARG002 -- of the API
        """Take an error as a fault."""
        code = status.status_code if isinstance(status, Status) else status
        if code is StatusCode.ERROR and self.is_recording():
            self.entity.record.fault = True

    def record_exception(
        self,
        exception: BaseException,
        attributes: Mapping[str, Any] | None = None,  # noqa: ARG002 -- of the API
        timestamp: int | None = None,  # noqa: ARG002 -- likewise
        escaped: bool = False,  # noqa: ARG002, FBT001, FBT002 -- likewise
    ) -> None:
        """Tell an exception, with its stack."""
        if self.is_recording():
            _tell(self.entity, exception, remote=_is_remote(self.kind))


class RecordedSpan(EntitySpan):
    """A span that became a segment or subsegment.

    Attributes:
        attributes: as they were set; they are understood when it ends.
        links: other spans.
        status: of the span.
    """

    __slots__ = ("_attributes", "_caller", "_lone", "_message", "_named", "_status", "_tracer", "links")

    def __init__(  # noqa: PLR0917 -- what every span pays for
        self,
        tracer: Telling,
        entity: Entity,
        kind: SpanKind,
        name: str,
        attributes: Mapping[str, Any] | None,
        lone: Entity | None = None,
        caller: SpanContext | None = None,
    ) -> None:
        self._tracer = tracer
        self.entity = entity
        self.kind = kind
        self._context = None
        self._named = name
        self._attributes: dict[str, Any] = dict(attributes) if attributes else {}
        self._status = StatusCode.UNSET
        self._message: str | None = None
        self._lone = lone  # the segment around a call that belongs to none
        self._caller = caller
        self.links: Sequence[Link] = ()
        entity.span = self

    @property
    def parent(self) -> SpanContext | None:
        """The span above it; None where there is none."""
        if self._caller is not None or self._lone is not None or not self._within:
            return self._caller
        above = self.entity.above
        span = getattr(above, "span", None)
        if span is None and above is not None and above.recorded:
            span = EntitySpan(above)
        return None if span is None else cast("Span", span).get_span_context()

    @property
    def name(self) -> str:
        """As it was given."""
        return self._named

    @property
    def attributes(self) -> Mapping[str, Any]:
        """As they were set."""
        return self._attributes

    @property
    def status(self) -> Status:
        """Of the span."""
        return Status(self._status, self._message if self._status is StatusCode.ERROR else None)

    def set_attributes(self, attributes: Mapping[str, Any]) -> None:
        """Set several."""
        if self.entity.record.end_time is None:
            self._attributes.update(attributes)

    def set_attribute(self, key: str, value: Any) -> None:
        """Set one."""
        if self.entity.record.end_time is None:
            self._attributes[key] = value

    def update_name(self, name: str) -> None:
        """Name it otherwise."""
        if self.entity.record.end_time is None:
            self._named = name

    def set_status(self, status: Status | StatusCode, description: str | None = None) -> None:
        """Say how it went; that it went well is final."""
        code, message = (
            (status.status_code, status.description) if isinstance(status, Status) else (status, description)
        )
        if code is StatusCode.UNSET or self._status is StatusCode.OK or self.entity.record.end_time is not None:
            return
        self._status, self._message = code, message

    def end(self, end_time: int | None = None) -> None:
        """End it, and send it where it is a segment; a second time does nothing."""
        entity = self.entity
        record = entity.record
        if record.end_time is not None:
            return
        ended = time() if end_time is None else end_time / _NANOSECONDS
        try:
            self._complete(record)
        except Exception as problem:  # noqa: BLE001 -- whatever the attributes are, the application goes on
            self._tracer.losses.count(
                "attributes", "attributes of a span could not be understood, and are lost", error=problem
            )
        entity.close(ended)
        entity.span = None  # they would keep each other for the garbage collector to find
        if self._lone is not None:
            self._lone.close(ended)

    def _complete(self, record: Any) -> None:
        attributes = self._attributes
        if not attributes and self._status is not StatusCode.ERROR and self._within:
            record.name = proper_name(self._named)
            if self.kind is not SpanKind.INTERNAL and self.kind is not SpanKind.SERVER:
                record.namespace = record.namespace or "remote"
            return
        known, others = sort_out(attributes)
        self._name(record, known, others)
        describe(record, known, self.kind)
        others.update(left_of(known))
        if "user" in known:
            self.entity.segment.record.user = str(known["user"])[:_LONGEST_USER]
        failed = self._status is StatusCode.ERROR
        if failed and record.cause is None and self._message:
            record.cause = {"exceptions": [{"id": new_entity_id(), "message": self._message, "type": ""}]}
        flag(record, known, failed=failed)
        if self._lone is not None:
            above = self._lone.record
            above.fault, above.error, above.throttle = record.fault, record.error, record.throttle
        if others or known.get("annotated"):
            self._put(attributes, known, others)

    def _name(self, record: Any, known: Mapping[str, Any], others: dict[str, Any]) -> None:
        kind = self.kind
        if self._within:
            record.name = proper_name(name_of(known, kind, self._named))
            if record.namespace is None and is_call(known, kind):
                record.namespace = "remote"
            return
        if known.get("local_service"):
            record.name = proper_name(known["local_service"])
        if kind is not SpanKind.SERVER:
            others["otel.span.name"] = self._named  # the service's name says less of what was done

    @property
    def _within(self) -> bool:
        return self.entity.segment is not self.entity

    def _put(self, attributes: Mapping[str, Any], known: Mapping[str, Any], others: dict[str, Any]) -> None:
        named = known.get("annotated")
        wanted = self._tracer.annotations.union(named if isinstance(named, list | tuple) else ())
        if wanted:
            every = "*" in wanted
            for key in list(others) if every else wanted:
                value = attributes.get(key)
                if isinstance(value, str | int | float):
                    self.entity.put_annotation(_NOT_KEY.sub("_", key), value)
                    others.pop(key, None)
        entity = self.entity
        for namespace, values in metadata_of(others).items():
            for key, value in values.items():
                if value is not None and key:
                    entity.put_metadata(key, value, namespace)


class UnrecordedSpan(NonRecordingSpan):
    """A span of what is not recorded; those who are called record nothing either.

    Attributes:
        entity: it is.
        kind: of the span.
    """

    def __init__(self, entity: Unrecorded, kind: SpanKind = SpanKind.INTERNAL) -> None:
        self.entity = entity
        self.kind = kind
        self._context: SpanContext | None = None  # type: ignore[assignment]  # made when it is asked for

    def get_span_context(self) -> SpanContext:
        """Return ids that say that it is not sampled."""
        if self._context is None:
            root = self.entity.came_with.root
            self._context = SpanContext(
                int(to_w3c(root), 16) if root else 0, int(new_entity_id(), 16), is_remote=False, trace_flags=_UNSAMPLED
            )
        return self._context

    def add_link(self, context: SpanContext, attributes: Mapping[str, Any] | None = None) -> None:
        """Do nothing."""


def _is_remote(kind: SpanKind) -> bool:
    return kind is SpanKind.CLIENT or kind is SpanKind.PRODUCER


def _tell(entity: Entity, error: BaseException, *, remote: bool) -> None:
    """Write an exception as the cause, which is no fault by itself; one that was told below is referred to."""
    if not is_failure(error):
        return
    record, segment = entity.record, entity.segment
    if segment.last_error is error:
        if record.cause is None:
            record.cause = segment.last_cause
        return
    cause = cause_of(error, frames=entity._recorder.frames, remote=remote)  # noqa: SLF001 -- one of ours
    if isinstance(record.cause, dict):
        record.cause["exceptions"] = [*record.cause.get("exceptions", ()), *cause["exceptions"]]
    else:
        record.cause = cause
    segment.last_error, segment.last_cause = error, cause["exceptions"][0]["id"]
    said = getattr(error, "response", None)
    if isinstance(said, dict) and said.get("Error", {}).get("Code") in _THROTTLES:
        record.throttle = record.error = True


def _add_event(
    entity: Entity, name: str, attributes: Mapping[str, Any] | None, timestamp: int | None, *, remote: bool
) -> None:
    record, given = entity.record, dict(attributes or {})
    if name == "exception":
        one: dict[str, Any] = {
            "id": new_entity_id(),
            "type": str(given.get("exception.type", "")),
            "message": str(given.get("exception.message", "")),
            "remote": remote,
        }
        stack = _stack(str(given.get("exception.stacktrace", "")))
        if stack:
            one["stack"] = stack
        if not isinstance(record.cause, dict):
            record.cause = {"exceptions": []}
        record.cause.setdefault("exceptions", []).append(one)
        return
    event = {"name": name, "time": (time_ns() if timestamp is None else timestamp) / _NANOSECONDS}
    if given:
        event["attributes"] = given
    if record.metadata is None:
        record.metadata = {}
    events = record.metadata.setdefault("default", {}).setdefault("otel.events", [])
    if len(events) < _MOST_EVENTS:
        events.append(event)


def _stack(text: str) -> list[dict[str, Any]]:
    """Return the frames of a traceback, the one that raised first."""
    frames = [_FRAME.match(line) for line in reversed(text.splitlines())]
    found = [{"path": frame[1], "line": int(frame[2]), "label": frame[3]} for frame in frames if frame]
    return found[:_MOST_FRAMES]


def add_link(entity: Entity, context: SpanContext, attributes: Mapping[str, Any] | None) -> None:
    """Link another trace; what names none is left out."""
    if not context.is_valid:
        return
    record = entity.record
    links = record.links or []
    if len(links) < _MOST_LINKS:
        trace = f"{context.trace_id:032x}"
        link: dict[str, Any] = {"trace_id": f"1-{trace[:8]}-{trace[8:]}", "id": f"{context.span_id:016x}"}
        if attributes:
            link["attributes"] = dict(attributes)
        record.links = [*links, link]
