"""Documents, datagrams and request bodies that went wrong in every way that occurred to us. All from one seed."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

HEADER = b'{"format":"json","version":1}\n'

_OTHER_TRACE = "1-5759e988-bd862e3fe1be46a994272793"

_LARGEST_DOCUMENT = 60_000
_LARGEST_DATAGRAM = 65_507  # of UDP over IPv4

_STRINGS = (
    *("", " ", "\x00", "\x01\x02", "\ud800", "\udfff x", "é", "漢字" * 40, "\U0001f600", "\u202e"),
    *("a" * 201, "b" * 70_000),
    *(_OTHER_TRACE, "53995c3f42cd8ad8", "0" * 16, "subsegment", "remote", "aws"),
    *(
        "sql",
        "client",
        "%s%n",
        "'; DROP TABLE documents; --",
        "../../etc/passwd",
        "<script>",
        "http://[::1",
        "null",
        "NaN",
        "1e999",
    ),
)
_NUMBERS = (
    *(0, -0.0, -1, 1, 0.1, 1e-320, 1e300, -1e300, 2**31, 2**53 + 1, 2**63, -(2**63) - 1),
    *(2**64, 10**30, 10**310, 10**400),
    *(1_700_000_000, 1_700_000_000_000, 4_102_444_800, 4_102_444_801, 1e11, 99_999_999_999),
)
# Notation that a JSON library does not write by itself.
_RAW = (
    *(b"NaN", b"Infinity", b"-Infinity", b"1e400", b"-1e400", b"1e-400", b"-0", b"00", b"1.", b".5", b"+1", b"0x10"),
    *(b'"\\ud800"', b'"\\udc00\\ud800"', b'"\\u0000"', b'"\\x41"', b'"\x01"', b'"\xff\xfe"', b'"\xed\xa0\x80"', b"'a'"),
    *(b"[" * 2_000, b'{"a":' * 2_000, b"[" * 600 + b"]" * 600, b"tru", b"//", b"/**/", b"\xef\xbb\xbf1", b"9" * 5_000),
)
_MEMBERS = (
    *("id", "name", "trace_id", "parent_id", "type", "start_time", "end_time", "in_progress", "http", "aws", "cause"),
    *("annotations", "metadata", "subsegments", "sql", "links", "user", "origin", "namespace", "service"),
    *(
        "resource_arn",
        "precursor_ids",
        "error",
        "fault",
        "throttle",
        "traced",
        "inferred",
        "status",
        "url",
        "exceptions",
        "stack",
    ),
    *("attributes", "account_id", "table_name", "ec2", "request", "response", "__proto__", "", "\x02"),
)


class Mutator:
    """Makes malformed input.

    Args:
        choose: decides everything.
        start: seconds since the epoch at which valid documents begin.
    """

    def __init__(self, choose: random.Random, start: float) -> None:
        self._choose = choose
        self._start = start

    def valid(self) -> dict[str, Any]:
        """Return a good document with most of what a document can have."""
        choose = self._choose

        def new_id() -> str:
            return f"{choose.getrandbits(63) | 1:016x}"

        start = self._start - choose.random() * 60
        return {
            "trace_id": f"1-{int(start):08x}-{choose.getrandbits(95) | 1:024x}",
            "id": new_id(),
            "name": choose.choice(("web", "pay", "cart")),
            "start_time": start,
            "end_time": start + choose.random(),
            "origin": "AWS::EC2::Instance",
            "user": "someone",
            "http": {
                "request": {"method": "GET", "url": "http://shop.test/", "client_ip": "192.0.2.1"},
                "response": {"status": 200, "content_length": 12},
            },
            "aws": {"account_id": "123456789012", "ec2": {"instance_id": "i-1", "availability_zone": "a"}},
            "annotations": {"color": "red", "size": 3, "gift": True},
            "metadata": {"default": {"any": [1, None, {"x": []}]}},
            "links": [{"trace_id": _OTHER_TRACE, "id": new_id(), "attributes": {"ReferenceType": "child"}}],
            "cause": {"exceptions": [{"id": new_id(), "message": "no", "stack": [{"path": "a.py", "line": 1}]}]},
            "subsegments": [
                {"id": new_id(), "name": "local", "start_time": start, "end_time": start + 0.1},
                {
                    "id": new_id(),
                    "name": "DynamoDB",
                    "namespace": "aws",
                    "start_time": start,
                    "end_time": start + 0.2,
                    "aws": {"table_name": "cart"},
                    "subsegments": [
                        {
                            "id": new_id(),
                            "name": "db",
                            "namespace": "remote",
                            "start_time": start,
                            "end_time": start + 0.1,
                            "sql": {"url": "db", "sanitized_query": "SELECT 1"},
                        }
                    ],
                },
            ],
        }

    def document(self) -> bytes:
        """Return a document in which one to four things went wrong."""
        choose = self._choose
        value: Any = self.valid()
        try:
            for _ in range(choose.choice((1, 1, 1, 2, 4))):
                value = self._structure(value)
            text = json.dumps(value, ensure_ascii=choose.random() < 0.5).encode("utf-8", "surrogatepass")
        except (RecursionError, ValueError):  # deeper, or with a longer number, than Python writes
            text = b"[" * 3_000
        if choose.random() < 0.35:
            text = self._bytes(text)
        return text

    def datagram(self) -> bytes:
        """Return a datagram: a malformed document, or a malformed frame around any."""
        choose = self._choose
        document = self.document()[:_LARGEST_DOCUMENT]
        if choose.random() < 0.6:
            return HEADER + document
        frames: tuple[Callable[[], bytes], ...] = (
            lambda: document,
            lambda: HEADER,
            lambda: b"",
            lambda: HEADER[:-1] + document,
            lambda: HEADER * 2 + document,
            lambda: b"\n" + document,
            lambda: self._bytes(HEADER) + document,
            lambda: self._bytes(HEADER + document),
            lambda: HEADER.replace(b"json", choose.choice((b"JSON", b"xml", b"", b"\xff", b"j" * 9_000))) + document,
            lambda: HEADER.replace(b"1", choose.choice((b"2", b"true", b"1.0", b"1e400", b"[" * 3_000))) + document,
            lambda: choose.choice((b"T1S", b"T1U", b"M1")) + choose.randbytes(choose.randint(0, 200)),
            lambda: choose.randbytes(choose.randint(0, 2_000)),
            lambda: HEADER.replace(b"\n", b"\r\n") + document,
        )
        return choose.choice(frames)()[:_LARGEST_DATAGRAM]

    def body(self) -> bytes:
        """Return the body of a PutTraceSegments request that is no list of texts, or hardly one."""
        choose = self._choose
        text = self.document().decode("utf-8", "replace")
        value: Any = {"TraceSegmentDocuments": [text, json.dumps(self.valid())]}
        shapes: tuple[Callable[[], Any], ...] = (
            lambda: value,
            lambda: {"TraceSegmentDocuments": text},
            lambda: {"TraceSegmentDocuments": []},
            lambda: {"TraceSegmentDocuments": None},
            lambda: {"TraceSegmentDocuments": [self._anything(), text]},
            lambda: {"TraceSegmentDocuments": [self.valid()]},
            lambda: {"TraceSegmentDocuments": ["[]"] * choose.choice((1, 50, 51, 3_000))},
            lambda: {"traceSegmentDocuments": [text]},
            lambda: {**value, "More": self._anything()},
            lambda: [value],
            self._anything,
        )
        body = json.dumps(choose.choice(shapes)()).encode("utf-8", "replace")
        return self._bytes(body) if choose.random() < 0.5 else body

    def _anything(self) -> Any:
        choose = self._choose
        kinds: tuple[Callable[[], Any], ...] = (
            lambda: choose.choice(_STRINGS),
            lambda: choose.choice(_NUMBERS),
            lambda: choose.choice((None, True, False, [], {}, [[]], [None], {"": None})),
            lambda: [self._anything() for _ in range(choose.randint(1, 3))],
            lambda: {choose.choice(_MEMBERS): self._anything()},
            lambda: _nested(choose.choice((5, 99, 100, 101, 102, 400)), choose.random() < 0.5),
        )
        return choose.choice(kinds)()

    def _places(self, value: Any) -> list[tuple[Any, Any]]:
        """Return every (container, key) in a value."""
        found: list[tuple[Any, Any]] = []
        waiting = [value]
        while waiting:
            container = waiting.pop()
            inside = container.items() if isinstance(container, dict) else enumerate(container)
            for key, below in inside:
                found.append((container, key))
                if isinstance(below, dict | list) and len(found) < 500:
                    waiting.append(below)
        return found

    def _structure(self, value: Any) -> Any:
        choose = self._choose
        if not isinstance(value, dict | list) or choose.random() < 0.01:
            return self._anything()
        places = self._places(value)
        if not places:
            return value
        container, key = choose.choice(places)
        kind = choose.randrange(8)
        if kind <= 2:
            container[key] = self._anything()
        elif kind == 3:
            del container[key]
        elif kind == 4 and isinstance(container, dict):
            container[choose.choice(_MEMBERS)] = self._anything()
        elif kind == 5:
            other, other_key = choose.choice(places)
            container[key] = copy.deepcopy(other[other_key])
        elif kind == 6:
            container[key] = [copy.deepcopy(container[key])] * choose.choice((1, 3, 60))
        elif isinstance(container.get("subsegments") if isinstance(container, dict) else None, list):
            container["subsegments"] = _deep(container["subsegments"], choose.choice((3, 98, 99, 100, 101, 200)))
        else:
            container[key] = choose.choice(_NUMBERS)
        return value

    def _bytes(self, text: bytes) -> bytes:
        choose = self._choose
        if not text:
            return choose.randbytes(3)
        place = choose.randrange(len(text))
        other = choose.randrange(len(text))
        kinds: tuple[Callable[[], bytes], ...] = (
            lambda: text[:place],
            lambda: text[place:],
            lambda: text[:place] + bytes([choose.randrange(256)]) + text[place + 1 :],
            lambda: text[:place] + choose.randbytes(choose.randint(1, 8)) + text[place:],
            lambda: text[: min(place, other)] + text[max(place, other) :],
            lambda: text + text[min(place, other) : max(place, other)],
            lambda: text.replace(b'"', b"", 1),
            lambda: text.replace(b":", b": " + choose.choice(_RAW) + b",", 1),
            lambda: self._with_raw(text),
            lambda: self._with_raw(text),
            lambda: b"\xef\xbb\xbf" + text,
            lambda: text.decode("utf-8", "replace").encode("utf-16"),
        )
        return choose.choice(kinds)()

    def _with_raw(self, text: bytes) -> bytes:
        """Put strange notation in the place of a value."""
        colons = [place for place, byte in enumerate(text) if byte == ord(":")]
        if not colons:
            return text
        place = self._choose.choice(colons) + 1
        end = min((found for found in (text.find(b",", place), text.find(b"}", place)) if found >= 0), default=place)
        return text[:place] + self._choose.choice(_RAW) + text[end:]


def _nested(levels: int, lists: bool) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value] if lists else {"a": value}
    return value


def _deep(subsegments: list[Any], levels: int) -> list[Any]:
    """Nest the first subsegment that many levels deep, with ids of their own."""
    if not subsegments or not isinstance(subsegments[0], dict):
        return subsegments
    bottom = {member: value for member, value in subsegments[0].items() if member != "subsegments"}
    for level in range(levels):
        bottom = {**bottom, "id": f"{level + 1:016x}", "subsegments": [bottom]}
    return [bottom]
