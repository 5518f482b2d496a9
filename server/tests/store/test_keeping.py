"""Tail sampling: what stays of what was stored, whatever came when."""

from __future__ import annotations

import json
import time
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from server.tests.depth import examples
from server.tests.query.test_time_series import ACCOUNT, LIMITS
from server.tests.store.test_deleting import Coming

from radiograph.query import keeping
from radiograph.query.keeping import LONGEST, SETTLED, KeepFigures, fraction, keep_what_matters
from radiograph.query.rollup import roll_up
from radiograph.query.trace_search import sampled
from radiograph.store import maintenance, schema
from radiograph.store.deleting import delete_rows
from radiograph.store.keep_policies import KeepPolicy, change_keep_policies
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.maintenance import MaintenanceCounters
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Document, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph.store.lake import Lake

BASE = 1_700_000_000
SECOND = 1_000_000
FAULTS = KeepPolicy(name="faults", filter="service() { fault }")
NONE_ELSE = KeepPolicy(name="Rest", share=0.0)


# With those that are only marked as deleted.
_ROWS_IN_FILES = """
SELECT table_name, sum(record_count) FROM __ducklake_metadata_lake.ducklake_data_file AS file
JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)
WHERE file.end_snapshot IS NULL AND known.end_snapshot IS NULL AND table_name IN ('documents', 'segments')
GROUP BY ALL ORDER BY ALL
"""


class Kept:
    """A lake to which documents come at given times, and that decides about them."""

    def __init__(self, options: LakeOptions) -> None:
        self.options = options
        self.lake = open_lake(options)
        self.clock = float(BASE)
        self.figures = KeepFigures()
        self._writer = Writer(self.lake, WriterOptions(interval=0.001), writer_id=1, now=lambda: self.clock)
        self._writer.start()

    def close(self) -> None:
        self._writer.stop()
        self.lake.close()

    def policies(self, *wanted: KeepPolicy) -> None:
        change_keep_policies(self.lake, wanted, now=int(self.clock * SECOND) - 1)

    def put(self, *documents: dict[str, Any], at: float | None = None) -> None:
        if at is not None:
            self.clock = BASE + at
        parsed = [parse_document(json.dumps(document), LIMITS, self.clock) for document in documents]
        good = [document for document in parsed if isinstance(document, Document)]
        assert len(good) == len(documents), parsed
        self._writer.submit(rows_of(good, ACCOUNT)).result(30)

    def decide(self, at: float) -> int:
        """Count what came until a time and decide, as the background does; return how many were decided about."""
        self.clock = max(self.clock, BASE + at)
        counted = int((BASE + at) * SECOND)
        roll_up(self.lake, LIMITS, settled=counted, account=ACCOUNT)
        return keep_what_matters(self.lake, LIMITS, self.figures, counted=counted, account=ACCOUNT)

    def stored(self) -> dict[str, float | None]:
        """Return weights by the last digits of the trace ids; documents and segments agree."""
        with self.lake.reading() as connection:
            rows = connection.execute("SELECT trace_id, id, arrival FROM documents ORDER BY ALL").fetchall()
            assert rows == connection.execute("SELECT trace_id, id, arrival FROM segments ORDER BY ALL").fetchall()
            found = connection.execute(
                "SELECT trace_id, list(DISTINCT weight) FROM segments GROUP BY trace_id ORDER BY trace_id"
            ).fetchall()
        assert all(len(weights) <= 1 for _, weights in found)
        return {trace_id[-4:].lstrip("0"): next(iter(weights), None) for trace_id, weights in found}

    def counted(self) -> int:
        with self.lake.reading() as connection:
            row = connection.execute("SELECT coalesce(sum(count), 0) FROM node_minutes WHERE root").fetchone()
        assert row is not None
        return int(row[0])


def segment(number: int, part: int = 1, *, at: float = 0, **more: Any) -> dict[str, Any]:
    return {
        "trace_id": f"1-{BASE:08x}-{number:024x}",
        "id": f"{number * 100 + part:016x}",
        "name": "shop",
        "start_time": BASE + at,
        "end_time": BASE + at + 0.1,
        **({"parent_id": f"{number * 100 + 1:016x}"} if part > 1 else {}),
        **more,
    }


@pytest.fixture
def kept(options: LakeOptions) -> Iterator[Kept]:
    found = Kept(options)
    yield found
    found.close()


def test_everything_stays_until_somebody_says_otherwise(kept: Kept) -> None:
    kept.put(segment(1), at=1)
    assert kept.decide(at=100) == 0
    assert kept.stored() == {"1": None}


def test_what_matches_is_kept_and_the_rest_dropped_once_it_has_settled(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    kept.put(segment(1), segment(2, fault=True), segment(3), at=1)
    assert kept.decide(at=60) == 0
    assert kept.stored() == {"1": None, "2": None, "3": None}
    assert kept.decide(at=62) == 3
    assert kept.stored() == {"2": 1.0}
    assert (kept.figures.kept, kept.figures.dropped) == ({"faults": 1}, {"Rest": 2})
    assert kept.decide(at=80) == 0


def test_what_was_merged_before_it_was_decided_about_leaves_nothing_behind(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    for number in range(1, 40):
        kept.put(segment(number, fault=number == 7, metadata={"padding": {"of": str(number) * 200}}), at=number / 40)
    # Of the file that all of these become, the last is not decided about yet.
    kept.put(segment(40), at=50)
    counters = MaintenanceCounters()
    maintenance.merge(kept.lake, counters, everything=True)
    assert kept.decide(at=70) == 39
    merges = counters.merges
    maintenance.rewrite(kept.lake, counters)
    assert counters.merges > merges
    with kept.lake.reading() as connection:
        deletions = connection.execute("SELECT sum(delete_file_count) FROM ducklake_table_info('lake')").fetchone()
        in_files = connection.execute(_ROWS_IN_FILES).fetchall()
    assert deletions == (0,)
    assert in_files == [("documents", 2), ("segments", 2)]
    assert kept.stored() == {"7": 1.0, "28": None}
    merges = counters.merges
    maintenance.rewrite(kept.lake, counters)
    assert counters.merges == merges


def test_the_statistics_know_every_trace_that_came(kept: Kept) -> None:
    kept.policies(NONE_ELSE)
    kept.put(*(segment(number) for number in range(1, 30)), at=1)
    kept.decide(at=70)
    assert kept.stored() == {}
    assert kept.counted() == 29


def test_a_trace_is_kept_whole_for_what_one_of_its_documents_says(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    kept.put(segment(1), segment(2), at=1)
    kept.put(segment(1, 2, fault=True), segment(2, 2), at=5)
    kept.decide(at=70)
    assert kept.stored() == {"1": 1.0}
    with kept.lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (2,)


def test_a_trace_of_which_more_comes_waits_for_it(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    kept.put(segment(1), segment(2), segment(3), at=1)
    kept.put(segment(1, 2), segment(2, 2), at=50)
    assert kept.decide(at=70) == 1
    assert kept.stored() == {"1": None, "2": None}
    kept.put(segment(1, 3, fault=True), at=100)
    assert kept.decide(at=111) == 1
    assert kept.stored() == {"1": None}
    assert kept.decide(at=161) == 1
    assert kept.stored() == {"1": 1.0}
    with kept.lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (3,)
        assert connection.execute("SELECT count(*) FROM keep_waiting").fetchone() == (0,)


def test_a_trace_that_never_ends_is_decided_about_all_the_same(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    longest = LONGEST // SECOND
    for part, at in enumerate(range(0, longest + 120, 30), start=1):
        kept.put(segment(1, part), at=at)
    kept.decide(at=longest - 60)
    assert kept.stored() == {"1": None}
    kept.decide(at=longest + 5)
    with kept.lake.reading() as connection:
        row = connection.execute("SELECT min(arrival) FROM segments").fetchone()
        assert row is not None
        assert row[0].timestamp() >= BASE + longest - 60


def test_what_comes_late_goes_the_way_of_its_trace_when_that_was_kept(kept: Kept) -> None:
    share = 0.5
    numbers = [number for number in range(1, 200) if fraction(segment(number)["trace_id"]) < share]
    kept.policies(KeepPolicy(name="Rest", share=share))
    kept.put(*(segment(number) for number in range(1, 200)), at=1)
    kept.decide(at=70)
    assert kept.stored() == {f"{number:x}": 2.0 for number in numbers}
    kept.policies(NONE_ELSE)
    kept.put(*(segment(number, 2) for number in range(1, 200)), at=80)
    kept.decide(at=150)
    assert kept.stored() == {f"{number:x}": 2.0 for number in numbers}
    with kept.lake.reading() as connection:
        assert connection.execute("SELECT count(*) FROM documents").fetchone() == (2 * len(numbers),)


def test_what_was_there_before_the_policies_stays(kept: Kept) -> None:
    kept.put(segment(1), at=1)
    kept.clock = BASE + 10
    kept.policies(NONE_ELSE)
    kept.put(segment(2), at=11)
    kept.decide(at=100)
    assert kept.stored() == {"1": None}


def test_an_older_lake_keeps_everything_too_and_takes_policies(
    options: LakeOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "MIGRATIONS", schema.MIGRATIONS[:9])
    older = Kept(options)
    older.put(segment(1), segment(2), at=1)
    older.close()
    monkeypatch.undo()
    kept = Kept(options)
    try:
        kept.decide(at=100)
        assert kept.stored() == {"1": None, "2": None}
        kept.clock = BASE + 110
        kept.policies(FAULTS, NONE_ELSE)
        kept.put(segment(3, fault=True), segment(4), at=111)
        kept.decide(at=200)
        assert kept.stored() == {"1": None, "2": None, "3": 1.0}
    finally:
        kept.close()


def test_files_of_which_nothing_is_left_go_without_a_mark(kept: Kept) -> None:
    kept.policies(FAULTS, NONE_ELSE)
    for number in range(1, 20):
        kept.put(segment(number, fault=number % 5 == 0), at=number)
    kept.decide(at=85)
    assert list(kept.stored()) == ["5", "a", "f"]
    connection = kept.lake.connect_outside()
    for table in ("ducklake_delete_file", "ducklake_data_file"):
        row = connection.execute(
            f"SELECT count(*) FROM __ducklake_metadata_lake.{table}"
            " JOIN __ducklake_metadata_lake.ducklake_table AS known USING (table_id)"
            f" WHERE {table}.end_snapshot IS NULL AND known.table_name = 'documents'"
        ).fetchone()
        assert row == (0 if table == "ducklake_delete_file" else 1,)
    connection.close()


def test_a_filter_that_names_a_group_that_is_gone_keeps_what_comes_to_it(kept: Kept) -> None:
    gone = KeepPolicy(name="of a group", filter='group.name = "gone"', share=0.0)
    kept.policies(FAULTS, gone, NONE_ELSE)
    kept.put(segment(1), at=1)
    kept.decide(at=70)
    assert kept.stored() == {"1": 1.0}
    assert "gone" in str(kept.figures.problem)


def test_fractions_are_evenly_spread_where_ids_are_not() -> None:
    found = [fraction(f"1-{BASE:08x}-{number:024x}") for number in range(20_000)]
    for tenth in range(10):
        share = sum(tenth / 10 <= each < (tenth + 1) / 10 for each in found) / len(found)
        assert share == pytest.approx(0.1, abs=0.01)


def test_a_share_of_what_was_kept_is_a_share_all_the_same() -> None:
    ids = [f"1-{BASE:08x}-{number:024x}" for number in range(20_000)]
    kept = [trace_id for trace_id in ids if fraction(trace_id) < 0.3]
    listed = [trace_id for trace_id in kept if sampled(trace_id, 0.3)]
    assert len(listed) / len(kept) == pytest.approx(0.3, abs=0.02)


def test_it_decides_while_documents_come_and_loses_none_of_them(kept: Kept) -> None:
    kept.policies(NONE_ELSE)
    kept.put(*(segment(number) for number in range(1, 2_000)), at=1)
    kept.put(segment(9_000), at=100)
    coming_ids = iter(range(10_000, 100_000))
    # A node that never rests would come between every time; each waits a quarter of a second from commit to commit.
    pause = 0.0 if kept.options.embedded else 0.25
    other = kept.lake if kept.options.embedded else open_lake(kept.options)
    writer = Writer(other, WriterOptions(interval=0.001), writer_id=2, now=lambda: kept.clock)
    writer.start()

    def submit() -> None:
        parsed = parse_document(json.dumps(segment(next(coming_ids))), LIMITS, kept.clock)
        assert isinstance(parsed, Document)
        writer.submit(rows_of([parsed], ACCOUNT)).result(30)
        time.sleep(pause)

    try:
        with Coming(submit) as coming:
            while coming.commits < 2:
                time.sleep(0.01)
            assert kept.decide(at=90) == 1_999
        assert len(kept.stored()) == coming.commits + 1
    finally:
        writer.stop()
        if other is not kept.lake:
            other.close()


def test_what_came_in_between_is_looked_at_first(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """Another node commits what arrived in the time that is decided about, between the look and the deletion."""
    kept.policies(NONE_ELSE)
    kept.put(segment(1), at=1)
    kept.put(segment(2), at=2)

    def late(lake: Lake, work: Any, **more: Any) -> Any:
        with lake.reading() as connection:
            for table in ("documents", "segments"):
                connection.execute(
                    f"INSERT INTO {table} SELECT * REPLACE (arrival + INTERVAL 1 MILLISECOND AS arrival)"
                    f" FROM {table} WHERE arrival = (SELECT min(arrival) FROM {table})"
                )
        return delete_rows(lake, work, **more)

    monkeypatch.setattr(keeping, "delete_rows", late)
    assert kept.decide(at=90) == 0
    assert kept.stored() == {"1": None, "2": None}
    assert kept.figures == KeepFigures()
    monkeypatch.undo()
    assert kept.decide(at=90) == 2
    assert kept.stored() == {}


_TRACES = st.lists(
    st.lists(st.tuples(st.integers(0, 400), st.booleans()), min_size=1, max_size=4), min_size=1, max_size=12
)


@settings(max_examples=examples(8, 25), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(traces=_TRACES, rounds=st.lists(st.integers(1, 120), max_size=8), share=st.sampled_from([0.0, 0.3, 1.0]))
def test_no_trace_is_halved_and_each_goes_the_way_of_its_documents(
    tmp_path_factory: pytest.TempPathFactory,
    traces: list[list[tuple[int, bool]]],
    rounds: list[int],
    share: float,
) -> None:
    """Documents come and decisions are made at any time: what stays is what a look at everything would keep."""
    kept = Kept(LakeOptions(folder=tmp_path_factory.mktemp("kept") / "data", threads=1))
    try:
        kept.policies(FAULTS, KeepPolicy(name="slow", filter="responsetime > 5"), KeepPolicy(name="Rest", share=share))
        comes = sorted(
            (at, number, part, fault)
            for number, parts in enumerate(traces, start=1)
            for part, (at, fault) in enumerate(parts, start=1)
        )
        moments = sorted({sum(rounds[: count + 1]) for count in range(len(rounds))})
        for at, number, part, fault in comes:
            while moments and moments[0] <= at:
                kept.decide(at=moments.pop(0))
            kept.put(segment(number, part, fault=fault), at=at)
        kept.decide(at=2_000)
        stored = kept.stored()
        for number, parts in enumerate(traces, start=1):
            times = sorted(at for at, _ in parts)
            if any(later - earlier >= SETTLED // SECOND for earlier, later in pairwise(times)):
                continue  # parts may be decided about one after the other
            expected = 1.0 if any(fault for _, fault in parts) else None
            if expected is None and fraction(segment(number)["trace_id"]) < share:
                expected = 1 / share
            if share < 1:
                assert stored.get(f"{number:x}") == expected, (number, parts)
        assert len(comes) == 0 or kept.counted() > 0
    finally:
        kept.close()
