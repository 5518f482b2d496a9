"""Segments and subsegments as an application holds them.

Each knows the one above it and its record; records are put together from below when they end. So nothing is kept that
has been sent, and a call that ends later than its segment is sent on its own.
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from time import time
from typing import TYPE_CHECKING, Any, Literal, Self, cast

from radiograph_sdk.causes import cause_of, is_failure
from radiograph_sdk.header import TraceHeader
from radiograph_sdk.ids import NO_ENTITY, new_entity_id
from radiograph_sdk.record import Record

if TYPE_CHECKING:
    from types import TracebackType

    from radiograph_sdk.recorder import Recorder

CURRENT: ContextVar[Entity | Unrecorded | None] = ContextVar("radiograph_entity", default=None)
"""The innermost open segment or subsegment; a task or a copied context begins with that of its maker."""

_REFUSED_IN_NAMES = re.compile(r"[^\w\s.:/%&#=+\-@\\]")
_KEY = re.compile(r"[A-Za-z0-9_.]{1,500}")
_LONGEST_NAME = 200
_known_names: dict[str, str] = {}
_known_keys: dict[str, bool] = {}
_MOST_KNOWN = 2_000
_THROTTLED = 429
_current, _set_current = CURRENT.get, CURRENT.set


def proper_name(name: object) -> str:
    """Return a name without the characters that X-Ray refuses, and not too long; never an empty one."""
    known = _known_names.get(name) if type(name) is str else None
    if known is not None:
        return known
    text = str(name) if isinstance(name, str) else repr(name)
    proper = _REFUSED_IN_NAMES.sub("", text.encode("utf-8", "ignore").decode("utf-8")).strip()[:_LONGEST_NAME]
    proper = proper or "unnamed"
    if type(name) is str and len(_known_names) < _MOST_KNOWN:
        _known_names[name] = proper
    return proper


def _is_key(key: object) -> bool:
    known = _known_keys.get(key) if type(key) is str else None
    if known is not None:
        return known
    fits = isinstance(key, str) and _KEY.fullmatch(key) is not None
    if type(key) is str and len(_known_keys) < _MOST_KNOWN:
        _known_keys[key] = fits
    return fits


class Entity:
    """What segments and subsegments have in common. Used as a context manager it ends itself, and records exceptions.

    Attributes:
        record: what is sent of it.
        segment: that it belongs to.
        sampled: True: it is recorded. See `Unrecorded` for what is not.
        recorded: True, of all of this kind.
        span: of OpenTelemetry's API that it is; not there where the recorder's API began it.
    """

    __slots__ = ("_recorder", "above", "record", "segment", "span")

    sampled = True
    recorded: Literal[True] = True
    record: Record
    segment: Segment
    above: Entity | Unrecorded | None
    span: Any
    _recorder: Recorder

    def __enter__(self) -> Self:
        _set_current(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and is_failure(error):
            self.add_exception(error)
        self.close()
        if _current() is self:
            _set_current(self.above)

    def close(self, end_time: float | None = None) -> None:
        """End it; a second time does nothing."""
        raise NotImplementedError

    @property
    def id(self) -> str:
        """16 hexadecimal digits."""
        return self.record.id

    @property
    def name(self) -> str:
        """Of the service, the call or the work."""
        return self.record.name

    @property
    def trace_id(self) -> str:
        """As X-Ray writes it."""
        return self.segment.trace

    @property
    def is_open(self) -> bool:
        """Whether it has not ended."""
        return self.record.end_time is None

    def header(self) -> str:
        """Return the trace header for a call that is made within it."""
        return self.segment.came_with.text(parent=self.record.id, sampled=True)

    def put_annotation(self, key: str, value: str | float | bool) -> None:  # noqa: FBT001 -- one of three kinds of values
        """Add a value to search by.

        Args:
            key: letters, digits, `_` and `.`; others are refused and counted.
            value: a text, number or boolean; others are refused and counted.
        """
        if _is_key(key) and isinstance(value, str | int | float):
            record = self.record
            if record.annotations is None:
                record.annotations = {}
            record.annotations[key] = value
        else:
            self._recorder.losses.count(
                "annotation",
                f"annotation {key!r} of {type(value).__name__} is left out; keys are letters, digits, _ and ., values "
                "texts, numbers or booleans; put_metadata takes anything",
            )

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Add anything that is worth a look later; it is not searched by X-Ray."""
        record = self.record
        if record.metadata is None:
            record.metadata = {}
        record.metadata.setdefault(namespace, {})[key] = value

    def put_http(self, part: str, **members: Any) -> None:
        """Add members of `http.request` or `http.response`; a status sets the flags.

        Args:
            part: "request" or "response".
            members: those that are None are left out.
        """
        record = self.record
        if record.http is None:
            record.http = {}
        record.http.setdefault(part, {}).update({name: value for name, value in members.items() if value is not None})
        if "status" in members:
            self.apply_status(members["status"])

    def apply_status(self, status: int) -> None:
        """Set the flags that an HTTP status means: a fault from 500, an error from 400, a throttle at 429."""
        record = self.record
        if status >= 500:  # noqa: PLR2004 -- HTTP's
            record.fault = True
        elif status >= 400:  # noqa: PLR2004 -- HTTP's
            record.error = True
            record.throttle = record.throttle or status == _THROTTLED

    def add_exception(self, error: BaseException, *, remote: bool = False) -> None:
        """Record an exception, which is a fault; one that was recorded below it is referred to.

        Args:
            error: what was raised.
            remote: whether it came from a service that was called.
        """
        record = self.record
        record.fault = True
        segment = self.segment
        if segment.last_error is error:
            if record.cause is None:
                record.cause = segment.last_cause
            return
        record.cause = cause_of(error, frames=self._recorder.frames, remote=remote)
        segment.last_error, segment.last_cause = error, record.cause["exceptions"][0]["id"]


class Subsegment(Entity):
    """A call, or work within a segment."""

    __slots__ = ()

    def __init__(self, recorder: Recorder, above: Entity, name: str, namespace: str | None) -> None:
        self._recorder = recorder
        self.above = above
        self.segment = above.segment
        self.record = Record(new_entity_id(), _known_names.get(name) or proper_name(name), time(), None, namespace)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and is_failure(error):
            self.add_exception(error)
        # Without a call of `close`: this is what every traced call pays.
        if self.record.end_time is None:
            self._end(time())
        if _current() is self:
            _set_current(self.above)

    def close(self, end_time: float | None = None) -> None:
        """End it: it becomes a part of what is above, or is sent on its own when that has ended."""
        if self.record.end_time is None:
            self._end(time() if end_time is None else end_time)

    def _end(self, end_time: float) -> None:
        record = self.record
        record.end_time = end_time
        entity = cast("Entity", self.above)  # what is recorded is within what is recorded
        above = entity.record
        if above.end_time is None:
            above.subsegments.append(record)
            segment = self.segment
            segment.waiting = waiting = segment.waiting + 1
            if waiting >= segment.streaming_threshold:
                self._recorder.stream(entity)
        if above.end_time is not None:
            # Perhaps since this moment, on another thread, with or without this one: twice is no harm.
            self._recorder.send_alone(self, above.id)


class Segment(Entity):
    """The work of this service for one request.

    Attributes:
        trace: its id.
        came_with: the header of the request.
        waiting: subsegments that have ended and are not sent.
        streaming_threshold: they are sent when there are so many.
        last_error: the last exception that was recorded in it, which those above often see as well.
        last_cause: its id.
    """

    __slots__ = ("came_with", "last_cause", "last_error", "streaming_threshold", "trace", "waiting")

    def __init__(
        self, recorder: Recorder, name: str, came_with: TraceHeader, above: Entity | Unrecorded | None
    ) -> None:
        assert came_with.root is not None
        self._recorder = recorder
        self.above = above
        self.segment = self
        self.trace = came_with.root
        self.came_with = came_with
        self.waiting = 0
        self.streaming_threshold = recorder.streaming_threshold
        self.last_error: BaseException | None = None
        self.last_cause: str | None = None
        self.record = Record(
            new_entity_id(), proper_name(name), time(), trace_id=came_with.root, parent_id=came_with.parent
        )

    def close(self, end_time: float | None = None) -> None:
        """End it and send it. Calls that are still open are sent on their own when they end."""
        record = self.record
        if record.end_time is not None:
            return
        record.end_time = time() if end_time is None else end_time
        self.last_error = None
        self._recorder.send(record, self.trace)

    def set_user(self, user: str) -> None:
        """Say who asked."""
        self.record.user = str(user)[:250]

    def set_rule_name(self, rule_name: str) -> None:
        """Say which sampling rule decided."""
        aws = self.record.aws or {}
        self.record.aws = {**aws, "xray": {**aws.get("xray", {}), "sampling_rule_name": rule_name}}


class Unrecorded:
    """A segment that is not recorded, and everything in it; also what there is without a segment. It costs nothing.

    Attributes:
        came_with: the header of the request.
    """

    __slots__ = ("above", "came_with", "segment", "span")

    sampled = False
    recorded: Literal[False] = False
    id = NO_ENTITY
    is_open = True

    def __init__(self, came_with: TraceHeader, above: Entity | Unrecorded | None = None) -> None:
        self.came_with = came_with
        self.above = above
        self.segment = self

    def __enter__(self) -> Self:
        _set_current(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if _current() is self:
            _set_current(self.above)

    @property
    def trace_id(self) -> str:
        """As X-Ray writes it."""
        return self.came_with.root or ""

    def header(self) -> str:
        """Return the trace header for a call that is made within it: those who are called record nothing either."""
        return self.came_with.text(sampled=False)

    def close(self, end_time: float | None = None) -> None:
        """Do nothing."""

    def put_annotation(self, key: str, value: str | float | bool) -> None:  # noqa: FBT001 -- see Entity
        """Do nothing."""

    def put_metadata(self, key: str, value: Any, namespace: str = "default") -> None:
        """Do nothing."""

    def put_http(self, part: str, **members: Any) -> None:
        """Do nothing."""

    def apply_status(self, status: int) -> None:
        """Do nothing."""

    def add_exception(self, error: BaseException, *, remote: bool = False) -> None:
        """Do nothing."""

    def set_user(self, user: str) -> None:
        """Do nothing."""


class Inside:
    """A subsegment of what is not recorded: nothing at all, and one for all of them."""

    __slots__ = ()

    def __enter__(self) -> Unrecorded:
        found = _current()
        return NOWHERE if found is None or found.recorded else found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass


INSIDE = Inside()
NOWHERE = Unrecorded(TraceHeader())
"""What there is where no segment is open."""
