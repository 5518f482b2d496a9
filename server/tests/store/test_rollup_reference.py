"""The sums in SQL against the readable reference: whatever comes, in whatever order, both count the same."""

from __future__ import annotations

import concurrent.futures
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.depth import examples

from radiograph.query.histogram import milliseconds
from radiograph.query.linker import link
from radiograph.query.rollup import live_tail, roll_up
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.reader import stored_documents
from radiograph.store.rows import Rows
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Document, Limits, assemble, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from radiograph.store.lake import Lake
    from radiograph.trace import Trace

BASE = 1_700_000_000
NOW = BASE + 1_000.0
ACCOUNT = "000000000000"
LIMITS = Limits(max_age_days=30)
MINUTE = 60_000_000
TABLES = (
    *("documents", "segments", "node_minutes", "edge_minutes", "rollup_progress"),
    *("memberships", "undecided", "groups", "link_edges"),
)
FOREVER = 9_000_000_000_000_000


@pytest.fixture(scope="module")
def shared_lake(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lake]:
    lake = open_lake(LakeOptions(folder=tmp_path_factory.mktemp("lake"), threads=1))
    yield lake
    lake.close()


def emptied(lake: Lake) -> Lake:
    with lake.reading() as connection:
        for table in TABLES:
            connection.execute(f"DELETE FROM {table}")
        # As in a new lake.
        connection.execute("INSERT INTO rollup_progress VALUES (NULL, NULL)")
        connection.execute("INSERT INTO groups VALUES ('', 'Default', '', '', false, false, make_timestamp(0), NULL)")
    return lake


class Clock:
    """The wall clock of one node: it stands still until it is moved."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds

    def __call__(self) -> float:
        return self.seconds


class Node:
    """A node that writes: each call is a commit."""

    def __init__(self, lake: Lake, number: int, clock: Clock) -> None:
        self.lake = lake
        self.writer = Writer(lake, WriterOptions(fsync=False), writer_id=number, now=clock)

    def commit(self, texts: list[str]) -> None:
        rows = Rows(ACCOUNT)
        for text in texts:
            document = parse_document(text, LIMITS, NOW)
            assert isinstance(document, Document), document
            rows.add(document)
        connection = self.lake.connect()
        self.writer._insert(connection, [rows.finish()])
        connection.close()


# ---- what is sent ---------------------------------------------------------------------------------------------------

names = st.sampled_from(["web", "pay", "cart"])
origins = st.sampled_from([None, None, "AWS::EC2::Instance", "client", "AWS::RUM::AppMonitor"])
accounts = st.sampled_from([None, None, "111111111111", 222222222222])
milliseconds_of_start = st.sampled_from([0, 0.4, 5, 5.5, 999.9, 59_999, 61_000, 200_000])
durations = st.sampled_from([0, 0.0004, 0.5, 0.4999, 3, 3.2, 40, 61_000])
statuses = st.sampled_from([None, None, 200, 404, 429, 503])
calls = st.sampled_from(["local", "local", "remote", "aws", "table", "sql", "under aws"])
parents = st.sampled_from(["none", "call", "call", "call", "segment", "missing", "itself", "its own call", "any"])


@st.composite
def subsegments(draw: st.DrawFn, ids: Iterator[str], depth: int) -> dict[str, Any]:
    kind = draw(calls)
    start = BASE + draw(milliseconds_of_start) / 1000
    made: dict[str, Any] = {"id": next(ids), "name": draw(names), "start_time": start}
    if draw(st.integers(0, 6)) == 0:
        made["in_progress"] = True
    else:
        made["end_time"] = start + draw(durations) / 1000
    status = draw(statuses)
    if status is not None:
        made["http"] = {"response": {"status": status}}
    if kind == "remote":
        made["namespace"] = "remote"
    elif kind == "sql":
        made |= {"namespace": "remote", "sql": {"url": "db"}}
    elif kind in ("aws", "table", "under aws"):
        made |= {"namespace": "aws", "name": "DynamoDB"}
        if kind == "table":
            made["aws"] = {"table_name": made["id"][-1]}
        if kind == "under aws":
            made["subsegments"] = [{**made, "id": next(ids), "name": "dynamodb.test", "namespace": "remote"}]
    if depth and draw(st.booleans()):
        made.setdefault("subsegments", []).append(draw(subsegments(ids, depth - 1)))
    if draw(st.integers(0, 15)) == 0:
        made["links"] = draw(link_lists)
    return made


link_lists = st.lists(
    st.builds(
        lambda kind, other: {"trace_id": other, "id": "00000000000000aa", "attributes": {"ReferenceType": kind}},
        st.sampled_from(["parent", "child"]),
        st.sampled_from(["1-65538a00-00000000000000000000abcd", "nonsense"]),
    ),
    min_size=1,
    max_size=1,
)


def entities_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    found = [document]
    for entity in found:
        found.extend(entity.get("subsegments", ()))
    return found


@st.composite
def segments(draw: st.DrawFn, trace_id: str, own_id: str) -> dict[str, Any]:
    start = BASE + draw(milliseconds_of_start) / 1000
    made: dict[str, Any] = {"trace_id": trace_id, "id": own_id, "name": draw(names), "start_time": start}
    if draw(st.integers(0, 6)) == 0:
        made["in_progress"] = True
    else:
        made["end_time"] = start + draw(durations) / 1000
    origin, account, status = draw(origins), draw(accounts), draw(statuses)
    if origin is not None:
        made["origin"] = origin
    if account is not None:
        made["aws"] = {"account_id": account}
    if status is not None:
        made["http"] = {"response": {"status": status}}
    if draw(st.integers(0, 15)) == 0:
        made["links"] = draw(link_lists)
    return made


@st.composite
def repetitions(draw: st.DrawFn, segment: dict[str, Any]) -> list[dict[str, Any]]:
    again = []
    if draw(st.integers(0, 5)) == 0:  # it was announced before it was complete
        again.append({**segment, "in_progress": True})
    if draw(st.integers(0, 7)) == 0:  # sent twice
        again.append(segment)
    if draw(st.integers(0, 7)) == 0:  # sent again with another end
        end = segment["start_time"] + draw(durations) / 1000
        again.append({**segment, "in_progress": False, "end_time": end})
    return again


@st.composite
def traces(draw: st.DrawFn, number: int) -> list[dict[str, Any]]:
    """The documents of one trace, one after another as a well-behaved world would send them."""
    counter = iter(range(1, 1000))
    ids = (f"{number:08x}{each:08x}" for each in counter)
    # Ids of W3C Trace Context carry no time; some of them look as if they did.
    head = draw(st.sampled_from([f"{BASE:08x}", f"{BASE:08x}", f"{BASE - 7_000:08x}", "a1b2c3d4", "00000001"]))
    trace_id = f"1-{head}-{number:024x}"
    documents: list[dict[str, Any]] = []
    for _ in range(draw(st.integers(1, 4))):
        segment = draw(segments(trace_id, next(ids)))
        below = [draw(subsegments(ids, 1)) for _ in range(draw(st.integers(0, 2)))]
        known = [entity["id"] for document in documents for entity in entities_of(document)]
        own = [entity["id"] for top in below for entity in entities_of(top)]
        candidates = {
            "none": [],
            "call": [entity["id"] for document in documents for entity in entities_of(document)[1:]],
            "segment": [document["id"] for document in documents if document.get("type") is None],
            "missing": ["00000000deadbeef"],
            "itself": [segment["id"]],
            "its own call": own,
            # Also what comes later: the next segment's id.
            "any": [*known, *own, f"{number:08x}{next(counter) + 1:08x}"],
        }[draw(parents)]
        if candidates:
            segment["parent_id"] = draw(st.sampled_from(candidates))
        for top in below:
            if draw(st.integers(0, 3)) == 0:
                documents.append({**top, "trace_id": trace_id, "parent_id": segment["id"], "type": "subsegment"})
            else:
                segment.setdefault("subsegments", []).append(top)
        documents.append(segment)
        documents.extend(draw(repetitions(segment)))
    return documents


# A commit: which node, its documents, and whether a roll-up follows, of what is older than so many seconds.
Step = tuple[int, list[dict[str, Any]], float | None]
settling = st.sampled_from([None, None, 0.0, 0.0, 1.5, 2.5])


class Story:
    """Commits of documents by two nodes, with roll-ups between them."""

    def __init__(self, steps: list[Step]) -> None:
        self.steps = steps

    def __repr__(self) -> str:
        lines: list[str] = []
        for writer, documents, rolled in self.steps:
            lines.extend(f"  {writer} {json.dumps(document)}" for document in documents)
            lines.append("  commit" if rolled is None else f"  commit, roll up to {rolled} s before")
        return "Story(\n" + "\n".join(lines) + "\n)"


@st.composite
def stories(draw: st.DrawFn) -> Story:
    documents = [document for number in range(draw(st.integers(1, 6))) for document in draw(traces(number + 1))]
    if draw(st.booleans()):
        documents = draw(st.permutations(documents))
    steps: list[Step] = []
    while documents:
        size = draw(st.integers(1, len(documents)))
        steps.append((draw(st.integers(1, 2)), list(documents[:size]), draw(settling)))
        documents = documents[size:]
    return Story(steps)


# ---- what is counted ------------------------------------------------------------------------------------------------

_NODE_SUMS = """
SELECT epoch_us(minute), name, type, account, active, root, outcome, response_ms, duration_ms,
       sum(count)::BIGINT, sum(total_us)::BIGINT
FROM ({tables}) GROUP BY ALL
"""
_EDGE_SUMS = """
SELECT epoch_us(minute), source_name, source_type, source_account, name, type, account, outcome, response_ms,
       sum(count)::BIGINT, sum(total_us)::BIGINT
FROM ({tables}) GROUP BY ALL
"""


Sums = tuple[dict[Any, Any], dict[Any, Any]]


def sums(connection: duckdb.DuckDBPyConnection, *, tail: bool, group: str | None = None) -> Sums:
    """Return what is counted of all traces, or of those of a group; the tail is of what it was computed for."""
    both = []
    for query, kind in ((_NODE_SUMS, "node"), (_EDGE_SUMS, "edge")):
        tables = f"FROM {kind}_minutes WHERE group_id IS NOT DISTINCT FROM $group"
        tables += f" UNION ALL FROM {kind}_contributions" if tail else ""
        rows = connection.execute(query.format(tables=tables), {"group": group}).fetchall()
        both.append({row[:-2]: row[-2:] for row in rows if any(row[-2:])})
    return both[0], both[1]


def reference(connection: duckdb.DuckDBPyConnection) -> Sums:
    ids = [row[0] for row in connection.execute("SELECT DISTINCT trace_id FROM documents").fetchall()]
    return reference_of(assemble(id_, stored_documents(connection, [id_])[id_], LIMITS) for id_ in ids)


def reference_of(traces: Iterable[Trace]) -> Sums:
    """Return what the readable reference counts of traces."""
    nodes: Counter[Any] = Counter()
    node_totals: Counter[Any] = Counter()
    edges: Counter[Any] = Counter()
    edge_totals: Counter[Any] = Counter()
    for trace in traces:
        facts = link(trace, ACCOUNT)
        for fact in facts.nodes:
            key = (
                *(fact.end // MINUTE * MINUTE, fact.key.name, fact.key.type, fact.key.account),
                *(fact.state == "active", fact.root, int(fact.outcome)),
                *(milliseconds(fact.start, fact.end), milliseconds(fact.start, fact.duration_end)),
            )
            nodes[key] += 1
            node_totals[key] += fact.end - fact.start
        for edge in facts.edges:
            edge_key = (
                *(edge.end // MINUTE * MINUTE, edge.source.name, edge.source.type, edge.source.account),
                *(edge.target.name, edge.target.type, edge.target.account, int(edge.outcome)),
                milliseconds(edge.start, edge.end),
            )
            edges[edge_key] += 1
            edge_totals[edge_key] += edge.end - edge.start
    return (
        {key: (count, node_totals[key]) for key, count in nodes.items()},
        {key: (count, edge_totals[key]) for key, count in edges.items()},
    )


def check(lake: Lake, story: Story) -> None:
    """Tell a story to an emptied lake; the sums must be the reference's after every roll-up, with and without tail."""
    emptied(lake)
    clock = Clock(NOW)
    nodes = {1: Node(lake, 1, clock), 2: Node(lake, 2, clock)}
    for writer, documents, rolled in story.steps:
        nodes[writer].commit([json.dumps(document) for document in documents])
        clock.seconds += 1
        if rolled is not None:
            roll_up(lake, LIMITS, settled=int((clock() - rolled) * 1_000_000), account=ACCOUNT)
    with lake.reading() as connection:
        expected = reference(connection)
        # By then every parent that was to come has come.
        live_tail(connection, LIMITS, ACCOUNT, now=FOREVER)
        assert sums(connection, tail=True) == expected
    roll_up(lake, LIMITS, settled=FOREVER, account=ACCOUNT)
    with lake.reading() as connection:
        assert sums(connection, tail=False) == expected


@settings(max_examples=examples(20, 100), deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(stories())
def test_the_rolled_up_sums_are_those_of_the_linker(shared_lake: Lake, story: Story) -> None:
    check(shared_lake, story)


def segment(trace: int, number: int, **members: Any) -> dict[str, Any]:
    """A document of a trace whose id carries the time BASE."""
    return {
        "trace_id": f"1-{BASE:08x}-{trace:024x}",
        "id": f"{number:016x}",
        "name": "web",
        "start_time": BASE + number,
        "end_time": BASE + number + 0.01,
        **members,
    }


def test_the_documents_of_a_node_whose_clock_is_behind_are_counted(shared_lake: Lake) -> None:
    """Twenty minutes, far more than any commit takes to become visible."""
    emptied(shared_lake)
    clock = Clock(NOW)
    slow_clock = Clock(NOW - 1_200)
    Node(shared_lake, 1, clock).commit([json.dumps(segment(1, 1))])
    roll_up(shared_lake, LIMITS, settled=int(NOW * 1_000_000), account=ACCOUNT)
    Node(shared_lake, 2, slow_clock).commit([json.dumps(segment(2, 2))])
    clock.seconds += 60
    with shared_lake.reading() as connection:
        live_tail(connection, LIMITS, ACCOUNT, now=FOREVER)
        assert sums(connection, tail=True) == reference(connection)
    roll_up(shared_lake, LIMITS, settled=int(clock() * 1_000_000), account=ACCOUNT)
    with shared_lake.reading() as connection:
        assert sums(connection, tail=False) == reference(connection)


def test_nothing_is_counted_twice_when_a_node_with_a_slower_clock_takes_over(shared_lake: Lake) -> None:
    emptied(shared_lake)
    clock = Clock(NOW)
    one, two = Node(shared_lake, 1, clock), Node(shared_lake, 2, clock)
    for number in range(4):
        one.commit([json.dumps(segment(number, number + 1))])
        clock.seconds += 1
    roll_up(shared_lake, LIMITS, settled=int(clock() * 1_000_000), account=ACCOUNT)
    # A commit of the other node, begun earlier, becomes visible only now; the next roll-up is by a slower clock.
    clock.seconds = NOW + 1.5
    two.writer._looked = float("inf")
    two.commit([json.dumps(segment(9, 9))])
    roll_up(shared_lake, LIMITS, settled=int((NOW + 2) * 1_000_000), account=ACCOUNT)
    roll_up(shared_lake, LIMITS, settled=FOREVER, account=ACCOUNT)
    with shared_lake.reading() as connection:
        assert sums(connection, tail=False) == reference(connection)


def test_a_trace_is_whole_for_a_slower_clock_when_another_node_counted_its_first_document(shared_lake: Lake) -> None:
    """The call is counted, and then the segment that answers it by a node whose clock is two seconds behind."""
    emptied(shared_lake)
    clock = Clock(NOW + 4)
    call = {"id": f"{5:016x}", "name": "pay", "namespace": "remote", "start_time": BASE + 1, "end_time": BASE + 1.01}
    Node(shared_lake, 1, clock).commit([json.dumps(segment(1, 1, subsegments=[call]))])
    roll_up(shared_lake, LIMITS, settled=int(clock() * 1_000_000), account=ACCOUNT)
    clock.seconds = NOW + 1.5
    two = Node(shared_lake, 2, clock)
    two.writer._looked = float("inf")
    two.commit([json.dumps(segment(1, 2, parent_id=call["id"]))])
    roll_up(shared_lake, LIMITS, settled=int((NOW + 2) * 1_000_000), account=ACCOUNT)
    with shared_lake.reading() as connection:
        assert sums(connection, tail=False) == reference(connection)


def test_two_roll_ups_at_once_count_nothing_twice(shared_lake: Lake) -> None:
    for attempt in range(4):
        node = Node(emptied(shared_lake), attempt, Clock(NOW))
        node.commit([json.dumps(segment(1, 1))])
        start = threading.Barrier(2)

        def count(start: threading.Barrier = start) -> bool:
            start.wait(30)
            try:
                roll_up(shared_lake, LIMITS, settled=FOREVER, account=ACCOUNT)
            except duckdb.TransactionException:
                return False
            return True

        with concurrent.futures.ThreadPoolExecutor(2) as pool:
            succeeded = [one.result(30) for one in [pool.submit(count), pool.submit(count)]]
        assert any(succeeded)
        with shared_lake.reading() as connection:
            assert sums(connection, tail=False) == reference(connection)


CIRCLE = Story(
    [
        (1, [segment(1, 1, parent_id=f"{2:016x}"), segment(1, 2, parent_id=f"{1:016x}"), segment(1, 3)], None),
        (1, [segment(2, 1, parent_id=f"{1:016x}")], 0.0),
    ]
)
# Not named after its second, but exactly on it; the second document belongs to the same trace.
WHOLE_SECOND = Story(
    [
        (1, [segment(1, 1, trace_id="1-a1b2c3d4-" + "0" * 24)], 0.0),
        (1, [segment(1, 2, trace_id="1-a1b2c3d4-" + "0" * 24, parent_id=f"{1:016x}")], 0.0),
    ]
)
EVENT_IN_A_SUBSEGMENT = Story(
    [
        (
            1,
            [
                segment(
                    1,
                    1,
                    subsegments=[
                        {
                            **segment(1, 2),
                            "links": [{"trace_id": f"1-{BASE:08x}-{7:024x}", "id": f"{7:016x}"}],
                        }
                    ],
                )
            ],
            None,
        )
    ]
)
# The call of the first trace is answered by a segment at the moment when the second trace makes the same call, which
# takes 0.2 ms longer: the numbers of calls cancel out, their times do not.
CALL = {"name": "pay", "namespace": "remote", "start_time": BASE + 1}
CANCELLED = Story(
    [
        (1, [segment(1, 1, subsegments=[{**CALL, "id": f"{5:016x}", "end_time": BASE + 1.0102}])], 0.0),
        (
            1,
            [
                segment(1, 2, name="pay", parent_id=f"{5:016x}"),
                segment(2, 1, subsegments=[{**CALL, "id": f"{6:016x}", "end_time": BASE + 1.0104}]),
            ],
            0.0,
        ),
    ]
)
NUMERIC_ACCOUNT = Story([(1, [segment(1, 1, aws={"account_id": 222222222222})], None)])


@pytest.mark.parametrize(
    "story",
    [
        pytest.param(CIRCLE, id="segments that call each other in a circle, or themselves"),
        pytest.param(WHOLE_SECOND, id="an id without time and a start on the second"),
        pytest.param(EVENT_IN_A_SUBSEGMENT, id="an event received by a subsegment"),
        pytest.param(CANCELLED, id="corrections that cancel out"),
        pytest.param(NUMERIC_ACCOUNT, id="an account that is a number"),
    ],
)
def test_what_the_sums_once_got_wrong(shared_lake: Lake, story: Story) -> None:
    check(shared_lake, story)
