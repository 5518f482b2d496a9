"""Asking Radiograph through boto3."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import boto3
import msgspec
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Sequence

_IDS_AT_ONCE = 5
"""AWS takes no more in one BatchGetTraces."""

CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "not-a-secret",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_REGION": "eu-west-1",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": "/dev/null",
    "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
}
"""An AWS client's environment that leads nowhere but to the endpoint it is told of."""


def xray_client(url: str) -> Any:
    """Return boto3's X-Ray client for the service at `url`. It does not try again: a failure is a finding."""
    return boto3.client(
        "xray",
        endpoint_url=url,
        region_name=CREDENTIALS["AWS_REGION"],
        aws_access_key_id=CREDENTIALS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def last_minutes(minutes: float = 10) -> dict[str, dt.datetime]:
    """Return StartTime and EndTime around now; the end lies a minute ahead, where nothing is."""
    now = dt.datetime.now(dt.UTC)
    return {
        "StartTime": now - dt.timedelta(minutes=minutes),
        "EndTime": now + dt.timedelta(minutes=1),
    }


def traces(client: Any, trace_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return traces by id, each as BatchGetTraces gives it; those that do not exist are absent."""
    found: dict[str, dict[str, Any]] = {}
    for begin in range(0, len(trace_ids), _IDS_AT_ONCE):
        answer = client.batch_get_traces(TraceIds=list(trace_ids[begin : begin + _IDS_AT_ONCE]))
        assert answer["UnprocessedTraceIds"] == []
        for trace in answer["Traces"]:
            assert trace["Id"] not in found
            found[trace["Id"]] = trace
    return found


def documents(trace: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the segment documents of a trace, decoded."""
    decoded = [msgspec.json.decode(segment["Document"]) for segment in trace["Segments"]]
    assert [document["id"] for document in decoded] == [segment["Id"] for segment in trace["Segments"]]
    return decoded


def summaries(client: Any, **request: Any) -> list[dict[str, Any]]:
    """Return all trace summaries of the last minutes, page by page; an id on two pages is an error."""
    pages = client.get_paginator("get_trace_summaries").paginate(**last_minutes(), **request)
    found = [summary for page in pages for summary in page["TraceSummaries"]]
    assert len({summary["Id"] for summary in found}) == len(found)
    return found


def service_graph(client: Any) -> list[dict[str, Any]]:
    """Return the services of the last minutes, page by page."""
    pages = client.get_paginator("get_service_graph").paginate(**last_minutes())
    return [service for page in pages for service in page["Services"]]


def graph_counts(services: Sequence[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Reduce a service graph to names, types and counts.

    Returns:
        `{"nodes": [{name, type, total, ok, error, throttle, fault}], "edges": [{source: {name, type},
        target: {name, type}, total, ok, error, throttle, fault}]}`, sorted. A node without statistics (a
        client) counts 0.
    """
    named = {service["ReferenceId"]: {"name": service["Name"], "type": service["Type"]} for service in services}
    assert len(named) == len(services)
    nodes = [named[service["ReferenceId"]] | _counts(service) for service in services]
    edges = [
        {"source": named[service["ReferenceId"]], "target": named[edge["ReferenceId"]], **_counts(edge)}
        for service in services
        for edge in service["Edges"]
    ]
    return {"nodes": sorted(nodes, key=repr), "edges": sorted(edges, key=repr)}


def _counts(counted: dict[str, Any]) -> dict[str, int]:
    statistics = counted.get("SummaryStatistics")
    if not statistics:
        return {"total": 0, "ok": 0, "error": 0, "throttle": 0, "fault": 0}
    errors, faults = statistics["ErrorStatistics"], statistics["FaultStatistics"]
    assert errors["TotalCount"] == errors["ThrottleCount"] + errors["OtherCount"]
    assert faults["TotalCount"] == faults["OtherCount"]
    return {
        "total": statistics["TotalCount"],
        "ok": statistics["OkCount"],
        "error": errors["OtherCount"],
        "throttle": errors["ThrottleCount"],
        "fault": faults["TotalCount"],
    }
