"""What one datagram is: a small JSON header, a newline, a segment document.

Pure. The header is JSON and is read as JSON, because clients differ in their spaces and in the letter case of
the format; the two spellings that nearly every client sends are recognised without parsing.
"""

from __future__ import annotations

import msgspec

_COMPACT = b'{"format":"json","version":1}\n'  # Python, Node.js, .NET, OpenTelemetry's exporters
_SPACED = b'{"format": "json", "version": 1}\n'  # Go, Java
_COMPACT_LENGTH = len(_COMPACT)
_SPACED_LENGTH = len(_SPACED)

_SENTENCES = {
    "missing_header": 'No newline: a datagram is {"format":"json","version":1}, a newline, a document.',
    "invalid_header": 'The header is not JSON with format "json" and version 1 before the first newline.',
    "empty_document": "Nothing follows the header's newline: the document is missing.",
    "unsupported_t1s": "OpenTelemetry spans in a datagram (T1S) are not yet supported; send OTLP over HTTP.",
    "unsupported_t1u": "Unsampled OpenTelemetry spans in a datagram (T1U) are not yet supported.",
    "unsupported_m1": "OpenTelemetry metrics in a datagram (M1) are not supported.",
}
_OPENTELEMETRY = ((b"T1S", "unsupported_t1s"), (b"T1U", "unsupported_t1u"), (b"M1", "unsupported_m1"))


class FramingError(msgspec.Struct, frozen=True, gc=False):
    """Why a datagram holds no document.

    Args:
        reason: A stable word to count by: missing_header, invalid_header, empty_document, unsupported_t1s,
            unsupported_t1u or unsupported_m1.
        sentence: The same for a person.
    """

    reason: str
    sentence: str


def split_datagram(datagram: bytes) -> bytes | FramingError:
    """Take the document out of a datagram.

    The document is returned byte for byte; whether it is a good one is for its reader to say. It may contain
    newlines: the first one ends the header. Never raises, whatever the bytes are.

    Args:
        datagram: The payload of one UDP datagram.

    Returns:
        The document's bytes (never empty), or the reason why there are none. Source: X-Ray developer guide,
        "Sending segment documents to the X-Ray daemon"; the refusals are those of the official daemon.
    """
    if datagram[:_COMPACT_LENGTH] == _COMPACT:
        document = datagram[_COMPACT_LENGTH:]
    elif datagram[:_SPACED_LENGTH] == _SPACED:
        document = datagram[_SPACED_LENGTH:]
    else:
        end = datagram.find(b"\n")
        if end < 0:
            return _refuse("missing_header")
        document = datagram[end + 1 :]
        if document and not _is_header(datagram[:end]):
            return _refuse("invalid_header")
    # A document is a JSON object, so its first byte settles the usual case at once.
    if document[:1] != b"{":
        return _refuse_unusual(document)
    return document


def _refuse_unusual(document: bytes) -> bytes | FramingError:
    if not document:
        return _refuse("empty_document")
    start = document[:16].lstrip(b" ")
    for prefix, reason in _OPENTELEMETRY:
        if start.startswith(prefix):
            return _refuse(reason)
    return document


def _is_header(text: bytes) -> bool:
    try:
        header = msgspec.json.decode(text)
    except (ValueError, RecursionError):
        return False
    if not isinstance(header, dict):
        return False
    form = header.get("format")
    version = header.get("version")
    # True == 1 in Python, but `true` is no version; 1.0 is not the integer 1 either.
    return isinstance(form, str) and form.lower() == "json" and type(version) is int and version == 1


def _refuse(reason: str) -> FramingError:
    return FramingError(reason, _SENTENCES[reason])
