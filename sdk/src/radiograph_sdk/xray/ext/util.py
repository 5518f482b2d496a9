"""What middleware is made of, as in AWS's SDK."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from radiograph_sdk.xray.core.models import http
from radiograph_sdk.xray.core.models.trace_header import TraceHeader

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN_HOSTNAME = "UNKNOWN HOST"
_WORDS = re.compile(r"(.)([A-Z][a-z]+)")
_ACRONYMS = re.compile(r"([a-z0-9])([A-Z])")


def inject_trace_header(headers: Any, entity: Any) -> None:
    """Write the header of an entity into the headers of a call."""
    if entity:
        headers[http.XRAY_HEADER] = entity.header()


def calculate_sampling_decision(trace_header: TraceHeader, recorder: Any, sampling_req: Mapping[str, Any]) -> Any:
    """Return what the caller decided, else the name of the rule that does, else 1 or 0."""
    if trace_header.sampled is not None and trace_header.sampled != "?":
        return trace_header.sampled
    if not recorder.sampling:
        return 1
    return recorder.decide(sampling_req) or 0


def construct_xray_header(headers: Any) -> TraceHeader:
    """Return the header of a request; an empty one where there is none."""
    return TraceHeader.from_header_str(headers.get(http.XRAY_HEADER) or headers.get(http.ALT_XRAY_HEADER))


def calculate_segment_name(host_name: str | None, recorder: Any) -> str:
    """Return the name of a segment: by its host, where `dynamic_naming` says so, else the service's."""
    name = recorder.dynamic_naming.get_name(host_name) if recorder.dynamic_naming else recorder.service
    return str(name)


def prepare_response_header(origin_header: TraceHeader | None, segment: Any) -> str:
    """Return the header of an answer; it says the decision to who asked for it."""
    asked = origin_header is not None and origin_header.sampled == "?"
    return TraceHeader(root=segment.trace_id, sampled=segment.sampled if asked else None).to_header_str()


def to_snake_case(name: str) -> str:
    """Return `someName` as `some_name`."""
    return _ACRONYMS.sub(r"\1_\2", _WORDS.sub(r"\1_\2", name)).lower()


def strip_url(url: str) -> str:
    """Return a URL without its query."""
    return url.partition("?")[0] if url else url


def get_hostname(url: str | None) -> str:
    """Return the host of a URL."""
    return (urlparse(url).hostname if url else None) or UNKNOWN_HOSTNAME
