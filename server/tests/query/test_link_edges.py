"""Edges between traces in GetServiceGraph: whichever trace comes first, whichever names the other."""

from __future__ import annotations

import concurrent.futures
import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.depth import examples

from radiograph.query.groups import create_group
from radiograph.query.rollup import roll_up
from radiograph.query.service_graph import service_graph
from radiograph.query.time_series import time_series
from radiograph.query.traces import trace_graph
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.maintenance import Retention, retain
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOW = 1_795_330_800.0  # a whole minute
LIMITS = Limits()
ACCOUNT = "123456789012"
QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/jobs"
SETTLED = int(NOW * 1e6) + 10**9
DAY = 86_400
REGION = "us-east-1"

Json = dict[str, Any]


class Store:
    """A lake with a writer, filled synchronously."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.lake = open_lake(LakeOptions(folder=folder, threads=1))
        self._start()

    def _start(self) -> None:
        self._writer = Writer(self.lake, WriterOptions(interval=0.01, fsync=False), writer_id=1, now=lambda: NOW)
        self._writer.start()

    def restart(self) -> None:
        self.close()
        self.lake = open_lake(LakeOptions(folder=self._folder, threads=1))
        self._start()

    def put(self, *documents: Json) -> None:
        parsed = [parse_document(json.dumps(document), LIMITS, NOW) for document in documents]
        good = [document for document in parsed if isinstance(document, Document)]
        assert len(good) == len(documents), parsed
        self._writer.submit(rows_of(good, ACCOUNT)).result(30)

    def count(self) -> None:
        roll_up(self.lake, LIMITS, settled=SETTLED, account=ACCOUNT)

    def graph(self, start: float = NOW - 3600, end: float = NOW, **more: Any) -> list[Json]:
        request = {"StartTime": start, "EndTime": end, **more}
        answer = service_graph(self.lake, request, LIMITS, hours=6, page=1000, now=NOW, region=REGION, account=ACCOUNT)
        services: list[Json] = answer["Services"]
        return services

    def links(self, start: float = NOW - 3600, end: float = NOW, **more: Any) -> list[tuple[Any, ...]]:
        """Return source, target and ages of the link edges."""
        return links_of(self.graph(start, end, **more))

    def close(self) -> None:
        self._writer.stop()
        self.lake.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "data")
    yield store
    store.close()


def links_of(services: list[Json]) -> list[tuple[Any, ...]]:
    names = {service["ReferenceId"]: (service["Name"], service["Type"]) for service in services}
    return sorted(
        (
            names[service["ReferenceId"]],
            names[edge["ReferenceId"]],
            sorted((one["Value"], one["Count"]) for one in edge["ReceivedEventAgeHistogram"]),
        )
        for service in services
        for edge in service["Edges"]
        if edge.get("EdgeType") == "link"
    )


def clients_of(services: list[Json]) -> list[str]:
    return [service["Name"] for service in services if service["Type"] == "client"]


def trace_id(start: float, number: int) -> str:
    return f"1-{int(start):08x}-{number:024x}"


def entity(number: int) -> str:
    return f"{number:016x}"


def link(trace: str, number: int, reference: str = "parent") -> Json:
    return {"trace_id": trace, "id": entity(number), "attributes": {"ReferenceType": reference}}


def producer(number: int = 1, start: float = NOW - 100, **more: Any) -> Json:
    """The shop, whose subsegment sends a message 0.1 s after the start."""
    send = {
        "id": entity(number + 0x1000),
        "name": "SQS",
        "namespace": "aws",
        "aws": {"operation": "SendMessage", "queue_url": QUEUE},
        "start_time": start + 0.1,
        "end_time": start + 0.2,
        **more,
    }
    return {
        "trace_id": trace_id(start, number),
        "id": entity(number),
        "name": "shop",
        "start_time": start,
        "end_time": start + 1,
        "subsegments": [send],
    }


def consumer(number: int = 2, start: float = NOW - 98.5, *, sender: Json | None = None, **more: Any) -> Json:
    """The worker, which by default received the message of a producer."""
    document = {
        "trace_id": trace_id(start, number),
        "id": entity(number),
        "name": "worker",
        "origin": "AWS::Lambda",
        "start_time": start,
        "end_time": start + 2,
        **more,
    }
    if sender is not None:
        document["links"] = [link(sender["trace_id"], int(sender["subsegments"][0]["id"], 16))]
    return document


# Sent 99.9 s before NOW, received 98.5 s before.
JOBS, WORKER = (QUEUE, "AWS::SQS::Queue"), ("worker", "AWS::Lambda")
ONE_LINK = [(JOBS, WORKER, [(1.4, 1)])]


@pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])
def test_a_consumer_is_linked_to_the_queue_and_has_no_client(store: Store, rolled_up: bool) -> None:
    store.put(producer(), consumer(sender=producer()))
    if rolled_up:
        store.count()
    services = store.graph()
    assert links_of(services) == ONE_LINK
    assert clients_of(services) == ["shop"]
    (edge,) = [edge for service in services for edge in service["Edges"] if edge.get("EdgeType") == "link"]
    assert (edge["SummaryStatistics"], edge["ResponseTimeHistogram"], edge["Aliases"]) == ({}, [], [])
    assert (edge["StartTime"], edge["EndTime"]) == (int(NOW) - 100, int(NOW) - 99)


@pytest.mark.parametrize("order", list(itertools.permutations(["producer", "consumer"])), ids="-then-".join)
def test_either_side_may_come_first(store: Store, order: tuple[str, str]) -> None:
    documents = {"producer": producer(), "consumer": consumer(sender=producer())}
    store.put(documents[order[0]])
    store.count()
    assert store.links() == []
    store.put(documents[order[1]])
    assert store.links() == ONE_LINK
    store.count()
    assert store.links() == ONE_LINK


def test_documents_that_come_twice_make_one_link(store: Store) -> None:
    for _ in range(2):
        store.put(producer(), consumer(sender=producer()))
        store.count()
        store.put(consumer(sender=producer()))
        assert store.links() == ONE_LINK
        store.count()
        assert store.links() == ONE_LINK


def test_the_sender_may_name_the_receiver_or_both_each_other(store: Store) -> None:
    for number, (there, back) in enumerate([(True, False), (False, True), (True, True)]):
        start = NOW - 3000 + 600 * number
        sent = producer(10 * number + 1, start)
        received = consumer(10 * number + 2, start + 1.5, sender=sent if back else None)
        if there:
            sent["subsegments"][0]["links"] = [link(received["trace_id"], 10 * number + 2, "child")]
        store.put(sent)
        store.count()
        store.put(received)
        assert store.links(start, start + 60) == ONE_LINK
        store.count()
        assert store.links(start, start + 60) == ONE_LINK


def test_a_consumer_that_names_no_sender_keeps_its_client(store: Store) -> None:
    """It is counted by itself; only GetTraceGraph, which looks at both traces, knows that the event was all it had."""
    sent, received = producer(), consumer()
    sent["subsegments"][0]["links"] = [link(received["trace_id"], 2, "child")]
    store.put(sent, received)
    store.count()
    ids = [sent["trace_id"], received["trace_id"]]
    both = trace_graph(store.lake, {"TraceIds": ids}, LIMITS, most=10, account=ACCOUNT)["Services"]
    assert links_of(store.graph()) == links_of(both) == ONE_LINK
    assert clients_of(store.graph()) == ["shop", "worker"]
    assert clients_of(both) == ["shop"]


def test_what_is_known_later_corrects_the_link(store: Store) -> None:
    """The function's segment comes before the invocation's; a topic answers the call that seemed to reach a queue."""
    sent = producer()
    function = consumer(3, NOW - 98.4, sender=sent, parent_id=entity(2), origin="AWS::Lambda::Function")
    function["trace_id"] = trace_id(NOW - 98.5, 2)
    store.put(sent, function)
    store.count()
    assert store.links() == [(JOBS, ("worker", "AWS::Lambda::Function"), [(1.5, 1)])]
    store.put(consumer())
    assert store.links() == ONE_LINK
    store.count()
    assert store.links() == ONE_LINK
    topic = {**consumer(4, NOW - 99.85, parent_id=sent["subsegments"][0]["id"], name="orders"), "origin": "AWS::SNS"}
    store.put({**topic, "trace_id": sent["trace_id"]})
    assert store.links() == [(("orders", "AWS::SNS"), WORKER, [(1.4, 1)])]
    store.count()
    assert store.links() == [(("orders", "AWS::SNS"), WORKER, [(1.4, 1)])]


def test_a_batch_of_events_has_a_link_each(store: Store) -> None:
    sent = [producer(number, NOW - 100 - number) for number in range(1, 4)]
    received = consumer(9)
    received["links"] = [link(one["trace_id"], int(one["subsegments"][0]["id"], 16)) for one in sent]
    store.put(*sent, received)
    store.count()
    assert store.links() == [(JOBS, WORKER, [(2.4, 1), (3.4, 1), (4.4, 1)])]


def test_of_the_links_of_a_segment_twenty_traces_count(store: Store) -> None:
    sent = [producer(number, NOW - 100) for number in range(1, 26)]
    received = consumer(99)
    received["links"] = [link(one["trace_id"], int(one["subsegments"][0]["id"], 16)) for one in sent]
    store.put(*sent, received)
    store.count()
    assert store.links() == [(JOBS, WORKER, [(1.4, 20)])]


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(link(trace_id(NOW - 100, 77), 7), id="a trace that never comes"),
        pytest.param(link("1-ffffffff-0123456789abcdef01234567", 7), id="an id without a time"),
        pytest.param(link(trace_id(NOW - 100, 1), 7), id="a segment that the other trace does not have"),
        pytest.param(link("nonsense", 7), id="no trace id"),
    ],
)
def test_a_link_that_leads_nowhere_makes_no_edge_and_no_error(store: Store, other: Json) -> None:
    for received in (consumer(2), consumer(3)):
        store.put(producer(), {**received, "links": [other]})
        assert store.links() == []
        store.count()
        assert store.links() == []


def test_a_producer_is_found_days_before_its_consumer(store: Store) -> None:
    long_ago = producer(1, NOW - 4 * DAY)
    store.put(long_ago)
    store.count()
    store.put(consumer(sender=long_ago))
    for _ in range(2):
        assert store.links() == [(JOBS, WORKER, [(4 * DAY - 98.5 - 0.1, 1)])]
        store.count()


def test_a_link_outlives_a_late_document_of_a_trace_whose_other_side_is_out_of_sight(store: Store) -> None:
    """Ids that carry no time are looked for nearby only; what was found once stays."""
    sent = producer() | {"trace_id": "1-ffffffff-0123456789abcdef01234567"}
    store.put(sent, consumer(sender=sent))
    store.count()
    store.put({**consumer(5, NOW - 3 * DAY), "trace_id": consumer()["trace_id"], "parent_id": entity(2)})
    store.count()
    assert store.links() == ONE_LINK


def test_a_restart_forgets_no_link(store: Store) -> None:
    """Neither one that is known nor one whose other side comes only afterwards."""
    late = producer(11, NOW - 200)
    store.put(producer(), consumer(sender=producer()), consumer(12, NOW - 198.5, sender=late))
    store.count()
    store.restart()
    assert store.links() == ONE_LINK
    store.put(late)
    store.count()
    assert store.links() == [(JOBS, WORKER, [(1.4, 2)])]


def test_links_count_in_the_minute_in_which_the_event_was_received(store: Store) -> None:
    """Sent at 0.1 s before a whole minute, received on it; a range takes the minutes that it touches."""
    minute = NOW - 600
    sent = producer(1, minute - 0.2)
    store.put(sent, consumer(2, minute, sender=sent))
    expected = [(JOBS, WORKER, [(0.1, 1)])]
    for _ in range(2):
        assert store.links(minute - 60, minute) == []
        assert store.links(minute - 60, minute + 0.001) == expected
        assert store.links(minute + 59, minute + 120) == expected
        assert store.links(minute + 60, minute + 120) == []
        store.count()


def test_links_go_with_the_traces_that_are_too_old(store: Store) -> None:
    old = producer(1, NOW - 100 - 2 * DAY)
    store.put(old, consumer(2, NOW - 98.5 - 2 * DAY, sender=old), producer(11), consumer(12, sender=producer(11)))
    store.count()
    retain(store.lake, Retention(days=1), now=NOW)
    assert store.links(NOW - 2 * DAY - 3600, NOW - 2 * DAY) == []
    assert store.links() == ONE_LINK
    with store.lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM link_edges").fetchone() == (1,)


def test_links_are_no_calls_in_time_series(store: Store) -> None:
    """Two clients' calls would be three with a link; the consumer has no client."""
    store.put(producer(), consumer(sender=producer()), producer(11))
    for _ in range(2):
        request = {"StartTime": NOW - 3600, "EndTime": NOW}
        answer = time_series(store.lake, request, LIMITS, hours=6, now=NOW, region=REGION, account=ACCOUNT)
        counted = [bucket["EdgeSummaryStatistics"]["TotalCount"] for bucket in answer["TimeSeriesServiceStatistics"]]
        assert sum(counted) == 2
        store.count()


def test_a_group_has_the_links_whose_consumer_belongs_to_it(store: Store) -> None:
    for name, service in (("workers", "worker"), ("shops", "shop")):
        request = {"GroupName": name, "FilterExpression": f'service("{service}")'}
        create_group(store.lake, request, region=REGION, account=ACCOUNT, most=10, now=NOW - 7200)
    store.put(producer(), consumer(sender=producer()))
    for _ in range(2):
        assert store.links(GroupName="workers") == ONE_LINK
        assert store.links(GroupName="shops") == []
        store.count()


def test_two_roll_ups_at_once_make_no_link_twice(store: Store) -> None:
    for number in range(3):
        sent = producer(10 * number + 1)
        store.put(sent, consumer(10 * number + 2, sender=sent))
        start = threading.Barrier(2)

        def count(start: threading.Barrier = start) -> bool:
            start.wait(30)
            try:
                store.count()
            except duckdb.TransactionException:
                return False
            return True

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            succeeded = [one.result(30) for one in [pool.submit(count), pool.submit(count)]]
        assert any(succeeded)
        assert store.links() == [(JOBS, WORKER, [(1.4, number + 1)])]


# --- against the reference

counter = itertools.count()
starts = st.sampled_from([0.0, 0.2, 1.0, 59.9, 60.0, 130.0])


@st.composite
def stories(draw: st.DrawFn) -> list[list[Json]]:
    """Commits of traces that send to queues, receive, and do both."""
    base = NOW - 3000 - 1000 * next(counter)
    senders = [producer(number, base + draw(starts)) for number in range(1, draw(st.integers(1, 4)) + 1)]
    documents = list(senders)
    for number in range(20, 20 + draw(st.integers(1, 4))):
        received = consumer(number, base + draw(starts), name=draw(st.sampled_from(["worker", "mailer"])))
        for sent in draw(st.lists(st.sampled_from(senders), max_size=3)):
            target = draw(st.sampled_from([sent["subsegments"][0]["id"], sent["id"], entity(0xDEAD)]))
            received.setdefault("links", []).append(link(sent["trace_id"], int(target, 16)))
            if draw(st.booleans()) and target != entity(0xDEAD):
                where = sent if target == sent["id"] else sent["subsegments"][0]
                where.setdefault("links", []).append(link(received["trace_id"], number, "child"))
        if draw(st.booleans()):
            function = {**received, "id": entity(number + 100), "parent_id": entity(number)}
            documents.append({**function, "origin": "AWS::Lambda::Function"})
        documents.append(received)
        if draw(st.booleans()):  # it sends on
            received["subsegments"] = producer(number, received["start_time"])["subsegments"]
            senders.append(received)
    documents = draw(st.permutations(documents))
    commits: list[list[Json]] = []
    while documents:
        size = draw(st.integers(1, len(documents)))
        commits.append(list(documents[:size]))
        documents = documents[size:]
    return commits


@pytest.fixture(scope="module")
def shared_store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    store = Store(tmp_path_factory.mktemp("shared") / "data")
    yield store
    store.close()


@settings(max_examples=examples(12, 60), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(commits=stories(), counted=st.lists(st.booleans(), min_size=12, max_size=12))
def test_the_graph_of_a_range_is_that_of_its_traces(
    shared_store: Store, commits: list[list[Json]], counted: list[bool]
) -> None:
    """Answers of GetServiceGraph and GetTraceGraph are the same, counted or live, in whatever order traces came."""
    for documents, now in zip(commits, counted, strict=False):
        shared_store.put(*documents)
        if now:
            shared_store.count()
    ids = sorted({document["trace_id"] for documents in commits for document in documents})
    start = min(document["start_time"] for documents in commits for document in documents)
    expected = trace_graph(shared_store.lake, {"TraceIds": ids}, LIMITS, most=100, account=ACCOUNT)["Services"]
    assert shared_store.graph(start, start + 600) == expected
    shared_store.count()
    assert shared_store.graph(start, start + 600) == expected
