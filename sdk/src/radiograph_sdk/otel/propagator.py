"""X-Ray's header and W3C's, both at once: whoever calls, and whoever is called, finds the one that it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import create_key, get_current, get_value, set_value
from opentelemetry.propagators.textmap import TextMapPropagator, default_getter, default_setter
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from radiograph_sdk.header import NAME, TraceHeader, parse_header
from radiograph_sdk.ids import to_w3c

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.propagators.textmap import Getter, Setter

HEADER_KEY = create_key("radiograph-header")
"""Of a context: the header that a request came with. A span's context has no place for all of it."""

_SPELLINGS = (NAME, NAME.lower())


class RadiographPropagator(TextMapPropagator):
    """Reads `X-Amzn-Trace-Id`, else `traceparent`; writes both.

    A header that names a trace but no caller, as a load balancer's, is followed; one that leaves the decision open is
    decided here; fields that nobody knows are passed on.

    Args:
        w3c: whether W3C's headers are read and written; AWS knows its own only.
    """

    def __init__(self, *, w3c: bool = True) -> None:
        self._w3c = TraceContextTextMapPropagator() if w3c else None

    @property
    def fields(self) -> set[str]:
        """Names of the headers that are written."""
        return {NAME} if self._w3c is None else {NAME, *self._w3c.fields}

    def extract(self, carrier: Any, context: Context | None = None, getter: Getter[Any] = default_getter) -> Context:
        """Return a context in which what a carrier says is above what begins."""
        before = get_current() if context is None else context
        text = _first(carrier, getter)
        header = parse_header(text) if text else TraceHeader()
        if header.root is None:
            found = before if self._w3c is None else self._w3c.extract(carrier, before, getter)
            return set_value(HEADER_KEY, header, found) if header.asked or header.others else found
        found = set_value(HEADER_KEY, header, before)
        if header.parent is None:
            return trace.set_span_in_context(trace.INVALID_SPAN, found)
        flags = TraceFlags(TraceFlags.SAMPLED if header.sampled else TraceFlags.DEFAULT)
        caller = SpanContext(int(to_w3c(header.root), 16), int(header.parent, 16), is_remote=True, trace_flags=flags)
        return trace.set_span_in_context(NonRecordingSpan(caller), found)

    def inject(self, carrier: Any, context: Context | None = None, setter: Setter[Any] = default_setter) -> None:
        """Write the headers of what is current."""
        span = trace.get_current_span(context)
        entity = getattr(span, "entity", None)
        if entity is not None:
            text = entity.header()
        else:
            seen = span.get_span_context()
            if not seen.is_valid:
                return
            told = f"{seen.trace_id:032x}"
            came = get_value(HEADER_KEY, context)
            others = came.others if isinstance(came, TraceHeader) else ()
            text = TraceHeader(f"1-{told[:8]}-{told[8:]}", f"{seen.span_id:016x}", others=others).text(
                sampled=seen.trace_flags.sampled
            )
        setter.set(carrier, NAME, text)
        if self._w3c is not None:
            self._w3c.inject(carrier, context, setter)


def _first(carrier: Any, getter: Getter[Any]) -> str | None:
    for name in _SPELLINGS:
        found = getter.get(carrier, name)
        if found:
            return next(iter(found), None)
    return None
