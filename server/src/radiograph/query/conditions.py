"""Conditions on the rows of a trace, as SQL.

What is asked of one row is an expression over that row; what is asked of a trace joins expressions that different rows
may satisfy.
"""

from __future__ import annotations

import re
from typing import Any, Literal

import msgspec

PARAMETER = re.compile(r"\$(\w+)")
"""A named parameter of a statement."""


class Row(msgspec.Struct, frozen=True):
    """Some row of the trace satisfies this, a boolean expression in SQL."""

    sql: str


class Whole(msgspec.Struct, frozen=True):
    """All rows of the trace together satisfy this, a boolean expression with aggregates."""

    sql: str


class Joined(msgspec.Struct, frozen=True):
    """Conditions that all hold, or of which one does."""

    how: Literal["AND", "OR"]
    parts: tuple[Condition, ...]


Condition = Row | Whole | Joined
"""A condition; where one may be missing, None stands for what always holds, `NOTHING` for what never does."""

NOTHING = Row("false")


def every(parts: list[Condition | None]) -> Condition | None:
    """Return that all hold."""
    told = tuple(dict.fromkeys(part for part in parts if part is not None))
    if NOTHING in told:
        return NOTHING
    return _joined("AND", told) if told else None


def some(parts: list[Condition | None]) -> Condition | None:
    """Return that one holds."""
    if any(part is None for part in parts):
        return None
    told = tuple(dict.fromkeys(part for part in parts if part is not None and part != NOTHING))
    return _joined("OR", told) if told else NOTHING


def _joined(how: Literal["AND", "OR"], parts: tuple[Condition, ...]) -> Condition:
    return Joined(how, parts) if len(parts) > 1 else parts[0]


def of_row(condition: Condition) -> str:
    """Return a condition, in which nothing is asked of a whole trace, as an expression over one row."""
    if not isinstance(condition, Joined):
        return condition.sql
    return "(" + f" {condition.how} ".join(of_row(part) for part in condition.parts) + ")"


def of_trace(condition: Condition) -> str:
    """Return a condition as an expression over the rows of a trace, grouped."""
    if isinstance(condition, Row):
        return f"bool_or({condition.sql})"
    if isinstance(condition, Whole):
        return condition.sql
    return "(" + f" {condition.how} ".join(of_trace(part) for part in condition.parts) + ")"


def any_row(condition: Condition) -> str:
    """Return an expression that is true of all rows that matter to the condition."""
    if isinstance(condition, Row):
        return condition.sql
    if isinstance(condition, Whole):
        return "true"
    parts = dict.fromkeys(any_row(part) for part in condition.parts)
    return "true" if "true" in parts else "(" + " OR ".join(parts) + ")"


def values_for(statement: str, values: dict[str, Any]) -> dict[str, Any]:
    """Return the values that a statement has parameters for: DuckDB refuses any others."""
    return {name: values[name] for name in PARAMETER.findall(statement)}
