"""The service map: what it shows, how one walks it, and where it leads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, parameter
from tests.browser.traces import call, send_traces, trace
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Locator, Page


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph to which nobody has sent anything."""
    with RadiographProcess(tmp_path_factory.mktemp("empty") / "data") as process:
        yield process


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph with forty traces, of its own: its numbers are counted."""
    with RadiographProcess(tmp_path_factory.mktemp("map") / "data") as process:
        send_traces(process.url)
        yield process


def _node(page: Page, name: str) -> Locator:
    return page.locator("[data-node]").filter(has=page.get_by_text(name, exact=True))


def test_home_is_the_map_and_says_in_a_sentence_how_everything_is(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/")

    expect(page).to_have_url(f"{served.url}/map")
    expect(page.locator("[data-node]")).to_have_count(3)
    # One of forty, at both services.
    expect(page.locator(".map-headline")).to_contain_text("fails 2.5% of its requests")
    expect(_node(page, "orders")).to_contain_text("2.5% fault")
    # Without its colour: a mark and a word.
    expect(_node(page, "web").locator(".map-bad svg")).to_be_visible()


def test_home_of_an_empty_radiograph_leads_to_the_start(
    empty: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{empty.url}/")
    expect(page).to_have_url(f"{empty.url}/start")

    page.goto(f"{empty.url}/map")
    expect(page.get_by_role("heading", name="Nothing has arrived yet")).to_be_visible()
    page.get_by_role("link", name="Send the first trace").click()
    expect(page).to_have_url(f"{empty.url}/start")


def test_calls_go_from_left_to_right(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/map")
    expect(page.locator("[data-node]")).to_have_count(3)
    boxes = [_node(page, name).bounding_box() for name in ("Clients", "web", "orders")]
    places = [box["x"] for box in boxes if box]
    assert len(places) == 3
    assert places == sorted(places)


def test_from_the_map_to_the_exception_in_three_clicks(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/map")

    page.locator(".map-headline button").click()
    page.get_by_role("link", name="View traces").click()
    page.wait_for_url("**/traces?**")
    page.get_by_role("grid").get_by_role("row").nth(1).get_by_role("link").first.click()

    expect(page.get_by_text("payments did not answer").first).to_be_visible()


def test_what_is_chosen_in_the_panel_is_a_filter_and_an_address(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/map")
    _node(page, "orders").click()
    panel = page.locator("aside.panel")
    expect(panel.get_by_role("heading", name="orders")).to_be_visible()
    filters = panel.get_by_role("region", name="Filter")
    expect(filters).to_contain_text('service(id(name: "orders"')

    panel.get_by_role("checkbox", name="Fault").check()
    expect(filters).to_contain_text("{ fault = true }")
    plot = panel.locator(".brush").first
    box = plot.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.9, box["y"] + 20, steps=4)
    page.mouse.up()
    expect(filters).to_contain_text("responsetime >=")
    told = filters.inner_text()

    again = open_page(page.url)
    expect(again.locator("aside.panel").get_by_role("region", name="Filter")).to_contain_text("responsetime >=")
    assert again.locator("aside.panel").get_by_role("region", name="Filter").inner_text() == told
    # The other node was not asked about: what was chosen does not go with it.
    _node(again, "web").click()
    expect(again.locator("aside.panel").get_by_role("region", name="Filter")).not_to_contain_text("responsetime")


def test_the_map_is_walked_by_keys(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/map")
    expect(page.locator("[data-node]")).to_have_count(3)

    page.keyboard.press("m")
    expect(_node(page, "Clients")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(_node(page, "web")).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator("aside.panel").get_by_role("heading", name="orders")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("aside.panel")).to_have_count(0)
    page.keyboard.press("v")
    expect(page.get_by_role("grid", name="Services")).to_be_visible()
    expect(page.get_by_role("grid", name="Services").get_by_role("row")).to_have_count(3)


def test_search_and_problems_dim_the_others(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/map?find=ord")
    expect(_node(page, "orders")).not_to_have_class("dim")
    expect(page.locator("[data-node].dim")).to_have_count(2)
    page.get_by_role("searchbox", name="Find a service").fill("")
    expect(page.locator("[data-node].dim")).to_have_count(0)


def test_the_list_has_the_same_numbers(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/map?view=list")
    row = page.get_by_role("grid", name="Services").get_by_role("row").filter(has_text="orders")
    expect(row).to_contain_text("40")
    page.get_by_role("button", name="Calls (2)").click()
    expect(page.get_by_role("grid", name="Calls").get_by_role("row")).to_have_count(3)
    page.get_by_role("grid", name="Calls").get_by_role("row").filter(has_text="orders").click()
    expect(page.locator("aside.panel")).to_contain_text("As web sees")


def test_the_scrubber_moves_through_the_range(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/map")
    expect(page.locator("[data-node]")).to_have_count(3)

    page.get_by_role("slider").focus()
    page.keyboard.press("ArrowLeft")
    first = wait_until(lambda: parameter(page, "window"), seconds=10, what="a part of the range")
    page.keyboard.press("ArrowLeft")
    wait_until(lambda: parameter(page, "window") not in (None, first), seconds=10, what="another part")
    # Everything stays where it was, with or without requests.
    expect(page.locator("[data-node]")).to_have_count(3)
    page.keyboard.press("Escape")
    wait_until(lambda: parameter(page, "window") is None, seconds=10, what="the whole range")


def test_what_did_not_exist_before_is_marked(empty: RadiographProcess, open_page: Callable[..., Page]) -> None:
    now = time.time()
    _, documents = trace(now - 20)
    call(empty.url, "TraceSegments", {"TraceSegmentDocuments": documents})
    page = open_page(f"{empty.url}/map?last=5m")
    expect(page.locator("[data-node]")).to_have_count(3)
    expect(page.locator(".map-new")).to_have_count(0)
    page.keyboard.press("x")
    expect(page.locator(".map-new")).to_have_count(3)


def test_wheel_and_drag_move_the_map_and_a_drag_is_no_click(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/map")
    web = _node(page, "web")
    expect(web).to_be_visible()
    expect(page.get_by_role("slider")).to_be_visible()
    before = web.bounding_box()
    assert before
    page.mouse.move(before["x"] + 40, before["y"] + 40)
    page.mouse.down()
    page.mouse.move(before["x"] + 140, before["y"] + 100, steps=5)
    page.mouse.up()

    def box() -> dict[str, float]:
        found = web.bounding_box()
        assert found
        return {"x": found["x"], "width": found["width"]}

    # What a pointer does is drawn with the next frame.
    wait_until(lambda: abs(box()["x"] - before["x"] - 100) <= 8, seconds=5, what="the map to have moved by 100 px")
    expect(page.locator("aside.panel")).to_have_count(0)
    page.mouse.wheel(0, -300)
    wait_until(lambda: box()["width"] > before["width"] * 1.2, seconds=5, what="the map to be larger")
    page.keyboard.press("f")
    wait_until(lambda: abs(box()["x"] - before["x"]) <= 1, seconds=5, what="the map to fit again")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
def test_nothing_overflows(served: RadiographProcess, open_page: Callable[..., Page], size: dict[str, int]) -> None:
    page = open_page(f"{served.url}/map", size=size)
    expect(page.locator("[data-node]")).to_have_count(3)
    wide: int = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= size["width"]
