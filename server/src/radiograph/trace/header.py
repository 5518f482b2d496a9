"""The trace header, `X-Amzn-Trace-Id: Root=...;Parent=...;Sampled=...`, and its W3C counterpart.

Source: X-Ray developer guide, tracing header. Where SDKs differ, the most tolerant reading is taken.
"""

import re
from typing import Literal

import msgspec

from radiograph.trace.ids import (
    InvalidEntityId,
    InvalidTraceId,
    parse_entity_id,
    parse_trace_id,
    trace_id_to_w3c,
)

# Keys are read in any case and written like this. Lineage is Lambda's, and stays among the extra fields.
_CANONICAL = {"root": "Root", "parent": "Parent", "sampled": "Sampled", "self": "Self", "lineage": "Lineage"}
_OURS = ("Root", "Parent", "Sampled", "Self")

_ALL_ZERO_ROOT = re.compile(r"1-0{8}-0{24}|0{32}")
_PRINTABLE = re.compile(r"[\x20-\x7e]*")

_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_FORBIDDEN_VERSION = "ff"
_FIRST_VERSION = "00"
_SAMPLED_BIT = 1


class TraceHeader(msgspec.Struct, frozen=True):
    """What a trace header says.

    Args:
        root: canonical trace id; None when the callee starts a trace.
        parent: canonical id of the caller's segment or subsegment; None without `root`.
        sampled: "1" and "0" are the caller's decision, "?" asks the callee to decide and to report it.
        extra: all other fields in the order received, to be passed on.
    """

    root: str | None = None
    parent: str | None = None
    sampled: Literal["1", "0", "?"] | None = None
    extra: tuple[tuple[str, str], ...] = ()


def parse_header(text: str, *, extra_limit: int = 1024) -> TraceHeader:
    """Read a trace header; never raises.

    A malformed `Root` makes the whole header count as absent. The all-zero `Root` that SDKs send for a
    request they do not sample names no trace, but the decision beside it counts. `Parent` means nothing
    without `Root`. `Self`, a load balancer's, is dropped.

    Args:
        text: the header's value.
        extra_limit: characters of extra fields to keep, keys and values; what does not fit is dropped.
    """
    fields: dict[str, str] = {}
    for part in text.split(";"):
        key, equals, value = part.partition("=")
        key = key.strip()
        if equals and key:
            fields[_CANONICAL.get(key.lower(), key)] = value.strip()

    root = None
    if "Root" in fields and _ALL_ZERO_ROOT.fullmatch(fields["Root"]) is None:
        try:
            root = parse_trace_id(fields["Root"])
        except InvalidTraceId:
            return TraceHeader()
    parent = None
    if root is not None and "Parent" in fields:
        try:
            parent = parse_entity_id(fields["Parent"])
        except InvalidEntityId:
            parent = None
    sampled: Literal["1", "0", "?"] | None = None
    match fields.get("Sampled"):
        case "1" | "0" | "?" as decision:
            sampled = decision
    return TraceHeader(root, parent, sampled, _extra(fields, extra_limit))


def _extra(fields: dict[str, str], limit: int) -> tuple[tuple[str, str], ...]:
    kept = []
    for key, value in fields.items():
        # What is passed on is written into the headers of other requests: line ends must not get there.
        if key in _OURS or _PRINTABLE.fullmatch(key + value) is None:
            continue
        if len(key) + len(value) <= limit:
            limit -= len(key) + len(value)
            kept.append((key, value))
    return tuple(kept)


def format_header(header: TraceHeader) -> str:
    """Write a trace header: `Root`, `Parent`, `Sampled`, then the extra fields; "" for an empty one."""
    fields = [("Root", header.root), ("Parent", header.parent), ("Sampled", header.sampled), *header.extra]
    return ";".join(f"{key}={value}" for key, value in fields if value is not None)


def header_from_traceparent(text: str) -> TraceHeader:
    """Read a W3C `traceparent`; an invalid one gives an empty header (W3C Trace Context, section 3.2).

    Args:
        text: such as "00-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8-01".
    """
    match = _TRACEPARENT.fullmatch(text.strip())
    if match is None:
        return TraceHeader()
    version, trace_id, parent, trace_flags, more = match.groups()
    # Later versions may append fields, the first may not.
    if version == _FORBIDDEN_VERSION or (version == _FIRST_VERSION and more):
        return TraceHeader()
    try:
        root, parent = parse_trace_id(trace_id), parse_entity_id(parent)
    except (InvalidTraceId, InvalidEntityId):
        return TraceHeader()
    return TraceHeader(root, parent, "1" if int(trace_flags, 16) & _SAMPLED_BIT else "0")


def header_to_traceparent(header: TraceHeader) -> str | None:
    """Write a W3C `traceparent`; None without both ids, or while the sampling is not decided."""
    if header.root is None or header.parent is None or header.sampled not in ("0", "1"):
        return None
    return f"{_FIRST_VERSION}-{trace_id_to_w3c(header.root)}-{header.parent}-0{header.sampled}"
