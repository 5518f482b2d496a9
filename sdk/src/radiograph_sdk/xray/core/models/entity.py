"""Segments and subsegments with the methods and attributes of AWS's SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, cast

import msgspec

from radiograph_sdk import entities
from radiograph_sdk.documents import encoded
from radiograph_sdk.entities import Inside
from radiograph_sdk.header import TraceHeader
from radiograph_sdk.xray.core.models import http

if TYPE_CHECKING:
    from types import TracebackType

    from radiograph_sdk.record import Record

_REQUEST, _RESPONSE = frozenset(http.request_keys), frozenset(http.response_keys)


class _Members:
    """The members of a record as attributes, as AWS's entities have them: empty rather than None."""

    record: Record

    def _dict(self, member: str) -> dict[str, Any]:
        found = getattr(self.record, member)
        if found is None:
            found = {}
            setattr(self.record, member, found)
        return cast("dict[str, Any]", found)

    @property
    def start_time(self) -> float:
        """Seconds since the epoch."""
        return self.record.start_time

    @start_time.setter
    def start_time(self, value: float) -> None:
        self.record.start_time = value

    @property
    def end_time(self) -> float | None:
        """Likewise; None while it is open."""
        return self.record.end_time

    @property
    def in_progress(self) -> bool:
        """Whether it is open."""
        return self.record.end_time is None

    @property
    def http(self) -> dict[str, Any]:
        """Request and response."""
        return self._dict("http")

    @http.setter
    def http(self, value: dict[str, Any]) -> None:
        self.record.http = value

    @property
    def annotations(self) -> dict[str, Any]:
        """Values to search by."""
        return self._dict("annotations")

    @annotations.setter
    def annotations(self, value: dict[str, Any]) -> None:
        self.record.annotations = value

    @property
    def metadata(self) -> dict[str, Any]:
        """Any values, by namespace and key."""
        return self._dict("metadata")

    @metadata.setter
    def metadata(self, value: dict[str, Any]) -> None:
        self.record.metadata = value

    @property
    def aws(self) -> dict[str, Any]:
        """The AWS call, or where a segment runs."""
        return self._dict("aws")

    @aws.setter
    def aws(self, value: dict[str, Any]) -> None:
        self.record.aws = value

    @property
    def cause(self) -> Any:
        """Exceptions, or the id of one that is told of elsewhere."""
        return self._dict("cause")

    @cause.setter
    def cause(self, value: Any) -> None:
        self.record.cause = value

    @property
    def subsegments(self) -> list[Record]:
        """What has ended below it, and is not sent yet."""
        return self.record.subsegments


class Entity(_Members, entities.Entity):
    """What both have."""

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def name(self) -> str:
        """Of the service, the call or the work."""
        return self.record.name

    @name.setter
    def name(self, value: str) -> None:
        self.record.name = entities.proper_name(value)

    @property
    def parent_id(self) -> str | None:
        """Id of what it belongs to."""
        return self.record.parent_id

    def put_http_meta(self, key: str, value: Any) -> None:
        """Add a member of `http`; a status sets the flags.

        Args:
            key: one of `models.http`; others are counted and left out.
            value: None is left out.
        """
        if value is None:
            return
        if key in _REQUEST:
            self.put_http("request", **{key: value})
        elif key in _RESPONSE:
            try:
                self.put_http("response", **{key: int(value)})
            except (TypeError, ValueError) as problem:
                self._recorder.losses.count("http", f"{key} {value!r} of a response is no number", error=problem)
        else:
            self._recorder.losses.count("http", f"{key!r} is no member of http; see models.http")

    def set_aws(self, aws_meta: dict[str, Any]) -> None:
        """Say which AWS resource it is about."""
        self.record.aws = aws_meta

    def add_throttle_flag(self) -> None:
        """Say that the caller asked too often."""
        self.record.throttle = True

    def add_fault_flag(self) -> None:
        """Say that the service failed."""
        self.record.fault = True

    def add_error_flag(self) -> None:
        """Say that the caller was wrong."""
        self.record.error = True

    def apply_status_code(self, status_code: int | None) -> None:
        """Set the flags that an HTTP status means."""
        if status_code:
            self.apply_status(int(status_code))

    def add_exception(  # AWS's signature
        self,
        exception: BaseException,
        stack: Any = None,  # noqa: ARG002 -- the exception's own is better
        remote: bool = False,  # noqa: FBT001, FBT002 -- AWS's signature
    ) -> None:
        """Record an exception, which is a fault."""
        super().add_exception(exception, remote=remote)

    def save_origin_trace_header(self, trace_header: Any) -> None:
        """Remember what the request came with."""
        self.origin_trace_header = trace_header

    def get_origin_trace_header(self) -> Any:
        """Return what the request came with."""
        return getattr(self, "origin_trace_header", None)

    def serialize(self) -> str:
        """Return its document as it stands."""
        return encoded(self.record).decode()

    def to_dict(self) -> dict[str, Any]:
        """Return its document as it stands, as JSON makes it."""
        found: dict[str, Any] = msgspec.json.decode(encoded(self.record))
        return found


class Segment(Entity, entities.Segment):
    """The work of this service for one request."""

    @property
    def user(self) -> str | None:
        """Who asked."""
        return self.record.user

    @user.setter
    def user(self, value: str | None) -> None:
        self.record.user = value

    @property
    def origin(self) -> str | None:
        """Type of what it runs on."""
        return self.record.origin

    @origin.setter
    def origin(self, value: str | None) -> None:
        self.record.origin = value

    @property
    def service(self) -> dict[str, Any]:
        """Version and runtime."""
        return self._dict("service")

    @service.setter
    def service(self, value: dict[str, Any]) -> None:
        self.record.service = value

    def save_origin_trace_header(self, trace_header: Any) -> None:
        """Remember what the request came with; fields that nobody knows are passed on."""
        super().save_origin_trace_header(trace_header)
        data = getattr(trace_header, "data", None)
        if data:
            self.came_with = msgspec.structs.replace(self.came_with, others=tuple(data.items()))

    def set_service(self, service_info: dict[str, Any]) -> None:
        """Say which version it is."""
        self.record.service = service_info

    def ready_to_send(self) -> bool:
        """Return whether it has ended."""
        return not self.in_progress


class Subsegment(Entity, entities.Subsegment):
    """A call, or work within a segment."""

    type = "subsegment"

    @property
    def parent_segment(self) -> Segment:
        """The segment that it belongs to."""
        return cast("Segment", self.segment)

    @property
    def parent_id(self) -> str | None:
        """Id of what it belongs to."""
        return None if self.above is None else self.above.id

    @property
    def namespace(self) -> str | None:
        """Of a call, "aws" or "remote"."""
        return self.record.namespace

    @namespace.setter
    def namespace(self, value: str | None) -> None:
        self.record.namespace = value

    @property
    def sql(self) -> dict[str, Any]:
        """The query."""
        return self._dict("sql")

    def set_sql(self, sql: dict[str, Any]) -> None:
        """Say which query it was."""
        self.record.sql = sql


class DummySegment(entities.Unrecorded):
    """What is not recorded: takes everything and does nothing.

    Attributes:
        depth: subsegments that are open in it.
    """

    def __init__(self, came_with: TraceHeader, above: Any = None) -> None:
        super().__init__(came_with, above)
        self.name = "dummy"
        self.type = "segment"
        self.depth = 0
        self.http: dict[str, Any] = {}
        self.annotations: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.aws: dict[str, Any] = {}
        self.subsegments: list[Any] = []
        self.user = self.namespace = self.parent_id = self.origin = None
        self.service: dict[str, Any] = {}

    async def __aenter__(self) -> Self:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.__exit__(kind, error, trace)

    @property
    def parent_segment(self) -> DummySegment:
        """It is one itself."""
        return self

    def save_origin_trace_header(self, trace_header: Any) -> None:
        """Remember what the request came with: it is passed on also when nothing is recorded."""
        self.origin_trace_header = trace_header

    def get_origin_trace_header(self) -> Any:
        """Return what the request came with."""
        return getattr(self, "origin_trace_header", None)

    def put_http_meta(self, key: str, value: Any) -> None:
        """Do nothing."""

    def set_aws(self, aws_meta: Any) -> None:
        """Do nothing."""

    def set_sql(self, sql: Any) -> None:
        """Do nothing."""

    def set_service(self, service_info: Any) -> None:
        """Do nothing."""

    def set_rule_name(self, rule_name: str) -> None:
        """Do nothing."""

    def add_throttle_flag(self) -> None:
        """Do nothing."""

    def add_fault_flag(self) -> None:
        """Do nothing."""

    def add_error_flag(self) -> None:
        """Do nothing."""

    def apply_status_code(self, status_code: int | None) -> None:
        """Do nothing."""

    def add_exception(  # AWS's signature
        self,
        exception: BaseException,
        stack: Any = None,
        remote: bool = False,  # noqa: FBT001, FBT002 -- likewise
    ) -> None:
        """Do nothing."""


class Nowhere(DummySegment):
    """What AWS's SDK hands out None for: false, but it takes everything all the same."""

    def __bool__(self) -> bool:
        return False


NOWHERE = Nowhere(TraceHeader())


class DummySubsegment(Inside):
    """A subsegment of what is not recorded."""

    __slots__ = ()

    def __enter__(self) -> DummySegment:
        found = entities.CURRENT.get()
        return found if isinstance(found, DummySegment) else NOWHERE

    async def __aenter__(self) -> DummySegment:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


DUMMY = DummySubsegment()
