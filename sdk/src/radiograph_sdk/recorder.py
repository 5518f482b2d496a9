"""The recorder: begins segments and subsegments, decides which are recorded, and sends what has ended."""

from __future__ import annotations

import functools
import inspect
import time
from typing import TYPE_CHECKING, Any, ClassVar, Literal, ParamSpec, TypeVar, cast

import msgspec

from radiograph_sdk import platforms
from radiograph_sdk.addresses import DaemonAddress
from radiograph_sdk.documents import LARGEST, detach, documents
from radiograph_sdk.emitter import Emitter
from radiograph_sdk.entities import CURRENT, INSIDE, NOWHERE, Entity, Inside, Segment, Subsegment, Unrecorded
from radiograph_sdk.header import TraceHeader
from radiograph_sdk.ids import new_trace_id
from radiograph_sdk.losses import Losses
from radiograph_sdk.sampling import LocalSampler, Request

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Mapping

    from radiograph_sdk.emitter import Sender
    from radiograph_sdk.platforms import Places, Platform
    from radiograph_sdk.record import Record
    from radiograph_sdk.sampling import Sampler

P = ParamSpec("P")
T = TypeVar("T")
_current = CURRENT.get
_HEADER = TraceHeader()


class Instead(msgspec.Struct, frozen=True):
    """What every recorder goes by while tests look on.

    Args:
        sampler: decides about requests that nobody decided about before.
        sender: takes the documents.
    """

    sampler: Sampler
    sender: Sender


class Recorder:
    """Records what an application does. Nothing that it does is raised into the application, or holds it up.

    Args:
        service: name of segments that have none.
        address: of the daemon.
        sender: takes the documents; None for one that sends them to the daemon.
        sampler: decides about requests that nobody decided about before; None for one a second and 5 percent.
        streaming_threshold: subsegments that have ended are sent before their segment ends when there are so many.
        frames: of a stack, at most.
        largest: bytes of a document.
        missing: what is done about a subsegment without a segment: "log", or "ignore".
        about: members of every segment, such as `origin`, `aws` and `service`.
        losses: counts what could not be recorded or sent.
        enabled: whether anything is recorded, whatever callers decided.
    """

    segment_type: type[Segment] = Segment
    subsegment_type: type[Subsegment] = Subsegment
    unrecorded_type: type[Unrecorded] = Unrecorded
    inside: Inside = INSIDE
    """What is handed out; other APIs have more to offer (see xray)."""

    in_function = False
    """Whether segments are made by AWS Lambda, and only subsegments here; see functions."""

    instead: ClassVar[Instead | None] = None
    """What all recorders of the process go by; `radiograph_sdk.testing` sets it."""

    def __init__(
        self,
        service: str = "application",
        *,
        address: DaemonAddress | None = None,
        sender: Sender | None = None,
        sampler: Sampler | None = None,
        streaming_threshold: int = 100,
        frames: int = 10,
        largest: int = LARGEST,
        missing: Literal["log", "ignore"] = "log",
        about: Mapping[str, Any] | None = None,
        losses: Losses | None = None,
        enabled: bool = True,
    ) -> None:
        self.service = service
        self.sampler: Sampler = sampler or LocalSampler()
        self.streaming_threshold = streaming_threshold
        self.frames = frames
        self.losses = losses or Losses()
        self.enabled = enabled
        self.emitter: Sender = sender or Emitter(address or DaemonAddress())
        self._largest = largest
        self._missing = missing
        self._about = dict(about or {})

    def look_around(self, names: tuple[str, ...] | None = None, places: Places | None = None) -> threading.Thread:
        """Have a thread, which is returned, find out where this runs, and all later segments tell it; see `platforms`.

        Args:
            names: of X-Ray's plugins; None for all.
            places: where to look; None for this process's.
        """
        return platforms.tell(self._placed, names, places)

    def _placed(self, platform: Platform) -> None:
        # One assignment: other threads begin segments meanwhile.
        about = {**self._about, "origin": platform.origin}
        about["aws"] = {**platform.aws, **about.get("aws", {})}
        self._about = about
        use = getattr(self.sampler, "use_service_type", None)
        if use is not None:
            use(platform.origin)

    def close(self) -> None:
        """Give the socket back, which whatever ends later opens again, and stop asking for rules."""
        self.emitter.close()
        close = getattr(self.sampler, "close", None)
        if close is not None:
            close()

    def in_segment(
        self,
        name: str | None = None,
        *,
        header: TraceHeader = _HEADER,
        request: Request | None = None,
        sampled: bool | None = None,
    ) -> Segment | Unrecorded:
        """Begin a segment; as a context manager it is the current one, and ends itself.

        Args:
            name: of the service.
            header: what the request came with.
            request: that rules look at.
            sampled: the decision, where it is taken already; the header's comes before a rule's.
        """
        above = _current()
        rule = None
        if sampled is None:
            sampled = header.sampled
        if not self.enabled:
            sampled = False
        if sampled is None:
            instead = Recorder.instead
            decision = (instead.sampler if instead else self.sampler).decide(
                request or Request(service=name or self.service)
            )
            sampled, rule = decision.sampled, decision.rule
        if header.root is None:
            header = msgspec.structs.replace(header, root=new_trace_id(time.time()), parent=None)
        if not sampled:
            return self.unrecorded_type(header, above)
        segment = self.segment_type(self, name or self.service, header, above)
        for member, value in self._about.items():
            setattr(segment.record, member, value)
        if rule is not None:
            segment.set_rule_name(rule)
        return segment

    def in_subsegment(self, name: str, namespace: str | None = None) -> Subsegment | Inside:
        """Begin a subsegment of the current entity; as a context manager it is the current one, and ends itself.

        Args:
            name: of what is called, or done.
            namespace: "aws" or "remote" for a call.
        """
        above = _current()
        if above is None:
            self.missed(name)
            return self.inside
        if not above.recorded:
            return self.inside
        return self.subsegment_type(self, above, name, namespace)

    def current(self) -> Entity | Unrecorded:
        """Return the innermost open entity; one that does nothing where there is none."""
        return _current() or NOWHERE

    def here(self) -> Entity | Unrecorded | None:
        """Return the innermost open entity; None where there is none."""
        return _current()

    def capture(
        self, name: str | None = None, namespace: str | None = None
    ) -> Callable[[Callable[P, T]], Callable[P, T]]:
        """Return a decorator that makes each call of a function, or coroutine function, a subsegment.

        Args:
            name: of the subsegments; None for the function's.
            namespace: of the subsegments.
        """

        def decorate(function: Callable[P, T]) -> Callable[P, T]:
            called = name or function.__qualname__.replace("<locals>.", "")
            if inspect.iscoroutinefunction(function):

                @functools.wraps(function)
                async def traced_coroutine(*args: P.args, **kwargs: P.kwargs) -> Any:
                    with self.in_subsegment(called, namespace):
                        return await function(*args, **kwargs)

                return cast("Callable[P, T]", traced_coroutine)

            @functools.wraps(function)
            def traced(*args: P.args, **kwargs: P.kwargs) -> T:
                with self.in_subsegment(called, namespace):
                    return function(*args, **kwargs)

            return traced

        return decorate

    def send(self, record: Record, trace_id: str) -> None:
        """Send a record and what is below it, in as many documents as it takes."""
        try:
            found = documents(record, trace_id=trace_id, largest=self._largest)
            for document in found:
                self._emit(document)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the application goes on
            self.losses.count("encoding", "a segment could not be told, and is lost", error=problem)

    def send_alone(self, subsegment: Subsegment, parent_id: str) -> None:
        """Send a subsegment that ended later than what it belongs to."""
        detach(subsegment.record, trace_id=subsegment.trace_id, parent_id=parent_id)
        self.send(subsegment.record, subsegment.trace_id)

    def stream(self, entity: Entity) -> None:
        """Send what has ended below an open entity, and below those above it."""
        segment = entity.segment
        segment.waiting = 0
        above: Entity | Unrecorded | None = entity
        while above is not None and above.recorded and above.segment is segment:
            ended = above.record.subsegments
            # One by one: other threads add to it, or take from it, meanwhile.
            while ended:
                try:
                    child = ended.pop()
                except IndexError:
                    break
                detach(child, trace_id=segment.trace, parent_id=above.record.id)
                self.send(child, segment.trace)
            above = above.above

    def _emit(self, document: bytes) -> None:
        instead = Recorder.instead
        sender = instead.sender if instead else self.emitter
        if not sender.send(document):
            self.losses.count(
                "sending",
                "a document could not be handed to the daemon, and is lost; see AWS_XRAY_DAEMON_ADDRESS",
                error=sender.problem,
            )

    def missed(self, name: str) -> None:
        """Say that there is no segment for a subsegment."""
        if self._missing == "log":
            self.losses.count(
                "no segment",
                f"subsegment {name!r} is not recorded, since no segment is open here; begin one with in_segment, or by "
                "a middleware",
            )
