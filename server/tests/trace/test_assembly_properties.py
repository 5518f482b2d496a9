"""The same documents give the same trace, in whatever order, repetition and pieces they come."""

import json
import random
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.trace import Limits, StoredDocument, Trace, TraceEntity, assemble, to_document

TRACE_ID = "1-6b0292a5-aa795e0655d8a18c1bce9406"
T = 1_795_330_725.0
LIMITS = Limits()

Entity = dict[str, Any]


def outcome(trace: Trace) -> list[Any]:
    """Return everything that a trace shows, apart from when and in how many pieces it came."""
    links = [
        (segment.id, None if caller is None else caller.id)
        for segment in trace.segments
        for caller in [trace.caller(segment)]
    ]
    documents = [to_document(each, TRACE_ID) for each in [*trace.segments, *trace.inferred]]
    typed = [(each.id, each.typed, each.start, each.end) for each in trace.inferred]
    # Order of members counts for no one, and NaN does not occur.
    return [json.dumps(documents, sort_keys=True), links, typed, trace.start, trace.end, trace.is_partial(0)]


def assembled(documents: list[tuple[Entity, int]]) -> Trace:
    return assemble(TRACE_ID, [StoredDocument(json.dumps(d), arrival) for d, arrival in documents], LIMITS)


@st.composite
def whole_traces(draw: st.DrawFn) -> list[Entity]:
    """Complete segments with all their subsegments embedded, calling each other."""
    ids = iter(f"{n:016x}" for n in draw(st.permutations(range(1, 40))))

    def entity(depth: int) -> Entity:
        start = draw(st.integers(0, 20))
        members: Entity = {
            "id": next(ids),
            "name": draw(st.sampled_from(["shop", "DynamoDB", "api.example.com", "## work"])),
            "start_time": T + start / 8,
            "end_time": T + (start + draw(st.integers(0, 8))) / 8,
        }
        if depth:
            members |= draw(
                st.sampled_from(
                    [
                        {},
                        {"namespace": "local"},
                        {"namespace": "remote", "fault": True},
                        {"namespace": "aws", "aws": {"table_name": "t"}},
                        {"sql": {"url": "u"}},
                        {"unknown": [1]},
                    ]
                )
            )
        children = [entity(depth + 1) for _ in range(draw(st.integers(0, 2 if depth < 3 else 0)))]
        return members | ({"subsegments": children} if children else {})

    segments = []
    callers: list[str] = []
    for _ in range(draw(st.integers(1, 2))):
        segment = entity(0) | {"trace_id": TRACE_ID}
        if callers:
            segment["parent_id"] = draw(st.sampled_from(callers))
        callers += [each["id"] for each in flat(segment)]
        segments.append(segment)
    return segments


def flat(entity: Entity) -> list[Entity]:
    entities = [entity]
    for each in entities:
        entities.extend(each.get("subsegments", []))
    return entities


def in_pieces(segment: Entity, dice: random.Random) -> list[Entity]:
    """Send some subsegments on their own, and fragments of some entities before or after they are complete."""
    documents: list[Entity] = []

    def sent(entity: Entity, parent: str | None) -> Entity:
        """Return the entity as its own document or its container embeds it."""
        own = {name: value for name, value in entity.items() if name != "subsegments"}
        separate = {"type": "subsegment", "trace_id": TRACE_ID, "parent_id": parent} if parent else {}
        embedded = []
        for child in entity.get("subsegments", []):
            if dice.random() < 0.4:
                documents.append(
                    sent(child, entity["id"]) | {"type": "subsegment", "trace_id": TRACE_ID, "parent_id": entity["id"]}
                )
            else:
                embedded.append(sent(child, entity["id"]))
        if dice.random() < 0.4:
            begun = {
                name: value for name, value in own.items() if name in ("id", "start_time", "trace_id", "parent_id")
            }
            documents.append({"name": "begun", "in_progress": True, **begun, **separate})
        if dice.random() < 0.3:
            own |= {"type": "subsegment", "parent_id": parent, "trace_id": TRACE_ID} if parent else {}
        return own | ({"subsegments": embedded} if embedded or dice.random() < 0.1 else {})

    documents.append(sent(segment, None))
    return documents


@settings(max_examples=300, deadline=None)
@given(whole_traces(), st.integers())
def test_any_order_repetition_and_split_of_a_trace_gives_the_same_trace(segments: list[Entity], seed: int) -> None:
    dice = random.Random(seed)
    expected = assembled([(segment, n) for n, segment in enumerate(segments)])
    pieces = [piece for segment in segments for piece in in_pieces(segment, dice)]
    pieces += dice.choices(pieces, k=len(pieces) // 2)
    dice.shuffle(pieces)
    arrived = [(piece, dice.randrange(100)) for piece in pieces]
    assert outcome(assembled(arrived)) == outcome(expected)


@settings(max_examples=200, deadline=None)
@given(whole_traces(), st.integers())
def test_what_a_trace_returns_gives_the_same_trace_when_it_is_sent_again(segments: list[Entity], seed: int) -> None:
    pieces = [piece for segment in segments for piece in in_pieces(segment, random.Random(seed))]
    trace = assembled([(piece, n) for n, piece in enumerate(pieces)])
    returned = [to_document(each, TRACE_ID) for each in trace.segments]
    assert outcome(assembled([(each, 0) for each in returned])) == outcome(trace)


@settings(max_examples=200, deadline=None)
@given(whole_traces())
def test_a_good_document_comes_back_field_for_field(segments: list[Entity]) -> None:
    trace = assembled([(segment, n) for n, segment in enumerate(segments)])
    returned = {each.id: to_document(each, TRACE_ID) for each in trace.segments}

    def in_order(entity: Entity) -> Entity:
        children = [in_order(each) for each in entity.get("subsegments", [])]
        children.sort(key=lambda each: (each["start_time"], each["id"]))
        return entity | ({"subsegments": children} if children else {})

    assert returned == {segment["id"]: in_order(segment) for segment in segments}


few_ids = st.sampled_from([f"{n:016x}" for n in range(1, 6)])
wild_entities = st.recursive(
    st.fixed_dictionaries(
        {"id": few_ids, "name": st.sampled_from("abc"), "start_time": st.sampled_from([T, T + 1, T + 2])},
        optional={
            "end_time": st.sampled_from([T, T + 1]),
            "in_progress": st.booleans(),
            "namespace": st.sampled_from(["aws", "remote"]),
            "traced": st.booleans(),
        },
    ),
    lambda inner: st.tuples(inner, st.lists(inner, max_size=3)).map(lambda pair: pair[0] | {"subsegments": pair[1]}),
    max_leaves=5,
)
wild_documents = st.builds(
    lambda entity, top: entity | {"trace_id": TRACE_ID} | top,
    wild_entities,
    st.builds(lambda parent: {"parent_id": parent}, few_ids)
    | st.builds(lambda parent: {"parent_id": parent, "type": "subsegment"}, few_ids)
    | st.just({}),
)


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(wild_documents, st.integers(0, 3)), max_size=6), st.randoms(use_true_random=False))
def test_documents_that_contradict_each_other_give_one_trace_in_any_order(
    documents: list[tuple[Entity, int]], dice: random.Random
) -> None:
    trace = assembled(documents)
    shuffled = documents + [(document, arrival + dice.randrange(2)) for document, arrival in documents]
    dice.shuffle(shuffled)
    again = assembled(shuffled)
    assert outcome(again) == outcome(trace)
    assert again.revision == trace.revision


@settings(max_examples=500, deadline=None)
@given(st.lists(st.tuples(wild_documents, st.integers(0, 3)), max_size=6))
def test_whatever_was_sent_has_exactly_one_place(documents: list[tuple[Entity, int]]) -> None:
    trace = assembled(documents)
    sent = {each["id"] for document, _ in documents for each in flat(document)}
    met: list[TraceEntity] = list(trace.segments)
    for entity in met:
        assert all(child.parent is entity and child.segment is entity.segment for child in entity.children)
        met.extend(entity.children)
    assert sorted(each.id for each in met) == sorted(sent)
    for segment in trace.segments:
        steps = 0
        caller = trace.caller(segment)
        while caller is not None:
            steps += 1
            assert steps <= len(met)
            caller = trace.caller(caller.segment)
    for entity in met:
        for callee in trace.callees(entity):
            assert trace.caller(callee) is entity
    assert msgspec.json.encode([to_document(each, TRACE_ID) for each in [*trace.segments, *trace.inferred]])
