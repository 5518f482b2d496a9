"""The tolerances themselves."""

from __future__ import annotations

import pytest
from tests.clients.sampling.expected import binomial_range


@pytest.mark.parametrize(
    ("requests", "rate", "wanted"),
    [(100, 0.0, (0, 0)), (100, 1.0, (100, 100)), (100, 0.5, (20, 80)), (10_000, 0.1, (820, 1_180)), (0, 0.5, (0, 0))],
)
def test_the_range_of_a_count(requests: int, rate: float, wanted: tuple[float, float]) -> None:
    assert binomial_range(requests, rate) == pytest.approx(wanted)
