"""Conditions of policies: what must be true of a request."""

from __future__ import annotations

import datetime as dt
import functools
import ipaddress
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

Values = Mapping[str, Sequence[str]]
"""What is known of a request: texts by key, in lower case."""

Quantifier = Literal["", "any", "all"]

_PREFIXES: Final[dict[str, Quantifier]] = {"foranyvalue:": "any", "forallvalues:": "all"}
_VARIABLE: Final = re.compile(r"\$\{([^}]*)\}")
_LITERAL: Final = {"*": "*", "?": "?", "$": "$"}
_MOST: Final = 200


class InvalidCondition(ValueError):  # noqa: N818 -- what it is
    """A condition that cannot be; the message says why."""


class Condition(msgspec.Struct, frozen=True, kw_only=True):
    """One operator with one key: any of the values does.

    Args:
        operator: as it was written.
        key: in lower case.
        values: it is compared with.
        kind: of `OPERATORS`.
        quantifier: of a key with several values: whether all of them, or any, must match.
        if_exists: whether it holds where the key is not known.
    """

    operator: str
    key: str
    values: tuple[str, ...]
    kind: str
    quantifier: Quantifier = ""
    if_exists: bool = False


def read_conditions(given: Any) -> tuple[Condition, ...]:
    """Read the `Condition` of a statement.

    Raises:
        InvalidCondition: it is none.
    """
    if not isinstance(given, dict):
        raise InvalidCondition("it must be an object")
    found = []
    for operator, keys in given.items():
        kind, quantifier, if_exists = _operator(operator)
        if not isinstance(keys, dict) or not keys:
            raise InvalidCondition(f"{operator} must be an object with a key")
        for key, value in keys.items():
            values = tuple(_text(each, operator) for each in (value if isinstance(value, list) else [value]))
            if not values or len(values) > _MOST:
                raise InvalidCondition(f"{operator} of {key} must have 1 to {_MOST} values")
            for each in values:
                _check(kind, each, operator)
            found.append(
                Condition(
                    operator=operator,
                    key=key.lower(),
                    values=values,
                    kind=kind,
                    quantifier=quantifier,
                    if_exists=if_exists,
                )
            )
    return tuple(found)


def _operator(written: str) -> tuple[str, Quantifier, bool]:
    rest = written.lower()
    quantifier: Quantifier = ""
    for prefix, meant in _PREFIXES.items():
        if rest.startswith(prefix):
            rest, quantifier = rest.removeprefix(prefix), meant
    if_exists = rest.endswith("ifexists")
    kind = rest.removesuffix("ifexists")
    if kind not in OPERATORS or (kind == "null" and (if_exists or quantifier)):
        raise InvalidCondition(f"{written!r} is no operator")
    return kind, quantifier, if_exists


def _text(value: Any, operator: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        return f"{value}"
    raise InvalidCondition(f"a value of {operator} must be a text, a number or a boolean")


def _check(kind: str, value: str, operator: str) -> None:
    if "${" in value:
        return  # known when it is asked
    reads: dict[str, Callable[[str], object]] = {"numeric": _number, "date": _moment, "ipaddress": _network}
    for family, read in reads.items():
        if kind.removeprefix("not").startswith(family) and read(value) is None:
            raise InvalidCondition(f"{value!r} is no value for {operator}")
    if kind in ("bool", "null") and value.lower() not in ("true", "false"):
        raise InvalidCondition(f"{value!r} is no value for {operator}; write true or false")


def holds(condition: Condition, known: Values, *, variables: bool) -> bool:
    """Return whether a condition is true of a request.

    Args:
        condition: of a statement.
        known: of the request.
        variables: whether `${...}` in its values stands for what is known.
    """
    actual = known.get(condition.key)
    if condition.kind == "null":
        absent = not actual
        return any((value.lower() == "true") == absent for value in condition.values)
    if not actual:
        # Nothing is unequal to everything, as AWS has it; and all of no values match.
        return (
            condition.if_exists
            or condition.quantifier == "all"
            or (condition.quantifier == "" and condition.kind in _NEGATED)
        )
    compare, negated = OPERATORS[condition.kind], condition.kind in _NEGATED
    wanted = [each for each in (_meant(value, known, variables=variables) for value in condition.values) if each]

    def matches(value: str) -> bool:
        found = any(compare(value, each) for each in wanted)
        return not found if negated else found

    if condition.quantifier == "all":
        return all(map(matches, actual))
    if condition.quantifier == "any":
        return any(map(matches, actual))
    # A key that has several values and is not asked for with a quantifier: whoever wrote that meant one value.
    return len(actual) == 1 and matches(actual[0])


Pattern = tuple[str, str]
"""A value, and the same as a pattern in which what came of variables is literal."""


def _meant(value: str, known: Values, *, variables: bool) -> Pattern | None:
    """Return a value with its variables replaced; None where one of them is not known."""
    if not variables or "${" not in value:
        return value, value
    plain, pattern, at = [], [], 0
    for match in _VARIABLE.finditer(value):
        between = value[at : match.start()]
        name, _, default = match[1].partition(",")
        found = _LITERAL.get(name.strip())
        if found is None:
            texts = known.get(name.strip().lower())
            if texts and len(texts) == 1:
                found = texts[0]
            elif default.strip():
                found = default.strip().strip("'")
            else:
                return None
        plain += [between, found]
        pattern += [between, _escaped(found)]
        at = match.end()
    return "".join(plain) + value[at:], "".join(pattern) + value[at:]


_ESCAPES: Final = str.maketrans({"*": "\ue000", "?": "\ue001"})
_BACK: Final = str.maketrans({"\ue000": "*", "\ue001": "?"})


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def replaced(pattern: str, known: Values, *, variables: bool) -> str | None:
    """Return a pattern with its variables replaced, for `like`; None where one of them is not known."""
    found = _meant(pattern, known, variables=variables)
    return None if found is None else found[1]


def like(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern: `*` is any run of characters, `?` one; in time that grows with both."""
    return _compiled(pattern)(text) is not None


@functools.lru_cache(2_000)
def _compiled(pattern: str) -> Callable[[str], re.Match[str] | None]:
    # What stands before each further star is taken where it comes first, for good: no pattern takes long.
    first, *others = (
        "".join("." if character == "?" else re.escape(character.translate(_BACK)) for character in piece)
        for piece in pattern.split("*")
    )
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    last = "".join(f".*{piece}" for piece in others[-1:])
    return re.compile(first + middle + last, re.DOTALL).fullmatch


def arn_like(pattern: str, text: str) -> bool:
    """Return whether an ARN matches a pattern part by part; the last part may have colons."""
    parts, given = pattern.split(":", 5), text.split(":", 5)
    return len(parts) == len(given) and all(map(like, parts, given))


def _number(text: str) -> float | None:
    try:
        found = float(text)
    except ValueError:
        return None
    return found if found == found and abs(found) != float("inf") else None  # noqa: PLR0124 -- NaN is not itself


def _moment(text: str) -> float | None:
    number = _number(text)
    if number is not None:
        return number
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(text, strict=False)
    except ValueError:
        return None


def _within(address: str, wanted: Pattern) -> bool:
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    network = _network(wanted[0])
    return network is not None and found.version == network.version and found in network


def _ordered(
    read: Callable[[str], float | None], test: Callable[[float, float], bool]
) -> Callable[[str, Pattern], bool]:
    def compare(actual: str, wanted: Pattern) -> bool:
        left, right = read(actual), read(wanted[0])
        return left is not None and right is not None and test(left, right)

    return compare


def _equal(actual: str, wanted: Pattern) -> bool:
    return actual == wanted[0]


def _equal_ignoring_case(actual: str, wanted: Pattern) -> bool:
    return actual.casefold() == wanted[0].casefold()


def _like(actual: str, wanted: Pattern) -> bool:
    return like(wanted[1], actual)


def _arn_like(actual: str, wanted: Pattern) -> bool:
    return arn_like(wanted[1], actual)


def _same_truth(actual: str, wanted: Pattern) -> bool:
    return actual.lower() == wanted[0].lower()


_TESTS: Final[dict[str, Callable[[float, float], bool]]] = {
    "equals": lambda left, right: left == right,
    "notequals": lambda left, right: left == right,
    "lessthan": lambda left, right: left < right,
    "lessthanequals": lambda left, right: left <= right,
    "greaterthan": lambda left, right: left > right,
    "greaterthanequals": lambda left, right: left >= right,
}
OPERATORS: Final[dict[str, Callable[[str, Pattern], bool]]] = {
    "stringequals": _equal,
    "stringnotequals": _equal,
    "stringequalsignorecase": _equal_ignoring_case,
    "stringnotequalsignorecase": _equal_ignoring_case,
    "stringlike": _like,
    "stringnotlike": _like,
    # AWS takes both for patterns.
    "arnequals": _arn_like,
    "arnnotequals": _arn_like,
    "arnlike": _arn_like,
    "arnnotlike": _arn_like,
    "bool": _same_truth,
    "ipaddress": _within,
    "notipaddress": _within,
    "null": _same_truth,
    **{f"numeric{name}": _ordered(_number, test) for name, test in _TESTS.items()},
    **{f"date{name}": _ordered(_moment, test) for name, test in _TESTS.items()},
}
"""The operators by their names in lower case; those with a `not` are compared as those without."""

_NEGATED: Final = frozenset(name for name in OPERATORS if "not" in name)
