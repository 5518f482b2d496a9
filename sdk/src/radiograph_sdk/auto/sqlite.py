"""SQLite's queries: OpenTelemetry's instrumentation knows neither the database nor `connection.execute`."""

from __future__ import annotations

import functools
import os
import sqlite3
from sqlite3 import dbapi2
from typing import TYPE_CHECKING, Any

from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import SpanKind

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer, TracerProvider

_FACTORY = 5
"""Position of `factory` among the arguments of `sqlite3.connect`."""


def trace_sqlite(provider: TracerProvider) -> None:
    """Have every connection that is opened from now on trace its queries."""
    tracer = provider.get_tracer("radiograph_sdk.auto.sqlite")
    original = sqlite3.connect

    @functools.wraps(original)
    def connect(database: Any, *args: Any, **kwargs: Any) -> sqlite3.Connection:
        given = list(args)
        if len(given) >= _FACTORY:
            given[_FACTORY - 1] = _connection_type(given[_FACTORY - 1])
        else:
            kwargs["factory"] = _connection_type(kwargs.get("factory") or sqlite3.Connection)
        connection: Any = original(database, *given, **kwargs)
        # With a factory that is a function it may be anything.
        if isinstance(connection, _Traced):
            connection.radiograph_tracer = tracer
            connection.radiograph_database = os.fsdecode(database)
        return connection  # type: ignore[no-any-return]  # as the factory made it

    sqlite3.connect = connect  # type: ignore[assignment]
    dbapi2.connect = connect  # type: ignore[assignment]


class _Traced:
    """A connection whose cursors trace."""

    radiograph_tracer: Tracer | None = None
    radiograph_database = ""

    def cursor(self, factory: Any = None) -> Any:
        return super().cursor(_cursor_type(factory or sqlite3.Cursor))  # type: ignore[misc]  # of sqlite3.Connection

    # As the documentation says what they do; the originals make a cursor past `cursor`.

    def execute(self, sql: str, *args: Any) -> Any:
        return self.cursor().execute(sql, *args)

    def executemany(self, sql: str, *args: Any) -> Any:
        return self.cursor().executemany(sql, *args)

    def executescript(self, sql: str) -> Any:
        return self.cursor().executescript(sql)


class _TracedCursor:
    connection: Any

    def execute(self, sql: str, *args: Any) -> Any:
        return self._traced(super().execute, sql, *args)  # type: ignore[misc]  # of sqlite3.Cursor

    def executemany(self, sql: str, *args: Any) -> Any:
        return self._traced(super().executemany, sql, *args)  # type: ignore[misc]  # likewise

    def executescript(self, sql: str) -> Any:
        return self._traced(super().executescript, sql)  # type: ignore[misc]  # likewise

    def _traced(self, method: Any, sql: str, *args: Any) -> Any:
        connection = self.connection
        tracer = connection.radiograph_tracer
        if tracer is None or not is_instrumentation_enabled():
            return method(sql, *args)
        attributes = {"db.system": "sqlite", "db.name": connection.radiograph_database, "db.statement": str(sql)}
        with tracer.start_as_current_span("query", kind=SpanKind.CLIENT, attributes=attributes):
            return method(sql, *args)


@functools.lru_cache(100)
def _connection_type(factory: Any) -> Any:
    if not isinstance(factory, type) or issubclass(factory, _Traced):
        return factory
    return type(factory.__name__, (_Traced, factory), {"__module__": factory.__module__})


@functools.lru_cache(100)
def _cursor_type(factory: Any) -> Any:
    if not isinstance(factory, type) or issubclass(factory, _TracedCursor):
        return factory
    return type(factory.__name__, (_TracedCursor, factory), {"__module__": factory.__module__})
