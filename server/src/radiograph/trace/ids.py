"""Trace ids and the ids of segments and subsegments: reading, making, translating them."""

import hashlib
import re
from collections.abc import Callable

_TRACE_ID = re.compile(r"1-([0-9a-f]{8})-([0-9a-f]{24})|([0-9a-f]{8})([0-9a-f]{24})")
_ENTITY_ID = re.compile(r"[0-9a-f]{16}")

_NO_TRACE_ID = "1-00000000-000000000000000000000000"
_NO_ENTITY_ID = "0000000000000000"

_TRACE_RANDOM_BITS = 96
_ENTITY_BITS = 64
_EPOCH_MASK = 0xFFFF_FFFF


class InvalidTraceId(ValueError):  # noqa: N818  -- named after the code that X-Ray answers
    """A text that is no trace id."""


class InvalidEntityId(ValueError):  # noqa: N818  -- named like InvalidTraceId
    """A text that is no id of a segment or subsegment."""


def parse_trace_id(text: str) -> str:
    """Return a trace id in its one canonical form, `1-xxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx` in lower case.

    Args:
        text: X-Ray's form in any case, or the 32 hex digits of W3C Trace Context.

    Raises:
        InvalidTraceId: when it is neither, or all zero, which SDKs use for "not sampled".
    """
    match = _TRACE_ID.fullmatch(text.lower())
    if match is None:
        raise InvalidTraceId(f"{text[:60]!r} is no trace id; expected 1-<8 hex digits>-<24 hex digits> (35 characters)")
    epoch, rest, w3c_epoch, w3c_rest = match.groups()
    trace_id = f"1-{epoch or w3c_epoch}-{rest or w3c_rest}"
    if trace_id == _NO_TRACE_ID:
        raise InvalidTraceId("the all-zero trace id means 'not sampled' and belongs to no trace")
    return trace_id


def trace_id_to_w3c(trace_id: str) -> str:
    """Return the 32 hex digits that W3C Trace Context uses for a canonical trace id."""
    return trace_id[2:10] + trace_id[11:]


def trace_id_epoch(trace_id: str) -> int:
    """Return the first eight hex digits of a canonical trace id as seconds since the epoch.

    Ids that came from W3C Trace Context carry no time: never sort, partition or expire by this value.
    """
    return int(trace_id[2:10], 16)


def parse_entity_id(text: str) -> str:
    """Return the id of a segment or subsegment as 16 hex digits in lower case.

    Raises:
        InvalidEntityId: when it is something else, or all zero.
    """
    entity_id = text.lower()
    if _ENTITY_ID.fullmatch(entity_id) is None:
        raise InvalidEntityId(f"{text[:60]!r} is no id; expected 16 hex digits")
    if entity_id == _NO_ENTITY_ID:
        raise InvalidEntityId("the all-zero id means 'not sampled' and belongs to no segment")
    return entity_id


def new_trace_id(now: float, random_bits: Callable[[int], int]) -> str:
    """Make a trace id.

    Args:
        now: seconds since the epoch.
        random_bits: returns an integer of that many random bits, such as `random.getrandbits`.
    """
    # `or 1`: a trace that starts at the epoch with 96 zero bits must not become the "not sampled" id.
    return f"1-{int(now) & _EPOCH_MASK:08x}-{random_bits(_TRACE_RANDOM_BITS) or 1:024x}"


def new_entity_id(random_bits: Callable[[int], int]) -> str:
    """Make an id for a segment or subsegment from 64 random bits."""
    return f"{random_bits(_ENTITY_BITS) or 1:016x}"


def inferred_id(trace_id: str, subsegment_id: str) -> str:
    """Return the id of the segment inferred from a call, the same at every rebuilding of the trace.

    Args:
        trace_id: canonical id of the trace.
        subsegment_id: canonical id of the calling subsegment.
    """
    return hashlib.blake2b(f"{trace_id}/{subsegment_id}".encode(), digest_size=8).hexdigest()
