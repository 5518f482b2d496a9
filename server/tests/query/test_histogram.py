import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.query.histogram import MOST_BINS, histogram, milliseconds

counts = st.dictionaries(st.integers(0, 10_000_000), st.integers(1, 1_000_000), max_size=400)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [(0, 0, 0), (0, 499, 0), (0, 500, 1), (0, 1_499, 1), (0, 1_500, 2), (7, 13_007, 13), (1_000, 0, 0)],
)
def test_times_become_whole_milliseconds_with_a_half_rounded_up(start: int, end: int, expected: int) -> None:
    assert milliseconds(start, end) == expected


def test_each_millisecond_is_a_bin_of_its_own_in_ascending_order() -> None:
    assert histogram({502: 2, 0: 1, 501: 7}) == [
        {"Value": 0.0, "Count": 1},
        {"Value": 0.501, "Count": 7},
        {"Value": 0.502, "Count": 2},
    ]


def test_what_was_taken_back_has_no_bin() -> None:
    assert histogram({5: 0, 6: -2, 7: 1}) == [{"Value": 0.007, "Count": 1}]


def test_a_hundred_values_stay_exact_and_one_more_merges_neighbours_only_slightly() -> None:
    exact = {1000 + ms: 1 for ms in range(MOST_BINS)}
    assert [entry["Value"] for entry in histogram(exact)] == [(1000 + ms) / 1000 for ms in range(MOST_BINS)]

    merged = histogram({**exact, 1100: 1})

    # 101 neighbours a millisecond apart need bins of two.
    assert len(merged) == 51
    assert merged[0] == {"Value": 1.001, "Count": 2}  # the mean of 1000 and 1001, half rounded up


def test_a_merged_bin_shows_the_mean_of_what_it_holds() -> None:
    # Above 100 values far apart and two neighbours: only the neighbours merge.
    apart = {round(1.1**step * 1000): 1 for step in range(99)}
    bins = histogram({**apart, 999_999_999: 1, 1_000_000_003: 3})

    assert len(bins) == MOST_BINS
    assert bins[-1] == {"Value": 1_000_000.002, "Count": 4}


@given(counts)
def test_no_request_is_lost_and_no_more_than_a_hundred_bins_are_made(counted: dict[int, int]) -> None:
    bins = histogram(counted)

    assert len(bins) <= MOST_BINS
    assert sum(entry["Count"] for entry in bins) == sum(counted.values())
    values = [entry["Value"] for entry in bins]
    assert values == sorted(set(values))


@given(st.dictionaries(st.integers(20, 2000), st.integers(1, 50), min_size=101, max_size=500))
def test_usual_response_times_stay_within_five_percent(counted: dict[int, int]) -> None:
    values = [entry["Value"] * 1000 for entry in histogram(counted)]

    assert all(min(abs(value - ms) for value in values) <= 0.05 * ms + 0.5 for ms in counted)
