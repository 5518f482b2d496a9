"""What is said of a trace: one plain sentence with the right subject, then facts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from radiograph.query.critical_path import critical_path
from radiograph.query.linker import node_keys
from radiograph.query.verdict import MOST_DETAILS, Verdict, verdict

if TYPE_CHECKING:
    from radiograph.trace.trace import Trace

_FAULT = {"fault": True}
_THROTTLE = {"error": True, "throttle": True}


def _status(code: int) -> dict[str, Any]:
    return {"http": {"request": {"method": "GET", "url": "http://shop/"}, "response": {"status": code}}}


def _judged(scribe: Any, trace: Trace, *, after_ms: float = 3_600_000) -> Verdict:
    return verdict(trace, node_keys(trace, ""), critical_path(trace), account="", now=scribe.us(after_ms))


def _raised(short: str, type_: str, message: str) -> dict[str, Any]:
    return {"cause": {"working_directory": "/", "exceptions": [{"id": short * 16, "type": type_, "message": message}]}}


def test_a_failure_is_told_of_who_failed_and_not_of_who_passed_it_on(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[scribe.remote("2", "orders", 50, 350, **_FAULT, **_status(500))],
                **_FAULT,
                **_status(502),
            ),
            scribe.segment(
                "3",
                "orders",
                60,
                340,
                parent_id="2",
                **_FAULT,
                **_status(500),
                **_raised("a", "DeadlockDetected", "two orders wait for each other"),
            ),
        ),
    )
    assert judged.tone == "fault"
    assert judged.headline == "orders failed (500), so web failed too (502)."
    assert judged.entity == scribe.id("3")
    assert judged.details[0] == "orders reported DeadlockDetected: two orders wait for each other."


def test_a_failure_that_was_handled_is_told_as_one(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1", "web", 0, 400, subsegments=[scribe.table("2", "carts", 50, 100, **_FAULT)], **_status(200)
            )
        ),
    )
    assert judged.tone == "fault"
    assert "carts" in judged.headline
    assert judged.headline.endswith("but web answered well all the same (200).")


def test_a_service_that_fails_by_itself_is_told_with_its_exception(scribe: Any) -> None:
    judged = _judged(
        scribe, scribe.trace(scribe.segment("1", "web", 0, 9, **_FAULT, **_raised("a", "ValueError", "no such cart")))
    )
    assert judged.headline == "web failed: ValueError: no such cart."
    assert judged.entity == scribe.id("1")


def test_who_is_turned_away_is_not_said_to_turn_away(scribe: Any) -> None:
    """A 429 of somebody called, beside a failure: the subject is the one called."""
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[
                    scribe.remote("2", "payments.example", 10, 50, **_THROTTLE, **_status(429)),
                    scribe.remote("3", "bank.example", 60, 90, **_FAULT, **_status(500)),
                ],
                **_FAULT,
                **_status(500),
            )
        ),
    )
    assert judged.headline == "bank.example failed (500), so web failed too (500)."
    assert "payments.example turned web away once, since it was asked too often." in judged.details


def test_a_throttle_in_work_inside_a_call_is_that_of_the_one_called(scribe: Any) -> None:
    attempt = scribe.subsegment("4", "attempt 1", 20, 40, **_THROTTLE)
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[
                    scribe.remote("2", "payments.example", 10, 50, subsegments=[attempt]),
                    scribe.remote("3", "bank.example", 60, 90, **_FAULT),
                ],
                **_FAULT,
            )
        ),
    )
    assert "payments.example turned web away once, since it was asked too often." in judged.details
    assert not any("web turned web" in each for each in judged.details)


def test_a_throttle_of_which_nobody_knows_who_did_it_has_no_subject_made_up(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[
                    scribe.subsegment("2", "take a ticket", 10, 50, **_THROTTLE),
                    scribe.remote("3", "bank.example", 60, 90, **_FAULT),
                ],
                **_FAULT,
            )
        ),
    )
    assert "web was turned away once, since it asked too often." in judged.details


def test_a_throttle_that_is_the_answer_is_the_headline(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 9, **_THROTTLE, **_status(429))))
    assert judged.tone == "throttle"
    assert judged.headline.startswith("web ")
    assert "429" in judged.headline


def test_what_took_the_time_is_named(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 1_000, subsegments=[scribe.table("2", "carts", 100, 900)], **_status(200))
        ),
    )
    assert judged.tone == "slow"
    assert (
        judged.headline == "Nothing went wrong, but it took 1 s, of which 800 ms were spent waiting for DynamoDB carts."
    )
    assert judged.entity == scribe.id("2")


def test_many_calls_one_after_the_other_are_counted(scribe: Any) -> None:
    calls = [scribe.table(f"{2 + at:x}", "carts", 10 + 40 * at, 45 + 40 * at) for at in range(20)]
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 830, subsegments=calls, **_status(200))))
    assert judged.tone == "slow"
    assert any("20" in each and "carts" in each for each in judged.details)


def test_a_quick_answer_is_told_in_one_sentence(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 12, **_status(200))))
    assert judged.tone == "ok"
    assert judged.headline == "Nothing went wrong; web answered in 12 ms."


def test_what_has_not_finished_is_not_judged(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, None)), after_ms=1_000)
    assert judged.tone == "partial"
    assert judged.headline == "web has begun and is not known to have finished; nothing has failed so far."


@pytest.mark.parametrize("failures", [1, 2, 7])
def test_there_are_never_too_many_details(scribe: Any, failures: int) -> None:
    calls = [
        scribe.remote(f"{2 + at:x}", f"other{at}", 10 * at, 10 * at + 9, **_FAULT, **_raised(f"{at}", "E", f"m{at}"))
        for at in range(failures)
    ]
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 900, subsegments=calls, **_FAULT)))
    assert len(judged.details) <= MOST_DETAILS
    if failures > 1:
        assert any("other part" in each for each in judged.details)
