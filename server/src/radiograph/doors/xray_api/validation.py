"""Checks a request against the service model.

A member of the wrong JSON type is a SerializationException; a missing required member or a value outside the
model's limits is an InvalidRequestException (X-Ray developer guide, "Error codes"). Unknown members are
ignored and null counts as absent, as AWS does. The first mistake found is the one that is answered.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from radiograph.doors.xray_api.model import Boolean, ListOf, MapOf, Number, Shape, Structure, Text, Timestamp
from radiograph.errors import InvalidRequest, SerializationFailure

_INTEGER_BITS: Final = {"integer": 31, "long": 63}
# The years 1 and 9999, beyond which calendars refuse a time. A client that sends milliseconds lands there and
# learns so here. Our rule; the model sets no limit.
_FIRST_SECOND: Final = -62_135_596_800
_LAST_SECOND: Final = 253_402_300_799
_SHOWN_CHARACTERS: Final = 60


def validate(shape: Structure, value: Any) -> dict[str, Any]:
    """Check a decoded request body.

    Args:
        shape: What the operation takes.
        value: The body as decoded from JSON.

    Returns:
        The modelled members that are present; timestamps and doubles as float, integers as int.

    Raises:
        SerializationFailure: A value has the wrong JSON type.
        InvalidRequest: A required member is missing or a value is outside its limits.
    """
    return _structure(shape, value, "")


def _any(shape: Shape, value: Any, path: str) -> Any:  # noqa: PLR0911 -- one return per kind of shape
    match shape:
        case Text():
            return _text(shape, value, path)
        case Structure():
            return _structure(shape, value, path)
        case ListOf():
            return _list(shape, value, path)
        case Number():
            return _number(shape, value, path)
        case Timestamp():
            return _timestamp(value, path, milliseconds=shape.milliseconds)
        case Boolean():
            if not isinstance(value, bool):
                raise _wrong_type(path, "true or false", value)
            return value
        case MapOf():
            return _map(shape, value, path)


def _structure(shape: Structure, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object", value)
    checked: dict[str, Any] = {}
    for name, member in shape.members.items():
        if (given := value.get(name)) is not None:
            checked[name] = _any(member, given, f"{path}.{name}" if path else name)
    for name in shape.required:
        if name not in checked:
            raise InvalidRequest(f"{path}.{name} is required." if path else f"{name} is required.")
    if shape.union and len(checked) != 1:
        expected = ", ".join(shape.members)
        raise InvalidRequest(f"{path} must have exactly one of these members: {expected}.")
    return checked


def _list(shape: ListOf, value: Any, path: str) -> list[Any]:
    if not isinstance(value, list):
        raise _wrong_type(path, "a list", value)
    _check_count(shape.min, shape.max, len(value), path, "items")
    return [_any(shape.item, item, f"{path}[{index}]") for index, item in enumerate(value)]


def _map(shape: MapOf, value: Any, path: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong_type(path, "an object", value)
    present = {key: item for key, item in value.items() if item is not None}
    _check_count(None, shape.max, len(present), path, "entries")
    return {
        _text(shape.key, key, f"{path} (the key {_shown(key)})"): _any(shape.value, item, f"{path}.{_cut(key)}")
        for key, item in present.items()
    }


def _text(shape: Text, value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise _wrong_type(path, "a string", value)
    _check_count(shape.min, shape.max, len(value), path, "characters")
    if shape.enum and value not in shape.enum:
        raise InvalidRequest(f"{path} must be one of {', '.join(shape.enum)}; it is {_shown(value)}.")
    # The model's patterns describe the whole value and mean ASCII by \w.
    if shape.pattern is not None and not re.fullmatch(shape.pattern, value, re.ASCII):
        raise InvalidRequest(f"{path} must match the pattern {shape.pattern}; it is {_shown(value)}.")
    return value


def _number(shape: Number, value: Any, path: str) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _wrong_type(path, "a number", value)
    number: int | float
    if shape.kind == "double":
        try:
            number = float(value)
        except OverflowError:
            raise SerializationFailure(f"{path} must be a number that fits a double.") from None
    else:
        number = _integer(value, _INTEGER_BITS[shape.kind], path)
    low, high = shape.min, shape.max
    if (low is not None and number < low) or (high is not None and number > high):
        raise InvalidRequest(f"{path} must be {_range(low, high)}; it is {number}.")
    return number


def _integer(value: float, bits: int, path: str) -> int:
    if isinstance(value, float) and not value.is_integer():
        raise SerializationFailure(f"{path} must be a number without a fraction; it is {value}.")
    if not -(2**bits) <= value < 2**bits:
        raise SerializationFailure(f"{path} must fit an integer of {bits + 1} bits.")
    return int(value)


def _timestamp(value: Any, path: str, *, milliseconds: bool) -> float:
    """Read epoch seconds (any JSON number) or an ISO 8601 string; a string without a zone means UTC.

    Args:
        value: as decoded from JSON.
        path: of the member.
        milliseconds: take what is too late for seconds for milliseconds.
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise _wrong_type(path, "a time in epoch seconds", value)
    seconds = _iso_seconds(value, path) if isinstance(value, str) else value
    if milliseconds and seconds > _LAST_SECOND:
        seconds /= 1_000
    if not _FIRST_SECOND <= seconds <= _LAST_SECOND:
        raise InvalidRequest(f"{path} must be a time in epoch seconds within the years 1 to 9999.")
    return float(seconds)


def _iso_seconds(text: str, path: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SerializationFailure(
            f"{path} must be a time in epoch seconds or in ISO 8601; it is {_shown(text)}."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _check_count(low: int | None, high: int | None, count: int, path: str, unit: str) -> None:
    if (low is not None and count < low) or (high is not None and count > high):
        raise InvalidRequest(f"{path} must have {_range(low, high)} {unit}; it has {count}.")


def _range(low: float | None, high: float | None) -> str:
    if low is not None and high is not None:
        return f"exactly {low:g}" if low == high else f"{low:g} to {high:g}"
    return f"at least {low:g}" if high is None else f"at most {high:g}"


def _wrong_type(path: str, expected: str, value: Any) -> SerializationFailure:
    return SerializationFailure(f"{path or 'The request body'} must be {expected}; it is {_json_type(value)}.")


def _json_type(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case _:
            return "an object"


def _shown(text: str) -> str:
    return repr(_cut(text))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "..."
