"""Groups: made, changed, cloned and deleted through X-Ray's API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, axe, parameter
from tests.browser.traces import call, send_traces
from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Page


@pytest.fixture
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RadiographProcess]:
    """A Radiograph whose groups may be changed: forty traces, one of them a fault, and the group slow."""
    with RadiographProcess(tmp_path_factory.mktemp("groups") / "data") as process:
        send_traces(process.url)
        call(process.url, "CreateGroup", {"GroupName": "slow", "FilterExpression": "responsetime > 0.1"})
        yield process


def _groups(process: RadiographProcess) -> dict[str, dict[str, Any]]:
    return {group["GroupName"]: group for group in call(process.url, "Groups", {})["Groups"]}


def test_a_group_is_made_with_a_filter_that_is_checked_and_counted(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/groups")
    expect(page.get_by_role("grid", name="Groups").get_by_role("row")).to_have_count(3)

    page.keyboard.press("n")
    page.get_by_role("textbox", name="Name").fill("failures")
    page.get_by_role("textbox", name="Filter expression").fill("falt")
    expect(page.get_by_text("did you mean fault?")).to_be_visible()
    expect(page.get_by_role("button", name="Make the group")).to_be_disabled()

    page.get_by_role("textbox", name="Filter expression").fill("fault")
    expect(page.get_by_text("1 of the last 15 minutes' 40 traces matches (2.5%).")).to_be_visible()
    page.get_by_role("checkbox", name="Look for insights in this group").check()
    page.get_by_role("button", name="Add a tag").click()
    page.get_by_role("textbox", name="Key of tag 1").fill("team")
    page.get_by_role("textbox", name="Value of tag 1").fill("shop")
    page.get_by_role("button", name="Make the group").click()

    expect(page.get_by_role("grid", name="Groups").get_by_text("failures", exact=True)).to_be_visible()
    made = _groups(owner)["failures"]
    assert made["FilterExpression"] == "fault"
    assert made["InsightsConfiguration"] == {"InsightsEnabled": True, "NotificationsEnabled": False}
    # The picker of every page knows it too.
    page.goto(f"{owner.url}/analytics")
    page.locator("[data-open-group]").click()
    expect(page.get_by_role("option", name="failures")).to_be_visible()


def test_changing_a_filter_says_that_it_is_for_new_traces(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/groups?do=edit&name=slow")
    note = page.get_by_text("A changed filter applies to new traces only")
    expect(page.get_by_role("textbox", name="Filter expression")).to_have_value("responsetime > 0.1")
    expect(note).to_have_count(0)

    page.get_by_role("textbox", name="Filter expression").fill("responsetime > 0.12")
    expect(note).to_be_visible()
    page.keyboard.press("Control+Enter")

    expect(page.get_by_text("Group slow is changed.")).to_be_visible()
    assert _groups(owner)["slow"]["FilterExpression"] == "responsetime > 0.12"
    assert parameter(page, "do") is None


def test_a_clone_has_a_free_name_and_the_same_filter(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/groups")

    page.get_by_role("button", name="Clone slow").click()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("slow-clone")
    page.get_by_role("button", name="Make the group").click()

    expect(page.get_by_role("grid", name="Groups").get_by_text("slow-clone", exact=True)).to_be_visible()
    assert _groups(owner)["slow-clone"]["FilterExpression"] == "responsetime > 0.1"


def test_deleting_wants_the_name_typed(owner: RadiographProcess, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{owner.url}/groups?group=slow")
    page.get_by_role("button", name="Delete slow").click()
    button = page.get_by_role("button", name="Delete the group")
    expect(button).to_be_disabled()

    page.get_by_role("textbox", name="Type slow to delete it").fill("slo")
    page.keyboard.press("Enter")
    expect(button).to_be_disabled()
    assert "slow" in _groups(owner)
    page.get_by_role("textbox", name="Type slow to delete it").fill("slow")
    button.click()

    expect(page.get_by_text("Group slow is deleted.")).to_be_visible()
    expect(page.get_by_role("heading", name="No groups of your own yet")).to_be_visible()
    assert set(_groups(owner)) == {"Default"}
    assert parameter(page, "group") is None


def test_the_default_group_can_be_neither_filtered_nor_deleted(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/groups?do=edit&name=Default")

    expect(page.get_by_text("Default takes no filter, and cannot be deleted.")).to_be_visible()
    expect(page.get_by_role("textbox", name="Filter expression")).to_have_count(0)
    expect(page.get_by_role("button", name="Delete Default")).to_have_count(0)


def test_what_the_server_refuses_is_shown_in_its_words(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/groups?do=new", complaints=("400",))
    # Made by somebody else meanwhile.
    expect(page.get_by_role("textbox", name="Name")).to_be_visible()
    call(owner.url, "CreateGroup", {"GroupName": "mine"})
    page.get_by_role("textbox", name="Name").fill("mine")
    page.get_by_role("button", name="Make the group").click()

    expect(page.get_by_role("alert").filter(has_text="group mine exists")).to_be_visible()
    expect(page.get_by_role("textbox", name="Name")).to_have_value("mine")


def test_a_version_without_tagging_says_that_tags_cannot_be_shown(
    served: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{served.url}/groups", complaints=("400",))
    page.route(
        "**/ListTagsForResource",
        lambda route: route.fulfill(
            status=400,
            json={"__type": "InvalidRequestException", "Message": "ListTagsForResource is not available."},
        ),
    )

    page.get_by_role("button", name="Show tags").click()

    expect(page.get_by_text("Tags cannot be shown: ListTagsForResource is not available.")).to_be_visible()


def test_where_there_is_tagging_tags_are_shown_and_changed(
    owner: RadiographProcess, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{owner.url}/groups")
    changed: list[Any] = []
    page.route("**/ListTagsForResource", lambda route: route.fulfill(json={"Tags": [{"Key": "team", "Value": "shop"}]}))

    def change(route: Any) -> None:
        changed.append(route.request.post_data_json)
        route.fulfill(json={})

    page.route("**/TagResource", change)
    page.get_by_role("button", name="Show tags").click()
    row = page.get_by_role("row").filter(has_text="responsetime > 0.1")
    expect(row).to_contain_text("team=shop")

    row.get_by_role("button", name="Change slow").click()
    page.get_by_role("textbox", name="Value of tag 1").fill("till")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text("Group slow is changed.")).to_be_visible()
    assert changed == [{"ResourceARN": _groups(owner)["slow"]["GroupARN"], "Tags": [{"Key": "team", "Value": "till"}]}]


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize("theme", ["dark", "light"])
def test_every_state_is_clean(
    served: RadiographProcess, open_page: Callable[..., Page], theme: str, size: dict[str, int]
) -> None:
    page = open_page(f"{served.url}/groups", theme=theme, size=size)
    wrong = {}
    for state in ["", "?do=new", "?do=edit&name=failures", "?do=delete&name=failures", "?do=edit&name=gone"]:
        page.goto(f"{served.url}/groups{state}")
        expect(page.get_by_role("grid", name="Groups")).to_be_attached()
        if found := axe(page):
            wrong[state] = found

    assert wrong == {}
