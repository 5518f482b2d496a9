from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.query.graph import ServiceGraph, Statistics
from radiograph.query.linker import EdgeFact, Facts, NodeFact, Outcome, link, link_all
from radiograph.trace.node import NodeKey

BASE = 1_700_000_000
US = 1_000_000
NONE_OF_THEM = {
    "OkCount": 0,
    "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 0, "TotalCount": 0},
    "FaultStatistics": {"OtherCount": 0, "TotalCount": 0},
    "TotalCount": 0,
    "TotalResponseTime": 0.0,
}


def _one(seconds: float, *, fault: bool = False) -> dict[str, Any]:
    return {
        "OkCount": 0 if fault else 1,
        "ErrorStatistics": {"ThrottleCount": 0, "OtherCount": 0, "TotalCount": 0},
        "FaultStatistics": {"OtherCount": int(fault), "TotalCount": int(fault)},
        "TotalCount": 1,
        "TotalResponseTime": seconds,
    }


def _edge(reference: int, seconds: float, *, fault: bool = False) -> dict[str, Any]:
    return {
        "ReferenceId": reference,
        "StartTime": BASE,
        "EndTime": BASE + 1,
        "SummaryStatistics": _one(seconds, fault=fault),
        "ResponseTimeHistogram": [{"Value": seconds, "Count": 1}],
        "Aliases": [],
    }


def _graph(*facts: Facts) -> list[dict[str, Any]]:
    graph = ServiceGraph()
    for found in facts:
        graph.add_facts(found)
    return graph.answer()


def test_the_worked_example_is_answered_member_for_member(scribe: Any) -> None:
    period = {"StartTime": BASE, "EndTime": BASE + 1}

    assert _graph(link(scribe.worked_example())) == [
        {
            "ReferenceId": 0,
            "Name": "web",
            "Names": ["web"],
            "Type": "client",
            "State": "unknown",
            **period,
            "Edges": [_edge(1, 0.3)],
            "DurationHistogram": [],
            "ResponseTimeHistogram": [],
        },
        {
            "ReferenceId": 1,
            "Name": "web",
            "Names": ["web"],
            "Root": True,
            "AccountId": "123456789012",
            "Type": "AWS::EC2::Instance",
            "State": "active",
            **period,
            "Edges": [_edge(2, 0.08), _edge(3, 0.15, fault=True)],
            "SummaryStatistics": _one(0.3),
            "DurationHistogram": [{"Value": 0.3, "Count": 1}],
            "ResponseTimeHistogram": [{"Value": 0.3, "Count": 1}],
        },
        {
            "ReferenceId": 2,
            "Name": "cart",
            "Names": ["cart"],
            "Type": "AWS::DynamoDB::Table",
            "State": "unknown",
            **period,
            "Edges": [],
            "SummaryStatistics": _one(0.08),
            "DurationHistogram": [{"Value": 0.08, "Count": 1}],
            "ResponseTimeHistogram": [{"Value": 0.08, "Count": 1}],
        },
        {
            "ReferenceId": 3,
            "Name": "pay",
            "Names": ["pay"],
            "AccountId": "123456789012",
            "Type": "AWS::ECS::Container",
            "State": "active",
            **period,
            "Edges": [],
            "SummaryStatistics": _one(0.14, fault=True),
            "DurationHistogram": [{"Value": 0.14, "Count": 1}],
            "ResponseTimeHistogram": [{"Value": 0.14, "Count": 1}],
        },
    ]


def test_no_trace_is_no_service() -> None:
    assert ServiceGraph().answer() == []


WEB = NodeKey("web", "", "")
PAY = NodeKey("pay", "", "")
CLIENT = NodeKey("web", "client", "")


def _node(key: NodeKey, start: int, end: int, outcome: Outcome = Outcome.OK, **more: Any) -> NodeFact:
    members: dict[str, Any] = {"state": "active", "root": False, "duration_end": end, **more}
    return NodeFact(key=key, outcome=outcome, start=start, end=end, **members)


def test_each_class_is_counted_once_and_the_sums_agree() -> None:
    ends = [Outcome.OK] * 3 + [Outcome.ERROR] * 2 + [Outcome.THROTTLE] * 4 + [Outcome.FAULT]

    [service] = _graph(Facts([_node(WEB, 0, 1000, outcome) for outcome in ends], [], []))

    assert service["SummaryStatistics"] == {
        "OkCount": 3,
        "ErrorStatistics": {"ThrottleCount": 4, "OtherCount": 2, "TotalCount": 6},
        "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
        "TotalCount": 10,
        "TotalResponseTime": 0.01,
    }


def test_response_times_are_summed_before_they_are_rounded() -> None:
    # 1.6 ms and 12.4 ms show as 0.002 and 0.012, and their sum is 0.014.
    [service] = _graph(Facts([_node(WEB, 0, 1_600), _node(WEB, 0, 12_400)], [], []))

    assert service["SummaryStatistics"]["TotalResponseTime"] == 0.014
    assert service["ResponseTimeHistogram"] == [{"Value": 0.002, "Count": 1}, {"Value": 0.012, "Count": 1}]


def test_the_sum_of_response_times_is_rounded_to_milliseconds() -> None:
    [service] = _graph(Facts([_node(WEB, 0, 800), _node(WEB, 0, 800)], [], []))

    assert service["SummaryStatistics"]["TotalResponseTime"] == 0.002  # 1.6 ms


def test_what_a_client_called_is_a_root_even_before_its_own_requests_are_known() -> None:
    _, web = _graph(Facts([], [EdgeFact(CLIENT, WEB, "client", Outcome.OK, 0, 1)], []))

    assert (web["Root"], web["State"], web["SummaryStatistics"]) == (True, "active", NONE_OF_THEM)


def test_work_after_the_answer_shows_in_the_durations_only() -> None:
    [service] = _graph(Facts([_node(WEB, 0, 13_000, duration_end=242_000)], [], []))

    assert service["ResponseTimeHistogram"] == [{"Value": 0.013, "Count": 1}]
    assert service["DurationHistogram"] == [{"Value": 0.242, "Count": 1}]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (1.2, 1.9, (1, 2)),  # both lie in one second, and viewers divide by the difference
        (1.2, 2.1, (1, 2)),
        (1.9, 7.99, (1, 7)),
    ],
)
def test_times_are_whole_seconds_and_never_equal(start: float, end: float, expected: tuple[int, int]) -> None:
    [service] = _graph(Facts([_node(WEB, round(start * US), round(end * US))], [], []))

    assert (service["StartTime"], service["EndTime"]) == expected


def test_clients_come_first_then_where_traces_begin_then_the_others_by_name() -> None:
    call: dict[str, Any] = {"kind": "call", "outcome": Outcome.OK, "start": 0, "end": 1}
    zoo, app = NodeKey("zoo", "", ""), NodeKey("app", "", "")
    services = _graph(
        Facts(
            [_node(app, 0, 1), _node(zoo, 0, 1, root=True), _node(PAY, 0, 1)],
            [
                EdgeFact(NodeKey("zoo", "client", ""), zoo, "client", Outcome.OK, 0, 1),
                EdgeFact(source=zoo, target=PAY, **call),
                EdgeFact(source=zoo, target=app, **call),
            ],
            [],
        )
    )

    assert [(service["Name"], service["Type"]) for service in services] == [
        ("zoo", "client"),
        ("zoo", ""),
        ("app", ""),
        ("pay", ""),
    ]
    assert [service["ReferenceId"] for service in services] == [0, 1, 2, 3]
    assert [edge["ReferenceId"] for edge in services[1]["Edges"]] == [2, 3]
    assert [service.get("Root") for service in services] == [None, True, None, None]


def test_one_client_calls_all_nodes_of_its_name() -> None:
    ec2, ecs = NodeKey("web", "AWS::EC2::Instance", ""), NodeKey("web", "AWS::ECS::Container", "")
    client, *_ = services = _graph(
        Facts(
            [_node(ec2, 0, 1, root=True), _node(ecs, 0, 1, root=True)],
            [EdgeFact(CLIENT, key, "client", Outcome.OK, 0, 1) for key in (ec2, ecs)],
            [],
        )
    )

    assert len(services) == 3
    assert [edge["ReferenceId"] for edge in client["Edges"]] == [1, 2]


def test_two_accounts_are_two_nodes() -> None:
    services = _graph(Facts([_node(NodeKey("web", "", "1"), 0, 1), _node(NodeKey("web", "", "2"), 0, 1)], [], []))

    assert [service["AccountId"] for service in services] == ["1", "2"]


def test_a_node_that_only_stands_at_the_end_of_an_edge_is_there_with_zero_counts() -> None:
    caller, callee = _graph(Facts([], [EdgeFact(PAY, WEB, "call", Outcome.OK, 5 * US, 9 * US)], []))

    assert (caller["Name"], caller["State"]) == ("pay", "active")  # only a segment that was sent can call
    assert (callee["Name"], callee["State"]) == ("web", "unknown")
    assert callee["SummaryStatistics"] == NONE_OF_THEM
    assert (callee["StartTime"], callee["EndTime"], callee["Edges"]) == (5, 9, [])
    assert callee["ResponseTimeHistogram"] == callee["DurationHistogram"] == []


def test_a_link_edge_shows_the_age_of_events_and_no_statistics(scribe: Any) -> None:
    producer, consumer = "1-65538a00-aaaaaaaaaaaaaaaaaaaaaaaa", "1-65538a00-bbbbbbbbbbbbbbbbbbbbbbbb"
    send = scribe.segment("a1", "SQS", 10, 12, namespace="aws", aws={"queue_url": "q"})
    traces = [
        scribe.trace(scribe.segment("a", "shop", 0, 20, subsegments=[send]), trace_id=producer),
        scribe.trace(
            scribe.segment("b", "worker", 500, 600, links=[{"trace_id": producer, "id": scribe.id("a1")}]),
            trace_id=consumer,
        ),
    ]

    services = _graph(link_all(traces))

    assert [(service["Name"], service["Type"]) for service in services] == [
        ("shop", "client"),
        ("shop", ""),
        ("q", "AWS::SQS::Queue"),
        ("worker", ""),
    ]
    queue, worker = services[2:]
    assert "Root" not in worker
    assert queue["Edges"] == [
        {
            "ReferenceId": 3,
            "StartTime": BASE,
            "EndTime": BASE + 1,
            "SummaryStatistics": {},
            "ResponseTimeHistogram": [],
            "EdgeType": "link",
            "ReceivedEventAgeHistogram": [{"Value": 0.49, "Count": 1}],
            "Aliases": [],
        }
    ]


def _row(n: int = 1, **changed: Any) -> dict[str, Any]:
    row: dict[str, Any] = {
        "state": "active",
        "root": True,
        "outcome": Outcome.OK,
        "response_ms": 300,
        "duration_ms": 300,
        "n": n,
        "sum_us": n * 300_000,
        "first": 10 * US,
        "last": 20 * US,
    }
    return row | changed


def test_rows_of_a_rollup_count_as_many_requests_as_they_stand_for() -> None:
    graph = ServiceGraph()
    graph.add_node(WEB, **_row(5))
    graph.add_node(WEB, **_row(2, outcome=3, response_ms=500, duration_ms=700, sum_us=1_000_400))

    [service] = graph.answer()

    assert service["SummaryStatistics"]["OkCount"] == 5
    assert service["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 2
    assert service["SummaryStatistics"]["TotalResponseTime"] == 2.5  # 1.5 + 1.0004
    assert service["ResponseTimeHistogram"] == [{"Value": 0.3, "Count": 5}, {"Value": 0.5, "Count": 2}]
    assert service["DurationHistogram"] == [{"Value": 0.3, "Count": 5}, {"Value": 0.7, "Count": 2}]
    assert (service["StartTime"], service["EndTime"]) == (10, 20)


def test_rows_that_are_alike_span_the_time_of_all_of_them() -> None:
    graph = ServiceGraph()
    for first, last in ((10, 20), (5, 12), (11, 30)):
        graph.add_node(WEB, **_row(1, first=first * US, last=last * US))

    [service] = graph.answer()
    assert (service["StartTime"], service["EndTime"]) == (5, 30)


def test_what_a_correction_takes_back_leaves_nothing_behind() -> None:
    graph = ServiceGraph()
    edge = {"outcome": 0, "response_ms": 1, "sum_us": 1_000, "first": 0, "last": US}
    graph.add_node(WEB, **_row(1))
    graph.add_node(PAY, **_row(1))
    graph.add_edge(WEB, PAY, "call", **edge)

    graph.add_node(PAY, **_row(-1))
    graph.add_edge(WEB, PAY, "call", **{**edge, "n": -1, "sum_us": -1_000})

    [service] = graph.answer()
    assert service["Name"] == "web"
    assert service["Edges"] == []


def test_a_root_whose_parent_arrived_late_is_no_root_any_more() -> None:
    graph = ServiceGraph()
    graph.add_node(PAY, **_row(1))
    graph.add_node(PAY, **_row(-1))
    graph.add_node(PAY, **_row(1, root=False, first=12 * US, last=13 * US))

    [service] = graph.answer()

    assert "Root" not in service
    assert service["SummaryStatistics"]["TotalCount"] == 1


def test_the_time_of_a_request_that_was_taken_back_does_not_stretch_the_node() -> None:
    graph = ServiceGraph()
    graph.add_node(WEB, **_row(1, response_ms=7, first=1 * US, last=90 * US))
    graph.add_node(WEB, **_row(1))

    graph.add_node(WEB, **_row(-1, response_ms=7, first=1 * US, last=90 * US))

    [service] = graph.answer()
    assert (service["StartTime"], service["EndTime"]) == (10, 20)


requests = st.lists(
    st.tuples(
        st.sampled_from([WEB, PAY]),
        st.sampled_from(list(Outcome)),
        st.integers(0, 3_000_000),
        st.integers(0, 5_000),
        st.integers(0, 5_000),
        st.booleans(),
    ),
    max_size=30,
)


@given(requests, st.randoms(use_true_random=False))
def test_facts_in_any_order_and_summed_beforehand_give_the_same_graph(drawn: Any, shuffle: Any) -> None:
    facts = [
        NodeFact(key, "active", root, outcome, start, start + length, start + length + extra)
        for key, outcome, start, length, extra, root in drawn
    ]
    one_by_one = _graph(Facts(facts, [], []))
    shuffle.shuffle(facts)
    sums: dict[Any, list[int]] = {}
    for fact in facts:
        response = (fact.end - fact.start + 500) // 1000
        duration = (fact.duration_end - fact.start + 500) // 1000
        row = sums.setdefault((fact.key, fact.root, fact.outcome, response, duration), [0, 0, fact.start, fact.end])
        row[0] += 1
        row[1] += fact.end - fact.start
        row[2] = min(row[2], fact.start)
        row[3] = max(row[3], fact.end)
    graph = ServiceGraph()
    for (key, root, outcome, response, duration), (n, sum_us, first, last) in sums.items():
        graph.add_node(
            key,
            state="active",
            root=root,
            outcome=outcome,
            response_ms=response,
            duration_ms=duration,
            n=n,
            sum_us=sum_us,
            first=first,
            last=last,
        )

    assert graph.answer() == one_by_one


def test_statistics_include_those_of_another() -> None:
    first, second = Statistics(), Statistics()
    first.add(Outcome.FAULT, 1_000_000, 1_002_000)
    second.add(Outcome.OK, 500_000, 501_000, 504_000)
    second.add(Outcome.THROTTLE, 600_000, 601_000)
    second.add(Outcome.ERROR, 600_000, 601_000)

    first.include(second)

    totals = first.totals()
    assert (totals.ok, totals.error, totals.throttle, totals.fault, totals.count) == (1, 1, 1, 1, 4)
    assert (totals.first, totals.last, totals.total_us) == (500_000, 1_002_000, 5_000)
    assert totals.response == {2: 1, 1: 3}
    assert totals.duration == {2: 1, 4: 1, 1: 2}


def test_statistics_of_nothing_are_zero() -> None:
    totals = Statistics().totals()

    assert totals.answer() == NONE_OF_THEM
    assert (totals.first, totals.last, totals.response, totals.duration) == (0, 0, {}, {})
