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


_TURNED_AWAY = "payments.example turned the request away (429, too many requests)"


@pytest.mark.parametrize(
    ("own", "headline"),
    [
        ({**_THROTTLE, **_status(429)}, f"{_TURNED_AWAY}, and web passed that on (429)."),
        ({**_FAULT, **_status(502)}, "web failed (502)."),
        (_status(200), f"{_TURNED_AWAY}, but web answered well all the same (200)."),
    ],
    ids=["passed on", "made a failure of it", "handled"],
)
def test_who_turns_web_away_is_the_subject(scribe: Any, own: dict[str, Any], headline: str) -> None:
    call = scribe.remote("2", "payments.example", 10, 50, **_THROTTLE, **_status(429))
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 400, subsegments=[call], **own)))
    assert judged.headline == headline
    beside = "payments.example turned web away once, since it was asked too often."
    assert (beside in judged.details) is (judged.tone == "fault")


def test_a_service_that_turns_its_caller_away_tells_so_itself(scribe: Any) -> None:
    """It sent a segment: the deepest with a 429 is its own, and whom it turned away stands above."""
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[
                    scribe.remote("2", "payments", 10, 50, **_THROTTLE, **_status(429)),
                    scribe.remote("4", "payments", 60, 90, **_THROTTLE, **_status(429)),
                    scribe.remote("6", "bank.example", 100, 190, **_FAULT),
                ],
                **_FAULT,
            ),
            scribe.segment("3", "payments", 20, 40, parent_id="2", **_THROTTLE, **_status(429)),
            scribe.segment("5", "payments", 70, 80, parent_id="4", **_THROTTLE, **_status(429)),
        ),
    )
    assert "payments turned web away twice, since it was asked too often." in judged.details


def test_a_client_that_was_turned_away_has_no_name(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 40, **_FAULT, **_status(500)),
            scribe.segment("2", "orders", 50, 90, **_THROTTLE, **_status(429)),
        ),
    )
    assert judged.headline == "web failed (500)."
    assert "orders turned its client away once, since it was asked too often." in judged.details


@pytest.mark.parametrize(
    ("code", "headline"),
    [
        (400, "web could not make sense of the request (400)."),
        (401, "web did not know who was asking (401)."),
        (403, "web did not allow it (403)."),
        (404, "web did not find what was asked for (404)."),
        (418, "web refused the request (418)."),
    ],
)
def test_what_the_client_got_wrong_is_no_failure_of_the_service(scribe: Any, code: int, headline: str) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 9, error=True, **_status(code))))
    assert (judged.tone, judged.headline) == ("error", headline)


def test_an_error_is_told_of_who_found_it(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1",
                "web",
                0,
                400,
                subsegments=[scribe.remote("2", "carts", 10, 390, error=True, **_status(404))],
                error=True,
                **_status(404),
            ),
            scribe.segment(
                "3",
                "carts",
                20,
                380,
                parent_id="2",
                subsegments=[scribe.remote("4", "stock", 30, 370, error=True, **_status(404))],
                error=True,
                **_status(404),
            ),
            scribe.segment("5", "stock", 40, 360, parent_id="4", error=True, **_status(404)),
        ),
    )
    assert judged.headline == "stock did not find what was asked for (404), and web passed that on (404)."
    assert "The answer went from stock through carts to web." in judged.details
    assert judged.entity == scribe.id("5")


def test_a_failed_call_whose_callee_knows_of_no_failure_is_told_as_that(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 400, subsegments=[scribe.remote("2", "orders", 10, 50, **_FAULT)], **_FAULT),
            scribe.segment("3", "orders", 20, 380, parent_id="2", **_status(200)),
        ),
    )
    assert judged.headline == "web got no good answer from orders."


def test_a_failure_with_a_long_message_stays_one_line(scribe: Any) -> None:
    message = "no such cart\n" * 1_000
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 9, **_FAULT, **_raised("a", "E", message))))
    assert judged.headline.startswith("web failed: E: no such cart no such cart ")
    assert "\n" not in judged.headline
    assert len(judged.headline) < 250


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
    # Twenty times 35 ms; the rest is before, between and after them.
    assert (
        judged.headline
        == "Nothing went wrong, but it took 830 ms, of which 700 ms were spent waiting for DynamoDB carts."
    )
    assert judged.details == [
        "Where the time went: 84 % waiting for DynamoDB carts and 16 % in web itself.",
        "web asked DynamoDB carts 20 times, one call after the other.",
    ]


@pytest.mark.parametrize(("calls", "told"), [(4, False), (5, True)])
def test_only_many_calls_are_worth_a_word(scribe: Any, calls: int, told: bool) -> None:
    asked = [scribe.remote(f"{2 + at:x}", "orders", 10 * at, 10 * at + 8) for at in range(calls)]
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 60, subsegments=asked, **_status(200))))
    assert ("web asked orders 5 times, one call after the other." in judged.details) is told
    assert any("one call after the other" in each for each in judged.details) is told


def test_calls_at_the_same_time_are_not_one_after_the_other(scribe: Any) -> None:
    calls = [scribe.remote(f"{2 + at:x}", "orders", 10 + at, 90 + at) for at in range(9)]
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 100, subsegments=calls, **_status(200))))
    # From the start of the last, 18 ms, until its end, 98 ms.
    assert judged.details == ["Where the time went: 80 % waiting for orders and 20 % in web itself."]


def test_a_service_that_needs_the_time_itself_is_the_subject(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 2_000, subsegments=[scribe.table("2", "carts", 0, 100)], **_status(200))
        ),
    )
    assert (judged.tone, judged.headline) == ("slow", "Nothing went wrong, but web took 2 s.")
    assert judged.entity == scribe.id("1")


def test_a_service_below_that_needs_the_time_itself_is_not_waited_for_in_the_dark(scribe: Any) -> None:
    # It sent a segment, so that one knows that the time went there: "in", not "waiting for".
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 900, subsegments=[scribe.remote("2", "orders", 50, 850)], **_status(200)),
            scribe.segment("3", "orders", 60, 840, parent_id="2", **_status(200)),
        ),
    )
    # The way there and back counts as waiting for whoever was called.
    assert judged.headline == "Nothing went wrong, but it took 900 ms, of which 800 ms were spent in orders."
    assert judged.entity == scribe.id("3")


@pytest.mark.parametrize(("ms", "tone"), [(499.999, "ok"), (500, "slow")])
def test_half_a_second_is_slow(scribe: Any, ms: float, tone: str) -> None:
    assert _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, ms))).tone == tone


def test_what_goes_on_after_the_answer_is_told(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment("1", "web", 0, 100, subsegments=[scribe.subsegment("2", "mail", 20, 400)], **_status(200))
        ),
    )
    assert judged.headline == "Nothing went wrong; web answered in 100 ms."
    assert judged.details == ["After the answer, work went on for 300 ms in web."]


def test_a_quick_answer_is_told_in_one_sentence(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, 12, **_status(200))))
    assert judged.tone == "ok"
    assert judged.headline == "Nothing went wrong; web answered in 12 ms."


def test_what_has_not_finished_is_not_judged(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("1", "web", 0, None)), after_ms=1_000)
    assert judged.tone == "partial"
    assert judged.headline == "web has begun and is not known to have finished; nothing has failed so far."


def test_a_failure_before_the_end_is_told_though_nothing_has_ended(scribe: Any) -> None:
    judged = _judged(
        scribe,
        scribe.trace(
            scribe.segment(
                "1", "web", 0, None, subsegments=[scribe.remote("2", "bank.example", 10, 50, **_FAULT, **_status(503))]
            )
        ),
        after_ms=1_000,
    )
    assert (judged.tone, judged.headline) == (
        "fault",
        "bank.example failed (503), and web has not finished yet.",
    )


def test_a_caller_that_never_came_is_told(scribe: Any) -> None:
    judged = _judged(scribe, scribe.trace(scribe.segment("3", "orders", 0, 280, parent_id="2")), after_ms=1_000)
    assert judged.tone == "partial"
    assert judged.headline == "orders answered in 280 ms, but parts of this trace have not come."
    assert judged.details[0] == f"The caller of orders has not come: the part {scribe.id('2')} of the trace is missing."
    assert judged.entity == scribe.id("3")


def test_a_failure_below_a_caller_that_never_came_is_told_first(scribe: Any) -> None:
    judged = _judged(
        scribe, scribe.trace(scribe.segment("3", "orders", 0, 280, parent_id="2", **_FAULT)), after_ms=1_000
    )
    assert (judged.tone, judged.headline) == ("fault", "orders failed.")
    assert judged.details[0] == f"The caller of orders has not come: the part {scribe.id('2')} of the trace is missing."


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
