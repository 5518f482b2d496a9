"""The trace header, read as it comes and written as it goes on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph_sdk.header import TraceHeader, parse_header
from radiograph_sdk.ids import from_w3c, is_entity_id, is_trace_id, new_entity_id, new_trace_id, to_w3c

ROOT = "1-6b0292a5-aa795e0655d8a18c1bce9406"
PARENT = "53995c3f42cd8ad8"


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"Root={ROOT}", TraceHeader(ROOT)),
        (f"Root={ROOT};Parent={PARENT};Sampled=1", TraceHeader(ROOT, PARENT, sampled=True)),
        (f"Root={ROOT}; Parent={PARENT} ; Sampled=0", TraceHeader(ROOT, PARENT, sampled=False)),
        (f"Root={ROOT};Sampled=?", TraceHeader(ROOT, asked=True)),
        (
            f"Self=1-6b0292a6-12456789abcdef0123456789;Root={ROOT};CalledFrom=app",
            TraceHeader(ROOT, others=(("CalledFrom", "app"),)),
        ),
        (
            f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a87bd80c:1|68fd508a:5",
            TraceHeader(ROOT, PARENT, sampled=True, others=(("Lineage", "a87bd80c:1|68fd508a:5"),)),
        ),
        (f"ROOT={ROOT.upper()};pArEnT={PARENT.upper()};sampled=1", TraceHeader(ROOT, PARENT, sampled=True)),
        (f"nonsense;Root={ROOT};=x", TraceHeader(ROOT)),
        ("Root=1-abc;Sampled=1", TraceHeader(sampled=True)),
        (f"Root={ROOT};Sampled=1;Sampled=0", TraceHeader(ROOT, sampled=False)),
        (f"Root={ROOT};Sampled=yes", TraceHeader(ROOT)),
        (f"Root=1-{0:08x}-{0:024x};Parent={0:016x};Sampled=0", TraceHeader(sampled=False)),
        ("", TraceHeader()),
        (None, TraceHeader()),
    ],
)
def test_what_a_header_says(text: str | None, wanted: TraceHeader) -> None:
    assert parse_header(text) == wanted


def test_what_is_passed_on_is_in_the_order_of_the_wire_and_keeps_what_is_unknown() -> None:
    came = parse_header(f"Lineage=a:1;Sampled=?;Parent={PARENT};Root={ROOT};CalledFrom=app")
    assert came.text() == f"Root={ROOT};Parent={PARENT};Sampled=?;Lineage=a:1;CalledFrom=app"
    assert (
        came.text(parent="ab" * 8, sampled=True)
        == f"Root={ROOT};Parent={'ab' * 8};Sampled=1;Lineage=a:1;CalledFrom=app"
    )
    assert TraceHeader().text() == ""


def test_unknown_fields_are_passed_on_up_to_a_kilobyte() -> None:
    came = parse_header(f"Root={ROOT};a={'x' * 900};b={'y' * 200};c=z")
    assert [key for key, _ in came.others] == ["a"]


@given(st.text())
def test_nothing_that_comes_from_outside_is_raised_or_trusted(text: str) -> None:
    found = parse_header(text)
    assert found.root is None or is_trace_id(found.root)
    assert found.parent is None or is_entity_id(found.parent)
    assert parse_header(found.text()).root == found.root


def test_ids_have_their_form_and_carry_their_time() -> None:
    assert is_entity_id(new_entity_id())
    made = new_trace_id(0x6B0292A5 + 0.9)
    assert is_trace_id(made)
    assert made.startswith("1-6b0292a5-")
    assert len({new_trace_id(1.0) for _ in range(1_000)}) == 1_000


def test_ids_go_to_w3c_and_back() -> None:
    assert to_w3c(ROOT) == "6b0292a5aa795e0655d8a18c1bce9406"
    assert from_w3c(to_w3c(ROOT)) == ROOT
    for wrong in ("0" * 32, "abc", ROOT, "G" * 32):
        with pytest.raises(ValueError, match="is no W3C trace id"):
            from_w3c(wrong)
