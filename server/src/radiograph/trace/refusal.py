"""The answer to a document that is not accepted."""

import msgspec


class Refusal(msgspec.Struct, frozen=True, gc=False):
    """Why a document was refused, as X-Ray's `UnprocessedTraceSegments` reports it.

    Args:
        code: such as "InvalidTraceId"; X-Ray's own where it is known.
        message: "Invalid segment. ErrorCode: <code>, Cause: <what was wrong, and what is expected>".
        id: the document's `id` as it was sent, None when it could not be read.
    """

    code: str
    message: str
    id: str | None
