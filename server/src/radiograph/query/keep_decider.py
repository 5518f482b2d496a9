"""Which keep policy decides about a trace: the first one whose filter matches it, the last one matches every trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import msgspec
import structlog

from radiograph.errors import first_line
from radiograph.query.conditions import values_for
from radiograph.query.filters import InvalidFilter, Subject, matches
from radiograph.query.group_lookup import expression_of
from radiograph.query.row_search import searches
from radiograph.store.reader import stored_documents
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import duckdb

    from radiograph.query.filters import Expression
    from radiograph.store.groups import Group
    from radiograph.store.keep_policies import KeepPolicy
    from radiograph.trace.limits import Limits

_log = structlog.get_logger("radiograph.keeping")

# Traces whose documents are in memory.
_AT_ONCE = 2_000

_IDS = "SELECT trace_id FROM {traces} ORDER BY trace_id"
_MAY_MATCH = """
SELECT trace_id, [{found}] AS found
FROM segments SEMI JOIN {traces} USING (trace_id)
WHERE trace_time >= make_timestamp($first) AND trace_time <= make_timestamp($until) AND ({rows})
GROUP BY trace_id HAVING list_bool_or(found)
"""


class KeepRule(msgspec.Struct, frozen=True):
    """What a policy says: of the traces that match, or of all, which share is kept."""

    name: str
    expression: Expression | None
    share: float


class KeepDecider:
    """Decides about one trace after the other.

    A policy that cannot be evaluated might mean any trace: it keeps all that come to it.

    Args:
        rules: in the order in which they are tried; the last one has no expression.
        problem: what is wrong with one of them.

    Attributes:
        problem: why a policy could not be evaluated, None when all could.
    """

    def __init__(self, rules: Sequence[KeepRule], problem: str | None = None) -> None:
        self._rules = rules
        self.problem = problem

    @classmethod
    def of(cls, policies: Sequence[KeepPolicy], groups: list[Group], *, region: str, account: str) -> Self:
        """Return what decides by some policies.

        Args:
            policies: in the order in which they are tried.
            groups: that their filters may name.
            region: of the ARN of the group Default.
            account: of the ARN of the group Default.
        """
        rules: list[KeepRule] = []
        wrong: str | None = None
        for policy in policies:
            try:
                expression = expression_of(policy.filter, groups, region=region, account=account)
                rules.append(KeepRule(policy.name, expression, policy.share))
            except InvalidFilter as problem:  # a group in it is gone
                wrong = f"{policy.name}: {first_line(problem)}"
                rules.append(KeepRule(policy.name, None, 1.0))
        return cls(rules, wrong)

    def may_match(
        self, connection: duckdb.DuckDBPyConnection, traces: str, *, first: int, until: int
    ) -> dict[str, list[bool]]:
        """Return for traces which filters their rows do not rule out; traces without any are left out.

        The arguments are those of `decided`.
        """
        filters = [rule.expression for rule in self._rules if rule.expression is not None]
        if not filters:
            return {}
        found, rows, parameters = searches(filters)
        statement = _MAY_MATCH.format(found=", ".join(found), rows=rows, traces=traces)
        values: dict[str, Any] = parameters | {"first": first, "until": until}
        return dict(connection.execute(statement, values_for(statement, values)).fetchall())

    def decide(self, subject: Subject | None, maybe: Sequence[bool]) -> KeepRule:
        """Return the rule that decides about a trace.

        Args:
            subject: the trace, None when no filter can match.
            maybe: by filter, whether it can.
        """
        possible = iter(maybe)
        for rule in self._rules:
            if rule.expression is None:
                return rule
            if not next(possible, False) or subject is None:
                continue
            try:
                if matches(rule.expression, subject):
                    return rule
            except MemoryError:
                raise  # no fault of the filter
            except Exception as problem:  # noqa: BLE001 -- whatever it is, the other traces go on, and this is kept
                self.problem = f"{rule.name}: {first_line(problem)}"
                _log.warning("a keep policy failed, the trace is kept", policy=rule.name, problem=str(problem))
                return msgspec.structs.replace(rule, share=1.0)
        return KeepRule("", None, 1.0)


def decided(
    connection: duckdb.DuckDBPyConnection,
    deciders: Sequence[KeepDecider],
    traces: str,
    *,
    first: int,
    until: int,
    limits: Limits,
    account: str,
    now: int,
) -> Iterator[tuple[str, list[KeepRule]]]:
    """Tell of each trace which rule of each decider decides about it.

    Args:
        connection: to the lake.
        deciders: of which each decides for itself.
        traces: the table that has their ids as `trace_id`; its name is a constant.
        first: no document of theirs has an earlier `trace_time`, microseconds.
        until: none has a later one.
        limits: for assembling traces.
        account: of segments that name none.
        now: microseconds since the epoch.
    """
    ids = [trace_id for (trace_id,) in connection.execute(_IDS.format(traces=traces)).fetchall()]
    maybes = [decider.may_match(connection, traces, first=first, until=until) for decider in deciders]
    for position in range(0, len(ids), _AT_ONCE):
        some = ids[position : position + _AT_ONCE]
        looked_at = [trace_id for trace_id in some if any(trace_id in maybe for maybe in maybes)]
        stored = stored_documents(connection, looked_at, first=first, last=until)
        for trace_id in some:
            known = None
            if trace_id in stored:
                known = Subject(
                    assemble(trace_id, stored[trace_id], limits),
                    default_account=account,
                    now=now,
                    annotation_keys=limits.annotations_per_trace,
                )
            yield (
                trace_id,
                [
                    decider.decide(known, maybe.get(trace_id, []))
                    for decider, maybe in zip(deciders, maybes, strict=True)
                ],
            )
