"""The time range of everything on screen."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import page_with_time, parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Locator, Page

    from tests.support.radiograph_process import RadiographProcess


@pytest.fixture
def page(served: RadiographProcess, open_page: Callable[..., Page]) -> Page:
    """A page that is about a time range."""
    opened = open_page(f"{served.url}/status")
    opened.goto(served.url + page_with_time(opened))
    expect(opened.locator("[data-open-time]")).to_be_visible()
    return opened


def _picker(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Choose a time range")


def _between(page: Page) -> tuple[float, float]:
    start, end = parameter(page, "from"), parameter(page, "to")
    assert start is not None
    assert end is not None
    return float(start), float(end)


def test_a_relative_range_is_chosen_and_stands_in_the_address(page: Page) -> None:
    page.locator("[data-open-time]").click()
    _picker(page).get_by_role("button", name="Last 30 minutes").click()

    expect(page.locator("[data-open-time]")).to_have_text("Last 30m")
    assert parameter(page, "last") == "30m"
    page.go_back()
    expect(page.locator("[data-open-time]")).to_have_text("Last 15m")


def test_only_ranges_that_the_server_answers_are_on_offer(page: Page) -> None:
    page.locator("[data-open-time]").click()

    expect(_picker(page).get_by_role("button", name="Last 6 hours")).to_be_visible()
    expect(_picker(page).get_by_role("button", name="Last 12 hours")).to_have_count(0)


def test_an_absolute_range_is_typed_in_the_zone_that_is_shown(page: Page) -> None:
    page.locator("[data-open-time]").click()
    _picker(page).get_by_role("button", name="UTC", exact=True).click()
    _picker(page).get_by_label("From").fill("2026-03-01 10:00")
    _picker(page).get_by_label("To", exact=True).fill("2026-03-01 10:30")
    page.keyboard.press("Enter")

    expect(page.locator("[data-open-time]")).to_have_text("2026-03-01 10:00 \N{EN DASH} 10:30 UTC")
    # 2026-03-01 10:00 UTC
    assert _between(page) == (1772359200, 1772361000)


def test_a_time_that_cannot_be_read_is_said_beside_its_field(page: Page) -> None:
    page.locator("[data-open-time]").click()
    _picker(page).get_by_label("From").fill("yesterday")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").filter(has_text="Write a time like")).to_be_visible()
    expect(_picker(page).get_by_label("From")).to_have_attribute("aria-invalid", "true")


def test_a_range_that_is_too_long_is_said_with_the_setting(page: Page) -> None:
    page.locator("[data-open-time]").click()
    _picker(page).get_by_label("From").fill("2026-03-01 00:00")
    _picker(page).get_by_label("To", exact=True).fill("2026-03-02 00:00")
    page.keyboard.press("Enter")

    expect(page.get_by_role("alert").filter(has_text="query_hours")).to_be_visible()


def test_one_steps_back_and_forward_by_the_length_of_the_range(page: Page) -> None:
    page.get_by_role("button", name="Earlier").click()
    start, end = _between(page)
    assert end - start == 900
    assert end < time.time() - 850

    page.get_by_role("button", name="Earlier").click()
    assert _between(page) == (start - 900, end - 900)
    page.get_by_role("button", name="Later").click()
    assert _between(page) == (start, end)


def test_one_zooms_out_to_twice_the_length(page: Page) -> None:
    page.get_by_role("button", name="Twice as long").click()

    expect(page.locator("[data-open-time]")).to_have_text("Last 30m")


def test_keys_do_the_same(page: Page) -> None:
    page.keyboard.press("-")
    expect(page.locator("[data-open-time]")).to_have_text("Last 30m")
    page.keyboard.press("[")
    expect(page.locator("[data-open-time]")).to_have_text(re.compile("\N{EN DASH}"))
    page.keyboard.press("t")
    expect(_picker(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(_picker(page)).to_be_hidden()
    expect(page.locator("[data-open-time]")).to_be_focused()


def test_live_mode_is_in_the_address_and_makes_the_range_end_now(page: Page) -> None:
    page.keyboard.press("[")
    page.get_by_role("button", name="Live").click()

    expect(page.get_by_role("button", name="Live")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-open-time]")).to_have_text("Last 15m")
    assert parameter(page, "live") == "1"


def test_a_group_is_chosen_and_stands_in_the_address(page: Page) -> None:
    page.locator("[data-open-group]").click()
    page.get_by_role("option", name="failures").click()

    expect(page.locator("[data-open-group]")).to_have_text("failures")
    assert parameter(page, "group") == "failures"
