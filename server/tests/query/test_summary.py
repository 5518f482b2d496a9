from typing import Any

import pytest

from radiograph.query.summary import summarise

BASE = 1_700_000_000


def _service(name: str, type_: str = "", account: str | None = None) -> dict[str, Any]:
    service: dict[str, Any] = {"Name": name, "Names": [name], "Type": type_}
    return service if account is None else service | {"AccountId": account}


def test_the_worked_example_is_summarised_member_for_member(scribe: Any) -> None:
    summary = summarise(scribe.worked_example())

    web = _service("web", "AWS::EC2::Instance", "123456789012")
    pay = _service("pay", "AWS::ECS::Container", "123456789012")
    fault_cause = {
        "Services": [
            {
                **web,
                "Inferred": False,
                "EntityPath": [
                    {"Name": "web", "Exceptions": [], "Remote": False},
                    {"Name": "pay", "Exceptions": [], "Remote": True},
                ],
            },
            {**pay, "Inferred": False, "EntityPath": [{"Name": "pay", "Exceptions": [], "Remote": False}]},
        ],
        "ClientImpacting": False,
    }
    slow_cause = {
        "Services": [
            {
                **web,
                "Inferred": False,
                "EntityPath": [
                    {"Name": "web", "Coverage": 1.0, "Remote": False},
                    {"Name": "pay", "Coverage": 0.5, "Remote": True},
                ],
            },
            {**pay, "Inferred": False, "EntityPath": [{"Name": "pay", "Coverage": 0.467, "Remote": False}]},
        ],
        "ClientImpacting": True,
    }
    assert summary == {
        "Id": scribe.trace_id,
        "StartTime": float(BASE),
        "Duration": 0.3,
        "ResponseTime": 0.3,
        "HasFault": False,  # the root answered 200
        "HasError": False,
        "HasThrottle": False,
        "IsPartial": False,
        "Http": {"HttpURL": "http://shop.test/", "HttpStatus": 200, "HttpMethod": "GET"},
        "Annotations": {},
        "Users": [],
        "ServiceIds": [web, pay, _service("cart", "AWS::DynamoDB::Table")],
        "ResourceARNs": [],
        "InstanceIds": [],
        "AvailabilityZones": [],
        "EntryPoint": web,
        "FaultRootCauses": [fault_cause],
        "ErrorRootCauses": [],
        "ResponseTimeRootCauses": [slow_cause],
        "Revision": 2,
        "MatchedEventTime": float(BASE),
    }


def test_the_time_that_made_a_trace_match_is_passed_on(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 10))

    assert summarise(trace, matched_event_time=BASE + 0.5)["MatchedEventTime"] == BASE + 0.5


def test_fault_and_error_are_the_root_s_own_and_a_throttle_anybody_s(scribe: Any) -> None:
    def of(root: dict[str, Any], below: dict[str, Any]) -> tuple[bool, bool, bool]:
        summary = summarise(
            scribe.trace(
                scribe.segment("a", "web", 0, 10, **root, subsegments=[scribe.table("a1", "t", 1, 2, **below)])
            )
        )
        return summary["HasFault"], summary["HasError"], summary["HasThrottle"]

    assert of({}, {}) == (False, False, False)
    assert of({}, {"fault": True}) == (False, False, False)
    assert of({}, {"http": {"response": {"status": 429}}}) == (False, False, True)
    assert of({"http": {"response": {"status": 503}}}, {}) == (True, False, False)
    assert of({"http": {"response": {"status": 404}}}, {}) == (False, True, False)
    assert of({"http": {"response": {"status": 429}}}, {}) == (False, True, True)


def test_a_trace_lasts_until_its_last_subsegment_and_answers_when_its_root_does(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 250, 500), scribe.separate("a1", "flush", 400, 1250, parent_id="a"))

    summary = summarise(trace)

    assert (summary["StartTime"], summary["ResponseTime"], summary["Duration"]) == (BASE + 0.25, 0.25, 1.0)


def test_a_root_in_progress_has_no_response_time(scribe: Any) -> None:
    summary = summarise(scribe.trace(scribe.segment("a", "web", 0, None, subsegments=[scribe.table("a1", "t", 1, 2)])))

    assert "ResponseTime" not in summary
    assert summary["IsPartial"] is True
    assert summary["EntryPoint"] == _service("web")


def test_a_trace_with_a_lost_parent_is_partial(scribe: Any) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 1), scribe.segment("b", "pay", 0, 1, parent_id="dead"))

    assert summarise(trace)["IsPartial"] is True


def test_an_announced_segment_is_missed_for_a_minute(scribe: Any) -> None:
    announced = scribe.remote("a1", "pay.test", 1, 2, http={"request": {"traced": True}})
    trace = scribe.trace(scribe.segment("a", "web", 0, 10, subsegments=[announced]))

    assert summarise(trace, now=scribe.us(1_000))["IsPartial"] is True
    assert summarise(trace, now=scribe.us(3_600_000))["IsPartial"] is False
    assert summarise(trace)["IsPartial"] is False


def test_a_trace_of_orphans_alone_has_no_entry_point(scribe: Any) -> None:
    summary = summarise(scribe.trace(scribe.separate("a1", "handler", 0, 10, parent_id="dead", fault=True)))

    assert "EntryPoint" not in summary
    assert summary["HasFault"] is True
    assert (summary["ServiceIds"], summary["Http"], summary["ResponseTimeRootCauses"]) == ([], {}, [])


def test_the_root_s_http_is_told_with_the_api_s_names(scribe: Any) -> None:
    request = {
        "method": "POST",
        "url": "http://shop.test/cart",
        "user_agent": "curl/8",
        "client_ip": "203.0.113.9",
    }
    http = {"request": request, "response": {"status": "500"}}

    assert summarise(scribe.trace(scribe.segment("a", "web", 0, 1, http=http)))["Http"] == {
        "HttpURL": "http://shop.test/cart",
        "HttpStatus": 500,
        "HttpMethod": "POST",
        "UserAgent": "curl/8",
        "ClientIp": "203.0.113.9",
    }


def test_each_distinct_annotation_value_names_the_services_that_set_it(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            10,
            annotations={"tier": "gold"},
            subsegments=[scribe.remote("a1", "pay.test", 1, 9, annotations={"tier": "gold"})],
        ),
        scribe.segment("b", "pay", 2, 8, parent_id="a1", annotations={"tier": "gold", "aws:api_id": "x"}),
        scribe.segment("c", "mail", 3, 4, annotations={"tier": "free"}),
    )

    assert summarise(trace)["Annotations"] == {
        "tier": [
            {"AnnotationValue": {"StringValue": "gold"}, "ServiceIds": [_service("web"), _service("pay")]},
            {"AnnotationValue": {"StringValue": "free"}, "ServiceIds": [_service("mail")]},
        ],
        "aws:api_id": [{"AnnotationValue": {"StringValue": "x"}, "ServiceIds": [_service("pay")]}],
    }


def test_a_truth_value_a_number_and_a_text_are_three_values(scribe: Any) -> None:
    values = [1, True, "1", 1.0, False, 0]
    trace = scribe.trace(
        *(scribe.segment(f"a{i}", "web", i, i + 1, annotations={"k": value}) for i, value in enumerate(values))
    )

    found = [entry["AnnotationValue"] for entry in summarise(trace)["Annotations"]["k"]]

    assert found == [
        {"NumberValue": 1.0},
        {"BooleanValue": True},
        {"StringValue": "1"},
        {"BooleanValue": False},
        {"NumberValue": 0.0},
    ]
    # True == 1 for Python, so the members' types are looked at too.
    assert [type(next(iter(entry.values()))) for entry in found] == [float, bool, str, bool, float]


def test_the_first_fifty_keys_to_arrive_are_indexed(scribe: Any) -> None:
    late = scribe.segment("a", "early start", 0, 1, annotations={f"late{i}": 1 for i in range(30)})
    first = scribe.segment("b", "web", 5, 9, annotations={f"key{i}": 1 for i in range(30)} | {"not indexed": 1})

    keys = list(summarise(scribe.trace(first, late))["Annotations"])

    assert keys == [f"key{i}" for i in range(30)] + [f"late{i}" for i in range(20)]
    assert len(summarise(scribe.trace(first, late), annotation_keys=60)["Annotations"]) == 60


def test_a_status_that_no_http_server_sends_is_left_out(scribe: Any) -> None:
    http = {"response": {"status": 10**40}}

    assert summarise(scribe.trace(scribe.segment("a", "web", 0, 1, http=http)))["Http"] == {}


def test_a_known_key_takes_further_values_when_the_quota_is_used_up(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 1, annotations={"k": 1}),
        scribe.segment("b", "pay", 1, 2, annotations={"too late": 1, "later": 1, "k": 2}),
    )

    annotations = summarise(trace, annotation_keys=1)["Annotations"]

    assert [entry["AnnotationValue"]["NumberValue"] for entry in annotations["k"]] == [1.0, 2.0]
    assert list(annotations) == ["k"]


@pytest.mark.parametrize("number", [10**400, -(10**400)])
def test_a_number_that_no_double_can_hold_is_not_indexed(scribe: Any, number: int) -> None:
    trace = scribe.trace(scribe.segment("a", "web", 0, 1, annotations={"k": number, "good": 2}))

    assert list(summarise(trace)["Annotations"]) == ["good"]


def test_each_user_is_named_once_with_the_services_that_saw_them(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, user="ann"),
        scribe.segment("b", "pay", 1, 8, parent_id="a", user="ann"),
        scribe.segment("c", "mail", 2, 3, parent_id="a", user="bob"),
    )

    assert summarise(trace)["Users"] == [
        {"UserName": "ann", "ServiceIds": [_service("web"), _service("pay")]},
        {"UserName": "bob", "ServiceIds": [_service("mail")]},
    ]


def test_where_the_code_ran_is_listed_once_each(scribe: Any) -> None:
    ec2 = {"instance_id": "i-1", "availability_zone": "eu-west-1b"}
    trace = scribe.trace(
        scribe.segment("a", "web", 0, 9, resource_arn="arn:web", aws={"ec2": ec2}),
        scribe.segment("b", "web", 1, 8, resource_arn="arn:web", aws={"ec2": ec2, "ecs": {"container_arn": "arn:c"}}),
        scribe.segment("c", "f", 2, 3, aws={"function_arn": "arn:f", "ec2": "nonsense", "ecs": None}),
    )

    summary = summarise(trace)

    assert summary["ResourceARNs"] == [{"ARN": "arn:web"}, {"ARN": "arn:c"}, {"ARN": "arn:f"}]
    assert summary["InstanceIds"] == [{"Id": "i-1"}]
    assert summary["AvailabilityZones"] == [{"Name": "eu-west-1b"}]


def test_the_revision_grows_with_each_accepted_document(scribe: Any) -> None:
    started, ended = scribe.segment("a", "web", 0, None), scribe.segment("a", "web", 0, 5)

    assert summarise(scribe.trace(started))["Revision"] == 1
    assert summarise(scribe.trace(started, ended))["Revision"] == 2
