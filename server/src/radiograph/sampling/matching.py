"""Which rule decides about a request, as X-Ray's SDKs see it. Pure.

Patterns: `*` stands for any run of characters, also none, `?` for exactly one; case does not matter and there are no
escapes. Source: the SDKs' matchers (spec "sampling", section 5).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from radiograph.store.sampling_rules import SamplingRule

_EVERYTHING = "*"
_ONE = "?"
_WILDCARDS = re.compile(r"[*?]+")
_FIELDS = ("service_name", "service_type", "host", "http_method", "url_path")


class Request(msgspec.Struct, frozen=True):
    """What an SDK knows of a request when it decides; None is what it does not know, which matches every pattern.

    Args:
        service_name: of the segment.
        service_type: origin of the segment, such as `AWS::ECS::Container`.
        host: with its port where the client gave one.
        http_method: such as `GET`.
        url_path: without the query.
    """

    service_name: str | None = None
    service_type: str | None = None
    host: str | None = None
    http_method: str | None = None
    url_path: str | None = None


def matches(pattern: str, text: str) -> bool:
    """Return whether a text matches a pattern. Takes no longer than the product of their lengths."""
    return _taken(_tokens(pattern), list(text.lower()), literal_wildcards=True)


def decides(rule: SamplingRule, request: Request) -> bool:
    """Return whether a rule matches a request; one that SDKs ignore matches none."""
    if ignored_because(rule) is not None:
        return False
    for field in _FIELDS:
        known: str | None = getattr(request, field)
        if known is not None and not matches(getattr(rule, field), known):
            return False
    return True


def first_match(rules: Iterable[SamplingRule], request: Request) -> SamplingRule | None:
    """Return the rule that decides.

    Args:
        rules: in the order in which they are tried.
        request: about which.
    """
    return next((rule for rule in rules if decides(rule, request)), None)


def ignored_because(rule: SamplingRule) -> str | None:
    """Return why X-Ray's SDKs ignore a rule, as a sentence; None where they do not."""
    if rule.attributes:
        return "X-Ray's SDKs ignore rules with attributes; OpenTelemetry's sampler and API Gateway use them."
    if rule.resource_arn != _EVERYTHING:
        return "X-Ray's SDKs ignore rules with a resource ARN other than *; OpenTelemetry's sampler uses them."
    if not rule.service_type:
        return "X-Ray's SDKs ignore rules with an empty service type; * matches every type."
    return None


def covers(earlier: SamplingRule, later: SamplingRule) -> bool:
    """Return whether every request that a rule matches is matched by one that is tried before it.

    It may say no where it is so after all, never yes where it is not.
    """
    if ignored_because(earlier) is not None:
        return False
    return all(_covers_pattern(getattr(earlier, field), getattr(later, field)) for field in _FIELDS)


def covered_by(rules: Sequence[SamplingRule]) -> dict[str, str]:
    """Return the rules that can never decide, by name, each with the name of the first one that covers it.

    Args:
        rules: in the order in which they are tried.
    """
    found: dict[str, str] = {}
    for position, later in enumerate(rules):
        for earlier in rules[:position]:
            if covers(earlier, later):
                found[later.name] = earlier.name
                break
    return found


def _covers_pattern(earlier: str, later: str) -> bool:
    """Return whether every text that matches one pattern matches another.

    The later pattern is read as a text in which `*` can be taken by `*` only, since it may be anything.
    """
    return _taken(_tokens(earlier), _tokens(later), literal_wildcards=False)


def _tokens(pattern: str) -> list[str]:
    """Return a pattern's characters in lower case; of wildcards beside each other one form: `?`s, then one `*`."""

    def in_order(found: re.Match[str]) -> str:
        run = found.group()
        return _ONE * run.count(_ONE) + (_EVERYTHING if _EVERYTHING in run else "")

    return list(_WILDCARDS.sub(in_order, pattern.lower()))


def _taken(pattern: list[str], text: list[str], *, literal_wildcards: bool) -> bool:
    """Return whether a pattern takes all of a text. A `*` takes as little as it can and more when that fails.

    Args:
        pattern: characters.
        text: characters.
        literal_wildcards: `*` and `?` in the text are characters like others; else what stands for any text, and for
            any character.
    """
    at = position = 0
    star, taken = -1, 0
    while position < len(text):
        here = pattern[at] if at < len(pattern) else None
        character = text[position]
        if here == _EVERYTHING:
            star, taken = at, position
            at += 1
        elif (here == _ONE and (literal_wildcards or character != _EVERYTHING)) or (
            here == character and character != _EVERYTHING
        ):
            at += 1
            position += 1
        elif star >= 0:
            taken += 1
            at, position = star + 1, taken
        else:
            return False
    return all(left == _EVERYTHING for left in pattern[at:])
