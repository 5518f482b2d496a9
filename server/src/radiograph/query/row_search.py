"""What some row of `segments` must say of a trace that matches a filter, as SQL with parameters.

A necessary condition, not a sufficient one: no trace that matches is ruled out, and of those that are left each is
assembled and looked at by the evaluator. So whatever the rows do not tell (root causes, metadata, what a subsegment
sent on its own adds) is simply no condition.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.conditions import (
    NOTHING,
    PARAMETER,
    Condition,
    Row,
    Whole,
    any_row,
    every,
    of_row,
    of_trace,
    some,
)
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
from radiograph.store.rows import ERROR, FAULT, IN_PROGRESS, THROTTLE, badly, marks

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from radiograph.query.filters.syntax import Operator

_CLIENT = "client"
_ON_ROWS = "NOT is_subsegment"


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
_CALLS = Row("coalesce(call_outcomes <> 0, true)")
_COLD_START = Row("type = 'AWS::Lambda::Function'")
# What must be when a boolean keyword is true; nothing is known when it is false.
_TRUE_OF_TRACE = {"throttle": _anywhere(THROTTLE), "inferred": _CALLS, "coldstart": _COLD_START}
_TRUE_OF_SEGMENT = {"inferred": NOTHING, "coldstart": _COLD_START}
_TRUE_OF_CALLER = {"error": _anywhere(ERROR), "throttle": _anywhere(THROTTLE), "fault": _anywhere(FAULT)}

# What a row's calls together have among their outcomes (0 ok, 1 error, 2 throttle, 3 fault, the gravest flag of each,
# behind which others may hide) when the segment inferred from one of them is as asked.
_CALL_OUTCOMES = {
    ("ok", True): 0b0001,
    ("error", True): 0b1110,
    ("throttle", True): 0b1100,
    ("fault", True): 0b1000,
    ("ok", False): 0b1110,
    ("error", False): 0b1101,
    ("throttle", False): 0b1011,
    ("fault", False): 0b0111,
}
_NEVER_OF_CALLS = frozenset((("inferred", False), ("root", True), ("coldstart", True)))
# An inferred segment has nothing of these.
_NOT_OF_CALLS = frozenset(("user", "availabilityzone", "instance.id", "resource.arn"))

_OPERATIONS: dict[Operator, str] = {
    "CONTAINS": "contains({column}, {given})",
    "BEGINSWITH": "starts_with({column}, {given})",
    "ENDSWITH": "ends_with({column}, {given})",
    "MATCHES": "regexp_matches({column}, {given})",
    "IN": "list_contains({given}, {column})",
}

Given = Value | int | list[float | str]
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


def searches(expressions: Sequence[Expression | None]) -> tuple[list[str], str, dict[str, Any]]:
    """Return what rows must say, for several filters in one statement.

    Args:
        expressions: that name no group any more.

    Returns:
        For each what is true of the rows of a trace, grouped, when it may match; what is true of all rows that matter
        to one of them; and the parameters of both.
    """
    found, rows = [], []
    parameters: dict[str, Any] = {}
    for number, expression in enumerate(expressions):
        search = search_for(expression)
        if search is None:
            found.append("true")
            rows.append("true")
            continue
        own_name = rf"$of_{number}_\1"
        found.append(PARAMETER.sub(own_name, f"coalesce({of_trace(search.condition)}, false)"))
        rows.append(PARAMETER.sub(own_name, any_row(search.condition)))
        parameters |= {f"of_{number}_{name}": value for name, value in search.parameters.items()}
    return found, " OR ".join(dict.fromkeys(rows)), parameters


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
        if keyword == "duration":
            return self._lasting(term, negated=negated)
        # That none of several values is so, a row with one of them does not tell.
        column = (_ONE_VALUE if negated else _COLUMNS).get(keyword)
        return None if column is None else self._compared(column, term, negated=negated)

    def _lasting(self, term: Comparison, *, negated: bool) -> Condition | None:
        """Return that a trace lasts long enough: its documents together, unless something in it goes on."""
        operator, value = term.operator, term.value
        if negated:
            operator = {"<": ">=", "<=": ">"}.get(operator or "")  # type: ignore[assignment]
        if operator not in (">", ">=", "=") or not isinstance(value, float):
            return None
        least = self._parameter(value)
        sign = ">" if operator == ">" else ">="
        lasting = f"(max(epoch_us(last_end)) - min(epoch_us(start_time))) / 1e6 {sign} {least}"
        return some([Whole(lasting), _anywhere(IN_PROGRESS)])

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
            inferred = every([inferred, _joined(term.block, partial(self._of_call, term.entity))])
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
        if entity is None:
            return None
        wanted = [("name", entity.name), ("type", entity.type), ("account", entity.account)]
        return every(
            [
                Row(f"{column} = {self._parameter(text)}")
                for column, text in wanted
                if text is not None and "\0" not in text
            ]
        )

    def _inferred(self, entity: Entity | None) -> Condition | None:
        """Return that a row may have a call to an inferred node; such belong to no account."""
        if entity is None:
            return None
        if entity.account:
            return NOTHING
        wanted = [("called_names", entity.name), ("called_types", entity.type)]
        return every([self._marked(column, marks(text)) for column, text in wanted if text is not None])

    def _marked(self, column: str, bits: int) -> Condition:
        given = self._parameter(bits)
        return Row(f"coalesce({column} & {given}::UBIGINT = {given}::UBIGINT, true)")

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

    def _of_call(
        self,
        entity: Entity | None,
        term: Leaf,
        negated: bool,  # noqa: FBT001 -- called by _joined alone
    ) -> Condition | None:
        """Return what a row's calls say of a condition on the segment inferred from one of them."""
        if not isinstance(term, Comparison):
            return None
        keyword = term.keyword
        asked = _asks(term, negated=negated)
        if asked is not None and (keyword, asked) in _NEVER_OF_CALLS:
            return NOTHING
        if asked is not None and (keyword, asked) in _CALL_OUTCOMES:
            return self._ended(entity, _CALL_OUTCOMES[keyword, asked])
        if keyword in _NOT_OF_CALLS:
            return None if negated else NOTHING
        return None

    def _ended(self, entity: Entity | None, outcomes: int) -> Condition | None:
        """Return that a call, if possible one to the entity, ended in one of some ways."""
        bad = [gravest for gravest in (1, 2, 3) if outcomes & 1 << gravest]
        meant = [] if entity is None else [text for text in (entity.name, entity.type) if text is not None]
        if meant and len(bad) == outcomes.bit_count():
            return some([every([self._marked("called_badly", badly(text, how)) for text in meant]) for how in bad])
        return Row(f"coalesce(call_outcomes & {outcomes} <> 0, true)")

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
    """Return that a row has a call that may satisfy a condition."""
    if condition == NOTHING:
        return NOTHING
    called = _CALLS if condition is None else condition
    return Row(of_row(called))
