"""What the instrumentations need to be told, and to have mended, so that each call is told once and under its name."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import wrapt

from radiograph_sdk.auto.watched import WATCHED
from radiograph_sdk.header import NAME
from radiograph_sdk.otel.propagator import RadiographPropagator

if TYPE_CHECKING:
    from opentelemetry.trace import Span

# Parameters of AWS's operations that say what was worked on; texts only.
_PARAMETERS = {
    "QueueUrl": "aws.queue_url",
    "Bucket": "aws.s3.bucket",
    "Key": "aws.s3.key",
    "TopicArn": "aws.sns.topic.arn",
    "FunctionName": "aws.lambda.function.name",
    "StreamName": "aws.kinesis.stream_name",
    "TableName": "aws.table_name",
}
_SQS_HEADER = "AWSTraceHeader"
# Drivers of SQLAlchemy that have an instrumentation of their own.
_TRACED_DRIVERS = {
    "psycopg": "psycopg",
    "psycopg_async": "psycopg",
    "psycopg2": "psycopg2",
    "asyncpg": "asyncpg",
    "mysqlconnector": "mysql-connector",
    "mysqldb": "mysqlclient",
    "pymysql": "pymysql",
    "pysqlite": "sqlite3",
}
_DATABASES = ("psycopg", "psycopg2", "mysql-connector", "mysqlclient", "pymysql")


def arguments(library: str) -> dict[str, Any]:
    """Return what an instrumentor is told."""
    if library in ("botocore", "aiobotocore"):
        return {"request_hook": _tell_parameters, "propagator": RadiographPropagator(w3c=False)}
    if library == "fastapi":
        return {"exclude_spans": ["receive", "send"]}  # one for each piece of an answer
    return {}


def mend(library: str) -> None:
    """Mend what an instrumentation does otherwise than one expects."""
    if library in _DATABASES:
        _remember_each_connection()
    elif library == "sqlalchemy":
        _leave_traced_drivers()
    elif library == "boto3":
        _heed_the_header_of_sqs()


def _tell_parameters(span: Span, _service: str, operation: str, parameters: Any) -> None:
    if operation == "ReceiveMessage" and "boto3" in WATCHED and isinstance(parameters, dict):
        _ask_for_the_header(parameters)
    if span.is_recording() and isinstance(parameters, dict):
        for name, attribute in _PARAMETERS.items():
            value = parameters.get(name)
            if isinstance(value, str):
                span.set_attribute(attribute, value)


def _ask_for_the_header(parameters: dict[str, Any]) -> None:
    """Have SQS tell the header that it keeps of who sent a message."""
    asked = [*parameters.get("MessageSystemAttributeNames", ()), *parameters.get("AttributeNames", ())]
    if "All" not in asked and _SQS_HEADER not in asked:
        # Not into the list that the application holds.
        names = parameters.get("MessageSystemAttributeNames", ())
        parameters["MessageSystemAttributeNames"] = [*names, _SQS_HEADER]


def _heed_the_header_of_sqs() -> None:
    """Work on a message in the trace that its system attribute names: X-Ray's SDKs and AWS itself write it there."""
    from opentelemetry.instrumentation.boto3sqs import Boto3SQSInstrumentor  # noqa: PLC0415 -- of the extra `auto`

    def create(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        queue, url, receipt, message = args
        header = message.get("Attributes", {}).get(_SQS_HEADER)
        given = message.get("MessageAttributes", {})
        if header and NAME not in given and "traceparent" not in given:
            carried = {**given, NAME: {"StringValue": header, "DataType": "String"}}
            message = {**message, "MessageAttributes": carried}
        return wrapped(queue, url, receipt, message, **kwargs)

    wrapt.wrap_function_wrapper(Boto3SQSInstrumentor, "_create_processing_span", create)


def _remember_each_connection() -> None:
    """Have each connection know its own database: they share what is known of the one that was opened last."""
    from opentelemetry.instrumentation.dbapi import DatabaseApiIntegration  # noqa: PLC0415 -- of the extra `auto`

    for kind in (DatabaseApiIntegration, *DatabaseApiIntegration.__subclasses__()):
        if "wrapped_connection" not in vars(kind) or isinstance(
            vars(kind)["wrapped_connection"], wrapt.FunctionWrapper
        ):
            continue

        def own(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
            mine = copy.copy(instance)
            mine.connection_props, mine.span_attributes = {}, {}
            return wrapped.__func__(mine, *args, **kwargs)

        wrapt.wrap_function_wrapper(kind, "wrapped_connection", own)


def _leave_traced_drivers() -> None:
    """Have SQLAlchemy's own spans only where the driver has none: a query is one call."""
    from opentelemetry.instrumentation.sqlalchemy import engine  # noqa: PLC0415 -- of the extra `auto`
    from sqlalchemy.engine import Engine  # noqa: PLC0415 -- likewise; it is imported already

    def traced(dialect: Any) -> bool:
        return _TRACED_DRIVERS.get(dialect.driver) in WATCHED

    def before(wrapped: Any, _instance: Any, args: Any, kwargs: Any) -> Any:
        connection, _, statement, parameters = args[:4]
        return (statement, parameters) if traced(connection.dialect) else wrapped(*args, **kwargs)

    def connect(wrapped: Any, instance: Any, args: Any, kwargs: Any) -> Any:
        if isinstance(instance, Engine) and traced(instance.dialect):
            original = getattr(wrapped, "__wrapped__", None)
            if original is not None:
                return original(*args, **kwargs)
        return wrapped(*args, **kwargs)

    wrapt.wrap_function_wrapper(engine, "EngineTracer._before_cur_exec", before)
    wrapt.wrap_function_wrapper(Engine, "connect", connect)
