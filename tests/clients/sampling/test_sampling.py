"""Five SDKs, three processes each, under load beside each other: they sample by rules that boto3 makes and changes.

Each process decides about ten kinds of requests, and tells by second which rule sampled how many of each: what its
segments say. What the X-Ray SDKs sampled they also send, so that the service can be asked as well.

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
# They ask for rules every five minutes only.
SLOW_TO_SEE_RULES = ("node", "java")
PROCESSES = 3
# OpenTelemetry's sampler has a bucket that every answer empties: of twice as much it loses half the share.
RESERVOIR = {"python": 6, "node": 6, "go": 6, "java": 6, "otel": 12}
# What they take of it: Node.js borrows; see above.
TAKEN = RESERVOIR | {"node": PROCESSES}
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
# When what is looked at begins and ends, seconds after the start. Every process has its quotas after its third or fourth
# report, the first of which comes ten seconds after a JVM has started beside fourteen others; it learns of a change with
# the next one.
STEADY = (58, 83)
CHANGE = 84
CHANGED = (110, 130)
END = 132
LATE_SECONDS = 8


class Kind(msgspec.Struct, frozen=True):
    """A kind of requests.

    Attributes:
        service: of each SDK its own, named after it.
        rule: that decides, likewise.
        rate: the share that is sampled; None where it is by reservoir.
        method: of HTTP.
        host: of the Host header.
        path: of the URL.
        every: it is asked once in so many twentieths of a second.
    """

    service: str
    rule: str
    rate: float | None
    method: str = "GET"
    host: str = "www.test"
    path: str = "/x"
    every: int = 5


KINDS = {
    "api": Kind("api", "api", None, path="/api/x", every=1),
    "rate": Kind("rate", "rate", RATE, every=1),
    "gone": Kind("gone", "z-gone", 1.0),
    "none": Kind("none", "none", 0.0),
    # One service, whose requests differ in method, host and path.
    "buy": Kind("shop", "z-buy", 1.0, method="POST", path="/buy/7/now"),
    "admin-buys": Kind("shop", "z-buy", 1.0, method="POST", host="admin.test", path="/buy/7"),
    "admin": Kind("shop", "y-admin", 0.0, host="Admin.test", path="/img/a.png"),
    "image": Kind("shop", "x-image", 1.0, path="/img/a.png"),
    "long-image": Kind("shop", "w-shop", 0.5, path="/img/ab.png"),
    "looks": Kind("shop", "w-shop", 0.5, path="/buy/7/now"),
}


def rules_of(sdk: str) -> dict[str, dict[str, Any]]:
    """Return the rules for one SDK's services, by name; by their names they would be tried the other way round."""
    rules: dict[str, dict[str, Any]] = {
        "z-gone": {"Priority": 5, "ServiceName": f"{sdk}-gone", "FixedRate": 1.0},
        "api": {"Priority": 10, "ServiceName": f"{sdk}-api", "URLPath": "/api/*", "ReservoirSize": RESERVOIR[sdk]},
        "rate": {"Priority": 20, "ServiceName": f"{sdk}-rate", "Host": "*.test", "FixedRate": RATE},
        "none": {"Priority": 30, "ServiceName": f"{sdk}-none"},
        "z-buy": {
            "Priority": 50,
            "ServiceName": f"{sdk}-s*p",
            "HTTPMethod": "POST",
            "URLPath": "/buy/*",
            "FixedRate": 1.0,
        },
        "y-admin": {"Priority": 51, "ServiceName": f"{sdk}-shop", "Host": "?dmin.*"},
        "x-image": {"Priority": 52, "ServiceName": f"{sdk}-sho?", "URLPath": "/img/?.png", "FixedRate": 1.0},
        "w-shop": {"Priority": 53, "ServiceName": f"{sdk}-shop", "FixedRate": 0.5},
        "a-rest": {"Priority": 100, "ServiceName": f"{sdk}-*"},
    }
    return {f"{sdk}-{name}": rule for name, rule in rules.items()}


class Counts(msgspec.Struct):
    """What one process decided about one kind within a second.

    Attributes:
        within: how many, by the rule that sampled them; "?" is none, "no" those that were not sampled.
        between: of those about which it decided while the second changed. They count in this one or the one before.
    """

    within: dict[str, int] = {}
    between: dict[str, int] = {}

    def rules(self) -> Counter[str]:
        """Return all of them by rule."""
        return Counter(self.within) + Counter(self.between)


class Second(msgspec.Struct):
    """What one process decided within a second.

    Attributes:
        at: seconds since the epoch.
        counted: by kind.
    """

    at: int
    counted: dict[str, Counts]


class Played(msgspec.Struct):
    """The whole run.

    Attributes:
        start: seconds since the epoch.
        told: by SDK, what each process told.
        late: what a process told that began after the rule was deleted, by SDK.
        client: boto3's, for the service that has seen it.
        seen: what the service says about rules and clients in the steady time.
    """

    start: int
    told: dict[str, list[list[Second]]]
    late: dict[str, list[Second]]
    client: Any
    seen: dict[str, Any]

    def counts(self, sdk: str, kind: str, window: tuple[int, int]) -> dict[int, list[Counts]]:
        """Return what each process told about a kind, by second of a window."""
        found: dict[int, list[Counts]] = {offset: [] for offset in range(*window)}
        for process in self.told[sdk]:
            for second in process:
                if second.at - self.start in found:
                    found[second.at - self.start].append(second.counted.get(kind, Counts()))
        return found

    def rules(self, sdk: str, kind: str, window: tuple[int, int]) -> Counter[str]:
        """Return how many requests of a window each rule sampled, all processes together."""
        every = [counts.rules() for second in self.counts(sdk, kind, window).values() for counts in second]
        return sum(every, Counter())


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
            for name, rule in rules_of(sdk).items():
                client.create_sampling_rule(SamplingRule={**RULE, "RuleName": name, **rule})

        def begin(sdk: str, number: int, seconds: int, kinds: list[str]) -> Program:
            words = [*programs[sdk], str(seconds), *(_word(sdk, kind) for kind in kinds)]
            given = environment(AWS_XRAY_DAEMON_ADDRESS=radiograph.daemon, NODE_PATH=node_path())
            log = folder / f"{sdk}-{number}.log"
            program = Program(words, log=log, environment=given, folder=folder)
            stack.callback(program.kill)
            return program

        processes = {sdk: [begin(sdk, number, END, list(KINDS)) for number in range(PROCESSES)] for sdk in SDKS}
        start = int(time.time()) + 1
        _sleep_until(start + STEADY[1])
        seen = json.loads(radiograph.get("/api/v1/sampling"))
        _sleep_until(start + CHANGE)
        for sdk in SDKS:
            client.update_sampling_rule(SamplingRuleUpdate={"RuleName": f"{sdk}-rate", "FixedRate": CHANGED_RATE})
            client.delete_sampling_rule(RuleName=f"{sdk}-z-gone")
        late = {sdk: begin(sdk, PROCESSES, LATE_SECONDS, ["gone"]) for sdk in SLOW_TO_SEE_RULES}
        told = {sdk: [_told(program) for program in processes[sdk]] for sdk in SDKS}
        told_late = {sdk: _told(program) for sdk, program in late.items()}
        yield Played(start=start, told=told, late=told_late, client=client, seen=seen)


def _word(sdk: str, name: str) -> str:
    kind = KINDS[name]
    return ",".join((name, f"{sdk}-{kind.service}", kind.method, kind.host, kind.path, str(kind.every)))


def _sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.time()))


def _told(program: Program) -> list[Second]:
    """Wait for a program's end; return its lines."""
    wait_until(lambda: not program.running, seconds=END + 60, what="the end of an SDK's program")
    lines = [line for line in program.log.splitlines() if line.startswith('{"at"')]
    assert lines, program.log
    return [msgspec.json.decode(line, type=Second) for line in lines]


@pytest.mark.parametrize("sdk", SDKS)
def test_every_process_tells_of_every_second(played: Played, sdk: str) -> None:
    for process in played.told[sdk]:
        told = {second.at - played.start for second in process}
        assert told >= set(range(*STEADY)) | set(range(*CHANGED))


@pytest.mark.parametrize("sdk", SDKS)
def test_together_the_processes_keep_to_the_reservoir_and_use_it(played: Played, sdk: str) -> None:
    rule = f"{sdk}-api"
    seconds = played.counts(sdk, "api", STEADY)
    asked = [sum(counts.rules().total() for counts in second) for second in seconds.values()]
    assert min(asked) > 2 * RESERVOIR[sdk], asked
    sampled = [sum(counts.within.get(rule, 0) for counts in second) for second in seconds.values()]
    # The bucket of OpenTelemetry's sampler holds a second's quota, and fills while it is emptied.
    is_bucket = sdk == "otel"
    assert max(sampled) <= (2 if is_bucket else 1) * TAKEN[sdk], sampled
    whole = TAKEN[sdk] * len(sampled)
    total = sum(counts.rules()[rule] for second in seconds.values() for counts in second)
    assert 0.95 * whole <= total <= whole + (TAKEN[sdk] if is_bucket else 0), sampled


@pytest.mark.parametrize("sdk", ["python", "node", "go", "java"])
def test_never_more_is_sampled_than_the_reservoir_and_one_for_each_process_without_quota(
    played: Played, sdk: str
) -> None:
    for offset, second in played.counts(sdk, "api", (0, END)).items():
        # Who has a quota of the reservoir is one of them.
        most = RESERVOIR[sdk] + PROCESSES - 1
        assert sum(counts.within.get(f"{sdk}-api", 0) for counts in second) <= most, offset


@pytest.mark.parametrize("sdk", SDKS)
def test_before_its_first_answer_a_process_borrows_one_request_a_second(played: Played, sdk: str) -> None:
    for process in played.told[sdk]:
        # The first report comes ten seconds after the first decision; the rules have come long before.
        early = [second.counted.get("api", Counts()) for second in process[3:8]]
        borrowed = sum(counts.rules()[f"{sdk}-api"] for counts in early)
        if sdk == "otel":  # a bucket again
            assert 4 <= borrowed <= 6
        else:
            assert borrowed == 5
            assert max(counts.within.get(f"{sdk}-api", 0) for counts in early) == 1


@pytest.mark.parametrize("sdk", SDKS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_is_sampled_by_the_rule_that_matches_first_and_at_its_rate(
    played: Played, sdk: str, kind: str
) -> None:
    rules = played.rules(sdk, kind, STEADY)
    wanted = KINDS[kind]
    assert rules.keys() <= {"no", f"{sdk}-{wanted.rule}"}
    if wanted.rate is not None:
        _assert_share(rules, f"{sdk}-{wanted.rule}", wanted.rate)


@pytest.mark.parametrize("sdk", SDKS)
def test_a_changed_rate_is_picked_up(played: Played, sdk: str) -> None:
    rules = played.rules(sdk, "rate", CHANGED)
    assert rules.keys() <= {"no", f"{sdk}-rate"}
    _assert_share(rules, f"{sdk}-rate", CHANGED_RATE)


@pytest.mark.parametrize("sdk", [sdk for sdk in SDKS if sdk not in SLOW_TO_SEE_RULES])
def test_a_deleted_rule_is_used_no_more(played: Played, sdk: str) -> None:
    # The rule for all services of the SDK decides in its place.
    assert played.rules(sdk, "gone", CHANGED).keys() == {"no"}


@pytest.mark.parametrize("sdk", SLOW_TO_SEE_RULES)
def test_a_process_that_begins_later_never_uses_a_deleted_rule(played: Played, sdk: str) -> None:
    assert f"{sdk}-z-gone" not in sum((second.counted["gone"].rules() for second in played.late[sdk]), Counter())
    # Local rules take one a second; so it has those of the service.
    for second in played.late[sdk][3:-1]:
        assert second.counted["gone"].rules().keys() == {"no"}
    assert len(played.late[sdk]) > 5


def _assert_share(rules: Counter[str], rule: str, rate: float) -> None:
    asked, sampled = rules.total(), rules[rule]
    assert asked >= 150
    least, most = binomial_range(asked, rate)
    assert least <= sampled <= most, f"{sampled} of {asked}, wanted {least:.0f} to {most:.0f}"


@pytest.mark.parametrize("sdk", SDKS)
def test_the_service_knows_the_clients_and_what_they_may_take(played: Played, sdk: str) -> None:
    (rule,) = [rule for rule in played.seen["rules"] if rule["name"] == f"{sdk}-api"]
    clients = [client for client in played.seen["clients"] if client["rule"] == f"{sdk}-api"]
    # Each of OpenTelemetry's samplers is a client, and each has one service.
    assert rule["clients"] == len(clients) == PROCESSES
    assert rule["quota"] == sum(client["quota"] for client in clients) == TAKEN[sdk]
    # Three processes have nearly twenty requests a second each, of which the reservoir's are sampled.
    assert rule["rates"]["requests"] == pytest.approx(50, rel=0.3)
    # Of the last sixty seconds, the first are without rules, and in the next ones they borrow, one each.
    assert PROCESSES - 1 <= rule["rates"]["sampled"] <= TAKEN[sdk] + 0.5


@pytest.mark.parametrize("sdk", SENDING)
def test_everything_that_was_sampled_arrived(played: Played, sdk: str) -> None:
    told = [second for process in played.told[sdk] for second in process] + played.late.get(sdk, [])
    sent: Counter[str] = Counter()
    for second in told:
        for kind, counts in second.counted.items():
            rules = counts.rules()
            sent[f"{sdk}-{KINDS[kind].service}"] += rules.total() - rules["no"]
    nodes = [node for node in service_graph(played.client) if node["Type"] != "client"]
    arrived = {node["Name"]: node["SummaryStatistics"]["TotalCount"] for node in nodes}
    assert {name: count for name, count in arrived.items() if name in sent} == dict(+sent)


@pytest.mark.parametrize("sdk", SENDING)
def test_the_segments_name_the_rule(played: Played, sdk: str) -> None:
    for service in dict.fromkeys(kind.service for kind in KINDS.values() if kind.rate != 0.0):
        newest = [one["Id"] for one in summaries(played.client, FilterExpression=f'service("{sdk}-{service}")')][:5]
        assert len(newest) == 5
        found = [
            json.loads(each["Document"])
            for trace in traces(played.client, newest).values()
            for each in trace["Segments"]
        ]
        named = {
            document["aws"]["xray"].get("sampling_rule_name") or document["aws"]["xray"].get("rule_name")
            for document in found
        }
        assert named <= {f"{sdk}-{kind.rule}" for kind in KINDS.values() if kind.service == service}


def test_the_statistics_of_the_service_are_those_of_the_clients(played: Played) -> None:
    pages = played.client.get_paginator("get_sampling_statistic_summaries").paginate()
    counted: Counter[str] = Counter()
    for page in pages:
        for summary in page["SamplingStatisticSummaries"]:
            assert summary["SampledCount"] >= summary["BorrowCount"]
            counted[summary["RuleName"]] += summary["RequestCount"]
    for sdk in SDKS:
        for rule in dict.fromkeys(kind.rule for kind in KINDS.values() if kind.rule != "z-gone"):
            kinds = [name for name, kind in KINDS.items() if kind.rule == rule]
            asked = sum(played.rules(sdk, kind, (-5, END + 60)).total() for kind in kinds)
            # What came before the rules were known and after the last report is in nobody's statistics.
            assert 0.75 * asked <= counted[f"{sdk}-{rule}"] <= asked, (sdk, rule)
