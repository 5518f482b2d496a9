"""Random traces: the documents of one, as a client may send them, in whatever order and pieces they come.

`documents` draws texts in the order of their arrival; `trace_of` and `subject_of` put them together.
"""

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from server.tests.query.filters import vocabulary as v

from radiograph.query.filters import Subject
from radiograph.trace import Limits, StoredDocument, Trace, assemble, trace_id_to_w3c

TRACE_ID = f"1-{v.BASE:08x}-0123456789abcdef01234567"
ELSEWHERE = f"1-{v.BASE:08x}-ffffffffffffffffffffffff"
"""Another trace, to which links lead."""

LOST = "dead00000000dead"
"""Id of a parent that is never sent."""

Document = dict[str, Any]

unhurried = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For tests that draw traces, which takes a while on a busy machine."""


def trace_ids() -> st.SearchStrategy[str]:
    """Canonical ids; the first half as X-Ray makes them, the others from W3C Trace Context, which carry no time."""
    return st.one_of(
        st.integers(1, 2**96 - 1).map(lambda low: f"1-{v.BASE:08x}-{low:024x}"),
        st.integers(1, 2**128 - 1).map(lambda n: f"1-{n >> 96:08x}-{n & (1 << 96) - 1:024x}"),
    )


def stored(texts: Sequence[bytes]) -> list[StoredDocument]:
    """Return documents as a store would, arrived one µs after the other, soon after the trace."""
    first = (v.BASE + 60) * 1_000_000
    return [StoredDocument(text.decode(), first + number) for number, text in enumerate(texts)]


def trace_of(texts: Sequence[bytes], trace_id: str = TRACE_ID) -> Trace:
    """Return the trace that the documents describe."""
    return assemble(trace_id, stored(texts), Limits())


def subject_of(texts: Sequence[bytes], trace_id: str = TRACE_ID, *, now: int | None = None) -> Subject:
    """Return the trace as expressions see it."""
    return Subject(trace_of(texts, trace_id), default_account=v.DEFAULT_ACCOUNT, now=now)


@st.composite
def documents(draw: st.DrawFn, trace_id: str = TRACE_ID) -> list[bytes]:
    """Draw the documents of one trace, at least one, each acceptable to `parse_document` at about `BASE`.

    Among them: segments in progress, for good or completed later, subsegments sent on their own before or
    after their segment, subsegments and segments whose parent is lost, several roots, segments that call each
    other in any direction, calls of every kind answered or not, events from other traces, repetitions.

    Args:
        draw: of hypothesis.
        trace_id: canonical.
    """
    ids = iter(f"{number:016x}" for number in draw(st.permutations(range(1, 60))))
    written_id = draw(st.sampled_from((trace_id, trace_id, trace_id_to_w3c(trace_id))))
    callers: list[str] = []
    sent: list[Document] = []
    for _ in range(draw(st.integers(1, 4))):
        segment = draw(_segments(ids))
        parent = draw(st.sampled_from([None, LOST, *callers, *callers]))
        if parent is not None:
            segment["parent_id"] = parent
        callers += [entity["id"] for entity in _flat(segment)]
        if draw(_one_in(4)):
            sent.append(_in_progress(segment))  # the complete one may follow
        if draw(_one_in(8)):
            segment = _in_progress(segment)
        sent += _pieces(segment, detach=lambda: draw(_one_in(4)))
    if draw(_one_in(10)):
        sent.append(draw(_subsegments(ids, 2)) | {"type": "subsegment", "parent_id": LOST})
    if draw(_one_in(10)):
        sent = [document for document in sent if document.get("type") == "subsegment"] or sent
    if draw(_one_in(4)):
        sent.append(draw(st.sampled_from(sent)))
    return [msgspec.json.encode({"trace_id": written_id, **document}) for document in draw(st.permutations(sent))]


def _one_in(number: int) -> st.SearchStrategy[bool]:
    return st.sampled_from((True, *[False] * (number - 1)))


@st.composite
def _sometimes(draw: st.DrawFn, /, **members: Sequence[object]) -> Document:
    """Each member with one of its values, or more often without."""
    return {name: copy.deepcopy(draw(st.sampled_from(values))) for name, values in members.items() if draw(_one_in(3))}


@st.composite
def _any_entity(draw: st.DrawFn, entity_id: str) -> Document:
    """What segments and subsegments have in common."""
    start = v.BASE + draw(st.sampled_from(v.STARTS)) / 1_000
    document: Document = {"id": entity_id, "start_time": start}
    document["end_time"] = start + draw(st.sampled_from(v.DURATIONS)) / 1_000
    document["http"] = {
        "request": draw(_sometimes(method=v.METHODS, url=v.URLS, user_agent=v.AGENTS, client_ip=v.ADDRESSES)),
        "response": draw(_sometimes(status=v.STATUSES)),
    }
    if draw(_one_in(3)):
        document |= draw(_sometimes(error=(True, False), throttle=(True, False), fault=(True,)))
    if draw(_one_in(4)):
        document["cause"] = {"exceptions": draw(st.lists(st.sampled_from(v.EXCEPTIONS), min_size=1, max_size=2))}
    keys = st.sampled_from((*v.ANNOTATION_KEYS, "not indexed"))
    if draw(_one_in(2)):
        document["annotations"] = draw(st.dictionaries(keys, st.sampled_from(v.ANNOTATION_VALUES), max_size=3))
    return document | draw(_sometimes(metadata=v.METADATA))


@st.composite
def _segments(draw: st.DrawFn, ids: Iterator[str]) -> Document:
    document = draw(_any_entity(next(ids)))
    document["name"] = draw(st.sampled_from(v.NAMES))
    document |= draw(_sometimes(user=v.USERS, origin=v.TYPES[1:], origin_=v.TYPES[1:], resource_arn=v.ARNS))
    document.setdefault("origin", document.pop("origin_", None))
    aws = draw(_sometimes(account_id=v.ACCOUNTS, function_arn=v.ARNS))
    if draw(_one_in(3)):
        aws["ec2"] = draw(_sometimes(instance_id=v.INSTANCES, availability_zone=v.ZONES))
    if draw(_one_in(5)):
        aws["ecs"] = draw(_sometimes(container_arn=v.ARNS, task_arn=v.ARNS))
    document["aws"] = aws
    if draw(_one_in(12)):
        reference = draw(st.sampled_from(("parent", "child")))
        document["links"] = [{"trace_id": ELSEWHERE, "id": LOST, "attributes": {"ReferenceType": reference}}]
    document["subsegments"] = [draw(_subsegments(ids, 1)) for _ in range(draw(st.integers(0, 2)))]
    return document


@st.composite
def _subsegments(draw: st.DrawFn, ids: Iterator[str], depth: int) -> Document:
    document = draw(_any_entity(next(ids)))
    kind = draw(st.sampled_from(("local", "remote", "traced", "table", "dynamodb", "queue", "sql", "initialisation")))
    document["name"] = draw(st.sampled_from(v.NAMES))
    if kind in ("remote", "traced"):
        document["namespace"] = "remote"
        document["traced"] = kind == "traced"
    elif kind in ("table", "dynamodb"):
        document |= {"namespace": "aws", "name": "DynamoDB"}
        document["aws"] = {"table_name": draw(st.sampled_from(v.NAMES))} if kind == "table" else {}
    elif kind == "queue":
        document |= {"namespace": "aws", "name": "sqs", "aws": {"queue_url": draw(st.sampled_from(v.NAMES))}}
    elif kind == "sql":
        document["sql"] = {"url": "jdbc:x"}
        document |= draw(_sometimes(namespace=("remote",)))
    elif kind == "initialisation":
        document["name"] = draw(st.sampled_from(("Initialization", "Init")))
    if depth < 3 and draw(_one_in(2)):
        document["subsegments"] = [draw(_subsegments(ids, depth + 1)) for _ in range(draw(st.integers(1, 2)))]
    if draw(_one_in(10)):
        del document["end_time"]
        document["in_progress"] = True
    return document


def _flat(document: Document) -> list[Document]:
    found = [document]
    for each in found:  # grows while it is walked
        found.extend(each.get("subsegments", []))
    return found


def _in_progress(document: Document) -> Document:
    """The document as it was sent when the work began, without its end and what it learnt later."""
    early = {name: value for name, value in document.items() if name not in ("end_time", "subsegments", "http")}
    return early | {"in_progress": True}


def _pieces(document: Document, detach: Callable[[], bool]) -> list[Document]:
    """The document, and those of its subsegments that are sent on their own."""
    pieces = [document]
    for piece in pieces:  # grows while it is walked
        for entity in _flat(piece):
            for child in list(entity.get("subsegments", [])):
                if detach():
                    entity["subsegments"].remove(child)
                    pieces.append(child | {"type": "subsegment", "parent_id": entity["id"]})
    return pieces
