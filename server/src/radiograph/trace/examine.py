"""The slow, exact look at a document: the first thing wrong with it, or how it can be repaired.

`parse` sends every document here that its fast look did not find perfect.
"""

import math
from typing import Any, NamedTuple, Never

import msgspec

from radiograph.trace import names, rawjson
from radiograph.trace.documents import Entity
from radiograph.trace.ids import InvalidEntityId, InvalidTraceId, parse_entity_id, parse_trace_id
from radiograph.trace.limits import Limits
from radiograph.trace.refusal import Refusal
from radiograph.trace.tolerant import typed_entity

_DAY = 86_400
_SHOWN_CHARACTERS = 60

# The year 5138: whoever counts further counts in smaller units.
_NO_SECONDS = 1e11
_UNITS = ((1e17, "nanoseconds"), (1e14, "microseconds"), (_NO_SECONDS, "milliseconds"))


class Examined(NamedTuple):
    """A document that is accepted, and what had to be done for that."""

    entity: Entity
    text: str
    repairs: tuple[str, ...]


class _RefusedError(Exception):
    """Carries a refusal out of nested checks."""

    def __init__(self, code: str, cause: str, *, embedded: bool = False) -> None:
        super().__init__(code, cause)
        self.code = code
        self.cause = cause
        self.embedded = embedded


def examine(text: str, limits: Limits, now: float | None) -> Examined | Refusal:
    """Check a document member by member and repair what can be repaired.

    Args:
        text: the document.
        limits: what is accepted.
        now: seconds since the epoch; None for a document that was accepted before, whose age matters no more.

    Returns:
        the typed tree, with canonical ids and repaired names, or the refusal of the first fault.
    """
    raw: Any = None
    repairs: list[str] = []
    mended = rawjson.mend_surrogates(text)
    if mended != text:
        repairs.append("lone surrogates replaced by U+FFFD")
    try:
        size = len(mended.encode())
        if size > limits.document_bytes:
            raw = _identity(mended)
            _refuse_size(size, limits)
        raw = _decoded(mended)
        entity = typed_entity(_checked_tree(raw, limits, now, repairs), repairs)
    except _RefusedError as fault:
        return _refusal(fault, raw)
    except RecursionError:
        return _refusal(_RefusedError("InvalidSegment", "it is nested too deeply"), raw)
    return Examined(entity, mended, tuple(repairs))


def accepted_times(limits: Limits, now: float | None) -> tuple[float, float]:
    """Return the earliest start and the latest start or end that are accepted, seconds since the epoch."""
    if now is None:
        return 0.0, _NO_SECONDS
    return max(0.0, now - limits.max_age_days * _DAY), min(_NO_SECONDS, now + limits.max_future_seconds)


def _refuse_size(size: int, limits: Limits) -> Never:
    cause = f"the document has {size} bytes; at most {limits.document_bytes} are accepted"
    raise _RefusedError("SegmentTooLarge", cause)


def _refusal(fault: _RefusedError, raw: Any) -> Refusal:
    document = raw if isinstance(raw, dict) else {}
    document_id = document.get("id")
    kind = "subsegment" if fault.embedded or document.get("type") == "subsegment" else "segment"
    return Refusal(
        code=fault.code,
        message=f"Invalid {kind}. ErrorCode: {fault.code}, Cause: {fault.cause}",
        id=document_id[:_SHOWN_CHARACTERS] if isinstance(document_id, str) and document_id else None,
    )


class _Identity(msgspec.Struct, gc=False):
    id: Any = None
    type: Any = None


_DECODE_IDENTITY = msgspec.json.Decoder(_Identity).decode


def _identity(text: str) -> dict[str, Any]:
    """Return `id` and `type` of a document too large to be looked at whole."""
    try:
        identity = _DECODE_IDENTITY(text)
    except rawjson.DecodeErrors:
        return {}
    return {"id": identity.id, "type": identity.type}


def _decoded(text: str) -> dict[str, Any]:
    try:
        raw = rawjson.decode(text, beyond=math.inf)
        too_deep = rawjson.is_too_deep(text)
    except RecursionError:
        raw, too_deep = None, True
    except rawjson.DecodeErrors as error:
        raise _RefusedError("ParseError", f"the document is not JSON: {error}") from None
    if too_deep:
        raise _RefusedError("InvalidSegment", f"its JSON is nested deeper than {rawjson.JSON_LEVELS} levels")
    if isinstance(raw, list):
        # X-Ray's answer to `[]`; arrays of subsegments are documented, but no client sends them.
        raise _RefusedError("MissingId", "the document is an array; expected one object with an id")
    if not isinstance(raw, dict):
        raise _RefusedError("ParseError", f"the document is {_shown(raw)}; expected an object")
    return raw


def _checked_tree(document: dict[str, Any], limits: Limits, now: float | None, repairs: list[str]) -> dict[str, Any]:
    """Return a copy with canonical ids and good names, or raise the refusal of the first fault."""
    root = dict(document)
    root["id"] = _id(root, "")
    root["trace_id"] = _trace_id(root)
    _check_name_and_times(root, "", limits, now, repairs)
    _settle_parent(root, repairs)

    entities = [(root, "", 0)]
    for entity, path, depth in entities:  # grows while it is walked
        embedded = entity.get("subsegments")
        if not isinstance(embedded, list):
            continue
        checked = []
        for position, member in enumerate(embedded):
            here = f"{path}subsegments[{position}]"
            if depth == limits.nesting:
                cause = f"{here} is nested deeper than {limits.nesting} subsegments"
                raise _RefusedError("InvalidSegment", cause, embedded=True)
            child = _checked_subsegment(member, here, limits, now, repairs)
            checked.append(child)
            entities.append((child, f"{here}.", depth + 1))
        entity["subsegments"] = checked
    return root


def _checked_subsegment(
    member: Any, path: str, limits: Limits, now: float | None, repairs: list[str]
) -> dict[str, Any]:
    if not isinstance(member, dict):
        raise _RefusedError("MissingId", f"{path} is {_shown(member)}; expected an object", embedded=True)
    child = dict(member)
    try:
        child["id"] = _id(child, f"{path}.")
        _check_name_and_times(child, f"{path}.", limits, now, repairs)
    except _RefusedError as fault:
        raise _RefusedError(fault.code, fault.cause, embedded=True) from None
    return child


def _id(entity: dict[str, Any], path: str) -> str:
    value = entity.get("id")
    if value is None:
        raise _RefusedError("MissingId", f"{path}id is missing; expected 16 hex digits")
    return _hex_id(value, f"{path}id", "InvalidId")


def _hex_id(value: Any, field: str, code: str) -> str:
    if not isinstance(value, str):
        raise _RefusedError(code, f"{field} is {_shown(value)}; expected a string of 16 hex digits")
    try:
        return parse_entity_id(value)
    except InvalidEntityId as error:
        raise _RefusedError(code, f"{field}: {error}") from None


def _trace_id(root: dict[str, Any]) -> str:
    value = root.get("trace_id")
    expected = "1-<8 hex digits>-<24 hex digits>"
    if value is None:
        raise _RefusedError("MissingTraceId", f"trace_id is missing; expected {expected}")
    if not isinstance(value, str):
        raise _RefusedError("InvalidTraceId", f"trace_id is {_shown(value)}; expected {expected}")
    try:
        return parse_trace_id(value)
    except InvalidTraceId as error:
        raise _RefusedError("InvalidTraceId", f"trace_id: {error}") from None


def _check_name_and_times(
    entity: dict[str, Any], path: str, limits: Limits, now: float | None, repairs: list[str]
) -> None:
    entity["name"] = _name(entity.get("name"), f"{path}name", limits, repairs)
    start = entity.get("start_time")
    if start is None:
        raise _RefusedError("MissingStartTime", f"{path}start_time is missing; expected seconds since the epoch")
    _check_time(start, f"{path}start_time", "InvalidStartTime", limits, now)
    end = entity.get("end_time")
    if end is not None:
        _check_time(end, f"{path}end_time", "InvalidEndTime", limits, now)


def _name(value: Any, field: str, limits: Limits, repairs: list[str]) -> str:
    if value is None or value == "":
        raise _RefusedError(
            "MissingName", f"{field} is missing or empty; expected 1 to {limits.name_length} characters"
        )
    if not isinstance(value, str):
        raise _RefusedError("InvalidName", f"{field} is {_shown(value)}; expected a string")
    bad = names.first_bad_character(value)
    if bad is None and len(value) <= limits.name_length:
        return value
    if bad is not None:
        fault = f"{field} is {_shown(value)} with the character {bad!r}, which names may not have"
    else:
        fault = f"{field} has {len(value)} characters; at most {limits.name_length} are allowed"
    if limits.strict_names:
        raise _RefusedError("InvalidName", fault)
    repairs.append(f"{fault}: repaired")
    return names.repair(value, limits.name_length)


def _check_time(value: Any, field: str, code: str, limits: Limits, now: float | None) -> None:
    # bool is an int for Python, but not a number for JSON.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise _RefusedError(code, f"{field} is {_shown(value)}; expected a number, seconds since the epoch")
    earliest, latest = accepted_times(limits, now)
    if value > latest:
        unit = next((unit for beyond, unit in _UNITS if value > beyond), None)
        if unit is not None or now is None:
            cause = f"{field} is {_shown(value)}, {unit} by its size; expected seconds since the epoch"
            raise _RefusedError(code, cause)
        ahead = f"{value - now:.0f} seconds in the future; at most {limits.max_future_seconds:g} are accepted"
        raise _RefusedError(code, f"{field} is {value}, {ahead} (compare the sender's clock)")
    # An end before its start is no reason to refuse: the duration is 0 then.
    if code == "InvalidStartTime" and value < earliest:
        if value < 0 or now is None:
            raise _RefusedError(code, f"{field} is {_shown(value)}; expected seconds since the epoch")
        age = f"{(now - value) / _DAY:.1f} days ago; at most {limits.max_age_days:g} are accepted"
        raise _RefusedError(code, f"{field} is {value}, {age}")


def _settle_parent(root: dict[str, Any], repairs: list[str]) -> None:
    value = root.get("parent_id")
    if root.get("type") == "subsegment":
        if value is None:
            cause = "parent_id is missing; a subsegment sent on its own needs the id of the entity it belongs to"
            raise _RefusedError("MissingParentId", cause)
        root["parent_id"] = _hex_id(value, "parent_id", "InvalidParentId")
    elif value is not None:
        try:
            root["parent_id"] = _hex_id(value, "parent_id", "InvalidParentId")
        except _RefusedError as fault:
            # X-Ray's clients pass on whatever came in a header: the segment is worth more than its parent.
            repairs.append(f"{fault.cause}: treated as absent")
            root["parent_id"] = None


def _shown(value: Any) -> str:
    """Return a value as a refusal shows it: short, and in JSON's words."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return "an array"
    if isinstance(value, str) and len(value) > _SHOWN_CHARACTERS:
        value = value[:_SHOWN_CHARACTERS] + "..."
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)[:_SHOWN_CHARACTERS]
    return msgspec.json.encode(value).decode()
