"""The X-Ray service model: which operations exist, what each takes, gives and may fail with.

AWS publishes the model (version 2016-04-12) and botocore ships it. It is read straight from botocore's
package data: importing botocore for it would take longer than everything else at start-up.
"""

from __future__ import annotations

import gzip
import importlib.util
from pathlib import Path
from typing import Literal, TypeAlias

import msgspec

from radiograph.errors import ConfigurationError

_MODEL_FOLDER = Path("data", "xray", "2016-04-12")


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """An object with known members.

    Attributes:
        name: The shape's name in the model.
        members: Shape by member name.
        required: The members that must be present.
        union: Exactly one member must be present.
    """

    name: str
    members: dict[str, Shape]
    required: tuple[str, ...]
    union: bool


class ListOf(msgspec.Struct, frozen=True, kw_only=True):
    """A list of `min` to `max` items."""

    item: Shape
    min: int | None
    max: int | None


class MapOf(msgspec.Struct, frozen=True, kw_only=True):
    """An object with free keys, at most `max` of them."""

    key: Text
    value: Shape
    max: int | None


class Text(msgspec.Struct, frozen=True, kw_only=True):
    """A string of `min` to `max` characters, one of `enum` when that is not empty."""

    min: int | None
    max: int | None
    pattern: str | None
    enum: tuple[str, ...]


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number from `min` to `max`: 32 bits (`integer`), 64 bits (`long`) or with a fraction (`double`)."""

    kind: Literal["integer", "long", "double"]
    min: float | None
    max: float | None


class Boolean(msgspec.Struct, frozen=True):
    """True or false."""


class Timestamp(msgspec.Struct, frozen=True):
    """A moment, on the wire as epoch seconds.

    Attributes:
        milliseconds: What is far too late for seconds may be milliseconds, which a client sends in their place.
    """

    milliseconds: bool = False


Shape: TypeAlias = Structure | ListOf | MapOf | Text | Number | Boolean | Timestamp


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    """One operation of the API.

    Attributes:
        name: Such as `PutTraceSegments`.
        path: Such as `/TraceSegments`; the method is always POST.
        input: What the request holds.
        output: What the answer holds.
        errors: The error codes that the model declares for it.
    """

    name: str
    path: str
    input: Structure
    output: Structure
    errors: frozenset[str]


class _Reference(msgspec.Struct):
    shape: str


class _RawShape(msgspec.Struct):
    type: str
    members: dict[str, _Reference] = {}
    required: tuple[str, ...] = ()
    member: _Reference | None = None
    key: _Reference | None = None
    value: _Reference | None = None
    min: float | None = None
    max: float | None = None
    pattern: str | None = None
    enum: tuple[str, ...] = ()
    union: bool = False


class _RawHttp(msgspec.Struct, rename="camel"):
    request_uri: str


class _RawOperation(msgspec.Struct):
    name: str
    http: _RawHttp
    input: _Reference | None = None
    output: _Reference | None = None
    errors: tuple[_Reference, ...] = ()


class _RawModel(msgspec.Struct):
    operations: dict[str, _RawOperation]
    shapes: dict[str, _RawShape]


# What Radiograph takes beyond the model: a rule per minute; and more statistics at once, since collectors do not split.
_EXTRA_MEMBERS = {
    "SamplingRule": {"PerMinute": "NullableInteger"},
    "SamplingRuleUpdate": {"PerMinute": "NullableInteger"},
}
_STATISTICS = "SamplingStatisticsDocument"
_MILLISECONDS = "TimestampOrMilliseconds"
_UNLIMITED = ("SamplingStatisticsDocumentList", "SamplingBoostStatisticsDocumentList")


def load_operations(*, extensions: bool = False) -> dict[str, Operation]:
    """Read the model.

    Args:
        extensions: also take and give what only Radiograph has.

    Returns:
        The operations by name, in the model's order.

    Raises:
        ConfigurationError: botocore is not installed, or ships no X-Ray model.
    """
    raw = msgspec.json.decode(_read_model(), type=_RawModel)
    _take_what_sdks_send(raw.shapes)
    if extensions:
        _extend(raw.shapes)
    shapes = _Shapes(raw.shapes)
    return {
        name: Operation(
            name=name,
            path=operation.http.request_uri,
            input=shapes.structure(operation.input),
            output=shapes.structure(operation.output),
            errors=frozenset(error.shape for error in operation.errors),
        )
        for name, operation in raw.operations.items()
    }


def _take_what_sdks_send(shapes: dict[str, _RawShape]) -> None:
    """Loosen the model where SDKs that AWS serves do not keep to it (seen; ADR 17)."""
    # The X-Ray SDK for Java (2.18) sends milliseconds.
    shapes[_MILLISECONDS] = _RawShape(type="timestamp")
    statistics = shapes[_STATISTICS]
    statistics.members["Timestamp"] = _Reference(_MILLISECONDS)
    # AWS's distribution of OpenTelemetry for Python (0.21) calls SampledCount so.
    statistics.members["SampleCount"] = statistics.members["SampledCount"]
    statistics.required = tuple(name for name in statistics.required if name != "SampledCount")


def _extend(shapes: dict[str, _RawShape]) -> None:
    for name, members in _EXTRA_MEMBERS.items():
        shapes[name].members |= {member: _Reference(shape) for member, shape in members.items()}
    for name in _UNLIMITED:
        shapes[name].max = None


def _read_model() -> bytes:
    # find_spec of a top-level package locates it without running it.
    spec = importlib.util.find_spec("botocore")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        folder = Path(location) / _MODEL_FOLDER
        packed, plain = folder / "service-2.json.gz", folder / "service-2.json"
        if packed.is_file():
            return gzip.decompress(packed.read_bytes())
        if plain.is_file():  # as distributions of Linux repackage it
            return plain.read_bytes()
    raise ConfigurationError(
        "The X-Ray service model is missing: botocore is not installed or has no data/xray/2016-04-12; "
        "reinstall it with `pip install --force-reinstall botocore`."
    )


class _Shapes:
    """Turns the model's references into shapes, each one once."""

    def __init__(self, raw: dict[str, _RawShape]) -> None:
        self._raw = raw
        self._done: dict[str, Shape] = {}

    def structure(self, reference: _Reference | None) -> Structure:
        if reference is None:
            return Structure(name="", members={}, required=(), union=False)
        shape = self._shape(reference)
        assert isinstance(shape, Structure), reference.shape
        return shape

    def _shape(self, reference: _Reference | None) -> Shape:
        assert reference is not None, "the model has a list or map without an item shape"
        name = reference.shape
        if name not in self._done:
            # A shape that held itself would not end here; X-Ray's model has none.
            self._done[name] = self._build(name, self._raw[name])
        return self._done[name]

    def _build(self, name: str, raw: _RawShape) -> Shape:  # noqa: PLR0911 -- one return per kind of shape
        match raw.type:
            case "structure":
                return Structure(
                    name=name,
                    members={member: self._shape(reference) for member, reference in raw.members.items()},
                    required=raw.required,
                    union=raw.union,
                )
            case "list":
                return ListOf(item=self._shape(raw.member), min=_whole(raw.min), max=_whole(raw.max))
            case "map":
                key = self._shape(raw.key)
                assert isinstance(key, Text), name
                return MapOf(key=key, value=self._shape(raw.value), max=_whole(raw.max))
            case "string":
                return Text(min=_whole(raw.min), max=_whole(raw.max), pattern=raw.pattern, enum=raw.enum)
            case "integer" | "long" | "double":
                return Number(kind=raw.type, min=raw.min, max=raw.max)
            case "boolean":
                return Boolean()
            case "timestamp":
                return Timestamp(milliseconds=name == _MILLISECONDS)
            case other:
                raise ConfigurationError(
                    f"The installed botocore's X-Ray model has a shape ({name}) of unknown type {other}; "
                    "install another version of botocore."
                )


def _whole(limit: float | None) -> int | None:
    return None if limit is None else int(limit)
