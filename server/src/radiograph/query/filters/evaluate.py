"""Does a trace match a filter expression?

This is the readable reference of what expressions mean, and slow; everything faster must agree with it.
"""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from radiograph.query.filters import facts
from radiograph.query.filters.facts import Element, Fact, Facts
from radiograph.query.filters.pattern import agrees
from radiograph.query.filters.regex import regular_expression
from radiograph.query.filters.subject import NodeView, Subject
from radiograph.query.filters.syntax import (
    And,
    Annotation,
    CauseElement,
    CauseKind,
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
from radiograph.trace.node import NodeKey

_ALL_KINDS: tuple[CauseKind, ...] = ("fault", "error", "responsetime")
_DEFAULT_NAMESPACE = "default"


def matches(expression: Expression | None, subject: Subject) -> bool:
    """Return whether a trace matches.

    Args:
        expression: a tree that names no group any more; None matches everything.
        subject: the trace.

    Raises:
        ValueError: the expression names a group.
    """
    return expression is None or _holds(expression, lambda term: _of_trace(term, subject))


def _holds(expression: Expression, leaf: Callable[[Leaf], bool]) -> bool:
    """Evaluate what joins the terms; `leaf` evaluates a term."""
    match expression:
        case Not():
            return not _holds(expression.operand, leaf)
        case And():
            return all(_holds(operand, leaf) for operand in expression.operands)
        case Or():
            return any(_holds(operand, leaf) for operand in expression.operands)
        case _:
            return leaf(expression)


# --- terms


def _of_trace(term: Leaf, subject: Subject) -> bool:
    match term:
        case Comparison():
            return compare(facts.of_trace(term.keyword, subject), term.operator, term.value)
        case Annotation():
            return compare(
                [each.value for each in subject.annotations if each.key == term.key], term.operator, term.value
            )
        case Metadata():
            return compare(_metadata(subject, term.path), term.operator, term.value)
        case ServiceTerm() | EdgeTerm():
            return _passed_through(term, subject)
        case RootCauseTerm() | RootCauseJson():
            return _has_cause(term, subject)
        case GroupTerm():
            raise ValueError(f"resolve_groups has not seen group.{term.by} = {term.value!r}")


def _passed_through(term: ServiceTerm | EdgeTerm, subject: Subject) -> bool:
    """There is one segment, or one call, of which everything in the block holds."""
    if isinstance(term, ServiceTerm):
        return any(
            is_meant(term.entity, node.key) and _fits(term.block, partial(_of_segment, node=node, subject=subject))
            for node in subject.nodes
        )
    return any(
        is_meant(term.source, call.source)
        and is_meant(term.destination, call.target)
        and _fits(term.block, partial(_of_fact, fact=facts.of_call, of=call))
        for call in subject.calls
    )


def _fits(block: Expression | None, leaf: Callable[[Leaf], bool]) -> bool:
    return block is None or _holds(block, leaf)


def is_meant(entity: Entity | None, key: NodeKey) -> bool:
    """Return whether an entity of an expression means a node: all parts given are equal."""
    return entity is None or (
        entity.name in (None, key.name) and entity.type in (None, key.type) and entity.account in (None, key.account)
    )


def _of_segment(term: Leaf, node: NodeView, subject: Subject) -> bool:
    if isinstance(term, Annotation):
        own = [each.value for each in subject.annotations if each.key == term.key and each.segment_id == node.entity.id]
        return compare(own, term.operator, term.value)
    return _of_fact(term, fact=facts.of_segment, of=node)


def _of_fact(term: Leaf, *, fact: Callable[[str, Any], Facts], of: Any) -> bool:
    assert isinstance(term, Comparison), "the parser lets nothing else into these braces"
    return compare(fact(term.keyword, of), term.operator, term.value)


def _has_cause(term: RootCauseTerm | RootCauseJson, subject: Subject) -> bool:
    if isinstance(term, RootCauseJson):
        causes = [cause for kind in ([term.cause] if term.cause else _ALL_KINDS) for cause in subject.causes(kind)]
        agree = all(any(agrees(wanted, cause) for cause in causes) for wanted in term.pattern)
        return agree if term.operator == "=" else bool(causes) and not agree
    causes = subject.causes(term.cause)
    if term.element is None:
        return bool(causes)
    return any(
        _fits(term.block, partial(_of_fact, fact=facts.of_element, of=element))
        for cause in causes
        for element in _elements(cause, term.element)
    )


def _elements(cause: dict[str, Any], kind: CauseElement) -> Iterator[Element]:
    """The services of a cause; their entities, or the exceptions of those, as one list in order."""
    found = cause["Services"]
    if kind != "service":
        found = [entity for service in found for entity in service["EntityPath"]]
    if kind == "exception":
        found = [exception for entity in found for exception in entity["Exceptions"]]
    for index, members in enumerate(found):
        yield Element(members, index, last=index == len(found) - 1)


def _metadata(subject: Subject, path: tuple[str, ...]) -> list[Any]:
    """The values at a path, of any segment or subsegment; null is no value."""
    found = []
    for entity in subject.entities:
        for whole_path in (path, (_DEFAULT_NAMESPACE, *path)):
            value = entity.typed.metadata
            for key in whole_path:
                value = value.get(key) if isinstance(value, dict) else None
            if value is not None:
                found.append(value)
    return found


# --- comparisons


def compare(values: list[Any], operator: Operator | None, literal: Value | None) -> bool:
    """Return whether a fact compares as asked.

    An operator asks for some value of which it is true, except `!=`: there must be values, and none of them
    equal. Values of another type than the literal's are equal to nothing and before nothing.

    Args:
        values: of the fact, none when it is absent; an object or a list, in metadata, equals nothing.
        operator: None asks for some value other than false.
        literal: None when there is no operator.
    """
    if operator is None or literal is None:
        return any(value is not False for value in values)
    if operator == "!=":
        return bool(values) and not any(_is(value, "=", literal) for value in values)
    return any(_is(value, operator, literal) for value in values)


def _is(value: Fact, operator: Operator, literal: Value) -> bool:
    if isinstance(literal, tuple):
        return any(_is(value, "=", each) for each in literal)
    if isinstance(literal, bool) or isinstance(value, bool):
        return isinstance(literal, bool) and isinstance(value, bool) and value == literal
    if isinstance(literal, str) and isinstance(value, str):
        return _is_text(value, operator, literal)
    if isinstance(literal, int | float) and isinstance(value, int | float):
        try:
            return _is_number(float(value), operator, float(literal))
        except OverflowError:  # JSON's integers may be longer than any number of ours
            return False
    return False


def _is_text(value: str, operator: Operator, literal: str) -> bool:
    match operator:
        case "=":
            return value == literal
        case "CONTAINS":
            return literal in value
        case "BEGINSWITH":
            return value.startswith(literal)
        case "ENDSWITH":
            return value.endswith(literal)
        case "MATCHES":
            return regular_expression(literal)(value)
        case _:
            return False


def _is_number(value: float, operator: Operator, literal: float) -> bool:
    match operator:
        case "=":
            return value == literal
        case "<":
            return value < literal
        case "<=":
            return value <= literal
        case ">":
            return value > literal
        case ">=":
            return value >= literal
        case _:
            return False
