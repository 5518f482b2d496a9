"""docs/console-api.md is the contract: the routes, their parameters, and the members of every answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server.tests.query.test_time_series import ACCOUNT
from starlette.routing import Route

from radiograph.doors.console_api.routes import ENDPOINTS, PREFIX

from .conftest import MINUTE, entity, figures

if TYPE_CHECKING:
    from .conftest import Api, Shop

_DOCS = (Path(__file__).parents[4] / "docs" / "console-api.md").read_text(encoding="utf-8")
_ROW = re.compile(r"^\| `(/api/[^`]*)` \|(.*?)\| .* \|$", re.MULTILINE)
_LINE = re.compile(r"^`(\{.*\})`", re.MULTILINE)
_WORDS_IN_BUCKETS = re.compile(r"\b(?<!\")(start|ok|error|throttle|fault|mean|p95)\b(?!\")")
# Members of these are names that users chose.
_FREE = ("windows.rules", "annotations", "document", "Document", "metadata", "sql", "http")

_RANGE = {"start": MINUTE, "end": MINUTE + 120}
_WEB = {"name": "web", "type": "AWS::ECS::Container", "account": ACCOUNT}
_FROM_WEB = {f"source_{part}": value for part, value in _WEB.items()}


def _parameters(cell: str) -> set[str]:
    """The parameters that a row of the table tells; what stands in parentheses are their values."""
    told = re.sub(r"\([^)]*\)", "", cell)
    return set(re.findall(r"`(\w+)`", told)) | ({"start", "end"} if "range" in told else set())


def _section(title: str) -> str:
    begin = _DOCS.index(f"\n### {title}\n")
    end = _DOCS.find("\n### ", begin + 1)
    return _DOCS[begin : end if end >= 0 else len(_DOCS)]


def _example(title: str) -> Any:
    """The first example of a section."""
    section = _section(title)
    if "```json" in section:
        return json.loads(section.split("```json")[1].split("```")[0])
    found = _LINE.search(section)
    assert found, title
    return json.loads(_WORDS_IN_BUCKETS.sub("0", found[1]))


def _agree(told: Any, answered: Any, where: str) -> None:
    """See that an answer has the members of an example and no other; an empty example says nothing."""
    if isinstance(told, dict) and told and not where.endswith(_FREE):
        assert isinstance(answered, dict), where
        assert list(answered) == list(told), where
        for name, value in told.items():
            _agree(value, answered[name], f"{where}.{name}")
    elif isinstance(told, list) and told and isinstance(told[0], dict):
        assert isinstance(answered, list), where
        for each in answered:
            _agree(told[0], each, f"{where}[]")


def test_the_docs_tell_every_route_with_its_parameters_and_no_other() -> None:
    told = {path: _parameters(cell) for path, cell in _ROW.findall(_DOCS)}
    assert told.pop("/api/status") == set()
    assert told.pop(f"{PREFIX}/live") == set()
    # Those that have their parameters in a body.
    assert told.pop(f"{PREFIX}/sampling/rehearsal") == set()
    assert told.pop(f"{PREFIX}/sampling/keep/rehearsal") == set()
    assert told == {PREFIX + each.path: set(each.parameters) for each in ENDPOINTS}


def test_the_table_and_the_router_agree(api: Api) -> None:
    served = {route.path for route in api.app.routes if isinstance(route, Route) and route.path.startswith("/api/")}
    assert served - {f"{PREFIX}/{{path:path}}"} == {path for path, _ in _ROW.findall(_DOCS)}


def _asked(shop: Shop) -> dict[str, tuple[str, dict[str, Any]]]:
    """What to ask for an answer in which everything occurs, by the section of the docs that tells its members."""
    return {
        "about": ("about", {}),
        "settings": ("settings", {}),
        "map": ("map", _RANGE),
        "map/node, map/edge": ("map/node", _RANGE | _WEB),
        "series": ("series", _RANGE),
        "sampling": ("sampling", {}),
        "sampling/keep": ("sampling/keep", {}),
        "traces": ("traces", _RANGE),
        "traces/{id}": (f"traces/{shop.failed}", {}),
        "traces/{id}/entities/{entity}": (f"traces/{shop.failed}/entities/{entity(0x22)}", {}),
        "traces/{id}/raw": (f"traces/{shop.failed}/raw", {}),
        "words": ("words", _RANGE),
        "sla": ("sla", {**_RANGE, "target": 0.4}),
    }


def test_every_answer_has_the_members_that_the_docs_tell(api: Api, shop: Shop) -> None:
    for title, (path, parameters) in _asked(shop).items():
        _agree(_example(title), api.ask(path, **parameters), title)


def test_every_section_of_an_answer_is_held_against_it(shop: Shop) -> None:
    # Rehearsals are asked otherwise; tests/test_sampling_command.py and test_keep_command.py have them.
    elsewhere = {"Statistics", "check", "live", "sampling/rehearsal", "sampling/keep/rehearsal"}
    titles = set(re.findall(r"^### (.*)$", _DOCS, re.MULTILINE))
    assert titles - elsewhere == set(_asked(shop))


def test_statistics_have_the_same_members_wherever_requests_are_counted(api: Api, shop: Shop) -> None:
    told = list(_example("Statistics"))
    map_ = api.ask("map", **_RANGE)
    node = api.ask("map/node", **_RANGE, **_WEB)
    edge = api.ask("map/edge", **_RANGE, **_FROM_WEB, name="orders", account=ACCOUNT)
    trace = api.ask(f"traces/{shop.failed}")["map"]
    counted = [
        *map_["nodes"],
        *map_["edges"],
        *trace["nodes"],
        *trace["edges"],
        *node["incoming"],
        *node["outgoing"],
        node["node"],
        edge["edge"],
        edge["source"],
        edge["target"],
    ]
    assert len(counted) == 5 + 4 + 3 + 2 + 1 + 3 + 4
    assert all(list(each["stats"]) == told for each in counted)


def test_edges_in_depth_and_the_links_of_a_trace_have_the_members_that_the_docs_tell(api: Api, shop: Shop) -> None:
    edge = api.ask("map/edge", **_RANGE, **_FROM_WEB, name="orders", account=ACCOUNT)
    assert list(edge) == ["edge", "source", "target", "histogram", "series", "view_filter"]
    named = api.ask("map/node", **_RANGE, **_WEB)["outgoing"][0]
    ends = {f"{end}_{part}" for end in ("source", "target") for part in ("name", "type", "account")}
    assert set(named) - set(edge["edge"]) == ends
    assert set(edge["edge"]) == set(_example("map")["edges"][0])
    [link] = api.ask(f"traces/{shop.worked}")["links"]
    [own] = api.ask(f"traces/{shop.worked}/entities/{entity(0x50)}")["links"]
    assert set(link) == set(_example("traces/{id}")["links"][0])
    assert set(own) == {*link, "attributes"}


def test_a_filter_that_can_be_read_and_one_that_cannot_are_told_as_the_docs_tell(api: Api) -> None:
    section = _section("check")
    good, bad = (json.loads(text) for text in re.findall(r"`(\{[^`]*\})`", section))
    assert list(api.ask("check", filter="fault")) == list(good)
    assert list(api.ask("check", filter="fault AND")) == list(bad)


def test_a_tick_has_the_members_that_the_docs_tell() -> None:
    told = re.search(r"Event `tick`[^`]*`(\{.*\})`", _section("live"))
    assert told
    assert list(json.loads(told[1])) == list(figures())


def test_answers_are_json_that_nobody_keeps(api: Api) -> None:
    for path in ("about", "nonsense", "map"):
        headers = api.get(path).headers
        assert headers["Content-Type"] == "application/json"
        assert headers["Cache-Control"] == "no-store"
        assert headers["X-Content-Type-Options"] == "nosniff"
