"""Reads a request's body and decodes it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import msgspec
from starlette.requests import ClientDisconnect

from radiograph.errors import BodyTooLarge, SerializationFailure

if TYPE_CHECKING:
    from starlette.types import Receive, Scope


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Read the whole body, never holding more than `limit` bytes of it.

    Raises:
        BodyTooLarge: The body is longer. The HTTP server discards what is still to come.
        ClientDisconnect: The client left before it had sent everything.
    """
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit() and int(value) > limit:
            raise _too_large(limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        more = message.get("more_body", False)
        if not more and not chunks:
            chunks.append(chunk)
            size = len(chunk)
        elif chunk:
            chunks.append(chunk)
            size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        if not more:
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def parse_json(body: bytes) -> Any:
    """Decode a body; an empty one means `{}`.

    Raises:
        SerializationFailure: It is not JSON.
    """
    if not body:
        return {}
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError as error:
        raise SerializationFailure(f"The request body is not valid JSON: {error}.") from None
    except UnicodeDecodeError:
        raise SerializationFailure("The request body is not valid JSON: it is not UTF-8.") from None
    except RecursionError:
        raise SerializationFailure("The request body is not valid JSON: it is nested too deeply.") from None


def parse_json_with_lone_surrogates(body: bytes) -> Any:
    r"""Decode a body in which strings may hold half a surrogate pair (`"\ud83d"`); such halves become U+FFFD.

    An application that cuts a text in the middle of an emoji sends this, and the strict decoder refuses the
    whole body for it. Slow; for bodies that `parse_json` refused.

    Raises:
        SerializationFailure: It is not JSON for other reasons.
    """
    try:
        text = json.dumps(json.loads(body, parse_constant=_refuse_constant), ensure_ascii=False)
    except (ValueError, RecursionError):
        return parse_json(body)  # which says what is wrong
    # UTF-16 is where the halves of a pair are at home.
    return parse_json(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode())


def _refuse_constant(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _too_large(limit: int) -> BodyTooLarge:
    return BodyTooLarge(f"The request body is longer than the {limit} bytes that are accepted; send less at once.")
