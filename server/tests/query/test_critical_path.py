"""What the answer was waiting for: worked by hand, and what must hold of any trace."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from radiograph.query.critical_path import critical_path, on_the_path

if TYPE_CHECKING:
    from radiograph.trace.trace import Trace


def _path(trace: Trace) -> list[tuple[str, float, float]]:
    """The stretches as name, start and end in ms after the root's start."""
    start = trace.root().start
    return [
        (stretch.entity.name, (stretch.start - start) / 1000, (stretch.end - start) / 1000)
        for stretch in critical_path(trace)
    ]


def test_calls_one_after_the_other_and_what_lies_between(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "1",
            "web",
            0,
            100,
            subsegments=[scribe.subsegment("2", "first", 10, 40), scribe.subsegment("3", "second", 50, 90)],
        )
    )
    assert _path(trace) == [("web", 0, 10), ("first", 10, 40), ("web", 40, 50), ("second", 50, 90), ("web", 90, 100)]


def test_of_two_at_the_same_time_the_last_to_end_was_waited_for(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "1",
            "web",
            0,
            100,
            subsegments=[scribe.subsegment("2", "short", 10, 60), scribe.subsegment("3", "long", 10, 90)],
        )
    )
    assert _path(trace) == [("web", 0, 10), ("long", 10, 90), ("web", 90, 100)]
    assert on_the_path(trace, critical_path(trace)) == {scribe.id("1"), scribe.id("3")}


def test_of_two_that_overlap_the_first_counts_only_when_it_was_over(scribe: Any) -> None:
    # When the second began, nobody waited for the first alone: it went on beside it.
    trace = scribe.trace(
        scribe.segment(
            "1",
            "web",
            0,
            100,
            subsegments=[scribe.subsegment("2", "first", 10, 50), scribe.subsegment("3", "second", 40, 90)],
        )
    )
    assert _path(trace) == [("web", 0, 40), ("second", 40, 90), ("web", 90, 100)]


def test_work_that_goes_on_after_the_answer_was_not_waited_for(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[scribe.subsegment("2", "mail", 20, 400)]),
    )
    assert _path(trace) == [("web", 0, 100)]


def test_below_a_call_it_goes_on_in_the_service_that_was_called(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[scribe.remote("2", "orders", 10, 90)]),
        scribe.segment("3", "orders", 20, 80, parent_id="2"),
    )
    # The call's own time is the way there and back.
    assert _path(trace) == [
        ("web", 0, 10),
        ("orders", 10, 20),
        ("orders", 20, 80),
        ("orders", 80, 90),
        ("web", 90, 100),
    ]
    assert [stretch.entity.id for stretch in critical_path(trace)][1:4] == [scribe.id(each) for each in "232"]


def test_a_service_whose_clock_is_ahead_is_moved_into_its_call(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[scribe.remote("2", "orders", 10, 90)]),
        scribe.segment("3", "orders", 5_020, 5_080, parent_id="2"),
    )
    assert _path(trace)[-2:] == [("orders", 30, 90), ("web", 90, 100)]


def test_what_is_inside_of_what_is_inside(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment(
            "1",
            "web",
            0,
            100,
            subsegments=[
                scribe.subsegment("2", "cart", 10, 90, subsegments=[scribe.subsegment("3", "price", 20, 70)]),
            ],
        )
    )
    assert _path(trace) == [("web", 0, 10), ("cart", 10, 20), ("price", 20, 70), ("cart", 70, 90), ("web", 90, 100)]
    assert on_the_path(trace, critical_path(trace)) == {scribe.id(each) for each in "123"}


def test_what_lies_above_is_critical_though_it_has_no_time_of_its_own(scribe: Any) -> None:
    inside = [scribe.subsegment("3", "price", 0, 40), scribe.subsegment("4", "stock", 40, 100)]
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[scribe.subsegment("2", "cart", 0, 100, subsegments=inside)])
    )
    assert _path(trace) == [("price", 0, 40), ("stock", 40, 100)]
    assert on_the_path(trace, critical_path(trace)) == {scribe.id(each) for each in "1234"}


def test_a_part_that_has_not_ended_is_not_on_it(scribe: Any) -> None:
    open_ = scribe.subsegment("2", "mail", 10, None)
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[open_, scribe.subsegment("3", "cart", 20, 60)])
    )
    assert _path(trace) == [("web", 0, 20), ("cart", 20, 60), ("web", 60, 100)]


def test_what_a_queue_held_was_not_waited_for(scribe: Any) -> None:
    """The call put a message into a queue; whoever took it out began long after the answer."""
    call = scribe.segment("2", "SQS", 10, 30, namespace="aws", aws={"operation": "SendMessage"})
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[call]),
        scribe.segment("3", "worker", 5_000, 5_010, parent_id="2"),
    )
    assert "worker" not in {name for name, _, _ in _path(trace)}
    assert sum(end - start for _, start, end in _path(trace)) == 100


def test_a_call_that_gave_up_waited_for_the_callee_until_then(scribe: Any) -> None:
    trace = scribe.trace(
        scribe.segment("1", "web", 0, 100, subsegments=[scribe.remote("2", "orders", 10, 60, fault=True)]),
        scribe.segment("3", "orders", 20, 500, parent_id="2"),
    )
    assert _path(trace) == [("web", 0, 10), ("orders", 10, 20), ("orders", 20, 60), ("web", 60, 100)]
    assert [stretch.entity.id for stretch in critical_path(trace)][1:3] == [scribe.id("2"), scribe.id("3")]


def test_a_root_in_progress_has_none(scribe: Any) -> None:
    assert _path(scribe.trace(scribe.segment("1", "web", 0, None))) == []


_TIMES = st.integers(min_value=-50, max_value=1_050)
_STRETCHES = st.tuples(_TIMES, _TIMES).map(sorted)
_TREES: st.SearchStrategy[Any] = st.recursive(
    _STRETCHES.map(lambda stretch: (stretch, [])),
    lambda below: st.tuples(_STRETCHES, st.lists(below, max_size=3)),
    max_leaves=12,
)


# The scribe has no state of its own.
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(trees=st.lists(_TREES, max_size=4))
def test_it_fills_the_time_of_the_root_once(scribe: Any, trees: list[Any]) -> None:
    """Parts at any times, also before and after what they belong to."""
    number = itertools.count(2)

    def part(tree: Any) -> dict[str, Any]:
        (start, end), below = tree
        short = f"{next(number):x}"
        inside = [part(each) for each in below]
        made: dict[str, Any] = scribe.subsegment(
            short, f"part {short}", start, end, **({"subsegments": inside} if inside else {})
        )
        return made

    trace = scribe.trace(scribe.segment("1", "web", 0, 1_000, subsegments=[part(tree) for tree in trees]))
    root = trace.root()
    moment = root.start
    for stretch in critical_path(trace):
        assert stretch.start == moment
        assert stretch.end > stretch.start
        # Whatever was waited for ran at that time.
        assert stretch.entity.start <= stretch.start
        assert stretch.entity.end is not None
        assert stretch.end <= stretch.entity.end
        moment = stretch.end
    assert moment == root.end


_CALLS = st.lists(
    st.tuples(
        st.sampled_from(("remote", "aws", None)),
        _STRETCHES,  # the call, by the root's clock
        _STRETCHES,  # the callee, by its own
        st.integers(min_value=-10_000, max_value=10_000),  # how far that is ahead
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(calls=_CALLS)
def test_it_fills_the_time_of_the_root_once_whatever_the_clocks_say(scribe: Any, calls: list[Any]) -> None:
    number = itertools.count(2)
    parts: list[dict[str, Any]] = []
    callees: list[dict[str, Any]] = []
    for namespace, (start, end), (began, ended), ahead, failed in calls:
        call, callee, inside = (f"{next(number):x}" for _ in range(3))
        members: dict[str, Any] = {"fault": True} if failed else {}
        if namespace is not None:
            members["namespace"] = namespace
        parts.append(scribe.subsegment(call, "orders", start, end, **members))
        work = scribe.subsegment(inside, "work", began + ahead, ended + ahead)
        callees.append(
            scribe.segment(callee, "orders", began + ahead, ended + ahead, parent_id=call, subsegments=[work])
        )
    trace = scribe.trace(scribe.segment("1", "web", 0, 1_000, subsegments=parts), *callees)
    root = trace.root()
    assert root.name == "web"
    assert root.end is not None
    stretches = critical_path(trace)
    moment = root.start
    for stretch in stretches:
        assert stretch.start == moment
        assert stretch.end > stretch.start
        moment = stretch.end
    assert moment == root.end
    assert sum(stretch.time for stretch in stretches) == root.end - root.start
    assert {stretch.entity.id for stretch in stretches} <= on_the_path(trace, stretches)
