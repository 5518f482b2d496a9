"""What an SDK sent, and whether it came back.

A program under test writes down every datagram that it sends, one JSON string a line. From these datagrams
follows what BatchGetTraces must return: each entity (segment or subsegment) once, in its place, every field
as the SDK serialised it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Document = dict[str, Any]

_HEADER = b'{"format":"json","version":1}\n'
# They say where an entity belongs; `Entity` says it otherwise.
_PLACE = {"id", "trace_id", "parent_id", "type", "subsegments"}


class Entity(msgspec.Struct, frozen=True):
    """A segment or subsegment.

    Args:
        is_segment: whether it is a segment.
        parent: id of what it hangs on; None for a segment that nobody called.
        fields: all its other fields, children excepted.
    """

    is_segment: bool
    parent: str | None
    fields: dict[str, Any]


def sent_documents(record: Path) -> list[Document]:
    """Read the documents that a program wrote down.

    Raises:
        AssertionError: a datagram does not begin with the daemon's header.
    """
    found = []
    for line in record.read_bytes().splitlines():
        datagram = msgspec.json.decode(line, type=str).encode()
        assert datagram.startswith(_HEADER)
        found.append(msgspec.json.decode(datagram[len(_HEADER) :]))
    return found


def trace_ids(documents: Iterable[Document]) -> list[str]:
    """Return the ids of the documents' traces, each once, in the order they come."""
    return list(dict.fromkeys(document["trace_id"] for document in documents))


def entities(documents: Iterable[Document]) -> dict[str, Entity]:
    """Take documents apart.

    Raises:
        AssertionError: an entity is there twice.
    """
    found: dict[str, Entity] = {}
    for document in documents:
        for id_, entity in _walk(document, document.get("type") != "subsegment", document.get("parent_id")):
            assert id_ not in found, f"{id_} is there twice"
            found[id_] = entity
    return found


def _walk(document: Document, is_segment: bool, parent: str | None) -> Iterator[tuple[str, Entity]]:  # noqa: FBT001
    fields = {name: value for name, value in document.items() if name not in _PLACE}
    yield document["id"], Entity(is_segment, parent, fields)
    for child in document.get("subsegments", ()):
        yield from _walk(child, False, document["id"])
