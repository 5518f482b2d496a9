import random

import pytest

from radiograph.trace import (
    InvalidEntityId,
    InvalidTraceId,
    inferred_id,
    new_entity_id,
    new_trace_id,
    parse_entity_id,
    parse_trace_id,
    trace_id_epoch,
    trace_id_to_w3c,
)

TRACE_ID = "1-6b0292a5-aa795e0655d8a18c1bce9406"


@pytest.mark.parametrize(
    "text",
    [TRACE_ID, "1-6B0292A5-AA795E0655D8A18C1BCE9406", "6b0292a5aa795e0655d8a18c1bce9406"],
)
def test_every_spelling_of_a_trace_id_gives_the_canonical_one(text: str) -> None:
    assert parse_trace_id(text) == TRACE_ID


def test_a_w3c_id_becomes_an_x_ray_id_as_the_guide_shows() -> None:
    assert parse_trace_id("4efaaf4d1e8720b39541901950019ee5") == "1-4efaaf4d-1e8720b39541901950019ee5"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "1-",
        "2-6b0292a5-aa795e0655d8a18c1bce9406",
        TRACE_ID + "0",
        TRACE_ID[:-1],
        TRACE_ID + "\n",
        " " + TRACE_ID,
        "1-6b0292a5aa795e0655d8a18c1bce9406",
        "1-6b0292ag-aa795e0655d8a18c1bce9406",
        "1-\u0666b0292a5-aa795e0655d8a18c1bce940",
        "1-00000000-000000000000000000000000",
        "0" * 32,
    ],
)
def test_anything_else_is_no_trace_id(text: str) -> None:
    with pytest.raises(InvalidTraceId):
        parse_trace_id(text)


def test_a_trace_id_translates_to_w3c_and_tells_its_second() -> None:
    assert trace_id_to_w3c(TRACE_ID) == "6b0292a5aa795e0655d8a18c1bce9406"
    assert trace_id_epoch("1-5759e988-bd862e3fe1be46a994272793") == 1465510280


def test_an_entity_id_is_sixteen_hex_digits_in_lower_case() -> None:
    assert parse_entity_id("70DE5B6F19FF9A0A") == "70de5b6f19ff9a0a"


@pytest.mark.parametrize("text", ["", "70de5b6f19ff9a0", "70de5b6f19ff9a0a0", "70de5b6f19ff9a0g", "0" * 16])
def test_anything_else_is_no_entity_id(text: str) -> None:
    with pytest.raises(InvalidEntityId):
        parse_entity_id(text)


def test_a_new_trace_id_holds_the_time_and_96_random_bits() -> None:
    trace_id = new_trace_id(0x6B0292A5 + 0.9, lambda bits: (1 << bits) - 1)
    assert trace_id == "1-6b0292a5-" + "f" * 24


def test_new_ids_are_valid_even_when_every_random_bit_is_zero() -> None:
    assert parse_trace_id(new_trace_id(0, lambda _: 0))
    assert parse_entity_id(new_entity_id(lambda _: 0))


def test_new_ids_differ() -> None:
    bits = random.Random(1).getrandbits
    assert len({new_entity_id(bits) for _ in range(1000)}) == 1000


def test_an_inferred_id_depends_on_the_trace_and_the_call_alone() -> None:
    first = inferred_id(TRACE_ID, "4cd3f10b76c624b4")
    assert first == inferred_id(TRACE_ID, "4cd3f10b76c624b4")
    assert parse_entity_id(first) == first
    assert first != inferred_id(TRACE_ID, "4cd3f10b76c624b5")
    assert first != inferred_id("1-6b0292a6-aa795e0655d8a18c1bce9406", "4cd3f10b76c624b4")
