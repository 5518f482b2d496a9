"""Several nodes share a reservoir, and together never promise more than it has."""

from __future__ import annotations

import asyncio
import random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.sampling.live import Sampling
from radiograph.sampling.reservoir import Reservoir
from radiograph.sampling.shares import Share, divide_among_nodes
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.sampling_rules import all_rules

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_700_000_000.0
KEY = "0 rule"


class Node:
    """A node with clients, each with so many requests a second."""

    def __init__(self, name: str, demands: list[float], *, ends: float) -> None:
        self.name = name
        self.demands = demands
        self.ends = ends
        self.share = Share(0, 0.0)
        self.clients = Reservoir()
        self.requests = 0

    def promised(self, moment: float) -> int:
        return self.clients.promised(moment)


def play(nodes: list[Node], size: int, seconds: int, chance: random.Random) -> tuple[int, float]:
    """Let time pass; return the most that was promised at once, and the mean share of the last third."""
    text = "{}"
    turns = {node.name: chance.uniform(0, 10) for node in nodes}
    most, used = 0, []
    for step in range(seconds):
        moment = NOW + step
        for node in nodes:
            if step >= node.ends:
                continue
            if (step + int(turns[node.name])) % 10 == 0:
                asked = {KEY: node.requests}
                text, shares = divide_among_nodes(text, node.name, {KEY: size}, asked, now=moment)
                node.share, node.requests = shares[KEY], 0
            for number, demand in enumerate(node.demands):
                if (step + number) % 10 == 5:
                    count = round(demand * 10)
                    node.requests += count
                    node.clients.report(str(number), count, size=min(size, node.share.usable(moment)), now=moment)
        promised = sum(node.promised(moment) for node in nodes)
        most = max(most, promised)
        if step > 2 * seconds / 3:
            used.append(promised / size)
    return most, sum(used) / len(used)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    size=st.integers(1, 40),
    loads=st.lists(st.lists(st.floats(5, 100), min_size=1, max_size=6), min_size=1, max_size=4),
    dies=st.booleans(),
)
def test_the_sum_over_all_nodes_keeps_to_the_reservoir(
    seed: int, size: int, loads: list[list[float]], *, dies: bool
) -> None:
    nodes = [
        Node(f"n{number}", demands, ends=150 if dies and number == 0 and len(loads) > 1 else 10_000)
        for number, demands in enumerate(loads)
    ]
    most, _ = play(nodes, size, 400, random.Random(seed))
    assert most <= size


def test_what_a_node_had_goes_to_the_others_when_it_is_gone() -> None:
    nodes = [Node("a", [50.0] * 4, ends=100), Node("b", [50.0] * 4, ends=10_000)]
    most, used = play(nodes, 12, 600, random.Random(1))
    assert most <= 12
    assert used == 1.0
    assert nodes[1].share.quota == 12


def test_parts_follow_the_load() -> None:
    nodes = [Node("a", [60.0] * 4, ends=10_000), Node("b", [4.0], ends=10_000)]
    play(nodes, 12, 300, random.Random(1))
    assert [node.share.quota for node in nodes] == [11, 1]


def test_a_part_is_not_promised_on_beyond_its_end() -> None:
    share = Share(5, NOW + 60)
    assert share.usable(NOW + 34) == 5
    assert share.usable(NOW + 34.5) == 0


def test_rules_that_are_no_more_are_forgotten() -> None:
    text, _ = divide_among_nodes("{}", "a", {KEY: 5}, {}, now=NOW)
    text, shares = divide_among_nodes(text, "a", {"1 other": 5}, {}, now=NOW)
    assert KEY not in text
    assert list(shares) == ["1 other"]


def test_a_node_that_is_alone_has_its_reservoirs_alone(tmp_path: Path) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    sampling = Sampling(lake, started=NOW)
    asyncio.run(asyncio.wait_for(sampling.share("a", wall=lambda: NOW), 5))
    assert quota(sampling, "a" * 24, at=NOW + 1) == 1
    lake.close()


def quota(sampling: Sampling, client: str, *, at: float) -> int:
    counts = {"RequestCount": 1_000, "SampledCount": 1, "BorrowCount": 0}
    document = {"RuleName": "Default", "ClientID": client, "Timestamp": at, **counts}
    answer = asyncio.run(sampling.answer({"SamplingStatisticsDocuments": [document]}, now=at))
    found: int = answer["SamplingTargetDocuments"][0]["ReservoirQuota"]
    return found


def test_a_node_of_a_cluster_promises_what_it_has(tmp_path: Path) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    (default,) = all_rules(lake).rules
    sampling = Sampling(lake, started=NOW)
    sampling.targets.share_with_others()
    assert quota(sampling, "a" * 24, at=NOW + 1) == 0
    assert sampling.targets.take_requests() == {"0 Default": 1_000}
    assert sampling.targets.take_requests() == {}
    sampling.targets.take_shares({"0 Default": Share(1, NOW + 60)})
    assert quota(sampling, "a" * 24, at=NOW + 11) == default.reservoir == 1
    lake.close()


@pytest.mark.parametrize("seed", range(3))
def test_nodes_that_meet_for_the_first_time_in_one_moment_share(seed: int) -> None:
    nodes = [Node(name, [50.0] * 2, ends=10_000) for name in "abc"]
    most, used = play(nodes, 9, 300, random.Random(seed))
    assert most == 9
    assert used >= 0.95
    assert [node.share.quota for node in nodes] == [3, 3, 3]
