"""Which operators a word may be compared with, and which literals an operator takes."""

from typing import Literal

from radiograph.query.filters.keywords import Kind
from radiograph.query.filters.syntax import Operator

LiteralKind = Literal["boolean", "number", "string"]

_EQUAL: tuple[Operator, ...] = ("=", "!=")
_ORDER: tuple[Operator, ...] = ("<", "<=", ">", ">=")
_TEXT: tuple[Operator, ...] = ("CONTAINS", "BEGINSWITH", "ENDSWITH")

EXTENSIONS: frozenset[Operator] = frozenset(("MATCHES", "IN"))
"""Operators that AWS does not know."""

_OPERATORS: dict[Kind, tuple[Operator, ...]] = {
    "boolean": _EQUAL,
    "number": (*_EQUAL, *_ORDER, "IN"),
    "string": (*_EQUAL, *_TEXT, "MATCHES", "IN"),
    "any": (*_EQUAL, *_ORDER, *_TEXT, "MATCHES", "IN"),
    "term": _EQUAL,
}

LITERALS: dict[LiteralKind, str] = {
    "boolean": "true or false",
    "number": "a number",
    "string": "a string in double quotes",
}
"""How a message names each kind of literal."""


def operators(kind: Kind, *, extensions: bool) -> tuple[Operator, ...]:
    """Return the operators of a word, in the order in which they are offered."""
    return tuple(operator for operator in _OPERATORS[kind] if extensions or operator not in EXTENSIONS)


def literals(kind: Kind, operator: Operator) -> tuple[LiteralKind, ...]:
    """Return the kinds of literal that an operator takes (after `IN`, in its list)."""
    if kind in ("boolean", "number", "string"):
        return (kind,)
    if operator in _ORDER:
        return ("number",)
    if operator in _TEXT or operator == "MATCHES":
        return ("string",)
    return ("number", "string") if operator == "IN" else ("boolean", "number", "string")
