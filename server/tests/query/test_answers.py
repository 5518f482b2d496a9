"""Traces, summaries and graphs out of a real lake."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radiograph.errors import InvalidRequest
from radiograph.query.rollup import roll_up
from radiograph.query.service_graph import service_graph
from radiograph.query.summaries import trace_summaries
from radiograph.query.traces import batch_get_traces, trace_graph
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document, parse_document

NOW = 1_795_330_800.0  # a whole minute
LIMITS = Limits()
ACCOUNT = "123456789012"


def trace_id(start: float, number: int) -> str:
    return f"1-{int(start):08x}-{number:024x}"


def segment(number: int, start: float, end: float | None, *, name: str = "web", **more: Any) -> dict[str, Any]:
    """A segment whose ids are derived from its number, so that expectations can be written down."""
    document: dict[str, Any] = {
        "trace_id": trace_id(start, number),
        "id": f"{number:016x}",
        "name": name,
        "start_time": start,
        **more,
    }
    document |= {"in_progress": True} if end is None else {"end_time": end}
    return document


class Store:
    """A lake with a writer, filled synchronously."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._writer = Writer(lake, WriterOptions(interval=0.01), writer_id=1, now=lambda: NOW)
        self._writer.start()

    def put(self, *documents: dict[str, Any]) -> None:
        parsed = [parse_document(json.dumps(document), LIMITS, NOW) for document in documents]
        good = [document for document in parsed if isinstance(document, Document)]
        assert len(good) == len(documents), parsed
        self._writer.submit(rows_of(good, ACCOUNT)).result(30)

    def summaries(self, start: float, end: float, **more: Any) -> dict[str, Any]:
        request = {"StartTime": start, "EndTime": end, **more}
        page = request.pop("page", 200)
        return trace_summaries(
            self.lake, request, LIMITS, account=ACCOUNT, region="us-east-1", hours=6, page=page, now=NOW
        )

    def all_pages(self, start: float, end: float, *, page: int, **more: Any) -> list[list[str]]:
        pages = []
        answer = self.summaries(start, end, page=page, **more)
        while True:
            pages.append([summary["Id"] for summary in answer["TraceSummaries"]])
            if "NextToken" not in answer:
                return pages
            answer = self.summaries(start, end, page=page, NextToken=answer["NextToken"], **more)

    def graph(self, start: float, end: float, **more: Any) -> dict[str, Any]:
        request = {"StartTime": start, "EndTime": end, **more}
        page = request.pop("page", 1000)
        return service_graph(
            self.lake, request, LIMITS, region="us-east-1", account=ACCOUNT, hours=6, page=page, now=NOW
        )

    def close(self) -> None:
        self._writer.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    store = Store(lake)
    yield store
    store.close()
    lake.close()


def ids(answer: dict[str, Any]) -> list[str]:
    return [summary["Id"] for summary in answer["TraceSummaries"]]


# --- traces


def test_a_trace_comes_back_field_for_field(store: Store) -> None:
    sent = segment(
        7,
        NOW - 10,
        NOW - 9.5,
        http={"request": {"url": "http://shop/cart", "method": "GET"}, "response": {"status": 200}},
        annotations={"cart": 3, "gold": True},
        metadata={"default": {"list": [1, None, {"a": "ü"}]}},
        something_unknown={"kept": [1.5]},
    )
    store.put(sent)
    answer = batch_get_traces(store.lake, {"TraceIds": [sent["trace_id"]]}, LIMITS, most=5)
    (trace,) = answer["Traces"]
    assert trace["Duration"] == 0.5
    assert trace["LimitExceeded"] is False
    (only,) = trace["Segments"]
    assert only["Id"] == sent["id"]
    assert json.loads(only["Document"]) == sent
    assert answer["UnprocessedTraceIds"] == []


def test_unknown_traces_are_absent_and_w3c_ids_are_understood(store: Store) -> None:
    sent = segment(7, NOW - 10, NOW - 9)
    store.put(sent)
    w3c = sent["trace_id"].replace("-", "")[1:]
    unknown = trace_id(NOW, 99)
    answer = batch_get_traces(store.lake, {"TraceIds": [unknown, w3c]}, LIMITS, most=5)
    assert [trace["Id"] for trace in answer["Traces"]] == [sent["trace_id"]]


def test_six_ids_are_refused_in_the_words_of_aws(store: Store) -> None:
    six = [trace_id(NOW, number) for number in range(6)]
    with pytest.raises(InvalidRequest, match="Exceeding maximum query size: 5"):
        batch_get_traces(store.lake, {"TraceIds": six}, LIMITS, most=5)


def test_an_ill_formed_id_is_named_with_its_place(store: Store) -> None:
    with pytest.raises(InvalidRequest, match=r"TraceIds\[1\].*nonsense"):
        batch_get_traces(store.lake, {"TraceIds": [trace_id(NOW, 1), "nonsense"]}, LIMITS, most=5)


def test_a_next_token_is_refused_as_aws_does(store: Store) -> None:
    with pytest.raises(InvalidRequest, match="NextToken is currently not supported"):
        batch_get_traces(store.lake, {"TraceIds": [trace_id(NOW, 1)], "NextToken": "x"}, LIMITS, most=5)


def test_the_graph_of_one_trace_leaves_the_others_out(store: Store) -> None:
    mine, other = segment(1, NOW - 5, NOW - 4), segment(2, NOW - 5, NOW - 4, name="other")
    store.put(mine, other)
    answer = trace_graph(store.lake, {"TraceIds": [mine["trace_id"]]}, LIMITS, most=10, account=ACCOUNT)
    assert [(service["Name"], service["Type"]) for service in answer["Services"]] == [("web", "client"), ("web", "")]


# --- summaries


def test_pages_go_backwards_and_hold_every_trace_once(store: Store) -> None:
    documents = [segment(number, NOW - number * 30, NOW - number * 30 + 1) for number in range(1, 26)]
    store.put(*documents)
    pages = store.all_pages(NOW - 3600, NOW, page=10)
    assert [len(page) for page in pages] == [10, 10, 5]
    assert [trace for page in pages for trace in page] == [document["trace_id"] for document in documents]


def test_new_traces_at_the_front_do_not_disturb_later_pages(store: Store) -> None:
    documents = [segment(number, NOW - number * 10, NOW - number * 10 + 1) for number in range(1, 11)]
    store.put(*documents)
    first = store.summaries(NOW - 3600, NOW, page=5)
    store.put(segment(99, NOW - 1, NOW - 0.5))
    second = store.summaries(NOW - 3600, NOW, page=5, NextToken=first["NextToken"])
    assert ids(first) + ids(second) == [document["trace_id"] for document in documents]


def test_the_range_is_half_open_by_the_time_in_the_trace_id(store: Store) -> None:
    before, first, last, after = (segment(n, NOW - 100 + n * 10, NOW - 100 + n * 10 + 1) for n in range(1, 5))
    store.put(before, first, last, after)
    assert ids(store.summaries(NOW - 80, NOW - 60)) == [last["trace_id"], first["trace_id"]]


def test_ids_without_a_time_are_found_by_their_earliest_start(store: Store) -> None:
    w3c = {"trace_id": "1-ffffffff-0123456789abcdef01234567"}
    root = segment(1, NOW - 50, NOW - 20) | w3c
    child = segment(2, NOW - 30, NOW - 25, name="pay") | w3c
    store.put(root, child)
    assert ids(store.summaries(NOW - 60, NOW - 40)) == [w3c["trace_id"]]
    # The child alone lies in this range, the trace began before it.
    assert ids(store.summaries(NOW - 35, NOW)) == []


def test_event_finds_what_was_going_on_and_service_what_ended(store: Store) -> None:
    long = segment(1, NOW - 100, NOW - 10)
    store.put(long)
    assert ids(store.summaries(NOW - 60, NOW - 50)) == []
    assert ids(store.summaries(NOW - 60, NOW - 50, TimeRangeType="Event")) == [long["trace_id"]]
    assert ids(store.summaries(NOW - 60, NOW - 50, TimeRangeType="Service")) == []
    assert ids(store.summaries(NOW - 15, NOW - 5, TimeRangeType="Service")) == [long["trace_id"]]
    assert ids(store.summaries(NOW - 9, NOW - 5, TimeRangeType="Event")) == []


@pytest.mark.parametrize("clock", ["TraceId", "Event", "Service"])
def test_every_clock_pages_without_loss_or_repetition(store: Store, clock: str) -> None:
    documents = []
    for number in range(1, 31):
        start = NOW - 1000 + number * 20
        root = segment(number, start, start + 70)
        child = segment(number + 1000, start + 5, start + 6, name="pay") | {
            "trace_id": root["trace_id"],
            "parent_id": root["id"],
        }
        documents += [root, child]
    store.put(*documents)
    pages = store.all_pages(NOW - 3600, NOW, page=7, TimeRangeType=clock)
    found = [trace for page in pages for trace in page]
    assert sorted(found) == sorted({document["trace_id"] for document in documents})


def test_an_empty_range_answers_an_empty_page_without_a_token(store: Store) -> None:
    answer = store.summaries(NOW - 3600, NOW)
    assert answer == {"TraceSummaries": [], "ApproximateTime": NOW - 3600, "TracesProcessedCount": 0}


def test_a_filter_chooses_among_the_traces_of_the_range(store: Store) -> None:
    slow = segment(1, NOW - 30, NOW - 24, user="alice")
    quick = segment(2, NOW - 20, NOW - 19.5, user="alice")
    store.put(slow, quick, segment(3, NOW - 10, NOW - 3, user="bob"))
    found = store.summaries(NOW - 60, NOW, FilterExpression='responsetime > 5 AND user = "alice"')
    assert ids(found) == [slow["trace_id"]]
    assert ids(store.summaries(NOW - 60, NOW, FilterExpression="  ")) == ids(store.summaries(NOW - 60, NOW))


def test_pages_of_a_search_leave_nothing_out_while_more_arrives(store: Store) -> None:
    store.put(
        *[segment(number, NOW - 60 + number, NOW - 59.5 + number, fault=number % 2 == 0) for number in range(1, 21)]
    )
    first = store.summaries(NOW - 600, NOW, page=3, FilterExpression="fault")
    store.put(segment(40, NOW - 1, NOW - 0.5, fault=True))
    rest = []
    answer = first
    while "NextToken" in answer:
        answer = store.summaries(NOW - 600, NOW, page=3, FilterExpression="fault", NextToken=answer["NextToken"])
        rest += ids(answer)
    found = ids(first) + rest
    assert len(ids(first)) == 3
    assert sorted(int(trace_id[-24:], 16) for trace_id in found) == list(range(2, 21, 2))


def test_a_search_that_finds_nothing_says_how_much_it_went_through(store: Store) -> None:
    store.put(*[segment(number, NOW - 60 + number, NOW - 59.5 + number) for number in range(1, 6)])
    answer = store.summaries(NOW - 600, NOW, FilterExpression="fault")
    assert answer["TraceSummaries"] == []
    assert answer["TracesProcessedCount"] == 5
    assert "NextToken" not in answer


def test_a_wrong_filter_is_refused_with_the_place_and_what_was_expected(store: Store) -> None:
    with pytest.raises(InvalidRequest, match=r"Invalid filter expression at position 0: expected .*responsetime"):
        store.summaries(NOW - 60, NOW, FilterExpression="responstime > 5")
    with pytest.raises(InvalidRequest, match="at position 8: expected the name of a group that exists"):
        store.summaries(NOW - 60, NOW, FilterExpression='error   group.name = "nosuch"')


@pytest.mark.parametrize("text", ["\0", "it's", 'a\\"b', "\\\\", "$given_0", "; DROP TABLE segments"])
def test_no_text_in_a_filter_disturbs_the_search(store: Store, text: str) -> None:
    name = text.replace('\\"', '"').replace("\\\\", "\\")
    store.put(segment(1, NOW - 30, NOW - 29, user=name), segment(2, NOW - 30, NOW - 29, user="other"))
    assert ids(store.summaries(NOW - 60, NOW, FilterExpression=f'user = "{text}"')) == [trace_id(NOW - 30, 1)]
    assert store.summaries(NOW - 60, NOW, FilterExpression=f'service("{text}") OR annotation.a = "{text}"')


def test_what_only_radiograph_knows_is_refused_when_aws_is_followed_strictly(store: Store) -> None:
    request = {"StartTime": NOW - 60, "EndTime": NOW, "FilterExpression": 'user IN ("alice")'}
    store.put(segment(1, NOW - 30, NOW - 29, user="alice"))
    assert len(ids(store.summaries(start=NOW - 60, end=NOW, FilterExpression='user IN ("alice")'))) == 1
    with pytest.raises(InvalidRequest, match="extension of Radiograph"):
        trace_summaries(
            store.lake,
            request,
            LIMITS,
            account=ACCOUNT,
            region="us-east-1",
            hours=6,
            page=10,
            now=NOW,
            extensions=False,
        )


@pytest.mark.parametrize(
    ("start", "end", "sentence"),
    [
        (NOW, NOW, "must be before"),
        (NOW, NOW - 1, "must be before"),
        (NOW - 7 * 3600, NOW, "longer than the 6 hours"),
        (NOW * 1000 - 60, NOW * 1000, "milliseconds"),
    ],
)
def test_a_range_that_cannot_be_is_refused(store: Store, start: float, end: float, sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        store.summaries(start, end)


def test_a_token_belongs_to_its_question(store: Store) -> None:
    store.put(*(segment(number, NOW - number * 10, NOW - number * 10 + 1) for number in range(1, 4)))
    token = store.summaries(NOW - 3600, NOW, page=1)["NextToken"]
    with pytest.raises(InvalidRequest, match="other parameters"):
        store.summaries(NOW - 1800, NOW, NextToken=token)
    with pytest.raises(InvalidRequest, match="not one that this service gave"):
        store.summaries(NOW - 3600, NOW, NextToken="AAAA")


def test_fixed_rate_sampling_keeps_the_same_share_each_time(store: Store) -> None:
    store.put(*(segment(number, NOW - number, NOW - number + 0.5) for number in range(1, 301)))
    half = {"Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}}
    once = {trace for page in store.all_pages(NOW - 3600, NOW, page=100, **half) for trace in page}
    again = {trace for page in store.all_pages(NOW - 3600, NOW, page=70, **half) for trace in page}
    assert once == again
    assert 100 < len(once) < 200  # 150 expected, 5.8 standard deviations
    without_leave = half | {"Sampling": False}
    assert len(ids(store.summaries(NOW - 3600, NOW, page=300, **without_leave))) == 300


def test_a_partial_scan_looks_at_the_end_of_the_range(store: Store) -> None:
    early, late = segment(1, NOW - 90, NOW - 89), segment(2, NOW - 10, NOW - 9)
    store.put(early, late)
    quarter = {"Sampling": True, "SamplingStrategy": {"Name": "PartialScan", "Value": 0.25}}
    assert ids(store.summaries(NOW - 100, NOW, **quarter)) == [late["trace_id"]]


# --- service graph


def counts(answer: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {
        (service["Name"], service["Type"]): service["SummaryStatistics"]["TotalCount"]
        for service in answer["Services"]
        if service.get("SummaryStatistics")
    }


def shop_trace(number: int, start: float) -> list[dict[str, Any]]:
    """Web (1.0 s) calls table carts (0.2 s) and pay (its own segment; the call took 0.5 s)."""
    root = segment(number, start, start + 1, origin="AWS::EC2::Instance")
    root["subsegments"] = [
        {
            "id": f"{number + 0x10000:016x}",
            "name": "dynamodb",
            "namespace": "aws",
            "aws": {"table_name": "carts"},
            "start_time": start + 0.1,
            "end_time": start + 0.3,
        },
        {
            "id": f"{number + 0x20000:016x}",
            "name": "pay.internal",
            "namespace": "remote",
            "start_time": start + 0.3,
            "end_time": start + 0.8,
        },
    ]
    pay = segment(number + 0x30000, start + 0.35, start + 0.75, name="pay", fault=True) | {
        "trace_id": root["trace_id"],
        "parent_id": f"{number + 0x20000:016x}",
    }
    return [root, pay]


@pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])
def test_the_graph_counts_every_request_once_live_or_rolled_up(store: Store, rolled_up: bool) -> None:
    for number in range(1, 8):
        store.put(*shop_trace(number, NOW - 600 + number))
    if rolled_up:
        assert roll_up(store.lake, LIMITS, settled=int(NOW * 1e6) + 10**9, account=ACCOUNT) == 7
    answer = store.graph(NOW - 3600, NOW)
    assert counts(answer) == {
        ("web", "AWS::EC2::Instance"): 7,
        ("carts", "AWS::DynamoDB::Table"): 7,
        ("pay", ""): 7,
    }
    names = {service["ReferenceId"]: (service["Name"], service["Type"]) for service in answer["Services"]}
    edges = {
        (*names[service["ReferenceId"]], *names[edge["ReferenceId"]]): (
            edge["SummaryStatistics"]["TotalCount"],
            edge["SummaryStatistics"]["TotalResponseTime"],
        )
        for service in answer["Services"]
        for edge in service["Edges"]
    }
    assert edges == {
        ("web", "client", "web", "AWS::EC2::Instance"): (7, 7.0),
        ("web", "AWS::EC2::Instance", "carts", "AWS::DynamoDB::Table"): (7, 1.4),
        ("web", "AWS::EC2::Instance", "pay", ""): (7, 3.5),
    }
    pay = next(service for service in answer["Services"] if service["Name"] == "pay")
    assert pay["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 7
    assert pay["ResponseTimeHistogram"] == [{"Value": 0.4, "Count": 7}]
    assert pay["AccountId"] == ACCOUNT


def test_a_late_callee_takes_the_place_of_the_inferred_one(store: Store) -> None:
    root, pay = shop_trace(1, NOW - 600)
    store.put(root)
    roll_up(store.lake, LIMITS, settled=int(NOW * 1e6) + 10**9, account=ACCOUNT)
    assert ("pay.internal", "remote") in counts(store.graph(NOW - 3600, NOW))
    store.put(pay)
    for _ in range(2):  # first from the live tail, then from the rollup
        found = counts(store.graph(NOW - 3600, NOW))
        assert found == {
            ("web", "AWS::EC2::Instance"): 1,
            ("carts", "AWS::DynamoDB::Table"): 1,
            ("pay", ""): 1,
        }
        roll_up(store.lake, LIMITS, settled=int(NOW * 1e6) + 10**9, account=ACCOUNT)


def test_rolling_up_twice_counts_nothing_twice(store: Store) -> None:
    store.put(*shop_trace(1, NOW - 600))
    settled = int(NOW * 1e6) + 10**9
    assert roll_up(store.lake, LIMITS, settled=settled) == 1
    assert roll_up(store.lake, LIMITS, settled=settled) == 0
    assert counts(store.graph(NOW - 3600, NOW))["web", "AWS::EC2::Instance"] == 1


def test_only_the_minutes_of_the_range_count(store: Store) -> None:
    store.put(*shop_trace(1, NOW - 600), *shop_trace(2, NOW - 60))
    assert counts(store.graph(NOW - 300, NOW))["web", "AWS::EC2::Instance"] == 1


def test_pages_of_the_graph_share_their_reference_ids(store: Store) -> None:
    store.put(*shop_trace(1, NOW - 60))
    whole = store.graph(NOW - 300, NOW)["Services"]
    assert len(whole) == 4
    first = store.graph(NOW - 300, NOW, page=3)
    second = store.graph(NOW - 300, NOW, page=3, NextToken=first["NextToken"])
    assert first["Services"] + second["Services"] == whole
    assert "NextToken" not in second


def test_a_group_that_does_not_exist_is_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest, match="group Slow does not exist"):
        store.graph(NOW - 300, NOW, GroupName="Slow")
    assert store.graph(NOW - 300, NOW, GroupName="Default")["Services"] == []
