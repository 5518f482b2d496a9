"""What the routes of the console's API answer, counted by hand, before and after the minutes are counted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from server.tests.doors.conftest import send
from server.tests.query.test_time_series import ACCOUNT, NOW

from .conftest import MINUTE, entity

if TYPE_CHECKING:
    from .conftest import Api, Json, Shop

_RANGE = {"start": MINUTE, "end": MINUTE + 120}
_WEB = {"name": "web", "type": "AWS::ECS::Container", "account": ACCOUNT}
_FROM_WEB = {f"source_{part}": value for part, value in _WEB.items()}
_NONE_OF_THEM = {"ok": 0, "error": 0, "throttle": 0, "fault": 0}


def _stats(seconds: float, *, per_minute: float = 0.5, **counts: int) -> Json:
    """Of requests that all took the same time."""
    times = dict.fromkeys(("mean", "p50", "p90", "p95", "p99"), seconds)
    return {**_NONE_OF_THEM, **counts, "total": sum(counts.values()), **times, "per_minute": per_minute}


def _of_web() -> Json:
    """100 ms error, 200 ms throttle, 400 ms ok, 800 ms fault: of four, the second is the median by nearest rank."""
    every = {"ok": 1, "error": 1, "throttle": 1, "fault": 1, "total": 4}
    return {**every, "mean": 0.375, "p50": 0.2, "p90": 0.8, "p95": 0.8, "p99": 0.8, "per_minute": 2.0}


def test_about_tells_what_this_radiograph_is(api: Api) -> None:
    answer = api.ask("about")
    assert answer.pop("version").count(".") == 2
    assert answer == {
        "account_id": ACCOUNT,
        "region": "us-east-1",
        "addresses": {"http": "127.0.0.1:2001", "daemon": "127.0.0.1:2000"},
        "query_hours": 6.0,
        "retention_days": 30.0,
        "strict_aws": False,
        "batch_get_traces": 5,
        "empty": False,
    }


def test_settings_tell_where_they_come_from(api: Api) -> None:
    answer = api.ask("settings")
    account = next(each for each in answer["settings"] if each["name"] == "account_id")
    assert (account["value"], account["default"], account["source"]) == (ACCOUNT, "000000000000", "command line")
    assert answer["access"] == {
        "addresses": {"http": "127.0.0.1:2001", "daemon": "127.0.0.1:2000"},
        "authentication": False,
        "beyond_this_machine": False,
    }


def test_the_map_counts_every_request_of_every_node(api: Api) -> None:
    answer = api.ask("map", **_RANGE)
    nodes = [
        (each["name"], each["type"], each["account"], each["kind"], each["root"], each["first"], each["last"])
        for each in answer["nodes"]
    ]
    # The client first, then where traces begin, then the others by name; what an event started is no beginning.
    assert nodes == [
        ("web", "client", "", "client", False, MINUTE, MINUTE + 70.2),
        ("web", "AWS::ECS::Container", ACCOUNT, "service", True, MINUTE, MINUTE + 70.2),
        ("carts", "AWS::DynamoDB::Table", "", "inferred", False, MINUTE + 0.1, MINUTE + 0.3),
        ("orders", "", ACCOUNT, "service", False, MINUTE + 10.2, MINUTE + 10.6),
        ("worker", "", ACCOUNT, "service", False, MINUTE + 80, MINUTE + 80.05),
    ]
    assert [each["stats"] for each in answer["nodes"]] == [
        _of_web(),
        _of_web(),
        _stats(0.2, ok=1),
        _stats(0.4, fault=1),
        _stats(0.05, ok=1),
    ]
    assert (answer["start"], answer["end"], answer["old_group"]) == (MINUTE, MINUTE + 120, False)


def test_the_map_has_an_edge_for_every_way(api: Api) -> None:
    answer = api.ask("map", **_RANGE)
    names = {each["id"]: each["name"] for each in answer["nodes"]}
    assert len(names) == 5
    edges = [
        (names[each["source"]], names[each["target"]], each["kind"], each["first"], each["last"], each["stats"])
        for each in answer["edges"]
    ]
    assert edges == [
        ("web", "web", "client", MINUTE, MINUTE + 70.2, _of_web()),
        ("web", "carts", "call", MINUTE + 0.1, MINUTE + 0.3, _stats(0.2, ok=1)),
        # The caller waited for 600 ms, of which the callee worked 400.
        ("web", "orders", "call", MINUTE + 10.1, MINUTE + 10.7, _stats(0.6, fault=1)),
        # Of an event the age counts.
        ("web", "worker", "link", MINUTE, MINUTE + 80, _stats(80.0, ok=1)),
    ]


def test_ids_are_the_same_on_every_map(api: Api, shop: Shop) -> None:
    map_ = api.ask("map", **_RANGE)
    later = api.ask("map", start=MINUTE - 600, end=NOW)
    trace = api.ask(f"traces/{shop.failed}")
    assert [each["id"] for each in later["nodes"] + later["edges"]] == [
        each["id"] for each in map_["nodes"] + map_["edges"]
    ]
    assert {each["id"] for each in trace["map"]["nodes"]} < {each["id"] for each in map_["nodes"]}
    assert {each["id"] for each in trace["map"]["edges"]} < {each["id"] for each in map_["edges"]}


def test_a_request_counts_in_the_minutes_that_the_range_touches(api: Api) -> None:
    # 429 came in the second minute, of which this range has one second.
    answer = api.ask("map", start=MINUTE + 60, end=MINUTE + 61)
    assert [(each["name"], each["stats"]["total"]) for each in answer["nodes"] if each["kind"] == "service"] == [
        ("web", 1),
        ("worker", 1),
    ]
    assert answer["nodes"][0]["stats"] == _stats(0.2, throttle=1, per_minute=1.0)


def test_the_map_of_a_group_is_that_of_its_traces(api: Api) -> None:
    answer = api.ask("map", **_RANGE, group="failures")
    assert [(each["name"], each["kind"], each["stats"]) for each in answer["nodes"]] == [
        ("web", "client", _stats(0.8, fault=1)),
        ("web", "service", _stats(0.8, fault=1)),
        ("orders", "service", _stats(0.4, fault=1)),
    ]
    assert [each["kind"] for each in answer["edges"]] == ["client", "call"]


def test_a_node_in_depth(api: Api) -> None:
    answer = api.ask("map/node", **_RANGE, **_WEB)
    assert answer["node"] == api.ask("map", **_RANGE)["nodes"][1]
    assert answer["histogram"] == [[0.1, 1], [0.2, 1], [0.4, 1], [0.8, 1]]
    assert answer["duration_histogram"] == answer["histogram"]
    assert answer["series"] == {
        "period": 60,
        # ok, error, throttle, fault, the mean of 100, 400 and 800 ms, p95.
        "buckets": [[MINUTE, 1, 1, 0, 1, 0.433333, 0.8], [MINUTE + 60, 0, 0, 1, 0, 0.2, 0.2]],
    }
    assert [(each["source_type"], each["target_name"]) for each in answer["incoming"]] == [("client", "web")]
    assert [(each["source_name"], each["target_name"], each["kind"]) for each in answer["outgoing"]] == [
        ("web", "carts", "call"),
        ("web", "orders", "call"),
        ("web", "worker", "link"),
    ]
    assert answer["view_filter"] == 'service(id(name: "web", type: "AWS::ECS::Container"))'


def test_a_client_in_depth_is_known_by_its_calls(api: Api) -> None:
    answer = api.ask("map/node", **_RANGE, name="web", type="client")
    assert answer["node"]["stats"] == _of_web()
    assert answer["histogram"] == [[0.1, 1], [0.2, 1], [0.4, 1], [0.8, 1]]
    assert [bucket[:5] for bucket in answer["series"]["buckets"]] == [[MINUTE, 1, 1, 0, 1], [MINUTE + 60, 0, 0, 1, 0]]
    assert (len(answer["incoming"]), len(answer["outgoing"])) == (0, 1)


def test_a_node_without_account_is_asked_for_without_one(api: Api) -> None:
    answer = api.ask("map/node", **_RANGE, name="carts", type="AWS::DynamoDB::Table")
    assert answer["node"]["stats"] == _stats(0.2, ok=1)
    assert answer["series"]["buckets"] == [[MINUTE, 1, 0, 0, 0, 0.2, 0.2]]


def test_the_filter_of_every_node_and_edge_finds_its_traces(api: Api, shop: Shop) -> None:
    web = api.ask("map/node", **_RANGE, **_WEB)
    asked = {
        "web": [shop.refused, shop.missed, shop.failed, shop.bought],
        "carts": [shop.bought],
        "orders": [shop.failed],
        # Of an event, those that received it.
        "worker": [shop.worked],
    }
    for edge in [*web["incoming"], *web["outgoing"]]:
        ends = {f"source_{part}": edge[f"source_{part}"] for part in ("name", "type", "account")}
        target = {part: edge[f"target_{part}"] for part in ("name", "type", "account")}
        deep = api.ask("map/edge", **_RANGE, **ends, **target)
        found = api.ask("traces", **_RANGE, filter=deep["view_filter"])
        assert [each["id"] for each in found["traces"]] == asked[target["name"]], deep["view_filter"]
        node = api.ask("map/node", **_RANGE, **target)
        found = api.ask("traces", **_RANGE, filter=node["view_filter"])
        assert [each["id"] for each in found["traces"]] == asked[target["name"]], node["view_filter"]


def test_an_edge_in_depth(api: Api) -> None:
    answer = api.ask("map/edge", **_RANGE, **_FROM_WEB, name="orders", account=ACCOUNT)
    assert answer["edge"] == api.ask("map", **_RANGE)["edges"][2]
    assert (answer["source"]["name"], answer["source"]["stats"]) == ("web", _of_web())
    assert (answer["target"]["name"], answer["target"]["stats"]) == ("orders", _stats(0.4, fault=1))
    assert answer["histogram"] == [[0.6, 1]]
    assert answer["series"] == {"period": 60, "buckets": [[MINUTE, 0, 0, 0, 1, 0.6, 0.6]]}


def test_a_link_in_depth_tells_how_old_events_were(api: Api) -> None:
    answer = api.ask("map/edge", **_RANGE, **_FROM_WEB, name="worker", account=ACCOUNT)
    assert answer["edge"]["kind"] == "link"
    assert answer["histogram"] == [[80.0, 1]]
    assert answer["series"] == {"period": 60, "buckets": [[MINUTE + 60, 1, 0, 0, 0, 80.0, 80.0]]}
    assert api.ask("map/edge", **_RANGE, **_FROM_WEB, name="worker", account=ACCOUNT, kind="link") == answer


def test_the_series_has_what_clients_asked(api: Api) -> None:
    assert api.ask("series", **_RANGE) == {
        "period": 60,
        # No client asked the worker.
        "buckets": [[MINUTE, 1, 1, 0, 1, 0.433333, 0.8], [MINUTE + 60, 0, 0, 1, 0, 0.2, 0.2]],
        "histogram": [[0.1, 1], [0.2, 1], [0.4, 1], [0.8, 1]],
        # Ten rows to a factor of ten: 200, 400 and 800 ms are in rows that begin below them.
        "heat": [
            [MINUTE, [[0.1, 1], [0.398107, 1], [0.794328, 1]]],
            [MINUTE + 60, [[0.199526, 1]]],
        ],
    }
    coarse = api.ask("series", **_RANGE, period=300)
    assert coarse["period"] == 300
    assert coarse["buckets"] == [[MINUTE, 1, 1, 1, 1, 0.375, 0.8]]
    assert api.ask("series", **_RANGE, group="failures")["buckets"] == [[MINUTE, 0, 0, 0, 1, 0.8, 0.8]]


def test_traces_come_newest_first(api: Api, shop: Shop) -> None:
    answer = api.ask("traces", **_RANGE)
    assert [each["id"] for each in answer["traces"]] == list(shop.newest_first)
    assert [each["outcome"] for each in answer["traces"]] == ["ok", "throttle", "error", "fault", "ok"]
    assert (answer["finished"], answer["token"], answer["examined"]) == (True, None, 5)
    assert answer["reached"] == MINUTE


def test_a_trace_as_a_row(api: Api, shop: Shop) -> None:
    rows = {each["id"]: each for each in api.ask("traces", **_RANGE)["traces"]}
    assert rows[shop.failed] == {
        "id": shop.failed,
        "start": MINUTE + 10,
        "duration": 0.8,
        "response": 0.8,
        "outcome": "fault",
        "partial": False,
        "method": "GET",
        "url": "http://shop.test/cart",
        "status": 500,
        "client_ip": "10.0.0.1",
        "user_agent": "curl",
        "users": ["bob"],
        "entry": {"name": "web", "type": "AWS::ECS::Container"},
        "services": [{"name": "web", "type": "AWS::ECS::Container"}, {"name": "orders", "type": ""}],
        "annotations": {"tier": ["free"]},
        "faults": ["TimeoutError: no answer"],
        "errors": [],
        "slow": ["web", "orders"],
        "fault_path": "web > orders",
        "arns": [],
        "instances": [],
        "zones": [],
        "weight": 1.0,
    }
    assert rows[shop.bought]["slow"] == ["web", "DynamoDB carts"]
    assert rows[shop.bought]["annotations"] == {"tier": ["gold"], "items": [3], "new": [True]}
    # What is not known is null, and not made up.
    worked = rows[shop.worked]
    assert {worked[name] for name in ("method", "url", "status", "client_ip", "user_agent")} == {None}
    assert worked["users"] == []


def test_traces_go_on_where_the_token_says(api: Api, shop: Shop) -> None:
    found: list[str] = []
    token: dict[str, str] = {}
    for count in (2, 2, 1):
        answer = api.ask("traces", **_RANGE, limit=2, **token)
        assert len(answer["traces"]) == count
        found += [each["id"] for each in answer["traces"]]
        assert (answer["token"] is None) is answer["finished"]
        token = {} if answer["token"] is None else {"token": answer["token"]}
    assert found == list(shop.newest_first)
    assert answer["finished"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"filter": "fault"}, ["failed"]),
        ({"filter": 'annotation.tier = "gold"'}, ["missed", "bought"]),
        ({"filter": 'user = "ada" AND !ok'}, ["missed"]),
        ({"filter": "responsetime > 0.3"}, ["failed", "bought"]),
        ({"filter": "throttle OR fault"}, ["refused", "failed"]),
        ({"group": "failures"}, ["failed"]),
        ({"group": "failures", "filter": "ok"}, []),
        ({"group": "failures", "filter": 'user = "bob"'}, ["failed"]),
        ({"sample": 0}, []),
        ({"sample": 1}, ["worked", "refused", "missed", "failed", "bought"]),
        ({"start": MINUTE + 10, "end": MINUTE + 20}, ["failed"]),
        ({"start": MINUTE + 10, "end": MINUTE + 20.001}, ["missed", "failed"]),
        ({"clock": "Event", "end": MINUTE + 60}, ["missed", "failed", "bought"]),
        ({"clock": "Service", "end": MINUTE + 60}, ["missed", "failed", "bought"]),
    ],
)
def test_the_traces_that_are_asked_for(api: Api, shop: Shop, asked: dict[str, Any], found: list[str]) -> None:
    answer = api.ask("traces", **{**_RANGE, **asked})
    assert [each["id"] for each in answer["traces"]] == [getattr(shop, name) for name in found]
    assert answer["finished"]


def test_a_trace_is_one_list_in_the_order_of_the_waterfall(api: Api, shop: Shop) -> None:
    answer = api.ask(f"traces/{shop.failed}")
    assert (answer["id"], answer["w3c_id"]) == (shop.failed, shop.failed.replace("-", "")[1:])
    assert (answer["start"], answer["end"], answer["duration"]) == (MINUTE + 10, MINUTE + 10.8, 0.8)
    assert (answer["outcome"], answer["documents"], answer["root"]) == ("fault", 2, entity(0x20))
    assert [
        (each["id"], each["parent"], each["depth"], each["kind"], each["name"], each["start"], each["end"])
        for each in answer["entities"]
    ] == [
        (entity(0x20), None, 0, "segment", "web", 0.0, 0.8),
        (entity(0x21), entity(0x20), 1, "subsegment", "orders", 0.1, 0.7),
        (entity(0x22), entity(0x21), 2, "segment", "orders", 0.2, 0.6),
    ]
    assert [each["waited"] for each in answer["entities"]] == [0.2, 0.2, 0.4]
    assert [each["title"] for each in answer["entities"]] == [
        "GET http://shop.test/cart",
        "POST http://orders/new",
        "TimeoutError",
    ]
    assert [each["marks"] for each in answer["entities"]] == [["annotations"], [], ["cause"]]
    assert answer["verdict"] == {
        "tone": "fault",
        "headline": "orders failed (500), so web failed too (500).",
        "details": [
            "orders reported TimeoutError: no answer.",
            "It took 800 ms, of which 600 ms (75 %) were spent in orders.",
        ],
        "entity": entity(0x22),
    }
    assert answer["summary"] | {"weight": 1.0} == api.ask("traces", **_RANGE, filter="fault")["traces"][0]
    assert (answer["missing"], answer["links"], answer["partial"], answer["limit_exceeded"]) == ([], [], False, False)


def test_a_trace_with_what_was_called_and_sent_nothing(api: Api, shop: Shop) -> None:
    answer = api.ask(f"traces/{shop.bought}")
    nodes = {each["id"]: each["name"] for each in answer["map"]["nodes"] if each["kind"] != "client"}
    assert [
        (each["kind"], each["name"], each["depth"], nodes[each["node"]], each["title"], each["waited"])
        for each in answer["entities"]
    ] == [
        ("segment", "web", 0, "web", "GET http://shop.test/cart", 0.15),
        ("subsegment", "DynamoDB", 1, "web", "GetItem carts", 0.0),
        ("inferred", "DynamoDB", 2, "carts", "GetItem carts", 0.2),
        ("subsegment", "render", 1, "web", "", 0.05),
    ]
    assert all(each["critical"] for each in answer["entities"])


def test_both_ends_of_an_event_lead_to_each_other(api: Api, shop: Shop, request: pytest.FixtureRequest) -> None:
    assert api.ask(f"traces/{shop.worked}")["links"] == [
        {"trace_id": shop.bought, "direction": "upstream", "entity": entity(0x50), "other": entity(0x10)}
    ]
    back = {"trace_id": shop.worked, "direction": "downstream", "entity": None, "other": None}
    # The sender does not name the receiver: that is known once links are counted.
    counted = "rolled up" in request.node.name
    assert api.ask(f"traces/{shop.bought}")["links"] == ([back] if counted else [])


def test_both_forms_of_a_trace_id_are_taken(api: Api, shop: Shop) -> None:
    assert api.ask(f"traces/{shop.failed.replace('-', '')[1:]}") == api.ask(f"traces/{shop.failed}")


def test_everything_about_an_entity(api: Api, shop: Shop) -> None:
    answer = api.ask(f"traces/{shop.failed}/entities/{entity(0x22)}")
    sent = next(each for each in shop.traces()[1] if each["id"] == entity(0x22))
    assert answer == {
        "id": entity(0x22),
        "kind": "segment",
        "document": sent,
        "resources": [],
        "exceptions": [
            {
                "type": "TimeoutError",
                "message": "no answer",
                "remote": False,
                "id": entity(0xE),
                "cause": "",
                "truncated": 0,
                "skipped": 0,
                "stack": [{"label": "ask", "path": "orders.py", "line": 7}],
            }
        ],
        "working_directory": "/srv/orders",
        "annotations": {},
        "metadata": {},
        "sql": {},
        "http": {"response": {"status": 500}},
        "links": [],
    }
    web = api.ask(f"traces/{shop.bought}/entities/{entity(0x10)}")
    assert web["annotations"] == {"tier": "gold", "items": 3, "new": True}
    assert "subsegments" not in web["document"]
    read = api.ask(f"traces/{shop.bought}/entities/{entity(0x11)}")
    assert read["resources"] == [["Region", "eu-west-1"], ["Operation", "GetItem"], ["DynamoDB table", "carts"]]
    render = api.ask(f"traces/{shop.bought}/entities/{entity(0x12)}")
    assert render["metadata"] == {"default": {"template": "cart"}}
    [link] = api.ask(f"traces/{shop.worked}/entities/{entity(0x50)}")["links"]
    assert link["attributes"] == {"ReferenceType": "parent", "queue": "jobs"}


def test_a_trace_as_it_was_sent(api: Api, shop: Shop) -> None:
    answer = api.ask(f"traces/{shop.failed}/raw")
    assert (answer["Id"], answer["Duration"], answer["LimitExceeded"]) == (shop.failed, 0.8, False)
    assert {each["Id"]: each["Document"] for each in answer["Segments"]} == {
        each["id"]: each for each in shop.traces()[1]
    }


@pytest.mark.parametrize(
    ("filter_", "answer"),
    [
        ("", {"ok": True, "canonical": ""}),
        ("fault AND duration>5", {"ok": True, "canonical": "fault AND duration > 5"}),
        ('group.name="failures"', {"ok": True, "canonical": 'group.name = "failures"'}),
    ],
)
def test_a_filter_that_can_be_read_is_told_in_its_canonical_form(api: Api, filter_: str, answer: Json) -> None:
    assert api.ask("check", filter=filter_) == answer


@pytest.mark.parametrize(("filter_", "position"), [("fault AND", 9), ("falt", 0), ('fault AND user == "ada"', 15)])
def test_a_filter_that_cannot_be_read_is_told_where(api: Api, filter_: str, position: int) -> None:
    answer = api.ask("check", filter=filter_)
    assert (answer["ok"], answer["position"]) == (False, position)
    assert len(answer["message"]) > 10


def test_words_are_those_that_occur_the_most_frequent_first(api: Api) -> None:
    assert api.ask("words", **_RANGE) == {
        "services": [
            {"name": "web", "type": "AWS::ECS::Container"},
            {"name": "carts", "type": "AWS::DynamoDB::Table"},
            {"name": "orders", "type": ""},
            {"name": "worker", "type": ""},
        ],
        "annotations": {"tier": ["gold", "free"], "items": [3], "new": [True]},
        "users": ["ada", "bob"],
        "urls": ["http://shop.test/cart"],
        "groups": ["Default", "failures"],
    }


def test_the_share_within_a_target_and_the_worst_first(api: Api) -> None:
    answer = api.ask("sla", **_RANGE, target=0.4)
    assert answer["target"] == 0.4
    # Of web 400 ms (in time to the millisecond) and the error, which is the client's, were answered well.
    assert [
        (each["name"], each["kind"], each["total"], each["within"], each["failed"], each["share"])
        for each in answer["nodes"]
    ] == [
        ("orders", "service", 1, 0, 1, 0.0),
        ("web", "service", 4, 2, 2, 0.5),
        ("carts", "inferred", 1, 1, 0, 1.0),
        ("worker", "service", 1, 1, 0, 1.0),
    ]
    stricter = api.ask("sla", **_RANGE, target=0.3999, group="failures")
    assert [(each["name"], each["total"], each["within"]) for each in stricter["nodes"]] == [
        ("orders", 1, 0),
        ("web", 1, 0),
    ]
    web = next(each for each in api.ask("sla", **_RANGE, target=0.3999)["nodes"] if each["name"] == "web")
    assert web["within"] == 1


def test_head_has_the_headers_alone(api: Api) -> None:
    reply = send(api.url, "HEAD", "/api/v1/about")
    assert (reply.status, reply.body) == (200, b"")
