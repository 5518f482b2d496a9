"""Hours are summed once they are quiet, and a map says the same whether it is read by the hour or by the minute."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.query.hours import Hours
from radiograph.query.rollup import roll_up
from radiograph.query.service_graph import service_graph
from radiograph.query.sums import HOUR, MINUTE, _pieces
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Document, Limits, parse_document

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph.store.lake import Lake

NOON = 1_700_049_600  # 12:00 on 15 November 2023
NOW = NOON + 6 * 3_600.0
LIMITS = Limits(max_age_days=36_500)
FOREVER = 9_000_000_000_000_000


class Clock:
    """Monotonic seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


class Node:
    """A service that counts and sums when it is told to."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.clock = Clock()
        self.hours = Hours(self.clock)
        self._writer = Writer(lake, WriterOptions(interval=0.01, fsync=False), writer_id=1, now=time.time)
        self._writer.start()
        self._number = 0

    def request(self, at: float, *, seconds: float = 0.25, **more: Any) -> str:
        """Store a request to the service web that began at a time; return its trace id."""
        self._number += 1
        document = {
            "trace_id": f"1-{int(at):08x}-{self._number:024x}",
            "id": f"{self._number:016x}",
            "name": "web",
            "start_time": at,
            "end_time": at + seconds,
            **more,
        }
        self.store(document)
        return str(document["trace_id"])

    def store(self, document: dict[str, Any]) -> None:
        parsed = parse_document(json.dumps(document), LIMITS, NOW)
        assert isinstance(parsed, Document), parsed
        self._writer.submit(rows_of([parsed])).result(30)

    def count(self) -> None:
        roll_up(self.lake, LIMITS, settled=FOREVER, slack=0, hours=self.hours)

    def sum_up(self, *, until: float = NOW) -> int:
        self.clock.seconds += 1_000
        return self.hours.sum_up(self.lake, until=int(until * 1_000_000), stopping=lambda: False)

    def graph(self, start: float, end: float) -> list[dict[str, Any]]:
        answer = service_graph(
            self.lake,
            {"StartTime": start, "EndTime": end},
            LIMITS,
            account="",
            region="us-east-1",
            hours=24,
            page=1000,
            now=NOW,
        )
        services: list[dict[str, Any]] = answer["Services"]
        return services

    def summed(self) -> list[int]:
        with self.lake.reading() as connection:
            rows = connection.execute("SELECT epoch_us(hour) FROM summed_hours ORDER BY 1").fetchall()
        return [row[0] // 1_000_000 for row in rows]

    def close(self) -> None:
        self._writer.stop()


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Node]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    node = Node(lake)
    yield node
    node.close()
    lake.close()


def test_a_map_is_the_same_by_the_hour_and_by_the_minute(node: Node) -> None:
    for minute in range(0, 240, 7):
        node.request(NOON + 60 * minute, seconds=0.1 + minute / 1_000, fault=minute % 3 == 0)
    node.count()
    ranges = [(NOON, NOON + 4 * 3600), (NOON + 1_800, NOON + 3 * 3600 + 60), (NOON + 3600, NOON + 3660)]
    before = [node.graph(*range_) for range_ in ranges]
    assert node.sum_up() == 4
    assert [node.graph(*range_) for range_ in ranges] == before


def test_an_hour_is_summed_when_it_is_over(node: Node) -> None:
    node.request(NOON)
    node.request(NOON + 3600)
    node.count()
    assert node.sum_up(until=NOON + 7_000) == 1
    assert node.summed() == [NOON]


def test_an_hour_that_still_changes_is_left_alone(node: Node) -> None:
    node.request(NOON)
    node.count()
    assert node.hours.sum_up(node.lake, until=int(NOW * 1_000_000), stopping=lambda: False) == 0
    assert node.sum_up() == 1


def test_a_late_document_is_in_the_map_at_once_and_the_hour_is_summed_anew(node: Node) -> None:
    node.request(NOON + 60)
    node.count()
    node.sum_up()
    node.request(NOON + 120, fault=True)
    node.count()
    (_, web) = node.graph(NOON, NOON + 3600)
    assert web["SummaryStatistics"]["TotalCount"] == 2
    assert node.summed() == []
    assert node.sum_up() == 1
    (_, web) = node.graph(NOON, NOON + 3600)
    assert web["SummaryStatistics"]["FaultStatistics"]["TotalCount"] == 1


def test_what_is_not_counted_yet_is_in_the_map_of_a_summed_hour(node: Node) -> None:
    node.request(NOON + 60)
    node.count()
    node.sum_up()
    node.request(NOON + 120)
    (_, web) = node.graph(NOON, NOON + 3600)
    assert web["SummaryStatistics"]["TotalCount"] == 2


def test_hours_are_summed_after_a_restart_too(node: Node) -> None:
    node.request(NOON)
    node.count()
    node.hours = Hours(node.clock)
    assert node.sum_up() == 1


def test_a_range_is_cut_at_the_hours_that_are_summed() -> None:
    assert _pieces(0, 4 * HOUR + MINUTE, [HOUR, 2 * HOUR]) == [
        ("minute", 0, HOUR),
        ("hour", HOUR, 3 * HOUR),
        ("minute", 3 * HOUR, 4 * HOUR + MINUTE),
    ]
    assert _pieces(MINUTE, 2 * MINUTE, []) == [("minute", MINUTE, 2 * MINUTE)]
    assert _pieces(0, HOUR, [0]) == [("hour", 0, HOUR)]
