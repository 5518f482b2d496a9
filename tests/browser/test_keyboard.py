"""Everything by keyboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from playwright.sync_api import expect

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page

    from tests.support.radiograph_process import RadiographProcess


def test_the_first_stop_leads_past_the_navigation(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/start")
    # What is in the page may come after the page's frame.
    test_trace = page.get_by_role("button", name="Send a test trace")
    expect(test_trace).to_be_visible()

    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    page.keyboard.press("Enter")

    expect(page.locator("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(test_trace).to_be_focused()


def test_every_stop_can_be_seen(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/start")
    expect(page.get_by_role("button", name="Send a test trace")).to_be_visible()
    seen: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        found = page.evaluate(
            """() => {
              const at = document.activeElement;
              if (!at || at === document.body) return null;
              const style = getComputedStyle(at);
              const box = at.getBoundingClientRect();
              const shown = style.outlineStyle !== "none" && Number.parseFloat(style.outlineWidth) >= 1;
              return { name: at.outerHTML.slice(0, 80), shown, size: box.width * box.height };
            }"""
        )
        if found is None:
            break
        assert found["shown"], f"no focus to be seen on {found['name']}"
        assert found["size"] > 0, f"the focus is on something invisible: {found['name']}"
        seen.append(found["name"])
    assert len(set(seen)) > 12


def test_letters_lead_to_pages(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/start")

    page.keyboard.press("g")
    page.keyboard.press("u")
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(page.get_by_role("heading", level=1)).to_have_text("Get started")


def test_the_question_mark_lists_what_works_here(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")

    page.keyboard.press("?")

    help_dialog = page.get_by_role("dialog", name="Keyboard shortcuts")
    expect(help_dialog.get_by_text("Command palette")).to_be_visible()
    expect(help_dialog.get_by_text("Get started")).to_be_visible()
    page.keyboard.press("Escape")
    expect(help_dialog).to_be_hidden()


def test_letters_in_a_field_are_only_letters(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/status")
    page.keyboard.press("Control+k")

    page.keyboard.type("g b ? /")

    expect(page.get_by_role("combobox")).to_have_value("g b ? /")
    expect(page.get_by_role("heading", level=1)).to_have_text("Status")
