"""The libraries that are traced by themselves: each is instrumented when it is imported, and only then."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import sys
from typing import TYPE_CHECKING, Literal

import msgspec

from radiograph_sdk.auto.watched import WATCHED

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from types import ModuleType

    from opentelemetry.trace import TracerProvider

    from radiograph_sdk.losses import Losses

_OTEL = "opentelemetry.instrumentation"
_DISABLED = "OTEL_PYTHON_DISABLED_INSTRUMENTATIONS"


class Library(msgspec.Struct, frozen=True, kw_only=True):
    """One that can be traced.

    Args:
        name: of the library, as one installs or imports it.
        traces: what of it, in a few words.
        module: whose import begins the tracing.
        distribution: that has the library; None for Python's own.
        instrumentation: the package behind `opentelemetry-instrumentation-`; None where we have our own.
        targets: classes of instrumentors in it, below `opentelemetry.instrumentation`, or ours with all of the path.
    """

    name: str
    traces: str
    module: str
    distribution: str | None
    instrumentation: str | None
    targets: tuple[str, ...]


def _library(
    name: str,
    traces: str,
    target: str,
    *,
    module: str | None = None,
    distribution: str | None = None,
    instrumentation: str | None = None,
) -> Library:
    package = target.partition(":")[0]
    return Library(
        name=name,
        traces=traces,
        module=module or name.replace("-", "_"),
        distribution=distribution or name,
        instrumentation=instrumentation or package.replace("_", "-"),
        targets=tuple(target.split()),
    )


LIBRARIES: tuple[Library, ...] = (
    Library(
        name="flask",
        traces="requests",
        module="flask",
        distribution="flask",
        instrumentation=None,
        targets=("radiograph_sdk.auto.web:trace_flask",),
    ),
    Library(
        name="django",
        traces="requests",
        module="django.core.signals",
        distribution="django",
        instrumentation=None,
        targets=("radiograph_sdk.auto.web:trace_django",),
    ),
    _library("fastapi", "requests", "fastapi:FastAPIInstrumentor"),
    _library("starlette", "requests", "starlette:StarletteInstrumentor", module="starlette.applications"),
    _library(
        "aiohttp-server",
        "requests",
        "aiohttp_server:AioHttpServerInstrumentor",
        module="aiohttp.web",
        distribution="aiohttp",
    ),
    _library("requests", "calls", "requests:RequestsInstrumentor"),
    _library("httpx", "calls", "httpx:HTTPXClientInstrumentor"),
    _library(
        "aiohttp-client",
        "calls",
        "aiohttp_client:AioHttpClientInstrumentor",
        module="aiohttp",
        distribution="aiohttp",
    ),
    _library("urllib3", "calls", "urllib3:URLLib3Instrumentor"),
    Library(
        name="urllib",
        traces="calls",
        module="urllib.request",
        distribution=None,
        instrumentation="urllib",
        targets=("urllib:URLLibInstrumentor",),
    ),
    _library("botocore", "AWS calls", "botocore:BotocoreInstrumentor", module="botocore.client"),
    _library("aiobotocore", "AWS calls", "botocore:AiobotocoreInstrumentor", module="aiobotocore.client"),
    _library("boto3", "SQS messages", "boto3sqs:Boto3SQSInstrumentor"),
    _library("psycopg", "queries", "psycopg:PsycopgInstrumentor"),
    _library("psycopg2", "queries", "psycopg2:Psycopg2Instrumentor", distribution="psycopg2|psycopg2-binary"),
    _library("asyncpg", "queries", "asyncpg:AsyncPGInstrumentor"),
    _library(
        "mysql-connector",
        "queries",
        "mysql:MySQLInstrumentor",
        module="mysql.connector",
        distribution="mysql-connector-python",
    ),
    _library("mysqlclient", "queries", "mysqlclient:MySQLClientInstrumentor", module="MySQLdb"),
    _library("pymysql", "queries", "pymysql:PyMySQLInstrumentor"),
    Library(
        name="sqlite3",
        traces="queries",
        module="sqlite3",
        distribution=None,
        instrumentation=None,
        targets=("radiograph_sdk.auto.sqlite:trace_sqlite",),
    ),
    _library("sqlalchemy", "queries of drivers that are not traced", "sqlalchemy:SQLAlchemyInstrumentor"),
    _library("pymongo", "commands", "pymongo:PymongoInstrumentor"),
    _library("redis", "commands", "redis:RedisInstrumentor"),
    _library("celery", "tasks", "celery:CeleryInstrumentor"),
    _library(
        "kafka-python",
        "messages",
        "kafka:KafkaInstrumentor",
        module="kafka",
        instrumentation="kafka-python",
    ),
    _library("confluent-kafka", "messages", "confluent_kafka:ConfluentKafkaInstrumentor"),
    _library("aiokafka", "messages", "aiokafka:AIOKafkaInstrumentor"),
    _library(
        "grpc",
        "requests and calls",
        "grpc:GrpcInstrumentorClient grpc:GrpcInstrumentorServer grpc:GrpcAioInstrumentorClient "
        "grpc:GrpcAioInstrumentorServer",
        distribution="grpcio",
    ),
    Library(
        name="threading",
        traces="the context of threads and pools",
        module="threading",
        distribution=None,
        instrumentation="threading",
        targets=("threading:ThreadingInstrumentor",),
    ),
)
NAMES = tuple(library.name for library in LIBRARIES)


class State(msgspec.Struct, frozen=True):
    """How it is about a library in this environment.

    Args:
        library: it is.
        version: that is installed; None where it is not, "" of what is Python's own.
        status: whether it is traced once it is imported, and if not, why.
        reason: in a few words.
    """

    library: Library
    version: str | None
    status: Literal["traced", "absent", "unsupported", "not installed", "disabled"]
    reason: str = ""


def states(only: Collection[str] | None = None) -> Iterator[State]:
    """Look at every library, without importing it.

    Args:
        only: names; None for all, but for those that `OTEL_PYTHON_DISABLED_INSTRUMENTATIONS` lists.
    """
    off = {name.strip() for name in os.environ.get(_DISABLED, "").split(",")}
    for library in LIBRARIES:
        if only is not None and library.name not in only:
            continue
        yield _state(library, disabled=only is None and ("*" in off or library.name in off))


def _state(library: Library, *, disabled: bool) -> State:
    version = _version(library.distribution)
    if version is None:
        return State(library, None, "absent")
    if disabled:
        return State(library, version, "disabled", f"{_DISABLED} lists it")
    if library.instrumentation is None:
        return State(library, version, "traced")
    package = f"opentelemetry-instrumentation-{library.instrumentation}"
    try:
        found = importlib.metadata.distribution(package)
    except importlib.metadata.PackageNotFoundError:
        return State(library, version, "not installed", f"pip install {package}, or radiograph-sdk[auto] for all")
    from opentelemetry.instrumentation.dependencies import (  # noqa: PLC0415 -- of the extra `auto`
        get_dist_dependency_conflicts,
    )

    conflict = get_dist_dependency_conflicts(found)
    if conflict:
        wanted = conflict.required or " or ".join(map(str, getattr(conflict, "required_any", ())))
        return State(library, version, "unsupported", f"{package} {found.version} needs {wanted}")
    return State(library, version, "traced")


def _version(distribution: str | None) -> str | None:
    if distribution is None:
        return ""
    for name in distribution.split("|"):
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return None


def watch(provider: TracerProvider, losses: Losses, only: Collection[str] | None = None) -> list[State]:
    """Have libraries traced: those that are imported already at once, others when they are; each once.

    Args:
        provider: gives their tracers.
        losses: told where an instrumentation fails; the application goes on without it.
        only: names; None for all that are here.

    Returns:
        how it is about each.
    """
    from radiograph_sdk.auto.imports import when_imported  # noqa: PLC0415 -- of the extra `auto`

    found = list(states(only))
    for state in found:
        if state.status == "traced" and state.library.name not in WATCHED:
            WATCHED.add(state.library.name)
            when_imported(state.library.module, _enabler(state.library, provider, losses))
    return found


def _enabler(library: Library, provider: TracerProvider, losses: Losses) -> Callable[[ModuleType], None]:
    def enable(_module: ModuleType) -> None:
        if library.name == "starlette" and "fastapi" in sys.modules:
            return  # FastAPI's applications are Starlette's, and are traced once
        for target in library.targets:
            try:
                _enable(target, library, provider)
            except Exception as problem:  # noqa: BLE001 -- a foreign package; the application goes on
                losses.count("instrumentation", f"{library.name} is not traced", error=problem)

    return enable


def _enable(target: str, library: Library, provider: TracerProvider) -> None:
    package, _, attribute = target.partition(":")
    if package.startswith("radiograph_sdk."):
        getattr(importlib.import_module(package), attribute)(provider)
        return
    from radiograph_sdk.auto import mends  # noqa: PLC0415 -- of the extra `auto`

    instrumentor = getattr(importlib.import_module(f"{_OTEL}.{package}"), attribute)()
    # What is installed was looked at before.
    instrumentor.instrument(tracer_provider=provider, skip_dep_check=True, **mends.arguments(library.name))
    mends.mend(library.name)
