"""The command palette."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import page_with_time, pages_of, parameter

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.radiograph_process import RadiographProcess

_ID = "1-67a1b2c3-0123456789abcdef01234567"


@pytest.mark.parametrize("key", ["Control+k", "/"])
def test_it_opens_goes_to_a_page_and_closes(
    served: RadiographProcess, open_page: Callable[..., Page], key: str
) -> None:
    page = open_page(f"{served.url}/start")

    page.keyboard.press(key)
    field = page.get_by_role("combobox", name="Go to, switch group, or paste a trace id")
    expect(field).to_be_focused()
    page.keyboard.type("stat")
    expect(page.get_by_role("option").first).to_contain_text("Status")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    expect(field).to_be_hidden()


def test_escape_closes_it_and_the_focus_is_where_it_was(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/status")
    opener = page.get_by_role("button", name="Command palette")
    opener.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_it_switches_theme_and_group(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")

    page.keyboard.press("Control+k")
    page.keyboard.type("theme light")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")

    page.keyboard.press("Control+k")
    page.keyboard.type("failures")
    expect(page.get_by_role("option", name="failures")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{served.url}/status?group=failures")


def test_it_changes_the_range(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")
    page.goto(served.url + page_with_time(page))
    expect(page.locator("[data-open-time]")).to_be_visible()

    page.keyboard.press("Control+k")
    page.keyboard.type("last 3 h")
    page.keyboard.press("Enter")

    expect(page.get_by_role("button", name="Last 3h")).to_be_visible()
    assert parameter(page, "last") == "3h"


@pytest.mark.parametrize("pasted", [_ID, _ID[2:].replace("-", "")])
def test_a_pasted_trace_id_opens_the_trace(
    served: RadiographProcess, open_page: Callable[..., Page], pasted: str
) -> None:
    page = open_page(f"{served.url}/status", complaints=("404",))
    if not any(one["path"] == "/traces/:id" for one in pages_of(page)):
        pytest.skip("this console has no page for a trace")

    page.keyboard.press("Control+k")
    page.keyboard.insert_text(pasted)
    expect(page.get_by_role("option", name=f"Open trace {_ID}")).to_be_visible()
    page.keyboard.press("Enter")

    expect(page).to_have_url(f"{served.url}/traces/{_ID}")


def test_what_does_not_exist_is_said(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")

    page.keyboard.press("Control+k")
    page.keyboard.type("zzzz")

    expect(page.get_by_role("status").filter(has_text="Nothing has that name")).to_be_visible()
