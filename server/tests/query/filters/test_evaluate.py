"""What an expression means (specification, sections 3 and 4): one rule each."""

from typing import Any

import pytest

from radiograph.query.filters import And, Comparison, GroupTerm, Or, Subject, matches, parse
from radiograph.query.filters.evaluate import compare
from radiograph.trace import Trace


def found(text: str, trace: Trace, **options: Any) -> bool:
    return matches(parse(text), Subject(trace, **options))


def test_no_filter_matches_everything(scribe: Any) -> None:
    assert found("", scribe.trace(scribe.segment("a", "web", 0, 1)))


def test_an_empty_and_is_true_and_an_empty_or_false(scribe: Any) -> None:
    subject = Subject(scribe.trace(scribe.segment("a", "web", 0, 1)))

    assert matches(And(()), subject)
    assert not matches(Or(()), subject)


def test_a_group_that_was_not_resolved_is_a_mistake_of_the_caller(scribe: Any) -> None:
    with pytest.raises(ValueError, match=r"resolve_groups has not seen group\.name = 'slow'"):
        matches(GroupTerm("name", "=", "slow"), Subject(scribe.trace(scribe.segment("a", "web", 0, 1))))


# --- facts


def test_an_absent_fact_makes_every_comparison_false_and_its_negation_true(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None))

    for term in (
        "http.status = 200",
        "http.status != 200",
        "responsetime >= 0",
        'user CONTAINS ""',
        'user != "x"',
        "user",
    ):
        assert not found(term, trace)
        assert found(f"!{term}", trace)


def test_of_several_values_one_must_compare_as_asked_but_none_may_equal(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, user="ann", annotations={"n": 1}),
        scribe.segment("b", "pay", 1, 8, parent_id="a", user="bob", annotations={"n": 9}),
    )

    assert found('user = "ann" AND user = "bob"', trace)
    assert found("annotation.n < 2 AND annotation.n > 8", trace)
    assert not found('user != "ann"', trace)
    assert found('user != "eve"', trace)
    assert not found("annotation.n != 9", trace)


@pytest.mark.parametrize(
    ("value", "literal", "equal"),
    [
        ("98101", "98101", False),
        ("98101", '"98101"', True),
        (98101, "98101", True),
        (98101, "98101.0", True),
        (1, "true", False),
        (True, "true", True),
        (True, "1", False),
        (False, "0", False),
        ("true", "true", False),
        ("true", '"true"', True),
    ],
)
def test_a_value_of_another_type_is_not_equal(scribe: Any, value: Any, literal: str, equal: bool) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, annotations={"x": value}))

    assert found(f"annotation.x = {literal}", trace) is equal
    assert found(f"annotation.x != {literal}", trace) is not equal


def test_a_value_of_another_type_is_neither_less_nor_more_nor_part(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, annotations={"s": "5", "b": True, "n": 5}))

    assert not found("annotation.s > 1 OR annotation.s <= 9", trace)
    assert not found("annotation.b >= 0", trace)
    assert not found('annotation.n CONTAINS "5"', trace)


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        ("=", (False, True, False)),
        ("!=", (True, False, True)),
        ("<", (True, False, False)),
        ("<=", (True, True, False)),
        (">", (False, False, True)),
        (">=", (False, True, True)),
    ],
)
def test_numbers_compare_numerically(operator: Any, holds: tuple[bool, bool, bool]) -> None:
    assert tuple(compare([number], operator, 10.0) for number in (9.0, 10.0, 10.5)) == holds


@pytest.mark.parametrize(
    ("text", "matching", "other"),
    [
        ('user = "ab"', "ab", "Ab"),
        ('user CONTAINS "b.c"', "ab.cd", "abxcd"),
        ('user BEGINSWITH "ab"', "abc", "xabc"),
        ('user ENDSWITH "bc"', "abc", "abcx"),
        ('user = "é"', "é", "e\u0301"),
        ('user CONTAINS "*"', "a*", "a"),
    ],
)
def test_strings_compare_exactly_and_know_no_wildcards(scribe: Any, text: str, matching: str, other: str) -> None:
    assert found(text, scribe.trace(scribe.segment("a", "web", 0, 1, user=matching)))
    assert not found(text, scribe.trace(scribe.segment("a", "web", 0, 1, user=other)))


def test_times_equal_the_decimal_that_spells_them(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 123.457))

    assert found("responsetime = 0.123457 AND duration = 0.123457", trace)


# --- the whole trace


def test_a_handled_failure_below_the_root_is_none_of_the_trace_but_a_throttle_is(scribe: Any) -> None:
    def below(**flags: bool) -> Any:
        return scribe.trace(scribe.segment("a", "web", 0, 9, subsegments=[scribe.table("a1", "t", 1, 2, **flags)]))

    assert found("ok !error !fault", below(error=True))
    assert found("ok !fault", below(fault=True))
    assert found("throttle AND ok", below(throttle=True))
    assert found("service() { error } AND service() { throttle = false }", below(error=True))


def test_a_throttled_root_is_not_ok(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, throttle=True))

    assert found("throttle !ok !error !fault", trace)


@pytest.mark.parametrize("text", ["ok", "ok = true", "ok != false", "fault = false", "fault != true", "!fault"])
def test_a_truth_is_asked_for_in_many_ways(scribe: Any, text: str) -> None:
    assert found(text, scribe.trace(scribe.segment("a", "web", 0, 9)))
    assert not found(text, scribe.trace(scribe.segment("a", "web", 0, 9, fault=True)))


def test_the_response_time_is_the_root_s_and_the_duration_the_whole_trace_s(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 250), scribe.separate("a1", "flush", 100, 1_000, parent_id="a"))

    assert found("responsetime = 0.25 AND duration = 1", trace)


def test_a_trace_in_progress_has_a_duration_and_no_response_time(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None, subsegments=[scribe.table("a1", "t", 1, 500)]))

    assert found("partial AND duration = 0.5 AND !responsetime", trace)


def test_an_announced_segment_makes_a_trace_partial_for_a_minute(scribe: Any) -> None:
    announced = scribe.remote("a1", "pay.test", 1, 2, http={"request": {"traced": True}})
    trace = scribe.trace(scribe.segment("a", "web", 0, 10, subsegments=[announced]))

    assert found("partial", trace, now=scribe.us(60_009))
    assert not found("partial", trace, now=scribe.us(60_010))
    assert not found("partial", trace)


def test_http_of_a_trace_is_what_its_root_served(scribe: Any) -> None:
    http = {"request": {"method": "GET", "url": "u"}, "response": {"status": "404"}}
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, subsegments=[scribe.remote("a1", "pay", 1, 2, http=http)]),
    )

    assert not found("http.url OR http.method OR http.status", trace)
    assert found('service("pay") { http.url = "u" AND http.method = GET AND http.status = 404 }', trace)
    assert found('edge("web", "pay") { http.url = "u" AND http.method = GET AND http.status = 404 }', trace)


def test_users_zones_instances_and_resources_are_those_of_any_segment(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, user="ann", aws={"ec2": {"instance_id": "i-1", "availability_zone": "z1"}}),
        scribe.segment(
            "b",
            "f",
            1,
            8,
            parent_id="a",
            user="",
            resource_arn="arn:1",
            aws={"function_arn": "arn:2", "ecs": {"container_arn": "arn:3", "task_arn": "arn:4"}, "ec2": "nonsense"},
        ),
    )

    assert found('user = ann AND instance.id = "i-1" AND availabilityzone = z1', trace)
    assert found('resource.arn = "arn:1" resource.arn = "arn:2" resource.arn = "arn:3" resource.arn = "arn:4"', trace)
    assert found('service("web") { user AND instance.id AND availabilityzone AND !resource.arn }', trace)
    assert found('service("f") { !user AND !instance.id AND resource.arn = "arn:4" }', trace)


def test_the_account_of_a_segment_is_its_own_or_its_sender_s(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, aws={"account_id": "1"}, subsegments=[scribe.table("a1", "t", 1, 2)]),
        scribe.segment("b", "pay", 1, 2),
    )

    assert found('account.id = "1" AND account.id = "2"', trace, default_account="2")
    assert found('service(id(name: "pay", account.id: "2"))', trace, default_account="2")
    assert found('service(id(name: "t", account.id: ""))', trace, default_account="2")
    assert not found('account.id != "1"', trace)


def test_a_cold_start_is_an_initialisation_of_a_lambda_function(scribe: Any) -> None:
    def function(origin: str, step: str) -> Any:
        return scribe.trace(
            scribe.segment("a", "web", 0, 9),
            scribe.segment(
                "b", "f", 0, 9, parent_id="a", origin=origin, subsegments=[scribe.segment("b1", step, 0, 1)]
            ),
        )

    assert found('coldstart AND service("f") { coldstart }', function("AWS::Lambda::Function", "Initialization"))
    assert found("coldstart", function("AWS::Lambda::Function", "Init"))
    assert found('!coldstart AND !service("f") { coldstart }', function("AWS::Lambda::Function", "Invocation"))
    assert found("!coldstart", function("AWS::Lambda", "Init"))


# --- annotations and metadata


def test_annotations_are_those_of_all_segments_and_subsegments(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, subsegments=[scribe.segment("a1", "step", 1, 2, annotations={"x": 1})]),
        scribe.separate("b1", "orphan", 1, 2, parent_id="dead", annotations={"y": 2}),
    )

    assert found("annotation.x = 1 AND annotation.y = 2", trace)


def test_only_indexed_annotations_are_found(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, annotations={"a b": 1, "huge": 10**400, "long": "x" * 2_000}),
        scribe.segment("b", "pay", 0, 9, annotations={"late": 1}),
    )

    assert not found('annotation["a b"] OR annotation.huge', trace)
    assert found(f'annotation.long = "{"x" * 1_000}"', trace)
    assert found("annotation.late", trace)
    assert not found("annotation.late", trace, annotation_keys=1)


def test_a_bare_annotation_is_set_and_not_false(scribe: Any) -> None:
    values = {"no": False, "yes": True, "zero": 0, "empty": ""}
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, annotations=values))

    assert found("annotation.yes annotation.zero annotation.empty", trace)
    assert not found("annotation.no OR annotation.none", trace)


def test_annotations_of_one_segment_are_asked_for_inside_its_braces(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, subsegments=[scribe.segment("a1", "step", 1, 2, annotations={"x": 1})]),
        scribe.segment("b", "pay", 0, 9, annotations={"x": 2}),
    )

    assert found('service("web") { annotation.x = 1 }', trace)
    assert not found('service("web") { annotation.x = 2 }', trace)


def test_metadata_is_followed_by_its_keys_from_the_namespace(scribe: Any) -> None:
    metadata = {"default": {"user": {"id": 7}, "on": False}, "my ns": {"tag": "gold", "list": [1], "nothing": None}}
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, subsegments=[scribe.segment("a1", "step", 1, 2, metadata=metadata)])
    )

    assert found("metadata.default.user.id = 7 AND metadata.user.id = 7", trace)
    assert found('metadata["my ns"].tag = "gold" AND !metadata.tag', trace)
    assert found('metadata.user AND metadata["my ns"].list AND !metadata["my ns"].nothing', trace)
    assert found('!metadata.on AND metadata.on = false AND !metadata["my ns"].list = 1', trace)
    assert not found("metadata.user.id.deeper OR metadata.nowhere", trace)


def test_metadata_that_is_no_object_or_a_number_beyond_all_doubles_equals_nothing(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, metadata="text"),
        scribe.segment("b", "web", 0, 9, metadata={"n": {"x": 10**400}}),
    )

    assert not found("metadata.text", trace)
    assert found("metadata.n.x AND !metadata.n.x > 1", trace)


# --- more operators


def test_in_is_true_of_any_value_listed(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, annotations={"x": "b", "n": 2}))

    assert found('annotation.x IN ("a", "b") AND annotation.n IN (1, 2)', trace)
    assert not found('annotation.x IN ("B") OR annotation.n IN ("2") OR annotation.none IN (1)', trace)


def test_matches_finds_a_regular_expression_anywhere(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, user="ann-42"))

    assert found('user MATCHES "n-[0-9]" AND user MATCHES "^ann-\\d+$" AND user MATCHES "(?i)ANN"', trace)
    assert not found('user MATCHES "^nn"', trace)


# --- services


def test_all_conditions_in_braces_hold_of_one_segment(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, fault=True), scribe.segment("b", "web", 0, 900, parent_id="a")
    )

    assert found('service("web") { fault } AND service("web") { responsetime > 0.5 }', trace)
    assert not found('service("web") { fault AND responsetime > 0.5 }', trace)


def test_not_any_segment_and_some_segment_not_are_different(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, fault=True), scribe.segment("b", "web", 0, 9, parent_id="a"))

    assert not found('!service("web") { fault }', trace)
    assert found('service("web") { !fault }', trace)


def test_an_entity_is_meant_when_all_parts_given_are_equal(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, origin="t", aws={"account_id": "1"}))

    for entity in ('"web"', "", "id()", 'id(type: "t")', 'id(name: "web", type: "t", account.id: "1")'):
        assert found(f"service({entity})", trace)
    for entity in ('"Web"', '"we"', 'id(type: "")', 'id(name: "web", type: "t", account.id: "2")'):
        assert not found(f"service({entity})", trace)


def test_the_empty_type_means_a_node_without_type(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9))

    assert found('service(id(type: "")) AND service() { !type AND name = "web" }', trace)


def test_an_inferred_service_is_passed_through_too(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, subsegments=[scribe.table("a1", "cart", 1, 2, fault=True)]))

    assert found("inferred", trace)
    assert found(
        'service(id(name: "cart", type: "AWS::DynamoDB::Table")) { inferred fault !root responsetime = 0.001 }', trace
    )
    assert found('service("web") { !inferred root }', trace)


def test_the_client_is_no_service(scribe: Any) -> None:
    assert not found('service(id(type: "client"))', scribe.trace(scribe.segment("a", "web", 0, 9)))


def test_the_duration_of_a_segment_lasts_to_its_latest_subsegment(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 250), scribe.separate("a1", "flush", 100, 1_000, parent_id="a"))

    assert found("service() { responsetime = 0.25 AND duration = 1 }", trace)


def test_a_segment_in_progress_is_partial_and_has_no_times(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None), scribe.segment("b", "pay", 0, 9, parent_id="a"))

    assert found('service("web") { partial AND !responsetime AND !duration }', trace)
    assert found('service("pay") { !partial }', trace)


def test_every_segment_whose_caller_is_unknown_is_a_root(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9),
        scribe.segment("b", "pay", 0, 9, parent_id="a"),
        scribe.segment("c", "mail", 0, 9, parent_id="dead"),
    )

    assert found('root AND service("web") { root } AND service("mail") { root }', trace)
    assert not found('service("pay") { root }', trace)


def test_a_segment_that_an_event_started_is_no_root_and_has_no_client(scribe: Any) -> None:
    link = {"trace_id": "1-65538a00-ffffffffffffffffffffffff", "id": scribe.id("e")}
    trace = scribe.trace(scribe.segment("a", "consumer", 0, 9, links=[link]))

    assert not found('root OR service() { root } OR edge(id(type: "client"), )', trace)


def test_a_subsegment_whose_segment_never_came_is_no_service(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.separate("b1", "step", 0, 9, parent_id="dead", fault=True, subsegments=[scribe.table("b2", "t", 1, 2)])
    )

    assert found('!service("step") AND service("t") AND fault AND !root AND !edge()', trace)


# --- edges


def test_an_edge_is_measured_by_the_caller(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert found(
        'edge("web", "pay") { fault AND responsetime = 0.15 AND duration = 0.15 AND http.status = 500 }', trace
    )
    assert found('service("pay") { responsetime = 0.14 AND !http.status }', trace)


def test_an_omitted_end_of_an_edge_is_any(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert found('edge("web") AND edge(, "pay") AND edge() AND edge(, "cart")', trace)
    assert not found('edge("pay") OR edge(, "client")', trace)


def test_the_client_s_edge_has_the_root_s_numbers(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 250, error=True))

    assert found('edge(id(name: "web", type: "client"), "web") { error AND responsetime = 0.25 AND !remote }', trace)


def test_a_canary_is_its_own_client(scribe: Any) -> None:
    assert not found("edge()", scribe.trace(scribe.segment("a", "site", 0, 9, origin="client::Synthetics")))


def test_a_call_in_progress_is_an_edge_without_times(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None, subsegments=[scribe.remote("a1", "pay", 1, None)]))

    assert found('edge("web", "pay") { partial AND remote AND !responsetime AND !duration }', trace)
    assert found('edge(id(type: "client"), "web") { partial }', trace)


def test_a_segment_called_by_a_segment_has_that_one_s_numbers_on_its_edge(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "f", 0, 100, origin="AWS::Lambda"),
        scribe.segment("b", "f", 10, 60, parent_id="a", origin="AWS::Lambda::Function"),
    )

    text = 'edge(id(type: "AWS::Lambda"), id(type: "AWS::Lambda::Function"))'
    assert found(f"{text} {{ responsetime = 0.1 }}", trace)
    assert not found(f"{text} {{ responsetime = 0.05 OR remote }}", trace)


def test_sql_and_local_calls_are_not_remote(scribe: Any) -> None:
    query = scribe.segment("a1", "db@host", 1, 2, sql={"url": "jdbc:x"})
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, subsegments=[query]))

    assert found('edge("web", id(type: "Database::SQL")) { !remote }', trace)


# --- root causes


def test_elements_of_a_cause_are_counted_from_nought_along_its_path(scribe: Any) -> None:
    trace = scribe.worked_example()  # web, its call of pay; then pay itself

    assert found('rootcause.fault.service { first AND index = 0 AND name = "web" }', trace)
    assert found('rootcause.fault.service { last AND index = 1 AND name = "pay" AND !inferred }', trace)
    assert found('rootcause.fault.entity { index = 1 AND name = "pay" AND remote AND !last }', trace)
    assert found('rootcause.fault.entity { index = 2 AND last AND name = "pay" AND !remote }', trace)
    assert not found("rootcause.fault.service { index >= 2 } OR rootcause.fault.entity { index >= 3 }", trace)


def test_conditions_on_a_cause_hold_of_one_element(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert not found('rootcause.fault.service { first AND name = "pay" }', trace)


def test_the_type_of_a_cause_s_service_may_be_unknown(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, fault=True))

    assert found("rootcause.fault.service { !type }", trace)
    assert not found('rootcause.fault.service { type = "" OR type != "x" }', trace)


def test_coverage_is_a_share_of_the_root_s_response_time(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert found('rootcause.responsetime.entity { first AND coverage = 1 AND name = "web" }', trace)
    assert found('rootcause.responsetime.entity { remote AND coverage = 0.5 AND name = "pay" }', trace)


def test_exceptions_are_those_of_all_entities_in_order(scribe: Any) -> None:
    def failing(kind: str) -> dict[str, Any]:
        return {"fault": True, "cause": {"exceptions": [{"type": kind, "message": f"{kind}!"}]}}

    trace = scribe.trace(
        scribe.segment(
            "a", "web", 0, 9, **failing("Outer"), subsegments=[scribe.segment("a1", "x", 1, 2, **failing("Inner"))]
        )
    )

    assert found('rootcause.fault.exception { first AND name = "Outer" AND message = "Outer!" }', trace)
    assert found('rootcause.fault.exception { last AND index = 1 AND name = "Inner" }', trace)
    assert not found("rootcause.error.exception { first }", trace)


def test_a_kind_of_cause_alone_asks_whether_there_is_one(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert found("rootcause.fault AND rootcause.responsetime AND !rootcause.error", trace)


@pytest.mark.parametrize(
    ("pattern", "agrees"),
    [
        ('#[{"ClientImpacting": false}]', True),
        ('#{"ClientImpacting": false}', True),
        ("#[{}]", True),
        ('#[{"Services": [{"Name": "web"}, {"Name": "pay"}]}]', True),
        ('#[{"Services": [{"Name": "pay"}, {"Name": "web"}]}]', False),
        ('#[{"Services": [{"Name": "web"}]}]', False),
        ('#[{"Services": [{}, {"Names": ["pay"], "Type": "AWS::ECS::Container", "Inferred": false}]}]', True),
        ('#[{"Services": [{}, {"AccountId": "123456789012"}]}]', True),
        ('#[{"Services": [{}, {"AccountId": null}]}]', False),
        ('#[{"Services": [{"EntityPath": [{"Remote": false}, {"Remote": true, "Exceptions": []}]}, {}]}]', True),
        ('#[{"Services": [{"EntityPath": [{}]}, {}]}]', False),
        ('#[{"Services": [{"EntityPath": [{"Coverage": 1}, {"Coverage": 0.5}]}, {}]}]', True),
        ('#[{"ClientImpacting": false}, {"ClientImpacting": true}]', True),
        ('#[{"ClientImpacting": false}, {"Services": [{}]}]', False),
    ],
)
def test_root_causes_match_a_pattern_in_all_that_it_says(scribe: Any, pattern: str, agrees: bool) -> None:
    trace = scribe.worked_example()  # one cause of the fault, which did not reach the client, one of the slowness

    assert found(f"rootcause.json = {pattern}", trace) is agrees
    assert found(f"rootcause.json != {pattern}", trace) is not agrees


def test_the_kind_of_a_pattern_s_causes_may_be_given(scribe: Any) -> None:
    trace = scribe.worked_example()

    assert found('rootcause.fault.json = #[{"ClientImpacting": false}]', trace)
    assert not found('rootcause.responsetime.json = #[{"ClientImpacting": false}]', trace)


def test_without_root_causes_no_pattern_matches_nor_differs(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None))

    assert not found("rootcause.json = #[{}] OR rootcause.json != #[{}]", trace)


def test_null_in_a_pattern_agrees_with_what_is_empty(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 9, fault=True))

    assert found('rootcause.fault.json = #[{"Services": [{"Type": null}]}]', trace)
    assert not found('rootcause.fault.json = #[{"Services": [{"Inferred": null}]}]', trace)


# --- traces without much in them


def test_a_trace_of_orphans_alone_can_be_asked_everything(scribe: Any) -> None:
    trace = scribe.trace(scribe.separate("a1", "step", 0, 10, parent_id="dead", fault=True))

    assert matches(Comparison("fault"), Subject(trace))
    assert found("partial AND !root AND !service() AND !edge() AND !rootcause.fault AND responsetime = 0.01", trace)
