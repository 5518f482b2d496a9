"""Analytics: two sets beside each other, what sets slow traces apart, and three questions with their answers."""

from __future__ import annotations

import re
import time
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

    from playwright.sync_api import Page

_GOOD, _SLOW, _BROKEN, _REFUSED = 40, 8, 6, 4
_ALL = _GOOD + _SLOW + _BROKEN + _REFUSED


def _send(url: str, start: float, *, card: str, user: str, status: int = 200, seconds: float = 0.05) -> None:
    _, documents = trace(start, status=status, seconds=seconds, user=user)
    web: dict[str, Any] = msgspec.json.decode(documents[0])
    web["annotations"] = {"tier": "gold", "card": card}
    call(url, "TraceSegments", {"TraceSegmentDocuments": [msgspec.json.encode(web).decode(), *documents[1:]]})


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """Of 58 requests, 8 with the slow card took a second, 6 with the broken card failed, and 4 were throttled."""
    with RadiographProcess(tmp_path_factory.mktemp("analytics") / "data") as process:
        call(process.url, "CreateGroup", {"GroupName": "failures", "FilterExpression": "fault"})
        start = time.time() - 500
        for index in range(_GOOD):
            user = "ada" if index % 2 else "grace"
            _send(process.url, start + index * 8, card="good", user=user, seconds=0.04 + index / 2000)
        for index in range(_SLOW):
            _send(process.url, start + index * 40, card="slow", user="ada", seconds=1 + index / 100)
        for index in range(_BROKEN):
            _send(process.url, start + index * 50, card="broken", user="bob", status=502)
        for index in range(_REFUSED):
            _send(process.url, start + index * 60, card="good", user="grace", status=429)
        wait_until(lambda: len(_found(process, "")) == _ALL, seconds=10, what="all traces to be stored")
        yield process


def _found(process: RadiographProcess, filter_: str) -> list[str]:
    now = time.time()
    question = urlencode({"start": now - 900, "end": now, "filter": filter_, "limit": 1000})
    return [one["id"] for one in msgspec.json.decode(process.get(f"/api/v1/traces?{question}"))["traces"]]


def _open(open_page: Callable[..., Page], process: RadiographProcess, query: str = "", **options: Any) -> Page:
    page = open_page(f"{process.url}/analytics{query}", **options)
    expect(page.get_by_text(re.compile(rf"All {_ALL} traces"))).to_be_visible()
    return page


def _set(page: Page, name: str) -> Any:
    return page.get_by_role("region", name=f"Set {name}", exact=True)


def test_a_click_on_a_value_is_a_filter_of_the_set_and_a_second_click_takes_it_away(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    users = page.get_by_role("region", name="User", exact=True)

    users.get_by_role("button", name="bob", exact=True).click()

    expect(_set(page, "A")).to_contain_text(f"{_BROKEN} traces, 10.3% of {_ALL}")
    assert parameter(page, "a") == "user=bob"

    users.get_by_role("button", name="bob", exact=True).click()
    expect(_set(page, "A")).to_contain_text(f"{_ALL} traces")
    assert parameter(page, "a") is None


def test_b_starts_as_a_copy_of_a_and_takes_the_clicks_from_then_on(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?a=outcome%3Dok")

    page.get_by_role("button", name="Compare").click()
    expect(_set(page, "B")).to_contain_text("clicks go here")
    expect(_set(page, "B")).to_contain_text("Outcome is OK")
    page.get_by_role("region", name="card", exact=True).get_by_role("button", name="slow", exact=True).click()

    expect(_set(page, "A")).to_contain_text(f"{_GOOD + _SLOW} traces")
    expect(_set(page, "B")).to_contain_text(f"{_SLOW} traces")
    expect(page.get_by_text(re.compile(r"^B is \d+ times slower than A"))).to_be_visible()
    # 8 of 48 is 16.7%, 8 of 8 is 100%.
    row = page.get_by_role("region", name="card", exact=True).get_by_role("row").filter(has_text="slow")
    expect(row).to_contain_text("16.7%")
    expect(row).to_contain_text("+83")


def test_everything_that_is_selected_comes_back_from_the_address(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop)
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("region", name="Outcome", exact=True).get_by_role("button", name="Fault", exact=True).click()
    page.get_by_role("button", name="Most different").click()
    page.get_by_role("button", name="Newest").click()
    expect(_set(page, "B")).to_contain_text(f"{_BROKEN} traces")

    again = _open(open_page, shop, page.url.removeprefix(f"{shop.url}/analytics"))

    expect(_set(again, "B")).to_contain_text(f"{_BROKEN} traces")
    expect(_set(again, "B")).to_contain_text("clicks go here")
    expect(again.get_by_role("button", name="Most different")).to_have_attribute("aria-pressed", "true")
    expect(again.get_by_role("button", name="Newest")).to_have_attribute("aria-pressed", "true")


def test_a_set_is_an_expression_that_finds_the_same_traces(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("region", name="User", exact=True).get_by_role("button", name="ada", exact=True).click()
    page.get_by_role("button", name="Exclude card slow").click()
    expect(_set(page, "A")).to_contain_text(f"{_GOOD // 2} traces")

    page.get_by_role("button", name="Copy Set A as a filter expression").click()
    expect(page.get_by_text("Copied.", exact=True)).to_be_visible()

    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == 'user = "ada" AND !(annotation.card = "slow")'
    assert len(_found(shop, copied)) == _GOOD // 2


def test_dragging_over_response_times_filters_the_set(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop)
    box = page.get_by_role("group", name=re.compile("^Response time, share of each set")).bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + 60, steps=4)
    page.mouse.up()

    expect(_set(page, "A")).to_contain_text("Response time is")
    expect(_set(page, "A")).to_contain_text(f"{_SLOW} traces")
    assert (parameter(page, "a") or "").startswith("response~")


def test_the_slow_part_of_the_heat_map_is_set_apart_by_the_slow_card(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, permissions=["clipboard-read", "clipboard-write"])
    box = page.get_by_role("group", name=re.compile("^Response time over time")).bounding_box()
    assert box is not None

    page.mouse.move(box["x"] + 1, box["y"] + 1)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 1, box["y"] + box["height"] / 2, steps=4)
    page.mouse.up()

    expect(page.get_by_text(f"{_SLOW} traces marked.")).to_be_visible()
    ranked = page.get_by_role("table", name="More common among them than elsewhere").get_by_role("row")
    expect(ranked.nth(1)).to_contain_text("card")
    expect(ranked.nth(1)).to_contain_text("slow")
    expect(ranked.nth(1)).to_contain_text("+100")
    ranked.nth(1).get_by_role("button", name="Copy the filter expression of card slow").click()
    wait_until(
        lambda: page.evaluate("navigator.clipboard.readText()") == 'annotation.card = "slow"',
        seconds=5,
        what="the expression on the clipboard",
    )

    ranked.nth(1).get_by_role("button", name="card slow", exact=True).click()
    expect(_set(page, "A")).to_contain_text("card is slow")


def test_keys_mark_compare_and_clear(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = _open(open_page, shop)

    page.keyboard.press("w")
    expect(page.get_by_text("traces marked.")).to_be_visible()
    page.keyboard.press("w")
    expect(page.get_by_text("traces marked.")).to_have_count(0)

    page.keyboard.press("c")
    expect(_set(page, "B")).to_be_visible()
    page.keyboard.press("s")
    expect(_set(page, "A")).to_contain_text("clicks go here")
    page.keyboard.press("c")
    expect(_set(page, "B")).to_have_count(0)

    # The heat map by keyboard alone: a piece, upward, applied.
    page.get_by_role("group", name=re.compile("^Response time over time")).focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Unmark")).to_be_visible()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog").get_by_text("Copy the set as a filter expression")).to_be_visible()


def test_loading_one_set_alone_asks_again_with_its_expression(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = _open(open_page, shop, "?a=outcome%3Dfault")

    page.keyboard.press("n")

    expect(page.get_by_text(f"All {_BROKEN} traces")).to_be_visible()
    expect(page.get_by_role("textbox", name=re.compile("^Filter expression"))).to_have_value("fault")
    assert parameter(page, "a") is None


def test_very_many_traces_are_sampled_and_it_says_so(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    asked: list[str] = []
    page = open_page(f"{shop.url}/status")

    def many(route: Any) -> None:
        # As many as 40,000 in one minute; the traces themselves are the server's.
        answer = route.fetch()
        body = answer.json()
        body["buckets"] = [[body["buckets"][0][0], 40_000, 0, 0, 0, 0.1, 0.1]]
        route.fulfill(response=answer, json=body)

    page.route("**/api/v1/series?*", many)
    page.on("request", lambda request: asked.append(request.url) if "/api/v1/traces?" in request.url else None)
    page.goto(f"{shop.url}/analytics")

    expect(page.get_by_text("A sample: 1 in 4")).to_be_visible()
    expect(page.get_by_text("of about 40,000 traces")).to_be_visible()
    assert [url for url in asked if "sample=0.25" in url and "clock=Event" in url] == asked


def test_a_filter_that_cannot_be_read_shows_where(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{shop.url}/analytics?filter=responstime+%3E+2", complaints=("400",))

    expect(page.get_by_role("heading", name="This filter cannot be read")).to_be_visible()
    expect(page.get_by_text("did you mean responsetime?")).to_be_visible()
    assert axe(page) == []

    page.get_by_role("button", name="All traces", exact=True).last.click()
    expect(page.get_by_text(f"All {_ALL} traces")).to_be_visible()


def test_a_filter_that_nothing_matches_says_so(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{shop.url}/analytics?filter=user+%3D+%22nobody%22")

    expect(page.get_by_role("heading", name="No trace matches the filter")).to_be_visible()


def test_who_is_impacted_lists_users_with_their_failures(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{shop.url}/analytics?tab=impact")

    expect(page.get_by_role("heading", name="2 of 3 users are impacted")).to_be_visible()
    expect(page.get_by_text("Most failures: bob, 6 of 6 requests (100%).")).to_be_visible()
    rows = page.get_by_role("grid", name="Who is impacted").get_by_role("row")
    expect(rows.nth(1)).to_contain_text("bob")
    expect(rows.nth(2)).to_contain_text("grace")
    expect(rows.nth(2)).to_contain_text("16.7%")  # 4 of 24


def test_where_am_i_throttled_names_the_source(shop: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{shop.url}/analytics")

    page.get_by_role("tab", name="Where am I throttled?").click()

    expect(page.get_by_role("heading", name="Throttling comes from orders")).to_be_visible()
    expect(page.get_by_text(f"It refused web {_REFUSED} times: 6.9% of {_ALL} calls.")).to_be_visible()
    assert parameter(page, "tab") == "throttles"


def test_the_promise_is_in_the_address_and_kept_for_the_group(
    shop: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{shop.url}/analytics?tab=sla")
    expect(page.get_by_role("heading", name="2 of 2 services miss the promise")).to_be_visible()
    # Web: 40 of 58 in time, 8 too slow, 6 faults and 4 throttled.
    expect(page.get_by_text("18 requests missed it where 0 were allowed, 8 too slow and 10 failed.")).to_be_visible()

    page.get_by_role("textbox", name="Share of the requests").fill("80")
    page.get_by_role("textbox", name="Response time").fill("2 s")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="All 2 services keep the promise")).to_be_visible()
    assert (parameter(page, "target"), parameter(page, "goal")) == ("2", "0.8")
    page.goto(f"{shop.url}/analytics?tab=sla")
    expect(page.get_by_role("textbox", name="Response time")).to_have_value("2 s")
    # Another group has a promise of its own.
    page.goto(f"{shop.url}/analytics?tab=sla&target=0.1&goal=0.5")
    page.locator("[data-open-group]").click()
    page.get_by_role("option", name="failures").click()
    expect(page.get_by_role("textbox", name="Response time")).to_have_value("500 ms")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_is_clean_and_fits(
    shop: RadiographProcess, open_page: Callable[..., Page], theme: str, size: dict[str, int]
) -> None:
    page = _open(open_page, shop, theme=theme, size=size)
    wrong = {}

    def look(state: str) -> None:
        if found := axe(page):
            wrong[state] = found
        assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")

    look("one set")
    page.keyboard.press("w")
    page.keyboard.press("c")
    page.get_by_role("region", name="Outcome", exact=True).get_by_role("button", name="OK", exact=True).click()
    expect(_set(page, "B")).to_contain_text("Outcome is OK")
    look("two sets, marked")
    for tab, answer in [("impact", "impacted"), ("throttles", "Throttling"), ("sla", "promise")]:
        page.goto(f"{shop.url}/analytics?tab={tab}")
        expect(page.get_by_role("heading", name=re.compile(answer))).to_be_visible()
        look(tab)

    assert wrong == {}
