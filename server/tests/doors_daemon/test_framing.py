"""A datagram is a header, a newline and a document; everything else is refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.doors.daemon.framing import FramingError, split_datagram

DOCUMENT = b'{"id":"70de5b6f19ff9a0a","name":"shop"}'


@pytest.mark.parametrize(
    "header",
    [
        b'{"format":"json","version":1}',  # Python, Node.js, .NET
        b'{"format": "json", "version": 1}',  # Go
        b'{"format":"JSON","version":1}',
        b'{"format":"Json","version":1,"sent":"by a client of the future"}',
        b' { "version" : 1 , "format" : "json" } ',
        b'{"format":"json","version":1}\r',
    ],
)
def test_a_header_is_read_as_json(header: bytes) -> None:
    assert split_datagram(header + b"\n" + DOCUMENT) == DOCUMENT


@pytest.mark.parametrize(
    ("datagram", "reason"),
    [
        (b"", "missing_header"),
        (b"hello", "missing_header"),
        (b'{"format":"json","version":1}', "missing_header"),
        (b'{"format":"json","version":1}' + DOCUMENT, "missing_header"),
        (b'{"format":"json","version":1}\n', "empty_document"),
        (b'{"format": "json", "version": 1}\n', "empty_document"),
        (b"\n", "empty_document"),
        (b"\n" + DOCUMENT, "invalid_header"),
        (b'{"format":"json"}\n' + DOCUMENT, "invalid_header"),
        (b'{"version":1}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"xml","version":1}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":2}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":1.0}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":true}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":"1"}\n' + DOCUMENT, "invalid_header"),
        (b'{"format":null,"version":1}\n' + DOCUMENT, "invalid_header"),
        (b'["json",1]\n' + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":1} x\n' + DOCUMENT, "invalid_header"),
        (b'\xef\xbb\xbf{"format":"json","version":1}\n' + DOCUMENT, "invalid_header"),
        (b"[" * 60_000 + b"\n" + DOCUMENT, "invalid_header"),
        (b'{"format":"json","version":1}\nT1SCgYKBAoCCAE=', "unsupported_t1s"),
        (b'{"format":"json","version":1}\n T1SCgYKBAoCCAE=', "unsupported_t1s"),
        (b'{"format":"json","version":1}\nT1UCgYKBAoCCAE=', "unsupported_t1u"),
        (b'{"format":"json","version":1}\nM1CgYKBAoCCAE=', "unsupported_m1"),
    ],
)
def test_what_is_no_document_is_refused_by_name(datagram: bytes, reason: str) -> None:
    refused = split_datagram(datagram)
    assert isinstance(refused, FramingError)
    assert refused.reason == reason
    assert refused.sentence.endswith(".")


def test_only_the_first_newline_ends_the_header() -> None:
    document = b'{\n  "id": "70de5b6f19ff9a0a"\n}\n'
    assert split_datagram(b'{"format":"json","version":1}\n' + document) == document


def test_what_the_document_is_does_not_matter_here() -> None:
    assert split_datagram(b'{"format":"json","version":1}\n[]') == b"[]"


@given(st.binary())
def test_no_bytes_raise(datagram: bytes) -> None:
    assert isinstance(split_datagram(datagram), bytes | FramingError)


@given(st.binary(max_size=60), st.binary(min_size=1))
def test_whatever_the_header_the_document_is_the_rest_after_the_first_newline(header: bytes, rest: bytes) -> None:
    document = split_datagram(header + b"\n" + rest)
    if isinstance(document, bytes):
        assert document == (header + b"\n" + rest).split(b"\n", 1)[1]


@given(st.binary().map(lambda tail: b"{" + tail))
def test_a_document_comes_through_byte_for_byte(document: bytes) -> None:
    assert split_datagram(b'{"format":"json","version":1}\n' + document) == document
    assert split_datagram(b'{"format" : "json","version":1}\n' + document) == document
