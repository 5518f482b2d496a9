"""The console in a real browser: first paint, a large map, a long trace. Needs Chromium."""

from __future__ import annotations

import random
import secrets
import shutil
import time
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.http_client import Connection
from benchmarks.results import Budget, Result, latency
from benchmarks.running import Radiograph

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Browser, Page

    from benchmarks.bench import Bench

_NODES = 500
_EDGES = 2_000
_SPANS = 10_000
_RUNS = 5
_PAN_STEPS = 90
_BATCH = 100
_SIZE = {"width": 1440, "height": 900}
_WAIT_SECONDS = 60.0
# Frames while the map is dragged: the times between them, from the browser's own clock.
_RECORD_FRAMES = """() => {
  window.frames_ = [];
  let before = performance.now();
  const next = (now) => {
    window.frames_.push(now - before);
    before = now;
    window.going_ = requestAnimationFrame(next);
  };
  window.going_ = requestAnimationFrame(next);
}"""
_FRAMES = "() => { cancelAnimationFrame(window.going_); return window.frames_.slice(2); }"
_PAINTED = "() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? null"
_LAID_OUT = "() => performance.getEntriesByName('map layout').at(-1)?.duration ?? null"


def measure_console(bench: Bench) -> None:
    """Fill a Radiograph with a large map and a long trace, and look at them in Chromium."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        bench.missing.append("console: there is no Chromium here; install Debian's package chromium")
        return
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 -- the other parts do without

    with Radiograph(bench.place("console") / "radiograph", bench.options.settings) as service:
        bench.say(f"console: sending a map of {_NODES} nodes and {_EDGES:,} edges, and a trace of {_SPANS:,} spans ...")
        trace_id = _fill(service)
        url = f"http://{service.http[0]}:{service.http[1]}"
        with sync_playwright() as playwright:
            # Chromium refuses to run as root inside its sandbox; it only ever sees our own pages.
            browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
            version = (
                f"Chromium {browser.version}, headless, {_SIZE['width']} x {_SIZE['height']}, {_RUNS} new profiles"
            )
            bench.say("console: looking at them ...")
            bench.add(
                *_measure_map(browser, f"{url}/map?last=15m", version),
                _measure_trace(browser, f"{url}/traces/{trace_id}", version),
            )
            browser.close()


def _measure_map(browser: Browser, url: str, note: str) -> list[Result]:
    paints: list[float] = []
    layouts: list[float] = []
    shown: list[float] = []
    frames: list[float] = []
    for _ in range(_RUNS):
        context = browser.new_context(viewport={"width": _SIZE["width"], "height": _SIZE["height"]})
        page = context.new_page()
        began = time.perf_counter()
        page.goto(url, wait_until="commit")
        page.wait_for_selector("[data-node]")
        shown.append(time.perf_counter() - began)
        paints.append(_told(page, _PAINTED) / 1000)
        layouts.append(_told(page, _LAID_OUT) / 1000)
        if page.locator("[data-node]").count() < _NODES:
            raise RuntimeError(f"the map shows {page.locator('[data-node]').count()} nodes, not {_NODES}")
        frames += _frames_while_panning(page)
        context.close()
    return [
        latency("console", "first paint", paints, Budget(800), note=note),
        latency("console", f"map of {_NODES} nodes, {_EDGES:,} edges: laid out", layouts, Budget(300), note=note),
        latency("console", "the same: from the address to nodes on the screen", shown, note=note),
        latency(
            "console",
            "the same: time between frames while it is dragged",
            [each / 1000 for each in frames],
            note=f"{note}; 16.7 ms are 60 frames a second; drawn by the processor, without a graphics card",
        ),
    ]


def _frames_while_panning(page: Page) -> list[float]:
    page.wait_for_timeout(500)
    page.mouse.move(700, 500)
    page.mouse.down()
    page.evaluate(_RECORD_FRAMES)
    for step in range(_PAN_STEPS):
        page.mouse.move(700 + 3 * (step % 45), 500 + 2 * (step % 30))
    frames: list[float] = page.evaluate(_FRAMES)
    page.mouse.up()
    return frames


def _measure_trace(browser: Browser, url: str, note: str) -> Result:
    times: list[float] = []
    for _ in range(_RUNS):
        context = browser.new_context(viewport={"width": _SIZE["width"], "height": _SIZE["height"]})
        page = context.new_page()
        began = time.perf_counter()
        page.goto(url, wait_until="commit")
        rows = page.get_by_role("treegrid", name="Waterfall")
        rows.get_by_role("row").nth(5).wait_for()
        # It answers: keys move to the next row and open it.
        page.keyboard.press("j")
        page.keyboard.press("e")
        while not page.evaluate("new URLSearchParams(location.search).has('entity')"):
            if time.perf_counter() > began + _WAIT_SECONDS:
                raise RuntimeError("the trace does not answer to keys")
        times.append(time.perf_counter() - began)
        context.close()
    return latency(
        "console",
        f"trace of {_SPANS:,} spans: from the address to the answer to keys",
        times,
        Budget(1000),
        note=f"{note}; the first one also pays for what the server does for the first time",
    )


def _told(page: Page, script: str) -> float:
    """Return what the page says of its own times, milliseconds."""
    value: float | None = page.evaluate(script)
    if value is None:
        raise RuntimeError(f"the page does not tell: {script}")
    return value


def _fill(service: Radiograph) -> str:
    """Send both; return the id of the long trace once everything can be read."""
    source = random.Random(1)
    now = time.time()
    # Everything is called by the first, whose client is a node, too.
    services, calls = _NODES - 1, _EDGES - 1
    pairs = {(0, node) for node in range(1, services)}
    while len(pairs) < calls:
        first = 1 + source.randrange(services - 2)
        pairs.add((first, min(services - 1, first + 1 + source.randrange(80))))
    documents = [text for pair in sorted(pairs) for text in _call(*pair, now - 30, source)]
    trace_id, long = _long_trace(now - 60)
    documents += long
    with Connection(service.http) as connection:
        for at in range(0, len(documents), _BATCH):
            answer = connection.post("/TraceSegments", {"TraceSegmentDocuments": documents[at : at + _BATCH]})
            if answer["UnprocessedTraceSegments"]:
                raise RuntimeError(f"refused: {answer['UnprocessedTraceSegments'][:1]}")
        end = int(now) + 2

        def complete() -> bool:
            seen = connection.get(f"/api/v1/map?start={end - 900}&end={end}")
            return len(seen["nodes"]) >= _NODES and len(seen["edges"]) >= _EDGES

        _until(complete, "the whole map")
    return trace_id


def _until(look: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _WAIT_SECONDS
    while not look():
        if time.monotonic() > until:
            raise RuntimeError(f"waited {_WAIT_SECONDS:g} s for {what}")
        time.sleep(0.5)


def _written(document: dict[str, Any]) -> str:
    return msgspec.json.encode(document).decode()


def _new_trace_id(start: float) -> str:
    return f"1-{int(start):08x}-{secrets.token_hex(12)}"


def _call(first: int, second: int, start: float, source: random.Random) -> list[str]:
    """One service, called by the first there is, calls another; one call in fifty fails."""
    trace_id = _new_trace_id(start)
    seconds = source.uniform(0.01, 0.4)
    flags = {"fault": True} if source.random() < 0.02 else {}
    path = [0, second] if first == 0 else [0, first, second]
    documents = []
    parent: str | None = None
    for depth, (service, called) in enumerate(zip(path, [*path[1:], None], strict=True)):
        inset = seconds * 0.1 * depth
        document: dict[str, Any] = {
            "trace_id": trace_id,
            "id": secrets.token_hex(8),
            "name": _service(service),
            "start_time": start + inset,
            "end_time": start + seconds - inset,
            **({"parent_id": parent} if parent else {}),
            **flags,
        }
        if called is not None:
            parent = secrets.token_hex(8)
            call = {"id": parent, "name": _service(called), "namespace": "remote", **flags}
            times = {"start_time": start + inset + seconds * 0.05, "end_time": start + seconds * 0.95 - inset}
            document["subsegments"] = [call | times]
        documents.append(_written(document))
    return documents


def _service(number: int) -> str:
    return f"team{number // 25}-service-{number}"


def _long_trace(start: float) -> tuple[str, list[str]]:
    """A root, and below it segments with a hundred parts each."""
    trace_id = _new_trace_id(start)
    calls = [secrets.token_hex(8) for _ in range(_SPANS // 100)]
    root = {
        "trace_id": trace_id,
        "id": secrets.token_hex(8),
        "name": "team0-service-0",
        "start_time": start,
        "end_time": start + 10,
        "subsegments": [
            {
                "id": call,
                "name": "team0-service-1",
                "namespace": "remote",
                "start_time": start + at / 10,
                "end_time": start + at / 10 + 0.09,
            }
            for at, call in enumerate(calls)
        ],
    }
    segments = [
        {
            "trace_id": trace_id,
            "id": secrets.token_hex(8),
            "parent_id": call,
            "name": "team0-service-1",
            "start_time": start + at / 10,
            "end_time": start + at / 10 + 0.09,
            "subsegments": [
                {
                    "id": secrets.token_hex(8),
                    "name": f"step {step}",
                    "start_time": start + at / 10 + step / 1200,
                    "end_time": start + at / 10 + step / 1200 + 0.0005,
                }
                for step in range(98)
            ],
        }
        for at, call in enumerate(calls)
    ]
    return trace_id, [_written(root), *(_written(each) for each in segments)]
