import json
from typing import Any

import pytest

from radiograph.trace import Limits, StoredDocument, Trace, assemble, inferred_id, parse_entity_id, to_document

TRACE_ID = "1-59602603-23fc5b688855d396af79b496"
T = 1_499_473_411.0
LIMITS = Limits()


def entity(entity_id: int, name: str = "x", start: float = 0, end: float | None = 1, **members: Any) -> dict[str, Any]:
    document: dict[str, Any] = {"id": f"{entity_id:016x}", "name": name, "start_time": T + start}
    document |= {"in_progress": True} if end is None else {"end_time": T + end}
    return document | members


def segment(entity_id: int, name: str = "x", start: float = 0, end: float | None = 1, **members: Any) -> dict[str, Any]:
    return entity(entity_id, name, start, end, trace_id=TRACE_ID, **members)


def separate(
    entity_id: int, parent: int, name: str = "x", start: float = 0, end: float | None = 1, **members: Any
) -> dict[str, Any]:
    return segment(entity_id, name, start, end, type="subsegment", parent_id=f"{parent:016x}", **members)


def trace_of(*documents: dict[str, Any], limits: Limits = LIMITS) -> Trace:
    """Assemble documents that arrived one microsecond after the other."""
    return assemble(TRACE_ID, [StoredDocument(json.dumps(d), i) for i, d in enumerate(documents)], limits)


def shape(trace: Trace) -> list[Any]:
    """Return the ids of all real trees: (id, [children])."""

    def tree(document: dict[str, Any]) -> Any:
        return int(document["id"], 16), [tree(each) for each in document.get("subsegments", [])]

    return [tree(to_document(each, TRACE_ID)) for each in trace.segments]


# --- fragments, duplicates, late arrivals ---------------------------------------------------------------


def test_a_complete_document_replaces_the_one_in_progress_in_either_order() -> None:
    begun, done = segment(1, "begun", end=None), segment(1, "done")
    for trace in (trace_of(begun, done), trace_of(done, begun)):
        (only,) = trace.segments
        assert only.name == "done"
        assert not only.in_progress
        assert (only.start, only.end) == (1_499_473_411_000_000, 1_499_473_412_000_000)
        assert "in_progress" not in only.document


def test_of_two_in_progress_the_later_counts() -> None:
    assert trace_of(segment(1, "a", end=None), segment(1, "b", end=None)).segments[0].name == "b"


def test_of_two_complete_the_later_counts_but_the_subsegments_of_both_are_kept() -> None:
    first = segment(1, "first", user="bob", subsegments=[entity(2, start=0.2)])
    second = segment(1, "second", subsegments=[entity(3, start=0.1)])
    trace = trace_of(first, second)
    assert trace.segments[0].name == "second"
    assert "user" not in trace.segments[0].document
    assert shape(trace) == [(1, [(3, []), (2, [])])]


def test_a_repetition_changes_nothing_even_when_it_comes_last() -> None:
    first, second = segment(1, "first"), segment(1, "second")
    trace = trace_of(first, second, first)
    assert trace.segments[0].name == "second"
    assert trace.revision == 2


def test_equal_arrivals_are_told_apart_by_the_text() -> None:
    texts = [json.dumps(segment(1, name)) for name in ("a", "b")]
    for order in (texts, texts[::-1]):
        trace = assemble(TRACE_ID, [StoredDocument(text, 7) for text in order], LIMITS)
        assert trace.segments[0].name == "b"
        assert trace.segments[0].arrival == 7


def test_a_streamed_child_stays_when_its_parent_arrives_without_it() -> None:
    streamed = separate(3, 2)
    parent = segment(1, subsegments=[entity(2)])
    for trace in (trace_of(streamed, parent), trace_of(parent, streamed)):
        assert shape(trace) == [(1, [(2, [(3, [])])])]
        child = trace.by_id[f"{3:016x}"]
        assert child.parent is trace.by_id[f"{2:016x}"]
        assert child.segment is trace.segments[0]
        assert not child.orphan


def test_a_child_both_embedded_and_separate_is_there_once() -> None:
    embedded_begun = segment(1, subsegments=[entity(2, "begun", end=None)])
    for trace in (trace_of(embedded_begun, separate(2, 1, "done")), trace_of(separate(2, 1, "done"), embedded_begun)):
        assert shape(trace) == [(1, [(2, [])])]
        assert trace.segments[0].children[0].name == "done"


def test_a_separate_subsegment_may_hang_below_another_one() -> None:
    assert shape(trace_of(separate(4, 3), separate(3, 2), separate(2, 1), segment(1))) == [(1, [(2, [(3, [(4, [])])])])]


def test_an_embedded_child_hangs_where_it_stands_whatever_its_parent_id_says() -> None:
    child = entity(3, parent_id=f"{9:016x}")
    assert shape(trace_of(segment(1, subsegments=[entity(2, subsegments=[child])]))) == [(1, [(2, [(3, [])])])]


def test_subsegments_are_in_order_of_start_and_id() -> None:
    children = [entity(4, start=0.2), entity(3, start=0.1), entity(2, start=0.2)]
    assert shape(trace_of(segment(1, subsegments=children))) == [(1, [(3, []), (2, []), (4, [])])]


def test_times_are_microseconds_and_the_trace_ends_with_the_last_of_its_parts() -> None:
    trace = trace_of(
        segment(1, start=0.5, end=1.25, subsegments=[entity(2, start=0.25, end=2.000001)]),
        segment(3, start=1.5, end=None, parent_id=f"{2:016x}"),
    )
    assert trace.start == 1_499_473_411_500_000
    assert trace.end == 1_499_473_413_000_001


def test_a_document_that_cannot_be_read_does_not_take_the_trace_with_it() -> None:
    documents = [StoredDocument("{", 1), StoredDocument(json.dumps(segment(1)), 2)]
    assert shape(assemble(TRACE_ID, documents, LIMITS)) == [(1, [])]


def test_a_trace_of_no_documents_is_empty_and_has_no_root() -> None:
    trace = assemble(TRACE_ID, [], LIMITS)
    assert (trace.segments, trace.inferred, trace.revision, trace.is_partial(0)) == ([], [], 0, False)
    with pytest.raises(LookupError):
        trace.root()


def test_documents_are_readable_at_any_age_and_with_names_of_any_kind() -> None:
    assert trace_of(segment(1, "a|b", start=-1e9)).segments[0].name == "a_b"


# --- orphans, circles, depth -----------------------------------------------------------------------------


def test_an_orphan_is_an_entry_of_its_own_that_still_names_its_parent() -> None:
    trace = trace_of(segment(1), separate(3, 2, start=0.5, subsegments=[entity(4)]))
    orphan = trace.segments[1]
    assert orphan.orphan
    assert not orphan.is_segment
    assert orphan.segment is orphan
    assert orphan.children[0].segment is orphan
    assert to_document(orphan, TRACE_ID) == {
        "id": "0000000000000003",
        "name": "x",
        "start_time": T + 0.5,
        "end_time": T + 1,
        "type": "subsegment",
        "trace_id": TRACE_ID,
        "parent_id": "0000000000000002",
        "subsegments": [{"id": "0000000000000004", "name": "x", "start_time": T, "end_time": T + 1}],
    }
    assert trace.is_partial(10**18)


@pytest.mark.parametrize("ids", [(1,), (1, 2), (1, 2, 3)])
def test_subsegments_that_are_each_others_parents_are_cut_at_the_earliest(ids: tuple[int, ...]) -> None:
    circle = [separate(i, ids[(n + 1) % len(ids)], start=-i) for n, i in enumerate(ids)]
    trace = trace_of(*circle, separate(9, ids[0]))
    (top,) = trace.segments
    assert top.id == f"{max(ids):016x}"
    assert top.orphan
    assert len(trace.by_id) == len(ids) + 1
    assert all(each.segment is top for each in trace.by_id.values())


def test_a_segment_that_calls_itself_is_its_own_root() -> None:
    trace = trace_of(segment(1, parent_id=f"{1:016x}"))
    assert trace.caller(trace.segments[0]) is None
    assert trace.root() is trace.segments[0]


def test_segments_that_call_each_other_in_a_circle_are_cut_at_the_earliest() -> None:
    trace = trace_of(
        segment(1, start=0.1, parent_id=f"{12:016x}", subsegments=[entity(11, namespace="remote")]),
        segment(2, start=0.0, parent_id=f"{11:016x}", subsegments=[entity(12, namespace="remote")]),
    )
    second, first = trace.segments
    assert trace.caller(second) is None
    caller = trace.caller(first)
    assert caller is not None
    assert caller.segment is second
    assert trace.root() is second


def test_a_chain_of_separate_subsegments_is_cut_where_nesting_ends() -> None:
    chain = [separate(i + 1, i, start=i / 1000) for i in range(1, 250)]
    trace = trace_of(segment(1), *chain)
    assert [each.id for each in trace.segments] == [f"{i:016x}" for i in (1, 102, 203)]
    assert len(trace.by_id) == 250
    assert json.dumps([to_document(each, TRACE_ID) for each in trace.segments])
    assert not trace.is_partial(0)


def test_an_id_used_twice_in_one_document_means_the_outer_entity() -> None:
    trace = trace_of(segment(1, "outer", subsegments=[entity(1, "inner"), entity(2)]))
    assert shape(trace) == [(1, [(2, [])])]
    assert trace.segments[0].name == "outer"


# --- limits ----------------------------------------------------------------------------------------------


def test_beyond_its_entities_a_trace_takes_no_more_documents() -> None:
    documents = [segment(i, start=i / 10) for i in range(1, 6)]
    trace = trace_of(*documents, limits=Limits(trace_entities=3))
    assert trace.limit_exceeded
    assert shape(trace) == [(1, []), (2, []), (3, [])]
    assert trace.revision == 3
    assert not trace_of(*documents, limits=Limits(trace_entities=5)).limit_exceeded


def test_beyond_its_bytes_a_trace_takes_no_more_documents() -> None:
    documents = [segment(i, "ключ" * 10) for i in range(1, 4)]
    size = len(json.dumps(documents[0]).encode())
    assert trace_of(*documents, limits=Limits(trace_bytes=2 * size)).limit_exceeded
    assert not trace_of(*documents, limits=Limits(trace_bytes=3 * size)).limit_exceeded


# --- callers, root, completeness -------------------------------------------------------------------------


def test_callers_and_callees_are_found_across_segments() -> None:
    trace = trace_of(
        segment(1, subsegments=[entity(2, namespace="remote")]),
        segment(3, parent_id=f"{2:016x}", start=0.2),
        segment(4, parent_id=f"{2:016x}", start=0.1),
        segment(5, parent_id=f"{3:016x}", start=0.3),
    )
    web, late, early, function = (trace.by_id[f"{i:016x}"] for i in (1, 3, 4, 5))
    call = web.children[0]
    assert trace.caller(web) is None
    assert trace.caller(late) is call
    assert trace.caller(function) is late
    assert trace.callees(call) == [early, late]
    assert trace.callees(web) == []
    assert trace.inferred == []


def test_the_root_is_the_earliest_segment_without_parent() -> None:
    trace = trace_of(segment(1, start=0, parent_id=f"{9:016x}"), segment(2, start=0.2), segment(3, start=0.1))
    assert trace.root().id == f"{3:016x}"


def test_without_such_a_segment_the_root_is_the_earliest() -> None:
    trace = trace_of(
        separate(5, 8, start=-1), segment(1, start=0.1, parent_id=f"{9:016x}"), segment(2, parent_id=f"{9:016x}")
    )
    assert trace.root().id == f"{2:016x}"


def test_without_any_segment_the_root_is_the_earliest_orphan() -> None:
    assert trace_of(separate(5, 8, start=1), separate(6, 8)).root().id == f"{6:016x}"


@pytest.mark.parametrize(
    "documents",
    [
        [segment(1, end=None)],
        [segment(1, subsegments=[entity(2, end=None)])],
        [segment(1, parent_id=f"{9:016x}")],
        [segment(1), separate(2, 9)],
    ],
)
def test_a_trace_is_partial_while_something_is_open_or_a_parent_is_unknown(documents: list[dict[str, Any]]) -> None:
    assert trace_of(*documents).is_partial(10**18)


def test_a_complete_trace_is_not_partial() -> None:
    assert not trace_of(segment(1, subsegments=[entity(2, namespace="remote")])).is_partial(0)


@pytest.mark.parametrize("announced", [{"traced": True}, {"http": {"request": {"traced": True}}}])
def test_an_announced_segment_is_waited_for_one_minute(announced: dict[str, Any]) -> None:
    web = segment(1, subsegments=[entity(2, namespace="remote", **announced)])
    end = 1_499_473_412_000_000
    trace = trace_of(web)
    assert len(trace.inferred) == 1
    assert trace.is_partial(end + 59_999_999)
    assert not trace.is_partial(end + 60_000_000)
    assert not trace_of(web, segment(3, parent_id=f"{2:016x}")).is_partial(end)


# --- inferred segments -----------------------------------------------------------------------------------

# The sample of the developer guide: scorekeep's call of a table, and the segment that X-Ray infers from it.
SCOREKEEP = {
    "id": "3c9b4f1a2d5e6f70",
    "name": "scorekeep",
    "start_time": 1499473414.6,
    "end_time": 1499473414.8,
    "trace_id": TRACE_ID,
    "annotations": {"game": "g"},
    "subsegments": [
        {
            "id": "4cd3f10b76c624b4",
            "name": "DynamoDB",
            "start_time": 1499473414.69,
            "end_time": 1499473414.769,
            "in_progress": False,
            "http": {"response": {"status": 200, "content_length": 57}},
            "aws": {"table_name": "scorekeep-user", "operation": "UpdateItem", "request_id": "MFQ8"},
            "namespace": "aws",
            "annotations": {"k": 1},
            "metadata": {"default": {"k": 1}},
        }
    ],
}
INFERRED = {
    "name": "DynamoDB",
    "start_time": 1499473414.69,
    "end_time": 1499473414.769,
    "parent_id": "4cd3f10b76c624b4",
    "inferred": True,
    "http": {"response": {"status": 200, "content_length": 57}},
    "aws": {
        "table_name": "scorekeep-user",
        "operation": "UpdateItem",
        "request_id": "MFQ8",
        "resource_names": ["scorekeep-user"],
    },
    "trace_id": TRACE_ID,
    "origin": "AWS::DynamoDB::Table",
}


def test_the_guides_sample_of_an_inferred_segment() -> None:
    (inferred,) = trace_of(SCOREKEEP).inferred
    document = to_document(inferred, TRACE_ID)
    assert parse_entity_id(document.pop("id")) == inferred_id(TRACE_ID, "4cd3f10b76c624b4") == inferred.id
    assert document == INFERRED


def test_an_inferred_segment_knows_its_place_in_the_trace() -> None:
    trace = trace_of(SCOREKEEP)
    (inferred,) = trace.inferred
    call = trace.by_id["4cd3f10b76c624b4"]
    assert inferred.inferred
    assert inferred.is_segment
    assert (inferred.start, inferred.end) == (1_499_473_414_690_000, 1_499_473_414_769_000)
    assert trace.inferred_callee(call) is inferred
    assert trace.caller(inferred) is call
    assert trace.by_id[inferred.id] is inferred
    assert trace.callees(call) == []
    assert inferred.typed.origin == "AWS::DynamoDB::Table"
    assert inferred.typed.annotations is None
    assert inferred.typed.metadata is None
    # What is inferred is not written into the call it is inferred from.
    assert "resource_names" not in call.document["aws"]
    assert call.typed.aws is not None
    assert "resource_names" not in call.typed.aws


def test_a_real_segment_that_arrives_replaces_the_inferred_one() -> None:
    trace = trace_of(SCOREKEEP, segment(7, "table", parent_id="4cd3f10b76c624b4"))
    assert trace.inferred == []
    assert trace.callees(trace.by_id["4cd3f10b76c624b4"]) == [trace.by_id[f"{7:016x}"]]


def test_a_call_in_progress_leads_to_a_segment_in_progress() -> None:
    trace = trace_of(segment(1, end=None, subsegments=[entity(2, "api", end=None, namespace="remote")]))
    (inferred,) = trace.inferred
    assert to_document(inferred, TRACE_ID) == {
        "id": inferred.id,
        "name": "api",
        "start_time": T,
        "in_progress": True,
        "parent_id": f"{2:016x}",
        "inferred": True,
        "trace_id": TRACE_ID,
    }


def test_outcome_and_cause_are_the_calls() -> None:
    failed: dict[str, Any] = {
        "fault": True,
        "error": False,
        "throttle": False,
        "cause": "685ac99e6efe23c8",
        "sql": {"url": "u"},
    }
    (inferred,) = trace_of(segment(1, subsegments=[entity(2, "db", **failed)])).inferred
    document = to_document(inferred, TRACE_ID)
    assert {name: document[name] for name in failed} == failed
    assert document["origin"] == "Database::SQL"


def test_below_an_aws_call_nothing_is_inferred_again() -> None:
    http = entity(4, "s3.amazonaws.com", namespace="remote")
    aws = entity(2, "S3", namespace="aws", subsegments=[entity(3, "retry", subsegments=[http])])
    (inferred,) = trace_of(segment(1, subsegments=[aws])).inferred
    assert inferred.parent_id == f"{2:016x}"


def test_below_a_remote_or_local_call_each_call_counts() -> None:
    inner = entity(4, "b.example", namespace="remote")
    outer = entity(2, "a.example", namespace="remote", subsegments=[entity(3, "work", subsegments=[inner])])
    inferred = trace_of(segment(1, subsegments=[outer])).inferred
    assert {each.parent_id for each in inferred} == {f"{2:016x}", f"{4:016x}"}


def test_nothing_is_inferred_from_segments_and_local_work() -> None:
    work = entity(2, "work", namespace="local")
    assert trace_of(segment(1, namespace="remote", subsegments=[work])).inferred == []


def test_an_orphan_may_be_a_call() -> None:
    (inferred,) = trace_of(separate(3, 2, "SNS", namespace="aws")).inferred
    assert inferred.typed.origin == "AWS::SNS"


# --- Lambda ----------------------------------------------------------------------------------------------

# The SDK inside a function sends subsegments alone; the function's segment comes from the platform.
SERVICE = {
    "id": "1fb07842d944e714",
    "name": "fn",
    "start_time": 1499473411.677,
    "end_time": 1499473414.572,
    "parent_id": "0c544c1b1bbff948",
    "trace_id": TRACE_ID,
    "origin": "AWS::Lambda",
    "http": {"response": {"status": 200}},
}
FUNCTION = {
    "id": "00f91aa01f4984fd",
    "name": "fn",
    "start_time": 1499473412.83,
    "end_time": 1499473414.57,
    "parent_id": "1fb07842d944e714",
    "trace_id": TRACE_ID,
    "origin": "AWS::Lambda::Function",
    "aws": {"function_arn": "arn:aws:lambda:us-west-2:123456789012:function:fn", "account_id": "123456789012"},
    "subsegments": [
        {
            "id": "2279c0030c955e52",
            "name": "Initialization",
            "start_time": 1499473412.064,
            "end_time": 1499473412.819,
        }
    ],
}
HANDLER = {
    "id": "5a1b2c3d4e5f6071",
    "name": "## handler",
    "start_time": 1499473413.0,
    "end_time": 1499473414.0,
    "type": "subsegment",
    "trace_id": TRACE_ID,
    "parent_id": "00f91aa01f4984fd",
}
CALL = {
    "id": "6a1b2c3d4e5f6071",
    "name": "SNS",
    "namespace": "aws",
    "start_time": 1499473413.2,
    "end_time": 1499473413.4,
    "type": "subsegment",
    "trace_id": TRACE_ID,
    "parent_id": "5a1b2c3d4e5f6071",
}


def test_a_function_seen_by_its_sdk_alone_is_a_trace_of_orphans() -> None:
    trace = trace_of(CALL, HANDLER)
    (handler,) = trace.segments
    assert handler.orphan
    assert [child.name for child in handler.children] == ["SNS"]
    assert trace.root() is handler
    assert trace.is_partial(10**18)
    assert (trace.start, trace.end) == (1_499_473_413_000_000, 1_499_473_414_000_000)
    (sns,) = trace.inferred
    assert sns.typed.origin == "AWS::SNS"


def test_the_platforms_segments_take_the_functions_subsegments_in() -> None:
    trace = trace_of(CALL, HANDLER, FUNCTION, SERVICE)
    service, function = trace.segments
    assert trace.caller(function) is service
    assert trace.caller(service) is None
    assert trace.root() is service
    assert [child.name for child in function.children] == ["Initialization", "## handler"]
    assert [child.name for child in function.children[1].children] == ["SNS"]
    assert trace.start == 1_499_473_411_677_000
    assert trace.is_partial(10**18)  # the caller of the service is unknown

    client = segment(8, start=0, end=5, subsegments=[entity(9, "Lambda", namespace="aws") | {"id": "0c544c1b1bbff948"}])
    whole = trace_of(CALL, HANDLER, FUNCTION, SERVICE, client)
    assert not whole.is_partial(0)
    assert whole.root().id == f"{8:016x}"
    assert [each.name for each in whole.inferred] == ["SNS"]


# --- documents as they are returned ----------------------------------------------------------------------


def test_a_returned_document_has_every_member_that_was_sent() -> None:
    sent = segment(
        1,
        parent_id=f"{9:016x}",
        future_member={"a": [1, None]},
        metadata={"default": {"m": 1}},
        http={"request": {"url": "u", "new": 1}},
        fault=False,
        user=None,
        subsegments=[entity(2, namespace="remote", new="n", precursor_ids=[f"{3:016x}"])],
    )
    assert to_document(trace_of(sent).segments[0], TRACE_ID) == sent


def test_nested_subsegments_lose_what_their_place_says() -> None:
    child = entity(2, type="subsegment", trace_id=TRACE_ID, parent_id=f"{1:016x}")
    returned = to_document(trace_of(segment(1, subsegments=[child])).segments[0], TRACE_ID)
    assert returned == segment(1, subsegments=[entity(2)])


def test_a_returned_document_can_be_changed_without_changing_the_trace() -> None:
    (only,) = trace_of(segment(1, subsegments=[entity(2)])).segments
    before = to_document(only, TRACE_ID)
    changed = to_document(only, TRACE_ID)
    changed["name"] = "other"
    changed["subsegments"].clear()
    assert to_document(only, TRACE_ID) == before


def test_ids_and_names_are_returned_as_they_are_indexed() -> None:
    sent = segment(1, "a|b") | {"id": "ABCDEF0123456789", "trace_id": TRACE_ID.upper(), "parent_id": "no id"}
    returned = to_document(trace_of(sent).segments[0], TRACE_ID)
    assert returned == segment(1, "a_b") | {"id": "abcdef0123456789"}


def test_a_number_out_of_range_is_returned_as_null() -> None:
    text = json.dumps(segment(1, odd=0.125)).replace("0.125", "1e999")
    (only,) = assemble(TRACE_ID, [StoredDocument(text, 1)], LIMITS).segments
    assert to_document(only, TRACE_ID) == segment(1, odd=None)
