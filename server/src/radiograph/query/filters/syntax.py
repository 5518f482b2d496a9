"""The tree of a filter expression: immutable, hashable, and equal to another that says the same.

A tree that `parse` made is normal: `And` and `Or` have two operands or more, none of their own kind; numbers
are floats; `id()`, which matches anything, is None.
"""

from collections.abc import Iterable
from typing import Literal

import msgspec

from radiograph.query.filters.pattern import CausePattern

Operator = Literal["=", "!=", "<", "<=", ">", ">=", "CONTAINS", "BEGINSWITH", "ENDSWITH", "MATCHES", "IN"]
"""`MATCHES` and `IN` are extensions of Radiograph."""

Value = bool | float | str | tuple[float | str, ...]
"""A literal; a tuple, of numbers or of strings only, after `IN`."""

CauseKind = Literal["fault", "error", "responsetime"]
CauseElement = Literal["service", "entity", "exception"]


class Term(msgspec.Struct, frozen=True, eq=False, kw_only=True):
    """What is true or false on its own.

    Args:
        position: where it begins, a 0-based offset in characters; two terms that stand in different places
            may be equal.
    """

    position: int = 0

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Term) and self._said() == other._said()

    def __ne__(self, other: object) -> bool:
        # A struct without comparisons of its own would compare identities.
        return not self == other

    def __hash__(self) -> int:
        return hash(self._said())

    def _said(self) -> tuple[object, ...]:
        """Everything but the position; for Python alone, True and 1 are the same."""
        values = [getattr(self, name) for name in self.__struct_fields__ if name != "position"]
        return type(self), *((isinstance(value, bool), value) for value in values)


class Comparison(Term, frozen=True, eq=False):
    """A keyword by itself or compared, such as `fault` or `http.status >= 500`.

    Args:
        keyword: in the spelling of the table of keywords.
        operator: None asks whether it is set and, if it is boolean, true.
        value: None exactly when there is no operator.
    """

    keyword: str
    operator: Operator | None = None
    value: Value | None = None


class Annotation(Term, frozen=True, eq=False):
    """An annotation by itself (set, and not false) or compared."""

    key: str
    operator: Operator | None = None
    value: Value | None = None


class Metadata(Term, frozen=True, eq=False):
    """A value in metadata, an extension of Radiograph.

    Args:
        path: keys to follow from object to object; the first is X-Ray's namespace, or is left out when that
            is "default".
        operator: as of an annotation.
        value: as of an annotation.
    """

    path: tuple[str, ...]
    operator: Operator | None = None
    value: Value | None = None


class Entity(msgspec.Struct, frozen=True):
    """Which nodes are meant; None matches anything, the type "" a node without type."""

    name: str | None = None
    type: str | None = None
    account: str | None = None


class ServiceTerm(Term, frozen=True, eq=False):
    """There is a segment of such a node, for which the block holds."""

    entity: Entity | None = None
    block: "Expression | None" = None


class EdgeTerm(Term, frozen=True, eq=False):
    """There is a call between such nodes, for which the block holds."""

    source: Entity | None = None
    destination: Entity | None = None
    block: "Expression | None" = None


class GroupTerm(Term, frozen=True, eq=False):
    """The expression of a group holds, or with `!=` does not."""

    by: Literal["name", "arn"]
    operator: Literal["=", "!="]
    value: str


class RootCauseTerm(Term, frozen=True, eq=False):
    """There is a root cause of a kind, with an element for which the block holds.

    Args:
        cause: its kind.
        element: which list of it is searched; None asks for any cause of the kind.
        block: None exactly when there is no element.
    """

    cause: CauseKind
    element: CauseElement | None = None
    block: "Expression | None" = None


class RootCauseJson(Term, frozen=True, eq=False):
    """Root causes have the given structure.

    Args:
        cause: their kind; None tries all three.
        operator: `!=` is true when there are root causes, but not these.
        pattern: each must be matched by some root cause.
    """

    cause: CauseKind | None
    operator: Literal["=", "!="]
    pattern: tuple[CausePattern, ...]


class Not(msgspec.Struct, frozen=True):
    """The operand does not hold."""

    operand: "Expression"


class And(msgspec.Struct, frozen=True):
    """All operands hold. Without operands, as a group without an expression gives, it is always true."""

    operands: "tuple[Expression, ...]"


class Or(msgspec.Struct, frozen=True):
    """At least one operand holds."""

    operands: "tuple[Expression, ...]"


Leaf = Comparison | Annotation | Metadata | ServiceTerm | EdgeTerm | GroupTerm | RootCauseTerm | RootCauseJson
Expression = Not | And | Or | Leaf


def both(operands: Iterable[Expression]) -> Expression:
    """Return the normal tree of operands joined by AND; of a single operand, itself."""
    flat: list[Expression] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, And) else (operand,))
    return flat[0] if len(flat) == 1 else And(tuple(flat))


def either(operands: Iterable[Expression]) -> Expression:
    """Return the normal tree of operands joined by OR; of a single operand, itself."""
    flat: list[Expression] = []
    for operand in operands:
        flat.extend(operand.operands if isinstance(operand, Or) else (operand,))
    return flat[0] if len(flat) == 1 else Or(tuple(flat))
