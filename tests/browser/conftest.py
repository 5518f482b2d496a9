"""A browser, and pages in it that must not complain."""

from __future__ import annotations

import shutil
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from tests.browser.traces import call, send_traces
from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

_ROOT = Path(__file__).parents[2]
_AXE = _ROOT / "console" / "node_modules" / "axe-core" / "axe.min.js"
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "no Chromium here; install Debian's package chromium"
    with sync_playwright() as playwright:
        # Chromium refuses to run as root inside its sandbox; it only ever sees our own pages.
        chromium = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph with some traces and groups, for tests that change nothing."""
    with RadiographProcess(tmp_path_factory.mktemp("served") / "data") as process:
        send_traces(process.url)
        call(process.url, "CreateGroup", {"GroupName": "failures", "FilterExpression": "fault"})
        yield process


@pytest.fixture
def open_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open an address in a browser without a past; the page must not complain, nor ask another host for anything.

    Keyword arguments: `theme` and `size` of the window, `complaints` that are expected, others as of a context.
    """
    with ExitStack() as stack:
        found: list[str] = []

        def opened(
            url: str,
            *,
            theme: str = "dark",
            size: dict[str, int] = DESKTOP,
            complaints: tuple[str, ...] = (),
            **options: Any,
        ) -> Page:
            context: BrowserContext = browser.new_context(
                viewport={"width": size["width"], "height": size["height"]},
                color_scheme="light" if theme == "light" else "dark",
                reduced_motion="reduce",
                **{"timezone_id": "Europe/Berlin", **options},
            )
            stack.callback(context.close)
            page = context.new_page()
            page.set_default_timeout(10_000)
            host = urlsplit(url).netloc

            def complain(text: str) -> None:
                if not any(expected in text for expected in complaints):
                    found.append(text)

            page.on("pageerror", lambda error: complain(f"error: {error}"))
            page.on("console", lambda line: complain(line.text) if line.type in {"error", "warning"} else None)
            page.on(
                "request",
                lambda request: (
                    None
                    if urlsplit(request.url).netloc == host or request.url.startswith(("data:", "blob:"))
                    else complain(f"asked another host: {request.url}")
                ),
            )
            page.goto(url)
            page.wait_for_selector("main")
            return page

        yield opened
        assert found == []


def pages_of(page: Page) -> list[dict[str, Any]]:
    """Ask the console which pages it has."""
    listed: list[dict[str, Any]] = page.evaluate("window.radiograph.pages")
    return listed


def page_with_time(page: Page) -> str:
    """Return the path of a page that is about a time range and needs no parameter."""
    for one in pages_of(page):
        if "time" not in one["without"] and ":" not in one["path"]:
            path: str = one["path"]
            return path
    pytest.skip("this console has no page with a time range")


def axe(page: Page) -> list[str]:
    """Check a page against WCAG 2.2 AA; return what is wrong, readable."""
    assert _AXE.exists(), "axe-core is not installed; run python server/console_build.py --run types"
    page.evaluate(_AXE.read_text())
    report: dict[str, Any] = page.evaluate(
        """() => axe.run(document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
        })"""
    )
    return [
        f"{violation['id']} ({violation['impact']}): {node['html'][:160]} -- {node['failureSummary']}"
        for violation in report["violations"]
        for node in violation["nodes"]
    ]


def parameter(page: Page, name: str) -> str | None:
    """Return a parameter of the address."""
    value: str | None = page.evaluate("name => new URLSearchParams(location.search).get(name)", name)
    return value


def encoded(value: Any) -> str:
    """Write JSON."""
    return msgspec.json.encode(value).decode()
