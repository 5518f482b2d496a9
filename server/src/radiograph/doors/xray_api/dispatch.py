"""The endpoints of the X-Ray API: bytes in, bytes out, one ASGI app per operation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import ClientDisconnect
from starlette.routing import Route

from radiograph.doors.xray_api.body import parse_json, parse_json_with_lone_surrogates, read_body
from radiograph.doors.xray_api.failures import Failure, encode_error, failure_of
from radiograph.doors.xray_api.model import Operation, load_operations
from radiograph.doors.xray_api.shaping import AnswerShaper, Encode
from radiograph.doors.xray_api.validation import validate
from radiograph.errors import InvalidRequest, SerializationFailure

if TYPE_CHECKING:
    import structlog
    from prometheus_client import Counter, Histogram
    from starlette.types import Receive, Scope, Send

    from radiograph.doors.metrics import ApiMetrics
    from radiograph.doors.xray_api.contract import Handler, PutTraceSegments, Unprocessed

_Answer = Callable[[bytes], Awaitable[bytes]]
"""Turns a request's body into an answer's body."""

_HOT_PATH = "PutTraceSegments"


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """What all endpoints share.

    Attributes:
        max_body_bytes: The longest request body that is accepted.
        strict: Treat an answer or error that the model does not allow as a mistake (for tests).
        extensions: Take and give also what only Radiograph has.
        metrics: Where requests are counted.
        new_request_id: Gives the value of `x-amzn-RequestId`.
        clock: Monotonic seconds.
        log: Where unexpected errors go.
    """

    max_body_bytes: int
    strict: bool
    extensions: bool
    metrics: ApiMetrics
    new_request_id: Callable[[], str]
    clock: Callable[[], float]
    log: structlog.stdlib.BoundLogger


def api_routes(
    handlers: Mapping[str, Handler], put_trace_segments: PutTraceSegments, surroundings: Surroundings
) -> list[Route]:
    """Build the routes of all operations of the service model.

    An operation without a handler answers that this version does not have it.

    Args:
        handlers: Handlers by operation name.
        put_trace_segments: The handler of PutTraceSegments, which has its own way in.
        surroundings: What all endpoints share.

    Raises:
        ValueError: A handler's name is no operation, or is PutTraceSegments.
        ConfigurationError: The service model cannot be read.
    """
    operations = load_operations(extensions=surroundings.extensions)
    if strangers := sorted(set(handlers) - (set(operations) - {_HOT_PATH})):
        raise ValueError(f"handlers for what the service model does not have, or not here: {strangers}")
    shaper = AnswerShaper(strict=surroundings.strict)
    # Routes are tried in order, so what everything traced goes through comes first.
    names = sorted(operations, key=lambda name: name != _HOT_PATH)
    routes = []
    for name in names:
        operation = operations[name]
        if name == _HOT_PATH:
            answer = _put_trace_segments(operation, put_trace_segments)
        else:
            handler = handlers.get(name) or _unavailable(name)
            answer = _modelled(operation, handler, shaper.compile(operation.output))
        endpoint = OperationEndpoint(operation, answer, surroundings)
        routes.append(Route(operation.path, endpoint, methods=["POST"], name=name))
    return routes


class OperationEndpoint:
    """The ASGI app of one operation.

    Args:
        operation: Which one.
        answer: What turns a request's body into the answer's.
        surroundings: What all endpoints share.
    """

    def __init__(self, operation: Operation, answer: _Answer, surroundings: Surroundings) -> None:
        self._operation = operation
        self._answer = answer
        self._surroundings = surroundings
        self._seconds: Histogram = surroundings.metrics.seconds.labels(operation.name)
        self._successes: Counter = surroundings.metrics.requests.labels(operation.name, "200")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        here = self._surroundings
        start = here.clock()
        request_id = here.new_request_id()
        try:
            body = await self._answer(await read_body(scope, receive, here.max_body_bytes))
        except ClientDisconnect:
            return  # nobody is left to be answered
        except Exception as error:  # noqa: BLE001 -- every error has an answer without a stack trace
            await self._fail(error, request_id, send)
        else:
            self._successes.inc()
            await _respond(send, 200, request_id, body)
        self._seconds.observe(here.clock() - start)

    async def _fail(self, error: Exception, request_id: str, send: Send) -> None:
        here = self._surroundings
        failure = failure_of(error, self._operation, strict=here.strict)
        if failure.unexpected:
            here.log.error("request_failed", operation=self._operation.name, request_id=request_id, exc_info=error)
        here.metrics.requests.labels(self._operation.name, str(failure.error.status)).inc()
        await _respond_failure(send, failure, request_id)


async def _respond_failure(send: Send, failure: Failure, request_id: str) -> None:
    """Send an error as the X-Ray API words it."""
    error = failure.error
    extra = [(name.encode(), value.encode()) for name, value in failure.headers]
    extra.append((b"x-amzn-errortype", error.code.encode()))
    await _respond(send, error.status, request_id, encode_error(error), extra)


async def _respond(
    send: Send, status: int, request_id: str, body: bytes, extra: list[tuple[bytes, bytes]] | None = None
) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"x-amzn-requestid", request_id.encode()),
        *(extra or ()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _modelled(operation: Operation, handler: Handler, encode: Encode) -> _Answer:
    async def answer(body: bytes) -> bytes:
        return encode(await handler(validate(operation.input, parse_json(body))))

    return answer


def _unavailable(name: str) -> Handler:
    async def refuse(_request: dict[str, Any]) -> dict[str, Any]:
        raise InvalidRequest(
            f"{name} is not available in this version of Radiograph; "
            "the section Status of its README lists the operations that are."
        )

    return refuse


class _Documents(msgspec.Struct, rename="pascal"):
    trace_segment_documents: list[str]


class _Refusals(msgspec.Struct, rename="pascal"):
    unprocessed_trace_segments: list[Unprocessed]


def _put_trace_segments(operation: Operation, store: PutTraceSegments) -> _Answer:
    decoder = msgspec.json.Decoder(_Documents)
    encoder = msgspec.json.Encoder()

    def documents(body: bytes) -> list[str]:
        try:
            return decoder.decode(body).trace_segment_documents
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            pass  # the slow way repairs it, or says what is wrong
        try:
            value = parse_json(body)
        except SerializationFailure:
            value = parse_json_with_lone_surrogates(body)
        checked: list[str] = validate(operation.input, value)["TraceSegmentDocuments"]
        return checked

    async def answer(body: bytes) -> bytes:
        return encoder.encode(_Refusals(await store(documents(body))))

    return answer
