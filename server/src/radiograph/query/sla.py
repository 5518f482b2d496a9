"""Which share of the requests of each service was answered well within a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.linker import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable

    from radiograph.query.sums import NodeSums
    from radiograph.query.view import View
    from radiograph.trace.node import NodeKey

_MICROSECONDS = 1_000_000
_MILLISECOND = 1_000
_FAILED = (Outcome.FAULT, Outcome.THROTTLE)


class Kept(msgspec.Struct):
    """How well a node kept the target.

    Args:
        active: it sends segments.
        total: its requests.
        within: those answered in time and neither with a fault nor a throttle. What the client got wrong counts as
            answered.
        failed: those with a fault or a throttle.
    """

    active: bool = False
    total: int = 0
    within: int = 0
    failed: int = 0


def sla(view: View, target: float) -> dict[str, Any]:
    """Return how many requests each node answered within a time, the worst first.

    Args:
        view: the range and the group.
        target: seconds.
    """
    with view.ground.lake.reading() as connection:
        kept = shares(view.counted(connection).nodes(), target)
    nodes = [
        {
            "name": key.name,
            "type": key.type,
            "account": key.account,
            "kind": "service" if each.active else "inferred",
            "total": each.total,
            "within": each.within,
            "failed": each.failed,
            "share": each.within / each.total,
        }
        for key, each in sorted(kept.items(), key=lambda item: (item[1].within / item[1].total, item[0]))
    ]
    return {"target": target, "nodes": nodes}


def shares(nodes: Iterable[NodeSums], target: float) -> dict[NodeKey, Kept]:
    """Count the requests of each node; times are compared in whole milliseconds, as they are counted.

    Args:
        nodes: what was counted.
        target: seconds.
    """
    longest = round(target * _MICROSECONDS)
    kept: dict[NodeKey, Kept] = {}
    for node in nodes:
        each = kept.setdefault(node.key, Kept())
        each.active = each.active or node.active
        for response_ms, _, count in node.sums.cells:
            each.total += count
            if node.sums.outcome in _FAILED:
                each.failed += count
            elif response_ms * _MILLISECOND <= longest:
                each.within += count
    return kept
