"""The sums of groups against the readable reference: the rules of membership, told trace by trace."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.depth import examples
from server.tests.store.test_rollup_reference import (
    ACCOUNT,
    FOREVER,
    LIMITS,
    NOW,
    Clock,
    Node,
    Sums,
    emptied,
    reference,
    reference_of,
    sums,
    traces,
)

from radiograph.query.filters import Subject, matches
from radiograph.query.group_lookup import expression_of
from radiograph.query.group_rules import GroupRules, Rule
from radiograph.query.rollup import live_tail, roll_up
from radiograph.store.groups import Group, all_groups, change_groups
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.reader import stored_documents
from radiograph.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

    from radiograph.query.filters import Expression
    from radiograph.store.lake import Lake
    from radiograph.trace import StoredDocument

WAIT = 60_000_000


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    lake = open_lake(LakeOptions(folder=tmp_path_factory.mktemp("lake"), threads=1))
    yield lake
    lake.close()


def set_filter(lake: Lake, name: str, text: str) -> None:
    """Make a group, or change its filter; its id is its name."""

    def change(_connection: duckdb.DuckDBPyConnection, known: list[Group]) -> list[Group]:
        kept = [group for group in known if group.name != name]
        return [*kept, Group(id=name, name=name, arn=name, filter=text)]

    change_groups(lake, change)


def expression(lake: Lake, name: str) -> Expression | None:
    known = all_groups(lake)
    (group,) = (group for group in known if group.name == name)
    return expression_of(group.filter, known, region="", account=ACCOUNT)


# ---- the rules, told trace by trace ---------------------------------------------------------------------------------


class Told:
    """Whom the groups of a lake should have, and who waits: the rules in words of one trace."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake
        self._waiting: dict[str, int] = {}
        self._counted = 0
        self.members: set[tuple[str, str]] = set()

    def roll_up(self, settled: int) -> None:
        """Decide about every trace of which something came, then about those that have waited."""
        stored = self._stored()
        new = [each.arrival for documents in stored.values() for each in documents]
        new = [arrival for arrival in new if self._counted < arrival <= settled]
        if new:
            touched = {id_ for id_, documents in stored.items() if any(each.arrival in new for each in documents)}
            self._counted = max(new)
            self.members |= self._decide(stored, touched, now=self._counted)
        self.members |= self._decide(stored, set(), now=settled)

    def sums(self, group: str, *, tail: bool) -> Sums:
        """Return what should be counted for a group; the tail is looked at after everything has waited."""
        stored = self._stored()
        members = set(self.members)
        if tail:
            waiting = dict(self._waiting)
            members |= self._decide(stored, set(stored) - self._settled(stored), now=FOREVER)
            self._waiting = waiting
        else:
            stored = {id_: [each for each in found if each.arrival <= self._counted] for id_, found in stored.items()}
        return reference_of(assemble(id_, stored[id_], LIMITS) for name, id_ in sorted(members) if name == group)

    def _settled(self, stored: dict[str, list[StoredDocument]]) -> set[str]:
        return {id_ for id_, documents in stored.items() if all(each.arrival <= self._counted for each in documents)}

    def _stored(self) -> dict[str, list[StoredDocument]]:
        with self._lake.reading() as connection:
            ids = [row[0] for row in connection.execute("SELECT DISTINCT trace_id FROM documents").fetchall()]
            return stored_documents(connection, ids)

    def _decide(self, stored: dict[str, list[StoredDocument]], touched: set[str], *, now: int) -> set[tuple[str, str]]:
        names = [group.name for group in all_groups(self._lake) if group.filter]
        found = set()
        for id_ in touched | {id_ for id_, since in self._waiting.items() if since <= now - WAIT}:
            self._waiting.pop(id_, None)
            known = [document for document in stored[id_] if document.arrival <= now]
            trace = assemble(id_, known, LIMITS)
            since = min(document.arrival for document in known)
            if trace.is_partial(now) and since > now - WAIT:
                self._waiting[id_] = since
                continue
            subject = Subject(trace, default_account=ACCOUNT, now=now)
            found |= {(name, id_) for name in names if matches(expression(self._lake, name), subject)}
        return found


# ---- what happens ---------------------------------------------------------------------------------------------------

GROUPS = ("one", "two", "three")
filters = st.sampled_from(
    [
        'service("pay")',
        "!fault",
        "fault",
        "partial = false",
        "partial",
        "responsetime >= 0.003",
        'service("web") { error }',
        'edge("web", "pay")',
        'service(id(type: "AWS::DynamoDB::Table"))',
        "inferred",
        "duration > 1",
        'http.status = 404 OR service("cart") { fault OR partial }',
        'NOT service("web")',
        'account.id = "111111111111"',
        "",
    ]
)

# Documents that come, time that passes, a roll-up of what is older than so many seconds, or a filter that changes.
Step = tuple[str, Any]


class Story:
    """Filters of three groups and what happens then."""

    def __init__(self, filters: dict[str, str], steps: list[Step]) -> None:
        self.filters = filters
        self.steps = steps

    def __repr__(self) -> str:
        lines = [f"  {self.filters}"]
        for kind, what in self.steps:
            lines.extend([f"  {json.dumps(each)}" for each in what] if kind == "come" else [])
            lines.append(f"  {kind}" if kind == "come" else f"  {kind} {what}")
        return "Story(\n" + "\n".join(lines) + "\n)"


@st.composite
def stories(draw: st.DrawFn) -> Story:
    given_filters = {name: draw(filters) for name in GROUPS[:2]}
    given_filters["three"] = draw(st.sampled_from(['group.name = "one" AND NOT group.name = "two"', "error", "!ok"]))
    documents = [document for number in range(draw(st.integers(1, 5))) for document in draw(traces(number + 1))]
    if draw(st.booleans()):
        documents = draw(st.permutations(documents))
    steps: list[Step] = []
    while documents:
        size = draw(st.integers(1, len(documents)))
        steps.append(("come", list(documents[:size])))
        documents = documents[size:]
        steps.append(("pass", draw(st.sampled_from([1, 1, 20, 40, 61]))))
        settling = draw(st.sampled_from([None, 0.0, 0.0, 1.5, 30.0]))
        if settling is not None:
            steps.append(("roll up", settling))
        if draw(st.integers(0, 3)) == 0:
            steps.append(("edit", (draw(st.sampled_from(GROUPS[:2])), draw(filters))))
    return Story(given_filters, steps)


def check(lake: Lake, story: Story) -> None:
    """Tell a story to an emptied lake; the sums must be those of the rules, with and without the tail."""
    emptied(lake)
    for name, text in story.filters.items():
        set_filter(lake, name, text)
    told = Told(lake)
    clock = Clock(NOW)
    node = Node(lake, 1, clock)
    for kind, what in story.steps:
        match kind:
            case "come":
                node.commit([json.dumps(document) for document in what])
            case "pass":
                clock.seconds += what
            case "roll up":
                count(lake, told, int((clock() - what) * 1_000_000))
            case "edit":
                # Whoever waits meanwhile is decided about by either filter.
                clock.seconds += 61
                count(lake, told, int(clock() * 1_000_000))
                set_filter(lake, *what)
    for name in GROUPS:
        with lake.reading() as connection:
            assert sums(connection, tail=False, group=name) == told.sums(name, tail=False), name
            live_tail(connection, LIMITS, ACCOUNT, now=FOREVER, rule=Rule(name, name, expression(lake, name)))
            assert sums(connection, tail=True, group=name) == told.sums(name, tail=True), name
    count(lake, told, FOREVER)
    with lake.reading() as connection:
        for name in GROUPS:
            assert sums(connection, tail=False, group=name) == told.sums(name, tail=False), name
        assert sums(connection, tail=False) == reference(connection)
        rows = connection.execute("SELECT group_id, trace_id FROM memberships").fetchall()
    assert sorted(rows) == sorted(told.members)


def count(lake: Lake, told: Told, settled: int) -> None:
    rules = GroupRules(account=ACCOUNT)
    roll_up(lake, LIMITS, settled=settled, account=ACCOUNT, groups=rules)
    assert [group.problem for group in rules.figures.values() if group.problem] == []
    told.roll_up(settled)


@settings(max_examples=examples(10, 40), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(stories())
def test_the_sums_of_a_group_are_those_of_its_traces(shared_lake: Lake, story: Story) -> None:
    check(shared_lake, story)
