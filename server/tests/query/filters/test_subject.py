"""A trace as expressions see it agrees with the service graph and the summary made of the same trace."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from server.tests.query.filters import vocabulary as v
from server.tests.query.filters.expressions import expressions
from server.tests.query.filters.traces import documents, subject_of, trace_ids, trace_of, unhurried

from radiograph.query.filters import Expression, Scope, canonical, in_scope, matches, parse
from radiograph.query.filters.facts import _OF_CALL, _OF_ELEMENT, _OF_SEGMENT, _OF_TRACE
from radiograph.query.linker import latest_end, link, outcome
from radiograph.query.summary import summarise
from radiograph.trace import Document, Limits, parse_document

SOON = (v.BASE + 5) * 1_000_000


@unhurried
@given(documents())
def test_completed_segments_and_calls_are_those_of_the_service_graph(texts: list[bytes]) -> None:
    subject = subject_of(texts)
    facts = link(subject.trace, v.DEFAULT_ACCOUNT)

    nodes = [
        (node.key, node.root, node.entity.start, node.entity.end, latest_end(node.entity, node.entity.end))
        for node in subject.nodes
        if node.entity.end is not None
    ]
    calls = [
        (call.source, call.target, outcome(call.entity.typed), call.entity.start, call.entity.end)
        for call in subject.calls
        if call.entity.end is not None
    ]

    assert Counter(nodes) == Counter(
        (node.key, node.root, node.start, node.end, node.duration_end) for node in facts.nodes
    )
    assert Counter(calls) == Counter(
        (edge.source, edge.target, edge.outcome, edge.start, edge.end) for edge in facts.edges
    )


@unhurried
@given(documents())
def test_the_facts_of_a_trace_are_those_of_its_summary(texts: list[bytes]) -> None:
    subject = subject_of(texts, now=SOON)
    summary = summarise(subject.trace, default_account=v.DEFAULT_ACCOUNT, now=SOON)

    def fact(keyword: str) -> list[bool | float | str]:
        return _OF_TRACE[keyword](subject)

    assert fact("fault") == [summary["HasFault"]]
    assert fact("error") == [summary["HasError"]]
    assert fact("throttle") == [summary["HasThrottle"]]
    assert fact("partial") == [summary["IsPartial"]]
    assert fact("duration") == [summary["Duration"]]
    assert fact("responsetime") == [summary[member] for member in ("ResponseTime",) if member in summary]
    assert fact("http.url") == [summary["Http"][member] for member in ("HttpURL",) if member in summary["Http"]]
    assert fact("http.status") == [summary["Http"][member] for member in ("HttpStatus",) if member in summary["Http"]]
    assert set(fact("user")) == {user["UserName"] for user in summary["Users"]}
    assert set(fact("instance.id")) == {instance["Id"] for instance in summary["InstanceIds"]}
    assert set(fact("availabilityzone")) == {zone["Name"] for zone in summary["AvailabilityZones"]}
    assert set(fact("resource.arn")) == {resource["ARN"] for resource in summary["ResourceARNs"]}
    assert {annotation.key for annotation in subject.annotations} == set(summary["Annotations"])


@pytest.mark.parametrize(
    ("scopes", "facts"),
    [
        (("trace",), _OF_TRACE),
        (("service",), _OF_SEGMENT),
        (("edge",), _OF_CALL),
        (("cause service", "cause entity", "slow entity", "cause exception"), _OF_ELEMENT),
    ],
)
def test_every_keyword_is_a_fact_where_it_may_stand_and_nowhere_else(
    scopes: tuple[Scope, ...], facts: dict[str, object]
) -> None:
    words = {word.name for scope in scopes for word in in_scope(scope) if word.kind not in ("term", "any")}

    assert words == set(facts)


@unhurried
@given(expressions(), documents())
def test_whatever_an_expression_says_a_trace_matches_it_or_its_negation(
    expression: Expression, texts: list[bytes]
) -> None:
    subject = subject_of(texts)
    negation = parse(f"NOT ({canonical(expression)})")

    assert matches(expression, subject) is not matches(negation, subject)


@unhurried
@given(st.data())
def test_random_documents_are_acceptable_and_make_one_trace(data: st.DataObject) -> None:
    trace_id = data.draw(trace_ids())
    texts = data.draw(documents(trace_id))

    for text in texts:
        parsed = parse_document(text, Limits(), v.BASE + 10.0)
        assert isinstance(parsed, Document), parsed
        assert parsed.trace_id == trace_id
        assert parsed.repairs == ()
    assert trace_of(texts, trace_id).segments
