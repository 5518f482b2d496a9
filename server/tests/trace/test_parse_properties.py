"""What holds for any input whatever."""

import json
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.trace import Document, Limits, Refusal, parse_document
from radiograph.trace.examine import Examined, examine
from radiograph.trace.parse import _perfect

LIMITS = Limits()
NOW = 1795330800.0

GOOD: dict[str, Any] = {
    "name": "shop",
    "id": "70de5b6f19ff9a0a",
    "trace_id": "1-6b0292a5-aa795e0655d8a18c1bce9406",
    "start_time": 1795330725.078,
    "end_time": 1795330725.192,
}

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=())),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
member_names = st.sampled_from(
    [
        *("id", "name", "trace_id", "parent_id", "type", "start_time", "end_time", "in_progress", "http", "aws"),
        *("cause", "annotations", "metadata", "subsegments", "sql", "links", "user", "origin", "namespace"),
        *("service", "precursor_ids", "error", "fault", "throttle", "traced", "unknown"),
    ]
)
tempting_values = st.sampled_from(
    [
        *(GOOD.values()),
        *("subsegment", "0" * 16, "70DE5B6F19FF9A0A", "", "a|b", "x" * 201, 1795330725078, -1.0, 1e300, 10**400),
        *({"request": {"url": 1}}, {"response": {"status": []}}, {"exceptions": [{"stack": [None]}]}),
    ]
)
subsegments = st.lists(
    st.dictionaries(member_names, json_values | tempting_values, max_size=4).map(
        lambda members: {**GOOD, "id": "53995c3f42cd8ad8", **members}
    )
    | json_values,
    max_size=3,
)
near_documents = st.builds(
    lambda changes, embedded, missing: {
        name: value for name, value in {**GOOD, "subsegments": embedded, **changes}.items() if name not in missing
    },
    st.dictionaries(member_names, json_values | tempting_values, max_size=5),
    subsegments,
    st.lists(member_names, max_size=1),
)


def check(text: str | bytes) -> None:
    parsed = parse_document(text, LIMITS, NOW)
    if isinstance(parsed, Refusal):
        assert parsed.message.startswith(
            (f"Invalid segment. ErrorCode: {parsed.code}, Cause: ", f"Invalid subsegment. ErrorCode: {parsed.code}, ")
        )
        assert parsed.message.encode()
        return
    assert parsed.text.encode()
    assert (parsed.end is None) == parsed.in_progress
    assert parsed.end is None or parsed.end >= parsed.start
    assert 1 <= len(parsed.name) <= 200
    # What is stored can be read again, and gives the same.
    again = parse_document(parsed.text, LIMITS, NOW)
    assert isinstance(again, Document)
    assert msgspec.structs.replace(again, repairs=()) == msgspec.structs.replace(parsed, repairs=())


@given(st.binary())
def test_any_bytes_are_accepted_or_refused(data: bytes) -> None:
    check(data)


@given(st.text(st.characters(exclude_categories=())))
def test_any_text_is_accepted_or_refused(text: str) -> None:
    check(text)


@given(json_values)
def test_any_json_is_accepted_or_refused(value: Any) -> None:
    check(json.dumps(value))


@settings(max_examples=500)
@given(document=near_documents, ascii_only=st.booleans())
def test_any_document_gone_wrong_is_accepted_or_refused(document: dict[str, Any], *, ascii_only: bool) -> None:
    check(json.dumps(document, ensure_ascii=ascii_only))


@settings(max_examples=200)
@given(st.data())
def test_a_document_with_broken_bytes_is_accepted_or_refused(data: st.DataObject) -> None:
    text = bytearray(json.dumps({**GOOD, "subsegments": [GOOD]}).encode())
    for _ in range(data.draw(st.integers(1, 3))):
        text[data.draw(st.integers(0, len(text) - 1))] = data.draw(st.integers(0, 255))
    check(bytes(text))


@settings(max_examples=500)
@given(near_documents)
def test_the_fast_look_and_the_exact_one_agree(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    exact = examine(text, LIMITS, NOW)
    fast = _perfect(text, LIMITS, NOW)
    if fast is not None:
        assert isinstance(exact, Examined)
        assert exact.entity == fast
        assert exact.repairs == ()
        assert exact.text == text
    else:
        # Only notation is left to the exact look without being a repair: ids in upper case, numbers beyond
        # a double in members nobody types.
        assert (
            isinstance(exact, Refusal) or exact.repairs or text != text.lower() or "e+" in text or str(10**400) in text
        )
