"""Records become documents: JSON of at most a size, in several pieces when one would be too large."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from radiograph_sdk.record import Record

LARGEST = 64_000
"""Bytes of a document that every daemon takes: less than a datagram holds, and less than X-Ray's 65,536."""

_DEEPEST = 16
_LARGEST_INTEGER = 2**63
_LONGEST_TEXT = 4_096
_CUT = "[cut: the document was too large]"


def _otherwise(value: Any) -> Any:
    """Return something that JSON has for a value that it does not have."""
    if isinstance(value, Mapping):
        return {str(key): each for key, each in value.items()}
    if isinstance(value, Iterable):
        return list(value)
    return _told(value)


def _told(value: object) -> str:
    try:
        return str(value)
    except Exception as problem:  # noqa: BLE001 -- an application's own method; it must not be hurt
        return f"<{type(value).__name__}, whose __str__ raised {type(problem).__name__}>"


_encoder = msgspec.json.Encoder(enc_hook=_otherwise, decimal_format="number", uuid_format="canonical")


def encoded(record: Record) -> bytes:
    """Return a record as JSON, whatever an application put into it."""
    try:
        return _encoder.encode(record)
    except Exception:  # noqa: BLE001 -- keys that are no texts, texts that are no Unicode, circles, an object that raises
        return _encoder.encode(_plain(record, set(), _DEEPEST))


def _plain(value: Any, above: set[int], depth: int) -> Any:
    """Return a copy that can be encoded for sure: what cannot is told in words."""
    if value is None or isinstance(value, bool | float):
        return value
    if isinstance(value, int):
        return value if abs(value) < _LARGEST_INTEGER else str(value)
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if depth == 0 or id(value) in above:
        return "[cut: too deep]" if depth == 0 else "[cut: it contains itself]"
    above.add(id(value))
    try:
        return _plain_inside(value, above, depth - 1)
    except RecursionError:
        return "[cut: too deep]"
    finally:
        above.discard(id(value))


def _plain_inside(value: Any, above: set[int], depth: int) -> Any:
    if isinstance(value, Record):
        fields = {name: getattr(value, name) for name in value.__struct_fields__}
        # A tree of calls may be deep; each of its levels counts anew.
        below = [_plain(each, above, _DEEPEST) for each in fields.pop("subsegments")]
        told = {name: _plain(each, above, depth) for name, each in fields.items() if each is not None}
        return told | ({"subsegments": below} if below else {})
    if isinstance(value, Mapping):
        return {_plain(_told(key), above, depth): _plain(each, above, depth) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each, above, depth) for each in value]
    return _plain(_told(value), above, depth)


def documents(record: Record, *, trace_id: str, largest: int = LARGEST) -> list[bytes]:
    """Return what tells a record and all below it; each document at most so large.

    What is below is sent on its own where it does not fit, the largest first; then metadata and stacks are cut, and say
    so.

    Args:
        record: a segment, or a subsegment that is sent on its own; it may be changed.
        trace_id: of its trace.
        largest: bytes of a document.
    """
    whole = encoded(record)
    if len(whole) <= largest:
        return [whole]
    found: list[bytes] = []
    children = record.subsegments
    if children:
        sizes = [len(encoded(child)) for child in children]
        staying, room = [], largest - (len(whole) - sum(sizes))
        # The smallest stay: the fewest documents.
        for size, at in sorted((size, at) for at, size in enumerate(sizes)):
            room -= size + 1
            if room < 0:
                break
            staying.append(at)
        stays = set(staying)
        going = [child for at, child in enumerate(children) if at not in stays]
        record.subsegments = [children[at] for at in sorted(stays)]
        for child in going:
            detach(child, trace_id=trace_id, parent_id=record.id)
            found += documents(child, trace_id=trace_id, largest=largest)
        whole = encoded(record)
    if len(whole) > largest:
        whole = _cut(record, largest)
    return [whole, *found]


def detach(record: Record, *, trace_id: str, parent_id: str) -> None:
    """Make a subsegment one that is sent on its own."""
    record.type = "subsegment"
    record.trace_id = trace_id
    record.parent_id = parent_id


def _cut(record: Record, largest: int) -> bytes:
    """Cut what is least of use until a record fits."""
    for cut in (_cut_metadata, _cut_stacks, _cut_texts):
        cut(record)
        whole = encoded(record)
        if len(whole) <= largest:
            break
    return whole


def _cut_metadata(record: Record) -> None:
    """Leave the small values."""
    if record.metadata is not None:
        record.metadata = {
            namespace: {key: value if _size(value) < _LONGEST_TEXT else _CUT for key, value in values.items()}
            for namespace, values in record.metadata.items()
        }


def _size(value: Any) -> int:
    return len(_encoder.encode(_plain(value, set(), _DEEPEST)))


def _cut_stacks(record: Record) -> None:
    if isinstance(record.cause, dict):
        for exception in record.cause.get("exceptions", ()):
            exception["stack"] = exception.get("stack", [])[:1]


def _cut_texts(record: Record) -> None:
    """Whatever is left that is long."""
    record.metadata = {"radiograph": {"truncated": _CUT}} if record.metadata else None
    for name in ("http", "aws", "sql", "annotations", "cause", "service"):
        setattr(record, name, _short(getattr(record, name)))


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST_TEXT else value[:_LONGEST_TEXT] + _CUT
    if isinstance(value, dict):
        return {key: _short(each) for key, each in list(value.items())[:50]}
    if isinstance(value, list):
        return [_short(each) for each in value[:50]]
    return value
