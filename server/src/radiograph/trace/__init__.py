"""The language everyone speaks: trace ids, the trace header, segment documents, and the traces they make.

Pure: no I/O, no clock, no randomness of its own. Imports nothing of Radiograph but its errors and settings.
Begin reading at `documents` (the typed members), then `parse` (one document, accepted or refused), then
`trace` (all documents of a trace, put together). What the others hold:

- `ids`, `header`, `names`, `limits`: the small rules.
- `examine`, `tolerant`, `rawjson`: the exact look at documents that are not perfect.
- `entity`, `infer`: a segment in its trace; the segment of a service that sent none.
- `node`: which node of the service graph a segment or a call belongs to.
"""

from radiograph.trace.documents import (
    Cause,
    Entity,
    ExceptionDetail,
    Http,
    HttpRequest,
    HttpResponse,
    Link,
    Sql,
    StackFrame,
    cause_reference,
    flags,
    http_status,
    indexed_annotations,
    is_in_progress,
    is_traced,
)
from radiograph.trace.entity import StoredDocument, TraceEntity, to_document
from radiograph.trace.header import (
    TraceHeader,
    format_header,
    header_from_traceparent,
    header_to_traceparent,
    parse_header,
)
from radiograph.trace.ids import (
    InvalidEntityId,
    InvalidTraceId,
    inferred_id,
    new_entity_id,
    new_trace_id,
    parse_entity_id,
    parse_trace_id,
    trace_id_epoch,
    trace_id_to_w3c,
)
from radiograph.trace.limits import Limits
from radiograph.trace.node import NodeKey, call_node, called_resource, inferred_origin, segment_node
from radiograph.trace.parse import Document, parse_document
from radiograph.trace.refusal import Refusal
from radiograph.trace.trace import Trace, assemble

__all__ = [
    "Cause",
    "Document",
    "Entity",
    "ExceptionDetail",
    "Http",
    "HttpRequest",
    "HttpResponse",
    "InvalidEntityId",
    "InvalidTraceId",
    "Limits",
    "Link",
    "NodeKey",
    "Refusal",
    "Sql",
    "StackFrame",
    "StoredDocument",
    "Trace",
    "TraceEntity",
    "TraceHeader",
    "assemble",
    "call_node",
    "called_resource",
    "cause_reference",
    "flags",
    "format_header",
    "header_from_traceparent",
    "header_to_traceparent",
    "http_status",
    "indexed_annotations",
    "inferred_id",
    "inferred_origin",
    "is_in_progress",
    "is_traced",
    "new_entity_id",
    "new_trace_id",
    "parse_document",
    "parse_entity_id",
    "parse_header",
    "parse_trace_id",
    "segment_node",
    "to_document",
    "trace_id_epoch",
    "trace_id_to_w3c",
]
