"""Dark and light."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.radiograph_process import RadiographProcess


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_it_follows_the_system_until_somebody_chooses(
    served: RadiographProcess, open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page(f"{served.url}/status", theme=theme)
    other = "light" if theme == "dark" else "dark"
    expect(page.locator("html")).to_have_attribute("data-theme", theme)

    page.emulate_media(color_scheme=other)  # type: ignore[arg-type]
    expect(page.locator("html")).to_have_attribute("data-theme", other)


def test_a_choice_stays_and_is_there_before_the_first_paint(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/status", theme="dark", complaints=("ERR_FAILED",))
    page.get_by_role("button", name="Light theme").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")

    # The page's own scripts are held back: what is left is what runs before anything is drawn.
    page.route("**/assets/*.js", lambda route: route.abort())
    page.goto(f"{served.url}/start", wait_until="commit")

    expect(page.locator("html")).to_have_attribute("data-theme", "light")


def test_the_key_changes_it_and_the_system_is_followed_again_afterwards(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/status", theme="dark")

    page.keyboard.press("Shift+D")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    page.keyboard.press("Shift+D")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
