"""Sampling rules outlive an outage, and the service learns once a minute what the daemon did."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from radiograph.relay.host import Host, identify
from radiograph.relay.sampling import SamplingAnswers
from radiograph.relay.telemetry import Telemetry, Totals, record
from radiograph.relay.uplink import Answer, UnreachableError

if TYPE_CHECKING:
    from pathlib import Path

RULES = b'{"SamplingRuleRecords":[{"SamplingRule":{"RuleName":"Default"}}]}'


class Line:
    """A connection to a service that a test takes away and gives back."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, bytes]] = []
        self.answer: Answer | None = Answer(200, RULES, "application/json", "", None)

    def __call__(self, path: str, body: bytes) -> Answer:
        self.calls.append((path, body))
        if self.answer is None:
            raise UnreachableError("refused", "http://service cannot be reached: refused")
        return self.answer


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def answers(line: Line, tmp_path: Path, clock: Any, lines: Any) -> SamplingAnswers:
    return SamplingAnswers(
        call=line, file=tmp_path / "rules.json", clock=clock, wall=lambda: clock() + 1e9, log=lines.logger
    )


def ask(answers: SamplingAnswers, path: str, body: bytes = b"{}") -> tuple[int, bytes, dict[str, str]]:
    response = asyncio.run(answers(path, body))
    return response.status_code, bytes(response.body), dict(response.headers)


def test_answers_are_passed_on(answers: SamplingAnswers, line: Line) -> None:
    assert ask(answers, "/GetSamplingRules")[:2] == (200, RULES)
    line.answer = Answer(400, b'{"Message":"no"}', "application/json", "InvalidRequestException", None)
    status, body, headers = ask(answers, "/SamplingTargets", b'{"a":1}')
    assert (status, body, headers["x-amzn-errortype"]) == (400, b'{"Message":"no"}', "InvalidRequestException")
    assert line.calls[-1] == ("/SamplingTargets", b'{"a":1}')


def test_during_an_outage_rules_come_from_memory_with_their_age(
    answers: SamplingAnswers, line: Line, clock: Any
) -> None:
    ask(answers, "/GetSamplingRules")
    line.answer = None
    clock.now += 100
    status, body, headers = ask(answers, "/GetSamplingRules")
    assert (status, body, headers["x-radiograph-rules-age"]) == (200, RULES, "100")


def test_an_outage_is_not_hammered_and_its_end_is_noticed(answers: SamplingAnswers, line: Line, clock: Any) -> None:
    ask(answers, "/GetSamplingRules")
    line.answer = None
    for _ in range(5):
        ask(answers, "/GetSamplingRules")
    assert len(line.calls) == 2
    clock.now += 10
    newer = b'{"SamplingRuleRecords":[]}'
    line.answer = Answer(200, newer, "application/json", "", None)
    assert ask(answers, "/GetSamplingRules")[:2] == (200, newer)


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_service_in_trouble_is_an_outage_too(answers: SamplingAnswers, line: Line, status: int) -> None:
    ask(answers, "/GetSamplingRules")
    line.answer = Answer(status, b"{}", "application/json", "", None)
    assert ask(answers, "/GetSamplingRules")[:2] == (200, RULES)


def test_a_denial_is_shown_and_not_papered_over(answers: SamplingAnswers, line: Line) -> None:
    ask(answers, "/GetSamplingRules")
    line.answer = Answer(403, b'{"message":"no"}', "application/json", "AccessDeniedException", None)
    assert ask(answers, "/GetSamplingRules")[0] == 403


def test_rules_survive_a_restart_of_the_daemon(
    answers: SamplingAnswers, line: Line, tmp_path: Path, clock: Any, lines: Any
) -> None:
    ask(answers, "/GetSamplingRules")
    line.answer = None
    later = SamplingAnswers(
        call=line, file=tmp_path / "rules.json", clock=clock, wall=lambda: clock() + 1e9, log=lines.logger
    )
    assert ask(later, "/GetSamplingRules")[:2] == (200, RULES)


def test_targets_are_never_invented(answers: SamplingAnswers, line: Line) -> None:
    ask(answers, "/SamplingTargets")
    line.answer = None
    status, body, headers = ask(answers, "/SamplingTargets")
    assert (status, headers["x-amzn-errortype"]) == (502, "ServiceUnavailable")
    assert "http://service cannot be reached" in json.loads(body)["message"]


@pytest.mark.parametrize(
    ("request_body", "answer_body"),
    [
        (b'{"NextToken":"2"}', RULES),
        (b"{}", b'{"SamplingRuleRecords":[],"NextToken":"2"}'),
        (b"{}", b"<html>log in</html>"),
        (b"{}", b'{"other":1}'),
    ],
)
def test_only_a_whole_set_of_rules_is_kept(
    answers: SamplingAnswers, line: Line, request_body: bytes, answer_body: bytes
) -> None:
    line.answer = Answer(200, answer_body, "application/json", "", None)
    ask(answers, "/GetSamplingRules", request_body)
    line.answer = None
    assert ask(answers, "/GetSamplingRules")[0] == 502


def test_a_record_counts_what_happened_since_the_one_before() -> None:
    before = Totals(received=100, sent=90, http_5xx=2)
    now = Totals(received=220, sent=208, rejected=2, http_5xx=5, timeout=1)
    assert record(1767323045.6789, now, before) == {
        "Timestamp": 1767323045.679,
        "SegmentsReceivedCount": 120,
        "SegmentsSentCount": 118,
        "SegmentsSpilloverCount": 0,
        "SegmentsRejectedCount": 2,
        "BackendConnectionErrors": {
            "TimeoutCount": 1,
            "ConnectionRefusedCount": 0,
            "HTTPCode4XXCount": 0,
            "HTTPCode5XXCount": 3,
            "UnknownHostCount": 0,
            "OtherCount": 0,
        },
    }


class Office:
    """Counters that a test moves, and telemetry about them."""

    def __init__(self, line: Line, lines: Any) -> None:
        self.totals = Totals()
        self.telemetry = Telemetry(
            totals=lambda: self.totals,
            call=line,
            host=Host("i-0abc", "web-1"),
            resource_arn="arn:x",
            wall=lambda: 1767323045.0,
            log=lines.logger,
        )


def sent(line: Line) -> list[list[int]]:
    """The received counts of each call's records."""
    bodies = [json.loads(body) for _, body in line.calls]
    return [[entry["SegmentsReceivedCount"] for entry in body["TelemetryRecords"]] for body in bodies]


def test_nothing_is_reported_before_the_first_datagram(line: Line, lines: Any) -> None:
    office = Office(line, lines)
    office.telemetry.report()
    assert line.calls == []
    office.totals = Totals(received=1)
    office.telemetry.report()
    office.telemetry.report()
    assert sent(line) == [[1], [0]]
    path, body = line.calls[0]
    assert path == "/TelemetryRecords"
    assert {name: json.loads(body)[name] for name in ("EC2InstanceId", "Hostname", "ResourceARN")} == {
        "EC2InstanceId": "i-0abc",
        "Hostname": "web-1",
        "ResourceARN": "arn:x",
    }


def test_records_of_an_outage_are_sent_later_ten_a_call_and_the_oldest_beyond_thirty_are_dropped(
    line: Line, lines: Any
) -> None:
    office = Office(line, lines)
    line.answer = None
    for number in range(1, 36):
        office.totals = Totals(received=office.totals.received + number)
        office.telemetry.report()
    line.answer = Answer(200, b"{}", "application/json", "", None)
    line.calls.clear()
    office.telemetry.report()
    assert sent(line) == [list(range(7, 17)), list(range(17, 27)), [*range(27, 36), 0]]


def test_the_host_is_named_by_its_environment_and_else_by_its_system() -> None:
    environment = {"AWS_INSTANCE_ID": "i-" + "0" * 30, "AWS_HOSTNAME": "h" * 300}
    named = identify(environment, ask_metadata=True, metadata="http://127.0.0.1:1")
    assert (len(named.instance_id), len(named.name)) == (20, 255)
    unnamed = identify({}, ask_metadata=True, metadata="http://127.0.0.1:1")  # nothing listens there
    assert unnamed.instance_id == ""
    assert unnamed.name
    assert msgspec.structs.asdict(unnamed) == msgspec.structs.asdict(identify({}, ask_metadata=False))
