"""What rules would have kept: counted by hand, and compared with a plain replay."""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.depth import examples
from server.tests.query.test_time_series import ACCOUNT, NOW, Store

from radiograph.query.group_rules import asked_group
from radiograph.query.groups import create_group
from radiograph.sampling.expected import Figures
from radiograph.sampling.matching import Request, first_match, matches
from radiograph.sampling.rehearsal import Decider, rehearse
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.sampling_rules import SamplingRule, in_order

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph.store.lake import Lake

# A full minute.
BASE = int(NOW // 60 * 60) - 600
DEFAULT = SamplingRule(name="Default", priority=10_000, fixed_rate=0.05, reservoir=1)
NOTHING = SamplingRule(name="Default", priority=10_000, fixed_rate=0.0, reservoir=0)


def rule(name: str, **more: Any) -> SamplingRule:
    given: dict[str, Any] = {"name": name, "priority": 1, "fixed_rate": 0.0, "reservoir": 0}
    return SamplingRule(**given | more)


class Traffic:
    """Requests that are stored, and what rules keep of them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.store = Store(lake)
        self.number = 0

    def request(
        self,
        at: float,
        *,
        name: str = "shop",
        path: str = "/",
        method: str | None = "GET",
        takes: float | None = 0.1,
        user: str | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        self.number += 1
        document = {
            "trace_id": f"1-{math.floor(BASE + at):08x}-{self.number:024x}",
            "id": f"{self.number:016x}",
            "name": name,
            "start_time": BASE + at,
            **({"in_progress": True} if takes is None else {"end_time": BASE + at + takes}),
            **({} if user is None else {"user": user}),
            **more,
        }
        if method is not None:
            document["http"] = {"request": {"method": method, "url": f"https://shop.test{path}"}}
        return document

    def put(self, *documents: dict[str, Any]) -> None:
        self.store.put(*([document] for document in documents))

    def try_(
        self,
        *draft: SamplingRule,
        now: tuple[SamplingRule, ...] = (DEFAULT,),
        start: float = 0,
        end: float = 600,
        group: str | None = None,
    ) -> dict[str, Any]:
        wanted = draft if any(rule.is_default for rule in draft) else (*draft, NOTHING)
        return rehearse(
            self.lake,
            in_order(list(now)),
            in_order(list(wanted)),
            start=int((BASE + start) * 1_000_000),
            end=int((BASE + end) * 1_000_000),
            group=group,
        )


@pytest.fixture
def traffic(tmp_path: Path) -> Iterator[Traffic]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    found = Traffic(lake)
    yield found
    found.store.close()
    lake.close()


def test_without_requests_nothing_is_kept(traffic: Traffic) -> None:
    found = traffic.try_()
    assert found["traces"] == 0
    assert found["total"] == {"now": Figures(), "draft": Figures()}
    assert found["services"] == []
    assert [(each["name"], each["change"]) for each in found["rules"]] == [("Default", "changed")]


def test_the_first_of_each_second_and_a_share_of_the_rest_are_kept(traffic: Traffic) -> None:
    traffic.put(*(traffic.request(second + part / 10) for second in range(3) for part in range(10)))
    found = traffic.try_(rule("all", reservoir=2, fixed_rate=0.5))["total"]
    assert found["now"].kept == pytest.approx(3 * (1 + 9 * 0.05))
    assert found["draft"].kept == pytest.approx(3 * (2 + 8 * 0.5))
    assert found["now"].requests == found["draft"].requests == 30


def test_a_rate_per_minute_counts_by_minutes(traffic: Traffic) -> None:
    traffic.put(*(traffic.request(second) for second in range(90)))
    found = traffic.try_(rule("all", per_minute=20))["total"]["draft"]
    assert found.kept == 40


def test_each_rule_and_each_service_has_its_part(traffic: Traffic) -> None:
    traffic.put(
        *(traffic.request(number, path="/api/x") for number in range(4)),
        *(traffic.request(number + 0.5, name="till", method="POST") for number in range(3)),
    )
    draft = (rule("api", url_path="/api/*", fixed_rate=1.0), rule("posts", http_method="post", priority=2))
    found = traffic.try_(*draft)
    assert [(each["name"], each["change"]) for each in found["rules"]] == [
        ("api", "new"),
        ("posts", "new"),
        ("Default", "changed"),
    ]
    by_name = {each["name"]: each for each in found["rules"]}
    assert by_name["api"]["now"] is None
    assert (by_name["api"]["draft"].requests, by_name["api"]["draft"].kept) == (4, 4)
    assert (by_name["posts"]["draft"].requests, by_name["posts"]["draft"].kept) == (3, 0)
    # One a second of all: those of the first half of each second.
    assert by_name["Default"]["now"].kept == pytest.approx(4 + 3 * 0.05)
    assert by_name["Default"]["draft"] == Figures()
    services = {each["name"]: each for each in found["services"]}
    assert (services["shop"]["now"].kept, services["shop"]["draft"].kept) == (4, 4)
    assert (services["till"]["now"].kept, services["till"]["draft"].kept) == (pytest.approx(0.15), 0)


def test_a_rule_that_is_gone_is_listed_after_the_others(traffic: Traffic) -> None:
    traffic.put(traffic.request(0))
    old = rule("old", reservoir=1)
    found = traffic.try_(DEFAULT, now=(old, DEFAULT))["rules"]
    assert [(each["name"], each["change"], each["draft"] is None) for each in found] == [
        ("Default", "same", False),
        ("old", "gone", True),
    ]
    assert found[1]["now"].kept == 1


def test_errors_slow_requests_and_users(traffic: Traffic) -> None:
    traffic.put(
        traffic.request(0, user="ada", takes=0.2, fault=True),
        traffic.request(0.1, user="ada", error=True, throttle=True),
        traffic.request(0.2, user="bob", takes=9.0),
        traffic.request(0.3),
        traffic.request(0.4, name="till", takes=0.5),
    )
    found = traffic.try_(rule("all", fixed_rate=0.5))["total"]["draft"]
    assert (found.errors, found.errors_kept) == (2, 1.0)
    # The slowest of each service.
    assert (found.slow, found.slow_kept) == (2, 1.0)
    assert (found.users, found.users_kept) == (2, pytest.approx(0.75 + 0.5))


def test_a_request_counts_once_however_many_documents_it_has(traffic: Traffic) -> None:
    begun = traffic.request(0, takes=None)
    ended = {**begun, "end_time": BASE + 5.0, "fault": True}
    del ended["in_progress"]
    second = {**traffic.request(1), "trace_id": begun["trace_id"]}
    child = {**traffic.request(2), "trace_id": begun["trace_id"], "parent_id": begun["id"]}
    traffic.put(begun)
    traffic.put(ended, second, child)
    traffic.put(begun)
    found = traffic.try_(rule("all", fixed_rate=1.0))["total"]["draft"]
    assert (found.requests, found.errors, found.slow) == (1, 1, 1)


def test_a_trace_that_began_with_two_segments_counts_once_wherever_they_are(traffic: Traffic) -> None:
    # Requests are read in parts of the range, and somewhere in these 14 minutes one part ends.
    for at in range(-600, 240, 20):
        first = traffic.request(at)
        traffic.put(first, {**traffic.request(at + 40), "trace_id": first["trace_id"]})
    found = traffic.try_(rule("all", fixed_rate=1.0), start=-600)["total"]["draft"]
    assert (found.requests, found.kept) == (42, 42)


def test_a_trace_whose_id_carries_no_time_counts_once_too(traffic: Traffic) -> None:
    # As W3C Trace Context makes them: each document is placed by its own start.
    for number, at in enumerate(range(-600, 240, 20)):
        trace_id = f"1-{number:08x}-{'a' * 24}"
        traffic.put(*({**traffic.request(at + more), "trace_id": trace_id} for more in (0, 40)))
    found = traffic.try_(rule("all", fixed_rate=1.0), start=-600)["total"]["draft"]
    assert (found.requests, found.kept) == (42, 42)


def test_only_the_range_counts(traffic: Traffic) -> None:
    traffic.put(*(traffic.request(second) for second in range(10)))
    assert traffic.try_(start=2, end=5)["traces"] == 3


def test_of_a_group_the_traces_that_belong_to_it_count(traffic: Traffic) -> None:
    identity = {"region": "us-east-1", "account": ACCOUNT}
    create_group(
        traffic.lake, {"GroupName": "wrong", "FilterExpression": "fault"}, **identity, most=25, now=BASE - 3_600
    )
    traffic.put(*(traffic.request(second, fault=second < 3) for second in range(10)))
    traffic.store.roll_up()
    asked = asked_group(traffic.lake, {"GroupName": "wrong"}, **identity)
    assert asked is not None
    found = traffic.try_(rule("all", fixed_rate=0.5), group=asked.group.id)["total"]["draft"]
    assert (found.requests, found.kept, found.errors) == (3, 1.5, 3)


def test_what_a_segment_does_not_say_matches_every_pattern(traffic: Traffic) -> None:
    traffic.put(traffic.request(0, method=None))
    draft = rule("api", url_path="/api/*", host="x", http_method="POST", service_type="AWS::*", fixed_rate=1.0)
    assert traffic.try_(draft)["total"]["draft"].kept == 1


def test_what_looks_like_sql_is_text(traffic: Traffic) -> None:
    name = "x'); DROP TABLE segments; --"
    traffic.put(traffic.request(0, path="/'; DROP TABLE segments; --", user="'; --"))
    found = traffic.try_(rule(name, url_path="/';*", fixed_rate=1.0))
    assert found["rules"][0]["draft"].kept == 1
    assert traffic.try_()["traces"] == 1


_CHARACTERS = st.text(st.sampled_from("aAbB/.?*\n\u017f\u0130"), max_size=12)


@settings(max_examples=500, deadline=None)
@given(pattern=_CHARACTERS, text=_CHARACTERS)
def test_patterns_are_matched_as_everywhere_else(pattern: str, text: str) -> None:
    known = Request(url_path=text)
    assert (first_match([rule("one", url_path=pattern)], known) is not None) == matches(pattern, text)
    decider = Decider([rule("one", url_path=pattern), DEFAULT])
    # A path is all that can follow a host; one that a URL cannot have is left out.
    if text.startswith("/") and "?" not in text and "\n" not in text:
        place = decider.place(None, "", None, f"https://shop.test{text}")
        assert place == (0 if matches(pattern, text) else 1)


def test_a_path_that_a_pattern_nearly_matches_everywhere_is_soon_decided() -> None:
    # Trying each way to share a path among the stars would take longer than anybody waits.
    decider = Decider([rule("one", url_path="*a*a*b"), rule("two", url_path="*a*a*a*a*a*b", priority=2), DEFAULT])
    assert decider.place("shop", "", "GET", "https://shop.test/" + "a" * 50_000) == 2


_RULES = st.lists(
    st.builds(
        rule,
        st.sampled_from(("a", "b", "c", "d")),
        priority=st.integers(1, 3),
        fixed_rate=st.sampled_from((0.0, 0.25, 1.0)),
        reservoir=st.integers(0, 2),
        url_path=st.sampled_from(("*", "/x*", "/?", "*y", "/x*y*z*w*")),
        http_method=st.sampled_from(("*", "get", "P*")),
        service_name=st.sampled_from(("*", "shop", "t?ll")),
    ),
    max_size=4,
    unique_by=lambda each: each.name,
)
_REQUESTS = st.lists(
    st.tuples(
        st.floats(0, 3, allow_nan=False).map(lambda second: round(second, 3)),
        st.sampled_from(("shop", "till")),
        st.sampled_from(("/", "/x", "/xy", "/y")),
        st.sampled_from((None, "GET", "POST")),
        st.sampled_from((None, "ada", "bob")),
        st.booleans(),
    ),
    max_size=20,
    unique_by=lambda each: each[0],
)


@settings(max_examples=examples(12, 60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rules=_RULES, requests=_REQUESTS)
def test_it_is_what_a_plain_replay_gives(
    tmp_path_factory: pytest.TempPathFactory, rules: list[SamplingRule], requests: list[Any]
) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path_factory.mktemp("replay"), threads=1))
    traffic = Traffic(lake)
    try:
        traffic.put(
            *(
                traffic.request(at, name=name, path=path, method=method, user=user, fault=fault)
                for at, name, path, method, user, fault in requests
            )
        )
        found = traffic.try_(*rules, DEFAULT)
    finally:
        traffic.store.close()
        lake.close()
    ordered = in_order([*rules, DEFAULT])
    kept = errors = 0.0
    taken: dict[tuple[str, int], int] = defaultdict(int)
    lost: dict[str, float] = defaultdict(lambda: 1.0)
    for at, name, path, method, user, fault in sorted(requests):
        known = Request(name, None, *((None, None, None) if method is None else ("shop.test", method, path)))
        decided = first_match(ordered, known)
        assert decided is not None
        key = decided.name, math.floor(BASE + at)
        taken[key] += 1
        chance = 1.0 if taken[key] <= decided.reservoir else decided.fixed_rate
        kept += chance
        errors += chance * fault
        if user is not None:
            lost[user] *= 1 - chance
    draft = found["total"]["draft"]
    assert draft.requests == len(requests)
    assert draft.kept == pytest.approx(kept)
    assert draft.errors_kept == pytest.approx(errors)
    assert draft.users_kept == pytest.approx(sum(1 - each for each in lost.values()))
    assert sum(each["draft"].kept for each in found["rules"]) == pytest.approx(kept)
    assert sum(each["draft"].kept for each in found["services"]) == pytest.approx(kept)


def weigh(traffic: Traffic, weight: float) -> None:
    """Let tail sampling have kept some of the traces: those with a user stand for more than themselves."""
    connection = traffic.lake.connect()
    connection.execute("UPDATE segments SET weight = CASE WHEN user_name IS NULL THEN 1 ELSE ? END", [weight])
    connection.close()


def test_a_trace_that_stands_for_others_counts_as_all_of_them(traffic: Traffic) -> None:
    traffic.put(traffic.request(0.1), traffic.request(0.2, user="ada", error=True), traffic.request(0.3))
    weigh(traffic, 10)
    found = traffic.try_(rule("all", reservoir=4, fixed_rate=0.5))
    figures = found["total"]["draft"]
    # Of twelve the reservoir has the first four: one, and three of the ten.
    assert (figures.requests, figures.kept) == (12, pytest.approx(4 + 8 * 0.5))
    assert (figures.errors, figures.errors_kept) == (10, pytest.approx(3 + 7 * 0.5))
    assert found["traces"] == 3


def test_a_user_is_kept_with_any_of_those_that_a_trace_stands_for(traffic: Traffic) -> None:
    traffic.put(traffic.request(0, user="ada"))
    weigh(traffic, 2)
    assert traffic.try_(rule("all", fixed_rate=0.5))["total"]["draft"].users_kept == pytest.approx(0.75)
