"""The page of a trace, and two of them compared."""

from __future__ import annotations

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, axe, parameter
from tests.browser.traces import call, trace
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page

_MANY = 10_000
_EVIL = "<img src=x onerror=alert(1)>"
# What the browser says of an answer that is expected to be 404.
_NOT_FOUND = ("404",)


class Traces:
    """A Radiograph and the ids of the traces in it."""

    def __init__(self, process: RadiographProcess) -> None:
        self.url = process.url
        self.fine, fine = trace(time.time() - 60, seconds=0.1)
        self.failed, failed = trace(time.time() - 50, status=502, seconds=0.4)
        self.odd, odd = _odd(time.time() - 40)
        self.large, large = _large(time.time() - 30)
        for documents in (fine, failed, odd, large):
            answer = call(process.url, "TraceSegments", {"TraceSegmentDocuments": documents})
            assert answer["UnprocessedTraceSegments"] == []

        def stored() -> bool:
            return all(process.get(f"/api/v1/traces/{one}") for one in (self.fine, self.failed, self.odd, self.large))

        wait_until(stored, seconds=20, what="all traces to be stored")

    def address(self, trace_id: str, query: str = "") -> str:
        return f"{self.url}/traces/{trace_id}{query}"


def _id(start: float) -> str:
    return f"1-{int(start):08x}-{secrets.token_hex(12)}"


def _written(documents: list[dict[str, Any]]) -> list[str]:
    return [msgspec.json.encode(document).decode() for document in documents]


def _odd(start: float) -> tuple[str, list[str]]:
    """A trace with every mark: a cause, SQL, metadata, a lost parent, a part in progress, hostile text."""
    trace_id = _id(start)
    raised = [
        {
            "id": "a" * 16,
            "type": "CheckoutError",
            "message": f"could not be placed: {_EVIL}",
            "cause": "b" * 16,
            "stack": [{"path": "app/checkout.py", "line": 118, "label": "checkout"}],
        },
        {"id": "b" * 16, "type": "DeadlockDetected", "message": "deadlock", "remote": True},
    ]
    web = {
        "trace_id": trace_id,
        "id": "1" * 16,
        "name": "web",
        "start_time": start,
        "end_time": start + 1,
        "fault": True,
        "user": _EVIL,
        "annotations": {"tier": "gold", "html": _EVIL},
        "metadata": {"default": {"basket": 8812}},
        "cause": {"working_directory": "/srv/web", "exceptions": raised},
        "http": {"request": {"method": "POST", "url": "https://shop.test/buy"}, "response": {"status": 500}},
        "subsegments": [
            {
                "id": "2" * 16,
                "name": "shop@db",
                "namespace": "remote",
                "start_time": start + 0.1,
                "end_time": start + 0.5,
                "sql": {"sanitized_query": "SELECT a FROM t WHERE b = ?", "database_type": "PostgreSQL"},
            },
            {"id": "3" * 16, "name": "send mail", "start_time": start + 0.6, "in_progress": True},
        ],
    }
    lost = {
        "trace_id": trace_id,
        "id": "4" * 16,
        "parent_id": "5" * 16,
        "name": "warehouse",
        "start_time": start + 0.7,
        "end_time": start + 0.9,
    }
    return trace_id, _written([web, lost])


def _large(start: float) -> tuple[str, list[str]]:
    """A trace of ten thousand parts: a root, and below it segments with a hundred parts each."""
    trace_id = _id(start)
    root = secrets.token_hex(8)
    calls = [secrets.token_hex(8) for _ in range(_MANY // 100)]
    segments: list[dict[str, Any]] = [
        {
            "trace_id": trace_id,
            "id": root,
            "name": "web",
            "start_time": start,
            "end_time": start + 10,
            "subsegments": [
                {
                    "id": one,
                    "name": "orders",
                    "namespace": "remote",
                    "start_time": start + index / 10,
                    "end_time": start + index / 10 + 0.09,
                }
                for index, one in enumerate(calls)
            ],
        }
    ]
    for index, one in enumerate(calls):
        begin = start + index / 10
        segments.append(
            {
                "trace_id": trace_id,
                "id": secrets.token_hex(8),
                "parent_id": one,
                "name": "orders",
                "start_time": begin,
                "end_time": begin + 0.09,
                "subsegments": [
                    {
                        "id": secrets.token_hex(8),
                        "name": f"step {step}",
                        "start_time": begin + step / 1200,
                        "end_time": begin + step / 1200 + 0.0005,
                        "fault": index == 99 and step == 97,
                    }
                    for step in range(98)
                ],
            }
        )
    return trace_id, _written(segments)


@pytest.fixture(scope="session")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traces]:
    with RadiographProcess(tmp_path_factory.mktemp("trace") / "data") as process:
        yield Traces(process)


def _rows(page: Page) -> list[str]:
    names: list[str] = page.locator(".trace-rows .trace-label").all_inner_texts()
    return names


def _ready(page: Page) -> None:
    page.wait_for_selector(".trace-rows [role=row]")


def test_the_verdict_leads_to_the_part_that_failed_and_its_exception(
    traces: Traces, open_page: Callable[..., Page]
) -> None:
    page = open_page(traces.address(traces.failed))
    expect(page.get_by_role("region", name="Verdict")).to_contain_text("failed")
    page.locator(".trace-verdict button").click()
    expect(page.locator(".panel")).to_be_visible()
    assert parameter(page, "entity")
    page.get_by_role("tab", name="Exceptions").click()
    expect(page.locator(".trace-exception-card h3")).to_have_text("TimeoutError")


def test_a_link_restores_what_was_seen(traces: Traces, open_page: Callable[..., Page]) -> None:
    query = f"?entity={'1' * 16}&tab=exceptions&zoom=0~0.5&find=deadlock&fold=0&order=services"
    page = open_page(traces.address(traces.odd, query))
    expect(page.locator(".trace-exception-card h3")).to_have_text(["CheckoutError", "DeadlockDetected"])
    expect(page.get_by_role("button", name="Whole time")).to_be_visible()
    expect(page.locator(".trace-found")).to_have_text("1 of 1")
    expect(page.locator(".trace-row.service").first).to_contain_text("web")


def test_everything_works_by_keyboard(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.odd))
    _ready(page)
    keys = page.keyboard
    keys.press("j")
    keys.press("j")
    keys.press("Enter")
    expect(page.locator(".panel-title")).to_contain_text("shop@db")
    expect(page.get_by_role("tab", name="SQL")).to_be_visible()
    keys.press(".")
    expect(page.get_by_role("tab", name="SQL")).to_have_attribute("aria-selected", "true")
    expect(page.locator(".panel .code")).to_contain_text("SELECT a\nFROM t\nWHERE b = ?")
    keys.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    keys.press("[")
    expect(page.locator(".trace-rows .trace-row.segment")).to_have_count(2)
    assert "shop@db" not in _rows(page)
    keys.press("]")
    expect(page.locator(".trace-rows .trace-label", has_text="shop@db").first).to_be_visible()
    keys.press("w")
    page.wait_for_url(re.compile("zoom="))
    keys.press("r")
    page.wait_for_url(re.compile("^((?!zoom=).)*$"))
    keys.press("f")
    keys.type("mail")
    expect(page.locator(".trace-found")).to_have_text("1")
    keys.press("Enter")
    expect(page.locator(".trace-row[data-active]")).to_contain_text("send mail")
    keys.press("Escape")
    assert parameter(page, "find") is None
    keys.press("Escape")
    keys.press("3")
    expect(page.get_by_role("grid", name="Parts of the trace")).to_be_visible()
    keys.press("2")
    expect(page.get_by_role("application")).to_be_visible()


def test_the_tree_folds_by_arrow_keys(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.failed))
    _ready(page)
    page.locator(".trace-rows").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowLeft")
    assert len(_rows(page)) == 1
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".trace-row[data-active] .trace-label")).to_have_text("orders")


def test_what_is_missing_or_open_is_told_in_words(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.odd))
    _ready(page)
    expect(page.locator(".trace-row.missing")).to_contain_text("has not come")
    expect(page.locator(".trace-row", has_text="send mail").first.locator(".trace-status")).to_contain_text("Open")
    expect(page.locator(".trace-bar.open").first).to_be_visible()
    expect(page.locator(".trace-facts")).to_contain_text("Incomplete")


def test_no_bar_is_too_narrow_to_be_seen(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.large))
    _ready(page)
    widths: list[float] = page.evaluate(
        "[...document.querySelectorAll('.trace-bar')].map((bar) => bar.getBoundingClientRect().width)"
    )
    assert len(widths) > 10
    assert min(widths) >= 2


def test_the_minimap_zooms_by_pointer_and_by_key(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.failed))
    _ready(page)
    box = page.locator(".trace-minimap").bounding_box()
    assert box
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] * 0.25, middle)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.5, middle, steps=4)
    page.mouse.up()
    low, high = _zoom(page)
    assert low == pytest.approx(0.1, abs=0.01)
    assert high == pytest.approx(0.2, abs=0.01)
    page.get_by_role("slider", name="End of the stretch shown").focus()
    page.keyboard.press("ArrowRight")
    assert _zoom(page)[1] == pytest.approx(high + 0.004, abs=0.001)
    page.keyboard.press("End")
    assert _zoom(page)[1] == pytest.approx(0.4, abs=0.001)


def _zoom(page: Page) -> tuple[float, float]:
    page.wait_for_url(re.compile("zoom="))
    low, high = (parameter(page, "zoom") or "").split("~")
    return float(low), float(high)


def test_the_wheel_with_control_zooms_where_the_pointer_is(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.failed))
    _ready(page)
    lane = page.locator(".trace-axis-lane").bounding_box()
    assert lane
    page.mouse.move(lane["x"] + lane["width"] * 0.5, lane["y"] + 10)
    page.keyboard.down("Control")
    page.mouse.wheel(0, -60)
    page.keyboard.up("Control")
    low, high = _zoom(page)
    assert high - low < 0.4
    assert (low + high) / 2 == pytest.approx(0.2, abs=0.005)


def test_annotations_are_searched_and_shown_as_text(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.odd, f"?entity={'1' * 16}&tab=annotations"))
    expect(page.locator(".panel")).to_contain_text(_EVIL)
    expect(page.locator(".trace-chips")).to_contain_text(_EVIL)
    assert page.locator("main img").count() == 0
    page.get_by_label("Search in this trace").fill("tier=gold")
    expect(page.locator(".trace-found")).to_have_text("1 of 1")


def test_the_exported_page_opens_without_radiograph(
    traces: Traces, open_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_page(traces.address(traces.odd))
    _ready(page)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="A page that opens without Radiograph").click()
    file = tmp_path / "trace.html"
    download.value.save_as(file)
    alone = open_page(traces.address(traces.fine)).context.new_page()
    problems: list[str] = []
    alone.on("pageerror", lambda error: problems.append(str(error)))
    alone.on("console", lambda line: problems.append(line.text) if line.type == "error" else None)
    alone.add_init_script("window.alert = () => { throw new Error('a script of the trace ran'); };")
    asked: list[str] = []
    alone.on("request", lambda request: asked.append(request.url))
    alone.goto(file.as_uri())
    expect(alone.locator("h1")).to_have_text("POST https://shop.test/buy")
    rows = alone.locator(".r[data-d]:visible")
    everything = rows.count()
    assert everything >= 4
    alone.get_by_role("button", name="Collapse all").click()
    assert rows.count() < everything
    alone.get_by_role("searchbox").fill("8812")
    expect(alone.locator("#found")).to_have_text("1 found")
    alone.locator(".r.m").click()
    expect(alone.locator("pre:visible")).to_contain_text('"basket": 8812')
    assert alone.locator("img").count() == 0
    assert asked == [file.as_uri()]
    assert problems == []


def test_the_raw_trace_is_a_view_that_can_be_searched(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.odd, "?view=raw"))
    expect(page.locator(".trace-raw")).to_contain_text("warehouse")
    page.keyboard.press("f")
    page.keyboard.type("8812")
    expect(page.locator(".trace-raw")).not_to_contain_text("warehouse")
    expect(page.locator(".trace-raw")).to_contain_text("web")


def test_json_is_exported_as_x_ray_gives_it(traces: Traces, open_page: Callable[..., Page], tmp_path: Path) -> None:
    page = open_page(traces.address(traces.failed))
    _ready(page)
    page.keyboard.press("x")
    with page.expect_download() as download:
        page.get_by_role("menuitem", name="JSON, as X-Ray gives it").click()
    file = tmp_path / "trace.json"
    download.value.save_as(file)
    found = msgspec.json.decode(file.read_bytes())
    assert found.keys() == {"Id", "Duration", "LimitExceeded", "Segments"}
    assert found["Id"] == traces.failed
    assert {segment["Document"]["name"] for segment in found["Segments"]} == {"web", "orders"}


def test_ten_thousand_parts_can_be_used_within_a_second(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.fine))
    _ready(page)
    # From the answer's arrival; how long the server took is its own affair.
    took: float = page.evaluate(
        """async (path) => {
          let arrived = 0;
          const ask = window.fetch;
          window.fetch = async (...given) => {
            const answer = await ask(...given);
            const read = answer.json.bind(answer);
            answer.json = async () => {
              await answer.clone().arrayBuffer();
              arrived = performance.now();
              return read();
            };
            return answer;
          };
          history.pushState(null, "", path);
          dispatchEvent(new PopStateEvent("popstate"));
          const shown = () => document.querySelector(".trace-facts")?.textContent.includes("10,");
          const drawn = () => document.querySelector(".trace-rows [role=row]");
          while (!shown() || !drawn()) await new Promise(requestAnimationFrame);
          window.fetch = ask;
          return performance.now() - arrived;
        }""",
        f"/traces/{traces.large}",
    )
    assert took < 1000
    assert page.locator(".trace-rows [role=row]").count() < 100
    page.locator(".trace-rows").focus()
    page.keyboard.press("End")
    expect(page.locator(".trace-row[data-active]")).to_be_in_viewport()
    page.keyboard.press("f")
    page.keyboard.type("fault")
    page.keyboard.press("Enter")
    expect(page.locator(".trace-row[data-active]")).to_contain_text("step 97")


def test_a_trace_that_is_not_there_is_explained(traces: Traces, open_page: Callable[..., Page]) -> None:
    old = f"1-{int(time.time()) - 86_400 * 400:08x}-{'0' * 24}"
    page = open_page(traces.address(old), complaints=_NOT_FOUND)
    expect(page.get_by_role("alert")).to_contain_text("This trace is not here")
    expect(page.get_by_role("alert")).to_contain_text(re.compile(r"kept for \d+ days"))
    page.goto(traces.address("hello"))
    expect(page.locator(".trace-none")).to_contain_text("neither of the two forms")
    page.get_by_label("Another id").fill(traces.fine.replace("1-", "", 1).replace("-", ""))
    page.keyboard.press("Enter")
    _ready(page)
    assert page.url.endswith(f"/traces/{traces.fine}")


def test_the_list_that_one_came_from_leads_on(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.fine))
    _ready(page)
    expect(page.locator(".trace-near")).to_have_count(0)
    page.evaluate(
        "ids => sessionStorage.setItem('radiograph.traces.list', JSON.stringify({ids, from: '/traces?filter=ok'}))",
        [traces.fine, traces.failed],
    )
    page.reload()
    expect(page.locator(".trace-near")).to_contain_text("1 of 2")
    page.keyboard.press("Shift+J")
    page.wait_for_url(f"**/traces/{traces.failed}")
    expect(page.locator(".trace-near")).to_contain_text("2 of 2")
    expect(page.get_by_role("button", name="Next trace of the list")).to_be_disabled()


def test_two_traces_are_compared(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(traces.address(traces.fine))
    _ready(page)
    page.goto(traces.address(traces.failed))
    _ready(page)
    page.get_by_role("button", name="Compare").click()
    # The one seen before.
    page.locator(".trace-picker-list button").first.click()
    page.wait_for_url(f"**/compare/{traces.failed}/{traces.fine}")
    expect(page.locator(".compare-sentence")).to_contain_text("B took 300 ms shorter than A")
    expect(page.locator(".compare-sentence")).to_contain_text("A ended with Fault, B with OK.")
    page.keyboard.press("x")
    page.wait_for_url(f"**/compare/{traces.fine}/{traces.failed}")
    expect(page.locator(".compare-sentence")).to_contain_text("B took 300 ms longer than A")
    expect(page.locator(".compare-row", has_text="web").first).to_contain_text("+300 ms")


def test_what_only_one_trace_did_is_marked(traces: Traces, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{traces.url}/compare/{traces.fine}/{traces.odd}?differences=1")
    row = page.locator(".compare-row.b", has_text="warehouse")
    expect(row).to_contain_text("Only in B")
    expect(page.locator(".compare-row.a", has_text="orders").first).to_contain_text("Only in A")


def test_half_a_comparison_says_what_is_missing(traces: Traces, open_page: Callable[..., Page]) -> None:
    nowhere = f"1-{int(time.time()):08x}-{'0' * 24}"
    page = open_page(f"{traces.url}/compare/{traces.fine}/{nowhere}", complaints=_NOT_FOUND)
    expect(page.get_by_role("region", name="Trace B")).to_contain_text("This trace is not here")
    page.goto(f"{traces.url}/compare/{traces.fine}/hello")
    expect(page.get_by_role("heading", name="Two traces are needed")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_is_clean(traces: Traces, open_page: Callable[..., Page], theme: str, size: dict[str, int]) -> None:
    page = open_page(traces.address(traces.odd), theme=theme, size=size, complaints=_NOT_FOUND)
    states = {
        "waterfall": traces.address(traces.odd),
        "searching": traces.address(traces.odd, "?find=mail"),
        "panel": traces.address(traces.odd, f"?entity={'1' * 16}"),
        "exceptions": traces.address(traces.odd, f"?entity={'1' * 16}&tab=exceptions"),
        "metadata": traces.address(traces.odd, f"?entity={'1' * 16}&tab=metadata"),
        "sql": traces.address(traces.odd, f"?entity={'2' * 16}&tab=sql"),
        "services": traces.address(traces.odd, "?order=services&zoom=0.2~0.4"),
        "flame": traces.address(traces.odd, "?view=flame"),
        "table": traces.address(traces.odd, "?view=table"),
        "raw": traces.address(traces.odd, "?view=raw"),
        "missing": traces.address(f"1-{int(time.time()):08x}-{'0' * 24}"),
        "compare": f"{traces.url}/compare/{traces.fine}/{traces.odd}",
    }
    wrong = {}
    for name, url in states.items():
        page.goto(url)
        page.wait_for_selector(".trace-facts, .trace-none, .compare-row")
        expect(page.locator("main .skeleton")).to_have_count(0)
        sideways = page.evaluate(
            "[...document.querySelectorAll('main, .trace-scroll, .compare-scroll')]"
            ".filter((one) => one.scrollWidth > one.clientWidth).map((one) => one.className)"
        )
        found = [*axe(page), *(f"scrolls sideways: {one}" for one in sideways)]
        if found:
            wrong[name] = found
    assert wrong == {}
