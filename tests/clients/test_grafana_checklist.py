"""What Grafana's X-Ray data source takes for granted, one promise a test, over every answer about the shop.

Its back end decodes the JSON with AWS's SDK for Go and goes on without checks, so a member that is missing, null or of
another type breaks a panel, or the plugin. The answers are read here as they come over the wire: boto3 would drop what
it does not know and forgive what Go does not.

Source: the plugin's source, `grafana/x-ray-datasource`.
"""

from __future__ import annotations

import http.client
import json
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import botocore.session
import msgspec
import pytest
from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.clients.conftest import PlayedShop

pytestmark = pytest.mark.clients

PATHS = {
    "BatchGetTraces": "/Traces",
    "CreateGroup": "/CreateGroup",
    "DeleteGroup": "/DeleteGroup",
    "GetGroups": "/Groups",
    "GetInsightSummaries": "/InsightSummaries",
    "GetServiceGraph": "/ServiceGraph",
    "GetTimeSeriesServiceStatistics": "/TimeSeriesServiceStatistics",
    "GetTraceGraph": "/TraceGraph",
    "GetTraceSummaries": "/TraceSummaries",
    "PutTraceSegments": "/TraceSegments",
}
MOST_PAGES = 100
STATISTICS = {"OkCount", "ErrorStatistics", "FaultStatistics", "TotalCount", "TotalResponseTime"}

Json = dict[str, Any]


class Wire:
    """The API as it comes over the wire.

    Args:
        url: of the service.
    """

    def __init__(self, url: str) -> None:
        self._place = urlsplit(url).netloc

    def request(self, method: str, path: str, body: Json | None = None) -> tuple[int, Json, str]:
        """Return status, decoded body and error type of one request."""
        connection = http.client.HTTPConnection(self._place, timeout=30)
        try:
            connection.request(method, path, json.dumps(body), {"content-type": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, json.loads(text, parse_constant=_no_json), answer.getheader("x-amzn-errortype", "")
        finally:
            connection.close()

    def ask(self, operation: str, /, **members: Any) -> Json:
        """Return the answer of an operation."""
        status, answer, _ = self.request("POST", PATHS[operation], members)
        assert status == 200, f"{operation}: {status} {answer}"
        return answer

    def pages(self, operation: str, /, **members: Any) -> list[Json]:
        """Return the answers of an operation, page by page as Grafana goes through them."""
        found = [self.ask(operation, **members)]
        while token := found[-1].get("NextToken"):
            found.append(self.ask(operation, **members, NextToken=token))
            assert len(found) < MOST_PAGES
        return found

    def all(self, operation: str, member: str, /, **members: Any) -> list[Json]:
        """Return the elements of a list that all pages of an answer have together."""
        return [element for page in self.pages(operation, **members) for element in page[member]]


def _no_json(word: str) -> None:
    raise AssertionError(f"{word} is no JSON: Go cannot read it")


class Answers(msgspec.Struct, frozen=True):
    """All that Grafana asks about the shop.

    Args:
        wire: to ask more.
        window: StartTime and EndTime of all of it.
        summaries: the trace list.
        traces: each trace.
        graph: the service map.
        trace_graphs: of each trace by itself.
        statistics: by their EntitySelectorExpression, "" for none.
        groups: what can be chosen.
    """

    wire: Wire
    window: dict[str, int]
    summaries: list[Json]
    traces: list[Json]
    graph: list[Json]
    trace_graphs: list[list[Json]]
    statistics: dict[str, list[Json]]
    groups: list[Json]

    @property
    def nodes(self) -> list[Json]:
        """The nodes of all graphs."""
        return [node for graph in (self.graph, *self.trace_graphs) for node in graph]

    @property
    def edges(self) -> list[Json]:
        """The edges of all graphs."""
        return [edge for node in self.nodes for edge in node["Edges"]]

    def causes(self, kind: str) -> list[Json]:
        """Return the root causes of a kind; the shop has some of each."""
        found = [cause for summary in self.summaries for cause in summary[f"{kind}RootCauses"]]
        assert found
        return found

    def cause_services(self, kind: str) -> list[Json]:
        """Return the services on the paths of a kind of root causes."""
        return [service for cause in self.causes(kind) for service in cause["Services"]]


def node_selector(node: Json) -> str:
    """Return the selector that Grafana makes of a node."""
    return f'service(id(name: "{node["Name"]}", type: "{node["Type"]}"))'


@pytest.fixture(scope="module")
def answers(shop: PlayedShop) -> Answers:
    """Everything, asked once; the statistics are those of every node and edge, in minutes."""
    wire = Wire(shop.radiograph.url)
    graph = wire.all("GetServiceGraph", "Services", **shop.window, GroupName="Default")
    named = {node["ReferenceId"]: node["Name"] for node in graph}
    selectors = [node_selector(node) for node in graph if node["Type"] != "client"]
    selectors += [f'edge("{node["Name"]}", "{named[edge["ReferenceId"]]}")' for node in graph for edge in node["Edges"]]
    minutes = {"Period": 60, **shop.window}
    series = "GetTimeSeriesServiceStatistics", "TimeSeriesServiceStatistics"
    statistics = {"": wire.all(*series, **minutes, GroupName="Default")}
    for selector in selectors:
        statistics[selector] = wire.all(*series, **minutes, EntitySelectorExpression=selector)
    return Answers(
        wire,
        shop.window,
        wire.all("GetTraceSummaries", "TraceSummaries", **shop.window),
        [trace for id_ in shop.purchases for trace in wire.ask("BatchGetTraces", TraceIds=[id_])["Traces"]],
        graph,
        [wire.all("GetTraceGraph", "Services", TraceIds=[id_]) for id_ in shop.purchases],
        statistics,
        wire.all("GetGroups", "Groups"),
    )


# --- JSON as AWS's SDK for Go decodes it


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("BatchGetTraces", {"TraceIds": True}),
        ("GetGroups", {}),
        ("GetServiceGraph", {"window": True, "GroupName": "Default"}),
        ("GetTimeSeriesServiceStatistics", {"window": True, "Period": 300}),
        ("GetTraceGraph", {"TraceIds": True}),
        ("GetTraceSummaries", {"window": True}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_member_is_known_to_the_service_model_and_of_its_json_type(
    shop: PlayedShop, answers: Answers, operation: str, members: Json
) -> None:
    """Go's decoder gives up on a string where a number should be; a name that it does not know is our mistake."""
    asked = {name: value for name, value in members.items() if name not in ("window", "TraceIds")}
    if "window" in members:
        asked |= answers.window
    if "TraceIds" in members:
        asked["TraceIds"] = list(shop.purchases)[:5]
    shape = botocore.session.get_session().get_service_model("xray").operation_model(operation).output_shape
    for page in answers.wire.pages(operation, **asked):
        assert list(_misfits(shape, page, operation)) == []


def _misfits(shape: Any, value: Any, where: str) -> Iterator[str]:
    """Where a value is not what its shape says."""
    kinds: dict[str, type | tuple[type, ...]] = {
        "structure": dict,
        "map": dict,
        "list": list,
        "string": str,
        "boolean": bool,
        "integer": int,
        "long": int,
        "double": (int, float),
        "timestamp": (int, float),
    }
    kind = shape.type_name
    fits = isinstance(value, kinds[kind]) and (kind == "boolean") == isinstance(value, bool)
    if not fits:
        yield f"{where} is {value!r}, not a {kind}"
    elif kind == "structure":
        for name, member in value.items():
            if name in shape.members:
                yield from _misfits(shape.members[name], member, f"{where}.{name}")
            else:
                yield f"{where}.{name} is unknown"
    elif kind == "list":
        for number, element in enumerate(value):
            yield from _misfits(shape.member, element, f"{where}[{number}]")
    elif kind == "map":
        for name, element in value.items():
            yield from _misfits(shape.value, element, f"{where}.{name}")


# --- settings page: health check, groups, accounts


def test_the_health_check_is_answered(answers: Answers) -> None:
    """It calls GetGroups without any member."""
    assert answers.wire.request("POST", PATHS["GetGroups"], {})[0] == 200


def test_default_is_among_the_groups_and_has_no_expression(answers: Answers) -> None:
    """The editor chooses it at first, and puts the expression of a group before the query."""
    (default,) = [group for group in answers.groups if group["GroupName"] == "Default"]
    assert default["GroupARN"]
    assert not default.get("FilterExpression")


def test_an_account_id_is_a_number_of_twelve_digits_or_absent(answers: Answers) -> None:
    """The list of accounts is made of the nodes'; null and "all" are left out of it."""
    accounts = {node["AccountId"] for node in answers.graph if "AccountId" in node}
    assert accounts
    assert all(len(account) == 12 and account.isdecimal() for account in accounts)


# --- trace list


def test_every_trace_is_on_the_list_once(shop: PlayedShop, answers: Answers) -> None:
    """All pages are read until there is no NextToken."""
    assert sorted(summary["Id"] for summary in answers.summaries) == sorted(shop.purchases)


def test_http_of_a_summary_is_always_an_object(answers: Answers) -> None:
    """The list reads its members through a pointer that is not checked."""
    assert all(isinstance(summary["Http"], dict) for summary in answers.summaries)


def test_http_of_a_summary_is_an_object_also_without_any_http(radiograph: RadiographProcess) -> None:
    """A trace of a worker or a cron job has none, and its row must not break the list."""
    wire, start = Wire(radiograph.url), int(time.time()) - 10
    _put(wire, {"trace_id": f"1-{start:08x}-{1:024x}", "id": f"{1:016x}", "name": "cron", "start_time": start})
    (summary,) = wire.all("GetTraceSummaries", "TraceSummaries", StartTime=start - 60, EndTime=start + 60)
    assert summary["Http"] == {}


def test_a_row_of_the_trace_list_is_complete(answers: Answers) -> None:
    """Its columns are id, start time, method, status, URL, client, response time (Duration) and annotations."""
    for summary in answers.summaries:
        assert {"Id", "StartTime", "Http", "Duration", "Annotations"} <= summary.keys()
        assert {"HttpURL", "HttpMethod", "HttpStatus", "ClientIp"} <= summary["Http"].keys()


def test_lists_of_a_summary_are_there_when_empty(answers: Answers) -> None:
    """Users and root causes are walked through for the analytics tables."""
    lists = ("Users", "ServiceIds", "ResourceARNs", "InstanceIds", "AvailabilityZones")
    causes = ("FaultRootCauses", "ErrorRootCauses", "ResponseTimeRootCauses")
    assert all(isinstance(summary[name], list) for summary in answers.summaries for name in (*lists, *causes))


# --- root causes


@pytest.mark.parametrize("kind", ["ResponseTime", "Error", "Fault"])
def test_a_root_cause_has_a_service(answers: Answers, kind: str) -> None:
    """The tables take the first and the last one."""
    assert all(cause["Services"] for cause in answers.causes(kind))


@pytest.mark.parametrize("kind", ["ResponseTime", "Error", "Fault"])
def test_a_service_of_a_root_cause_has_name_and_type(answers: Answers, kind: str) -> None:
    """The path columns join `name (type)`; a type may be empty, not absent."""
    for service in answers.cause_services(kind):
        assert service["Name"]
        assert isinstance(service["Type"], str)


@pytest.mark.parametrize("kind", ["ResponseTime", "Error", "Fault"])
def test_a_service_of_a_root_cause_has_an_entity_path(answers: Answers, kind: str) -> None:
    """It is sliced from its second element, which fails when there is not even a first."""
    assert all(service["EntityPath"] for service in answers.cause_services(kind))


@pytest.mark.parametrize("kind", ["Error", "Fault"])
def test_an_exception_of_a_root_cause_has_a_name(answers: Answers, kind: str) -> None:
    """The error and fault columns are made of them."""
    entities = [entity for service in answers.cause_services(kind) for entity in service["EntityPath"]]
    assert all(isinstance(entity["Exceptions"], list) for entity in entities)
    assert all(exception["Name"] for entity in entities for exception in entity["Exceptions"])


def test_an_exception_without_a_type_has_a_name_all_the_same(radiograph: RadiographProcess) -> None:
    """X-Ray requires no more of an exception than its id."""
    wire, start = Wire(radiograph.url), int(time.time()) - 10
    segment = {"trace_id": f"1-{start:08x}-{1:024x}", "id": f"{1:016x}", "name": "bare", "start_time": start}
    _put(wire, segment | {"end_time": start + 1, "error": True, "cause": {"exceptions": [{"id": f"{2:016x}"}]}})
    (summary,) = wire.all("GetTraceSummaries", "TraceSummaries", StartTime=start - 60, EndTime=start + 60)
    (cause,) = summary["ErrorRootCauses"]
    assert cause["Services"][0]["EntityPath"][0]["Exceptions"][0]["Name"]


# --- service map


def test_a_node_has_a_name_and_a_type(answers: Answers) -> None:
    """They are its title and subtitle."""
    assert all(node["Name"] and isinstance(node["Type"], str) for node in answers.nodes)


def test_edges_and_histograms_are_lists_also_when_empty(answers: Answers) -> None:
    """They are reduced over without a check."""
    assert any(node["Edges"] == [] for node in answers.nodes)
    for node in answers.nodes:
        assert isinstance(node["Edges"], list)
        assert isinstance(node["ResponseTimeHistogram"], list)
    assert all(isinstance(edge["ResponseTimeHistogram"], list) for edge in answers.edges)


def test_statistics_of_an_edge_are_complete(answers: Answers) -> None:
    """Its members are divided by each other."""
    assert answers.edges
    assert all(edge["SummaryStatistics"].keys() >= STATISTICS for edge in answers.edges)


def test_statistics_of_a_link_edge_are_an_empty_object(radiograph: RadiographProcess) -> None:
    """A link joins two traces (queue to consumer) and counts no calls; the object is read all the same."""
    wire, start = Wire(radiograph.url), int(time.time()) - 10
    sent, received = f"1-{start:08x}-{1:024x}", f"1-{start:08x}-{2:024x}"
    send = {
        "id": f"{2:016x}",
        "name": "SQS",
        "namespace": "aws",
        "aws": {"operation": "SendMessage", "queue_url": "https://sqs.test/jobs"},
        "start_time": start,
        "end_time": start + 1,
    }
    times = {"start_time": start, "end_time": start + 2}
    link = {"trace_id": sent, "id": send["id"], "attributes": {"ReferenceType": "parent"}}
    _put(
        wire,
        {"trace_id": sent, "id": f"{1:016x}", "name": "sender", "subsegments": [send], **times},
        {"trace_id": received, "id": f"{3:016x}", "name": "receiver", "links": [link], **times},
    )
    graph = wire.all("GetTraceGraph", "Services", TraceIds=[sent, received])
    (edge,) = [edge for node in graph for edge in node["Edges"] if edge.get("EdgeType") == "link"]
    assert edge["SummaryStatistics"] == {}
    assert edge["ResponseTimeHistogram"] == []


def test_a_client_node_has_an_edge_and_no_statistics(answers: Answers) -> None:
    """For a node without statistics the first edge stands in."""
    clients = [node for node in answers.nodes if node["Type"] == "client"]
    assert len(clients) == 1 + len(answers.trace_graphs)
    for client in clients:
        assert client["Edges"]
        assert client.get("SummaryStatistics", {}) == {}


def test_a_node_that_is_no_client_has_complete_statistics(answers: Answers) -> None:
    """The arcs around a node are its shares of faults, errors and throttles."""
    others = [node for node in answers.nodes if node["Type"] != "client"]
    assert all(node["SummaryStatistics"].keys() >= STATISTICS for node in others)


def test_an_edge_leads_to_a_node_of_the_same_answer(answers: Answers) -> None:
    """The node graph needs both ends."""
    for graph in (answers.graph, *answers.trace_graphs):
        numbers = [node["ReferenceId"] for node in graph]
        assert len(set(numbers)) == len(numbers)
        assert {edge["ReferenceId"] for node in graph for edge in node["Edges"]} <= set(numbers)


@pytest.mark.parametrize(
    ("ticked", "counter"),
    [
        ("fault", lambda statistics: statistics["FaultStatistics"]["TotalCount"]),
        ("error", lambda statistics: statistics["ErrorStatistics"]["TotalCount"]),
        ("throttle", lambda statistics: statistics["ErrorStatistics"]["ThrottleCount"]),
    ],
    ids=["fault", "error", "throttle"],
)
def test_the_link_of_a_node_or_edge_finds_the_traces_that_it_counts(
    shop: PlayedShop, answers: Answers, ticked: str, counter: Any
) -> None:
    """No service of the shop fails twice in one trace, so traces can be compared with requests."""
    named = {node["ReferenceId"]: node["Name"] for node in answers.graph}
    for node in answers.graph:
        if node["Type"] != "client":
            found = shop.matches(f"{node_selector(node)} {{ {ticked} = true }}")
            assert len(found) == counter(node["SummaryStatistics"]), node["Name"]
        for edge in node["Edges"]:
            ends = f'"{node["Name"]}", "{named[edge["ReferenceId"]]}"'
            assert len(shop.matches(f"edge({ends}) {{ {ticked} = true }}")) == counter(edge["SummaryStatistics"]), ends


def test_the_analytics_link_of_a_node_is_accepted(shop: PlayedShop, answers: Answers) -> None:
    """It is the bare `service(id(...))`."""
    assert all(shop.matches(node_selector(node)) for node in answers.graph if node["Type"] != "client")


# --- one trace


def test_a_document_is_json_with_id_name_and_start(answers: Answers) -> None:
    """Every viewer sorts and labels by them."""
    for trace in answers.traces:
        for segment in trace["Segments"]:
            document = json.loads(segment["Document"])
            assert document["id"] == segment["Id"]
            assert document["name"]
            assert isinstance(document["start_time"], int | float)


def test_every_trace_comes_when_asked_for_alone(shop: PlayedShop, answers: Answers) -> None:
    """The trace view asks for one id."""
    assert [trace["Id"] for trace in answers.traces] == list(shop.purchases)


def test_a_trace_is_found_by_its_w3c_id(shop: PlayedShop, answers: Answers) -> None:
    """32 hex digits, as other data sources link to a trace; the plugin writes them as X-Ray does, upper case too."""
    trace_id = next(iter(shop.purchases))
    _, epoch, rest = trace_id.split("-")
    (trace,) = answers.wire.ask("BatchGetTraces", TraceIds=[f"1-{epoch.upper()}-{rest.upper()}"])["Traces"]
    assert trace["Id"] == trace_id


def test_a_trace_that_does_not_exist_is_an_empty_list(answers: Answers) -> None:
    """The plugin then says "trace not found"."""
    answer = answers.wire.ask("BatchGetTraces", TraceIds=["1-5759e988-bd862e3fe1be46a994272793"])
    assert answer["Traces"] == []
    assert answer["UnprocessedTraceIds"] == []


def test_exceptions_keep_their_stack_traces(shop: PlayedShop, answers: Answers) -> None:
    """The trace view shows them; a fault of the shop has some."""
    failed = [trace for trace in answers.traces if shop.purchases[trace["Id"]].outcome == "fault"]
    assert len(failed) == 4
    for trace in failed:
        text = " ".join(segment["Document"] for segment in trace["Segments"])
        assert '"stack"' in text
        assert "BankUnavailableError" in text


# --- trace statistics


def test_an_entry_of_the_time_series_has_exactly_one_kind_of_statistics(answers: Answers) -> None:
    """An edge's without selector and for edges, a service's for services; the plugin takes the one that is there."""
    for selector, entries in answers.statistics.items():
        wanted = "ServiceSummaryStatistics" if selector.startswith("service") else "EdgeSummaryStatistics"
        assert entries
        for entry in entries:
            assert [name for name in entry if name.endswith("SummaryStatistics")] == [wanted]


def test_statistics_of_the_time_series_are_complete(answers: Answers) -> None:
    """Their members are read by reflection: throttle, error, fault, success, total, average response time."""
    for entries in answers.statistics.values():
        for entry in entries:
            statistics = entry.get("ServiceSummaryStatistics") or entry["EdgeSummaryStatistics"]
            assert statistics.keys() >= STATISTICS
            assert {"ThrottleCount", "OtherCount", "TotalCount"} <= statistics["ErrorStatistics"].keys()
            assert {"OtherCount", "TotalCount"} <= statistics["FaultStatistics"].keys()


def test_the_time_series_counts_every_purchase(shop: PlayedShop, answers: Answers) -> None:
    """The sum without selector is what the analytics query takes for the number of traces."""
    total = sum(entry["EdgeSummaryStatistics"]["TotalCount"] for entry in answers.statistics[""])
    assert total == len(shop.purchases)


def test_five_minutes_count_what_single_minutes_count(answers: Answers) -> None:
    """A long dashboard asks with a period of 300."""
    found = answers.wire.all(
        "GetTimeSeriesServiceStatistics", "TimeSeriesServiceStatistics", Period=300, **answers.window
    )
    assert all(entry["Timestamp"] % 300 == 0 for entry in found)
    assert sum(entry["EdgeSummaryStatistics"]["TotalCount"] for entry in found) == 30


def test_a_filter_that_selects_no_entity_is_a_bad_request(answers: Answers) -> None:
    """As on AWS: the panel shows the sentence."""
    members = {**answers.window, "Period": 60, "EntitySelectorExpression": "fault"}
    status, answer, error = answers.wire.request("POST", PATHS["GetTimeSeriesServiceStatistics"], members)
    assert (status, error) == (400, "InvalidRequestException")
    assert "expected service(…), edge(…, …) or id(…)" in answer["Message"]


# --- analytics: four quarters of the range at once, a share of the traces


def _quarters(window: dict[str, int]) -> list[dict[str, float]]:
    start, quarter = window["StartTime"], (window["EndTime"] - window["StartTime"]) / 4
    return [{"StartTime": start + number * quarter, "EndTime": start + (number + 1) * quarter} for number in range(4)]


def test_four_quarters_of_the_range_have_every_trace(shop: PlayedShop, answers: Answers) -> None:
    """A trace belongs to each quarter in which something of it happened."""
    all_ = {"TimeRangeType": "Event", "Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": 1}}
    found = [
        summary["Id"]
        for quarter in _quarters(answers.window)
        for summary in answers.wire.all("GetTraceSummaries", "TraceSummaries", **quarter, **all_)
    ]
    assert set(found) == set(shop.purchases)


@pytest.mark.parametrize("rate", [0.0371, 0.5])
def test_a_share_of_the_traces_is_the_same_share_every_time(answers: Answers, rate: float) -> None:
    """The rate is 10,000 by the number of traces: any fraction."""
    share = {"TimeRangeType": "Event", "Sampling": True, "SamplingStrategy": {"Name": "FixedRate", "Value": rate}}
    found = [
        [
            summary["Id"]
            for summary in answers.wire.all("GetTraceSummaries", "TraceSummaries", **answers.window, **share)
        ]
        for _ in range(2)
    ]
    assert found[0] == found[1]
    assert len(found[0]) < 30


def test_the_share_can_become_smaller_from_one_page_to_the_next(answers: Answers) -> None:
    """With a query, the plugin begins with all traces, and halves the rate in mid-paging when they pass 10,000."""
    asked = {"TimeRangeType": "Event", "Sampling": True, **answers.window}
    whole = {"SamplingStrategy": {"Name": "FixedRate", "Value": 1}}
    half = {"SamplingStrategy": {"Name": "FixedRate", "Value": 0.5}}
    page = answers.wire.ask("GetTraceSummaries", **asked, **whole)
    assert len(answers.wire.ask("GetTraceSummaries", **asked, **half, NextToken=page["NextToken"])) > 0


# --- what else reaches the service


def test_the_expression_of_a_group_can_stand_before_a_query(answers: Answers, shop: PlayedShop) -> None:
    """The plugin joins them by AND without parentheses."""
    answers.wire.ask("CreateGroup", GroupName="broken", FilterExpression='service("payments") { fault }')
    try:
        (group,) = [group for group in answers.wire.all("GetGroups", "Groups") if group["GroupName"] == "broken"]
        assert group["GroupARN"]
        found = shop.matches(f'{group["FilterExpression"]} AND annotation.card = "card-broken"')
    finally:
        answers.wire.ask("DeleteGroup", GroupName="broken")
    assert shop.outcomes(found) == {"fault": 4}


def test_an_insight_is_complete(answers: Answers) -> None:
    """Its row shows the root cause, the first anomalous service, the category, and what follows the first full stop."""
    status, answer, error = answers.wire.request(
        "POST", PATHS["GetInsightSummaries"], {"GroupName": "Default", "States": [], **answers.window}
    )
    if status != 200:
        assert error == "InvalidRequestException"
        pytest.skip(answer["Message"])
    for insight in answer["InsightSummaries"]:
        assert insight["RootCauseServiceId"]["Name"]
        assert insight["TopAnomalousServices"][0]["ServiceId"]["Name"]
        assert insight["Categories"]
        assert insight["Summary"].partition(".")[2]


def test_what_is_no_operation_of_xray_is_a_clean_404(answers: Answers) -> None:
    """The plugin's "Services" mode asks Application Signals, which is another API."""
    status, answer, error = answers.wire.request("GET", "/services?StartTime=1&EndTime=2")
    assert (status, error) == (404, "UnknownOperationException")
    assert answer


def test_a_long_dashboard_works_when_the_setting_allows_it(tmp_path: Path) -> None:
    """The plugin passes the dashboard's range on as it is, however long; AWS takes six hours at most."""
    now = int(time.time())
    with RadiographProcess(tmp_path / "data", settings={"query_hours": "168"}) as radiograph:
        wire, week = Wire(radiograph.url), {"StartTime": now - 7 * 86_400, "EndTime": now}
        for operation in ("GetTraceSummaries", "GetServiceGraph", "GetTimeSeriesServiceStatistics"):
            assert wire.ask(operation, **week)


def _put(wire: Wire, *documents: Json) -> None:
    sent = [
        json.dumps(document | ({} if "end_time" in document else {"end_time": time.time()})) for document in documents
    ]
    assert wire.ask("PutTraceSegments", TraceSegmentDocuments=sent)["UnprocessedTraceSegments"] == []
