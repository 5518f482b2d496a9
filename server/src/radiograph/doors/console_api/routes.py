"""The routes of the console's API: what each takes, and which question of `radiograph.query` it is."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal, cast

from starlette.routing import Route

from radiograph import __version__
from radiograph.doors.console_api import keeping, rehearsal
from radiograph.doors.console_api.body_app import BodyApp
from radiograph.doors.console_api.endpoint import ConsoleApp, Endpoint, LiveApp, UnknownPath
from radiograph.doors.console_api.keeping import change_keeping, keeping_view
from radiograph.doors.console_api.rehearsal import Rehearsals
from radiograph.doors.console_api.sampling_view import sampling_view
from radiograph.doors.console_api.settings_view import settings_view
from radiograph.errors import InvalidRequest
from radiograph.query.entity_view import entity_view
from radiograph.query.series import activity
from radiograph.query.service_map import edge_in_depth, node_in_depth, service_map
from radiograph.query.sla import sla
from radiograph.query.trace_list import check, trace_list
from radiograph.query.trace_view import raw_trace, trace_view
from radiograph.query.view import view_of
from radiograph.query.words import words
from radiograph.store.reader import is_unused
from radiograph.trace.ids import InvalidEntityId, InvalidTraceId, parse_entity_id, parse_trace_id
from radiograph.trace.node import NodeKey

if TYPE_CHECKING:
    from collections.abc import Sequence

    from radiograph.doors.console_api.console import Console
    from radiograph.doors.console_api.endpoint import Asked
    from radiograph.doors.xray_api.dispatch import Surroundings
    from radiograph.query.view import View

PREFIX = "/api/v1"

_RANGE = ("start", "end")
_OF_GROUP = (*_RANGE, "group")
_NODE = ("name", "type", "account")
_SOURCE = ("source_name", "source_type", "source_account")
_KINDS = ("call", "client", "link")
_PERIODS = ("60", "300")
_CLOCKS = ("TraceId", "Event", "Service")
_MOST_TRACES = 1_000
_TRACES = 100
_LONGEST_TARGET = 86_400.0


def console_api_routes(console: Console, surroundings: Surroundings) -> list[Route]:
    """Build the routes; the last one takes what no other does.

    Args:
        console: the parts of the API.
        surroundings: what it shares with the X-Ray API.
    """
    rehearsals = Rehearsals(console)
    return [
        # Before the one that reads, which takes every method, to say which there are.
        Route(
            PREFIX + keeping.PATH,
            BodyApp(keeping.PATH, "PUT", partial(change_keeping, console), surroundings, name="console change keep"),
            methods=["PUT"],
        ),
        *(Route(PREFIX + each.path, ConsoleApp(each, console, surroundings)) for each in ENDPOINTS),
        Route(PREFIX + rehearsal.PATH, BodyApp(rehearsal.PATH, "POST", rehearsals.of_rules, surroundings)),
        Route(PREFIX + rehearsal.KEEP_PATH, BodyApp(rehearsal.KEEP_PATH, "POST", rehearsals.of_policies, surroundings)),
        Route(f"{PREFIX}/live", LiveApp(console.live, surroundings)),
        Route(f"{PREFIX}/{{path:path}}", UnknownPath(surroundings), include_in_schema=False),
    ]


def _about(asked: Asked) -> dict[str, Any]:
    settings = asked.console.settings
    with asked.console.lake.reading() as connection:
        empty = is_unused(connection)
    return {
        "version": __version__,
        "account_id": settings.account_id,
        "region": settings.region,
        "addresses": dict(asked.console.addresses),
        "query_hours": settings.query_hours,
        "retention_days": settings.retention_days,
        "strict_aws": settings.strict_aws,
        "batch_get_traces": settings.batch_get_traces,
        "empty": empty,
    }


def _settings(asked: Asked) -> dict[str, Any]:
    console = asked.console
    return settings_view(console.lake, console.settings, console.addresses)


def _sampling(asked: Asked) -> dict[str, Any]:
    console = asked.console
    return sampling_view(console.sampling, console.settings, now=asked.ground.now)


def _keeping(asked: Asked) -> dict[str, Any]:
    return keeping_view(asked.console)


def _map(asked: Asked) -> dict[str, Any]:
    return service_map(_view(asked))


def _node(asked: Asked) -> dict[str, Any]:
    return node_in_depth(_view(asked), _key(asked, _NODE))


def _edge(asked: Asked) -> dict[str, Any]:
    source, target = _key(asked, _SOURCE), _key(asked, _NODE)
    kind = None
    if asked.parameters.text("kind"):
        kind = cast("Literal['call', 'client', 'link']", asked.parameters.choice("kind", _KINDS, default="call"))
    return edge_in_depth(_view(asked), source, target, kind)


def _series(asked: Asked) -> dict[str, Any]:
    return activity(_view(asked), int(asked.parameters.choice("period", _PERIODS, default=_PERIODS[0])))


def _traces(asked: Asked) -> dict[str, Any]:
    settings = asked.console.settings
    parameters = asked.parameters
    return trace_list(
        _view(asked),
        text=parameters.text("filter"),
        clock=parameters.choice("clock", _CLOCKS, default=_CLOCKS[0]),
        share=parameters.number("sample", least=0, most=1, default=1.0, example="0.1"),
        most=parameters.whole("limit", least=1, most=_MOST_TRACES, default=_TRACES),
        token=parameters.text("token"),
        extensions=not settings.strict_aws,
        patience=settings.page_seconds,
    )


def _trace(asked: Asked) -> dict[str, Any]:
    return trace_view(asked.ground, _trace_id(asked))


def _entity(asked: Asked) -> dict[str, Any]:
    try:
        entity_id = parse_entity_id(asked.path["entity"])
    except InvalidEntityId as problem:
        raise InvalidRequest(str(problem)) from None
    return entity_view(asked.ground, _trace_id(asked), entity_id)


def _raw(asked: Asked) -> dict[str, Any]:
    return raw_trace(asked.ground, _trace_id(asked))


def _check(asked: Asked) -> dict[str, Any]:
    return check(asked.ground, asked.parameters.text("filter"), extensions=not asked.console.settings.strict_aws)


def _words(asked: Asked) -> dict[str, Any]:
    return words(_view(asked), patience=asked.console.settings.page_seconds)


def _sla(asked: Asked) -> dict[str, Any]:
    target = asked.parameters.number("target", least=0, most=_LONGEST_TARGET, example="0.5")
    return sla(_view(asked), target)


ENDPOINTS: Sequence[Endpoint] = (
    Endpoint("/about", (), _about),
    Endpoint("/settings", (), _settings),
    Endpoint("/sampling", (), _sampling),
    Endpoint(keeping.PATH, (), _keeping),
    Endpoint("/map", _OF_GROUP, _map),
    Endpoint("/map/node", (*_OF_GROUP, *_NODE), _node),
    Endpoint("/map/edge", (*_OF_GROUP, *_SOURCE, *_NODE, "kind"), _edge),
    Endpoint("/series", (*_OF_GROUP, "period"), _series),
    Endpoint("/traces", (*_OF_GROUP, "filter", "clock", "limit", "token", "sample"), _traces),
    Endpoint("/traces/{id}", (), _trace),
    Endpoint("/traces/{id}/entities/{entity}", (), _entity),
    Endpoint("/traces/{id}/raw", (), _raw),
    Endpoint("/check", ("filter",), _check),
    Endpoint("/words", _RANGE, _words),
    Endpoint("/sla", (*_OF_GROUP, "target"), _sla),
)


def _view(asked: Asked) -> View:
    """Return the range and the group that are asked for.

    Raises:
        InvalidRequest: a bad range, or no such group.
    """
    parameters = asked.parameters
    range_ = {name: parameters.number(name, example=f"{asked.ground.now:.0f}") for name in _RANGE}
    return view_of(asked.ground, {**range_, "group": parameters.text("group")})


def _key(asked: Asked, names: tuple[str, str, str]) -> NodeKey:
    """Return the node that is asked for; without a type or an account, one that has none.

    Raises:
        InvalidRequest: the name is missing.
    """
    name, type_, account = names
    parameters = asked.parameters
    return NodeKey(parameters.needed(name, "orders"), parameters.text(type_), parameters.text(account))


def _trace_id(asked: Asked) -> str:
    """Return the id of the trace that is asked for, in X-Ray's form.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return parse_trace_id(asked.path["id"])
    except InvalidTraceId as problem:
        raise InvalidRequest(str(problem)) from None
