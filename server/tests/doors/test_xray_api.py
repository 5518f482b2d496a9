"""What botocore, the client most people have, sees of the X-Ray API."""

from __future__ import annotations

import asyncio
import json
import math
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import botocore.session
import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from radiograph.doors.http import HttpSettings
from radiograph.doors.xray_api.contract import Unprocessed
from radiograph.doors.xray_api.model import load_operations
from radiograph.errors import (
    AccessDenied,
    ApiError,
    ConfigurationError,
    InvalidPolicyRevisionId,
    InvalidRequest,
    LockoutPrevention,
    MalformedPolicyDocument,
    Overloaded,
    PolicyCountLimitExceeded,
    PolicySizeLimitExceeded,
    ResourceNotFound,
    RuleLimitExceeded,
    StoreUnavailable,
    Throttled,
    TooManyTags,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from botocore.model import OperationModel, Shape

MOMENT = datetime(2024, 1, 1, 0, 0, 0, 500_000, tzinfo=UTC)
# botocore's own reading of the model, to compare ours with.
MODEL = botocore.session.Session().get_service_model("xray")
OPERATIONS = [MODEL.operation_model(name) for name in MODEL.operation_names]
OTHERS = [operation for operation in OPERATIONS if operation.name != "PutTraceSegments"]


def example(shape: Shape | None, *, only_required: bool = False) -> Any:
    """A value that obeys the shape, with every member or with the required ones."""
    if shape is None:
        return {}
    kind = shape.type_name
    if kind == "structure":
        names = shape.required_members if only_required and not shape.is_tagged_union else shape.members
        return {name: example(shape.members[name], only_required=only_required) for name in names}
    if kind == "list":
        return [example(shape.member, only_required=only_required)]
    if kind == "map":
        return {"key": example(shape.value, only_required=only_required)}
    plain = {"timestamp": MOMENT, "boolean": True, "double": 0.25}
    if kind in plain:
        return plain[kind]
    return _example_text(shape) if kind == "string" else int(shape.metadata.get("min", 3))


def _example_text(shape: Shape) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if "[1-5]" in shape.metadata.get("pattern", ""):
        return "01234567-89ab-4cde-8f01-23456789abcd"
    return "x" * max(1, int(shape.metadata.get("min", 1)))


def as_epoch(value: Any) -> Any:
    """The same value as a handler sees it: times as seconds."""
    match value:
        case datetime():
            return value.timestamp()
        case dict():
            return {key: as_epoch(item) for key, item in value.items()}
        case list():
            return [as_epoch(item) for item in value]
        case _:
            return value


def call(api: Any, operation: OperationModel, request: dict[str, Any]) -> dict[str, Any]:
    answer = getattr(api.client, xform_name(operation.name))(**request)
    answer.pop("ResponseMetadata")
    return dict(answer)


def named(operation: OperationModel) -> str:
    name: str = operation.name
    return name


def test_there_are_38_operations() -> None:
    assert len(OPERATIONS) == 38


@pytest.mark.parametrize("only_required", [False, True], ids=["all members", "required members"])
@pytest.mark.parametrize("operation", OTHERS, ids=named)
def test_every_member_of_every_operation_arrives_and_returns(
    api: Any, operation: OperationModel, *, only_required: bool
) -> None:
    request = example(operation.input_shape, only_required=only_required)
    answer = example(operation.output_shape)
    api.answers[operation.name] = as_epoch(answer)

    returned = call(api, operation, request)

    assert api.requests == [(operation.name, as_epoch(request))]
    assert returned == answer


def test_documents_arrive_unchanged_and_in_order(api: Any) -> None:
    documents = ['{"id":"a", "x": "\\u00e4 \\"q\\" \\\\"}', "not json", "", "ü 🜁 \x00"]

    assert call(api, MODEL.operation_model("PutTraceSegments"), {"TraceSegmentDocuments": documents}) == {
        "UnprocessedTraceSegments": []
    }
    assert api.requests == [("PutTraceSegments", documents)]


def test_refused_documents_are_listed_with_id_code_and_message(api: Any) -> None:
    api.refusals = [
        Unprocessed(id="70de5b6f19ff9a0a", error_code="MissingName", message="no name"),
        Unprocessed(error_code="ParseError", message="not JSON"),
    ]

    answer = api.client.put_trace_segments(TraceSegmentDocuments=["a", "b"])

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    assert answer["UnprocessedTraceSegments"] == [
        {"Id": "70de5b6f19ff9a0a", "ErrorCode": "MissingName", "Message": "no name"},
        {"ErrorCode": "ParseError", "Message": "not JSON"},
    ]


def test_a_refusal_without_an_id_has_no_id_rather_than_null(api: Any) -> None:
    api.refusals = [Unprocessed(error_code="ParseError", message="not JSON")]

    assert b"null" not in api.post("/TraceSegments", {"TraceSegmentDocuments": [""]}).body


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("{}", "InvalidRequestException"),
        ("", "InvalidRequestException"),
        ('{"TraceSegmentDocuments":null}', "InvalidRequestException"),
        ('{"TraceSegmentDocuments":"a"}', "SerializationException"),
        ('{"TraceSegmentDocuments":["a",1]}', "SerializationException"),
        ('{"TraceSegmentDocuments":["a",null]}', "SerializationException"),
        ("[]", "SerializationException"),
        ('{"TraceSegmentDocuments":["a"', "SerializationException"),
    ],
)
def test_a_call_without_a_list_of_documents_is_refused_as_a_whole(api: Any, body: str, code: str) -> None:
    reply = api.send("POST", "/TraceSegments", body)

    assert (reply.status, reply.json["__type"], api.requests) == (400, code, [])


def test_half_a_surrogate_pair_in_one_document_does_not_take_its_batch_with_it(api: Any) -> None:
    reply = api.send("POST", "/TraceSegments", r'{"TraceSegmentDocuments":["whole \ud83d\ude00","half \ud83d."]}')

    assert reply.status == 200
    assert api.requests == [("PutTraceSegments", ["whole 😀", "half �."])]


ERRORS: list[tuple[str, ApiError, int]] = [
    ("GetGroup", InvalidRequest("m"), 400),
    ("GetGroups", Throttled("m"), 429),
    ("CreateSamplingRule", RuleLimitExceeded("m"), 400),
    ("ListTagsForResource", ResourceNotFound("m", resource_name="arn:x"), 404),
    ("TagResource", TooManyTags("m", resource_name="arn:x"), 400),
    ("PutResourcePolicy", MalformedPolicyDocument("m"), 400),
    ("PutResourcePolicy", LockoutPrevention("m"), 400),
    ("PutResourcePolicy", InvalidPolicyRevisionId("m"), 400),
    ("PutResourcePolicy", PolicySizeLimitExceeded("m"), 400),
    ("PutResourcePolicy", PolicyCountLimitExceeded("m"), 400),
]


@pytest.mark.parametrize(("name", "error", "status"), ERRORS, ids=[error.code for _, error, _ in ERRORS])
def test_a_modelled_error_reaches_the_client_as_its_own_class(
    api: Any, name: str, error: ApiError, status: int
) -> None:
    operation = MODEL.operation_model(name)
    api.answers[name] = error

    with pytest.raises(getattr(api.client.exceptions, error.code)) as caught:
        call(api, operation, example(operation.input_shape, only_required=True))

    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert response["Error"] == {"Code": error.code, "Message": "m"}
    assert response["Message"] == "m"
    assert response.get("ResourceName") == error.resource_name


def test_the_errors_that_radiograph_knows_are_the_errors_of_the_model() -> None:
    assert {error.code for _, error, _ in ERRORS} == {shape.name for shape in MODEL.error_shapes}
    for _, error, _ in ERRORS:
        modelled = MODEL.shape_for(error.code).metadata.get("error", {}).get("httpStatusCode", 400)
        assert error.status == modelled


def test_an_error_spells_its_message_once(api: Any) -> None:
    api.answers["GetGroup"] = InvalidRequest("modelled")
    assert api.post("/GetGroup", {}).json == {"__type": "InvalidRequestException", "Message": "modelled"}

    api.answers["GetGroup"] = AccessDenied("front door")
    reply = api.post("/GetGroup", {})
    assert (reply.status, reply.json) == (403, {"__type": "AccessDeniedException", "message": "front door"})
    assert reply.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_a_wrong_parameter_of_put_resource_policy_is_a_validation_exception(api: Any) -> None:
    with pytest.raises(ClientError) as caught:
        api.client.put_resource_policy(PolicyName="no spaces", PolicyDocument="{}")

    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "PolicyName" in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("path", ["/TraceSegments", "/Groups"])
def test_overload_is_throttling_with_a_time_to_come_back(api: Any, path: str) -> None:
    api.refusals = api.answers["GetGroups"] = Overloaded("The queue is full.", retry_after=2.3)

    reply = api.post(path, {"TraceSegmentDocuments": ["{}"]})

    assert (reply.status, reply.headers["Retry-After"]) == (429, "3")
    assert reply.json == {"__type": "ThrottledException", "Message": "The queue is full."}


@pytest.mark.parametrize("path", ["/TraceSegments", "/Groups"])
def test_an_unavailable_store_is_503_with_a_time_to_come_back(api: Any, path: str) -> None:
    api.refusals = api.answers["GetGroups"] = StoreUnavailable("The disk is full.", retry_after=5)

    reply = api.post(path, {"TraceSegmentDocuments": ["{}"]})

    assert (reply.status, reply.headers["Retry-After"]) == (503, "5")
    assert reply.json == {"__type": "ServiceUnavailable", "message": "The disk is full."}


@pytest.mark.parametrize("path", ["/TraceSegments", "/Groups"])
def test_a_mistake_of_ours_is_logged_under_the_request_id_and_shown_to_nobody(
    api: Any, path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    api.refusals = api.answers["GetGroups"] = KeyError("a private detail")

    reply = api.post(path, {"TraceSegmentDocuments": ["{}"]})

    logged = capsys.readouterr().out
    assert (reply.status, reply.json["__type"]) == (500, "InternalFailure")
    assert b"private" not in reply.body
    assert b"Traceback" not in reply.body
    assert reply.headers["x-amzn-RequestId"] in logged
    assert "a private detail" in logged


@pytest.mark.usefixtures("capsys")
def test_a_strict_door_takes_an_undeclared_error_for_a_mistake(api: Any) -> None:
    api.answers["GetGroup"] = ResourceNotFound("GetGroup declares no 404")

    assert api.post("/GetGroup", {}).status == 500


def test_every_answer_has_a_request_id_of_its_own(api: Any) -> None:
    replies = [
        api.post("/Groups", {}),
        api.post("/Groups", {"NextToken": 5}),
        api.post("/NoSuchPath", {}),
        api.send("GET", "/Groups"),
        api.post("/TraceSegments", {"TraceSegmentDocuments": []}),
    ]

    ids = [reply.headers["x-amzn-RequestId"] for reply in replies]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", each) for each in ids)
    assert len(set(ids)) == len(ids)


def test_an_unknown_path_is_an_unknown_operation(api: Any) -> None:
    reply = api.post("/NoSuchPath", {})

    assert (reply.status, reply.json["__type"]) == (404, "UnknownOperationException")
    assert reply.headers["x-amzn-ErrorType"] == "UnknownOperationException"


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["/TraceSegments", "/Groups"])
def test_another_method_than_post_is_told_so(api: Any, method: str, path: str) -> None:
    reply = api.send(method, path)

    assert (reply.status, reply.headers["Allow"]) == (405, "POST")
    assert "POST" in reply.json["message"]


@pytest.mark.parametrize("body", [None, "", "{}", '{"Unknown":{"a":[1]}}', '{"NextToken":null}'])
def test_an_empty_body_unknown_members_and_nulls_ask_for_nothing(api: Any, body: str | None) -> None:
    api.answers["GetGroups"] = {"Groups": []}

    reply = api.send("POST", "/Groups", body)

    assert (reply.status, reply.json) == (200, {"Groups": []})
    assert api.requests == [("GetGroups", {})]


@pytest.mark.parametrize("kind", ["application/x-amz-json-1.1", "text/plain", ""])
def test_the_content_type_of_a_request_does_not_matter(api: Any, kind: str) -> None:
    assert api.send("POST", "/Groups", "{}", {"Content-Type": kind}).status == 200


@pytest.mark.parametrize("body", [b"{", b"nonsense", b"{} {}", b'{"NextToken":"\xff"}', b"[" * 100_000, b"NaN", b" "])
def test_a_body_that_is_not_json_is_a_serialization_exception(api: Any, body: bytes) -> None:
    reply = api.send("POST", "/Groups", body)

    assert (reply.status, reply.json["__type"]) == (400, "SerializationException")
    assert reply.json["message"].startswith("The request body")


@pytest.mark.parametrize("path", ["/TraceSegments", "/Groups"])
@pytest.mark.parametrize("chunked", [False, True], ids=["declared length", "chunked"])
def test_a_body_over_the_limit_is_refused_with_a_sentence(
    serve_api: Callable[[HttpSettings], Any], path: str, *, chunked: bool
) -> None:
    api = serve_api(HttpSettings(max_body_bytes=1000))
    fits = json.dumps({"TraceSegmentDocuments": ["x" * 900]}).encode().ljust(1000)
    too_long = fits + b" "

    def body(content: bytes) -> Any:
        return iter([content[:400], content[400:]]) if chunked else content

    accepted = api.send("POST", path, body(fits))
    refused = api.send("POST", path, body(too_long))

    assert accepted.status == 200
    assert (refused.status, refused.json["__type"]) == (413, "RequestEntityTooLargeException")
    assert "1000 bytes" in refused.json["message"]


def test_a_client_that_sends_far_too_much_still_reads_why(api: Any) -> None:
    with pytest.raises(ClientError) as caught:
        api.client.put_trace_segments(TraceSegmentDocuments=["x" * 40_000_000])

    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 413


@pytest.mark.parametrize("operation", OTHERS, ids=named)
def test_an_operation_that_this_version_lacks_says_so(bare_client: Any, operation: OperationModel) -> None:
    request = example(operation.input_shape, only_required=True)

    with pytest.raises(ClientError) as caught:
        getattr(bare_client, xform_name(operation.name))(**request)

    error = caught.value.response["Error"]
    declared = {shape.name for shape in operation.error_shapes}
    invalid = "InvalidRequestException"
    assert error["Code"] == (invalid if invalid in declared else "ValidationException")
    assert error["Message"].startswith(f"{operation.name} is not available in this version of Radiograph")


def test_a_time_that_is_not_a_number_in_an_answer_is_a_mistake_not_a_null(
    api: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    api.answers["GetServiceGraph"] = {"StartTime": math.nan, "Services": []}

    reply = api.post("/ServiceGraph", {"StartTime": 0, "EndTime": 1})

    assert reply.status == 500
    assert "StartTime" in capsys.readouterr().out


def test_nobody_is_answered_when_the_client_leaves_in_the_middle_of_its_body(api: Any) -> None:
    messages = iter(
        [
            {"type": "http.request", "body": b'{"TraceSegmentDocuments":[', "more_body": True},
            {"type": "http.disconnect"},
        ]
    )
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/TraceSegments", "headers": [], "query_string": b""}
    asyncio.run(api.app()(scope, receive, send))

    assert sent == []
    assert api.requests == []


def test_a_door_that_is_not_strict_lets_an_undeclared_error_through(
    serve_api: Callable[[HttpSettings], Any],
) -> None:
    api = serve_api(HttpSettings(strict=False))
    api.answers["GetGroup"] = ResourceNotFound("gone", resource_name="g")

    reply = api.post("/GetGroup", {})

    assert (reply.status, reply.json["ResourceName"]) == (404, "g")


def test_without_botocores_model_the_start_ends_with_a_way_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(ConfigurationError, match="pip install"):
        load_operations()
