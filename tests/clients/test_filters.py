"""boto3 asks with every example of the filter language, the AWS command line with many; both get the hand count."""

from __future__ import annotations

import json
import re
import time
from typing import TYPE_CHECKING, Any

import pytest
from tests.clients.filter_examples import (
    EVERY,
    EXAMPLES,
    GROUPS,
    MISTAKE_OF_STRICT_AWS,
    MISTAKES,
    SLOW_ARN,
)
from tests.clients.filter_traces import TRACES
from tests.support.foreign import run_aws_cli
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import summaries, xray_client

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.clients

REFUSED = 255
"""Exit status of version 1 of the AWS command line, the one in the package registry, when the service refuses a
request; version 2 has 254 for it."""


class Stored:
    """A Radiograph that has the traces and the groups of the examples.

    Args:
        radiograph: an empty one.
    """

    def __init__(self, radiograph: RadiographProcess) -> None:
        self.move_to(radiograph)
        self.start = int(time.time()) - 120
        self._names = {f"1-{self.start:08x}-{number:024x}": name for number, name in enumerate(TRACES)}
        documents = [
            json.dumps(document)
            for trace_id, name in self._names.items()
            for document in TRACES[name].documents(trace_id, self.start)
        ]
        for begin in range(0, len(documents), 50):
            put = self.client.put_trace_segments(TraceSegmentDocuments=documents[begin : begin + 50])
            assert put["UnprocessedTraceSegments"] == []
        made = [self.client.create_group(GroupName=name, FilterExpression=GROUPS[name])["Group"] for name in GROUPS]
        self._slow_arn = next(group["GroupARN"] for group in made if group["GroupName"] == "slow")

    def move_to(self, radiograph: RadiographProcess) -> None:
        """Ask another process from now on, one that has the same data."""
        self.url = radiograph.url
        self.client = xray_client(radiograph.url)

    def matches(self, expression: str) -> set[str]:
        """Return the names of the traces that boto3 brings, page by page."""
        pages = self.client.get_paginator("get_trace_summaries").paginate(
            StartTime=self.start - 60, EndTime=self.start + 60, FilterExpression=self._written(expression)
        )
        return self._named([summary for page in pages for summary in page["TraceSummaries"]])

    def matches_by_command_line(self, expression: str) -> set[str]:
        """Return the names of the traces that the AWS command line brings, which goes from page to page by itself."""
        words = ("--start-time", str(self.start - 60), "--end-time", str(self.start + 60))
        answer = run_aws_cli(self.url, "get-trace-summaries", *words, "--filter-expression", self._written(expression))
        return self._named(answer["TraceSummaries"])

    def what_the_command_line_says(self, expression: str) -> tuple[int, str]:
        """Return exit status and message of the AWS command line for an expression that is refused."""
        with pytest.raises(AssertionError) as caught:
            self.matches_by_command_line(expression)
        found = re.search(r"exited with (\d+):\n(.*)", str(caught.value), re.DOTALL)
        assert found is not None
        return int(found[1]), found[2].strip()

    def _written(self, expression: str) -> str:
        return expression.replace(SLOW_ARN, self._slow_arn)

    def _named(self, found: list[dict[str, Any]]) -> set[str]:
        names = [self._names[summary["Id"]] for summary in found]
        assert len(set(names)) == len(names), "a trace came twice"
        return set(names)


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stored]:
    """All traces, and pages so small that every broad answer has several."""
    folder = tmp_path_factory.mktemp("filters")
    with RadiographProcess(folder / "data", settings={"page_traces": "7"}) as radiograph:
        yield Stored(radiograph)


def test_every_example_matches_some_traces_and_not_all() -> None:
    assert list(EXAMPLES) == list(range(1, 83))
    assert all(names < EVERY and names for _, names in EXAMPLES.values())


def test_without_an_expression_every_trace_comes(stored: Stored) -> None:
    assert stored.matches("") == EVERY


@pytest.mark.parametrize("number", EXAMPLES)
def test_boto3_gets_the_traces_that_the_example_means(stored: Stored, number: int) -> None:
    expression, names = EXAMPLES[number]
    assert stored.matches(expression) == names


@pytest.mark.parametrize("number", EXAMPLES)
def test_the_command_line_gets_the_traces_that_the_example_means(stored: Stored, number: int) -> None:
    expression, names = EXAMPLES[number]
    assert stored.matches_by_command_line(expression) == names


@pytest.mark.parametrize("expression", MISTAKES)
def test_boto3_raises_its_own_error_that_says_where_and_what_was_expected(stored: Stored, expression: str) -> None:
    position, expected = MISTAKES[expression]
    with pytest.raises(
        stored.client.exceptions.InvalidRequestException,
        match=rf"Invalid filter expression at position {position}: expected .*{expected}.*, found .+",
    ):
        stored.matches(expression)


@pytest.mark.parametrize("expression", MISTAKES)
def test_the_command_line_ends_with_the_status_of_a_refused_request(stored: Stored, expression: str) -> None:
    status, said = stored.what_the_command_line_says(expression)
    assert status == REFUSED
    assert "(InvalidRequestException)" in said
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("responsetime >", "Invalid filter expression at position 14: expected a number, found the end"),
        ("fault &&  error", "Invalid filter expression at position 6: expected AND, found &&"),
        (
            'ok CONTAINS "x"',
            "Invalid filter expression at position 3: expected = or != after ok, found CONTAINS",
        ),
    ],
)
def test_the_command_line_shows_a_sentence_that_a_person_can_act_on(
    stored: Stored, expression: str, sentence: str
) -> None:
    _, said = stored.what_the_command_line_says(expression)
    assert said.endswith(f": {sentence}")


def test_a_group_can_be_named_for_as_long_as_it_exists(stored: Stored) -> None:
    stored.client.create_group(GroupName="brief", FilterExpression='user = "bob" OR throttle')
    assert stored.matches('group.name = "brief" AND http.method = "POST"') == {"burst"}
    stored.client.delete_group(GroupName="brief")
    with pytest.raises(stored.client.exceptions.InvalidRequestException, match=r'a group that exists.*"brief"'):
        stored.matches('group.name = "brief" AND http.method = "POST"')


def test_a_group_means_what_its_expression_says_now(stored: Stored) -> None:
    stored.client.create_group(GroupName="changing", FilterExpression="partial")
    assert stored.matches('group.name = "changing"') == {"running"}
    stored.client.update_group(GroupName="changing", FilterExpression='service("cache")')
    assert stored.matches('group.name = "changing"') == {"cached"}


def test_a_restart_with_strict_aws_changes_no_answer(tmp_path: Path) -> None:
    with RadiographProcess(tmp_path / "data") as radiograph:
        stored = Stored(radiograph)
    with RadiographProcess(tmp_path / "data", settings={"strict_aws": "true"}) as radiograph:
        stored.move_to(radiograph)
        found = {number: stored.matches(expression) for number, (expression, _) in EXAMPLES.items()}
    assert found == {number: names for number, (_, names) in EXAMPLES.items()}


def test_strict_aws_refuses_what_only_radiograph_takes(stored: Stored, tmp_path: Path) -> None:
    assert stored.matches(MISTAKE_OF_STRICT_AWS) == set()
    with RadiographProcess(tmp_path / "data", settings={"strict_aws": "true"}) as radiograph:
        client = xray_client(radiograph.url)
        with pytest.raises(
            client.exceptions.InvalidRequestException, match=r"at position 15: expected .*, found annot"
        ):
            summaries(client, FilterExpression=MISTAKE_OF_STRICT_AWS)
