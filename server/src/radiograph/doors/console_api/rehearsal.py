"""What drafts would keep of what is stored.

`POST /api/v1/sampling/rehearsal` is for sampling rules, `POST /api/v1/sampling/keep/rehearsal` for keep policies.
They are not read with GET, though they change nothing: a draft is too long for an address.
"""

from __future__ import annotations

import contextlib
import threading
from typing import TYPE_CHECKING, Any

from radiograph.doors.xray_api.model import Number, Structure, load_operations
from radiograph.doors.xray_api.validation import validate
from radiograph.errors import InvalidRequest, SerializationFailure, Throttled
from radiograph.query.keep_rules import keep_policies_of
from radiograph.query.view import view_of
from radiograph.sampling.keep_rehearsal import rehearse_keeping
from radiograph.sampling.rehearsal import rehearse
from radiograph.sampling.rules import draft_of
from radiograph.store.groups import all_groups

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph.doors.console_api.console import Console
    from radiograph.query.view import View

PATH = "/sampling/rehearsal"
KEEP_PATH = "/sampling/keep/rehearsal"
_RANGE_MEMBERS = ("start", "end", "group")
_MICROSECONDS = 1_000_000
# Default is listed with a priority that no rule may be given.
_DEFAULT_PRIORITY = 10_000
_MOST_RULES = 1_001
_HOUR = 3_600.0


class Rehearsals:
    """Answers the requests for a rehearsal.

    Args:
        console: the parts of the API.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._shape = _rule_shape()
        # One at a time: each takes a core and its memory for as long as there are traces to replay.
        self._busy = threading.Lock()

    def of_rules(self, request: Any) -> dict[str, Any]:
        """Answer a request about sampling rules.

        Args:
            request: its body.

        Raises:
            ApiError: it cannot be answered, or not now.
        """
        with self._alone():
            return self._of_rules(request)

    def of_policies(self, request: Any) -> dict[str, Any]:
        """Answer a request about keep policies.

        Args:
            request: its body.

        Raises:
            ApiError: it cannot be answered, or not now.
        """
        with self._alone():
            console = self._console
            settings = console.settings
            view = self._view(request, "policies")
            draft = keep_policies_of(
                request.get("policies"), all_groups(console.lake), region=settings.region, account=settings.account_id
            )
            return self._told(view, rehearse_keeping(view, draft))

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        if not self._busy.acquire(blocking=False):
            raise Throttled("Another rehearsal is under way; ask again when it has ended.")
        try:
            yield
        finally:
            self._busy.release()

    def _of_rules(self, request: Any) -> dict[str, Any]:
        console = self._console
        settings = console.settings
        view = self._view(request, "rules")
        known = console.sampling.rules_here()
        draft = draft_of(
            self._rules(request.get("rules")),
            known,
            region=settings.region,
            account=settings.account_id,
            extensions=not settings.strict_aws,
            now=view.ground.now,
        )
        found = rehearse(
            console.lake,
            known.rules,
            draft,
            start=view.range.start,
            end=view.range.end,
            group=None if view.asked is None else view.asked.group.id,
        )
        return self._told(view, found)

    @staticmethod
    def _told(view: View, found: dict[str, Any]) -> dict[str, Any]:
        return {
            "now": view.ground.now,
            "start": view.range.start / _MICROSECONDS,
            "end": view.range.end / _MICROSECONDS,
            **found,
        }

    def _view(self, request: Any, draft: str) -> View:
        """Return the range and the group that a request names, which has nothing else but the draft.

        Raises:
            SerializationFailure: a member has the wrong type.
            InvalidRequest: one that is unknown.
        """
        if not isinstance(request, dict):
            raise SerializationFailure("The body must be an object.")
        members = (draft, *_RANGE_MEMBERS)
        strangers = sorted(set(request) - set(members))
        if strangers:
            raise InvalidRequest(f"{', '.join(strangers)}: there is no such member; there are {', '.join(members)}")
        asked: dict[str, Any] = {}
        for name in ("start", "end"):
            value = request.get(name)
            if value is not None:
                if isinstance(value, bool) or not isinstance(value, int | float):
                    raise SerializationFailure(f"{name} must be seconds since 1970.")
                asked[name] = float(value)
        group = request.get("group") or ""
        if not isinstance(group, str):
            raise SerializationFailure("group must be a name.")
        ground = self._console.ground()
        end = asked.get("end", ground.now)
        return view_of(ground, {"start": asked.get("start", end - ground.hours * _HOUR), "end": end, "group": group})

    def _rules(self, rules: Any) -> list[dict[str, Any]]:
        if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
            raise SerializationFailure("rules must be a list of sampling rules as GetSamplingRules gives them.")
        if len(rules) > _MOST_RULES:
            raise InvalidRequest(f"{len(rules)} rules are given; {_MOST_RULES} are the most")
        for number, rule in enumerate(rules):
            unknown = sorted(set(rule) - set(self._shape.members))
            if unknown:
                raise InvalidRequest(
                    f"rules[{number}] ({rule.get('RuleName', 'without a name')}) has {', '.join(unknown)}, which no "
                    f"sampling rule has; there are {', '.join(self._shape.members)}"
                )
        return [self._rule(number, rule) for number, rule in enumerate(rules)]

    def _rule(self, number: int, rule: dict[str, Any]) -> dict[str, Any]:
        is_default = rule.get("RuleName") == "Default"
        given = rule
        if is_default and rule.get("Priority") == _DEFAULT_PRIORITY:
            given = {member: value for member, value in rule.items() if member != "Priority"}
        shape = Structure(
            name=f"rules[{number}]",
            members=self._shape.members,
            required=() if is_default else tuple(name for name in self._shape.required if name not in _OPTIONAL),
            union=False,
        )
        wrapper = Structure(name="", members={f"rules[{number}]": shape}, required=(), union=False)
        checked: dict[str, Any] = validate(wrapper, {f"rules[{number}]": given})[f"rules[{number}]"]
        return checked


# A draft need not say what is always the same.
_OPTIONAL = ("Version", "ResourceARN")


def _rule_shape() -> Structure:
    shape = load_operations(extensions=True)["CreateSamplingRule"].input.members["SamplingRule"]
    assert isinstance(shape, Structure)
    assert isinstance(shape.members["Priority"], Number)
    return shape
