"""Sampling rules: made, changed, moved and deleted through X-Ray's API, and how they are used."""

from __future__ import annotations

import json
import re
import time
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, axe, parameter
from tests.browser.traces import call, send_traces, trace
from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page

RULE = {
    "ResourceARN": "*",
    "FixedRate": 0.1,
    "ReservoirSize": 4,
    "ServiceName": "*",
    "ServiceType": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "Version": 1,
}
CLIENT = "abcdef1234567890abcdef10"


@pytest.fixture
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph with three rules, of which one can never decide and one is used by a client."""
    with RadiographProcess(tmp_path_factory.mktemp("sampling") / "data") as process:
        for name, more in (
            ("api", {"Priority": 10, "URLPath": "/api/*"}),
            ("late", {"Priority": 20, "URLPath": "/api/v1"}),
            ("gold", {"Priority": 30, "Attributes": {"tier": "gold"}}),
        ):
            call(process.url, "CreateSamplingRule", {"SamplingRule": RULE | {"RuleName": name} | more})
        report(process, {"RequestCount": 100, "SampledCount": 46, "BorrowCount": 0})
        yield process


def report(process: RadiographProcess, counts: dict[str, int], rule: str = "api") -> None:
    document = {"RuleName": rule, "ClientID": CLIENT, "Timestamp": time.time()} | counts
    call(process.url, "SamplingTargets", {"SamplingStatisticsDocuments": [document]})


def rules(process: RadiographProcess) -> dict[str, dict[str, Any]]:
    records = call(process.url, "GetSamplingRules", {})["SamplingRuleRecords"]
    return {record["SamplingRule"]["RuleName"]: record["SamplingRule"] for record in records}


def test_rules_are_listed_as_they_are_tried_and_say_what_they_do(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/sampling")
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(5)
    expect(page.locator(".sampling-rule strong")).to_have_text(["api", "late", "gold", "Default"])
    expect(page.get_by_text("The first 4 requests each second, then 10% of the rest: /api/*")).to_be_visible()
    expect(page.get_by_text("The first request each second, then 5% of the rest: any request")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_text("late", exact=True))
    expect(row.get_by_text("never decides")).to_be_visible()
    row = page.get_by_role("row").filter(has=page.get_by_text("gold", exact=True))
    expect(row.get_by_text("ignored by SDKs")).to_be_visible()


def test_a_rule_shows_how_it_is_used_and_by_whom(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling")
    page.get_by_text("api", exact=True).click()
    panel = page.get_by_role("complementary", name="api")
    expect(panel.get_by_role("heading", name="1 client")).to_be_visible()
    client = panel.get_by_role("row").filter(has_text="abcdef12")
    expect(client).to_contain_text("10")
    expect(client).to_contain_text("4/s")
    assert parameter(page, "rule") == "api"
    # The window is over after ten seconds, and the page looks by itself.
    told = re.compile("100 requests matched, 40 sampled by the reservoir, 6 by the rate")
    expect(panel.get_by_role("img", name=told)).to_be_visible(timeout=25_000)
    expect(panel.get_by_text("46%")).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()


def test_dragging_over_the_trend_opens_the_traces_of_that_time(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/sampling?rule=api")
    chart = page.get_by_role("complementary", name="api").locator(".sampling-trend-box")
    expect(chart.get_by_role("img")).to_be_visible()
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2 + 80, box["y"] + 40, steps=4)
    page.mouse.up()
    expect(page).to_have_url(re.compile("/traces"))
    start, end = (float(parameter(page, name) or 0) for name in ("from", "to"))
    assert 200 < end - start < 500
    assert start > time.time() - 1_900


def test_a_rule_is_made_with_the_form(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling")
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(5)
    page.keyboard.press("n")
    page.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_text("A rule needs a name.")).to_be_visible()
    page.get_by_role("textbox", name="Name", exact=True).fill("api")
    expect(page.get_by_text("There is a rule api already.")).to_be_visible()
    page.get_by_role("textbox", name="Name", exact=True).fill("checkout")
    page.get_by_role("textbox", name="HTTP method").fill("POST")
    page.get_by_role("textbox", name="URL path").fill("/checkout*")
    page.get_by_role("textbox", name="First", exact=True).fill("30")
    page.get_by_role("radio", name="a minute").check()
    page.get_by_role("textbox", name="Then, percent of the rest").fill("12.5")
    expect(
        page.get_by_text("The first 30 requests each minute, then 12.5% of the rest: POST /checkout*")
    ).to_be_visible()
    page.get_by_role("button", name="Make the rule").click()
    expect(page.get_by_role("complementary", name="checkout")).to_be_visible()
    made = rules(owner)["checkout"]
    wanted = {"HTTPMethod": "POST", "URLPath": "/checkout*", "FixedRate": 0.125, "ReservoirSize": 0}
    assert {name: made[name] for name in wanted} == wanted
    # Before all others.
    assert next(iter(rules(owner))) == "checkout"


def test_a_rule_is_changed_and_a_refusal_is_shown_where_it_was_made(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/sampling?rule=api", complaints=("400",))
    page.get_by_role("button", name="Change").click()
    page.get_by_role("textbox", name="Then, percent of the rest").fill("50")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("complementary", name="api").get_by_role("button", name="Change")).to_be_visible()
    assert rules(owner)["api"]["FixedRate"] == 0.5
    assert rules(owner)["api"]["ReservoirSize"] == 4

    # Somebody else deletes it meanwhile.
    page.get_by_role("button", name="Change").click()
    page.get_by_role("textbox", name="Then, percent of the rest").fill("60")
    call(owner.url, "DeleteSamplingRule", {"RuleName": "api"})
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("there is no sampling rule api")).to_be_visible()


def test_a_boost_is_given_and_taken_away(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling?rule=api")
    panel = page.get_by_role("complementary", name="api")
    panel.get_by_role("button", name="Change").click()
    page.get_by_text("Attributes, resource, boost").click()
    page.get_by_role("checkbox", name="Sample more for a minute").check()
    page.get_by_role("textbox", name="At most, percent").fill("80")
    page.get_by_role("button", name="Save").click()
    expect(panel.get_by_text("up to 80%, at most once in 10 minutes")).to_be_visible()
    assert rules(owner)["api"]["SamplingRateBoost"] == {"MaxRate": 0.8, "CooldownWindowMinutes": 10}

    panel.get_by_role("button", name="Change").click()
    page.get_by_role("checkbox", name="Sample more for a minute").uncheck()
    # What it stands in stays open.
    expect(page.get_by_role("checkbox", name="Sample more for a minute")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Change")).to_be_visible()
    expect(panel.get_by_text("up to 80%")).to_have_count(0)
    assert "SamplingRateBoost" not in rules(owner)["api"]


def test_a_rule_is_tried_on_stored_traces_before_it_is_saved(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/sampling?rule=Default&do=edit")
    page.get_by_role("textbox", name="First", exact=True).fill("0")
    page.get_by_role("textbox", name="Then, percent of the rest").fill("100")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("There are no traces in this time")).to_be_visible()

    send_traces(owner.url)
    page.get_by_role("button", name="Try it").click()
    told = page.get_by_role("region", name="Try it first")
    expect(told.get_by_text("Of 40 stored traces")).to_be_visible()
    expect(told.get_by_role("row").filter(has_text="Errors (3)")).to_contain_text("100%")
    assert rules(owner)["Default"]["FixedRate"] == 0.05

    # Without the rule that is to be deleted the same traces are kept.
    page.goto(f"{owner.url}/sampling?rule=late&do=delete")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Of 40 stored traces")).to_be_visible()


def test_default_can_be_changed_and_not_deleted(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling?rule=Default")
    panel = page.get_by_role("complementary", name="Default")
    expect(panel.get_by_role("button", name="Delete")).to_be_disabled()
    panel.get_by_role("button", name="Change").click()
    expect(page.get_by_role("textbox", name="URL path")).to_have_count(0)
    page.get_by_role("textbox", name="First", exact=True).fill("0")
    page.get_by_role("textbox", name="Then, percent of the rest").fill("100")
    page.get_by_role("button", name="Save").click()
    expect(panel.get_by_role("button", name="Change")).to_be_visible()
    expect(panel.get_by_text("Every request: any request")).to_be_visible()
    assert (rules(owner)["Default"]["ReservoirSize"], rules(owner)["Default"]["FixedRate"]) == (0, 1.0)


def test_rules_are_moved_by_button_and_by_key(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling")
    page.get_by_role("button", name="Try gold earlier").click()
    expect(page.locator(".sampling-rule strong")).to_have_text(["api", "gold", "late", "Default"])
    assert list(rules(owner)) == ["api", "gold", "late", "Default"]
    page.get_by_text("gold", exact=True).click()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator(".sampling-rule strong")).to_have_text(["gold", "api", "late", "Default"])
    assert list(rules(owner)) == ["gold", "api", "late", "Default"]


def test_a_rule_is_deleted_after_a_question(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling?rule=late")
    page.get_by_role("complementary", name="late").get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete the rule").click()
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(4)
    assert list(rules(owner)) == ["api", "gold", "Default"]


def test_the_test_says_which_rule_decides_and_why(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/sampling")
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(5)
    page.keyboard.press("w")
    test = page.get_by_role("region", name="Test a request")
    test.get_by_role("textbox", name="URL path").fill("/health")
    expect(test.get_by_role("listitem")).to_have_text(
        [
            re.compile("api.*URL path /health is not /api/"),
            re.compile("late.*URL path /health is not /api/v1"),
            re.compile("gold.*SDKs ignore rules with attributes"),
            re.compile("Default.*decides: the first request each second"),
        ]
    )
    test.get_by_role("textbox", name="URL path").fill("/API/v1")
    expect(test.get_by_role("listitem")).to_have_text([re.compile("api.*decides")])
    # The test is an address.
    page.reload()
    expect(page.get_by_role("textbox", name="URL path")).to_have_value("/API/v1")


def test_without_a_client_it_says_how_to_get_one(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/sampling")
    expect(page.get_by_role("heading", name="No process has asked for a quota")).to_be_visible()
    page.get_by_role("link", name="How to point an application here").click()
    expect(page).to_have_url(re.compile("/start"))


def test_a_rule_that_is_gone_is_said_to_be(served: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{served.url}/sampling?rule=gone")
    expect(page.get_by_role("heading", name="There is no rule gone")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_everybody_can_use_it(
    owner: RadiographProcess, open_page: Callable[..., Page], theme: str, size: dict[str, int]
) -> None:
    page = open_page(f"{owner.url}/sampling?test=1&url_path=/x", theme=theme, size=size)
    expect(page.get_by_role("grid").get_by_role("row")).to_have_count(5)
    assert axe(page) == []
    page.goto(f"{owner.url}/sampling?rule=api")
    expect(page.get_by_role("heading", name="1 client")).to_be_visible()
    assert axe(page) == []
    page.goto(f"{owner.url}/sampling?rule=gold&do=edit")
    expect(page.get_by_role("button", name="Save")).to_be_visible()
    assert axe(page) == []


def send(process: RadiographProcess, number: int, *, failing: int) -> None:
    """Traces of which the first ones fail."""
    for begin in range(0, number, 20):
        documents = [
            document
            for at in range(begin, min(number, begin + 20))
            for document in trace(time.time() - 30, status=500 if at < failing else 200)[1]
        ]
        call(process.url, "TraceSegments", {"TraceSegmentDocuments": documents})


def decided(process: RadiographProcess) -> int:
    figures: dict[str, dict[str, int]] = process.status()["keep"]
    return sum(figures["kept"].values()) + sum(figures["dropped"].values())


def policies(process: RadiographProcess) -> list[tuple[str, str, float]]:
    answer = json.loads(process.get("/api/v1/sampling/keep"))
    return [(policy["name"], policy["filter"], policy["share"]) for policy in answer["policies"]]


@pytest.fixture
def keeper(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph that decides at once about what it has."""
    settings = {"keep_after": "1", "settle": "0.2", "rollup_interval": "0.2"}
    with RadiographProcess(tmp_path_factory.mktemp("keep") / "data", settings=settings) as process:
        yield process


def test_policies_are_drafted_tried_and_put_in_force(keeper: RadiographProcess, open_page: Callable[..., Page]) -> None:
    send(keeper, 40, failing=10)
    page = open_page(f"{keeper.url}/sampling")
    page.get_by_role("tab", name="Once a trace has settled").click()
    assert parameter(page, "view") == "keep"
    expect(page.get_by_role("heading", name="Every trace is kept")).to_be_visible()
    page.get_by_role("button", name="Draft the usual policies").click()
    expect(page.locator(".keep-name")).to_have_text(["faults", "throttled", "errors", "slow", "Rest"])
    # Another page and back: the draft is still there.
    page.get_by_role("link", name="Groups").first.click()
    page.get_by_role("link", name="Sampling").first.click()
    page.get_by_role("tab", name="Once a trace has settled").click()

    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("Of 40 stored traces, today's policies keep 100%, these would keep 32.5%.")).to_be_visible()
    page.get_by_role("button", name="Take slow out").click()
    page.get_by_role("button", name="Try errors earlier").click()
    expect(page.locator(".keep-name")).to_have_text(["faults", "errors", "throttled", "Rest"])
    page.get_by_role("button", name="Rest", exact=True).click()
    page.get_by_role("textbox", name="Keep, percent of them").fill("200")
    page.get_by_role("button", name="Put into the draft").click()
    expect(page.get_by_text("From 0 to 100 percent.")).to_be_visible()
    page.get_by_role("textbox", name="Keep, percent of them").fill("0")
    page.get_by_role("button", name="Put into the draft").click()
    assert policies(keeper) == [("Rest", "", 1.0)]

    page.get_by_role("button", name="Put in force …").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("all of those that no other policy matches")
    dialog.get_by_role("button", name="Put in force").click()
    expect(page.get_by_text("The policies are in force")).to_be_visible()
    expect(page.get_by_text("A draft: not in force yet")).to_have_count(0)
    assert policies(keeper) == [
        ("faults", "service() { fault }", 1.0),
        ("errors", "error", 1.0),
        ("throttled", "service() { throttle }", 1.0),
        ("Rest", "", 0.0),
    ]
    send(keeper, 40, failing=10)
    kept = page.get_by_role("row").filter(has=page.get_by_role("button", name="faults", exact=True))
    expect(kept.get_by_role("cell").nth(3)).to_have_text("10", timeout=30_000)


def test_a_policy_is_made_by_keyboard_with_a_filter_that_is_checked(
    keeper: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{keeper.url}/sampling?view=keep")
    expect(page.get_by_role("heading", name="Every trace is kept")).to_be_visible()
    page.keyboard.press("n")
    page.get_by_role("button", name="Put into the draft").click()
    expect(page.get_by_text("A policy needs a name.")).to_be_visible()
    expect(page.get_by_text("A policy needs a filter")).to_be_visible()
    page.get_by_role("textbox", name="Name").fill("gold")
    page.get_by_role("textbox", name="Filter expression").fill("user = ")
    expect(page.get_by_text(re.compile("expected", re.IGNORECASE)).first).to_be_visible()
    page.get_by_role("textbox", name="Filter expression").fill('user = "ada"')
    expect(page.get_by_text(re.compile("last 15 minutes"))).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".keep-name")).to_have_text(["gold", "Rest"])
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("heading", name="Every trace is kept")).to_be_visible()
    assert policies(keeper) == [("Rest", "", 1.0)]


def test_a_policy_that_is_refused_says_why_and_keeps_the_draft(
    keeper: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{keeper.url}/sampling?view=keep", complaints=("ERR_FAILED",))
    page.route(
        "**/api/v1/sampling/keep", lambda route: route.abort() if route.request.method == "PUT" else route.fallback()
    )
    page.get_by_role("button", name="Draft the usual policies").click()
    page.get_by_role("button", name="Put in force …").click()
    page.get_by_role("dialog").get_by_role("button", name="Put in force").click()
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("does not answer")
    page.keyboard.press("Escape")
    expect(page.get_by_text("A draft: not in force yet")).to_be_visible()


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_policies_are_accessible(
    keeper: RadiographProcess, open_page: Callable[..., Page], size: dict[str, int], theme: str
) -> None:
    page = open_page(f"{keeper.url}/sampling?view=keep", theme=theme, size=size)
    page.get_by_role("button", name="Draft the usual policies").click()
    page.get_by_role("button", name="slow", exact=True).click()
    expect(page.get_by_role("textbox", name="Filter expression")).to_be_visible()
    assert axe(page) == []
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Put in force …").click()
    assert axe(page) == []


def test_traces_that_stand_for_others_say_so_and_counts_are_scaled(
    keeper: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    body = {"policies": [{"name": "faults", "filter": "fault"}, {"name": "Rest", "share": 0.25}]}
    put = urllib.request.Request(
        f"{keeper.url}/api/v1/sampling/keep",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
        method="PUT",
    )
    with urllib.request.urlopen(put, timeout=30):
        pass
    send(keeper, 200, failing=20)
    wait_until(lambda: decided(keeper) == 200, seconds=30, what="the decisions")
    rest = keeper.status()["keep"]["kept"]["Rest"]
    page = open_page(f"{keeper.url}/traces?last=15m")
    note = page.get_by_role("button", name=f"Scaled: {20 + rest} kept traces stand for {20 + 4 * rest}")
    expect(note).to_be_visible()
    ok = page.get_by_role("button", name=re.compile("OK"))
    expect(ok).to_contain_text(str(4 * rest))
    expect(page.get_by_role("columnheader", name="Weight")).to_be_visible()
    expect(page.get_by_text("\N{MULTIPLICATION SIGN}4").first).to_be_visible()
    note.click()
    assert parameter(page, "scaled") == "0"
    expect(ok).to_contain_text(str(rest))
    expect(page.get_by_role("button", name=f"Not scaled: {20 + rest} kept traces")).to_be_visible()
    page.goto(f"{keeper.url}/analytics?last=15m")
    expect(page.get_by_role("button", name=re.compile("Scaled: "))).to_be_visible()
    expect(page.get_by_text(f"{20 + 4 * rest} traces").first).to_be_visible()
