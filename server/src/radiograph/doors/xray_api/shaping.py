"""Turns a handler's answer into JSON that has exactly the members of the service model.

The model's output shapes become msgspec structs, so that checking and encoding run in C: an answer with a
thousand trace summaries is worth it.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from typing import Annotated, Any

import msgspec

from radiograph.doors.xray_api.model import Boolean, ListOf, MapOf, Number, Shape, Structure, Text, Timestamp

Encode = Callable[[Mapping[str, Any]], bytes]

# Both bounds refuse infinity, and NaN compares with neither: JSON has no word for them.
_LARGEST = 1.7976931348623157e308
_Finite = Annotated[float, msgspec.Meta(ge=-_LARGEST, le=_LARGEST)]


class AnswerShaper:
    """Compiles output shapes; every structure of the model is compiled once.

    Args:
        strict: Refuse answers with members the model does not have and answers without the members that it
            requires. Otherwise the former are left out and the latter go out incomplete.
    """

    def __init__(self, *, strict: bool) -> None:
        self._strict = strict
        self._encoder = msgspec.json.Encoder()
        self._structures: dict[str, type[msgspec.Struct]] = {}

    def compile(self, shape: Structure) -> Encode:
        """Build the function that turns an answer of this shape into JSON.

        Members that are None are left out, doubles and timestamps are JSON numbers, integers have no
        fraction. The function raises msgspec.ValidationError, with the member's path, for a value of the
        wrong type: that is a mistake in the handler.
        """
        target = self._structure(shape)
        encoder = self._encoder

        def encode(answer: Mapping[str, Any]) -> bytes:
            return encoder.encode(msgspec.convert(answer, target))

        return encode

    def _structure(self, shape: Structure) -> type[msgspec.Struct]:
        if shape.name not in self._structures:
            required = shape.required if self._strict else ()
            self._structures[shape.name] = msgspec.defstruct(
                shape.name or "NoMembers",
                [
                    (name, self._type(member)) if name in required else (name, self._type(member) | None, None)
                    for name, member in shape.members.items()
                ],
                kw_only=True,
                omit_defaults=True,
                forbid_unknown_fields=self._strict,
                gc=False,
            )
        return self._structures[shape.name]

    def _type(self, shape: Shape) -> Any:  # noqa: PLR0911 -- one return per kind of shape
        match shape:
            case Structure():
                return self._structure(shape)
            case ListOf():
                return types.GenericAlias(list, (self._type(shape.item),))
            case MapOf():
                return types.GenericAlias(dict, (str, self._type(shape.value)))
            case Text():
                return str
            case Boolean():
                return bool
            case Timestamp():
                return _Finite
            case Number():
                return _Finite if shape.kind == "double" else int
