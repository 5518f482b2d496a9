import json
from typing import Any

import pytest

from radiograph.trace import Document, Limits, Refusal, parse_document

LIMITS = Limits()
NOW = 1795330800.0
TRACE_ID = "1-6b0292a5-aa795e0655d8a18c1bce9406"

# A real document of the X-Ray SDK for Python.
PYTHON_SDK = """{"id":"38b69cffc1a1d0c5","name":"demo","start_time":1795330725.0789113,"in_progress":false,
 "http":{"request":{"url":"http://a/b","method":"GET"},"response":{"status":429}},
 "annotations":{"k":1},"metadata":{"default":{"m":{"a":[1]}}},
 "aws":{"xray":{"sdk":"X-Ray for Python","sdk_version":"2.15.0","sampling_rule_name":"Default"},"ecs":{"container":"vm"}},
 "subsegments":[{"id":"8da79d4ebf45269f","name":"db","start_time":1795330725.0790527,"parent_id":"38b69cffc1a1d0c5","in_progress":false,
   "subsegments":[{"id":"3eae9c921ba1c2d8","name":":memory:","start_time":1795330725.0792897,"parent_id":"8da79d4ebf45269f","in_progress":false,
     "trace_id":"1-6b0292a5-aa795e0655d8a18c1bce9406","type":"subsegment","namespace":"remote",
     "sql":{"database_version":"3.40.1","database_type":"sqlite3"},"end_time":1795330725.0793703}],
   "trace_id":"1-6b0292a5-aa795e0655d8a18c1bce9406","type":"subsegment","namespace":"local","end_time":1795330725.0793989}],
 "trace_id":"1-6b0292a5-aa795e0655d8a18c1bce9406","user":"bob","origin":"AWS::ECS::Container",
 "service":{"runtime":"CPython","runtime_version":"3.11.7"},"throttle":true,"error":true,"end_time":1795330725.0798247}"""  # noqa: E501


def segment(**members: Any) -> dict[str, Any]:
    document = {
        "name": "shop",
        "id": "70de5b6f19ff9a0a",
        "trace_id": TRACE_ID,
        "start_time": 1795330725.078,
        "end_time": 1795330725.192,
    }
    document.update(members)
    return {name: value for name, value in document.items() if value is not ...}


def subsegment(**members: Any) -> dict[str, Any]:
    return segment(type="subsegment", parent_id="70de5b6f19ff9a0b", id="53995c3f42cd8ad8", **members)


def accepted(document: Any, limits: Limits = LIMITS) -> Document:
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    parsed = parse_document(text, limits, NOW)
    assert isinstance(parsed, Document), parsed
    return parsed


def refused(document: Any, limits: Limits = LIMITS) -> Refusal:
    text = document if isinstance(document, str | bytes) else json.dumps(document)
    parsed = parse_document(text, limits, NOW)
    assert isinstance(parsed, Refusal), parsed
    return parsed


def test_a_real_document_is_accepted_unchanged() -> None:
    document = accepted(PYTHON_SDK)
    assert document.text == PYTHON_SDK
    assert document.trace_id == TRACE_ID
    assert document.id == "38b69cffc1a1d0c5"
    assert document.name == "demo"
    assert document.parent_id is None
    assert not document.is_subsegment
    assert not document.in_progress
    assert document.start == 1795330725078911
    assert document.end == 1795330725079825
    assert document.repairs == ()
    assert document.entity.subsegments is not None
    assert document.entity.subsegments[0].subsegments is not None
    assert document.entity.subsegments[0].subsegments[0].sql is not None
    assert document.entity.subsegments[0].subsegments[0].sql.database_type == "sqlite3"


def test_bytes_are_accepted_like_text() -> None:
    assert accepted(PYTHON_SDK.encode()) == accepted(PYTHON_SDK)


def test_a_fragment_has_no_end() -> None:
    document = accepted(segment(end_time=..., in_progress=True))
    assert document.in_progress
    assert document.end is None


def test_a_document_with_neither_end_nor_in_progress_is_in_progress() -> None:
    assert accepted(segment(end_time=...)).in_progress


def test_a_separate_subsegment_names_its_parent() -> None:
    document = accepted(subsegment(namespace="remote"))
    assert document.is_subsegment
    assert document.parent_id == "70de5b6f19ff9a0b"


@pytest.mark.parametrize("number", ["1.795330725078E9", "1795330725.078", "1795330725078e-3", "17953307.25078E+2"])
def test_every_form_of_a_json_number_is_a_time(number: str) -> None:
    text = json.dumps(segment()).replace("1795330725.078", number)
    assert accepted(text).start == 1795330725078000


def test_ids_in_upper_case_become_canonical() -> None:
    document = accepted(segment(id="70DE5B6F19FF9A0A", trace_id=TRACE_ID.upper(), parent_id="53995C3F42CD8AD8"))
    assert document.id == document.entity.id == "70de5b6f19ff9a0a"
    assert document.trace_id == document.entity.trace_id == TRACE_ID
    assert document.parent_id == document.entity.parent_id == "53995c3f42cd8ad8"


def test_a_w3c_trace_id_is_normalised() -> None:
    assert accepted(segment(trace_id="6b0292a5aa795e0655d8a18c1bce9406")).trace_id == TRACE_ID


def test_the_time_inside_the_trace_id_does_not_matter() -> None:
    assert accepted(segment(trace_id="1-00000001-aa795e0655d8a18c1bce9406"))


def test_an_end_before_the_start_is_a_duration_of_zero() -> None:
    document = accepted(segment(end_time=1795330724.0))
    assert document.end == document.start == 1795330725078000
    assert accepted(segment(end_time=-1e308)).end == 1795330725078000


@pytest.mark.parametrize(
    "members",
    [
        {"http": None, "aws": None, "annotations": None, "subsegments": None, "cause": None, "parent_id": None},
        {"http": {}, "aws": {}, "annotations": {}, "subsegments": [], "cause": {}, "metadata": {}, "service": {}},
        {"fault": False, "error": False, "throttle": False, "in_progress": False},
        {"http": {"response": {"status": "200", "content_length": "17"}}},
        {"http": {"response": {"content_length": -1}}},
        {"something_new": {"deeply": [{"nested": None}]}},
        {"name": "Ключ 鍵 a_b.c:d/e%f&g#h=i+j\\k-l@m"},
        {"name": "x" * 200},
        {"metadata": [1, "two", None]},
        {"service": {"version": "1", "compiler": 4}},
        {"cause": "685ac99e6efe23c8"},
        {"cause": {"id": "685ac99e6efe23c8"}},
        {"aws": {"consumed_capacity": [{"TableName": "t"}]}},
    ],
)
def test_what_official_clients_send_needs_no_repair(members: dict[str, Any]) -> None:
    assert accepted(segment(**members)).repairs == ()


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("[]", "MissingId"),
        (f"[{json.dumps(subsegment())}]", "MissingId"),
        ("", "ParseError"),
        ("null", "ParseError"),
        ("17", "ParseError"),
        ('"segment"', "ParseError"),
        ("{", "ParseError"),
        ('{"id":NaN}', "ParseError"),
        (b'{"id":"\xff"}', "ParseError"),
        ("{}", "MissingId"),
        (segment(id=None), "MissingId"),
        (segment(id=5), "InvalidId"),
        (segment(id="70de5b6f19ff9a0"), "InvalidId"),
        (segment(id="0" * 16), "InvalidId"),
        (segment(trace_id=...), "MissingTraceId"),
        (segment(trace_id=7), "InvalidTraceId"),
        (segment(trace_id="1-6b0292a5"), "InvalidTraceId"),
        (segment(trace_id="1-00000000-000000000000000000000000"), "InvalidTraceId"),
        (segment(name=...), "MissingName"),
        (segment(name=""), "MissingName"),
        (segment(name=["shop"]), "InvalidName"),
        (segment(start_time=...), "MissingStartTime"),
        (segment(start_time="1795330725"), "InvalidStartTime"),
        (segment(start_time=True), "InvalidStartTime"),
        (segment(start_time=-1), "InvalidStartTime"),
        (segment(start_time=10**400), "InvalidStartTime"),
        (segment(end_time="soon"), "InvalidEndTime"),
        (segment(end_time=False), "InvalidEndTime"),
        (segment(end_time=1795330725192), "InvalidEndTime"),
        (subsegment() | {"parent_id": None}, "MissingParentId"),
        (subsegment() | {"parent_id": "root"}, "InvalidParentId"),
        (subsegment() | {"parent_id": "0" * 16}, "InvalidParentId"),
    ],
)
def test_each_fault_has_its_code(document: Any, code: str) -> None:
    assert refused(document).code == code


def test_a_number_out_of_range_is_no_time() -> None:
    assert refused(json.dumps(segment()).replace("1795330725.078", "1e999")).code == "InvalidStartTime"


def test_a_number_out_of_range_elsewhere_does_not_matter() -> None:
    text = json.dumps(segment(metadata={"a": {"b": 0.125}}, unknown=0.125)).replace("0.125", "1e999")
    assert accepted(text).text == text


def test_faults_are_reported_in_order_of_the_checks() -> None:
    everything_wrong = {"type": "subsegment", "subsegments": [{}]}
    mended = {
        "id": "70de5b6f19ff9a0a",
        "trace_id": TRACE_ID,
        "name": "shop",
        "start_time": NOW,
        "end_time": NOW,
        "parent_id": "70de5b6f19ff9a0b",
    }
    codes = ["MissingId", "MissingTraceId", "MissingName", "MissingStartTime", "InvalidEndTime", "MissingParentId"]
    document: dict[str, Any] = {**everything_wrong, "end_time": "x"}
    for code, (member, value) in zip(codes, mended.items(), strict=True):
        assert refused(document).code == code
        document[member] = value
    assert refused(document).code == "MissingId"
    assert "subsegments[0].id" in refused(document).message


def test_a_refusal_names_the_document_the_field_and_what_is_expected() -> None:
    refusal = refused(segment(start_time=1795330725078))
    assert refusal.id == "70de5b6f19ff9a0a"
    assert refusal.message == (
        "Invalid segment. ErrorCode: InvalidStartTime, Cause: start_time is 1795330725078, milliseconds by its "
        "size; expected seconds since the epoch"
    )


@pytest.mark.parametrize(
    ("start", "unit"),
    [(1795330725078, "milliseconds"), (1795330725078911, "microseconds"), (1795330725078911000, "nanoseconds")],
)
def test_a_time_in_another_unit_is_recognised(start: int, unit: str) -> None:
    refusal = refused(segment(start_time=start, end_time=start))
    assert refusal.code == "InvalidStartTime"
    assert unit in refusal.message


def test_a_document_is_accepted_up_to_thirty_days_after_it_started() -> None:
    oldest = NOW - 30 * 86_400
    assert accepted(segment(start_time=oldest))
    refusal = refused(segment(start_time=oldest - 8640))
    assert refusal.code == "InvalidStartTime"
    assert "30.1 days ago; at most 30 are accepted" in refusal.message


def test_a_clock_may_run_ahead_by_five_minutes() -> None:
    assert accepted(segment(start_time=NOW + 300, end_time=NOW + 300))
    refusal = refused(segment(start_time=NOW + 301, end_time=NOW + 301))
    assert refusal.code == "InvalidStartTime"
    assert "301 seconds in the future" in refusal.message


def test_a_refused_subsegment_says_so_and_where_it_stands() -> None:
    good = {"id": "8da79d4ebf45269f", "name": "a", "start_time": 1795330725.1}
    bad = {**good, "id": "3eae9c921ba1c2d8", "start_time": "x"}
    refusal = refused(segment(subsegments=[good, good, {**good, "subsegments": [bad]}]))
    assert refusal.code == "InvalidStartTime"
    assert refusal.message.startswith("Invalid subsegment. ErrorCode: InvalidStartTime, Cause: ")
    assert "subsegments[2].subsegments[0].start_time" in refusal.message
    assert refusal.id == "70de5b6f19ff9a0a"


@pytest.mark.parametrize("member", [None, 1, "x", []])
def test_a_subsegment_that_is_no_object_is_refused(member: Any) -> None:
    refusal = refused(segment(subsegments=[member]))
    assert refusal.code == "MissingId"
    assert "subsegments[0] is" in refusal.message


def test_a_subsegment_sent_on_its_own_is_refused_as_one() -> None:
    assert refused(subsegment(name=...)).message.startswith("Invalid subsegment. ErrorCode: MissingName")


def test_a_document_above_64_kilobytes_is_refused_with_its_id() -> None:
    padding = 65_536 - len(json.dumps(segment(metadata="")))
    assert accepted(segment(metadata="x" * padding))
    refusal = refused(segment(metadata="x" * (padding + 1)))
    assert (refusal.code, refusal.id) == ("SegmentTooLarge", "70de5b6f19ff9a0a")
    assert "65537 bytes" in refusal.message


def test_size_is_counted_in_bytes_not_in_characters() -> None:
    text = json.dumps(segment(metadata="é" * 40_000), ensure_ascii=False)
    assert len(text) < 65_536
    assert refused(text).code == "SegmentTooLarge"


def test_a_bad_name_is_repaired_and_reported() -> None:
    document = accepted(segment(name="shop|cart\t*"))
    assert document.name == document.entity.name == "shop_cart__"
    assert len(document.repairs) == 1
    assert "name" in document.repairs[0]
    assert '"shop|cart\\t*"' in document.text


def test_a_long_name_is_cut_at_200_characters() -> None:
    assert accepted(segment(name="x" * 201)).name == "x" * 200


def test_a_bad_name_of_a_subsegment_is_repaired_too() -> None:
    document = accepted(segment(subsegments=[{"id": "8da79d4ebf45269f", "name": "f(x)", "start_time": NOW}]))
    assert document.entity.subsegments is not None
    assert document.entity.subsegments[0].name == "f_x_"
    assert "subsegments[0].name" in document.repairs[0]


def test_strict_names_refuse_as_aws_does() -> None:
    strict = Limits(strict_names=True)
    assert refused(segment(name="shop|cart"), strict).code == "InvalidName"
    assert refused(segment(name="x" * 201), strict).code == "InvalidName"
    embedded = segment(subsegments=[{"id": "8da79d4ebf45269f", "name": "a|b", "start_time": NOW}])
    assert refused(embedded, strict).message.startswith("Invalid subsegment. ErrorCode: InvalidName")
    assert accepted(segment(), strict)


def test_an_illegal_annotation_is_left_out_of_the_index_alone() -> None:
    document = accepted(segment(annotations={"good": 1, "object": {}, "array": [1], "null": None}))
    assert document.entity.annotations == {"good": 1}
    assert len(document.repairs) == 3
    assert '"array": [1]' in document.text


def test_a_member_of_the_wrong_type_costs_itself_and_not_the_document() -> None:
    document = accepted(
        segment(
            user=17,
            http={"request": {"method": "GET", "url": 5}, "response": {"status": 200}},
            aws="none",
            subsegments=[{"id": "8da79d4ebf45269f", "name": "a", "start_time": NOW, "sql": {"user": 1, "url": "u"}}],
            cause={"exceptions": [{"message": "m", "stack": [{"line": "x", "label": "l"}, None]}]},
        )
    )
    entity = document.entity
    assert entity.user is None
    assert entity.http is not None
    assert entity.http.request is not None
    assert (entity.http.request.method, entity.http.request.url) == ("GET", None)
    assert entity.http.response is not None
    assert entity.http.response.status == 200
    assert entity.aws is None
    assert entity.subsegments is not None
    assert entity.subsegments[0].sql is not None
    assert (entity.subsegments[0].sql.user, entity.subsegments[0].sql.url) == (None, "u")
    assert {repair.split(" ")[0] for repair in document.repairs} >= {
        "user",
        "http.request.url",
        "aws",
        "subsegments[0].sql.user",
        "cause.exceptions[0].stack[0].line",
        "cause.exceptions[0].stack[1]",
    }


@pytest.mark.parametrize("parent_id", ["", "bar", "0" * 16, 7])
def test_a_segment_whose_parent_is_no_id_has_no_parent(parent_id: Any) -> None:
    document = accepted(segment(parent_id=parent_id))
    assert document.parent_id is None
    assert document.entity.parent_id is None
    assert len(document.repairs) == 1


def test_an_emoji_cut_in_half_does_not_lose_the_document() -> None:
    # What JavaScript writes for a user agent that was cut inside a surrogate pair.
    document = accepted(json.dumps(segment()).replace('"shop"', r'"shop","user":"\\ud83d \ud83d\ude00 \ud83d"'))
    assert document.entity.user == "\\ud83d \U0001f600 \ufffd"
    assert document.text.encode()
    assert len(document.repairs) == 1


def test_a_raw_lone_surrogate_becomes_storable() -> None:
    document = accepted(json.dumps(segment(user="a\ud800b"), ensure_ascii=False))
    assert document.text.encode()
    assert document.entity.user == "a\ufffdb"


def test_nul_is_a_character_like_any_other_bad_one() -> None:
    assert accepted(segment(name="a\0b")).name == "a_b"


def nested(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = {}
    for level in range(depth, 0, -1):
        here = {"id": f"{level:016x}", "name": "n", "start_time": NOW, "end_time": NOW}
        inner = {"subsegments": [{**here, **inner}]}
    return segment(**inner)


def test_subsegments_may_nest_a_hundred_deep() -> None:
    assert accepted(nested(100)).repairs == ()
    refusal = refused(nested(101))
    assert refusal.code == "InvalidSegment"
    assert "deeper than 100 subsegments" in refusal.message


def test_the_nesting_is_counted_alike_when_something_needs_repair() -> None:
    assert accepted(nested(100) | {"name": "a|b"}).repairs
    assert refused(nested(101) | {"name": "a|b"}).code == "InvalidSegment"


@pytest.mark.parametrize(("opening", "closing", "levels"), [("[", "]", 1), ('{"":', "}", 1), ('[{"a":', "}]", 2)])
def test_json_too_deep_to_be_read_everywhere_is_refused(opening: str, closing: str, levels: int) -> None:
    def with_metadata(depth: int) -> str:
        value = opening * (depth // levels) + "0" + closing * (depth // levels)
        # Brackets inside strings are no nesting.
        return json.dumps(segment(metadata="@@", user="[{[{")).replace('"@@"', value)

    assert accepted(with_metadata(598))
    assert refused(with_metadata(602)).code == "InvalidSegment"
    assert refused(with_metadata(10_000)).code == "InvalidSegment"


def test_many_brackets_side_by_side_are_not_deep() -> None:
    assert accepted(segment(metadata=[{"a": [1, {}]} for _ in range(1000)]))


def test_of_duplicate_keys_the_last_counts() -> None:
    text = json.dumps(segment()).replace('{"name": "shop"', '{"name": 5, "name": "first", "name": "shop"')
    assert accepted(text).name == "shop"
