"""Five SDKs, three processes each, under load beside each other: they sample by rules that boto3 makes and changes.

Each process decides about five kinds of requests, each of a service of its own, and tells by second how many it was
asked and how many it sampled. What the X-Ray SDKs sampled they also send, so that the service can be asked as well.

The SDK for Node.js takes times in seconds for milliseconds. So its quotas are always over, and each process borrows one
request a second for good. It and the one for Java see a rule that is made or deleted after five minutes only, a changed
rate at once.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from tests.clients.sampling.expected import binomial_range
from tests.support.foreign import environment, node_path, sampling_programs
from tests.support.program import Program
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import service_graph, summaries, traces, xray_client
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.clients, pytest.mark.timeout(900)]

SDKS = ("python", "node", "go", "java", "otel")
SENDING = ("python", "node", "go", "java")
PROCESSES = 3
RESERVOIR = 6
RATE, CHANGED_RATE = 0.3, 0.8
RULE = {
    "ResourceARN": "*",
    "Host": "*",
    "HTTPMethod": "*",
    "URLPath": "*",
    "ServiceType": "*",
    "FixedRate": 0.0,
    "ReservoirSize": 0,
    "Version": 1,
}
# When what is looked at begins and ends, seconds after the start: late, for a JVM that starts beside fourteen others.
# Every process has its quotas after its third or fourth report,
# and learns of a change with the next one.
STEADY = (58, 83)
CHANGE = 84
CHANGED = (110, 130)
END = 132


def rules_of(sdk: str) -> dict[str, dict[str, Any]]:
    """Return the rules for one SDK's services, by name; the first that matches decides."""
    named: dict[str, dict[str, Any]] = {
        "gone": {"Priority": 5, "FixedRate": 1.0},
        "api": {"Priority": 10, "URLPath": "/api/*", "ReservoirSize": RESERVOIR},
        "rate": {"Priority": 20, "Host": "*.test", "FixedRate": RATE},
        "none": {"Priority": 30},
        "all": {"Priority": 40, "HTTPMethod": "POST", "FixedRate": 1.0},
    }
    rules = {f"{sdk}-{kind}": {"ServiceName": f"{sdk}-{kind}", **more} for kind, more in named.items()}
    return rules | {f"{sdk}-rest": {"ServiceName": f"{sdk}-*", "Priority": 100}}


class Second(msgspec.Struct):
    """What one process was asked within a second.

    Attributes:
        at: seconds since the epoch.
        counted: by kind, how many requests and how many of them sampled.
    """

    at: int
    counted: dict[str, tuple[int, int]]


class Played(msgspec.Struct):
    """The whole run.

    Attributes:
        start: seconds since the epoch.
        told: by SDK, what each process told.
        client: boto3's, for the service that has seen it.
        seen: what the service says about rules and clients in the steady time.
    """

    start: int
    told: dict[str, list[list[Second]]]
    client: Any
    seen: dict[str, Any]

    def seconds(self, sdk: str, kind: str, window: tuple[int, int]) -> dict[int, tuple[int, int]]:
        """Return requests and sampled of all processes, by second of a window."""
        asked: Counter[int] = Counter()
        sampled: Counter[int] = Counter()
        for process in self.told[sdk]:
            for second in process:
                offset = second.at - self.start
                if window[0] <= offset < window[1]:
                    requests, taken = second.counted.get(kind, (0, 0))
                    asked[offset] += requests
                    sampled[offset] += taken
        return {offset: (asked[offset], sampled[offset]) for offset in range(*window)}

    def total(self, sdk: str, kind: str, window: tuple[int, int]) -> tuple[int, int]:
        """Return requests and sampled of a window."""
        counted = self.seconds(sdk, kind, window).values()
        return sum(asked for asked, _ in counted), sum(sampled for _, sampled in counted)


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    folder = tmp_path_factory.mktemp("sampling")
    # Before the clock runs: where nothing is installed yet, this takes minutes.
    programs = sampling_programs()
    node_path()
    with contextlib.ExitStack() as stack:
        radiograph = stack.enter_context(RadiographProcess(folder / "data", settings={"sampling_rules": "100"}))
        client = xray_client(radiograph.url)
        for sdk in SDKS:
            for name, more in rules_of(sdk).items():
                client.create_sampling_rule(SamplingRule={**RULE, "RuleName": name, **more})
        processes = {
            sdk: [_process(stack, folder, sdk, programs[sdk], radiograph, number) for number in range(PROCESSES)]
            for sdk in SDKS
        }
        start = int(time.time()) + 1
        _sleep_until(start + STEADY[1])
        seen = json.loads(radiograph.get("/api/v1/sampling"))
        _sleep_until(start + CHANGE)
        for sdk in SDKS:
            client.update_sampling_rule(SamplingRuleUpdate={"RuleName": f"{sdk}-rate", "FixedRate": CHANGED_RATE})
            client.delete_sampling_rule(RuleName=f"{sdk}-gone")
        told = {sdk: [_told(program) for program in processes[sdk]] for sdk in SDKS}
        yield Played(start=start, told=told, client=client, seen=seen)


def _process(  # noqa: PLR0917 -- what a process is made of
    stack: contextlib.ExitStack,
    folder: Path,
    sdk: str,
    command: list[str | Path],
    radiograph: RadiographProcess,
    number: int,
) -> Program:
    more: list[str | Path] = [f"http://{radiograph.daemon}"] if sdk == "otel" else []
    words = [*command, sdk, str(END), *more]
    given = environment(AWS_XRAY_DAEMON_ADDRESS=radiograph.daemon, NODE_PATH=node_path())
    log = folder / f"{sdk}-{number}.log"
    program = Program(words, log=log, environment=given, folder=folder)
    stack.callback(program.kill)
    return program


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _told(program: Program) -> list[Second]:
    """Wait for a program's end; return its lines."""
    wait_until(lambda: not program.running, seconds=END + 60, what="the end of an SDK's program")
    lines = [line for line in program.log.splitlines() if line.startswith('{"at"')]
    assert len(lines) > CHANGED[1] - 5, program.log
    return [msgspec.json.decode(line, type=Second) for line in lines]


@pytest.mark.parametrize("sdk", SDKS)
def test_together_the_processes_keep_to_the_reservoir_and_use_it(played: Played, sdk: str) -> None:
    seconds = played.seconds(sdk, "api", STEADY)
    assert min(asked for asked, _ in seconds.values()) > 3 * RESERVOIR, seconds
    sampled = [taken for _, taken in seconds.values()]
    # The program looks at the clock a moment after the SDK, so that a request may count in the second after its own.
    # The bucket of OpenTelemetry's sampler holds a second's quota, and fills while it is emptied.
    most = 2 * RESERVOIR if sdk == "otel" else RESERVOIR + 1
    assert max(sampled) <= most, sampled
    # Node.js borrows; see above.
    whole = (PROCESSES if sdk == "node" else RESERVOIR) * len(sampled)
    # With each report, OpenTelemetry's sampler throws away what is in its bucket, every ten seconds: less than a
    # request of each process.
    lost = PROCESSES * ((STEADY[1] - STEADY[0]) // 10 + 1) if sdk == "otel" else 0
    assert 0.95 * whole - lost <= sum(sampled) <= whole + RESERVOIR, sampled


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize(
    ("kind", "window", "rate"),
    [
        ("rate", STEADY, RATE),
        ("rate", CHANGED, CHANGED_RATE),
        ("none", STEADY, 0.0),
        ("none", CHANGED, 0.0),
        ("all", STEADY, 1.0),
        ("all", CHANGED, 1.0),
        ("gone", STEADY, 1.0),
        # The rule is deleted, and the one for all services of the SDK decides.
        ("gone", CHANGED, 0.0),
    ],
)
def test_each_kind_is_sampled_by_its_rule_also_after_a_change(
    played: Played, sdk: str, kind: str, window: tuple[int, int], rate: float
) -> None:
    if sdk in {"node", "java"} and (kind, window) == ("gone", CHANGED):
        rate = 1.0  # see above
    asked, sampled = played.total(sdk, kind, window)
    assert asked >= 50
    least, most = binomial_range(asked, rate)
    assert least <= sampled <= most, f"{sampled} of {asked}, wanted {least:.0f} to {most:.0f}"


@pytest.mark.parametrize("sdk", SDKS)
def test_the_service_knows_the_clients_and_what_they_may_take(played: Played, sdk: str) -> None:
    (rule,) = [rule for rule in played.seen["rules"] if rule["name"] == f"{sdk}-api"]
    clients = [client for client in played.seen["clients"] if client["rule"] == f"{sdk}-api"]
    # Each of OpenTelemetry's samplers is a client, and each has one service.
    assert rule["clients"] == len(clients) == PROCESSES
    wanted = PROCESSES if sdk == "node" else RESERVOIR
    assert rule["quota"] == sum(client["quota"] for client in clients) == wanted
    # Three processes have nearly twenty requests a second each, of which the reservoir's are sampled.
    assert rule["rates"]["requests"] == pytest.approx(50, rel=0.3)
    # Of the last sixty seconds, the first are without rules, and in the next ones they borrow, one each.
    assert PROCESSES - 1 <= rule["rates"]["sampled"] <= wanted + 0.5


@pytest.mark.parametrize("sdk", SENDING)
def test_what_was_sampled_arrived_with_the_name_of_its_rule(played: Played, sdk: str) -> None:
    graph = service_graph(played.client)
    for kind in ("api", "rate", "all", "gone"):
        name = f"{sdk}-{kind}"
        sampled = sum(second.counted.get(kind, (0, 0))[1] for process in played.told[sdk] for second in process)
        (node,) = [node for node in graph if node["Name"] == name and node["Type"] != "client"]
        arrived = node["SummaryStatistics"]["TotalCount"]
        # What was decided after the last second that was told is sent too.
        assert sampled <= arrived <= sampled + 200, name
    newest = [summary["Id"] for summary in summaries(played.client, FilterExpression=f'service("{sdk}-api")')][:5]
    for found in traces(played.client, newest).values():
        for segment in found["Segments"]:
            xray = json.loads(segment["Document"])["aws"]["xray"]
            assert (xray.get("sampling_rule_name") or xray.get("rule_name")) == f"{sdk}-api"


def test_the_statistics_of_the_service_are_those_of_the_clients(played: Played) -> None:
    pages = played.client.get_paginator("get_sampling_statistic_summaries").paginate()
    counted: Counter[str] = Counter()
    for page in pages:
        for summary in page["SamplingStatisticSummaries"]:
            assert summary["SampledCount"] >= summary["BorrowCount"]
            counted[summary["RuleName"]] += summary["RequestCount"]
    for sdk in SDKS:
        asked = sum(second.counted.get("rate", (0, 0))[0] for process in played.told[sdk] for second in process)
        # What came before the rules were known and after the last report is in nobody's statistics.
        assert 0.75 * asked <= counted[f"{sdk}-rate"] <= asked + 200
