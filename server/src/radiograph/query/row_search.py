"""What some row of `segments` must say of a trace that matches a filter, as SQL with parameters.

A necessary condition, not a sufficient one: no trace that matches is ruled out, and of those that are left each is
assembled and looked at by the evaluator. So whatever the rows do not tell (root causes, metadata, what a subsegment
sent on its own adds) is simply no condition.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.query.conditions import NOTHING, Condition, Row, every, of_row, some
from radiograph.query.filters.syntax import (
    And,
    Annotation,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    Leaf,
    Not,
    Or,
    RootCauseJson,
    RootCauseTerm,
    ServiceTerm,
    Value,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.query.filters.syntax import Operator

_CLIENT = "client"
_ON_ROWS = "NOT is_subsegment"
# The bits of tree_flags.
_ERROR, _THROTTLE, _FAULT = 1, 2, 4


def _anywhere(flag: int) -> Row:
    """Return that a flag stands anywhere in a document's tree; in old rows it may."""
    return Row(f"coalesce(tree_flags & {flag} <> 0, true)")


# What a keyword is in a row. Of a trace the first few are the root segment's, and which row is the root's is not to be
# seen when others are missing: any row will do.
_FLAGS = {"ok": "NOT (error OR throttle OR fault)", "error": "error", "throttle": "throttle", "fault": "fault"}
_ONE_VALUE = {
    "http.status": "http_status",
    "http.url": "http_url",
    "http.method": "http_method",
    "http.useragent": "http_user_agent",
    "http.clientip": "http_client_ip",
    "responsetime": "((epoch_us(end_time) - epoch_us(start_time)) / 1e6)",
}
_COLUMNS = {
    **_ONE_VALUE,
    "user": "nullif(user_name, '')",
    "availabilityzone": "nullif(availability_zone, '')",
    "instance.id": "nullif(instance_id, '')",
    "account.id": "nullif(account, '')",
    "name": "nullif(name, '')",
    "type": "nullif(type, '')",
}
_COLD_START = Row("type = 'AWS::Lambda::Function'")
# What must be when a boolean keyword is true; nothing is known when it is false.
_TRUE_OF_TRACE = {"throttle": _anywhere(_THROTTLE), "inferred": Row("len(calls) > 0"), "coldstart": _COLD_START}
_TRUE_OF_SEGMENT = {"inferred": NOTHING, "coldstart": _COLD_START}
_TRUE_OF_CALLER = {"error": _anywhere(_ERROR), "throttle": _anywhere(_THROTTLE), "fault": _anywhere(_FAULT)}

# The same of an element `c` of `calls`. Its outcome is the gravest of its flags, behind which others may hide.
_CALL_IS = {
    ("ok", True): Row("c.outcome = 0"),
    ("error", True): Row("c.outcome >= 1"),
    ("throttle", True): Row("c.outcome >= 2"),
    ("fault", True): Row("c.outcome = 3"),
    ("ok", False): Row("c.outcome <> 0"),
    ("error", False): Row("c.outcome <> 1"),
    ("throttle", False): Row("c.outcome <> 2"),
    ("fault", False): Row("c.outcome <> 3"),
    ("partial", True): Row("c.end_time IS NULL"),
    ("partial", False): Row("c.end_time IS NOT NULL"),
    ("inferred", False): NOTHING,
    ("root", True): NOTHING,
    ("coldstart", True): NOTHING,
}
_CALL_COLUMNS = {
    "responsetime": "((epoch_us(c.end_time) - epoch_us(c.start_time)) / 1e6)",
    "duration": "((epoch_us(c.end_time) - epoch_us(c.start_time)) / 1e6)",
    "name": "nullif(c.name, '')",
    "type": "nullif(c.type, '')",
}
# An inferred segment has nothing of these.
_NOT_OF_CALLS = frozenset(("user", "availabilityzone", "instance.id", "resource.arn"))

_OPERATIONS: dict[Operator, str] = {
    "CONTAINS": "contains({column}, {given})",
    "BEGINSWITH": "starts_with({column}, {given})",
    "ENDSWITH": "ends_with({column}, {given})",
    "MATCHES": "regexp_matches({column}, {given})",
    "IN": "list_contains({given}, {column})",
}

Given = Value | list[float | str]
"""A parameter's value."""


class Search(msgspec.Struct, frozen=True):
    """A condition and the values of its parameters."""

    condition: Condition
    parameters: dict[str, Given]


def search_for(expression: Expression | None) -> Search | None:
    """Return what rows must say of a trace that matches; None when they cannot rule out any.

    Args:
        expression: one that names no group any more.
    """
    if expression is None:
        return None
    compiler = _Compiler()
    condition = compiler.necessary(expression)
    return None if condition is None else Search(condition, compiler.parameters)


def _joined(
    expression: Expression, leaf: Callable[[Leaf, bool], Condition | None], *, negated: bool = False
) -> Condition | None:
    """Join what `leaf` makes of the terms; a negation is handed down to them."""
    match expression:
        case Not():
            return _joined(expression.operand, leaf, negated=not negated)
        case And() | Or():
            parts = [_joined(operand, leaf, negated=negated) for operand in expression.operands]
            return every(parts) if isinstance(expression, And) is not negated else some(parts)
        case _:
            return leaf(expression, negated)


class _Compiler:
    """Makes conditions, and gathers the parameters that stand in them."""

    def __init__(self) -> None:
        self.parameters: dict[str, Given] = {}

    def necessary(self, expression: Expression) -> Condition | None:
        """Return the condition of a whole expression."""
        return _joined(expression, self._of_trace)

    def _parameter(self, value: Given) -> str:
        name = f"given_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"

    # --- a trace

    def _of_trace(self, term: Leaf, negated: bool) -> Condition | None:  # noqa: FBT001 -- called by _joined alone
        match term:
            case Comparison():
                return self._fact_of_trace(term, negated=negated)
            case Annotation() if not negated:
                return self._annotation(term)
            case ServiceTerm() if not negated:
                return self._service(term)
            case EdgeTerm() if not negated:
                return self._edge(term)
            case RootCauseTerm() | RootCauseJson() if term.cause is not None and not negated:
                return _TRUE_OF_CALLER.get(term.cause)
            case _:
                # Among others: that nothing of a kind is there is not to be seen in a row.
                return None

    def _fact_of_trace(self, term: Comparison, *, negated: bool) -> Condition | None:
        keyword = term.keyword
        if keyword in _TRUE_OF_TRACE:
            return _TRUE_OF_TRACE[keyword] if _asks(term, negated=negated) is True else None
        if keyword in _FLAGS:
            return _flag(term, negated=negated)
        # That none of several values is so, a row with one of them does not tell.
        column = (_ONE_VALUE if negated else _COLUMNS).get(keyword)
        return None if column is None else self._compared(column, term, negated=negated)

    def _annotation(self, term: Annotation) -> Condition | None:
        if "\0" in term.key:
            return None
        value = self._annotation_value(term.operator, term.value)
        if value is None:
            return None
        return Row(f"len(list_filter(annotations, lambda a: a.key = {self._parameter(term.key)} AND {value})) > 0")

    def _annotation_value(self, operator: Operator | None, value: Value | None) -> str | None:
        if operator is None or value is None:
            return "coalesce(a.flag, true)"
        if operator == "!=":
            return "true"
        many = value[0] if isinstance(value, tuple) else value
        column = "a.flag" if isinstance(many, bool) else "a.text" if isinstance(many, str) else "a.number"
        mixed = isinstance(value, tuple) and len({type(each) for each in value}) > 1
        return None if mixed else self._operation(column, operator, value)

    # --- services and calls

    def _service(self, term: ServiceTerm) -> Condition | None:
        real = self._real(term.entity)
        inferred = self._inferred(term.entity)
        if term.block is not None:
            real = every([real, _joined(term.block, self._of_segment)])
            inferred = every([inferred, _joined(term.block, self._of_call)])
        if real is None:
            real = Row(_ON_ROWS)
        return some([_on_rows(real), _on_calls(inferred)])

    def _edge(self, term: EdgeTerm) -> Condition | None:
        return every(
            [
                self._source(term.source),
                self._reached(term.destination),
                None if term.block is None else _joined(term.block, _of_caller),
            ]
        )

    def _source(self, entity: Entity | None) -> Condition | None:
        if entity is not None and entity.type == _CLIENT:
            # A client has the name of the segment that it called, and nothing else of it.
            entity = Entity(entity.name)
        elif entity is not None and entity.type is None and entity.account == "":
            entity = Entity(entity.name)
        real = self._real(entity)
        return None if real is None else _on_rows(real)

    def _reached(self, entity: Entity | None) -> Condition | None:
        real = self._real(entity)
        if real is None:
            return None
        return some([_on_rows(real), _on_calls(self._inferred(entity))])

    def _real(self, entity: Entity | None) -> Condition | None:
        """Return that a row is of a node; None when any is meant."""
        return self._named(entity, "name", "type", "account")

    def _inferred(self, entity: Entity | None) -> Condition | None:
        """Return that a call `c` leads to an inferred node; such belong to no account."""
        if entity is not None and entity.account:
            return NOTHING
        return every([Row("c.inferred"), self._named(entity, "c.name", "c.type", None)])

    def _named(self, entity: Entity | None, name: str, type_: str, account: str | None) -> Condition | None:
        if entity is None:
            return None
        wanted = [(name, entity.name), (type_, entity.type), (account, entity.account)]
        return every(
            [
                Row(f"{column} = {self._parameter(value)}")
                for column, value in wanted
                if column is not None and value is not None and "\0" not in value
            ]
        )

    def _of_segment(self, term: Leaf, negated: bool) -> Condition | None:  # noqa: FBT001 -- called by _joined alone
        """Return what a row says of a condition on a segment."""
        if not isinstance(term, Comparison):
            return None
        keyword = term.keyword
        if keyword in _TRUE_OF_SEGMENT:
            return _TRUE_OF_SEGMENT[keyword] if _asks(term, negated=negated) is True else None
        if keyword in _FLAGS:
            return _flag(term, negated=negated)
        column = _COLUMNS.get(keyword)
        return None if column is None else self._compared(column, term, negated=negated)

    def _of_call(self, term: Leaf, negated: bool) -> Condition | None:  # noqa: FBT001 -- called by _joined alone
        """Return what an element of `calls` says of a condition on the segment inferred from it."""
        if not isinstance(term, Comparison):
            return None
        keyword = term.keyword
        asked = _asks(term, negated=negated)
        if asked is not None and (keyword, asked) in _CALL_IS:
            return _CALL_IS[keyword, asked]
        if keyword in _NOT_OF_CALLS:
            return None if negated else NOTHING
        column = _CALL_COLUMNS.get(keyword)
        return None if column is None else self._compared(column, term, negated=negated)

    # --- comparisons

    def _compared(self, column: str, term: Comparison, *, negated: bool = False) -> Condition | None:
        if term.operator is None or term.value is None:
            return Row(f"{column} IS {'' if negated else 'NOT '}NULL")
        if term.operator == "!=" and not isinstance(term.value, tuple):
            equal = self._operation(column, "=", term.value)
            said = None if equal is None else f"NOT ({equal})"
        else:
            said = self._operation(column, term.operator, term.value)
        if said is None:
            return None
        return Row(f"NOT coalesce({said}, false)" if negated else f"({said})")

    def _operation(self, column: str, operator: Operator, value: Value) -> str | None:
        """Return a comparison in SQL, or None for what a query cannot carry: DuckLake stumbles over U+0000."""
        values = list(value) if isinstance(value, tuple) else [value]
        if any(isinstance(each, str) and "\0" in each for each in values):
            return None
        given = self._parameter(values if isinstance(value, tuple) else value)
        return _OPERATIONS.get(operator, f"{{column}} {operator} {{given}}").format(column=column, given=given)


def _flag(term: Comparison, *, negated: bool) -> Condition | None:
    asked = _asks(term, negated=negated)
    said = _FLAGS[term.keyword]
    return None if asked is None else Row(f"({said})" if asked else f"NOT ({said})")


def _asks(term: Comparison, *, negated: bool) -> bool | None:
    """Return which value a boolean keyword must have, None when neither will do for certain."""
    if term.operator is None:
        wanted = True
    elif term.value is True or term.value is False:
        wanted = term.value if term.operator == "=" else not term.value
    else:
        return None
    return wanted is not negated


def _of_caller(term: Leaf, negated: bool) -> Condition | None:  # noqa: FBT001 -- called by _joined alone
    """Return what rows say of a condition on a call: the caller may be any subsegment of any document."""
    if not isinstance(term, Comparison) or _asks(term, negated=negated) is not True:
        return None
    return _TRUE_OF_CALLER.get(term.keyword)


def _on_rows(condition: Condition) -> Condition:
    """Return a condition on one row that is of a segment."""
    return condition if condition == NOTHING else Row(f"({_ON_ROWS} AND {of_row(condition)})")


def _on_calls(condition: Condition | None) -> Condition:
    """Return that some call of a row satisfies a condition on `c`."""
    if condition is None:
        return Row("len(calls) > 0")
    if condition == NOTHING:
        return NOTHING
    return Row(f"len(list_filter(calls, lambda c: {of_row(condition)})) > 0")
