"""The division of a reservoir, and a simulated world in which it has to hold."""

from __future__ import annotations

import random
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server.tests.sampling.simulator import Client, World

from radiograph.sampling.reservoir import ALIVE_SECONDS, PROMISE_SECONDS, Need, Reservoir, divide, well_used

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = 1_700_000_000.0
# The share of what a reservoir could be used for that it is used for, where clients have more than enough to do.
WANTED = 0.95


def needs(*demands: float, turns: tuple[int, ...] = (), has: tuple[int, ...] = ()) -> dict[str, Need]:
    return {
        f"c{number:03}": Need(demand, turns[number] if turns else 0, has[number] if has else 0)
        for number, demand in enumerate(demands)
    }


def shares(found: dict[str, int]) -> list[int]:
    return [found[name] for name in sorted(found)]


@pytest.mark.parametrize(
    ("demands", "size", "wanted"),
    [
        ((100.0,), 7, [7]),
        ((100.0, 100.0), 7, [4, 3]),
        ((100.0, 100.0, 100.0), 6, [2, 2, 2]),
        ((100.0, 100.0, 100.0), 2, [1, 1, 0]),
        ((100.0, 10.0), 10, [5, 5]),
        # The second uses one unit nearly always, and no more; the first has the rest.
        ((100.0, 3.0), 10, [9, 1]),
        # All of it where it is of most use, though each would waste most of a unit.
        ((0.9, 0.2, 0.2), 1, [1, 0, 0]),
        ((0.0, 0.0), 5, [0, 0]),
        ((0.0, 1.0), 3, [0, 3]),
        ((), 5, []),
        ((5.0,), 0, [0]),
    ],
)
def test_a_reservoir_is_divided_by_what_is_needed(demands: tuple[float, ...], size: int, wanted: list[int]) -> None:
    assert shares(divide(needs(*demands), size)) == wanted


def test_what_cannot_be_divided_goes_to_those_whose_turn_it_is_and_else_stays() -> None:
    assert shares(divide(needs(9, 9, 9, turns=(1, 1, 0)), 1)) == [0, 0, 1]
    assert shares(divide(needs(9, 9, 9, has=(0, 1, 0)), 1)) == [0, 1, 0]
    assert shares(divide(needs(9, 9, 9, turns=(0, 1, 0), has=(0, 1, 0)), 1)) == [1, 0, 0]


@given(st.lists(st.floats(0, 200), max_size=30), st.integers(0, 300))
def test_never_more_than_there_is_and_all_of_it_while_somebody_wants_it(demands: list[float], size: int) -> None:
    known = needs(*demands)
    found = divide(known, size)
    assert found.keys() == known.keys()
    assert all(share >= 0 for share in found.values())
    assert sum(found.values()) <= size
    if sum(found.values()) < size:
        assert all(found[name] > need.demand or need.demand == 0 for name, need in known.items())


@given(st.floats(0, 200), st.integers(1, 40), st.integers(0, 300))
def test_who_needs_the_same_has_the_same(demand: float, clients: int, size: int) -> None:
    found = divide(needs(*[demand] * clients), size).values()
    assert max(found) - min(found) <= 1


@given(st.lists(st.floats(3, 200), min_size=2, max_size=20), st.integers(0, 300))
def test_who_needs_more_never_has_less(demands: list[float], size: int) -> None:
    found = shares(divide(needs(*sorted(demands)), size))
    assert all(more >= less - 1 for less, more in pairwise(found))


def test_a_unit_is_well_used_when_a_request_comes_in_nearly_every_second() -> None:
    assert [well_used(demand) for demand in (0, 1, 2, 3, 10, 100)] == [0, 0, 0, 1, 6, 87]


def test_a_client_gets_what_others_had_only_after_they_learnt_that_they_have_less() -> None:
    reservoir = Reservoir()
    assert reservoir.report("a", 1_000, size=6, now=NOW) == 6
    assert reservoir.report("b", 1_000, size=6, now=NOW + 4) == 0
    assert reservoir.report("a", 1_000, size=6, now=NOW + 10) == 3
    # The answer to a may still be under way.
    assert reservoir.report("c", 1, size=6, now=NOW + 10.5) == 0
    assert reservoir.report("b", 1_000, size=6, now=NOW + 14) == 3


def test_what_a_client_had_is_free_when_its_promise_has_ended() -> None:
    reservoir = Reservoir()
    reservoir.report("a", 1_000, size=6, now=NOW)
    assert reservoir.report("b", 1_000, size=6, now=NOW + PROMISE_SECONDS) == 0
    assert reservoir.report("b", 1_000, size=6, now=NOW + ALIVE_SECONDS + 1) == 6
    assert list(reservoir.clients) == ["b"]


def test_after_a_restart_nothing_is_promised_until_older_promises_have_ended() -> None:
    reservoir = Reservoir(quiet_until=NOW + PROMISE_SECONDS + 1)
    assert reservoir.report("a", 1_000, size=6, now=NOW + 9) is None
    assert reservoir.report("a", 1_000, size=6, now=NOW + 19) is None
    assert reservoir.report("a", 1_000, size=6, now=NOW + 29) == 6


def test_clients_that_are_more_than_the_units_take_turns() -> None:
    world = World([busy(number, 20) for number in range(3)], lambda _: 1, seed=1)
    units = dict.fromkeys(("c000", "c001", "c002"), 0)
    for _ in range(360):
        world.run(10)
        for client in world.clients:
            units[client.id] += client.quota or 0
    assert max(units.values()) <= 1.3 * min(units.values())
    assert world.record.used(30, 3_600) >= WANTED


def test_who_would_waste_most_of_a_unit_has_one_in_a_hundred_turns() -> None:
    world = World([busy(0, 20), Client("quiet", lambda _: 0.5, phase=5)], lambda _: 1, seed=1)
    quiet = 0
    for _ in range(720):
        world.run(10)
        quiet += world.clients[1].quota or 0
    assert 4 <= quiet <= 30
    assert world.record.used(30, 7_200) >= WANTED


def busy(number: int, demand: float) -> Client:
    return Client(f"c{number:03}", lambda _: demand, phase=number % 10)


def skewed(clients: int, total: float, skew: float, shift: float | None) -> Callable[[int], Callable[[float], float]]:
    """Return what gives each client its demand: as Zipf's law has it, and after every shift to others."""
    weights = [1 / (number + 1) ** skew for number in range(clients)]
    unit: float = total / sum(weights)

    def of(number: int) -> Callable[[float], float]:
        def demand(moment: float) -> float:
            moved = 0 if shift is None else int(moment // shift) * 7
            weight: float = weights[(number + moved) % clients]
            return unit * weight

        return demand

    return of


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    clients=st.integers(1, 60),
    size=st.integers(1, 80),
    plenty=st.floats(8, 40),
    skew=st.floats(0, 1.2),
    shift=st.none() | st.floats(120, 400),
    clocks=st.sampled_from((0.0, 3.0, 500.0)),
    stays=st.booleans(),
    restart=st.booleans(),
    missed=st.sampled_from((0.0, 0.05)),
)
def test_the_sum_of_all_clients_keeps_to_the_reservoir_and_uses_it(
    *,
    seed: int,
    clients: int,
    size: int,
    plenty: float,
    skew: float,
    shift: float | None,
    clocks: float,
    stays: bool,
    restart: bool,
    missed: float,
) -> None:
    """In worlds where every client that gets a unit can use it, and there is more to do than the reservoir lets."""
    seconds = 600
    chance = random.Random(seed)
    demand = skewed(clients, plenty * max(size, clients), skew, shift)
    world = World(
        [
            Client(
                f"c{number:03}",
                demand(number),
                arrives=0.0 if stays or chance.random() < 0.7 else chance.uniform(0, 300),
                leaves=seconds if stays or chance.random() < 0.9 else chance.uniform(300, seconds),
                clock=chance.uniform(-clocks, clocks),
                latency=0.3,
                phase=chance.uniform(0, 10),
                skips=missed,
            )
            for number in range(clients)
        ],
        lambda _: size,
        seed=seed,
        restarts=(300.0,) if restart else (),
    )
    record = world.run(seconds)
    assert max(record.promised) <= size
    assert max(record.taken) <= size
    # Whoever has no fresh quota may borrow one a second, and nobody else does.
    if stays and not restart and not missed:
        assert sum(record.borrowed[25:]) == 0
    if stays and not restart and not missed and shift is None:
        assert record.used(60, seconds) >= WANTED


@pytest.mark.parametrize("shift", [None, 200.0])
@pytest.mark.parametrize("clocks", [0.0, 500.0])
def test_hundreds_of_clients_with_skewed_and_shifting_load(shift: float | None, clocks: float) -> None:
    chance = random.Random(7)
    demand = skewed(200, 2_000, 0.8, shift)
    clients = [
        Client(
            f"c{number:03}",
            demand(number),
            clock=chance.uniform(-clocks, clocks),
            phase=chance.uniform(0, 10),
            latency=0.3,
        )
        for number in range(200)
    ]
    rate = 0.05
    record = World(clients, lambda _: 60, seed=7, rate=rate).run(600)
    assert max(record.promised) <= 60
    # In the first seconds each client borrows. Then no second has more than the reservoir and the rate of the rest, as
    # far as chance keeps to it: six standard deviations.
    for taken, borrowed, by_rate, requests in list(
        zip(record.taken, record.borrowed, record.by_rate, record.requests, strict=True)
    )[25:]:
        assert borrowed == 0
        rest = requests - taken
        assert taken + by_rate <= 60 + rate * rest + 6 * (rest * rate * (1 - rate)) ** 0.5
    assert record.used(60, 600) >= WANTED


def test_a_reservoir_that_shrinks_and_grows_is_kept_to_when_promises_have_ended() -> None:
    world = World([busy(number, 40) for number in range(20)], lambda moment: 50 if moment < 100 else 10, seed=3)
    record = world.run(300)
    assert max(record.promised[:100]) == 50
    assert max(record.promised[115:]) <= 10
    assert record.used(130, 300) >= WANTED


def test_a_client_that_has_nothing_to_do_leaves_its_share_to_the_others() -> None:
    clients = [busy(0, 40), Client("c001", lambda moment: 40.0 if moment < 100 else 0.0)]
    record = World(clients, lambda _: 10, seed=3).run(200)
    assert max(record.promised) == 10
    assert record.taken[140:] == [10] * 60
