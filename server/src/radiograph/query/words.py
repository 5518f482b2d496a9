"""The names that occur in a range of time, for completing what somebody types."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, TypeVar

from radiograph.query.linker import CLIENT, walk
from radiograph.query.trace_search import Wanted, search_traces
from radiograph.store.groups import read_groups
from radiograph.trace.documents import indexed_annotations

if TYPE_CHECKING:
    from radiograph.query.view import View
    from radiograph.trace.trace import Trace

_T = TypeVar("_T")

_NEWEST = 200
_MOST_KEYS = 200
_MOST_VALUES = 50
_MOST_NAMES = 100


def words(view: View, *, patience: float) -> dict[str, Any]:
    """Return the names of a range, the most frequent first.

    Services are those of the map; annotations, users and URLs those of the newest 200 traces.

    Args:
        view: the range.
        patience: how long traces are looked for, seconds.
    """
    ground = view.ground
    with ground.lake.reading() as connection:
        graph = view.graph(connection)
        groups = [group.name for group in read_groups(connection)]
    found = search_traces(
        ground.lake,
        Wanted(range=view.range),
        ground.limits,
        _told,
        account=ground.account,
        now=ground.now,
        most=_NEWEST,
        patience=patience,
    )
    services = {(node.key.name, node.key.type): None for node in graph.nodes if node.key.type != CLIENT}
    annotations: dict[str, Counter[tuple[type, Any]]] = {}
    for row in found.rows:
        for key, kind, value in row["annotations"]:
            annotations.setdefault(key, Counter())[kind, value] += 1
    keys = sorted(annotations, key=lambda key: (-annotations[key].total(), key))[:_MOST_KEYS]
    return {
        "services": [{"name": name, "type": type_} for name, type_ in services],
        "annotations": {key: [value for _, value in _frequent(annotations[key], _MOST_VALUES)] for key in keys},
        "users": _frequent(Counter(user for row in found.rows for user in row["users"]), _MOST_NAMES),
        "urls": _frequent(Counter(url for row in found.rows for url in row["urls"]), _MOST_NAMES),
        "groups": groups,
    }


def _told(trace: Trace, _matched: float) -> dict[str, Any]:
    http = trace.root().typed.http
    url = None if http is None or http.request is None else http.request.url
    return {
        # With the type, since Python takes True and 1 for the same.
        "annotations": {
            (key, type(value), value)
            for top in trace.segments
            for entity in walk(top)
            for key, value in indexed_annotations(entity.typed)
        },
        "users": {segment.typed.user for segment in trace.segments if segment.typed.user},
        "urls": [url] if url else [],
    }


def _frequent(counts: Counter[_T], most: int) -> list[_T]:
    """Return what occurs most often, of equals in the order of their texts."""
    return sorted(counts, key=lambda each: (-counts[each], str(each)))[:most]
