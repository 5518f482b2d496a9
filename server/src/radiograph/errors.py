# ruff: noqa: N818 -- these are named after what happened, as the API's own exceptions are
"""Every error that Radiograph raises on purpose.

    RadiographError
    ├── ConfigurationError               Radiograph cannot start, or not like this
    ├── Overloaded                       come back later: a queue is full
    ├── StoreUnavailable                 come back later: the store cannot take or give data
    └── ApiError                         an answer of the X-Ray API that is not a success
        ├── InvalidRequest               400 InvalidRequestException
        │   └── InvalidFilter            the same, with the position in a filter expression (query.filters)
        ├── Throttled                    429 ThrottledException
        ├── ResourceNotFound             404 ResourceNotFoundException
        ├── TooManyTags                  400 TooManyTagsException
        ├── RuleLimitExceeded            400 RuleLimitExceededException
        ├── MalformedPolicyDocument      400 MalformedPolicyDocumentException
        ├── LockoutPrevention            400 LockoutPreventionException
        ├── InvalidPolicyRevisionId      400 InvalidPolicyRevisionIdException
        ├── PolicySizeLimitExceeded      400 PolicySizeLimitExceededException
        ├── PolicyCountLimitExceeded     400 PolicyCountLimitExceededException
        └── FrontDoorError               raised before an operation sees the request
            ├── SerializationFailure     400 SerializationException
            ├── ValidationFailure        400 ValidationException
            ├── AccessDenied             403 AccessDeniedException
            ├── UnknownOperation         404 UnknownOperationException
            ├── MethodNotAllowed         405 MethodNotAllowedException
            ├── BodyTooLarge             413 RequestEntityTooLargeException
            ├── InternalFailure          500 InternalFailure
            └── ServiceUnavailable       503 ServiceUnavailable

Anything else that escapes is a mistake in Radiograph: a door answers it with InternalFailure and logs it.
"""

from __future__ import annotations

from typing import ClassVar


def first_line(problem: BaseException) -> str:
    """Return the first line of a foreign error's message, or its kind when it says nothing: fit for a status page."""
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


class RadiographError(Exception):
    """The root of the hierarchy; `str()` of it is a sentence for a person."""


class ConfigurationError(RadiographError):
    """A setting makes the start impossible.

    The message is one sentence that says what is wrong, where, and the way out. The command prints it
    without a stack trace.
    """


class Overloaded(RadiographError):
    """More work arrives than can be kept in bounded memory.

    Args:
        message: What is full.
        retry_after: Seconds after which the sender may try again.
    """

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class StoreUnavailable(RadiographError):
    """The store cannot do its work now: disk full, folder read-only, catalog unreachable.

    Args:
        message: What the store cannot do and why.
        retry_after: Seconds after which the sender may try again.
    """

    def __init__(self, message: str, *, retry_after: float = 5.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class ApiError(RadiographError):
    """An error as a client of the X-Ray API receives it.

    Args:
        message: The sentence in the body.
        resource_name: The ARN, token or name the error is about, for the errors that carry it.

    Attributes:
        code: The error code in the body and in the header `x-amzn-ErrorType`.
        status: The HTTP status.
        message_member: How the body spells the member that holds the sentence. The service model's
            exceptions say `Message`, whatever answers in front of the service says `message`.
    """

    code: ClassVar[str]
    status: ClassVar[int] = 400
    message_member: ClassVar[str] = "Message"

    def __init__(self, message: str, *, resource_name: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.resource_name = resource_name


class InvalidRequest(ApiError):
    """A parameter is missing, malformed, out of its limits or names something that does not exist."""

    code = "InvalidRequestException"


class Throttled(ApiError):
    """The request rate is too high; clients retry with a pause."""

    code = "ThrottledException"
    status = 429


class ResourceNotFound(ApiError):
    """The ARN, retrieval token or indexing rule of the request is unknown."""

    code = "ResourceNotFoundException"
    status = 404


class TooManyTags(ApiError):
    """The resource would carry more than 50 tags."""

    code = "TooManyTagsException"


class RuleLimitExceeded(ApiError):
    """There are as many sampling rules as are allowed."""

    code = "RuleLimitExceededException"


class MalformedPolicyDocument(ApiError):
    """A resource policy is not JSON or breaks the policy grammar."""

    code = "MalformedPolicyDocumentException"


class LockoutPrevention(ApiError):
    """The resource policy would deny its author the right to replace it."""

    code = "LockoutPreventionException"


class InvalidPolicyRevisionId(ApiError):
    """The resource policy is not at the revision that the request names."""

    code = "InvalidPolicyRevisionIdException"


class PolicySizeLimitExceeded(ApiError):
    """The resource policy is longer than 5 KB."""

    code = "PolicySizeLimitExceededException"


class PolicyCountLimitExceeded(ApiError):
    """There are as many resource policies as are allowed."""

    code = "PolicyCountLimitExceededException"


class FrontDoorError(ApiError):
    """An error that any AWS service may answer and that no service model declares."""

    message_member = "message"


class SerializationFailure(FrontDoorError):
    """The body is not JSON, or a member has the wrong JSON type."""

    code = "SerializationException"


class ValidationFailure(FrontDoorError):
    """A parameter is wrong and the operation does not declare InvalidRequestException."""

    code = "ValidationException"


class AccessDenied(FrontDoorError):
    """The caller may not do this."""

    code = "AccessDeniedException"
    status = 403


class UnknownOperation(FrontDoorError):
    """No operation has this path."""

    code = "UnknownOperationException"
    status = 404


class MethodNotAllowed(FrontDoorError):
    """The path exists, the HTTP method is another one."""

    code = "MethodNotAllowedException"
    status = 405


class BodyTooLarge(FrontDoorError):
    """The request body is longer than the door accepts."""

    code = "RequestEntityTooLargeException"
    status = 413


class InternalFailure(FrontDoorError):
    """Radiograph made a mistake; the log has the details under the request id."""

    code = "InternalFailure"
    status = 500


class ServiceUnavailable(FrontDoorError):
    """Radiograph is sound but cannot do this now; clients retry."""

    code = "ServiceUnavailable"
    status = 503
