"""boto3 writes and reads: paginators, whole batches, and the error classes of its X-Ray client."""

from __future__ import annotations

import datetime as dt
import json
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import documents, last_minutes, summaries, traces, xray_client

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.clients


@pytest.fixture
def client(radiograph: RadiographProcess) -> Any:
    return xray_client(radiograph.url)


def segment(number: int, **fields: Any) -> dict[str, Any]:
    """Return a segment of a trace of its own, a second long, some seconds ago."""
    start = time.time() - 30
    return {
        "trace_id": f"1-{int(start):08x}-{number:024x}",
        "id": f"{number + 1:016x}",
        "name": "numbered",
        "start_time": start,
        "end_time": start + 1,
        "annotations": {"number": number},
    } | fields


def put(client: Any, sent: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Send documents, 50 a call as the daemon does; return what was refused."""
    refused = []
    for begin in range(0, len(sent), 50):
        batch = [json.dumps(document) for document in sent[begin : begin + 50]]
        refused += client.put_trace_segments(TraceSegmentDocuments=batch)["UnprocessedTraceSegments"]
    return refused


def test_what_was_accepted_can_be_read_at_once(client: Any) -> None:
    sent = segment(1)
    assert put(client, [sent]) == []
    (found,) = documents(traces(client, [sent["trace_id"]])[sent["trace_id"]])
    assert found == sent


def test_the_paginator_brings_every_trace_once(tmp_path: Path) -> None:
    sent = [segment(number) for number in range(450)]
    with RadiographProcess(tmp_path / "data", settings={"page_traces": "200"}) as radiograph:
        client = xray_client(radiograph.url)
        assert put(client, sent) == []
        pages = list(client.get_paginator("get_trace_summaries").paginate(**last_minutes()))
    assert [len(page["TraceSummaries"]) for page in pages] == [200, 200, 50]
    numbers = {
        summary["Id"]: summary["Annotations"]["number"][0]["AnnotationValue"]["NumberValue"]
        for page in pages
        for summary in page["TraceSummaries"]
    }
    assert numbers == {document["trace_id"]: number for number, document in enumerate(sent)}


def test_a_refused_document_does_not_take_its_batch_with_it(client: Any) -> None:
    good = [segment(number) for number in range(3)]
    bad = segment(9)
    del bad["name"]
    (refused,) = put(client, [good[0], bad, *good[1:]])
    assert refused["Id"] == bad["id"]
    assert refused["ErrorCode"]
    assert "name" in refused["Message"]
    assert {summary["Id"] for summary in summaries(client)} == {document["trace_id"] for document in good}


def test_groups_are_made_changed_listed_and_deleted(client: Any) -> None:
    made = client.create_group(
        GroupName="slow",
        FilterExpression="responsetime > 5",
        InsightsConfiguration={"InsightsEnabled": True},
        Tags=[{"Key": "team", "Value": "shop"}],
    )["Group"]
    assert made == {
        "GroupName": "slow",
        "GroupARN": made["GroupARN"],
        "FilterExpression": "responsetime > 5",
        "InsightsConfiguration": {"InsightsEnabled": True, "NotificationsEnabled": False},
    }
    changed = client.update_group(GroupName="slow", FilterExpression="fault")["Group"]
    assert changed == made | {"FilterExpression": "fault"}
    assert client.get_group(GroupARN=made["GroupARN"])["Group"] == changed
    pages = client.get_paginator("get_groups").paginate()
    assert [group["GroupName"] for page in pages for group in page["Groups"]] == ["Default", "slow"]
    client.delete_group(GroupName="slow")
    with pytest.raises(client.exceptions.InvalidRequestException, match="group slow does not exist"):
        client.get_group(GroupName="slow")


def test_groups_are_there_after_a_restart(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as radiograph:
        made = xray_client(radiograph.url).create_group(GroupName="slow", FilterExpression="fault")["Group"]
    with RadiographProcess(tmp_path / "data") as radiograph:
        assert xray_client(radiograph.url).get_group(GroupName="slow")["Group"] == made


def test_the_time_series_has_every_request_in_its_minute(client: Any) -> None:
    minute = time.time() // 60 * 60 - 300
    starts = [minute, minute + 58.5, minute + 120]
    failed = {"http": {"response": {"status": 500}}}
    sent = [
        segment(number, start_time=start, end_time=start + 1, **(failed if number == 2 else {}))
        for number, start in enumerate(starts)
    ]
    assert put(client, sent) == []
    paginator = client.get_paginator("get_time_series_service_statistics")
    found = []
    for selector in ({}, {"EntitySelectorExpression": 'service("numbered")'}):
        member = "ServiceSummaryStatistics" if selector else "EdgeSummaryStatistics"
        found.append(
            [
                (
                    entry["Timestamp"].timestamp(),
                    entry[member]["OkCount"],
                    entry[member]["FaultStatistics"]["TotalCount"],
                    entry[member]["TotalResponseTime"],
                    entry["ResponseTimeHistogram"],
                )
                for page in paginator.paginate(**last_minutes(), Period=60, **selector)
                for entry in page["TimeSeriesServiceStatistics"]
            ]
        )
    assert found[0] == found[1]
    assert found[0] == [
        (minute, 2, 0, 2.0, [{"Value": 1.0, "Count": 2}]),
        (minute + 120, 0, 1, 1.0, [{"Value": 1.0, "Count": 1}]),
    ]


def test_the_graph_has_an_edge_from_a_queue_to_the_function_that_takes_from_it(client: Any) -> None:
    """Two traces; the event is 1.5 s old. It is there at once."""
    start = int(time.time()) - 30
    send = {
        "id": f"{7:016x}",
        "name": "SQS",
        "namespace": "aws",
        "aws": {"operation": "SendMessage", "queue_url": "https://sqs.test/jobs"},
        "start_time": start + 0.5,
        "end_time": start + 0.6,
    }
    sent = segment(1, name="shop", start_time=start, end_time=start + 1, subsegments=[send])
    link = {"trace_id": sent["trace_id"], "id": send["id"], "attributes": {"ReferenceType": "parent"}}
    received = segment(2, name="worker", start_time=start + 2, end_time=start + 3, origin="AWS::Lambda", links=[link])
    assert put(client, [received, sent]) == []

    services = client.get_service_graph(**last_minutes())["Services"]

    names = {service["ReferenceId"]: (service["Name"], service["Type"]) for service in services}
    assert sorted(names.values()) == [
        ("https://sqs.test/jobs", "AWS::SQS::Queue"),
        ("shop", ""),
        ("shop", "client"),
        ("worker", "AWS::Lambda"),
    ]
    (queue,) = [service for service in services if service["Type"] == "AWS::SQS::Queue"]
    (edge,) = queue["Edges"]
    assert names[edge["ReferenceId"]] == ("worker", "AWS::Lambda")
    assert edge["EdgeType"] == "link"
    assert edge["ReceivedEventAgeHistogram"] == [{"Value": 1.5, "Count": 1}]
    assert (edge["SummaryStatistics"], edge["ResponseTimeHistogram"]) == ({}, [])


def test_a_trace_that_does_not_exist_is_absent_and_no_error(client: Any) -> None:
    assert traces(client, [segment(1)["trace_id"]]) == {}


@pytest.mark.parametrize(
    ("operation", "request_"),
    [
        ("batch_get_traces", {"TraceIds": [f"1-5759e988-{number:024x}" for number in range(6)]}),
        ("batch_get_traces", {"TraceIds": ["no-trace-id"]}),
        ("get_trace_graph", {"TraceIds": ["no-trace-id"]}),
        (
            "get_trace_summaries",
            {"StartTime": dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "EndTime": dt.datetime(2026, 1, 2, tzinfo=dt.UTC)},
        ),
        (
            "get_service_graph",
            {"StartTime": dt.datetime(2026, 1, 2, tzinfo=dt.UTC), "EndTime": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        ),
        ("get_trace_summaries", {**last_minutes(), "NextToken": "not-ours"}),
        ("create_group", {"GroupName": "slow", "FilterExpression": "responsetime >"}),
        ("create_group", {"GroupName": "slow", "Tags": [{"Key": str(number), "Value": ""} for number in range(51)]}),
        ("get_group", {}),
        ("get_service_graph", {**last_minutes(), "GroupName": "nowhere"}),
        ("get_time_series_service_statistics", {**last_minutes(), "EntitySelectorExpression": "fault"}),
        ("get_time_series_service_statistics", {**last_minutes(), "Period": 61}),
    ],
    ids=[
        "six ids",
        "no trace id",
        "graph of no trace id",
        "a day",
        "backwards",
        "foreign token",
        "bad filter",
        "51 tags",
        "no group named",
        "graph of no group",
        "no entity selector",
        "61 seconds",
    ],
)
def test_what_aws_refuses_raises_the_clients_own_error_class(
    client: Any, operation: str, request_: dict[str, Any]
) -> None:
    with pytest.raises(client.exceptions.InvalidRequestException) as caught:
        getattr(client, operation)(**request_)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "InvalidRequestException"
    assert answer["Error"]["Message"]
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
