import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.trace import (
    TraceHeader,
    format_header,
    header_from_traceparent,
    header_to_traceparent,
    parse_header,
)

ROOT = "1-5759e988-bd862e3fe1be46a994272793"
PARENT = "53995c3f42cd8ad8"

VECTORS = [
    (f"Root={ROOT};Parent={PARENT};Sampled=1", TraceHeader(ROOT, PARENT, "1")),
    (f" Root={ROOT} ; Sampled=? ", TraceHeader(ROOT, None, "?")),
    (f"Self=1-x;Root={ROOT};CalledFrom=app", TraceHeader(ROOT, extra=(("CalledFrom", "app"),))),
    ("Sampled=0", TraceHeader(sampled="0")),
    ("Root=foo;Parent=bar", TraceHeader()),
    (
        f"Root={ROOT};Lineage=a:1|b:2;Foo=a=b",
        TraceHeader(ROOT, extra=(("Lineage", "a:1|b:2"), ("Foo", "a=b"))),
    ),
    ("", TraceHeader()),
    (";;;", TraceHeader()),
    ("=", TraceHeader()),
    ("Root", TraceHeader()),
]


@pytest.mark.parametrize(("text", "expected"), VECTORS)
def test_the_vectors_of_the_specification(text: str, expected: TraceHeader) -> None:
    assert parse_header(text) == expected


def test_keys_are_read_in_any_case_and_written_in_the_guides() -> None:
    header = parse_header(f"root={ROOT.upper()};PARENT={PARENT};sampled=1;lineage=25:a87bd80c:1")
    assert format_header(header) == f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=25:a87bd80c:1"


def test_a_part_without_an_equals_sign_does_not_spoil_the_rest() -> None:
    assert parse_header(f"garbage;Root={ROOT};Sampled=0") == TraceHeader(ROOT, None, "0")


def test_of_a_repeated_key_the_last_wins() -> None:
    text = f"Root=1-00000001-{'a' * 24};Root={ROOT};Sampled=0;Sampled=1;A=1;A=2"
    assert parse_header(text) == TraceHeader(ROOT, None, "1", (("A", "2"),))


def test_a_malformed_root_makes_the_whole_header_count_as_absent() -> None:
    assert parse_header(f"Root=1-5759e988-xyz;Parent={PARENT};Sampled=1;A=b") == TraceHeader()


def test_the_ids_of_an_unsampled_sdk_are_no_ids_but_its_decision_counts() -> None:
    text = "Root=1-00000000-000000000000000000000000;Parent=0000000000000000;Sampled=0;Lineage=a:1"
    assert parse_header(text) == TraceHeader(None, None, "0", (("Lineage", "a:1"),))


def test_a_malformed_parent_or_decision_is_treated_as_absent() -> None:
    assert parse_header(f"Root={ROOT};Parent=bar;Sampled=yes") == TraceHeader(ROOT)


def test_a_parent_without_a_root_belongs_to_no_trace() -> None:
    assert parse_header(f"Parent={PARENT};Sampled=1") == TraceHeader(None, None, "1")


def test_extra_fields_beyond_the_limit_are_dropped_and_what_fits_is_kept() -> None:
    header = parse_header(f"Root={ROOT};A={'x' * 9};B=12345;C=1234", extra_limit=15)
    assert header.extra == (("A", "x" * 9), ("C", "1234"))


def test_no_line_end_gets_from_a_header_into_the_next_one() -> None:
    assert parse_header(f"Root={ROOT};A=1\r\nX-Admin: yes;B=2").extra == (("B", "2"),)


def test_a_lineage_of_any_number_of_fields_is_passed_on() -> None:
    text = f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5|c512fbe3:2"
    assert format_header(parse_header(text)) == text


def test_an_empty_header_is_written_as_nothing() -> None:
    assert format_header(TraceHeader()) == ""


def test_traceparent_and_header_say_the_same() -> None:
    text = "00-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8-01"
    header = TraceHeader("1-6b0292a5-aa795e0655d8a18c1bce9406", "53995c3f42cd8ad8", "1")
    assert header_from_traceparent(text) == header
    assert header_to_traceparent(header) == text


def test_only_the_sampled_bit_of_the_flags_decides() -> None:
    prefix = "00-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8-"
    assert header_from_traceparent(prefix + "02").sampled == "0"
    assert header_from_traceparent(prefix + "03").sampled == "1"


def test_a_later_traceparent_version_may_carry_more_fields() -> None:
    tail = "-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8-01-more"
    assert header_from_traceparent("01" + tail).root == "1-6b0292a5-aa795e0655d8a18c1bce9406"
    assert header_from_traceparent("00" + tail) == TraceHeader()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ff-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8-01",
        "00-00000000000000000000000000000000-53995c3f42cd8ad8-01",
        "00-6b0292a5aa795e0655d8a18c1bce9406-0000000000000000-01",
        "00-6B0292A5AA795E0655D8A18C1BCE9406-53995c3f42cd8ad8-01",
        "00-6b0292a5aa795e0655d8a18c1bce9406-53995c3f42cd8ad8",
    ],
)
def test_an_invalid_traceparent_says_nothing(text: str) -> None:
    assert header_from_traceparent(text) == TraceHeader()


@pytest.mark.parametrize(
    "header",
    [
        TraceHeader(None, PARENT, "1"),
        TraceHeader(ROOT, None, "1"),
        TraceHeader(ROOT, PARENT, "?"),
        TraceHeader(ROOT, PARENT, None),
    ],
)
def test_there_is_no_traceparent_before_ids_and_decision_are_known(header: TraceHeader) -> None:
    assert header_to_traceparent(header) is None


@given(st.text())
def test_any_text_can_be_read_and_what_was_read_is_stable(text: str) -> None:
    header = parse_header(text)
    assert parse_header(format_header(header)) == header


@given(st.lists(st.sampled_from(["Root", "Parent", "Sampled", ROOT, PARENT, "=", ";", " ", "1", "?"])))
def test_pieces_of_headers_in_any_order_can_be_read_and_are_stable(pieces: list[str]) -> None:
    header = parse_header("".join(pieces))
    assert parse_header(format_header(header)) == header
