"""What is around every page."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, pages_of, parameter
from tests.browser.traces import call, trace
from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page


def test_an_empty_radiograph_greets_with_get_started_and_notices_the_first_trace(
    radiograph: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(radiograph.url)
    expect(page).to_have_url(f"{radiograph.url}/start")
    expect(page.get_by_role("heading", name="Waiting for the first trace")).to_be_visible()
    expect(page.get_by_text(radiograph.daemon, exact=True)).to_be_visible()

    _, documents = trace(time.time())
    call(radiograph.url, "TraceSegments", {"TraceSegmentDocuments": documents})

    expect(page.get_by_role("heading", name="2 documents arrived while you were here")).to_be_visible()


def test_a_test_trace_goes_through_the_x_ray_api_and_is_stored(
    radiograph: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{radiograph.url}/start")

    page.get_by_role("button", name="Send a test trace").click()

    expect(page.get_by_role("heading", name="1 document arrived while you were here")).to_be_visible()
    assert radiograph.status()["writer"]["documents"] == 1


def test_every_page_of_the_navigation_opens_and_has_one_heading(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/status")
    links = page.get_by_role("navigation", name="Pages").first.get_by_role("link")
    names = [name.strip() for name in links.all_inner_texts() if name.strip() != "Radiograph"]
    assert len(names) >= 2

    for name in names:
        page.get_by_role("navigation", name="Pages").first.get_by_role("link", name=name, exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        expect(page.locator("nav.nav a[aria-current=page]")).to_have_text(name)
        expect(page).to_have_title(f"{page.get_by_role('heading', level=1).inner_text()} · Radiograph")


def test_back_and_forward_lead_through_the_pages(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/start")
    page.locator("nav.nav").get_by_role("link", name="Status").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")

    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Get started")
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")


def test_a_folded_navigation_stays_folded(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")
    label = page.locator("nav.nav").get_by_text("Get started")
    expect(label).to_be_visible()

    page.get_by_role("button", name="Collapse navigation").click()
    expect(label).to_be_hidden()
    page.reload()
    expect(page.get_by_role("button", name="Expand navigation")).to_be_visible()
    expect(label).to_be_hidden()


def test_an_address_that_leads_nowhere_says_so(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/no/such/page")

    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    page.get_by_role("link", name="Go to the start").click()
    expect(page.get_by_role("heading", name="There is no page here")).to_be_hidden()


def test_links_keep_the_range_and_the_group(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status?last=5m&group=failures")

    page.locator("nav.nav").get_by_role("link", name="Get started").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Get started")
    assert (parameter(page, "last"), parameter(page, "group")) == ("5m", "failures")


def test_a_server_that_is_away_is_said_and_found_again(tmp_path: Path, open_page: Callable[..., Page]) -> None:
    with RadiographProcess(tmp_path / "data") as first:
        address = first.url.removeprefix("http://")
        page = open_page(f"{first.url}/status", complaints=("Failed to load resource", "ERR_"))
        expect(page.get_by_role("heading", name="Everything works")).to_be_visible()
        first.stop()

        banner = page.get_by_role("alert").filter(has_text="Radiograph does not answer")
        expect(banner).to_be_visible()
    with RadiographProcess(tmp_path / "data", http=address):
        expect(banner).to_be_hidden(timeout=30_000)
        expect(page.get_by_role("heading", name="Everything works")).to_be_visible()


def test_a_clock_that_is_wrong_is_said(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")
    page.clock.install(time=time.time() - 3600)
    page.reload()

    expect(page.get_by_role("status").filter(has_text="This computer's clock is 1h behind")).to_be_visible()


def test_on_a_phone_nothing_sticks_out(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status", size=PHONE)
    paths = [one["path"] for one in pages_of(page) if ":" not in one["path"]]

    for path in paths:
        page.goto(served.url + path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        expect(page.locator(".phone-bar")).to_be_visible()
        expect(page.locator("nav.nav")).to_be_hidden()
        wide = page.evaluate("[document.documentElement.scrollWidth, document.querySelector('main').scrollWidth]")
        assert max(wide) <= PHONE["width"], f"{path} is {wide} px wide"
