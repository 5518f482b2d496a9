"""The JSON literal of `rootcause.json`: root causes in the API's form, of which any member may be left out.

Source: filter expression language of X-Ray's guide, `rootcause.json`; the members are those of the API's
FaultRootCause, ErrorRootCause and ResponseTimeRootCause.
"""

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class _Pattern(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, rename="pascal"
):
    """An object of which every member present must agree; null agrees with what is empty or absent."""


class ExceptionPattern(_Pattern, frozen=True):
    """One exception of an entity."""

    name: str | UnsetType | None = UNSET
    message: str | UnsetType | None = UNSET


class EntityPattern(_Pattern, frozen=True):
    """One step of an entity path."""

    name: str | UnsetType | None = UNSET
    coverage: float | UnsetType | None = UNSET
    remote: bool | UnsetType | None = UNSET
    exceptions: tuple[ExceptionPattern, ...] | UnsetType | None = UNSET


class ServicePattern(_Pattern, frozen=True):
    """One service of a cause."""

    name: str | UnsetType | None = UNSET
    names: tuple[str, ...] | UnsetType | None = UNSET
    account_id: str | UnsetType | None = UNSET
    type: str | UnsetType | None = UNSET
    inferred: bool | UnsetType | None = UNSET
    entity_path: tuple[EntityPattern, ...] | UnsetType | None = UNSET


class CausePattern(_Pattern, frozen=True):
    """One root cause."""

    services: tuple[ServicePattern, ...] | UnsetType | None = UNSET
    client_impacting: bool | UnsetType | None = UNSET


_DECODE = msgspec.json.Decoder(tuple[CausePattern, ...]).decode


def decode_pattern(literal: str) -> tuple[CausePattern, ...]:
    """Return the root causes that a literal describes; an object alone is a list of one.

    Raises:
        msgspec.DecodeError, RecursionError: it is not JSON, or no list of root causes.
    """
    return _DECODE(literal if literal.startswith("[") else f"[{literal}]")


def encode_pattern(pattern: tuple[CausePattern, ...]) -> str:
    """Return the literal."""
    return msgspec.json.encode(pattern).decode()


def agrees(pattern: Any, found: Any) -> bool:
    """Return whether a root cause, or a part of one, in the API's form has the structure of the pattern.

    Args:
        pattern: a `CausePattern`, or a part of one.
        found: what the trace's summary says.
    """
    if pattern is None:
        return found in (None, "", [])
    if isinstance(pattern, msgspec.Struct):
        return all(
            agrees(wanted, found.get(field.encode_name))
            for field in msgspec.structs.fields(pattern)
            if (wanted := getattr(pattern, field.name)) is not UNSET
        )
    if isinstance(pattern, tuple):
        return (
            isinstance(found, list)
            and len(found) == len(pattern)
            and all(agrees(*pair) for pair in zip(pattern, found, strict=True))
        )
    return bool(pattern == found)
