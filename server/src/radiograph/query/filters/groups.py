"""Groups: an expression may name a group, and then means the group's expression as it is now."""

from collections.abc import Callable
from typing import Literal

import msgspec

from radiograph.query.filters.invalid import InvalidFilter
from radiograph.query.filters.syntax import And, Expression, GroupTerm, Not, Or, both, either

MOST_TERMS = 1_000
"""Terms of an expression with the expressions of its groups in place, ours: each may name further groups."""

_MOST_LEVELS = 120  # far from the depth at which Python refuses to recurse


class Group(msgspec.Struct, frozen=True):
    """A group of traces.

    Args:
        name: unique.
        expression: which traces belong to it; None: all.
    """

    name: str
    expression: Expression | None


Lookup = Callable[[Literal["name", "arn"], str], Group | None]
"""Finds a group by its name or ARN."""


def resolve_groups(expression: Expression, lookup: Lookup) -> Expression:
    """Return an expression that names no group any more.

    A group without an expression becomes an empty `And`, which is true.

    Args:
        expression: a normal tree, as `parse` returns.
        lookup: finds a group; what it raises is passed on.

    Raises:
        InvalidFilter: a group does not exist, groups refer to each other in a circle, or together they are
            too large. The position is that of the term in `expression` that led there.
    """
    return _Resolver(lookup).resolve(expression, (), 0)


def names_groups(expression: Expression) -> bool:
    """Return whether an expression refers to a group."""
    match expression:
        case Not():
            return names_groups(expression.operand)
        case And() | Or():
            return any(names_groups(operand) for operand in expression.operands)
        case _:
            return isinstance(expression, GroupTerm)


class _Resolver:
    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._terms = 0
        self._position = 0

    def resolve(self, expression: Expression, path: tuple[str, ...], level: int) -> Expression:
        """Resolve a part of the expression of the group at the end of `path`, or of the outermost."""
        if not isinstance(expression, And | Or | Not):
            self._terms += 1
            if not path:
                self._position = expression.position
        if self._terms > MOST_TERMS or level > _MOST_LEVELS:
            limits = f"at most {MOST_TERMS:,} terms, {_MOST_LEVELS} deep, with those of all groups"
            raise InvalidFilter(limits, f"more, by way of {' -> '.join(path)}", self._position)
        match expression:
            case And():
                return both([self.resolve(operand, path, level + 1) for operand in expression.operands])
            case Or():
                return either([self.resolve(operand, path, level + 1) for operand in expression.operands])
            case Not():
                return Not(self.resolve(expression.operand, path, level + 1))
            case GroupTerm():
                meant = self._group(expression, path, level)
                return meant if expression.operator == "=" else Not(meant)
            case _:
                return expression

    def _group(self, term: GroupTerm, path: tuple[str, ...], level: int) -> Expression:
        group = self._lookup(term.by, term.value)
        if group is None:
            by = f" (group {path[-1]} refers to it)" if path else ""
            raise InvalidFilter(f"the {term.by} of a group that exists{by}", f'"{term.value}"', self._position)
        if group.name in path:
            circle = " -> ".join((*path[path.index(group.name) :], group.name))
            raise InvalidFilter("groups that do not refer to each other in a circle", circle, self._position)
        if group.expression is None:
            return And(())
        return self.resolve(group.expression, (*path, group.name), level + 1)
