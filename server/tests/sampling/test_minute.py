"""A rate per minute, kept by quotas per second."""

from __future__ import annotations

import pytest

from radiograph.sampling.minute import MinuteRate

NOW = 1_700_000_000.0


def run(per_minute: int, clients: list[float], minutes: int, *, used: float = 1.0) -> list[int]:
    """Let clients report every ten seconds, each at its moment of the turn; return what each took.

    Args:
        per_minute: of the rule.
        clients: when in the turn each reports, seconds.
        minutes: of the run.
        used: share of what it may that a client takes.
    """
    rate = MinuteRate()
    given = [0] * len(clients)
    took = [0] * len(clients)
    for turn in range(minutes * 6):
        for number in sorted(range(len(clients)), key=lambda number: clients[number]):
            sampled = round(given[number] * used)
            took[number] += sampled
            moment = NOW + turn * 10 + clients[number]
            given[number] = rate.report(f"c{number}", sampled, per_minute=per_minute, now=moment)
            assert 0 <= given[number] <= 10
    return took


@pytest.mark.parametrize("per_minute", [1, 2, 6, 30, 60])
def test_one_client_takes_what_is_due(per_minute: int) -> None:
    (took,) = run(per_minute, [0.0], 60)
    assert per_minute * 60 - 2 * max(2, per_minute) <= took <= per_minute * 60


@pytest.mark.parametrize("per_minute", [2, 6, 30, 90])
def test_several_clients_take_as_much_together_each_the_same(per_minute: int) -> None:
    took = run(per_minute, [0.0, 3.0, 5.5, 9.0], 120)
    assert sum(took) == pytest.approx(per_minute * 120, abs=max(10, per_minute) + 10)
    assert sum(took) <= per_minute * 120 + 10
    assert max(took) - min(took) <= 10


def test_more_than_one_a_second_and_client_cannot_be_given() -> None:
    (took,) = run(600, [0.0], 10)
    assert took == 580  # none in the first two turns: nothing was due, and then the answer must come


def test_what_was_not_taken_is_given_again() -> None:
    (took,) = run(30, [0.0], 60, used=0.5)
    assert took >= 0.9 * 30 * 60


def test_a_client_that_is_gone_waits_for_nothing() -> None:
    rate = MinuteRate()
    for turn in range(6):
        rate.report("gone", 0, per_minute=6, now=NOW + turn * 10)
    rate.report("stays", 0, per_minute=6, now=NOW + 60)
    rate.report("stays", 0, per_minute=6, now=NOW + 120)
    assert list(rate.clients) == ["stays"]
