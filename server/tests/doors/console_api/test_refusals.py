"""Wrong questions to the console's API are refused with a sentence, and an empty lake answers right ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from server.tests.doors.conftest import send
from server.tests.query.test_time_series import ACCOUNT, NOW

from .conftest import MINUTE, entity, served

if TYPE_CHECKING:
    from pathlib import Path

    from .conftest import Api, Json, Shop

_RANGE = {"start": MINUTE, "end": MINUTE + 120}
_NOBODY = "1-6b000000-0123456789abcdef01234567"
_WITH_RANGE = ("map", "map/node", "map/edge", "series", "traces", "words", "sla")
_HOUR = 3_600


@pytest.mark.parametrize(
    ("path", "asked", "sentence"),
    [
        ("map", {**_RANGE, "colour": "red"}, "there is no parameter 'colour' here; it takes start, end, group"),
        ("about", {"start": MINUTE}, "there is no parameter 'start' here; it takes none"),
        ("map", {"end": NOW}, f"start is missing; give it, such as start={NOW:.0f}"),
        ("map", {"start": "", "end": NOW}, f"start is missing; give it, such as start={NOW:.0f}"),
        ("map", {"start": "soon", "end": NOW}, f"start='soon' must be a number, such as {NOW:.0f}"),
        ("map", {"start": "nan", "end": NOW}, f"start='nan' must be a number, such as {NOW:.0f}"),
        ("map", {"start": "1e999", "end": NOW}, f"start='1e999' must be a number, such as {NOW:.0f}"),
        ("map", {"start": "\N{ARABIC-INDIC DIGIT ONE}", "end": NOW}, f"must be a number, such as {NOW:.0f}"),
        ("map", {**_RANGE, "group": "nobody's"}, "group nobody's does not exist"),
        ("map", {**_RANGE, "group": "a\0b"}, "group has the character U+0000, which no name has; leave it out"),
        ("map/node", _RANGE, "name is missing; give it, such as name=orders"),
        ("map/edge", {**_RANGE, "name": "orders"}, "source_name is missing; give it, such as source_name=orders"),
        (
            "map/edge",
            {**_RANGE, "source_name": "web", "name": "orders", "kind": "phone"},
            "kind='phone' must be one of call, client, link",
        ),
        ("series", {**_RANGE, "period": 7}, "period='7' must be one of 60, 300"),
        ("traces", {**_RANGE, "limit": 0}, "limit='0' must be a whole number from 1 to 1000"),
        ("traces", {**_RANGE, "limit": 1_001}, "limit='1001' must be a whole number from 1 to 1000"),
        ("traces", {**_RANGE, "limit": "1.5"}, "limit='1.5' must be a whole number from 1 to 1000"),
        ("traces", {**_RANGE, "limit": "9" * 5_000}, "must be a whole number from 1 to 1000"),
        ("traces", {**_RANGE, "sample": 1.1}, "sample='1.1' must be a number from 0 to 1, such as 0.1"),
        ("traces", {**_RANGE, "clock": "Wall"}, "clock='Wall' must be one of TraceId, Event, Service"),
        ("traces", {**_RANGE, "token": "x"}, "token is not one that this service gave; leave it out to begin again"),
        ("traces/nonsense", {}, "nonsense"),
        (f"traces/{_NOBODY}/entities/nonsense", {}, "nonsense"),
        ("sla", _RANGE, "target is missing; give it, such as target=0.5"),
        ("sla", {**_RANGE, "target": -1}, "target='-1' must be a number from 0 to 86400, such as 0.5"),
    ],
)
def test_a_wrong_parameter_is_refused_with_what_is_expected(api: Api, path: str, asked: Json, sentence: str) -> None:
    status, code, message = api.refused(path, **asked)
    assert (status, code) == (400, "InvalidRequestException")
    assert sentence in message
    assert len(message) < 300


@pytest.mark.parametrize("path", _WITH_RANGE)
def test_every_range_is_checked(api: Api, path: str) -> None:
    more: dict[str, Json] = {
        "map/node": {"name": "web"},
        "map/edge": {"name": "web", "source_name": "web"},
        "sla": {"target": 1},
    }

    def message(start: float, end: float) -> str:
        status, code, message = api.refused(path, start=start, end=end, **more.get(path, {}))
        assert (status, code) == (400, "InvalidRequestException")
        return message

    assert message(NOW, NOW - 60) == f"start {NOW:.3f} must be before end {NOW - 60:.3f}"
    assert message(NOW, NOW) == f"start {NOW:.3f} must be before end {NOW:.3f}"
    assert message(NOW - 7 * _HOUR, NOW) == (
        "the time range of 7.0 hours is longer than the 6 hours allowed; ask for less, or raise the setting query_hours"
    )
    assert "milliseconds are too large by 1000" in message(NOW * 1_000 - 1, NOW * 1_000)
    assert "must be seconds since 1970" in message(-1, NOW)
    # The longest that is allowed, to the second, is no mistake.
    assert api.get(path, start=NOW - 6 * _HOUR, end=NOW, **more.get(path, {})).status in {200, 404}


def test_a_parameter_that_is_given_twice_is_refused(api: Api) -> None:
    reply = send(api.url, "GET", "/api/v1/check?filter=fault&filter=error")
    assert (reply.status, reply.json["error"]["message"]) == (400, "filter is given twice; give it once")


def test_an_empty_parameter_counts_as_not_given(api: Api) -> None:
    empty = dict.fromkeys(("group", "filter", "clock", "limit", "token", "sample"), "")
    assert api.ask("traces", **_RANGE, **empty) == api.ask("traces", **_RANGE)


@pytest.mark.parametrize(
    ("filter_", "position"), [("fault AND responsetme > 5", 10), ("fault AND", 9), ('service("web"', 13), ("(", 1)]
)
def test_a_filter_that_cannot_be_read_is_refused_with_its_position(api: Api, filter_: str, position: int) -> None:
    reply = api.get("traces", **_RANGE, filter=filter_)
    error = reply.json["error"]
    assert (reply.status, error["code"], error["position"]) == (400, "InvalidRequestException", position)
    checked = api.ask("check", filter=filter_)
    assert (checked["message"], checked["position"]) == (error["message"], position)


def test_other_errors_have_no_position(api: Api) -> None:
    assert set(api.get("map").json["error"]) == {"code", "message", "request_id"}


def test_a_token_belongs_to_its_question(api: Api) -> None:
    token = api.ask("traces", **_RANGE, limit=2)["token"]
    others: list[Json] = [{"filter": "fault"}, {"group": "failures"}, {"clock": "Event"}, {"start": MINUTE + 1}]
    for other in others:
        status, code, message = api.refused("traces", **{**_RANGE, "token": token, **other})
        assert (status, code) == (400, "InvalidRequestException")
        assert message.startswith("token belongs to a request with other parameters")
    assert len(api.ask("traces", **_RANGE, limit=3, token=token)["traces"]) == 3


@pytest.mark.parametrize(
    ("path", "asked", "sentence"),
    [
        ("map/node", {**_RANGE, "name": "nobody"}, "nobody (without type) took no part"),
        # Type and account are exact: absent means the node that has none.
        ("map/node", {**_RANGE, "name": "web"}, "web (without type) took no part"),
        (
            "map/edge",
            {**_RANGE, "source_name": "web", "source_type": "client", "name": "nobody"},
            "the client of web did not call nobody (without type)",
        ),
        ("map/node", {"start": MINUTE - 600, "end": MINUTE, "name": "web", "type": "client"}, "the client of web"),
        (f"traces/{_NOBODY}", {}, f"no trace {_NOBODY} is stored"),
        (f"traces/{_NOBODY}/raw", {}, f"no trace {_NOBODY} is stored"),
        (f"traces/{_NOBODY}/entities/{entity(1)}", {}, f"no trace {_NOBODY} is stored"),
    ],
)
def test_what_is_not_there_is_not_found(api: Api, path: str, asked: Json, sentence: str) -> None:
    status, code, message = api.refused(path, **asked)
    assert (status, code) == (404, "ResourceNotFoundException")
    assert sentence in message


def test_an_entity_of_another_trace_is_not_found(api: Api, shop: Shop) -> None:
    status, code, message = api.refused(f"traces/{shop.bought}/entities/{entity(0x20)}")
    assert (status, code) == (404, "ResourceNotFoundException")
    assert message == f"the trace {shop.bought} has no segment or subsegment {entity(0x20)}"


def test_an_edge_of_another_kind_is_not_found(api: Api) -> None:
    ends = {"source_name": "web", "source_type": "AWS::ECS::Container", "source_account": ACCOUNT}
    asked: dict[str, Any] = {**_RANGE, **ends, "name": "orders", "account": ACCOUNT}
    assert api.ask("map/edge", **asked, kind="call")["edge"]["kind"] == "call"
    assert api.refused("map/edge", **asked, kind="link")[:2] == (404, "ResourceNotFoundException")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["about", "map", "traces", "live"])
def test_nothing_is_changed_here(api: Api, method: str, path: str) -> None:
    reply = send(api.url, method, f"/api/v1/{path}", b"{}")
    assert (reply.status, reply.json["error"]["code"]) == (405, "MethodNotAllowedException")
    assert reply.headers["Allow"] == "GET, HEAD"
    assert "GET" in reply.json["error"]["message"]


@pytest.mark.parametrize("path", ["", "nothing", "map/", "map/nodes", "traces/", f"traces/{_NOBODY}/nothing", "MAP"])
def test_a_path_that_does_not_exist_is_told_as_that(api: Api, path: str) -> None:
    status, code, message = api.refused(path)
    assert (status, code) == (404, "UnknownOperationException")
    assert "docs/console-api.md" in message


def test_an_empty_lake_answers_with_nothing(empty: Api) -> None:
    assert empty.ask("about")["empty"] is True
    assert empty.ask("settings")["retention"]["oldest"] is None
    assert empty.ask("map", **_RANGE) == {
        "start": MINUTE,
        "end": MINUTE + 120,
        "nodes": [],
        "edges": [],
        "old_group": False,
    }
    assert empty.ask("series", **_RANGE) == {"period": 60, "buckets": [], "histogram": [], "heat": []}
    traces = empty.ask("traces", **_RANGE)
    assert (traces["traces"], traces["token"], traces["examined"], traces["finished"]) == ([], None, 0, True)
    assert empty.ask("sla", **_RANGE, target=1)["nodes"] == []
    words = empty.ask("words", **_RANGE)
    assert words.pop("groups") == ["Default", "failures"]
    assert words == {"services": [], "annotations": {}, "users": [], "urls": []}
    assert empty.ask("check", filter="fault")["ok"]
    assert empty.refused("map/node", **_RANGE, name="web")[:2] == (404, "ResourceNotFoundException")
    assert empty.refused(f"traces/{_NOBODY}")[:2] == (404, "ResourceNotFoundException")


def test_the_settings_hold_here_too(tmp_path: Path) -> None:
    with served(tmp_path / "data", query_hours="1", strict_aws="true") as strict:
        assert "than the 1 hours allowed" in strict.refused("map", start=NOW - 2 * _HOUR, end=NOW)[2]
        about = strict.ask("about")
        assert (about["query_hours"], about["strict_aws"]) == (1.0, True)
        # AWS knows no regular expressions.
        assert not strict.ask("check", filter='user MATCHES "a.*"')["ok"]
        assert strict.refused("traces", **_RANGE, filter='user MATCHES "a.*"')[:2] == (400, "InvalidRequestException")


def test_filters_may_say_more_than_aws_knows(api: Api, shop: Shop) -> None:
    assert api.ask("check", filter='user MATCHES "a.*"')["ok"]
    found = api.ask("traces", **_RANGE, filter='user MATCHES "a.*"')["traces"]
    assert [each["id"] for each in found] == [shop.missed, shop.bought]
