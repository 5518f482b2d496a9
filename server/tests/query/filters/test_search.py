"""Searching the lake against the readable reference: both find the same traces, whatever is asked of whatever came."""

from __future__ import annotations

import os
import random
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from server.tests.query.filters import traces as kit
from server.tests.query.filters import vocabulary as v
from server.tests.query.filters.expressions import expressions

from radiograph.query.conditions import any_row, of_trace
from radiograph.query.filters import canonical, matches, parse
from radiograph.query.row_search import search_for
from radiograph.query.summaries import trace_summaries
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Document, Limits, parse_document, trace_id_to_w3c

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph.query.filters import Expression, Subject
    from radiograph.store.lake import Lake

NOW = v.BASE + 1_000.0
LIMITS = Limits(max_age_days=36_500)
# 20,000 pairs of a trace and an expression; SEARCHES=2000 in the environment for a long night.
TRACES = 200
EXPRESSIONS = int(os.environ.get("SEARCHES", "100"))

_once = settings(
    database=None, deadline=None, derandomize=True, phases=[Phase.generate], suppress_health_check=list(HealthCheck)
)


class Filled:
    """A lake with random traces, and the same traces as the reference sees them."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self.subjects: dict[str, Subject] = {}
        self.texts: list[str] = []

        numbers = random.Random(1)

        @settings(_once, max_examples=TRACES)
        @given(kit.documents(kit.TRACE_ID))
        def fill(texts: list[bytes]) -> None:
            # Every other id carries no time, as those that W3C Trace Context makes.
            first = v.BASE if len(self.subjects) % 2 else numbers.getrandbits(32)
            trace_id = f"1-{first:08x}-{numbers.getrandbits(96):024x}"
            renamed = [
                text.replace(kit.TRACE_ID.encode(), trace_id.encode()).replace(
                    trace_id_to_w3c(kit.TRACE_ID).encode(), trace_id_to_w3c(trace_id).encode()
                )
                for text in texts
            ]
            self.subjects[trace_id] = kit.subject_of(renamed, trace_id, now=int(NOW * 1_000_000))
            self.texts += [text.decode() for text in renamed]

        fill()
        writer = Writer(lake, WriterOptions(interval=0.01, fsync=False), writer_id=1, now=lambda: NOW)
        writer.start()
        # In several commits, so that traces are spread over files.
        parsed = [parse_document(text, LIMITS, NOW) for text in self.texts]
        documents = [document for document in parsed if isinstance(document, Document)]
        assert len(documents) == len(self.texts)
        for first in range(0, len(documents), 100):
            writer.submit(rows_of(documents[first : first + 100], v.DEFAULT_ACCOUNT)).result(30)
        writer.stop()

    def matching(self, expression: Expression) -> set[str]:
        """What the reference says."""
        return {trace_id for trace_id, subject in self.subjects.items() if matches(expression, subject)}

    def found(self, text: str, **more: Any) -> list[str]:
        """What GetTraceSummaries says, over all pages."""
        request: dict[str, Any] = {"StartTime": v.BASE - 600, "EndTime": v.BASE + 600, "FilterExpression": text, **more}
        found: list[str] = []
        while True:
            answer = trace_summaries(
                self.lake, request, LIMITS, account=v.DEFAULT_ACCOUNT, region="us-east-1", hours=6, page=37, now=NOW
            )
            found += [summary["Id"] for summary in answer["TraceSummaries"]]
            if "NextToken" not in answer:
                return found
            request["NextToken"] = answer["NextToken"]


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    lake = open_lake(LakeOptions(folder=tmp_path_factory.mktemp("lake")))
    yield Filled(lake)
    lake.close()


def test_the_lake_finds_what_the_reference_finds(filled: Filled) -> None:
    pairs = 0
    some = 0

    @settings(_once, max_examples=EXPRESSIONS)
    @given(expressions(), st.sampled_from(("TraceId", "Event", "Service")))
    def ask(expression: Expression, clock: str) -> None:
        nonlocal pairs, some
        text = canonical(expression)
        wanted = filled.matching(expression)
        if clock == "Service":
            wanted = {
                trace_id
                for trace_id in wanted
                if any(each.is_segment and each.end is not None for each in filled.subjects[trace_id].trace.segments)
            }
        found = filled.found(text, TimeRangeType=clock)
        assert len(found) == len(set(found)), text
        assert set(found) == wanted, f"{text}\nmissing {wanted - set(found)}\ntoo many {set(found) - wanted}"
        pairs += len(filled.subjects)
        some += 0 < len(wanted) < len(filled.subjects)

    ask()
    assert pairs >= 0.9 * TRACES * EXPRESSIONS
    assert some > EXPRESSIONS / 4


@pytest.mark.parametrize(
    "text",
    [
        'service("web") { fault }',
        'service(id(type: "AWS::DynamoDB::Table")) { responsetime > 0.2 }',
        'edge("web", "pay") { fault }',
        'annotation.tier = "gold"',
        "annotation.age > 28",
        'user = "ann" AND http.method = "GET"',
        'http.url CONTAINS "cart" AND !error',
        'user IN ("ann", "bob") AND http.status IN (404, 500)',
        'http.url MATCHES "^https:.*png$"',
        "rootcause.fault.service { last }",
    ],
)
def test_rows_rule_out_most_of_what_does_not_match(filled: Filled, text: str) -> None:
    """Otherwise every trace of the range would have to be assembled."""
    expression = parse(text)
    assert expression is not None
    search = search_for(expression)
    assert search is not None
    with filled.lake.reading() as connection:
        rows = connection.execute(
            f"SELECT trace_id FROM segments WHERE {any_row(search.condition)} "
            f"GROUP BY trace_id HAVING {of_trace(search.condition)}",
            search.parameters,
        ).fetchall()
    left = {row[0] for row in rows}
    assert filled.matching(expression) <= left
    assert len(left) < len(filled.subjects) * 0.75
