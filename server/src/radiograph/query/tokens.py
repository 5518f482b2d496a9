"""NextToken: where a listing goes on, bound to the question it belongs to."""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any

import msgspec

from radiograph.errors import InvalidRequest

# Grafana asks for a smaller share of the traces once it has very many, and goes on with the token that it has.
_MAY_CHANGE = frozenset(("NextToken", "SamplingStrategy"))


class _Token(msgspec.Struct, frozen=True, array_like=True):
    question: str
    position: list[Any]


def _fingerprint(question: dict[str, Any]) -> str:
    asked = {name: value for name, value in question.items() if name not in _MAY_CHANGE}
    encoded = msgspec.json.encode(asked, order="deterministic")
    return hashlib.blake2b(encoded, digest_size=12).hexdigest()


def make_token(question: dict[str, Any], position: list[Any]) -> str:
    """Return a token for going on at a position; opaque to clients.

    Args:
        question: the request's members.
        position: numbers and texts that say where to go on.
    """
    return base64.urlsafe_b64encode(msgspec.msgpack.encode(_Token(_fingerprint(question), position))).decode()


def read_token(question: dict[str, Any], *, name: str = "NextToken") -> list[Any] | None:
    """Return the position in a request's NextToken, None without one.

    Args:
        question: the request's members.
        name: what the client knows the token by.

    Raises:
        InvalidRequest: the token is damaged, or was given for a request with other parameters.
    """
    text = question.get("NextToken")
    if not text:
        return None
    try:
        token = msgspec.msgpack.decode(base64.urlsafe_b64decode(str(text)), type=_Token)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise InvalidRequest(f"{name} is not one that this service gave; leave it out to begin again") from None
    if token.question != _fingerprint(question):
        raise InvalidRequest(
            f"{name} belongs to a request with other parameters; repeat those, or leave it out to begin again"
        )
    return token.position
