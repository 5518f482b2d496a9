"""The traces of a range that match a filter, as rows of a list; and whether a filter can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.errors import InvalidRequest
from radiograph.query.filters import InvalidFilter, canonical, parse
from radiograph.query.filters.syntax import both
from radiograph.query.tokens import make_token, read_token
from radiograph.query.trace_rows import row
from radiograph.query.trace_search import Wanted, filter_of, search_traces

if TYPE_CHECKING:
    from radiograph.query.filters import Expression
    from radiograph.query.view import Ground, View
    from radiograph.trace.trace import Trace

_MICROSECONDS = 1_000_000


def trace_list(
    view: View,
    *,
    text: str,
    clock: str,
    share: float,
    most: int,
    token: str,
    extensions: bool,
    patience: float,
) -> dict[str, Any]:
    """Return traces, newest first.

    Args:
        view: the range and the group.
        text: a filter expression; "" for every trace.
        clock: what of a trace lies in the range, see `Wanted`.
        share: of the traces that are looked at, 0 to 1.
        most: traces to return.
        token: of an earlier answer, to go on; "" to begin.
        extensions: whether filters may say what AWS does not know.
        patience: time after which the answer has what was found so far, seconds.

    Raises:
        InvalidRequest: a bad filter or token, or the group's filter cannot be read.
    """
    ground = view.ground
    group = None if view.asked is None else view.asked.group.name
    question = {"range": [view.range.start, view.range.end], "group": group, "filter": text, "clock": clock}
    position = read_token({**question, "NextToken": token}, name="token")
    wanted = Wanted(range=view.range, clock=clock, expression=_combined(view, text, extensions=extensions), share=share)

    def shape(trace: Trace, _matched: float) -> dict[str, Any]:
        return row(
            trace,
            account=ground.account,
            now=int(ground.now * _MICROSECONDS),
            annotation_keys=ground.limits.annotations_per_trace,
        )

    part = search_traces(
        ground.lake,
        wanted,
        ground.limits,
        shape,
        account=ground.account,
        now=ground.now,
        most=most,
        position=position,
        patience=patience,
    )
    return {
        "traces": [
            told | {"weight": 1.0 if weight is None else weight}
            for told, weight in zip(part.rows, part.weights, strict=True)
        ],
        "token": None if part.position is None else make_token(question, part.position),
        "reached": part.reached / _MICROSECONDS,
        "examined": part.examined,
        "finished": part.position is None,
    }


def check(ground: Ground, text: str, *, extensions: bool) -> dict[str, Any]:
    """Say whether a filter expression can be read, and if so in its canonical form."""
    try:
        filter_of(ground.lake, text, region=ground.region, account=ground.account, extensions=extensions)
    except InvalidFilter as problem:
        return {"ok": False, "message": problem.message, "position": problem.position}
    expression = parse(text, extensions=extensions)
    return {"ok": True, "canonical": "" if expression is None else canonical(expression)}


def _combined(view: View, text: str, *, extensions: bool) -> Expression | None:
    """Return what a trace must match: the group's filter and the filter.

    Raises:
        InvalidFilter: the filter cannot be read.
        InvalidRequest: the group's cannot.
    """
    ground = view.ground
    own = filter_of(ground.lake, text, region=ground.region, account=ground.account, extensions=extensions)
    if view.rule is None:
        return own
    if view.rule.expression is None:
        raise InvalidRequest(
            f"the filter of group {view.rule.name} cannot be read any more, so that nobody knows its traces; "
            "change it with UpdateGroup"
        )
    return view.rule.expression if own is None else both([view.rule.expression, own])
