"""The checks of requests: every limit of the service model, and how values are read."""

from __future__ import annotations

import copy
import time
from typing import TYPE_CHECKING, Any, NamedTuple

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from radiograph.doors.xray_api.model import load_operations
from radiograph.doors.xray_api.validation import validate
from radiograph.errors import InvalidRequest, SerializationFailure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from botocore.model import Shape

OURS = load_operations()
MODEL = botocore.session.Session().get_service_model("xray")
Path = tuple[str | int, ...]


def valid(shape: Shape | None) -> Any:
    """A request with every member, well inside the limits."""
    if shape is None:
        return {}
    build: dict[str, Callable[[], Any]] = {
        "structure": lambda: {name: valid(member) for name, member in shape.members.items()},
        "list": lambda: [valid(shape.member)],
        "map": lambda: {"key": valid(shape.value)},
        "string": lambda: _valid_text(shape),
        "boolean": lambda: False,
        "timestamp": lambda: 1_700_000_000,
    }
    return build.get(shape.type_name, lambda: shape.metadata.get("min", 1))()


def _valid_text(shape: Shape) -> str:
    if shape.enum:
        return str(shape.enum[0])
    if "[1-5]" in shape.metadata.get("pattern", ""):
        return "01234567-89ab-4cde-8f01-23456789abcd"
    return "x" * max(1, int(shape.metadata.get("min", 1)))


class Mistake(NamedTuple):
    """One thing wrong with a request."""

    operation: str
    path: Path
    what: str
    value: Any
    error: type[Exception]

    def __str__(self) -> str:
        return f"{self.operation} {spelled(self.path)} {self.what}"


ABSENT = object()


def spelled(path: Path) -> str:
    """The path as a message names it: `Tags[0].Key`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text


def mistakes(operation: str, shape: Shape, path: Path) -> Iterator[Mistake]:
    """Everything that the model forbids at or below a place in a request."""
    if path:
        for what, value, error in [*_of_a_wrong_type(shape), *_beyond_limits(shape)]:
            yield Mistake(operation, path, what, value, error)
    if shape.type_name == "list":
        yield from mistakes(operation, shape.member, (*path, 0))
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name in shape.required_members:
                yield Mistake(operation, (*path, name), "absent", ABSENT, InvalidRequest)
                yield Mistake(operation, (*path, name), "null", None, InvalidRequest)
            yield from mistakes(operation, member, (*path, name))


def _of_a_wrong_type(shape: Shape) -> Iterator[tuple[str, Any, type[Exception]]]:
    yield "of a wrong type", 5 if shape.type_name in {"string", "boolean"} else True, SerializationFailure
    if shape.type_name in {"integer", "long"}:
        yield "with a fraction", 1.5, SerializationFailure
        yield "beyond its bits", 2**63, SerializationFailure
    if shape.type_name == "timestamp":
        yield "not a time", "yesterday", SerializationFailure


def _beyond_limits(shape: Shape) -> Iterator[tuple[str, Any, type[Exception]]]:
    kind, limits = shape.type_name, shape.metadata
    if kind == "timestamp":
        yield "in milliseconds", 1_700_000_000_000, InvalidRequest
    if kind == "map":
        yield "with too long a key", {"k" * (shape.key.metadata["max"] + 1): "x"}, InvalidRequest
    if shape.type_name == "string" and shape.enum:
        yield "not of the enumeration", "Sometimes", InvalidRequest
    if "pattern" in limits:
        yield "off its pattern", "not a match", InvalidRequest
    sized: dict[str, Callable[[int], Any]] = {
        "string": lambda size: "x" * size,
        "list": lambda size: [valid(shape.member)] * size,
        "map": lambda size: {f"k{i}": "x" for i in range(size)},
    }
    of_size: Callable[[int], Any] = sized.get(kind, int)
    if "max" in limits:
        yield "too large", of_size(limits["max"] + 1), InvalidRequest
    if "min" in limits and not (kind in sized and limits["min"] == 0):
        yield "too small", of_size(limits["min"] - 1), InvalidRequest


# What the model forbids, SDKs send, and AWS takes.
SENT_BY_SDKS = {
    "GetSamplingTargets SamplingStatisticsDocuments[0].Timestamp in milliseconds",
    "GetSamplingTargets SamplingStatisticsDocuments[0].SampledCount absent",
    "GetSamplingTargets SamplingStatisticsDocuments[0].SampledCount null",
}
ALL_MISTAKES = [
    mistake
    for name in MODEL.operation_names
    if (shape := MODEL.operation_model(name).input_shape)
    for mistake in mistakes(name, shape, ())
    if str(mistake) not in SENT_BY_SDKS
]


def with_mistake(mistake: Mistake) -> Any:
    request = copy.deepcopy(valid(MODEL.operation_model(mistake.operation).input_shape))
    *way, last = mistake.path
    place = request
    for step in way:
        place = place[step]
    if mistake.value is ABSENT:
        del place[last]
    else:
        place[last] = mistake.value
    return request


def test_the_model_forbids_enough_to_be_worth_testing() -> None:
    assert len(ALL_MISTAKES) > 250
    assert len({mistake.operation for mistake in ALL_MISTAKES}) == 36  # two take nothing


@pytest.mark.parametrize("mistake", ALL_MISTAKES, ids=str)
def test_what_the_model_forbids_is_refused_with_a_sentence_that_names_it(mistake: Mistake) -> None:
    with pytest.raises(mistake.error) as caught:
        validate(OURS[mistake.operation].input, with_mistake(mistake))

    sentence = str(caught.value)
    assert sentence.startswith(spelled(mistake.path))
    assert sentence.endswith(".")


@pytest.mark.parametrize("name", MODEL.operation_names)
def test_a_request_inside_the_limits_passes_unchanged(name: str) -> None:
    request = valid(MODEL.operation_model(name).input_shape)

    assert validate(OURS[name].input, request) == request


def test_statistics_as_sdks_send_them_are_taken() -> None:
    """Java's in milliseconds, and those of OpenTelemetry under another name."""
    sent = {"RuleName": "r", "ClientID": "a" * 24, "RequestCount": 3, "SampleCount": 1, "Timestamp": 1_700_000_000_250}
    read = validate(OURS["GetSamplingTargets"].input, {"SamplingStatisticsDocuments": [sent]})
    assert read["SamplingStatisticsDocuments"] == [sent | {"Timestamp": 1_700_000_000.25}]


def between(**times: Any) -> dict[str, Any]:
    return validate(OURS["GetServiceGraph"].input, {"StartTime": 0, "EndTime": 1, **times})


@pytest.mark.parametrize(
    ("given_time", "seconds"),
    [
        (1700000000, 1700000000.0),
        (1700000000.25, 1700000000.25),
        (1.7e9, 1700000000.0),
        (0, 0.0),
        ("2023-11-14T22:13:20Z", 1700000000.0),
        ("2023-11-14T22:13:20.25Z", 1700000000.25),
        ("2023-11-15T00:13:20+02:00", 1700000000.0),
        ("2023-11-14T22:13:20", 1700000000.0),
        ("20231114T221320Z", 1700000000.0),
        ("2023-11-14", 1699920000.0),
    ],
)
def test_times_are_read_in_every_form_clients_send(given_time: Any, seconds: float) -> None:
    read = between(StartTime=given_time)["StartTime"]

    assert read == seconds
    assert isinstance(read, float)


@pytest.fixture
def far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine whose local time is 13 hours ahead of UTC."""
    if not hasattr(time, "tzset"):
        pytest.skip("this platform cannot change its zone for one process")
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "XYZ-13")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_from_greenwich")
def test_a_time_without_a_zone_is_utc_wherever_the_server_stands() -> None:
    assert between(StartTime="2023-11-14T22:13:20")["StartTime"] == 1700000000.0


@pytest.mark.parametrize("text", ["", "now", "1700000000", "2023-13-01", "0001-01-01T00:00:00+14:00"])
def test_a_text_that_is_no_time_is_refused(text: str) -> None:
    with pytest.raises((SerializationFailure, InvalidRequest), match="StartTime"):
        between(StartTime=text)


def test_whole_numbers_with_a_point_are_integers() -> None:
    period = validate(OURS["GetTimeSeriesServiceStatistics"].input, {"StartTime": 0, "EndTime": 1, "Period": 60.0})

    assert repr(period["Period"]) == "60"


def test_whole_numbers_are_doubles_where_a_double_is_meant() -> None:
    update = validate(OURS["UpdateSamplingRule"].input, {"SamplingRuleUpdate": {"FixedRate": 1}})

    assert repr(update["SamplingRuleUpdate"]["FixedRate"]) == "1.0"


def test_true_is_not_a_number_and_one_is_not_true() -> None:
    with pytest.raises(SerializationFailure, match=r"Period must be a number; it is a boolean\."):
        validate(OURS["GetTimeSeriesServiceStatistics"].input, {"StartTime": 0, "EndTime": 1, "Period": True})
    with pytest.raises(SerializationFailure, match=r"Sampling must be true or false; it is a number\."):
        validate(OURS["GetTraceSummaries"].input, {"StartTime": 0, "EndTime": 1, "Sampling": 1})


def test_nulls_are_absent_at_every_depth() -> None:
    rule = {"FixedRate": None, "Host": "*", "Attributes": {"a": None, "b": "c"}, "SamplingRateBoost": None}

    checked = validate(OURS["UpdateSamplingRule"].input, {"SamplingRuleUpdate": rule})

    assert checked == {"SamplingRuleUpdate": {"Host": "*", "Attributes": {"b": "c"}}}


def test_unknown_members_are_ignored_at_every_depth() -> None:
    checked = validate(
        OURS["CreateGroup"].input,
        {"GroupName": "g", "Color": 1, "Tags": [{"Key": "k", "Value": "", "x": []}]},
    )

    assert checked == {"GroupName": "g", "Tags": [{"Key": "k", "Value": ""}]}


@pytest.mark.parametrize("rule", [{}, {"Adaptive": {}}, {"Probabilistic": None}])
def test_a_union_needs_exactly_one_member(rule: dict[str, Any]) -> None:
    with pytest.raises(InvalidRequest, match=r"Rule must have exactly one of these members: Probabilistic\."):
        validate(OURS["UpdateIndexingRule"].input, {"Name": "Default", "Rule": rule})


def test_a_pattern_describes_the_whole_value_in_ascii() -> None:
    for name in ("ok\n", "ü", "a b"):
        with pytest.raises(InvalidRequest, match="PolicyName"):
            validate(OURS["DeleteResourcePolicy"].input, {"PolicyName": name})


def test_a_sentence_says_what_was_expected_and_what_came() -> None:
    with pytest.raises(InvalidRequest, match=r"^TagKeys\[1\] must have 1 to 128 characters; it has 0\.$"):
        validate(OURS["UntagResource"].input, {"ResourceARN": "a", "TagKeys": ["k", ""]})
    with pytest.raises(InvalidRequest, match=r"^EndTime is required\.$"):
        validate(OURS["GetTraceSummaries"].input, {"StartTime": 1})


def test_a_sentence_does_not_repeat_a_long_value() -> None:
    with pytest.raises(InvalidRequest) as caught:
        validate(OURS["PutEncryptionConfig"].input, {"Type": "N" * 10_000})

    assert len(str(caught.value)) < 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["SamplingRule", "Tags", "Key", "Value", "Attributes", "Priority", "StartTime", "x"]),
            inner,
            max_size=5,
        )
    ),
)


@given(name=st.sampled_from(sorted(OURS)), body=JSON)
def test_whatever_json_comes_is_accepted_or_refused_in_a_sentence(name: str, body: Any) -> None:
    sentence = None
    checked: dict[str, Any] = {}
    try:
        checked = validate(OURS[name].input, body)
    except (InvalidRequest, SerializationFailure) as error:
        sentence = str(error)
    assert sentence is None or sentence.endswith(".")
    assert set(checked) <= set(OURS[name].input.members)
