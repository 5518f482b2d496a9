"""What an SDK sent, and whether it came back.

A program under test writes down every datagram that it sends, one JSON string a line. From these datagrams
follows what BatchGetTraces must return: each entity (segment or subsegment) once, in its place, every field
as the SDK serialised it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from tests.support.reading import documents, traces
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sized
    from pathlib import Path

    from tests.support.radiograph_process import RadiographProcess

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


def _walk(document: Document, is_segment: bool, parent: str | None) -> Iterator[tuple[str, Entity]]:
    fields = {name: value for name, value in document.items() if name not in _PLACE}
    yield document["id"], Entity(is_segment, parent, fields)
    for child in document.get("subsegments", ()):
        yield from _walk(child, False, document["id"])


def assert_all_came_back(client: Any, sent: Iterable[Document]) -> None:
    """Check that BatchGetTraces returns what was sent: each entity once, in its place, field for field.

    Segments that the service inferred are left aside; see `inferred`.
    """
    by_trace: dict[str, list[Document]] = {}
    for document in sent:
        by_trace.setdefault(document["trace_id"], []).append(document)
    found = traces(client, list(by_trace))
    assert found.keys() == by_trace.keys()
    for trace_id, documents_sent in by_trace.items():
        returned = documents(found[trace_id])
        assert {document["trace_id"] for document in returned} == {trace_id}
        real = [document for document in returned if not document.get("inferred")]
        assert not [document for document in real if document.get("type") == "subsegment"]
        assert entities(real) == entities(documents_sent)


def inferred(client: Any, trace_id: str) -> dict[str, tuple[str, str]]:
    """Return name and origin of the segments that the service inferred, by the id of the calling subsegment."""
    return {
        document["parent_id"]: (document["name"], document.get("origin", ""))
        for document in documents(traces(client, [trace_id])[trace_id])
        if document.get("inferred")
    }


def wait_until_stored(radiograph: RadiographProcess, sent: Sized) -> None:
    """Wait until as many documents are stored as were sent."""
    wait_until(
        lambda: radiograph.status()["writer"]["documents"] == len(sent),
        seconds=20,
        what=f"{len(sent)} documents to be stored",
    )
