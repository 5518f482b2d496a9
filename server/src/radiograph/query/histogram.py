"""Response times as the lists of value and count that X-Ray's graph answers carry."""

from bisect import bisect_right
from collections.abc import Mapping
from itertools import pairwise

MOST_BINS = 100

# The first tolerance is finer than a bin of two neighbouring milliseconds can be at the usual response
# times, so the list only becomes as coarse as its length demands.
_FINEST = 0.001
_COARSER = 1.25


def milliseconds(start: int, end: int) -> int:
    """The time between two instants (µs) in whole milliseconds, a half rounded up; never negative."""
    return max(0, end - start + 500) // 1000


def seconds(milliseconds: int) -> float:
    """Whole milliseconds as the API's seconds with three decimals."""
    return milliseconds / 1000


def histogram(counts: Mapping[int, int]) -> list[dict[str, float | int]]:
    """Requests by response time, in the API's form, ascending.

    Every distinct millisecond is a bin of its own as long as there are at most `MOST_BINS`. Beyond that
    neighbours are merged, with the smallest relative width that gives few enough bins (5 % or less for
    times between 20 ms and 2 s), and a bin's value is the count-weighted mean of what it holds (our rule:
    X-Ray's own answers show 1 ms spacing and document no limit).

    Args:
        counts: number of requests by response time in whole milliseconds; entries that are not positive
            are left out.

    Returns:
        A list of `{"Value": seconds, "Count": n}` whose counts add up to those given.
    """
    values = sorted(value for value, count in counts.items() if count > 0)
    if len(values) <= MOST_BINS:
        return [{"Value": seconds(value), "Count": counts[value]} for value in values]
    cuts = _cuts(values)
    return [_bin(values[low:high], counts) for low, high in pairwise(cuts)]


def _cuts(values: list[int]) -> list[int]:
    """The positions in the sorted values at which bins begin, and the end of the last one.

    The wider the bins may be, the fewer there are, so that the smallest width that will do is found by halving.
    """
    high = 1
    while (cuts := _cuts_of(values, _FINEST * _COARSER**high)) is None:
        high *= 2
    low = high // 2 if high > 1 else -1
    while high - low > 1:
        middle = (low + high) // 2
        finer = _cuts_of(values, _FINEST * _COARSER**middle)
        if finer is None:
            low = middle
        else:
            high, cuts = middle, finer
    return cuts


def _cuts_of(values: list[int], tolerance: float) -> list[int] | None:
    """Bins of a relative width; None when they are too many."""
    cuts = [0]
    # The width is taken relative to the bin's upper end, which is never zero unless the bin is.
    widest = 1 / max(1 - tolerance, 1e-9)
    while cuts[-1] < len(values):
        if len(cuts) > MOST_BINS:
            return None
        cuts.append(bisect_right(values, values[cuts[-1]] * widest, lo=cuts[-1]))
    return cuts


def _bin(values: list[int], counts: Mapping[int, int]) -> dict[str, float | int]:
    total = sum(counts[value] for value in values)
    weighted = sum(value * counts[value] for value in values)
    return {"Value": seconds((2 * weighted + total) // (2 * total)), "Count": total}
