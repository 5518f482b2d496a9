"""Every page in both themes, on a desk and on a phone, checked by axe against WCAG 2.2 AA."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, axe, pages_of
from tests.browser.traces import send_traces

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.radiograph_process import RadiographProcess


@pytest.fixture(scope="session")
def examples(served: RadiographProcess) -> dict[str, str]:
    """What stands for the names in the examples of the console's list of pages."""
    ids = send_traces(served.url)
    return {"{trace}": ids[7], "{other}": ids[-1]}


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_page_is_clean(
    served: RadiographProcess,
    open_page: Callable[..., Page],
    examples: dict[str, str],
    theme: str,
    size: dict[str, int],
) -> None:
    page = open_page(f"{served.url}/status", theme=theme, size=size)
    wrong = {}
    for one in pages_of(page):
        path = one["example"] or one["path"]
        for name, value in examples.items():
            path = path.replace(name, value)
        page.goto(served.url + path)
        expect(page.locator("main > *").first).to_be_attached()
        page.wait_for_load_state("load")
        expect(page.locator("main .skeleton")).to_have_count(0)
        if found := axe(page):
            wrong[one["path"]] = found

    assert wrong == {}


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_what_opens_above_a_page_is_clean(
    served: RadiographProcess, open_page: Callable[..., Page], theme: str
) -> None:
    page = open_page(f"{served.url}/status", theme=theme)

    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    assert axe(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()

    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")

    page.goto(f"{served.url}/no/such/page")
    expect(page.get_by_role("heading", name="There is no page here")).to_be_visible()
    assert axe(page) == []
