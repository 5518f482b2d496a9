"""Take the pictures of every page of the console into docs/images/console, with the shop's traces.

Usage: python tools/screenshots.py [--url URL] [--minutes N] [--only WORD] [--out FOLDER]

Starts a Radiograph and the shop under load, waits some minutes so that there is something to see, and photographs each
page of the console's own list (console/src/pages/index.ts) in both themes, on a desk and on a phone. Needs Debian's
chromium and what tools/requirements-dev.txt installs.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "examples" / "shop")]

from tests.support.radiograph_process import RadiographProcess  # noqa: E402 -- likewise

from shop import load, supervisor  # noqa: E402 -- found by the line above

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

_SIZES = {"desk": {"width": 1440, "height": 900}, "phone": {"width": 390, "height": 844}}
_THEMES = ("dark", "light")
_RANGE = "last=5m"
# What no address opens: the buttons to press first.
_PRESSED: tuple[dict[str, Any], ...] = (
    {
        "picture": "sampling-keep",
        "path": "/sampling",
        "example": "/sampling?view=keep",
        "without": ["time"],
        "fills": 1,
        "press": ("Draft the usual policies", "Try it"),
    },
)
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@contextlib.contextmanager
def _busy_radiograph(minutes: float) -> Iterator[str]:
    """Run a Radiograph whose shop has had customers for so long; gives its address. The customers stay."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        radiograph = stack.enter_context(RadiographProcess(folder / "data"))
        shop = stack.enter_context(supervisor.start(daemon=radiograph.daemon))
        stop = threading.Event()
        visitors = threading.Thread(target=_visit, args=(shop.url, stop))
        visitors.start()
        stack.callback(visitors.join)
        stack.callback(stop.set)
        print(f"The shop is open at {shop.url}; waiting {minutes:g} minutes for its customers.", flush=True)
        time.sleep(minutes * 60)
        yield radiograph.url


def _visit(url: str, stop: threading.Event) -> None:
    load.run(url, rate=6.0, seconds=None, stop=stop)


def _newest(url: str, expression: str) -> str:
    """Return the id of the newest trace that a filter finds, or nothing."""
    now = time.time()
    asked = urllib.parse.urlencode({"start": now - 900, "end": now + 1, "filter": expression, "limit": 1})
    with _OPENER.open(f"{url}/api/v1/traces?{asked}", timeout=30) as answer:
        traces = json.load(answer)["traces"]
    return str(traces[0]["id"]) if traces else ""


def _settle(page: Page) -> None:
    """Wait until the page shows its answer: no skeleton, no canvas still to be drawn."""
    page.wait_for_selector("main > *")
    page.wait_for_function("!document.querySelector('main .skeleton, main .spinner, main .stale')")
    page.wait_for_function(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))"
    )
    # Layouts of a worker, and the first event of the live stream.
    page.wait_for_timeout(1200)


def _photograph(browser: Browser, url: str, one: dict[str, Any], out: Path, names: dict[str, str]) -> None:
    path = one["example"] or one["path"]
    for name, value in names.items():
        path = path.replace("{" + name + "}", value)
    if "time" not in one["without"]:
        path += ("&" if "?" in path else "?") + _RANGE
    slug = one.get("picture") or "-".join(piece for piece in one["path"].replace(":", "").split("/") if piece)
    opened = {}
    for theme in _THEMES:
        for size, viewport in _SIZES.items():
            context = browser.new_context(
                viewport={"width": viewport["width"], "height": viewport["height"]},
                color_scheme="dark" if theme == "dark" else "light",
                reduced_motion="reduce",
                timezone_id="UTC",
                # Playwright waits by evaluating texts, which the console's policy forbids.
                bypass_csp=True,
            )
            opened[f"{slug}-{theme}-{size}.png"] = page = context.new_page()
            page.goto(url + path)
    for page in opened.values():
        _settle(page)
        for name in one.get("press", ()):
            page.get_by_role("button", name=name).click()
            _settle(page)
    # All of them at once; a hidden page fills too.
    next(iter(opened.values())).wait_for_timeout(one["fills"] * 1000)
    for name, page in opened.items():
        page.screenshot(path=out / name)
        print(f"  {name}  {(out / name).stat().st_size // 1000} kB", flush=True)
        page.context.close()


def main() -> None:
    """Take them."""
    parser = argparse.ArgumentParser(description="Take the pictures of every page of the console.")
    parser.add_argument("--url", help="of a Radiograph that runs and has traces; otherwise one is started")
    parser.add_argument("--minutes", type=float, default=4.5, help="how long the shop has customers first (4.5)")
    parser.add_argument("--only", default="", help="only pages whose path or picture contains this")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images" / "console")
    arguments = parser.parse_args()
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        sys.exit("radiograph: no Chromium here; install Debian's package chromium")
    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    running = (
        contextlib.nullcontext(arguments.url.rstrip("/")) if arguments.url else _busy_radiograph(arguments.minutes)
    )
    with running as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        page = browser.new_page()
        page.goto(f"{url}/status")
        page.wait_for_selector("main > *")
        listed = [one for one in page.evaluate("window.radiograph.pages") if arguments.only in one["path"]]
        page.close()
        names = {"trace": _newest(url, "fault"), "other": _newest(url, "ok")}
        for one in listed:
            _photograph(browser, url, one, out, names)
        for one in _PRESSED:
            if arguments.only in one["picture"]:
                _photograph(browser, url, one, out, names)
        browser.close()


if __name__ == "__main__":
    main()
