"""Traces: a filter with completion, charts that filter, refining, a table, a live tail."""

from __future__ import annotations

import csv
import io
import re
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import msgspec
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, axe, parameter
from tests.browser.traces import call, trace
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page, Route

_GOOD, _SLOW, _BROKEN = 30, 6, 4
_ALL = _GOOD + _SLOW + _BROKEN
_WRONG = "status of 400"
"""The browser's own complaint when the server refuses a filter."""


def _send(url: str, start: float, *, card: str = "good", user: str = "ada", **options: Any) -> str:
    trace_id, documents = trace(start, user=user, **options)
    web: dict[str, Any] = msgspec.json.decode(documents[0])
    web["annotations"] = {"card": card, "http-route": "/cart"}
    call(url, "TraceSegments", {"TraceSegmentDocuments": [msgspec.json.encode(web).decode(), *documents[1:]]})
    return trace_id


def _send_many(process: RadiographProcess, many: int) -> None:
    """Send traces of one segment each, ten to a second."""
    start = int(time.time()) - 300
    documents = [
        msgspec.json.encode(
            {
                "trace_id": f"1-{start + index // 10:08x}-{index:024x}",
                "id": f"{index + 1:016x}",
                "name": "web",
                "start_time": start + index / 10,
                "end_time": start + index / 10 + 0.01,
            }
        ).decode()
        for index in range(many)
    ]
    for first in range(0, many, 400):
        call(process.url, "TraceSegments", {"TraceSegmentDocuments": documents[first : first + 400]})
    wanted = min(1_000, many)
    wait_until(lambda: len(_found(process, "responsetime < 0.02")) == wanted, seconds=20, what="traces to be stored")


def _found(process: RadiographProcess, filter_: str) -> list[str]:
    now = time.time()
    question = urlencode({"start": now - 900, "end": now, "filter": filter_, "limit": 1000})
    return [one["id"] for one in msgspec.json.decode(process.get(f"/api/v1/traces?{question}"))["traces"]]


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """Of 40 requests, 6 with the slow card took a second, 4 with the broken card failed."""
    with RadiographProcess(tmp_path_factory.mktemp("traces") / "data") as process:
        call(process.url, "CreateGroup", {"GroupName": "failures", "FilterExpression": "fault"})
        start = time.time() - 500
        for index in range(_GOOD):
            user = "ada" if index % 2 else "grace"
            _send(process.url, start + index * 10, user=user, seconds=0.04 + index / 2000)
        for index in range(_SLOW):
            _send(process.url, start + 100 + index, card="slow", user="ada", seconds=1 + index / 100)
        for index in range(_BROKEN):
            _send(process.url, start + 200 + index, card="broken", user="bob", status=502)
        wait_until(lambda: len(_found(process, "")) == _ALL, seconds=10, what="all traces to be stored")
        yield process


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[RadiographProcess]:
    """A Radiograph with one trace, to send more to."""
    with RadiographProcess(tmp_path / "data") as process:
        _send(process.url, time.time() - 60)
        wait_until(lambda: len(_found(process, "")) == 1, seconds=10, what="the trace to be stored")
        yield process


def _open(open_page: Callable[..., Page], process: RadiographProcess, query: str = "", **options: Any) -> Page:
    return open_page(f"{process.url}/traces{query}", **options)


def _grid(page: Page) -> Locator:
    return page.get_by_role("grid", name="Traces", exact=True)


def _expect_rows(page: Page, many: int) -> None:
    expect(_grid(page)).to_have_attribute("aria-rowcount", str(many + 1))


def _box(page: Page) -> Locator:
    return page.get_by_role("textbox", name="Filter expression")


def _edit(page: Page) -> Locator:
    """Go to the filter, and wait until the editor is there."""
    page.get_by_role("search").get_by_role("textbox").click()
    content = page.locator(".filter-editor .cm-content")
    expect(content).to_be_focused()
    return content


def _drag(page: Page, area: Locator, start: tuple[float, float], end: tuple[float, float]) -> None:
    box = area.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * start[0], box["y"] + box["height"] * start[1])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * end[0], box["y"] + box["height"] * end[1], steps=5)
    page.mouse.up()


def test_all_traces_of_the_range_are_listed_the_newest_first(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)

    _expect_rows(page, _ALL)
    expect(page.get_by_text(re.compile(rf"^All {_ALL} traces in "))).to_be_visible()
    outcomes = page.get_by_role("group", name="Outcomes")
    expect(outcomes.get_by_role("button", name="OK", exact=False)).to_contain_text(str(_GOOD + _SLOW))
    expect(outcomes.get_by_role("button", name="Fault")).to_contain_text(str(_BROKEN))
    expect(page.get_by_role("columnheader", name="Time", exact=True)).to_have_attribute("aria-sort", "descending")


def test_a_filter_is_typed_with_completion_and_run_with_enter(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    _edit(page)

    page.keyboard.type("annotation.ca")
    expect(page.get_by_role("option", name=re.compile("annotation.card"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name=re.compile("^= ?equals"))).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name='"broken"')).to_be_visible()
    page.keyboard.type('"bro')
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(_box(page)).to_have_text('annotation.card = "broken"')
    page.keyboard.press("Enter")

    _expect_rows(page, _BROKEN)
    assert parameter(page, "filter") == 'annotation.card = "broken"'


def test_values_of_services_and_operators_are_offered_where_they_belong(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    _edit(page)

    page.keyboard.type("serv")
    expect(page.get_by_role("option", name="service( )")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("option", name='"orders"')).to_be_visible()
    page.keyboard.type('"ord')
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(_box(page)).to_have_text('service("orders")')
    page.keyboard.press("End")
    page.keyboard.type(" {")
    page.keyboard.type(" fau")
    expect(page.get_by_role("option")).to_have_count(1)
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Enter")

    _expect_rows(page, _BROKEN)
    assert (parameter(page, "filter") or "").replace(" ", "") == 'service("orders"){fault}'


def test_a_wrong_filter_is_underlined_at_its_place_with_the_sentence(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, complaints=(_WRONG,))
    _edit(page)

    page.keyboard.type("fault AND responsetme > 5 ")

    alert = page.get_by_role("search").get_by_role("alert")
    expect(alert).to_contain_text("at position 10")
    expect(alert).to_contain_text("did you mean responsetime?")
    expect(page.locator(".filter-editor .f-problem")).to_have_text("responsetme")
    _expect_rows(page, _ALL)

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="This filter cannot be read")).to_be_visible()
    expect(alert).to_contain_text("at position 10")
    page.get_by_role("button", name="fault", exact=True).click()
    _expect_rows(page, _BROKEN)
    expect(alert).to_be_hidden()


def test_up_and_down_go_through_what_was_run_before(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop)
    _edit(page)
    page.keyboard.type("fault")
    page.keyboard.press("Control+Enter")
    _expect_rows(page, _BROKEN)
    page.keyboard.press("Control+A")
    page.keyboard.type('user = "ada"')
    page.keyboard.press("Control+Enter")
    _expect_rows(page, _GOOD // 2 + _SLOW)
    page.keyboard.press("End")
    page.keyboard.type(" OR")
    expect(_box(page)).to_have_text('user = "ada" OR')

    page.keyboard.press("Escape")
    page.keyboard.press("ArrowUp")
    expect(_box(page)).to_have_text('user = "ada"')
    page.keyboard.press("ArrowUp")
    expect(_box(page)).to_have_text("fault")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    expect(_box(page)).to_have_text('user = "ada" OR')
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    _expect_rows(page, _BROKEN)
    assert parameter(page, "filter") == "fault"


def test_a_pasted_trace_id_opens_the_trace(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    wanted = _found(shop, "fault")[0]
    page = _open(open_page, shop, permissions=["clipboard-read", "clipboard-write"])
    _edit(page)

    page.evaluate("text => navigator.clipboard.writeText(text)", wanted.removeprefix("1-").replace("-", ""))
    page.keyboard.press("Control+V")

    page.wait_for_url(re.compile(re.escape(f"/traces/{wanted}")))


def test_dragging_over_the_heat_map_makes_a_filter_and_a_range(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?filter=user")
    _expect_rows(page, _ALL)
    area = page.get_by_role("group", name=re.compile("^Response time over time"))

    # The slow ones are in the upper part.
    _drag(page, area, (0.02, 0.02), (0.98, 0.35))

    _expect_rows(page, _SLOW)
    found = re.fullmatch(r"user AND responsetime >= (\S+) AND responsetime < (\S+)", parameter(page, "filter") or "")
    assert found
    assert 0.1 < float(found[1]) <= 1
    assert float(found[2]) > 1.05
    start, end = float(parameter(page, "from") or 0), float(parameter(page, "to") or 0)
    assert 600 < end - start < 900
    expect(page.get_by_role("textbox", name="Filter expression")).to_have_value(re.compile("^user AND responsetime"))

    page.go_back()
    _expect_rows(page, _ALL)
    assert parameter(page, "filter") == "user"


def test_the_distribution_filters_and_gives_back(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop)
    _expect_rows(page, _ALL)
    area = page.get_by_role("region", name="Response time distribution").locator(".brush")

    _drag(page, area, (0.6, 0.5), (0.99, 0.5))
    _expect_rows(page, _SLOW)
    assert (parameter(page, "filter") or "").startswith("responsetime >= ")

    page.get_by_role("button", name="Take the response time out of the query").click()
    _expect_rows(page, _ALL)
    assert parameter(page, "filter") is None


def test_ticked_values_narrow_at_once_and_become_part_of_the_query(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?filter=fault+OR+ok")
    _expect_rows(page, _ALL)
    users = page.get_by_role("region", name="User", exact=True)
    expect(users.get_by_role("checkbox", name=re.compile("^ada"))).to_have_accessible_name(
        re.compile(rf"ada\s*{_GOOD // 2 + _SLOW} traces, 52.5%, .* on average")
    )

    users.get_by_role("checkbox", name=re.compile("^ada")).check()
    users.get_by_role("checkbox", name=re.compile("^bob")).check()
    _expect_rows(page, _GOOD // 2 + _SLOW + _BROKEN)
    page.get_by_role("button", name="card", exact=False).first.click()
    page.get_by_role("button", name="Exclude slow").click()
    _expect_rows(page, _GOOD // 2 + _BROKEN)
    page.get_by_role("group", name="Outcomes").get_by_role("button", name="OK").click()
    _expect_rows(page, _GOOD // 2)

    page.get_by_role("button", name="Add to query").click()

    _expect_rows(page, _GOOD // 2)
    assert parameter(page, "refine") is None
    assert (
        parameter(page, "filter")
        == '(fault OR ok) AND (user = "ada" OR user = "bob") AND !(annotation.card = "slow") AND ok'
    )
    assert len(_found(shop, parameter(page, "filter") or "")) == _GOOD // 2


def test_everything_that_is_selected_comes_back_from_the_address(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?filter=user")
    _expect_rows(page, _ALL)
    page.get_by_role("group", name="Outcomes").get_by_role("button", name="Fault").click()
    _grid(page).get_by_role("columnheader", name="Response time").get_by_role("button").click()
    page.get_by_role("button", name="Columns", exact=True).click()
    page.get_by_role("checkbox", name="Annotations").check()
    page.keyboard.press("Escape")
    _grid(page).get_by_role("row").nth(1).get_by_role("gridcell").first.click()
    panel = page.get_by_role("complementary", name="The chosen trace")
    expect(panel.get_by_role("region", name="Verdict")).to_contain_text("TimeoutError")

    again = _open(open_page, shop, page.url.removeprefix(f"{shop.url}/traces"))

    _expect_rows(again, _BROKEN)
    expect(_grid(again).get_by_role("columnheader", name="Response time")).to_have_attribute("aria-sort", "descending")
    expect(again.get_by_role("group", name="Outcomes").get_by_role("button", name="Fault")).to_have_attribute(
        "aria-pressed", "true"
    )
    panel = again.get_by_role("complementary", name="The chosen trace")
    expect(panel.get_by_role("region", name="Verdict")).to_contain_text("TimeoutError")
    panel.get_by_role("button", name="Close").click()
    expect(_grid(again).get_by_role("columnheader", name="Annotations")).to_be_visible()


def test_by_keyboard_alone_from_the_filter_to_a_trace_and_back(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    _expect_rows(page, _ALL)

    page.keyboard.press("f")
    expect(page.locator(".filter-editor .cm-content")).to_be_focused()
    # Letters go into the box, and are no commands there.
    page.keyboard.type("fault")
    page.keyboard.press("Enter")
    _expect_rows(page, _BROKEN)
    expect(page).to_have_url(re.compile("filter=fault"))
    page.keyboard.press("Escape")
    expect(page.locator(".filter-editor .cm-content")).not_to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Space")
    panel = page.get_by_role("complementary", name="The chosen trace")
    second = page.locator("[role=row][aria-rowindex='3']")
    expect(second).to_have_attribute("aria-selected", "true")
    expect(panel.get_by_role("region", name="Verdict")).to_be_visible()
    page.keyboard.press("k")
    expect(page.locator("[role=row][aria-rowindex='2']")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")

    page.wait_for_url(re.compile(r"/traces/1-"))
    ids = _found(shop, "fault")
    assert ids[0] in page.url
    # The page of a trace knows the list that it was opened from.
    expect(page.get_by_text(f"1 of {_BROKEN}")).to_be_visible()
    page.go_back()
    _expect_rows(page, _BROKEN)
    expect(page.locator("[role=row][aria-rowindex='2']")).to_have_attribute("aria-selected", "true")


def test_the_live_tail_brings_new_traces_and_waits_while_it_is_paused(
    alone: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, alone, "?filter=fault")
    expect(page.get_by_role("heading", name="No trace matches")).to_be_visible()
    page.keyboard.press("p")
    expect(page.get_by_role("button", name="Live", exact=True)).to_have_attribute("aria-pressed", "true")

    _send(alone.url, time.time() - 1, user="ada")
    _send(alone.url, time.time() - 1, user="bob", status=500)
    _expect_rows(page, 1)

    page.get_by_role("button", name="Pause").click()
    _send(alone.url, time.time() - 1, user="eve", status=500)
    expect(page.get_by_role("button", name="Show 1 new")).to_be_visible()
    _expect_rows(page, 1)
    page.get_by_role("button", name="Show 1 new").click()

    _expect_rows(page, 2)
    expect(_grid(page).get_by_role("row").nth(1)).to_contain_text("eve")
    page.get_by_role("button", name="Stop the live tail").click()
    expect(page.get_by_role("button", name="Live tail")).to_be_visible()
    assert parameter(page, "live") is None


def test_traces_are_put_together_by_a_value_and_a_group_leads_to_its_traces(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    page.get_by_role("button", name="Grouped").click()
    page.get_by_role("combobox", name="Group by").select_option(label="User")

    table = page.get_by_role("grid", name="Traces by user")
    first = table.get_by_role("row").nth(1)
    expect(first).to_contain_text("ada")
    expect(first).to_contain_text("52.5%")
    bob = table.get_by_role("row").filter(has_text="bob")
    expect(bob).to_contain_text("100%")
    assert (parameter(page, "view"), parameter(page, "by")) == ("groups", "user")

    bob.get_by_role("gridcell").first.click()
    _expect_rows(page, _BROKEN)
    assert parameter(page, "refine") == "user=bob"


def test_a_view_is_saved_and_leads_back_and_is_deleted(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop, "?filter=fault&sort=-response")
    _expect_rows(page, _BROKEN)
    page.get_by_role("button", name="Views").click()
    page.keyboard.type("What failed")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Clear the filter").click()
    _expect_rows(page, _ALL)

    page.reload()
    page.get_by_role("button", name="Views").click()
    page.get_by_role("link", name=re.compile("What failed")).click()

    _expect_rows(page, _BROKEN)
    assert (parameter(page, "filter"), parameter(page, "sort")) == ("fault", "-response")
    page.get_by_role("button", name="Views").click()
    page.get_by_role("button", name="Delete the view What failed").click()
    expect(page.get_by_text("No views are saved yet.")).to_be_visible()


def test_what_is_shown_can_be_had_as_a_file_and_as_a_command(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?filter=fault", permissions=["clipboard-read", "clipboard-write"])
    _expect_rows(page, _BROKEN)

    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name=f"CSV, {_BROKEN} traces").click()
    lines = list(csv.DictReader(io.StringIO(Path(download.value.path()).read_text())))
    assert {line["users"] for line in lines} == {"bob"}
    assert {line["id"] for line in lines} == set(_found(shop, "fault"))

    page.get_by_role("button", name="Copy as").click()
    page.get_by_role("menuitem", name="AWS CLI command").click()
    expect(page.get_by_text("Copied: a command for the AWS CLI.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "aws xray get-trace-summaries" in copied
    assert "--filter-expression 'fault'" in copied


def test_a_thousand_are_loaded_and_more_when_asked(alone: RadiographProcess, open_page: Callable[..., Page]) -> None:
    _send_many(alone, 1_200)
    page = _open(open_page, alone)

    _expect_rows(page, 1_000)
    expect(page.get_by_text(re.compile("^The newest 1,000 traces, back to "))).to_be_visible()
    page.get_by_role("button", name="Load 1,000 more").click()

    _expect_rows(page, 1_201)
    expect(page.get_by_text(re.compile("^All 1,201 traces in "))).to_be_visible()
    expect(page.get_by_role("button", name="Load 1,000 more")).to_be_hidden()
    # Of all these rows, only those in sight are there.
    assert _grid(page).get_by_role("row").count() < 60


def test_a_long_search_says_how_far_it_came_and_can_be_stopped(
    alone: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    _send_many(alone, 300)
    page = _open(open_page, alone, "?filter=fault")
    expect(page.get_by_role("heading", name="No trace matches")).to_be_visible()
    held: list[Route] = []
    following = re.compile(r"/api/v1/traces\?.*token=")

    def hold(route: Route) -> None:
        held.append(route)

    page.route(following, hold)

    page.get_by_role("button", name="Clear the filter").click()

    _expect_rows(page, 100)
    expect(page.get_by_text(re.compile(r"^100 found, \d+ examined, back to \d\d:\d\d:\d\d$"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile("^Stopped. The newest 100 traces, back to "))).to_be_visible()

    page.unroute(following)
    page.get_by_role("button", name="Go on").click()
    _expect_rows(page, 301)
    assert len(held) == 1


def test_a_text_that_looks_like_markup_or_like_the_end_of_a_string_stays_a_text(
    alone: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    evil = 'ev"il\\ <img src=x onerror=alert(1)> OR fault'
    _send(alone.url, time.time() - 30, user=evil)
    wait_until(lambda: len(_found(alone, "")) == 2, seconds=10, what="the trace to be stored")
    page = _open(open_page, alone)
    _expect_rows(page, 2)

    page.get_by_role("region", name="User", exact=True).get_by_role("checkbox", name=evil).check()
    _expect_rows(page, 1)
    page.get_by_role("button", name="Make it the query").click()

    _expect_rows(page, 1)
    expect(page.get_by_text("All 1 trace in ")).to_be_visible()
    assert parameter(page, "filter") == 'user = "ev\\"il\\\\ <img src=x onerror=alert(1)> OR fault"'
    assert page.locator("main img").count() == 0


def test_nothing_in_the_range_leads_to_wider_ones(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop, "?last=1m")

    expect(page.get_by_role("heading", name="No traces in the last 1m")).to_be_visible()
    page.get_by_role("button", name="Last 15m").click()
    _expect_rows(page, _ALL)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_accessible(shop: RadiographProcess, open_page: Callable[..., Page], theme: str, size: dict[str, int]) -> None:
    page = _open(open_page, shop, "?refine=outcome%3Dok", theme=theme, size=size)
    _expect_rows(page, _GOOD + _SLOW)
    assert axe(page) == []

    page.get_by_role("button", name="Grouped").click()
    expect(page.get_by_role("grid", name="Traces by url")).to_be_visible()
    assert axe(page) == []

    broken = _open(open_page, shop, "?filter=fault+AND", theme=theme, size=size, complaints=(_WRONG,))
    expect(broken.get_by_role("heading", name="This filter cannot be read")).to_be_visible()
    assert axe(broken) == []
    _edit(broken)
    assert axe(broken) == []
