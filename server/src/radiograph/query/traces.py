"""BatchGetTraces and GetTraceGraph: whole traces by their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import InvalidRequest
from radiograph.query.graph import ServiceGraph
from radiograph.query.linker import link_all
from radiograph.trace.ids import InvalidTraceId, parse_trace_id
from radiograph.trace.trace import Trace, assemble, to_document

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_MICROSECONDS = 1_000_000
_encode = msgspec.json.Encoder().encode


def canonical_ids(texts: Sequence[str]) -> list[str]:
    """Read trace ids, in X-Ray's or W3C's form, each once and in the order given.

    Raises:
        InvalidRequest: naming the first text that is no trace id.
    """
    found: dict[str, None] = {}
    for position, text in enumerate(texts):
        try:
            found[parse_trace_id(text)] = None
        except InvalidTraceId as problem:
            raise InvalidRequest(f"TraceIds[{position}]: {problem}") from None
    return list(found)


def load_traces(lake: Lake, trace_ids: Sequence[str], limits: Limits) -> list[Trace]:
    """Assemble the traces that exist, in the order of the ids."""
    documents = lake.locator.stored_documents(trace_ids)
    return [assemble(trace_id, documents[trace_id], limits) for trace_id in trace_ids if trace_id in documents]


def trace_answer(trace: Trace) -> dict[str, Any]:
    """Return a trace as BatchGetTraces does: real and inferred segments, each as a JSON document."""
    segments = [*trace.segments, *trace.inferred]
    return {
        "Id": trace.id,
        "Duration": (trace.end - trace.start) / _MICROSECONDS,
        "LimitExceeded": trace.limit_exceeded,
        "Segments": [
            {"Id": segment.id, "Document": _encode(to_document(segment, trace.id)).decode()} for segment in segments
        ],
    }


def batch_get_traces(lake: Lake, request: dict[str, Any], limits: Limits, *, most: int) -> dict[str, Any]:
    """Answer BatchGetTraces. Unknown ids are absent from the answer (X-Ray API reference).

    Raises:
        InvalidRequest: too many ids, no ids, an ill-formed id, or a NextToken, which X-Ray does not take here.
    """
    texts: list[str] = request["TraceIds"]
    if request.get("NextToken"):
        raise InvalidRequest("NextToken is currently not supported")
    if len(texts) > most:
        raise InvalidRequest(f"Exceeding maximum query size: {most}")
    traces = load_traces(lake, canonical_ids(texts), limits)
    return {"Traces": [trace_answer(trace) for trace in traces], "UnprocessedTraceIds": []}


def trace_graph(lake: Lake, request: dict[str, Any], limits: Limits, *, most: int, account: str) -> dict[str, Any]:
    """Answer GetTraceGraph: the service graph of the given traces alone.

    Raises:
        InvalidRequest: too many ids, or an ill-formed one.
    """
    texts: list[str] = request["TraceIds"]
    if len(texts) > most:
        raise InvalidRequest(f"TraceIds has {len(texts)} ids; at most {most} may be asked for at once")
    graph = ServiceGraph()
    graph.add_facts(link_all(load_traces(lake, canonical_ids(texts), limits), account))
    return {"Services": graph.answer()}
