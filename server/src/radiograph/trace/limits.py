"""How large, how old and how deep a trace may be before it is refused."""

import msgspec


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """What is accepted, each a setting that may be raised.

    Args:
        document_bytes: size of one document, bytes of UTF-8 (X-Ray developer guide: 64 KB).
        name_length: characters of a segment's name (X-Ray developer guide: 200).
        trace_bytes: size of all documents of one trace, bytes (our rule; X-Ray stops at 500 KB).
        trace_entities: segments and subsegments of one trace (our rule).
        annotations_per_trace: annotation keys indexed per trace (X-Ray developer guide: 50).
        max_age_days: how long before now a document may have started (X-Ray keeps 30 days).
        max_future_seconds: how far a sender's clock may run ahead.
        strict_names: refuse a bad name as AWS does, instead of repairing it.
        nesting: deepest subsegment, counted from the segment.
    """

    document_bytes: int = 65_536
    name_length: int = 200
    trace_bytes: int = 5_000_000
    trace_entities: int = 20_000
    annotations_per_trace: int = 50
    max_age_days: float = 30
    max_future_seconds: float = 300
    strict_names: bool = False
    nesting: int = 100
