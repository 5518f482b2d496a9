from typing import Any

import msgspec
import pytest

from radiograph.trace import (
    Cause,
    Entity,
    cause_reference,
    flags,
    http_status,
    indexed_annotations,
    is_in_progress,
    is_traced,
)


def entity(**members: Any) -> Entity:
    document = {"id": "70de5b6f19ff9a0a", "name": "shop", "start_time": 1795330725.0, **members}
    return msgspec.convert(document, Entity)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (200, 200),
        ("404", 404),
        (503.0, 503),
        (200.5, None),
        ("2OO", None),
        ("1_0", None),
        ("", None),
        (10**30, None),
        (-1, None),
        (None, None),
    ],
)
def test_a_status_is_read_in_every_form_that_means_one(status: Any, expected: int | None) -> None:
    assert http_status(entity(http={"response": {"status": status}})) == expected


@pytest.mark.parametrize("http", [None, {}, {"response": None}, {"response": {}}])
def test_no_response_has_no_status(http: Any) -> None:
    assert http_status(entity(http=http)) is None


@pytest.mark.parametrize(
    ("status", "error", "throttle", "fault"),
    [
        (200, False, False, False),
        (399, False, False, False),
        (400, True, False, False),
        (404, True, False, False),
        (429, True, True, False),
        ("429", True, True, False),
        (500, False, False, True),
        (599, False, False, True),
        (600, False, False, False),
    ],
)
def test_without_flags_the_outcome_follows_from_the_status(
    status: Any, *, error: bool, throttle: bool, fault: bool
) -> None:
    assert flags(entity(http={"response": {"status": status}})) == (error, throttle, fault)


def test_flags_that_were_sent_win_over_the_status() -> None:
    answered_500 = {"response": {"status": 500}}
    assert flags(entity(fault=False, http=answered_500)) == (False, False, False)
    assert flags(entity(error=True, fault=True, http=answered_500)) == (True, False, True)


def test_null_flags_are_absent_flags() -> None:
    assert flags(entity(error=None, fault=None, http={"response": {"status": 500}})) == (False, False, True)


def test_an_entity_is_in_progress_when_it_says_so_or_has_no_end() -> None:
    assert is_in_progress(entity(in_progress=True))
    assert is_in_progress(entity())
    assert is_in_progress(entity(in_progress=True, end_time=1795330726.0))
    assert not is_in_progress(entity(in_progress=False, end_time=1795330726.0))


def test_traced_is_read_in_both_places() -> None:
    assert is_traced(entity(traced=True))
    assert is_traced(entity(http={"request": {"traced": True}}))
    assert not is_traced(entity(http={"request": {}}))


def test_a_cause_has_three_forms() -> None:
    exceptions = {"working_directory": "/srv/app", "exceptions": [{"id": "685ac99e6efe23c8", "type": "KeyError"}]}
    own = entity(cause=exceptions)
    assert isinstance(own.cause, Cause)
    assert own.cause.exceptions is not None
    assert own.cause.exceptions[0].type == "KeyError"
    assert cause_reference(own) is None
    assert cause_reference(entity(cause="685ac99e6efe23c8")) == "685ac99e6efe23c8"
    assert cause_reference(entity(cause={"id": "685ac99e6efe23c8"})) == "685ac99e6efe23c8"


def test_annotations_keep_the_type_they_were_sent_with() -> None:
    sent = {"text": "1", "whole": 1, "part": 1.0, "truth": True}
    assert [(k, v, type(v)) for k, v in indexed_annotations(entity(annotations=sent))] == [
        ("text", "1", str),
        ("whole", 1, int),
        ("part", 1.0, float),
        ("truth", True, bool),
    ]


def test_annotations_are_indexed_under_the_keys_that_filters_can_name() -> None:
    sent = {"aws:api_id": "a", "key.with.dot": "b", "under_score": "c", "with space": "d", "ключ": "e", "": "f"}
    indexed = dict(indexed_annotations(entity(annotations=sent)))
    assert indexed == {"aws:api_id": "a", "key.with.dot": "b", "under_score": "c"}


def test_long_annotations_are_indexed_by_their_first_thousand_characters() -> None:
    assert dict(indexed_annotations(entity(annotations={"k": "x" * 1001}))) == {"k": "x" * 1000}


def test_an_integer_beyond_all_numbers_is_not_indexed() -> None:
    assert dict(indexed_annotations(entity(annotations={"k": 10**400, "l": 1}))) == {"l": 1}
