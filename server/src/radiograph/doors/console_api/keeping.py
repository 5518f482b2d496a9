"""The keep policies, what they decided, and their change: `GET` and `PUT /api/v1/sampling/keep`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog

from radiograph.errors import InvalidRequest
from radiograph.query.keep_rules import keep_policies_of
from radiograph.store.groups import all_groups
from radiograph.store.keep_policies import change_keep_policies, read_keep_policies

if TYPE_CHECKING:
    from radiograph.doors.console_api.console import Console

PATH = "/sampling/keep"
_MICROSECONDS = 1_000_000

_log = structlog.get_logger("radiograph.keeping")


def keeping_view(console: Console) -> dict[str, Any]:
    """Return the policies in order, with the traces that each has kept and dropped since this process began."""
    with console.lake.reading() as connection:
        known = read_keep_policies(connection)
    figures = console.kept
    return {
        "after": console.settings.keep_after,
        "changed": known.changed / _MICROSECONDS or None,
        "problem": figures.problem,
        "policies": [
            {
                "name": policy.name,
                "filter": policy.filter,
                "share": policy.share,
                "kept": figures.kept.get(policy.name, 0),
                "dropped": figures.dropped.get(policy.name, 0),
            }
            for policy in known.policies
        ],
    }


def change_keeping(console: Console, request: Any) -> dict[str, Any]:
    """Replace the policies by those of a request; return what `keeping_view` does.

    Raises:
        InvalidRequest: they cannot be.
        StoreUnavailable: the store cannot write.
    """
    if not isinstance(request, dict) or set(request) != {"policies"}:
        raise InvalidRequest('the body must be {"policies": [{"name": ..., "filter": ..., "share": ...}, ...]}')
    settings = console.settings
    wanted = keep_policies_of(
        request["policies"], all_groups(console.lake), region=settings.region, account=settings.account_id
    )
    stored = change_keep_policies(console.lake, wanted, now=int(console.now() * _MICROSECONDS))
    _log.info("keep policies", policies={policy.name: policy.share for policy in stored.policies}, who="unknown")
    return {"now": console.now(), **keeping_view(console)}
