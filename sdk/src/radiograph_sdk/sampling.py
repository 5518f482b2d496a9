"""Whether a request is recorded, by rules that are here: the fallback of central sampling, and enough without it."""

from __future__ import annotations

import random
import re
import threading
import time
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol

import msgspec

from radiograph_sdk.forks import renew_after_fork

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_VERSIONS = (1, 2)


class InvalidSamplingRules(ValueError):  # noqa: N818 -- named after what is wrong
    """Local sampling rules that cannot be."""


class Request(msgspec.Struct, frozen=True):
    """What rules look at; what is not known matches `*` only, as nobody knows whether it is what a rule is about."""

    host: str | None = None
    method: str | None = None
    path: str | None = None
    service: str | None = None


class Decision(msgspec.Struct, frozen=True):
    """Whether to record, and by which rule; None when no rule was asked."""

    sampled: bool
    rule: str | None = None


class Sampler(Protocol):
    """Decides about requests that nobody decided about before."""

    def decide(self, request: Request) -> Decision:
        """Return the decision; never raises, and never waits for anything outside the process."""


class Always:
    """Records everything that nobody decided about before."""

    def decide(self, request: Request) -> Decision:  # noqa: ARG002 -- of the protocol
        """Return that it is recorded."""
        return _RECORDED


_RECORDED = Decision(sampled=True)


class Reservoir:
    """So many of each second, whoever comes first.

    Args:
        size: of a second.
        clock: seconds.
    """

    def __init__(self, size: int, clock: Callable[[], float] = time.time) -> None:
        self._size = size
        self._clock = clock
        self._second = -1
        self._taken = 0
        self._lock = threading.Lock()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Let the lock go that another thread may have held."""
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one if there is one left."""
        if not self._size:
            return False
        with self._lock:
            second = int(self._clock())
            if second != self._second:
                self._second, self._taken = second, 0
            if self._taken >= self._size:
                return False
            self._taken += 1
            return True


class _Rule(msgspec.Struct, frozen=True):
    host: str
    method: str
    path: str
    rate: float
    reservoir: Reservoir

    def matches(self, request: Request) -> bool:
        return (
            matches(self.host, request.host)
            and matches(self.method, request.method)
            and matches(self.path, request.path)
        )


class LocalSampler:
    """Decides by local rules, as X-Ray's SDKs do: a number a second, and a share of the rest.

    Args:
        rules: of version 1 or 2; None for the usual: one a second, and 5 percent.
        clock: seconds.

    Raises:
        InvalidSamplingRules: they cannot be.
    """

    def __init__(self, rules: Mapping[str, Any] | None = None, *, clock: Callable[[], float] = time.time) -> None:
        given = rules or {"version": 2, "rules": [], "default": {"fixed_target": 1, "rate": 0.05}}
        version = given.get("version")
        if version not in _VERSIONS:
            raise InvalidSamplingRules(f"version {version!r} of local sampling rules is not known; there are 1 and 2")
        host = "host" if version == max(_VERSIONS) else "service_name"
        try:
            self._rules = [
                _Rule(rule[host], rule["http_method"], rule["url_path"], *_amounts(rule, clock))
                for rule in given.get("rules") or ()
            ]
            self._rules.append(_Rule("*", "*", "*", *_amounts(given["default"], clock)))
        except (KeyError, TypeError, AttributeError) as problem:
            raise InvalidSamplingRules(
                f"local sampling rules of version {version} need {host}, http_method, url_path, fixed_target and rate, "
                f"and a default with fixed_target and rate; {problem} is missing or wrong"
            ) from None

    def decide(self, request: Request) -> Decision:
        """Return what the first rule that matches says."""
        rule = next(rule for rule in self._rules if rule.matches(request))
        return Decision(rule.reservoir.take() or random.random() < rule.rate)  # noqa: S311 -- no secret


def _amounts(rule: Mapping[str, Any], clock: Callable[[], float]) -> tuple[float, Reservoir]:
    target, rate = rule["fixed_target"], rule["rate"]
    if not isinstance(target, int) or isinstance(target, bool) or target < 0:
        raise InvalidSamplingRules(f"fixed_target {target!r} must be a whole number of requests a second, 0 or more")
    if isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 <= rate <= 1:
        raise InvalidSamplingRules(f"rate {rate!r} must be from 0, none, to 1, all")
    return float(rate), Reservoir(target, clock)


def matches(pattern: str, text: str | None) -> bool:
    """Return whether a text matches a pattern: `*` is any run of characters, `?` one; case does not matter.

    X-Ray's SDKs let what is not known match everything, so that a rule for one path catches what has none.
    """
    return pattern == "*" or (text is not None and _compiled(pattern)(text) is not None)


@lru_cache(1_000)
def _compiled(pattern: str) -> Callable[[str], re.Match[str] | None]:
    # What stands before each further star is taken where it comes first, for good: no pattern takes long.
    first, *others = (
        "".join("." if character == "?" else re.escape(character) for character in piece)
        for piece in pattern.split("*")
    )
    middle = "".join(f"(?>.*?{piece})" for piece in others[:-1])
    last = "".join(f".*{piece}" for piece in others[-1:])
    return re.compile(first + middle + last, re.DOTALL | re.IGNORECASE).fullmatch
