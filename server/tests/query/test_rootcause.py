from typing import Any

from radiograph.query.rootcause import root_causes


def _outline(causes: list[dict[str, Any]]) -> list[list[tuple[str, list[str]]]]:
    """Each cause as its services with the names on their entity paths."""
    return [
        [(service["Name"], [entity["Name"] for entity in service["EntityPath"]]) for service in cause["Services"]]
        for cause in causes
    ]


def _exceptions(causes: list[dict[str, Any]]) -> list[list[list[dict[str, str]]]]:
    return [
        [entity["Exceptions"] for service in cause["Services"] for entity in service["EntityPath"]] for cause in causes
    ]


def _boom(short: str, **members: Any) -> dict[str, Any]:
    return {"id": short.rjust(16, "0"), "type": "Boom", "message": "it broke", **members}


def test_the_documented_response_time_cause_is_found_member_for_member(scribe: Any) -> None:
    account = "123456789012"
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            1000,
            origin="AWS::ECS::Container",
            aws={"account_id": account},
            subsegments=[
                scribe.subsegment("a1", "load_cart", 100, 920, subsegments=[scribe.table("a2", "cart-table", 110, 910)])
            ],
        )
    )

    assert root_causes(trace).response_time == [
        {
            "ClientImpacting": True,
            "Services": [
                {
                    "Name": "web",
                    "Names": ["web"],
                    "Type": "AWS::ECS::Container",
                    "AccountId": account,
                    "Inferred": False,
                    "EntityPath": [
                        {"Name": "web", "Coverage": 1.0, "Remote": False},
                        {"Name": "load_cart", "Coverage": 0.82, "Remote": False},
                        {"Name": "cart-table", "Coverage": 0.8, "Remote": True},
                    ],
                },
                {
                    "Name": "cart-table",
                    "Names": ["cart-table"],
                    "Type": "AWS::DynamoDB::Table",
                    "AccountId": account,
                    "Inferred": True,
                    "EntityPath": [{"Name": "cart-table", "Coverage": 0.8, "Remote": False}],
                },
            ],
        }
    ]


def test_the_worked_example_blames_pay_for_a_fault_that_the_client_never_saw(scribe: Any) -> None:
    causes = root_causes(scribe.worked_example())

    assert _outline(causes.fault) == [[("web", ["web", "pay"]), ("pay", ["pay"])]]
    assert [cause["ClientImpacting"] for cause in causes.fault] == [False]
    assert [service["Inferred"] for service in causes.fault[0]["Services"]] == [False, False]
    assert causes.error == []


def test_a_healthy_trace_has_no_failure_to_blame(scribe: Any) -> None:
    causes = root_causes(scribe.trace(scribe.segment("a", "web", 0, 10)))

    assert (causes.fault, causes.error) == ([], [])
    assert _outline(causes.response_time) == [[("web", ["web"])]]


def test_only_the_deepest_entity_that_shows_a_fault_is_blamed(scribe: Any) -> None:
    query = scribe.subsegment("a2", "query", 2, 3, fault=True, cause={"exceptions": [_boom("e1")]})
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            fault=True,
            subsegments=[
                scribe.subsegment("a1", "load", 1, 4, fault=True, subsegments=[query]),
                scribe.subsegment("a3", "render", 5, 6),
            ],
        )
    )

    [cause] = root_causes(trace).fault

    assert _outline([cause]) == [[("web", ["web", "load", "query"])]]
    assert cause["ClientImpacting"] is True
    assert _exceptions([cause]) == [[[], [], [{"Name": "Boom", "Message": "it broke"}]]]


def test_a_path_goes_through_entities_that_hid_the_fault(scribe: Any) -> None:
    inner = scribe.subsegment("a2", "inner", 2, 3, fault=True)
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.subsegment("a1", "outer", 1, 4, subsegments=[inner])])
    )

    [cause] = root_causes(trace).fault

    assert _outline([cause]) == [[("web", ["web", "outer", "inner"])]]
    assert cause["ClientImpacting"] is False


def test_the_inferred_service_behind_a_failed_call_is_appended(scribe: Any) -> None:
    failed = scribe.table("a1", "cart", 1, 2, fault=True, cause={"exceptions": [_boom("e1", remote=True)]})
    trace = scribe.trace(scribe.segment("a", "web", 0, 10, subsegments=[failed]))

    [cause] = root_causes(trace, "42").fault

    web, cart = cause["Services"]
    boom = [{"Name": "Boom", "Message": "it broke"}]
    assert web["EntityPath"] == [
        {"Name": "web", "Exceptions": [], "Remote": False},
        {"Name": "cart", "Exceptions": boom, "Remote": True},
    ]
    assert cart == {
        "Name": "cart",
        "Names": ["cart"],
        "Type": "AWS::DynamoDB::Table",
        "AccountId": "42",
        "Inferred": True,
        "EntityPath": [{"Name": "cart", "Exceptions": boom, "Remote": False}],
    }


def test_a_call_seen_at_two_layers_leads_to_the_service_behind_the_outer_one(scribe: Any) -> None:
    http = scribe.remote("a2", "dynamodb.test", 1, 2, fault=True)
    trace = scribe.trace(
        scribe.segment(
            "a", "web", 0, 10, subsegments=[scribe.table("a1", "cart", 1, 2, fault=True, subsegments=[http])]
        )
    )

    assert _outline(root_causes(trace).fault) == [[("web", ["web", "cart", "dynamodb.test"]), ("cart", ["cart"])]]


def test_what_fails_around_a_call_is_not_blamed_on_the_called_service(scribe: Any) -> None:
    parse = scribe.subsegment("a2", "parse answer", 3, 4, fault=True)
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=[scribe.remote("a1", "pay.test", 1, 5, subsegments=[parse])])
    )

    assert _outline(root_causes(trace).fault) == [[("web", ["web", "pay.test", "parse answer"])]]


def test_two_services_of_one_name_are_two_causes(scribe: Any) -> None:
    calls = [scribe.remote("a1", "pay.test", 1, 2), scribe.remote("a2", "pay.test", 3, 4)]
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, subsegments=calls),
        scribe.segment("b", "pay", 1, 2, parent_id="a1", origin="AWS::EC2::Instance", fault=True),
        scribe.segment("c", "pay", 3, 4, parent_id="a2", origin="AWS::ECS::Container", fault=True),
    )

    assert [cause["Services"][1]["Type"] for cause in root_causes(trace).fault] == [
        "AWS::EC2::Instance",
        "AWS::ECS::Container",
    ]


def test_every_branch_that_failed_is_a_cause_and_equal_paths_are_one(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            fault=True,
            subsegments=[
                scribe.subsegment("a1", "try", 1, 2, fault=True),
                scribe.subsegment("a2", "try", 3, 4, fault=True),
                scribe.subsegment("a3", "log", 5, 6, fault=True),
            ],
        )
    )

    assert _outline(root_causes(trace).fault) == [[("web", ["web", "try"])], [("web", ["web", "log"])]]


def test_two_tables_are_two_causes(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            subsegments=[
                scribe.table("a1", "cart", 1, 2, fault=True),
                scribe.table("a2", "stock", 3, 4, fault=True),
            ],
        )
    )

    assert [path[-1][0] for path in _outline(root_causes(trace).fault)] == ["cart", "stock"]


def test_there_are_at_most_ten_causes(scribe: Any) -> None:
    branches = [scribe.subsegment(f"a{number:02}", f"branch {number}", 1, 2, fault=True) for number in range(12)]

    assert len(root_causes(scribe.trace(scribe.segment("a", "web", 0, 10, subsegments=branches))).fault) == 10


def test_errors_and_faults_are_blamed_apart(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            http={"response": {"status": 404}},
            subsegments=[
                scribe.subsegment("a1", "parse", 1, 2, error=True),
                scribe.subsegment("a2", "store", 3, 4, fault=True),
            ],
        )
    )

    causes = root_causes(trace)

    assert _outline(causes.error) == [[("web", ["web", "parse"])]]
    assert _outline(causes.fault) == [[("web", ["web", "store"])]]
    assert causes.error[0]["ClientImpacting"] is True
    assert causes.fault[0]["ClientImpacting"] is False


def test_a_reference_to_an_exception_is_followed_in_both_its_forms(scribe: Any) -> None:
    id_ = "1" * 16
    origin = scribe.segment("b", "pay", 3, 4, parent_id="a2", cause={"exceptions": [{"id": id_, "type": "Broke"}]})
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            subsegments=[
                scribe.subsegment("a1", "python", 1, 2, fault=True, cause=id_),
                scribe.remote("a2", "pay.test", 2, 5),
                scribe.subsegment("a3", "node", 6, 7, fault=True, cause={"id": id_}),
                scribe.subsegment("a4", "dangling", 8, 9, fault=True, cause="2" * 16),
            ],
        ),
        origin,
    )

    found = [{"Name": "Broke", "Message": ""}]
    assert _exceptions(root_causes(trace).fault) == [[[], found], [[], found], [[], []]]


def test_an_exception_without_a_type_is_called_unknown(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 10, fault=True, cause={"exceptions": [{"id": "1" * 16, "message": "m"}]})
    )

    assert _exceptions(root_causes(trace).fault) == [[[{"Name": "unknown", "Message": "m"}]]]


def test_an_exception_that_came_from_downstream_makes_its_entity_remote(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            subsegments=[
                scribe.subsegment("a1", "load", 1, 2, fault=True, cause={"exceptions": [_boom("e1", remote=True)]})
            ],
        )
    )

    [cause] = root_causes(trace).fault

    assert [entity["Remote"] for entity in cause["Services"][0]["EntityPath"]] == [False, True]


def test_a_failure_whose_segment_never_came_is_blamed_on_the_services_that_are_known(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.separate(
            "a1",
            "handler",
            0,
            10,
            parent_id="dead",
            fault=True,
            subsegments=[scribe.table("a2", "cart", 1, 2, fault=True)],
        )
    )

    assert _outline(root_causes(trace).fault) == [[("cart", ["cart"])]]


def test_the_slowest_chain_goes_on_into_the_called_service(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "GetWeatherData",
            0,
            1000,
            subsegments=[
                scribe.remote("a1", "get_temperature", 100, 900),
                scribe.subsegment("a2", "log", 900, 950),
            ],
        ),
        scribe.segment("b", "GetTemperature", 5000, 5700, parent_id="a1"),  # its host's clock is wrong
    )

    [cause] = root_causes(trace).response_time

    assert _outline([cause]) == [
        [("GetWeatherData", ["GetWeatherData", "get_temperature"]), ("GetTemperature", ["GetTemperature"])]
    ]
    assert [entity["Coverage"] for service in cause["Services"] for entity in service["EntityPath"]] == [
        1.0,
        0.8,
        0.7,
    ]


def test_the_chain_ends_where_no_child_covers_a_fifth(scribe: Any) -> None:
    def chain(end: float) -> Any:
        steps = [scribe.subsegment(f"a{i}", f"step {i}", i * 150, i * 150 + 150) for i in range(1, 6)]
        return scribe.trace(
            scribe.segment("a", "web", 0, 1000, subsegments=[*steps, scribe.subsegment("ab", "last", 0, end)])
        )

    assert _outline(root_causes(chain(200)).response_time) == [[("web", ["web", "last"])]]
    assert _outline(root_causes(chain(199)).response_time) == [[("web", ["web"])]]


def test_the_chain_ends_where_an_entity_s_own_work_dominates(scribe: Any) -> None:
    def half(end: float) -> Any:
        return scribe.trace(scribe.segment("a", "web", 0, 1000, subsegments=[scribe.subsegment("a1", "half", 0, end)]))

    assert _outline(root_causes(half(500)).response_time) == [[("web", ["web", "half"])]]
    assert _outline(root_causes(half(499)).response_time) == [[("web", ["web"])]]


def test_two_slow_siblings_side_by_side_are_two_causes(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            1000,
            subsegments=[
                scribe.remote("a1", "stock.test", 100, 800),
                scribe.table("a2", "cart", 100, 550),
                scribe.subsegment("a3", "third", 100, 549),
            ],
        ),
        scribe.segment("b", "stock", 110, 790, parent_id="a1"),
    )

    assert _outline(root_causes(trace).response_time) == [
        [("web", ["web", "stock.test"]), ("stock", ["stock"])],
        [("web", ["web", "cart"]), ("cart", ["cart"])],
    ]


def test_a_sibling_that_covers_less_than_two_fifths_is_no_cause(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            1000,
            subsegments=[scribe.subsegment("a1", "long", 100, 800), scribe.subsegment("a2", "short", 100, 500)],
        )
    )

    assert _outline(root_causes(trace).response_time) == [[("web", ["web", "long"])]]


def test_time_that_several_children_share_counts_once(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            1000,
            subsegments=[scribe.subsegment("a1", "one", 0, 450), scribe.subsegment("a2", "two", 50, 480)],
        )
    )

    # For 520 ms nothing but `web` itself ran, longer than either child.
    assert _outline(root_causes(trace).response_time) == [[("web", ["web"])]]


def test_a_call_leads_to_the_called_service_rather_than_into_the_library_that_made_it(scribe: Any) -> None:
    http = scribe.subsegment("a2", "http", 10, 890)
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 1000, subsegments=[scribe.remote("a1", "pay.test", 0, 900, subsegments=[http])]),
        scribe.segment("b", "pay", 5000, 5600, parent_id="a1"),  # its host's clock is wrong
    )

    assert _outline(root_causes(trace).response_time) == [[("web", ["web", "pay.test"]), ("pay", ["pay"])]]


def test_lambda_s_attempt_and_the_function_it_ran_are_one_cause(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "f",
            0,
            1000,
            origin="AWS::Lambda",
            subsegments=[scribe.subsegment("a1", "Attempt #1", 100, 990)],
        ),
        scribe.segment("b", "f", 110, 980, parent_id="a", origin="AWS::Lambda::Function"),
    )

    assert _outline(root_causes(trace).response_time) == [[("f", ["f"]), ("f", ["f"])]]


def test_lambda_s_waiting_before_the_function_ran_is_to_blame_when_it_took_longer(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "f",
            0,
            1000,
            origin="AWS::Lambda",
            subsegments=[scribe.subsegment("a1", "Dwell Time", 0, 600)],
        ),
        scribe.segment("b", "f", 610, 990, parent_id="a", origin="AWS::Lambda::Function"),
    )

    assert _outline(root_causes(trace).response_time) == [[("f", ["f", "Dwell Time"])]]


def test_siblings_one_after_the_other_are_one_cause(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            1000,
            subsegments=[
                scribe.subsegment("a1", "first", 0, 500),
                scribe.subsegment("a2", "second", 500, 990),
            ],
        )
    )

    assert _outline(root_causes(trace).response_time) == [[("web", ["web", "first"])]]


def test_work_that_the_caller_did_not_wait_for_is_not_to_blame(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            100,
            subsegments=[scribe.remote("a1", "enqueue", 0, 5), scribe.subsegment("a2", "compute", 10, 90)],
        ),
        scribe.segment("b", "batch", 3, 60_000, parent_id="a1"),
    )

    assert _outline(root_causes(trace).response_time) == [[("web", ["web", "compute"])]]


def test_what_a_callee_did_after_its_caller_went_on_is_not_to_blame(scribe: Any) -> None:
    late = scribe.subsegment("b1", "late", 10_000, 50_000)
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 1000, subsegments=[scribe.remote("a1", "batch.test", 0, 600)]),
        scribe.segment("b", "batch", 0, 60_000, parent_id="a1", subsegments=[late]),
    )

    assert _outline(root_causes(trace).response_time) == [[("web", ["web", "batch.test"]), ("batch", ["batch"])]]


def test_coverage_never_exceeds_the_whole(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "f", 0, 10, origin="AWS::Lambda"),
        scribe.segment("b", "f", 2, 500, parent_id="a", origin="AWS::Lambda::Function"),
    )

    [cause] = root_causes(trace).response_time

    assert [service["EntityPath"][0]["Coverage"] for service in cause["Services"]] == [1.0, 1.0]


def test_a_root_in_progress_is_not_slow_yet(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, None, subsegments=[scribe.subsegment("a1", "x", 1, 2)]))

    assert root_causes(trace).response_time == []


def test_a_root_that_took_no_time_is_its_own_cause(scribe: Any) -> None:
    [cause] = root_causes(scribe.trace(scribe.segment("a", "web", 5, 5))).response_time

    assert cause["Services"][0]["EntityPath"] == [{"Name": "web", "Coverage": 1.0, "Remote": False}]


def test_segments_that_call_each_other_in_a_circle_come_to_an_end(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "a", 0, 10, parent_id="b", fault=True),
        scribe.segment("b", "b", 1, 9, parent_id="a", fault=True),
    )

    causes = root_causes(trace)

    # The circle is cut at the earliest.
    assert _outline(causes.fault) == [[("a", ["a"]), ("b", ["b"])]]
    assert _outline(causes.response_time) == [[("a", ["a"]), ("b", ["b"])]]
