"""One context for both APIs: what is current for one is current for the other, whichever began it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry import context as api
from opentelemetry.context import Context
from opentelemetry.context.context import _RuntimeContext
from opentelemetry.trace.propagation import _SPAN_KEY

from radiograph_sdk.entities import CURRENT
from radiograph_sdk.otel.span import EntitySpan, UnrecordedSpan

if TYPE_CHECKING:
    from radiograph_sdk.entities import Entity, Unrecorded

_current, _set_current = CURRENT.get, CURRENT.set


class _Token:
    __slots__ = ("before", "inner")

    def __init__(self, inner: Any, before: Entity | Unrecorded | None) -> None:
        self.inner = inner
        self.before = before


class RadiographContext(_RuntimeContext):
    """OpenTelemetry's context, that follows the recorder's and is followed by it.

    Args:
        inner: keeps the values.
    """

    def __init__(self, inner: _RuntimeContext) -> None:
        self._inner: Any = inner

    def attach(self, context: Context) -> Any:
        """Make a context the current one, and the entity of its span; return what `detach` takes."""
        before = _current()
        _set_current(getattr(context.get(_SPAN_KEY), "entity", None))
        return _Token(self._inner.attach(context), before)

    def get_current(self) -> Context:
        """Return the current context, with the innermost entity as its span."""
        context: Context = self._inner.get_current()
        entity = _current()
        if entity is None:
            return context
        if getattr(context.get(_SPAN_KEY), "entity", None) is entity:
            return context
        seen = getattr(entity, "span", None)
        if seen is None:
            seen = EntitySpan(entity) if entity.recorded else UnrecordedSpan(entity)
        return Context({**context, _SPAN_KEY: seen})

    def detach(self, token: Any) -> None:
        """Return to what was current before.

        Raises:
            ValueError: it was attached elsewhere; OpenTelemetry's API writes that to the log.
        """
        if isinstance(token, _Token):
            self._inner.detach(token.inner)
            _set_current(token.before)
        else:  # attached before this one was installed
            self._inner.detach(token)


def install() -> bool:
    """Have OpenTelemetry's API use this context from now on; return whether it does.

    There is no public way: what `OTEL_PYTHON_CONTEXT` names is loaded before spans can be. Where some later version
    keeps its context otherwise, both APIs have one of their own.
    """
    found = getattr(api, "_RUNTIME_CONTEXT", None)
    if isinstance(found, RadiographContext):
        return True
    if not isinstance(found, _RuntimeContext):
        return False
    api._RUNTIME_CONTEXT = RadiographContext(found)  # noqa: SLF001 -- see above
    return True
