"""The official X-Ray SDK for Node.js sends by UDP and asks for sampling by TCP; boto3 reads back."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.foreign import run_node_sdk
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
    """What the program sent by using the features of the SDK; all of it is stored."""
    record = tmp_path / "sent.jsonl"
    run_node_sdk(radiograph.daemon, record, "features")
    documents = sent_documents(record)
    wait_until_stored(radiograph, documents)
    return documents


@pytest.fixture
def client(radiograph: RadiographProcess) -> Any:
    return xray_client(radiograph.url)


def test_every_field_comes_back_as_the_sdk_wrote_it(sent: list[Document], client: Any) -> None:
    # One with everything, one streamed, one of two services that talk HTTP.
    assert len(trace_ids(sent)) == 3
    # Of the 170 steps of the streamed one, some went ahead of their segment.
    assert sum(document.get("type") == "subsegment" for document in sent) > 50
    assert_all_came_back(client, sent)


def test_queries_and_aws_calls_are_inferred_and_an_answering_service_is_not(sent: list[Document], client: Any) -> None:
    (shop,) = [document for document in sent if document["name"] == "shop"]
    calls = {call["name"]: call["id"] for call in shop["subsegments"]}
    assert inferred(client, shop["trace_id"]) == {
        calls["DynamoDB"]: ("DynamoDB", "AWS::DynamoDB::Table"),
        calls["orders@db.example"]: ("orders@db.example", "Database::SQL"),
    }
    (back,) = [document for document in sent if document["name"] == "back"]
    assert inferred(client, back["trace_id"]) == {}


def test_a_summary_tells_what_the_application_put_on_its_trace(sent: list[Document], client: Any) -> None:
    by_id = {summary["Id"]: summary for summary in summaries(client)}
    assert by_id.keys() == set(trace_ids(sent))
    (shop,) = [document for document in sent if document["name"] == "shop"]
    summary = by_id[shop["trace_id"]]
    assert summary["HasFault"]
    assert [user["UserName"] for user in summary["Users"]] == ["ada"]
    assert {key: [one["AnnotationValue"] for one in found] for key, found in summary["Annotations"].items()} == {
        "tier": [{"StringValue": "gold"}],
        "quantity": [{"NumberValue": 3.0}],
        "price": [{"NumberValue": 12.5}],
        "returning": [{"BooleanValue": True}],
        "step": [{"NumberValue": 1.0}],
    }
    assert summary["EntryPoint"]["Type"] == "AWS::EC2::Instance"
    assert summary["InstanceIds"] == [{"Id": "i-0abc"}]
    assert summary["AvailabilityZones"] == [{"Name": "eu-west-1a"}]
    (front,) = [document for document in sent if document["name"] == "front"]
    assert by_id[front["trace_id"]]["Http"]["HttpStatus"] == 200
    assert by_id[front["trace_id"]]["Http"]["HttpURL"] == front["http"]["request"]["url"]


def test_the_service_graph_has_every_node_and_edge_and_no_other(sent: list[Document], client: Any) -> None:
    assert sent
    graph = graph_counts(service_graph(client))

    def counts(counted: dict[str, Any]) -> tuple[int, ...]:
        return tuple(counted[name] for name in ("ok", "error", "throttle", "fault"))

    assert {(node["name"], node["type"]): counts(node) for node in graph["nodes"]} == {
        ("shop", "client"): (0, 0, 0, 0),
        ("shop", "AWS::EC2::Instance"): (0, 0, 0, 1),
        ("items", "AWS::DynamoDB::Table"): (0, 0, 1, 0),
        ("orders@db.example", "Database::SQL"): (1, 0, 0, 0),
        ("streamer", "client"): (0, 0, 0, 0),
        ("streamer", ""): (1, 0, 0, 0),
        ("front", "client"): (0, 0, 0, 0),
        ("front", ""): (1, 0, 0, 0),
        ("back", ""): (0, 0, 0, 1),
    }
    named = {
        (edge["source"]["name"], edge["source"]["type"] == "client", edge["target"]["name"]): counts(edge)
        for edge in graph["edges"]
    }
    assert named == {
        ("shop", True, "shop"): (0, 0, 0, 1),
        ("shop", False, "items"): (0, 0, 1, 0),
        ("shop", False, "orders@db.example"): (1, 0, 0, 0),
        ("streamer", True, "streamer"): (1, 0, 0, 0),
        ("front", True, "front"): (1, 0, 0, 0),
        ("front", False, "back"): (0, 0, 0, 1),
    }
    assert len(named) == len(graph["edges"])


def test_the_sdk_samples_by_the_rules_and_quotas_of_the_service(
    radiograph: RadiographProcess, client: Any, tmp_path: Path
) -> None:
    record = tmp_path / "sent.jsonl"
    learned = json.loads(run_node_sdk(radiograph.daemon, record, "sampling", "30"))
    # The Default rule: 1 a second and 5 percent of the rest; the only client gets the whole reservoir.
    assert learned["rules"] == [{"name": "Default", "rate": 0.05, "quota": 1}]
    assert radiograph.answered("GetSamplingRules").keys() == {"200"}
    assert radiograph.answered("GetSamplingTargets").keys() == {"200"}
    sent = sent_documents(record)
    assert 0 < len(sent) == learned["sampled"] < learned["asked"]
    assert sent[-1]["aws"]["xray"]["rule_name"] == "Default"
    wait_until_stored(radiograph, sent)
    assert_all_came_back(client, sent)
