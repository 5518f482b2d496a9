"""What sampling theory lets a count be."""

from __future__ import annotations

import math

# A fair sampler leaves this range once in half a billion counts.
_DEVIATIONS = 6.0


def binomial_range(requests: int, rate: float) -> tuple[float, float]:
    """Return between which counts `requests` that are each sampled with a probability lie.

    Args:
        requests: all of them.
        rate: 0 to 1.
    """
    spread = _DEVIATIONS * math.sqrt(requests * rate * (1 - rate))
    return requests * rate - spread, requests * rate + spread
