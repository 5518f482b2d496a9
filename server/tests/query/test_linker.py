from typing import Any

from radiograph.query.linker import EdgeFact, LinkFact, NodeFact, Outcome, link, link_all
from radiograph.trace.node import NodeKey

WEB = NodeKey("web", "AWS::EC2::Instance", "123456789012")
PAY = NodeKey("pay", "AWS::ECS::Container", "123456789012")
CART = NodeKey("cart", "AWS::DynamoDB::Table", "")
PRODUCER = "1-65538a00-aaaaaaaaaaaaaaaaaaaaaaaa"
CONSUMER = "1-65538a00-bbbbbbbbbbbbbbbbbbbbbbbb"
QUEUE_URL = "https://sqs.test/1/orders"


def test_every_completed_segment_and_call_of_the_worked_example_is_one_fact(scribe: Any) -> None:
    facts = link(scribe.worked_example())

    us = scribe.us
    assert facts.nodes == [
        NodeFact(WEB, "active", True, Outcome.OK, us(0), us(300), us(300)),
        NodeFact(PAY, "active", False, Outcome.FAULT, us(105), us(245), us(245)),
        NodeFact(CART, "unknown", False, Outcome.OK, us(10), us(90), us(90)),
    ]
    assert facts.edges == [
        EdgeFact(NodeKey("web", "client", ""), WEB, "client", Outcome.OK, us(0), us(300)),
        # The callee took 140 ms, the caller waited 150: an edge is the caller's view.
        EdgeFact(WEB, PAY, "call", Outcome.FAULT, us(100), us(250)),
        EdgeFact(WEB, CART, "call", Outcome.OK, us(10), us(90)),
    ]
    assert facts.links == []


def test_the_account_that_sent_a_segment_stands_in_where_it_names_none(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 10, subsegments=[scribe.table("a1", "cart", 1, 2)]))

    facts = link(trace, "999")

    assert [node.key.account for node in facts.nodes] == ["999", ""]


def test_a_request_counts_in_its_gravest_class_only(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "a", 0, 1, error=True, throttle=True, fault=True),
        scribe.segment("b", "b", 1, 2, error=True, throttle=True),
        scribe.segment("c", "c", 2, 3, http={"response": {"status": 404}}),
        scribe.segment("d", "d", 3, 4, http={"response": {"status": 429}}),
        scribe.segment("e", "e", 4, 5, fault=False, http={"response": {"status": 500}}),
    )

    assert {node.key.name: node.outcome for node in link(trace).nodes} == {
        "a": Outcome.FAULT,
        "b": Outcome.THROTTLE,
        "c": Outcome.ERROR,
        "d": Outcome.THROTTLE,
        "e": Outcome.OK,  # the sender's own word wins over the status
    }


def test_the_duration_lasts_until_the_last_subsegment_however_it_arrived(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "f", 0, 13, subsegments=[scribe.subsegment("a1", "flush", 5, 100)]),
        scribe.separate("a2", "upload", 50, 242, parent_id="a1"),
    )

    [node] = link(trace).nodes

    assert (node.end, node.duration_end) == (scribe.us(13), scribe.us(242))


def test_a_request_in_progress_is_no_fact_but_the_completed_calls_below_it_are(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            None,
            subsegments=[scribe.table("a1", "cart", 1, 2), scribe.remote("a2", "slow", 3, None)],
        ),
        scribe.segment("b", "pay", 3, 9, parent_id="a"),
    )

    facts = link(trace)

    assert [node.key.name for node in facts.nodes] == ["pay", "cart"]
    # The call of `cart` has ended. `pay` was called by the segment itself, which has not.
    assert [(edge.source.name, edge.target.name) for edge in facts.edges] == [("web", "cart")]


def test_a_completed_call_leads_to_a_callee_that_is_still_in_progress(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.remote("a1", "pay.test", 1, 5)]),
        scribe.segment("b", "pay", 1, None, parent_id="a1"),
    )

    facts = link(trace)

    assert [node.key.name for node in facts.nodes] == ["web"]
    assert [(edge.kind, edge.target.name) for edge in facts.edges] == [("client", "web"), ("call", "pay")]


def test_a_segment_whose_parent_is_lost_is_a_root_too(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 10), scribe.segment("b", "pay", 2, 5, parent_id="dead"))

    facts = link(trace)

    assert [(node.key.name, node.root) for node in facts.nodes] == [("web", True), ("pay", True)]
    assert [(edge.kind, edge.target.name) for edge in facts.edges] == [("client", "web"), ("client", "pay")]


def test_a_call_whose_segment_never_came_reaches_its_node_without_an_edge(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.separate("a1", "handler", 0, 10, parent_id="dead", subsegments=[scribe.table("a2", "cart", 1, 2)]),
        scribe.segment("b", "pay", 3, 4, parent_id="a1"),
    )

    facts = link(trace)

    assert [(node.key.name, node.root) for node in facts.nodes] == [("pay", False), ("cart", False)]
    assert facts.edges == []


def test_an_orphaned_call_is_a_node_itself(scribe: Any) -> None:
    trace = scribe.trace({**scribe.table("a1", "cart", 0, 10), "type": "subsegment", "parent_id": scribe.id("dead")})

    facts = link(trace)

    assert [(node.key, node.state) for node in facts.nodes] == [(CART, "unknown")]
    assert facts.edges == []


def test_each_attempt_that_was_answered_is_an_edge_of_its_own(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.remote("a1", "pay.test", 1, 9)]),
        scribe.segment("b", "pay", 2, 4, parent_id="a1", fault=True),
        scribe.segment("c", "pay", 5, 8, parent_id="a1"),
    )

    calls = [edge for edge in link(trace).edges if edge.kind == "call"]

    assert [(edge.target.name, edge.start, edge.end) for edge in calls] == [("pay", scribe.us(1), scribe.us(9))] * 2


def test_lambda_s_two_segments_are_two_nodes_with_the_first_one_s_numbers_between(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "f", 0, 50, origin="AWS::Lambda", http={"response": {"status": 200}}),
        scribe.segment("b", "f", 20, 45, parent_id="a", origin="AWS::Lambda::Function", fault=True),
    )

    [call] = [edge for edge in link(trace).edges if edge.kind == "call"]

    assert (call.source.type, call.target.type) == ("AWS::Lambda", "AWS::Lambda::Function")
    assert (call.outcome, call.start, call.end) == (Outcome.OK, scribe.us(0), scribe.us(50))


def test_a_service_that_calls_itself_has_an_edge_to_itself(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.remote("a1", "web.test", 1, 9)]),
        scribe.segment("b", "web", 2, 8, parent_id="a1"),
    )

    assert [(edge.source.name, edge.target.name) for edge in link(trace).edges if edge.kind == "call"] == [
        ("web", "web")
    ]


def test_a_canary_is_its_own_client(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "probe", 0, 10, origin="client::Synthetics"))

    facts = link(trace)

    assert [node.root for node in facts.nodes] == [True]
    assert facts.edges == []


def _producer(scribe: Any, **links: Any) -> Any:
    send = scribe.segment("a1", "SQS", 10, 12, namespace="aws", aws={"queue_url": QUEUE_URL}, **links)
    return scribe.trace(scribe.segment("a", "shop", 0, 20, subsegments=[send]), trace_id=PRODUCER)


def _consumer(scribe: Any, **links: Any) -> Any:
    return scribe.trace(
        scribe.segment("b", "worker", 500, 600, origin="AWS::Lambda", **links),
        scribe.segment("c", "worker", 510, 590, parent_id="b", origin="AWS::Lambda::Function"),
        trace_id=CONSUMER,
    )


def test_a_linked_trace_has_no_client_and_names_what_started_it(scribe: Any) -> None:
    facts = link(_consumer(scribe, links=[{"trace_id": PRODUCER.upper(), "id": scribe.id("a1")}]))

    worker = NodeKey("worker", "AWS::Lambda", "")
    assert facts.links == [LinkFact(worker, scribe.id("b"), "parent", PRODUCER, scribe.id("a1"), scribe.us(500))]
    assert (facts.nodes[0].key, facts.nodes[0].root) == (worker, False)
    assert [edge.kind for edge in facts.edges] == ["call"]


def test_a_link_that_names_no_possible_segment_is_passed_over(scribe: Any) -> None:
    links = [{"trace_id": "1-x", "id": "a1"}, {"id": scribe.id("a1")}, {"trace_id": PRODUCER, "id": None}]

    assert link(_consumer(scribe, links=links)).links == []


def test_twenty_traces_are_linked_to_a_segment_and_a_hundred_links_to_a_trace(scribe: Any) -> None:
    """As many as X-Ray takes; several links to one trace count as one of the twenty."""
    other = [f"1-65538a00-{number:024x}" for number in range(1, 30)]
    one = [{"trace_id": trace_id, "id": scribe.id("a1")} for trace_id in other]
    again = [{"trace_id": other[0], "id": scribe.id("a2")}]
    found = link(_consumer(scribe, links=[*one, *again])).links
    assert [(fact.trace_id, fact.id) for fact in found] == [
        *((trace_id, scribe.id("a1")) for trace_id in other[:20]),
        (other[0], scribe.id("a2")),
    ]

    segments = [scribe.segment(f"b{number}", "worker", number, 90, links=one[:15]) for number in range(8)]
    assert len(link(scribe.trace(*segments)).links) == 100


def test_a_link_written_on_the_function_s_segment_reaches_the_invocation(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("b", "worker", 500, 600, origin="AWS::Lambda"),
        scribe.segment("c", "worker", 510, 590, parent_id="b", links=[{"trace_id": PRODUCER, "id": scribe.id("a1")}]),
        trace_id=CONSUMER,
    )

    [fact] = link(trace).links

    assert (fact.node.type, fact.own_id, fact.at) == ("AWS::Lambda", scribe.id("b"), scribe.us(500))


QUEUE_TO_WORKER = (
    NodeKey(QUEUE_URL, "AWS::SQS::Queue", ""),
    NodeKey("worker", "AWS::Lambda", ""),
    "link",
    Outcome.OK,
)


def _link_edges(scribe: Any, *traces: Any) -> list[tuple[Any, ...]]:
    edges = [edge for edge in link_all(traces).edges if edge.kind == "link"]
    return [(edge.source, edge.target, edge.kind, edge.outcome, edge.start, edge.end) for edge in edges]


def test_two_linked_traces_are_joined_by_an_edge_that_lasts_from_sending_to_receiving(scribe: Any) -> None:
    consumer = _consumer(scribe, links=[{"trace_id": PRODUCER, "id": scribe.id("a1")}])

    assert _link_edges(scribe, consumer, _producer(scribe)) == [(*QUEUE_TO_WORKER, scribe.us(10), scribe.us(500))]


def test_the_edge_leaves_the_segment_that_answered_the_sending_call(scribe: Any) -> None:
    topic = "1-65538a00-cccccccccccccccccccccccc"
    sender = scribe.trace(
        scribe.segment("a", "shop", 0, 20, subsegments=[scribe.segment("a1", "SNS", 10, 12, namespace="aws")]),
        scribe.segment("d", "orders", 11, 13, parent_id="a1", origin="AWS::SNS::Topic"),
        trace_id=topic,
    )
    consumer = _consumer(scribe, links=[{"trace_id": topic, "id": scribe.id("a1")}])

    [edge] = _link_edges(scribe, sender, consumer)

    assert edge[0] == NodeKey("orders", "AWS::SNS::Topic", "")


def test_a_link_that_names_a_segment_leaves_that_segment_s_node(scribe: Any) -> None:
    consumer = _consumer(scribe, links=[{"trace_id": PRODUCER, "id": scribe.id("a")}])

    [edge] = _link_edges(scribe, _producer(scribe), consumer)

    assert edge[0] == NodeKey("shop", "", "")


def test_an_event_is_never_received_before_it_was_sent(scribe: Any) -> None:
    consumer = scribe.trace(
        scribe.segment("b", "worker", 4, 9, links=[{"trace_id": PRODUCER, "id": scribe.id("a1")}]), trace_id=CONSUMER
    )

    [edge] = _link_edges(scribe, _producer(scribe), consumer)

    assert edge[-2:] == (scribe.us(10), scribe.us(10))


def test_the_sender_may_name_the_receiver_instead(scribe: Any) -> None:
    there = [{"trace_id": CONSUMER, "id": scribe.id("b"), "attributes": {"ReferenceType": "child"}}]
    traces = [_producer(scribe, links=there), _consumer(scribe)]

    assert _link_edges(scribe, *traces) == [(*QUEUE_TO_WORKER, scribe.us(10), scribe.us(500))]
    clients = [edge.target.name for edge in link_all(traces).edges if edge.kind == "client"]
    assert clients == ["shop"]


def test_a_link_that_both_sides_name_is_one_event(scribe: Any) -> None:
    there = [{"trace_id": CONSUMER, "id": scribe.id("b"), "attributes": {"ReferenceType": "child"}}]
    back = [{"trace_id": PRODUCER, "id": scribe.id("a1"), "attributes": {"ReferenceType": "parent"}}]

    assert len(_link_edges(scribe, _producer(scribe, links=there), _consumer(scribe, links=back))) == 1


def test_a_link_to_a_trace_that_is_not_at_hand_makes_no_edge(scribe: Any) -> None:
    consumer = _consumer(scribe, links=[{"trace_id": PRODUCER, "id": scribe.id("a1")}])

    assert _link_edges(scribe, consumer) == []
    assert len(link_all([consumer]).links) == 1


def test_documents_in_any_order_give_the_same_facts(scribe: Any) -> None:
    documents = [
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.remote("a1", "pay.test", 1, 9)]),
        scribe.segment("b", "pay", 2, 8, parent_id="a1"),
        scribe.separate("b1", "query", 3, 12, parent_id="b", namespace="remote", sql={"user": "u"}),
    ]

    assert link(scribe.trace(*documents)) == link(scribe.trace(*reversed(documents)))
