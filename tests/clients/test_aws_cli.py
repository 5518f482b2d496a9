"""The AWS command line writes and reads."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.foreign import run_aws_cli
from tests.support.reading import graph_counts

if TYPE_CHECKING:
    from tests.support.radiograph_process import RadiographProcess

pytestmark = pytest.mark.clients


def test_the_command_line_reads_back_what_it_put(radiograph: RadiographProcess) -> None:
    start = round(time.time()) - 30
    trace_id = f"1-{start:08x}-0123456789abcdef01234567"
    call = {
        "id": "53995c3f42cd8ad8",
        "name": "bank.example",
        "namespace": "remote",
        "start_time": start + 0.25,
        "end_time": start + 0.75,
        "http": {"request": {"url": "https://bank.example/", "method": "POST"}, "response": {"status": 502}},
        "fault": True,
    }
    document = {
        "trace_id": trace_id,
        "id": "70de5b6f19ff9a0a",
        "name": "shop",
        "start_time": start,
        "end_time": start + 1.5,
        "http": {"request": {"url": "https://shop.example/buy", "method": "POST"}, "response": {"status": 200}},
        "subsegments": [call],
    }
    window = ("--start-time", str(start - 60), "--end-time", str(start + 60))

    put = run_aws_cli(radiograph.url, "put-trace-segments", "--trace-segment-documents", json.dumps(document))
    assert put == {"UnprocessedTraceSegments": []}

    (trace,) = run_aws_cli(radiograph.url, "batch-get-traces", "--trace-ids", trace_id)["Traces"]
    assert (trace["Id"], trace["Duration"], trace["LimitExceeded"]) == (trace_id, 1.5, False)
    returned = [json.loads(segment["Document"]) for segment in trace["Segments"]]
    assert [found for found in returned if not found.get("inferred")] == [document]
    assert [(found["name"], found["parent_id"]) for found in returned if found.get("inferred")] == [
        ("bank.example", call["id"])
    ]

    (summary,) = run_aws_cli(radiograph.url, "get-trace-summaries", *window)["TraceSummaries"]
    assert (summary["Id"], summary["Duration"], summary["ResponseTime"]) == (trace_id, 1.5, 1.5)
    assert summary["Http"] == {"HttpURL": "https://shop.example/buy", "HttpStatus": 200, "HttpMethod": "POST"}

    whole = run_aws_cli(radiograph.url, "get-service-graph", *window)
    of_trace = run_aws_cli(radiograph.url, "get-trace-graph", "--trace-ids", trace_id)
    none: dict[str, object] = {"total": 0, "ok": 0, "error": 0, "throttle": 0, "fault": 0}
    one_ok, one_fault = none | {"total": 1, "ok": 1}, none | {"total": 1, "fault": 1}
    client: dict[str, object] = {"name": "shop", "type": "client"}
    shop: dict[str, object] = {"name": "shop", "type": ""}
    bank: dict[str, object] = {"name": "bank.example", "type": "remote"}
    for graph in (whole, of_trace):
        assert graph_counts(graph["Services"]) == {
            "nodes": sorted([client | none, shop | one_ok, bank | one_fault], key=repr),
            "edges": sorted(
                [{"source": client, "target": shop} | one_ok, {"source": shop, "target": bank} | one_fault],
                key=repr,
            ),
        }


def test_a_refused_call_ends_with_the_services_sentence(radiograph: RadiographProcess) -> None:
    with pytest.raises(AssertionError, match=r"InvalidRequestException.*TraceIds\[0\]"):
        run_aws_cli(radiograph.url, "batch-get-traces", "--trace-ids", "no-trace-id")
