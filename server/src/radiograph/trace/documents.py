"""The typed form of a segment document.

Every member but `id`, `name` and `start_time` may be absent or null, and members that X-Ray does not
define are skipped here: the document's text keeps them. One struct serves segments and subsegments, since
they share most members and one tree of one type decodes fastest. The structs hold no cycles (JSON cannot),
so the garbage collector need not visit them (`gc=False`).

Source of the members: X-Ray developer guide, segment documents; SDKs send more than it lists.
"""

import re
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

_TOO_MANY_REQUESTS = 429
_CLIENT_ERRORS = range(400, 500)
_SERVER_ERRORS = range(500, 600)
_STATUSES = 1_000
_STATUS_TEXT = re.compile(r"[0-9]{1,3}").fullmatch

_INDEXED_KEY = re.compile(r"[A-Za-z0-9_.:]{1,500}").fullmatch
_INDEXED_CHARACTERS = 1_000


class HttpRequest(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The request a segment served or a subsegment sent."""

    method: str | None = None
    url: str | None = None
    user_agent: str | None = None
    client_ip: str | None = None
    x_forwarded_for: bool | None = None
    traced: bool | None = None


class HttpResponse(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """The answer to it; numbers may arrive as strings."""

    status: int | float | str | None = None
    content_length: int | float | str | None = None


class Http(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """An HTTP exchange."""

    request: HttpRequest | None = None
    response: HttpResponse | None = None


class Sql(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A query to a database."""

    connection_string: str | None = None
    url: str | None = None
    sanitized_query: str | None = None
    database_type: str | None = None
    database_version: str | None = None
    driver_version: str | None = None
    user: str | None = None
    preparation: str | None = None


class StackFrame(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One frame of a stack trace."""

    path: str | None = None
    line: int | None = None
    label: str | None = None


class ExceptionDetail(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """One exception; `cause` is the id of the exception behind it."""

    id: str | None = None
    message: str | None = None
    type: str | None = None
    remote: bool | None = None
    truncated: int | None = None
    skipped: int | None = None
    cause: str | None = None
    stack: list[StackFrame] | None = None


class Cause(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """Why an entity failed; `id` is the Node.js SDK's reference to an exception recorded elsewhere."""

    working_directory: str | None = None
    paths: list[str] | None = None
    exceptions: list[ExceptionDetail] | None = None
    id: str | None = None


class Link(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A reference to a segment of another trace."""

    trace_id: str | None = None
    id: str | None = None
    attributes: dict[str, Any] | None = None


class Entity(msgspec.Struct, frozen=True, gc=False, omit_defaults=True):
    """A segment, or a subsegment (`type` is "subsegment" when it was sent on its own).

    Times are seconds since the epoch. After `parse_document` the ids are canonical and the name is repaired.
    """

    id: str
    name: str
    start_time: float
    end_time: float | None = None
    in_progress: bool | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    type: str | None = None
    namespace: str | None = None
    http: Http | None = None
    aws: dict[str, Any] | None = None
    error: bool | None = None
    throttle: bool | None = None
    fault: bool | None = None
    cause: Cause | str | None = None
    annotations: dict[str, str | bool | int | float] | None = None
    metadata: Any = None
    subsegments: "list[Entity] | None" = None
    service: dict[str, Any] | None = None
    user: str | None = None
    origin: str | None = None
    resource_arn: str | None = None
    links: list[Link] | None = None
    sql: Sql | None = None
    precursor_ids: list[str] | None = None
    traced: bool | None = None
    inferred: bool | None = None


def http_status(entity: Entity) -> int | None:
    """Return the status of the HTTP response; None when it is absent, or no number of three digits."""
    if entity.http is None or entity.http.response is None:
        return None
    status = entity.http.response.status
    if isinstance(status, str):
        return int(status) if _STATUS_TEXT(status) else None
    if status is None or not 0 <= status < _STATUSES:
        return None
    whole = int(status)
    return whole if whole == status else None


NO_FLAGS = (False, False, False)


def flags(entity: Entity) -> tuple[bool, bool, bool]:
    """Return whether the entity shows an error, a throttle, a fault.

    Booleans that the sender set win. When it set none of the three, they follow from the HTTP status:
    429 is throttle and error, any other 4xx error, 5xx fault (our rule).
    """
    if entity.error is None and entity.throttle is None and entity.fault is None:
        if entity.http is None:
            return NO_FLAGS
        status = http_status(entity)
        if status is None:
            return NO_FLAGS
        return status in _CLIENT_ERRORS, status == _TOO_MANY_REQUESTS, status in _SERVER_ERRORS
    return entity.error is True, entity.throttle is True, entity.fault is True


def is_in_progress(entity: Entity) -> bool:
    """Return whether the entity has not ended: it says so, or it has no end time."""
    return entity.end_time is None or entity.in_progress is True


def is_traced(entity: Entity) -> bool:
    """Return whether the called service announced a segment of its own.

    The guide puts the flag into `http.request`; the Node.js SDK sends it at the top of the subsegment.
    """
    if entity.traced is True:
        return True
    return entity.http is not None and entity.http.request is not None and entity.http.request.traced is True


def cause_reference(entity: Entity) -> str | None:
    """Return the id of the exception recorded elsewhere in the trace that `cause` refers to, if it does."""
    if isinstance(entity.cause, str):
        return entity.cause
    return None if entity.cause is None else entity.cause.id


def indexed_annotations(entity: Entity) -> Iterator[tuple[str, str | bool | int | float]]:
    """Yield the annotations that can be searched for.

    Keys made of ASCII letters, digits, `_`, `.` and `:` (AWS's own documents use the colon), up to 500
    characters; strings are cut at 1,000 characters (X-Ray's schema). Integers may exceed 64 bits.
    """
    for key, value in (entity.annotations or {}).items():
        if not _INDEXED_KEY(key):
            continue
        if isinstance(value, str):
            yield key, value[:_INDEXED_CHARACTERS]
        elif abs(value) <= sys.float_info.max:  # JSON's integers may be longer than any number of ours
            yield key, value
