"""Reading a document's JSON untyped, and what must hold before anyone may: depth, numbers, surrogates."""

import json
import re
from typing import Any, Never

import msgspec

JSON_LEVELS = 600
"""Deepest JSON accepted. Python's decoders and encoders give up near 1,000, less the caller's own stack: an
accepted document must stay readable from anywhere."""

_DECODE = msgspec.json.Decoder().decode

# Everything that is no bracket: strings (where brackets mean nothing) and the rest.
_NO_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[^\[\]{}"]+', re.DOTALL)
_ONE_KIND = str.maketrans("{}", "[]")

_SURROGATE_HINT = re.compile(r"\\u[dD][89a-fA-F]")
_ESCAPE = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # a pair
    r"|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})"  # one alone
    r"|\\.",
    re.DOTALL,
)

DecodeErrors = (msgspec.MsgspecError, ValueError, RecursionError)


def _refuse_constant(token: str) -> Never:
    raise ValueError(f"JSON is malformed: {token} is no JSON value")


def decode(text: str, *, beyond: float | None = None) -> Any:
    """Decode JSON; a number that no double can hold, such as 1e999, becomes `beyond`.

    Raises:
        msgspec.DecodeError, ValueError, RecursionError: (`DecodeErrors`) when it is not JSON, or too deep.
    """
    try:
        return _DECODE(text)
    except msgspec.ValidationError:  # out of range; malformed JSON is a DecodeError proper
        pass

    def number(digits: str) -> float | int | None:
        value = float(digits)
        if value in (float("inf"), float("-inf")):
            return beyond
        return int(digits) if digits.lstrip("-").isdigit() else value

    return json.loads(text, parse_float=number, parse_int=number, parse_constant=_refuse_constant)


def is_too_deep(text: str) -> bool:
    """Return whether well-formed JSON is nested deeper than `JSON_LEVELS`."""
    # A level takes 2 characters at least, which settles most documents without looking at their structure.
    if len(text) <= 2 * JSON_LEVELS or text.count("[") + text.count("{") <= JSON_LEVELS:
        return False
    brackets = _NO_BRACKET.sub("", text).translate(_ONE_KIND)
    for _ in range(JSON_LEVELS):
        if not brackets:
            return False
        brackets = brackets.replace("[]", "")  # takes away the innermost level everywhere
    return bool(brackets)


def mend_surrogates(text: str) -> str:
    """Replace lone surrogates, raw or escaped, by U+FFFD; return the same text when there are none.

    JavaScript's JSON.stringify writes them when a string was cut in the middle of an emoji. Nothing can store
    them: they have no UTF-8.
    """
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if _SURROGATE_HINT.search(text) is None:
        return text
    return _ESCAPE.sub(lambda match: "\\ufffd" if match[1] else match[0], text)
