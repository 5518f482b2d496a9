"""Groups: what may be made, changed and deleted."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from radiograph.errors import InvalidRequest
from radiograph.query.group_lookup import expression_of
from radiograph.query.group_rules import AskedGroup, asked_group
from radiograph.query.groups import create_group, delete_group, get_group, get_groups, update_group
from radiograph.store.groups import Group, all_groups
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.tags import tags_of

NOW = 1_795_330_800.25
IDENTITY = {"region": "eu-west-1", "account": "123456789012"}
ARN = re.compile(r"arn:aws:xray:eu-west-1:123456789012:group/slow/[A-Z2-7]{52}")
DEFAULT_ARN = "arn:aws:xray:eu-west-1:123456789012:group/Default"
OFF = {"InsightsEnabled": False, "NotificationsEnabled": False}


class Groups:
    """The operations on a lake's groups, as a client has them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake

    def create(self, name: str, filter_: str | None = None, **more: Any) -> dict[str, Any]:
        most = more.pop("most", 25)
        request = {"GroupName": name, **more} | ({} if filter_ is None else {"FilterExpression": filter_})
        group: dict[str, Any] = create_group(self.lake, request, **IDENTITY, most=most, now=NOW)["Group"]
        return {member: value for member, value in group.items() if value is not None}

    def update(self, *, now: float = NOW, **request: Any) -> dict[str, Any]:
        group: dict[str, Any] = update_group(self.lake, request, **IDENTITY, now=now)["Group"]
        return {member: value for member, value in group.items() if value is not None}

    def delete(self, **request: Any) -> dict[str, Any]:
        return delete_group(self.lake, request, **IDENTITY)

    def get(self, **request: Any) -> dict[str, Any]:
        group: dict[str, Any] = get_group(self.lake, request, **IDENTITY)["Group"]
        return {member: value for member, value in group.items() if value is not None}

    def page(self, page: int = 100, **request: Any) -> dict[str, Any]:
        return get_groups(self.lake, request, **IDENTITY, page=page)

    def names(self) -> list[str]:
        return [group["GroupName"] for group in self.page()["Groups"]]

    def stored(self, name: str) -> Group:
        (group,) = [group for group in all_groups(self.lake) if group.name == name]
        return group

    def find(self, **request: Any) -> AskedGroup | None:
        return asked_group(self.lake, request, **IDENTITY)

    def asked(self, **request: Any) -> AskedGroup:
        asked = self.find(**request)
        assert asked is not None
        return asked


@pytest.fixture
def groups(tmp_path: Path) -> Iterator[Groups]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    yield Groups(lake)
    lake.close()


# --- create and get


def test_a_group_comes_back_as_it_was_made(groups: Groups) -> None:
    on = {"InsightsEnabled": True, "NotificationsEnabled": True}
    made = groups.create("slow", " responseTime > 5 ", InsightsConfiguration=on)
    assert ARN.fullmatch(made["GroupARN"])
    assert made == {
        "GroupName": "slow",
        "GroupARN": made["GroupARN"],
        "FilterExpression": " responseTime > 5 ",
        "InsightsConfiguration": on,
    }
    assert groups.get(GroupName="slow") == made
    assert groups.get(GroupARN=made["GroupARN"]) == made
    assert groups.get(GroupName="slow", GroupARN=made["GroupARN"]) == made
    assert groups.stored("slow").created == 1_795_330_800_250_000
    assert groups.stored("slow").filter_changed is None


def test_a_group_without_a_filter_has_no_filter_expression(groups: Groups) -> None:
    assert groups.create("all")["InsightsConfiguration"] == OFF
    assert "FilterExpression" not in groups.create("everything", "")
    assert "FilterExpression" not in groups.get(GroupName="all")


def test_default_always_exists(groups: Groups) -> None:
    default = {"GroupName": "Default", "GroupARN": DEFAULT_ARN, "InsightsConfiguration": OFF}
    assert groups.get(GroupName="Default") == default
    assert groups.get(GroupARN=DEFAULT_ARN) == default


@pytest.mark.parametrize("name", ["a", "slow-2_B", "x" * 32, "default", "-"])
def test_names_have_letters_digits_hyphens_and_underscores(groups: Groups, name: str) -> None:
    assert groups.create(name)["GroupName"] == name


@pytest.mark.parametrize("name", ["", "x" * 33, "a b", "a/b", "a.b", "ü", "a\n", "a:b", "*"])
def test_other_names_are_refused(groups: Groups, name: str) -> None:
    with pytest.raises(InvalidRequest, match="must be 1 to 32 letters"):
        groups.create(name)


def test_a_name_is_taken_once_and_case_matters(groups: Groups) -> None:
    groups.create("slow", "fault")
    groups.create("Slow")
    with pytest.raises(InvalidRequest, match="group slow exists; change it with UpdateGroup"):
        groups.create("slow")
    assert groups.get(GroupName="slow")["FilterExpression"] == "fault"


def test_default_cannot_be_made(groups: Groups) -> None:
    with pytest.raises(InvalidRequest, match="Default always exists; choose another"):
        groups.create("Default")


def test_there_are_as_many_groups_as_are_allowed(groups: Groups) -> None:
    groups.create("a", most=2)
    groups.create("b", most=2)
    with pytest.raises(InvalidRequest, match=r"2 groups and 2 are allowed; delete one .* setting groups"):
        groups.create("c", most=2)
    groups.delete(GroupName="a")
    groups.create("c", most=2)


def test_a_group_that_is_made_again_is_another_one(groups: Groups) -> None:
    first = groups.create("slow")
    groups.delete(GroupName="slow")
    assert groups.create("slow")["GroupARN"] != first["GroupARN"]
    with pytest.raises(InvalidRequest, match="made again gets another"):
        groups.get(GroupARN=first["GroupARN"])


def test_a_group_keeps_its_arn_when_the_settings_change(groups: Groups) -> None:
    arn = groups.create("slow")["GroupARN"]
    elsewhere = get_groups(groups.lake, {}, region="us-east-1", account="000000000000")["Groups"]
    assert [group["GroupARN"] for group in elsewhere] == ["arn:aws:xray:us-east-1:000000000000:group/Default", arn]


@pytest.mark.parametrize("filter_", ["responsetime >", "foo = 1", "fault &&  error", '"text"'])
def test_a_filter_that_cannot_be_read_is_refused(groups: Groups, filter_: str) -> None:
    with pytest.raises(InvalidRequest, match="Invalid filter expression at position"):
        groups.create("slow", filter_)
    assert groups.names() == ["Default"]


# --- insights


def test_notifications_need_insights(groups: Groups) -> None:
    with pytest.raises(InvalidRequest, match="NotificationsEnabled needs InsightsEnabled"):
        groups.create("slow", InsightsConfiguration={"NotificationsEnabled": True})
    assert groups.create("slow", InsightsConfiguration={"InsightsEnabled": True})["InsightsConfiguration"] == {
        "InsightsEnabled": True,
        "NotificationsEnabled": False,
    }


@pytest.mark.parametrize(
    ("asked", "insights", "notifications"),
    [
        ({}, True, True),
        ({"NotificationsEnabled": False}, True, False),
        ({"InsightsEnabled": False}, False, False),
        ({"InsightsEnabled": True}, True, True),
    ],
)
def test_only_what_is_given_changes_and_no_insights_means_no_notifications(
    groups: Groups, asked: dict[str, bool], insights: bool, notifications: bool
) -> None:
    groups.create("slow", InsightsConfiguration={"InsightsEnabled": True, "NotificationsEnabled": True})
    changed = groups.update(GroupName="slow", InsightsConfiguration=asked)
    assert changed["InsightsConfiguration"] == {"InsightsEnabled": insights, "NotificationsEnabled": notifications}
    assert groups.get(GroupName="slow") == changed


def test_notifications_cannot_be_turned_on_while_insights_are_off(groups: Groups) -> None:
    groups.create("slow")
    with pytest.raises(InvalidRequest, match="NotificationsEnabled needs InsightsEnabled"):
        groups.update(GroupName="slow", InsightsConfiguration={"NotificationsEnabled": True})


def test_default_has_insights_that_can_be_turned_on_and_no_filter(groups: Groups) -> None:
    groups.update(GroupARN=DEFAULT_ARN, FilterExpression="", InsightsConfiguration={"InsightsEnabled": True})
    assert groups.get(GroupName="Default")["InsightsConfiguration"]["InsightsEnabled"]
    with pytest.raises(InvalidRequest, match="Default holds every trace and takes no FilterExpression"):
        groups.update(GroupName="Default", FilterExpression="fault")


# --- update


def test_a_changed_filter_is_remembered_with_its_moment(groups: Groups) -> None:
    groups.create("slow", "responsetime > 5")
    changed = groups.update(GroupName="slow", FilterExpression="responsetime > 4", now=NOW + 10)
    assert changed["FilterExpression"] == "responsetime > 4"
    assert groups.stored("slow").filter_changed == 1_795_330_810_250_000


def test_a_filter_that_stays_the_same_has_not_changed(groups: Groups) -> None:
    groups.create("slow", "fault")
    groups.update(GroupName="slow", FilterExpression="fault", InsightsConfiguration={"InsightsEnabled": True})
    assert groups.stored("slow").filter_changed is None


def test_a_filter_can_be_taken_away(groups: Groups) -> None:
    groups.create("slow", "fault")
    assert "FilterExpression" not in groups.update(GroupName="slow", FilterExpression="")


def test_a_bad_filter_changes_nothing(groups: Groups) -> None:
    made = groups.create("slow", "fault")
    with pytest.raises(InvalidRequest, match="Invalid filter expression"):
        groups.update(
            GroupName="slow", FilterExpression="responsetime >", InsightsConfiguration={"InsightsEnabled": True}
        )
    assert groups.get(GroupName="slow") == made


# --- delete


def test_a_deleted_group_is_gone_with_its_tags(groups: Groups) -> None:
    arn = groups.create("slow", Tags=[{"Key": "team", "Value": "shop"}])["GroupARN"]
    with groups.lake.reading() as connection:
        assert tags_of(connection, arn) == {"team": "shop"}
    assert groups.delete(GroupARN=arn) == {}
    with groups.lake.reading() as connection:
        assert tags_of(connection, arn) == {}
    assert groups.names() == ["Default"]


def test_default_cannot_be_deleted(groups: Groups) -> None:
    with pytest.raises(InvalidRequest, match="Default always exists and cannot be deleted"):
        groups.delete(GroupName="Default")


# --- naming a group


@pytest.mark.parametrize("operation", ["get", "update", "delete"])
def test_who_names_no_group_or_one_that_is_not_there_hears_what_to_do(groups: Groups, operation: str) -> None:
    call = getattr(groups, operation)
    with pytest.raises(InvalidRequest, match="give GroupName or GroupARN; GetGroups lists both"):
        call()
    with pytest.raises(InvalidRequest, match=r"group slow does not exist; .*GetGroups lists"):
        call(GroupName="slow")
    with pytest.raises(InvalidRequest, match="no group has the GroupARN arn:x"):
        call(GroupARN="arn:x")


def test_a_name_and_an_arn_of_two_groups_are_refused(groups: Groups) -> None:
    arn = groups.create("slow")["GroupARN"]
    groups.create("fast")
    with pytest.raises(InvalidRequest, match="two different groups"):
        groups.get(GroupName="fast", GroupARN=arn)
    with pytest.raises(InvalidRequest, match="two different groups"):
        groups.find(GroupName="Default", GroupARN=arn)


def test_a_request_about_all_traces_finds_no_group(groups: Groups) -> None:
    groups.create("slow")
    assert groups.find() is None
    assert groups.find(GroupName="Default") is None
    assert groups.find(GroupARN=DEFAULT_ARN) is None
    assert groups.asked(GroupName="slow").group == groups.stored("slow")
    with pytest.raises(InvalidRequest, match="group nowhere does not exist"):
        groups.find(GroupName="nowhere")


def test_a_group_without_a_filter_has_every_trace_and_so_no_rule(groups: Groups) -> None:
    groups.create("all")
    groups.create("slow", "duration > 5")
    assert groups.asked(GroupName="all").rule is None
    assert groups.asked(GroupName="slow").rule is not None


def test_a_group_is_older_than_its_last_change_and_those_of_the_groups_it_refers_to(groups: Groups) -> None:
    groups.create("slow", "duration > 5")
    groups.create("slow-and-wrong", 'group.name = "slow" AND fault')
    groups.create("other", "error")
    at = 1_795_330_800_000_000
    assert not groups.asked(GroupName="slow").is_older(0)
    groups.update(GroupName="slow", FilterExpression="duration > 6", now=at / 1_000_000)
    for name, older in (("slow", True), ("slow-and-wrong", True), ("other", False)):
        assert groups.asked(GroupName=name).is_older(at - 1) is older
        assert not groups.asked(GroupName=name).is_older(at)


# --- the list


def test_default_comes_first_and_then_the_names(groups: Groups) -> None:
    for name in ("b", "A", "a"):
        groups.create(name)
    assert groups.names() == ["Default", "A", "a", "b"]


@pytest.mark.parametrize("page", [1, 2, 5])
def test_pages_hold_every_group_once_whatever_is_deleted_meanwhile(groups: Groups, page: int) -> None:
    names = ["E" * 32, "b", "c", "d"]
    for name in names:
        groups.create(name)
    answer = groups.page(page)
    found = [group["GroupName"] for group in answer["Groups"]]
    groups.delete(GroupName="E" * 32)
    while "NextToken" in answer:
        assert 1 <= len(answer["NextToken"]) <= 100
        answer = groups.page(page, NextToken=answer["NextToken"])
        found += [group["GroupName"] for group in answer["Groups"]]
    assert found == (["Default", "b", "c", "d"] if page == 1 else ["Default", *names])


# --- groups in filters


def test_a_filter_may_refer_to_other_groups(groups: Groups) -> None:
    arn = groups.create("failed", "fault")["GroupARN"]
    groups.create("both", 'group.name = "failed" AND responsetime > 5')
    groups.create("by-arn", f'group.arn = "{arn}"')
    groups.create("all", 'group.name = "Default"')
    known = all_groups(groups.lake)
    plain = Group(id="X", name="x", arn="", filter="fault AND responsetime > 5")
    assert expression_of(groups.stored("both").filter, known, **IDENTITY) == expression_of(
        plain.filter, known, **IDENTITY
    )


def test_a_filter_that_refers_to_no_group_is_refused(groups: Groups) -> None:
    with pytest.raises(InvalidRequest, match=r"position 9.*a group that exists"):
        groups.create("slow", 'fault OR group.name = "nosuch"')


def test_groups_do_not_refer_to_each_other_in_a_circle(groups: Groups) -> None:
    with pytest.raises(InvalidRequest, match="circle"):
        groups.create("a", 'group.name = "a"')
    groups.create("a", "fault")
    groups.create("b", 'group.name = "a"')
    with pytest.raises(InvalidRequest, match="circle"):
        groups.update(GroupName="a", FilterExpression='group.name = "b"')


def test_a_group_that_others_refer_to_stays(groups: Groups) -> None:
    groups.create("a", "fault")
    groups.create("b", 'group.name = "a"')
    groups.create("c", '!group.name = "b"')
    with pytest.raises(InvalidRequest, match="refer to a: b, c; change or delete them first"):
        groups.delete(GroupName="a")
    groups.delete(GroupName="c")
    groups.delete(GroupName="b")
    groups.delete(GroupName="a")


def test_a_filter_may_not_become_too_large_for_the_groups_that_refer_to_it(groups: Groups) -> None:
    groups.create("a", "fault")
    groups.create("b", " OR ".join(['group.name = "a"'] * 60))
    with pytest.raises(InvalidRequest, match="that of group b, which refers to a, cannot be"):
        groups.update(GroupName="a", FilterExpression=" OR ".join(["fault"] * 99))


# --- tags


@pytest.mark.parametrize(
    ("tags", "sentence"),
    [
        ([{"Key": f"k{number}", "Value": ""} for number in range(51)], "51 tags are given and a group has 50 at most"),
        ([{"Key": "aws:team", "Value": ""}], "'aws:team' begins with aws:"),
        ([{"Key": "AWS:team", "Value": ""}], "'AWS:team' begins with aws:"),
        ([{"Key": "a", "Value": "1"}, {"Key": "a", "Value": "2"}], "'a' is given twice"),
    ],
)
def test_tags_that_may_not_be_are_refused(groups: Groups, tags: list[dict[str, str]], sentence: str) -> None:
    with pytest.raises(InvalidRequest, match=sentence):
        groups.create("slow", Tags=tags)
    assert groups.names() == ["Default"]


def test_fifty_tags_are_kept(groups: Groups) -> None:
    tags = {f"k{number:02}": "v" * 256 for number in range(50)}
    arn = groups.create("slow", Tags=[{"Key": key, "Value": value} for key, value in tags.items()])["GroupARN"]
    with groups.lake.reading() as connection:
        assert tags_of(connection, arn) == tags


# --- the log


def test_every_change_is_in_the_log(groups: Groups) -> None:
    with capture_logs() as lines:
        groups.create("slow", "fault")
        groups.update(GroupName="slow", FilterExpression="error")
        groups.delete(GroupName="slow")
        with pytest.raises(InvalidRequest):
            groups.delete(GroupName="slow")
    assert [(line["event"], line["group"], line.get("filter"), line["who"]) for line in lines] == [
        ("group created", "slow", "fault", "unknown"),
        ("group updated", "slow", "error", "unknown"),
        ("group deleted", "slow", None, "unknown"),
    ]
