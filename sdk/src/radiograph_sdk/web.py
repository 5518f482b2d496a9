"""What an incoming request says, and what its answer does, whatever the framework."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph_sdk.causes import is_failure
from radiograph_sdk.header import NAME, parse_header
from radiograph_sdk.sampling import Request

if TYPE_CHECKING:
    from radiograph_sdk.entities import Segment, Unrecorded
    from radiograph_sdk.recorder import Recorder

_FAILED = 500
_DIGITS = 18


class Incoming(msgspec.Struct, frozen=True, kw_only=True):
    """A request.

    Args:
        method: of HTTP.
        url: as it was asked for, without its query.
        path: of the URL.
        host: as the request names it; None when it does not.
        header: the trace header; None when there is none.
        peer: who is connected; None when that is not known.
        forwarded: for whom, as `X-Forwarded-For` says; None when there is no such header.
        user_agent: of the caller; None when it does not say.
    """

    method: str
    url: str
    path: str
    host: str | None = None
    header: str | None = None
    peer: str | None = None
    forwarded: str | None = None
    user_agent: str | None = None


class Answering:
    """The segment of a request.

    Args:
        recorder: that records it.
        incoming: the request.
        name: of the segment; None for the recorder's.
        sampled: the decision, where it is taken already.

    Attributes:
        segment: of it.
        header: to be sent with the answer, as `X-Amzn-Trace-Id`.
    """

    def __init__(
        self, recorder: Recorder, incoming: Incoming, *, name: str | None = None, sampled: bool | None = None
    ) -> None:
        came = parse_header(incoming.header)
        asked = Request(
            host=incoming.host, method=incoming.method, path=incoming.path, service=name or recorder.service
        )
        self.segment: Segment | Unrecorded = recorder.in_segment(name, header=came, request=asked, sampled=sampled)
        self.header = f"Root={self.segment.trace_id}"
        if came.asked:
            self.header += f";Sampled={int(self.segment.sampled)}"
        self._answered = False
        if not self.segment.sampled:
            return
        client = incoming.forwarded or incoming.peer
        self.segment.put_http(
            "request",
            method=incoming.method,
            url=incoming.url,
            client_ip=client,
            user_agent=incoming.user_agent,
            x_forwarded_for=True if incoming.forwarded else None,
        )

    def answered(self, status: int, content_length: str | None) -> None:
        """Record the answer; of a stream, its begin.

        Args:
            status: of HTTP.
            content_length: the header; None when there is none.
        """
        self._answered = True
        # What is too long for a number is nobody's length.
        length = (
            int(content_length)
            if content_length and content_length.isdigit() and len(content_length) < _DIGITS
            else None
        )
        self.segment.put_http("response", status=status, content_length=length)

    def failed(self, error: BaseException) -> None:
        """Record that the application raised, which its caller sees as 500 when nothing was sent yet."""
        if not is_failure(error):
            return
        self.segment.add_exception(error)
        if not self._answered:
            self.answered(_FAILED, None)


HEADER_NAME = NAME
