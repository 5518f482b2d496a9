"""OpenTelemetry's tracer provider on the recorder.

    from opentelemetry import trace
    from radiograph_sdk.otel.provider import RadiographTracerProvider

    trace.set_tracer_provider(RadiographTracerProvider())      # or OTEL_PYTHON_TRACER_PROVIDER=radiograph

A span that begins here, as its caller is elsewhere or nobody, is a segment; the others are subsegments.
"""

from __future__ import annotations

import functools
import inspect
import os
from typing import TYPE_CHECKING, Any, cast

import msgspec
from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import get_value
from opentelemetry.trace import Span, SpanContext, SpanKind, StatusCode, Tracer, TracerProvider
from opentelemetry.trace.propagation import _SPAN_KEY

from radiograph_sdk.entities import CURRENT
from radiograph_sdk.environment import recorder_from
from radiograph_sdk.header import TraceHeader
from radiograph_sdk.otel.context import install
from radiograph_sdk.otel.propagator import HEADER_KEY
from radiograph_sdk.otel.span import RecordedSpan, UnrecordedSpan, add_link
from radiograph_sdk.sampling import Request

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

    from opentelemetry.context import Context
    from opentelemetry.trace import Link

    from radiograph_sdk.entities import Entity, Unrecorded
    from radiograph_sdk.recorder import Recorder

_current, _set_current = CURRENT.get, CURRENT.set
_CALLS = (SpanKind.CLIENT, SpanKind.PRODUCER)
_VARIABLE = "RADIOGRAPH_ANNOTATIONS"


class RadiographTracerProvider(TracerProvider):
    """Gives tracers whose spans are segments and subsegments of a recorder.

    Args:
        recorder: None for one as the environment describes it.
        lone_calls: whether a call outside of any request is a segment of its own; X-Ray's SDKs leave it out.
        annotations: attributes that become annotations, by which one searches, rather than metadata; `*` for all. None
            for what `RADIOGRAPH_ANNOTATIONS` lists.
        ignored: returns whether a call of a URL is left out; None for none.
    """

    def __init__(
        self,
        recorder: Recorder | None = None,
        *,
        lone_calls: bool = True,
        annotations: Sequence[str] | None = None,
        ignored: Callable[[Any], bool] | None = None,
    ) -> None:
        self.recorder = recorder or recorder_from()
        listed = os.environ.get(_VARIABLE, "").replace(",", " ").split() if annotations is None else annotations
        self._tracer = RadiographTracer(
            self.recorder, lone_calls=lone_calls, annotations=frozenset(listed), ignored=ignored
        )
        if not install():
            self.recorder.losses.count(
                "context",
                "this version of opentelemetry-api keeps its context otherwise: spans are not within subsegments of "
                "X-Ray's API, nor these within them; use one of the two, or another version",
            )

    def get_tracer(
        self,
        instrumenting_module_name: str,  # noqa: ARG002 -- of the API
        instrumenting_library_version: str | None = None,  # noqa: ARG002 -- likewise
        schema_url: str | None = None,  # noqa: ARG002 -- likewise
        attributes: Any = None,  # noqa: ARG002 -- likewise
    ) -> RadiographTracer:
        """Return the tracer: one for all, as documents do not say which library told."""
        return self._tracer

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 -- as opentelemetry-sdk has it
        """Return that nothing waits: what ends is sent at once."""
        return True

    def shutdown(self) -> None:
        """Give back the socket, and stop asking for rules."""
        self.recorder.close()


class RadiographTracer(Tracer):
    """Begins spans.

    Args:
        recorder: that records them.
        lone_calls: see the provider.
        annotations: likewise.
        ignored: likewise.
    """

    def __init__(
        self,
        recorder: Recorder,
        *,
        lone_calls: bool,
        annotations: frozenset[str],
        ignored: Callable[[Any], bool] | None,
    ) -> None:
        self.annotations = annotations
        self.losses = recorder.losses
        self._ignored = ignored
        self._recorder = recorder
        self._lone_calls = lone_calls

    def start_span(  # noqa: PLR0917 -- the API's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: ARG002, FBT001, FBT002 -- a question of who makes it the current one
        set_status_on_exception: bool = True,  # noqa: ARG002, FBT001, FBT002 -- likewise
    ) -> Span:
        """Begin a span; what goes wrong is counted, and the application gets one that does nothing."""
        try:
            return self._begin(name, context, kind, attributes, links, start_time)
        except Exception as problem:  # noqa: BLE001 -- whatever it is, the application goes on
            self._recorder.losses.count("span", "a span could not begin, and is lost", error=problem)
            return trace.INVALID_SPAN

    def _begin(  # noqa: PLR0917 -- all of the API's
        self,
        name: str,
        context: Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        links: Sequence[Link] | None,
        start_time: int | None,
    ) -> Span:
        recorder = self._recorder
        above: Entity | Unrecorded | None = (
            recorder.here() if context is None else getattr(context.get(_SPAN_KEY), "entity", None)
        )
        if self._ignored is not None and kind in _CALLS and self._ignored(_url(attributes)):
            return trace.INVALID_SPAN
        linked = _linked(kind, links) if links else None
        if above is not None and kind is not SpanKind.SERVER and linked is None:
            if not above.recorded:
                return UnrecordedSpan(above, kind)
            # Also where it has ended: it is sent on its own then.
            span = RecordedSpan(self, recorder.subsegment_type(recorder, above, name, None), kind, name, attributes)
        else:
            begun = self._entry(name, context, kind, attributes, linked)
            if not isinstance(begun, RecordedSpan):
                return begun
            span = begun
        if start_time is not None:
            span.entity.record.start_time = start_time / 1e9
        if links:
            span.links = links
            for link in links:
                if linked is None or link.context is not linked:
                    add_link(span.entity, link.context, link.attributes)
        return span

    def _entry(
        self,
        name: str,
        context: Context | None,
        kind: SpanKind,
        attributes: Mapping[str, Any] | None,
        linked: SpanContext | None,
    ) -> Span:
        """Begin a segment, and a call within it where the span is one."""
        recorder = self._recorder
        here = context_api.get_current() if context is None else context
        above = here.get(_SPAN_KEY)
        caller = linked or (above.get_span_context() if isinstance(above, Span) else None)
        lone = kind in _CALLS
        if lone and not self._lone_calls:
            return trace.INVALID_SPAN if caller is None or not caller.is_valid else cast("Span", above)
        came = _header(here, caller, linked)
        segment = recorder.in_segment(header=came, request=_asked(attributes or {}, recorder.service))
        if not segment.recorded:
            return UnrecordedSpan(segment, kind)
        # In a function it is a subsegment, as the platform makes the segment.
        entity = recorder.subsegment_type(recorder, segment, name, "remote") if lone else segment
        known = caller if caller is not None and caller.is_valid else None
        return RecordedSpan(self, entity, kind, name, attributes, segment if lone else None, known)

    def start_as_current_span(  # type: ignore[override]  # noqa: PLR0917 -- what it returns is both; the API's signature
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, Any] | None = None,
        links: Sequence[Link] | None = None,
        start_time: int | None = None,
        record_exception: bool = True,  # noqa: FBT001, FBT002 -- likewise
        set_status_on_exception: bool = True,  # noqa: FBT001, FBT002 -- likewise
        end_on_exit: bool = True,  # noqa: FBT001, FBT002 -- likewise
    ) -> _Current:
        """Return a context manager, which is a decorator too, of a span that is the current one."""
        asked = (name, context, kind, attributes, links, start_time)
        return _Current(self, asked, record_exception, set_status_on_exception, end_on_exit)


class _Current:
    """A span that begins and is the current one until the block, or the decorated function, ends."""

    __slots__ = ("_asked", "_before", "_end", "_record", "_set_status", "_span", "_token", "_tracer")

    def __init__(
        self,
        tracer: RadiographTracer,
        asked: tuple[Any, ...],
        record: bool,  # noqa: FBT001 -- likewise
        set_status: bool,  # noqa: FBT001 -- likewise
        end: bool,  # noqa: FBT001 -- likewise
    ) -> None:
        self._tracer = tracer
        self._asked = asked
        self._record = record
        self._set_status = set_status
        self._end = end

    def __enter__(self) -> Span:
        span = self._span = self._tracer.start_span(*self._asked)
        entity = getattr(span, "entity", None)
        if entity is None:
            self._token: Any = context_api.attach(context_api.set_value(_SPAN_KEY, span))
        else:
            # OpenTelemetry's context follows: it has the innermost entity's span, see context.
            self._token = None
            self._before = _current()
            _set_current(entity)
        return span

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace_: TracebackType | None
    ) -> None:
        span = self._span
        if self._token is not None:
            context_api.detach(self._token)
        elif _current() is cast("Any", span).entity:
            _set_current(self._before)
        if error is not None and isinstance(error, Exception) and span.is_recording():
            if self._record:
                span.record_exception(error)
            if self._set_status:
                span.set_status(StatusCode.ERROR, f"{type(error).__name__}: {error}")
        if self._end:
            span.end()

    def _again(self) -> _Current:
        return _Current(self._tracer, self._asked, self._record, self._set_status, self._end)

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Decorate a function, or coroutine function: a span for each call."""
        if inspect.iscoroutinefunction(function):

            @functools.wraps(function)
            async def awaited(*args: Any, **kwargs: Any) -> Any:
                with self._again():
                    return await function(*args, **kwargs)

            return awaited

        @functools.wraps(function)
        def called(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return called


def _url(attributes: Mapping[str, Any] | None) -> Any:
    return None if not attributes else attributes.get("http.url") or attributes.get("url.full")


def _linked(kind: SpanKind, links: Sequence[Link] | None) -> SpanContext | None:
    """Return whose message is worked on: it is in that trace, as X-Ray has it, where it is one message."""
    if kind is SpanKind.CONSUMER and links is not None and len(links) == 1:
        context = links[0].context
        if context.is_valid and context.is_remote:
            return context
    return None


def _header(here: Context, caller: SpanContext | None, linked: SpanContext | None) -> TraceHeader:
    """Return what a segment came with: all of X-Ray's header where there was one, else the caller's ids."""
    came = None if linked is not None else get_value(HEADER_KEY, here)
    if caller is None or not caller.is_valid:
        return came if isinstance(came, TraceHeader) else TraceHeader()
    told, parent = f"{caller.trace_id:032x}", f"{caller.span_id:016x}"
    root = f"1-{told[:8]}-{told[8:]}"
    if isinstance(came, TraceHeader) and came.root == root and came.parent == parent:
        return came
    header = TraceHeader(root, parent, sampled=caller.trace_flags.sampled)
    return msgspec.structs.replace(header, others=came.others) if isinstance(came, TraceHeader) else header


def _asked(attributes: Mapping[str, Any], service: str) -> Request:
    """Return what rules look at."""
    target = attributes.get("url.path") or attributes.get("http.target")
    host = attributes.get("http.host") or attributes.get("server.address") or attributes.get("net.host.name")
    return Request(
        host=str(host) if host else None,
        method=attributes.get("http.request.method") or attributes.get("http.method"),
        path=str(target).partition("?")[0] if target else None,
        service=service,
    )
