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
    ],
    ids=["six ids", "no trace id", "graph of no trace id", "a day", "backwards", "foreign token"],
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
