"""How an error becomes an answer that every AWS SDK understands.

The code stands in the header `x-amzn-ErrorType` and in the body's `__type`, since SDKs differ in where they
look. The sentence stands in the body under one spelling only: botocore takes `message` before `Message`, even
when it is null.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
from starlette.exceptions import HTTPException

from radiograph.errors import (
    ApiError,
    FrontDoorError,
    InternalFailure,
    InvalidRequest,
    MethodNotAllowed,
    Overloaded,
    ServiceUnavailable,
    StoreUnavailable,
    Throttled,
    UnknownOperation,
    ValidationFailure,
)

if TYPE_CHECKING:
    from radiograph.doors.xray_api.model import Operation


class Failure(msgspec.Struct, frozen=True):
    """An error on its way out.

    Attributes:
        error: What the client is told.
        headers: Further headers, names in lower case.
        unexpected: Nobody foresaw it: log it with its stack trace.
    """

    error: ApiError
    headers: tuple[tuple[str, str], ...] = ()
    unexpected: bool = False


def failure_of(  # noqa: PLR0911 -- one return per kind of error
    error: Exception, operation: Operation | None = None, *, strict: bool = False
) -> Failure:
    """Decide what a client is told about an error.

    Args:
        error: What was raised.
        operation: The operation that was being answered, if any.
        strict: Treat an error that the operation does not declare as a mistake of the handler.
    """
    match error:
        case InvalidRequest() if operation and error.code not in operation.errors:
            # PutResourcePolicy: its clients know no InvalidRequestException.
            return Failure(ValidationFailure(error.message))
        case ApiError():
            foreign = operation is not None and error.code not in operation.errors
            if strict and foreign and not isinstance(error, FrontDoorError):
                return _unexpected()
            return Failure(error)
        case Overloaded():
            return Failure(Throttled(str(error)), (_retry_after(error.retry_after),))
        case StoreUnavailable():
            return Failure(ServiceUnavailable(str(error)), (_retry_after(error.retry_after),))
        case HTTPException(status_code=404):
            return Failure(UnknownOperation("No operation of the X-Ray API and no page of Radiograph has this path."))
        case HTTPException(status_code=405):
            allowed = (error.headers or {}).get("Allow", "POST")
            sentence = f"This path takes {allowed} requests only."
            return Failure(MethodNotAllowed(sentence), (("allow", allowed),))
        case _:
            return _unexpected()


def encode_error(error: ApiError) -> bytes:
    """Write an error's body."""
    body = {"__type": error.code, error.message_member: error.message}
    if error.resource_name is not None:
        body["ResourceName"] = error.resource_name
    return msgspec.json.encode(body)


def _unexpected() -> Failure:
    return Failure(
        InternalFailure("Radiograph made a mistake; its log has the details under this request's id."),
        unexpected=True,
    )


def _retry_after(seconds: float) -> tuple[str, str]:
    return ("retry-after", str(max(1, math.ceil(seconds))))
