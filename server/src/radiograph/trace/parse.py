"""From the text of a document to its typed form, or to the reason why it is refused.

Nearly every document is good, so `parse_document` looks fast first: one typed decode, a few comparisons.
Whatever is not perfect goes to `examine`, which accepts and refuses by exactly the same rules, but can say
what is wrong and repair it.
"""

import re
import sys

import msgspec

from radiograph.trace import names, rawjson
from radiograph.trace.documents import Entity
from radiograph.trace.examine import accepted_times, examine
from radiograph.trace.limits import Limits
from radiograph.trace.refusal import Refusal

__all__ = [
    "Document",
    "Refusal",
    "end_microseconds",
    "lenient",
    "microseconds",
    "parse_document",
    "reread",
]

_MICROSECONDS = 1_000_000
_BYTES_PER_CHARACTER = 4  # of UTF-8, at most

_DECODE = msgspec.json.Decoder(Entity).decode
_TRACE_ID = re.compile(r"1-(?!00000000-0{24})[0-9a-f]{8}-[0-9a-f]{24}").fullmatch
_ENTITY_ID = re.compile(r"(?!0{16})[0-9a-f]{16}").fullmatch
_GOOD_NAME = names.is_good


class Document(msgspec.Struct, frozen=True, gc=False):
    """An accepted document.

    Args:
        entity: the typed tree, ids canonical, names repaired.
        text: the document as it was received (lone surrogates replaced).
        trace_id: canonical.
        id: canonical.
        parent_id: canonical; for a segment the caller's id, if any.
        is_subsegment: it was sent on its own, to be attached to `parent_id`.
        in_progress: it has not ended yet.
        start: microseconds since the epoch.
        end: microseconds since the epoch, never before `start`; None while in progress.
        name: of the segment, repaired.
        repairs: what had to be repaired, one sentence each.
    """

    entity: Entity
    text: str
    trace_id: str
    id: str
    parent_id: str | None
    is_subsegment: bool
    in_progress: bool
    start: int
    end: int | None
    name: str
    repairs: tuple[str, ...]


def parse_document(text: str | bytes, limits: Limits, now: float) -> Document | Refusal:
    """Read one segment document, as a client sent it.

    Never raises, whatever the input.

    Args:
        text: the JSON.
        limits: what is accepted.
        now: seconds since the epoch.
    """
    if not isinstance(text, str):
        try:
            text = bytes(text).decode()
        except UnicodeDecodeError as error:
            sentence = f"the document is not UTF-8: {error.reason} at byte {error.start}"
            return Refusal("ParseError", f"Invalid segment. ErrorCode: ParseError, Cause: {sentence}", None)
    entity = _perfect(text, limits, now)
    if entity is not None:
        return _document(entity, text, ())
    examined = examine(text, limits, now)
    return examined if isinstance(examined, Refusal) else _document(*examined)


def lenient(limits: Limits) -> Limits:
    """Return limits for documents that were accepted before, perhaps under more generous ones."""
    return Limits(document_bytes=sys.maxsize, nesting=rawjson.JSON_LEVELS, name_length=limits.name_length)


def reread(text: str, limits: Limits) -> Entity | None:
    """Return the typed tree of a document that was accepted before, whatever its age.

    None if it cannot be read after all: then it was never accepted.

    Args:
        text: the document.
        limits: what `lenient` returns.
    """
    entity = _perfect(text, limits, None)
    if entity is not None:
        return entity
    examined = examine(text, limits, None)
    return None if isinstance(examined, Refusal) else examined.entity


def microseconds(seconds: float) -> int:
    """Return a document's time as whole microseconds."""
    return round(seconds * _MICROSECONDS)


def end_microseconds(entity: Entity) -> int | None:
    """Return when an entity ended, never before it started; None while it is in progress."""
    if entity.end_time is None or entity.in_progress:
        return None
    return microseconds(max(entity.start_time, entity.end_time))


def _document(entity: Entity, text: str, repairs: tuple[str, ...]) -> Document:
    end = end_microseconds(entity)
    return Document(
        entity,
        text,
        entity.trace_id or "",  # checked to be there
        entity.id,
        entity.parent_id,
        entity.type == "subsegment",
        end is None,
        microseconds(entity.start_time),
        end,
        entity.name,
        repairs,
    )


def _perfect(text: str, limits: Limits, now: float | None) -> Entity | None:
    """Return the typed tree of a document that needs no repair and no refusal, else None."""
    at_most = limits.document_bytes
    try:
        if len(text) * _BYTES_PER_CHARACTER > at_most and len(text.encode()) > at_most:
            return None
        entity = _DECODE(text)
    except rawjson.DecodeErrors:
        return None
    trace_id, parent_id = entity.trace_id, entity.parent_id
    if (
        trace_id is None
        or _TRACE_ID(trace_id) is None
        or (_ENTITY_ID(parent_id) is None if parent_id is not None else entity.type == "subsegment")
        or rawjson.is_too_deep(text)
    ):
        return None
    earliest, latest = accepted_times(limits, now)
    level = [entity]
    for _ in range(limits.nesting + 1):
        below: list[Entity] = []
        for each in level:
            name, end = each.name, each.end_time
            if (
                _ENTITY_ID(each.id) is None
                or _GOOD_NAME(name) is None
                or len(name) > limits.name_length
                or not earliest <= each.start_time <= latest
                or (end is not None and end > latest)
            ):
                return None
            if each.subsegments:
                below += each.subsegments
        if not below:
            return entity
        level = below
    return None
