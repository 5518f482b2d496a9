"""Typing a document whose optional members may have the wrong type.

A member that is not what X-Ray defines is left out of the typed form, with a note; the text keeps it. Losing
a whole segment because its `user` is a number would help nobody (our rule).
"""

from functools import cache
from typing import Any, get_args, get_origin

import msgspec

from radiograph.trace.documents import Entity

_WRONG = "has not the type that X-Ray gives it: not searchable"


def typed_entity(tree: dict[str, Any], repairs: list[str]) -> Entity:
    """Type a checked tree.

    Args:
        tree: a document whose `id`, `name` and `start_time` are good, in subsegments too.
        repairs: gains a note for every member left out.
    """
    try:
        return msgspec.convert(tree, Entity)
    except msgspec.ValidationError:
        return msgspec.convert(_fitting(tree, Entity, "", repairs), Entity)


@cache
def _members(struct: type[msgspec.Struct]) -> dict[str, Any]:
    return {field.encode_name: field.type for field in msgspec.structs.fields(struct)}


def _fitting(value: dict[str, Any], struct: type[msgspec.Struct], path: str, repairs: list[str]) -> dict[str, Any]:
    """Return the members of `value` that have the type that `struct` gives them."""
    kept = {}
    for name, expected in _members(struct).items():
        if name not in value:
            continue
        member = value[name]
        try:
            msgspec.convert(member, expected)
        except msgspec.ValidationError:
            kept[name] = _fitting_part(member, expected, f"{path}{name}", repairs)
        else:
            kept[name] = member
    return kept


def _fitting_part(member: Any, expected: Any, path: str, repairs: list[str]) -> Any:
    """Return what fits of a member that does not fit as a whole; None when nothing does."""
    for option in get_args(expected):
        inner = get_args(option)
        if isinstance(member, dict) and _is_struct(option):
            return _fitting(member, option, f"{path}.", repairs)
        if isinstance(member, list) and get_origin(option) is list and _is_struct(inner[0]):
            return _fitting_elements(member, inner[0], path, repairs)
        if isinstance(member, dict) and get_origin(option) is dict:
            return {
                key: element for key, element in member.items() if _fits(element, inner[1], f"{path}.{key}", repairs)
            }
    repairs.append(f"{path} {_WRONG}")
    return None


def _fitting_elements(
    members: list[Any], struct: type[msgspec.Struct], path: str, repairs: list[str]
) -> list[dict[str, Any]]:
    kept = []
    for position, element in enumerate(members):
        if isinstance(element, dict):
            kept.append(_fitting(element, struct, f"{path}[{position}].", repairs))
        else:
            repairs.append(f"{path}[{position}] {_WRONG}")
    return kept


def _fits(element: Any, expected: Any, path: str, repairs: list[str]) -> bool:
    try:
        msgspec.convert(element, expected)
    except msgspec.ValidationError:
        repairs.append(f"{path} {_WRONG}")
        return False
    return True


def _is_struct(option: Any) -> bool:
    return isinstance(option, type) and issubclass(option, msgspec.Struct)
