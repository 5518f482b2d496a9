"""From tree to text in one canonical form: upper-case operators, double quotes, AND written out."""

import re

from radiograph.query.filters.pattern import encode_pattern
from radiograph.query.filters.syntax import (
    And,
    Annotation,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    GroupTerm,
    Leaf,
    Metadata,
    Not,
    Operator,
    Or,
    RootCauseJson,
    RootCauseTerm,
    ServiceTerm,
    Value,
)

_PLAIN_KEY = re.compile(r"[A-Za-z0-9_]+").fullmatch
_BARE_KEY = re.compile(r'[^\]\s"]+').fullmatch


def canonical(expression: Expression) -> str:
    """Return the expression's text; parsing it gives an equal expression.

    It may be longer than what was parsed, and so longer than `parse` accepts.

    Args:
        expression: a normal tree, as `parse` returns.
    """
    if isinstance(expression, Or):
        return " OR ".join(canonical(operand) for operand in expression.operands)
    if isinstance(expression, And):
        return " AND ".join(_operand(operand, Or) for operand in expression.operands)
    if isinstance(expression, Not):
        return f"NOT {_operand(expression.operand, And, Or)}"
    return _leaf(expression)


def _operand(expression: Expression, *looser: type[Expression]) -> str:
    """An operand, in parentheses when it binds looser than the operator."""
    return f"({canonical(expression)})" if isinstance(expression, looser) else canonical(expression)


def _leaf(term: Leaf) -> str:
    match term:
        case ServiceTerm():
            return f"service({_entity(term.entity)}){_block(term.block)}"
        case EdgeTerm():
            return f"edge({_entity(term.source)}, {_entity(term.destination)}){_block(term.block)}"
        case GroupTerm():
            return f"group.{term.by} {term.operator} {_string(term.value)}"
        case RootCauseTerm():
            element = f".{term.element}" if term.element else ""
            return f"rootcause.{term.cause}{element}{_block(term.block)}"
        case RootCauseJson():
            cause = f".{term.cause}" if term.cause else ""
            return f"rootcause{cause}.json {term.operator} #{encode_pattern(term.pattern)}"
        case _:
            return f"{_subject(term)}{_comparison(term.operator, term.value)}"


def _subject(term: Comparison | Annotation | Metadata) -> str:
    if isinstance(term, Comparison):
        return term.keyword
    if isinstance(term, Annotation):
        return f"annotation{_key(term.key)}"
    return f"metadata{''.join(_key(part) for part in term.path)}"


def _comparison(operator: Operator | None, value: Value | None) -> str:
    return "" if operator is None or value is None else f" {operator} {_literal(value)}"


def _literal(value: Value) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(_literal(each) for each in value)})"
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return repr(float(value)).removesuffix(".0")


def _string(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _key(key: str) -> str:
    if _PLAIN_KEY(key):
        return f".{key}"
    return f"[{key}]" if _BARE_KEY(key) else f"[{_string(key)}]"


def _entity(entity: Entity | None) -> str:
    if entity is None:
        return ""
    if entity.name is not None and entity.type is None and entity.account is None:
        return _string(entity.name)
    parts = {"name": entity.name, "type": entity.type, "account.id": entity.account}
    return f"id({', '.join(f'{part}: {_string(value)}' for part, value in parts.items() if value is not None)})"


def _block(block: Expression | None) -> str:
    return "" if block is None else f" {{ {canonical(block)} }}"
