"""When a rule's rate rises, how far, and when not again."""

from __future__ import annotations

import pytest

from radiograph.sampling.boost import Boost, Boosted

# The next full ten minutes begin in 400 seconds.
NOW = 1_700_000_000.0


def decide(boost: Boost, at: float, *, fixed: float = 0.05, most: float = 1.0, cooldown: int = 10) -> Boosted | None:
    return boost.decide(fixed_rate=fixed, max_rate=most, cooldown_minutes=cooldown, now=NOW + at)


def with_anomalies(count: int, *, sampled: int = 0) -> Boost:
    boost = Boost()
    boost.add(anomalies=count, sampled=sampled, now=NOW)
    return boost


def test_without_anomalies_nothing_is_boosted() -> None:
    assert decide(Boost(), 0) is None
    assert decide(with_anomalies(0), 1) is None


@pytest.mark.parametrize(("anomalies", "rate"), [(1, 0.95), (2, 0.776), (10, 0.259), (50, 0.058)])
def test_the_rarer_anomalies_are_the_higher_is_the_rate(anomalies: int, rate: float) -> None:
    boosted = decide(with_anomalies(anomalies), 1)
    assert boosted is not None
    assert boosted.rate == pytest.approx(rate, abs=0.001)
    assert boosted.until == NOW + 61


def test_the_rate_is_never_above_the_highest() -> None:
    assert decide(with_anomalies(1), 1, most=0.3) == Boosted(0.3, NOW + 61)


def test_what_the_fixed_rate_catches_anyway_needs_no_boost() -> None:
    assert decide(with_anomalies(100), 1) is None
    assert decide(with_anomalies(1, sampled=1), 1) is None


def test_anomalies_of_more_than_a_minute_ago_do_not_count() -> None:
    assert decide(with_anomalies(1), 59) is not None
    assert decide(with_anomalies(1), 60) is None


def test_a_boost_lasts_a_minute_and_the_next_waits_for_a_full_window() -> None:
    boost = with_anomalies(1)
    first = decide(boost, 1)
    assert decide(boost, 60.9) == first == boost.current(now=NOW + 60)
    assert boost.current(now=NOW + 61) is None
    for moment, boosted in ((100, False), (399, False), (400, True)):
        boost.add(anomalies=1, sampled=0, now=NOW + moment)
        assert (decide(boost, moment) is not None) is boosted


@pytest.mark.parametrize("cooldown", [0, 1])
def test_without_a_long_cooldown_boosts_follow_each_other(cooldown: int) -> None:
    boost = with_anomalies(1)
    decide(boost, 1, cooldown=cooldown)
    boost.add(anomalies=1, sampled=0, now=NOW + 100)
    assert decide(boost, 101, cooldown=cooldown) is not None
