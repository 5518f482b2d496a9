"""What is seen is an address, and an address brings it back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import page_with_time

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.radiograph_process import RadiographProcess

_ID = "1-67a1b2c3-0123456789abcdef01234567"


def test_a_choice_on_a_page_is_in_its_address(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/start")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_role("heading", name="Go", exact=True)).to_be_visible()

    again = open_page(page.url)

    expect(again.get_by_role("heading", name="Go", exact=True)).to_be_visible()
    expect(again.get_by_text("go get github.com/aws/aws-xray-sdk-go/v2")).to_be_visible()


def test_an_absolute_range_in_an_address_is_restored(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")

    # 2026-03-01 10:00 to 10:30 UTC; Berlin is an hour ahead.
    page.goto(f"{served.url}{page_with_time(page)}?from=1772359200&to=1772361000")

    expect(page.locator("[data-open-time]")).to_have_text("2026-03-01 11:00 \N{EN DASH} 11:30 UTC+1")


@pytest.mark.parametrize(
    ("classic", "ours"),
    [
        (f"/xray/home?region=eu-west-1#/traces/{_ID}", f"/traces/{_ID}"),
        ("/xray/home?region=eu-west-1#/service-map?timeRange=PT5M", "/map?last=5m"),
        (
            "/#/traces?timeRange=PT15M&filter=duration%20%3E%3D%205",
            "/traces?last=15m&filter=duration+%3E%3D+5",
        ),
    ],
)
def test_links_of_the_aws_console_lead_to_our_pages(
    served: RadiographProcess, open_page: Callable[..., Page], classic: str, ours: str
) -> None:
    page = open_page(served.url + classic, complaints=("404",))

    expect(page).to_have_url(served.url + ours)
