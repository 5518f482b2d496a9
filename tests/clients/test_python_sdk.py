"""The official X-Ray SDK for Python sends by UDP; boto3 reads back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.foreign import run_python_sdk
from tests.support.reading import graph_counts, service_graph, summaries, xray_client
from tests.support.recorded import (
    Document,
    assert_all_came_back,
    inferred,
    sent_documents,
    trace_ids,
    wait_until_stored,
)

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.radiograph_process import RadiographProcess

pytestmark = pytest.mark.clients


@pytest.fixture
def sent(radiograph: RadiographProcess, tmp_path: Path) -> list[Document]:
    """What the program sent by using all features of the SDK; all of it is stored."""
    record = tmp_path / "sent.jsonl"
    run_python_sdk(radiograph.daemon, record, "features")
    documents = sent_documents(record)
    wait_until_stored(radiograph, documents)
    return documents


@pytest.fixture
def client(radiograph: RadiographProcess) -> Any:
    return xray_client(radiograph.url)


def trace_of(name: str, documents: list[Document]) -> str:
    """Return the id of the trace in which a segment has this name."""
    (trace_id,) = {document["trace_id"] for document in documents if document["name"] == name}
    return str(trace_id)


def test_every_field_comes_back_as_the_sdk_wrote_it(sent: list[Document], client: Any) -> None:
    # One with everything, one streamed, one from eight threads, one of two services; the unsampled one is not sent.
    assert len(trace_ids(sent)) == 4
    assert_all_came_back(client, sent)


def test_subsegments_that_were_sent_ahead_find_their_segment(sent: list[Document], client: Any) -> None:
    trace_id = trace_of("streamer", sent)
    streamed = [document for document in sent if document["trace_id"] == trace_id]
    # The SDK streams only when a segment has more than 30 subsegments; this one has 150.
    assert sum(document.get("type") == "subsegment" for document in streamed) > 30
    (segment,) = client.batch_get_traces(TraceIds=[trace_id])["Traces"][0]["Segments"]
    steps = json.loads(segment["Document"])["subsegments"]
    assert [step["annotations"]["number"] for step in steps] == list(range(75))
    assert [len(step["subsegments"]) for step in steps] == [1] * 75


def test_what_was_called_is_inferred_unless_it_sent_a_segment(sent: list[Document], client: Any) -> None:
    (shop,) = [document for document in sent if document["name"] == "shop"]
    calls = {call["name"]: call["id"] for call in shop["subsegments"] if "namespace" in call}
    assert inferred(client, shop["trace_id"]) == {
        calls["stock.example"]: ("stock.example", ""),
        calls["DynamoDB"]: ("DynamoDB", "AWS::DynamoDB::Table"),
        calls[":memory:"]: (":memory:", "Database::SQL"),
    }
    assert inferred(client, trace_of("front", sent)) == {}


def test_a_summary_tells_what_the_application_put_on_its_trace(sent: list[Document], client: Any) -> None:
    by_id = {summary["Id"]: summary for summary in summaries(client)}
    assert by_id.keys() == set(trace_ids(sent))
    summary = by_id[trace_of("shop", sent)]
    (segment,) = [document for document in sent if document["name"] == "shop"]
    assert summary["HasFault"]
    assert not summary["IsPartial"]
    assert summary["Http"] == {
        "HttpURL": "https://shop.example/buy?item=7",
        "HttpStatus": 500,
        "HttpMethod": "POST",
        "UserAgent": "test/1.0",
        "ClientIp": "203.0.113.9",
    }
    assert [user["UserName"] for user in summary["Users"]] == ["ada"]
    assert {key: [one["AnnotationValue"] for one in found] for key, found in summary["Annotations"].items()} == {
        "tier": [{"StringValue": "gold"}],
        "quantity": [{"NumberValue": 3.0}],
        "price": [{"NumberValue": 12.5}],
        "returning": [{"BooleanValue": True}],
        "step": [{"NumberValue": 1.0}],
        "amount": [{"NumberValue": 99.9}],
    }
    assert summary["EntryPoint"]["Name"] == "shop"
    assert summary["InstanceIds"] == [{"Id": "i-0abc"}]
    # Times are kept to the microsecond.
    assert summary["ResponseTime"] == pytest.approx(segment["end_time"] - segment["start_time"], abs=2e-6)
    assert summary["StartTime"].timestamp() == pytest.approx(segment["start_time"], abs=2e-6)


# Worked out by hand from programs/python_sdk.py: (name, type): (ok, error, throttle, fault).
NODES = {
    ("shop", "client"): (0, 0, 0, 0),
    ("shop", ""): (0, 0, 0, 1),
    ("stock.example", "remote"): (0, 0, 1, 0),
    ("items", "AWS::DynamoDB::Table"): (1, 0, 0, 0),
    (":memory:", "Database::SQL"): (1, 0, 0, 0),
    ("streamer", "client"): (0, 0, 0, 0),
    ("streamer", ""): (1, 0, 0, 0),
    ("threads", "client"): (0, 0, 0, 0),
    ("threads", ""): (1, 0, 0, 0),
    ("front", "client"): (0, 0, 0, 0),
    ("front", ""): (1, 0, 0, 0),
    ("back", ""): (1, 0, 0, 0),
}
EDGES = {
    (("shop", "client"), ("shop", "")): (0, 0, 0, 1),
    (("shop", ""), ("stock.example", "remote")): (0, 0, 1, 0),
    (("shop", ""), ("items", "AWS::DynamoDB::Table")): (1, 0, 0, 0),
    (("shop", ""), (":memory:", "Database::SQL")): (1, 0, 0, 0),
    (("streamer", "client"), ("streamer", "")): (1, 0, 0, 0),
    (("threads", "client"), ("threads", "")): (1, 0, 0, 0),
    (("front", "client"), ("front", "")): (1, 0, 0, 0),
    (("front", ""), ("back", "")): (1, 0, 0, 0),
}


def flat(services: list[dict[str, Any]]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Return a graph in the form of NODES and EDGES."""
    graph = graph_counts(services)

    def counts(counted: dict[str, Any]) -> tuple[int, ...]:
        found = tuple(int(counted[name]) for name in ("ok", "error", "throttle", "fault"))
        assert counted["total"] == sum(found)
        return found

    def key(node: dict[str, Any]) -> tuple[str, str]:
        return node["name"], node["type"]

    nodes = {key(node): counts(node) for node in graph["nodes"]}
    edges = {(key(edge["source"]), key(edge["target"])): counts(edge) for edge in graph["edges"]}
    assert (len(nodes), len(edges)) == (len(graph["nodes"]), len(graph["edges"]))
    return nodes, edges


def test_the_service_graph_has_every_node_and_edge_and_no_other(sent: list[Document], client: Any) -> None:
    assert sent
    assert flat(service_graph(client)) == (NODES, EDGES)


def test_the_graph_of_one_trace_has_only_its_own_nodes(sent: list[Document], client: Any) -> None:
    pages = client.get_paginator("get_trace_graph").paginate(TraceIds=[trace_of("front", sent)])
    nodes, edges = flat([service for page in pages for service in page["Services"]])
    own = {("front", "client"), ("front", ""), ("back", "")}
    assert nodes == {key: counts for key, counts in NODES.items() if key in own}
    assert edges == {key: counts for key, counts in EDGES.items() if key[0] in own}


def test_the_sdk_samples_by_the_rules_and_quotas_of_the_service(
    radiograph: RadiographProcess, client: Any, tmp_path: Path
) -> None:
    record = tmp_path / "sent.jsonl"
    learned = json.loads(run_python_sdk(radiograph.daemon, record, "sampling", "30"))
    # The Default rule: 1 a second and 5 percent of the rest; the only client gets the whole reservoir.
    assert learned["rules"] == [{"name": "Default", "rate": 0.05, "quota": 1}]
    assert radiograph.answered("GetSamplingRules").keys() == {"200"}
    assert radiograph.answered("GetSamplingTargets").keys() == {"200"}
    sent = sent_documents(record)
    assert 0 < len(sent) == learned["sampled"] < learned["asked"]
    assert sent[-1]["aws"]["xray"]["sampling_rule_name"] == "Default"
    wait_until_stored(radiograph, sent)
    assert_all_came_back(client, sent)
