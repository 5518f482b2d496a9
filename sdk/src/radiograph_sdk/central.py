"""Central sampling: the service hands out rules and quotas through the daemon, and is told what was done with them.

A thread asks, from the first decision on; decisions themselves never wait. Until rules are there, and when none could
be had for an hour, local rules decide.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import threading
import time
from typing import TYPE_CHECKING, Any

from radiograph_sdk.forks import renew_after_fork
from radiograph_sdk.losses import Losses
from radiograph_sdk.sampling import Decision, LocalSampler, Request, matches

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from radiograph_sdk.sampling import Sampler

    Post = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]

_RULES_SECONDS = 300.0
_RULES_JITTER = 5.0
_TARGETS_SECONDS = 10.0
_TARGETS_JITTER = 0.1
_RULES_HOLD_SECONDS = 3_600.0
_TIMEOUT = 5.0
_OK = 200
_CLIENT_BYTES = 12
_KNOWN_VERSION = 1
_MOST_AT_ONCE = 25


class CentralRule:
    """A rule of the service, with what this process did by it.

    Args:
        rule: the members of a `SamplingRule`.

    Raises:
        KeyError: a member is missing.
    """

    def __init__(self, rule: Mapping[str, Any]) -> None:
        self.name: str = rule["RuleName"]
        self.priority = int(rule["Priority"])
        self.rate = float(rule["FixedRate"])
        self.reservoir = int(rule["ReservoirSize"])
        self._patterns = (
            rule["ServiceName"],
            rule["ServiceType"],
            rule["Host"],
            rule["HTTPMethod"],
            rule["URLPath"],
        )
        self._lock = threading.Lock()
        self.requests = self.sampled = self.borrowed = 0
        self._quota: int | None = None
        self._until = 0.0
        self._second = -1
        self._taken = 0
        self.due = 0.0
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Let the lock go that another thread may have held."""
        self._lock = threading.Lock()

    @property
    def place(self) -> tuple[int, str]:
        """Rules are tried in the order of these."""
        return self.priority, self.name

    def matches(self, request: Request, service_type: str | None) -> bool:
        """Return whether all that is known of a request matches; what is not known matches `*` only."""
        known = (request.service, service_type, request.host, request.method, request.path)
        return all(matches(pattern, text) for pattern, text in zip(self._patterns, known, strict=True))

    def take(self, now: float, draw: float) -> bool:
        """Decide about one request.

        Args:
            now: seconds since the epoch.
            draw: from 0 to 1.
        """
        with self._lock:
            self.requests += 1
            second = int(now)
            if second != self._second:
                self._second, self._taken = second, 0
            if self._quota is not None and self._until >= second:
                if self._taken < self._quota:
                    self._taken += 1
                    self.sampled += 1
                    return True
            elif self.reservoir and not self._taken:
                self._taken = 1
                self.borrowed += 1
                return True
            if draw < self.rate:
                self.sampled += 1
                return True
            return False

    def statistics(self, client: str, now: float) -> dict[str, Any]:
        """Return what is to be reported, and begin anew."""
        with self._lock:
            told = {
                "RuleName": self.name,
                "ClientID": client,
                "Timestamp": int(now),
                "RequestCount": self.requests,
                "SampledCount": self.sampled,
                "BorrowCount": self.borrowed,
            }
            self.requests = self.sampled = self.borrowed = 0
        return told

    def put_back(self, told: Mapping[str, Any]) -> None:
        """Count again what could not be reported."""
        with self._lock:
            self.requests += told["RequestCount"]
            self.sampled += told["SampledCount"]
            self.borrowed += told["BorrowCount"]

    def heed(self, target: Mapping[str, Any], now: float) -> None:
        """Go by what the service says from now on."""
        with self._lock:
            self.rate = float(target.get("FixedRate", self.rate))
            quota, until = target.get("ReservoirQuota"), target.get("ReservoirQuotaTTL")
            if quota is not None and until is not None:
                self._quota, self._until = int(quota), float(until)
            interval = target.get("Interval")
            self.due = now + (float(interval) if interval else _TARGETS_SECONDS)

    def go_on_as(self, other: CentralRule) -> None:
        """Take over what another form of the same rule did."""
        with other._lock:
            self.requests, self.sampled, self.borrowed = other.requests, other.sampled, other.borrowed
            self._quota, self._until = other._quota, other._until
            self._second, self._taken = other._second, other._taken
            self.due = other.due


def understood(rule: Mapping[str, Any]) -> bool:
    """Return whether a rule is one for SDKs: others name resources or attributes that an SDK does not know."""
    return (
        rule.get("Version") == _KNOWN_VERSION
        and not rule.get("Attributes")
        and rule.get("ResourceARN", "*") == "*"
        and bool(rule.get("ServiceType"))
    )


class CentralSampler:
    """Decides by the service's rules.

    Args:
        address: of the daemon's TCP door.
        service_type: what the application runs on, such as `AWS::EC2::Instance`; None where it is not known.
        fallback: decides when there are no rules.
        losses: counts what could not be asked.
        clock: seconds since the epoch.
        post: asks the service; None for the daemon at the address.
    """

    def __init__(
        self,
        address: tuple[str, int],
        *,
        service_type: str | None = None,
        fallback: Sampler | None = None,
        losses: Losses | None = None,
        clock: Callable[[], float] = time.time,
        post: Post | None = None,
    ) -> None:
        self._address = address
        self._service_type = service_type
        self._fallback = fallback or LocalSampler()
        self._losses = losses or Losses()
        self._clock = clock
        self._post = post or self._ask
        self._rules: tuple[CentralRule, ...] = ()
        self._rules_at = -_RULES_HOLD_SECONDS
        self._modified = 0.0
        self._client = ""
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Become another client: what was counted here is the parent's, and so is the thread that asks."""
        self._lock = threading.Lock()
        self._thread = None
        for rule in self._rules:
            rule.after_fork()
            rule.statistics("", 0.0)

    def decide(self, request: Request) -> Decision:
        """Return what the first rule that matches says."""
        thread = self._thread
        if thread is None or not thread.is_alive():
            self._start()
        now = self._clock()
        if now - self._rules_at < _RULES_HOLD_SECONDS:
            for rule in self._rules:
                if rule.matches(request, self._service_type):
                    return Decision(rule.take(now, random.random()), rule.name)  # noqa: S311 -- no secret
        return self._fallback.decide(request)

    def use_fallback(self, fallback: Sampler) -> None:
        """Decide by others when there are no rules."""
        self._fallback = fallback

    def use_address(self, address: tuple[str, int]) -> None:
        """Ask another daemon from now on."""
        self._address = address

    def use_service_type(self, service_type: str) -> None:
        """Be of a type that rules may ask for: it is found out later than the first decision."""
        self._service_type = service_type

    def close(self) -> None:
        """Stop asking."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(_TIMEOUT)
            self._thread = None

    def refresh_rules(self) -> None:
        """Ask for the rules.

        Raises:
            OSError: the daemon does not answer.
            ValueError: its answer is none.
        """
        answer = self._post("/GetSamplingRules", {})
        known = {rule.name: rule for rule in self._rules}
        rules = []
        for record in answer["SamplingRuleRecords"]:
            given = record["SamplingRule"]
            if understood(given):
                rule = CentralRule(given)
                if rule.name in known:
                    rule.go_on_as(known[rule.name])
                rules.append(rule)
        self._rules = tuple(sorted(rules, key=lambda rule: rule.place))
        self._rules_at = self._clock()

    def report(self) -> None:
        """Tell what was done by each rule, and heed the answer.

        Raises:
            OSError: the daemon does not answer; what was to be told is told the next time.
            ValueError: its answer is none.
        """
        now = self._clock()
        busy = [rule for rule in self._rules if rule.requests and rule.due <= now]
        for begin in range(0, len(busy), _MOST_AT_ONCE):
            told = [(rule, rule.statistics(self._client, now)) for rule in busy[begin : begin + _MOST_AT_ONCE]]
            try:
                answer = self._post("/SamplingTargets", {"SamplingStatisticsDocuments": [each for _, each in told]})
                targets = {target["RuleName"]: target for target in answer["SamplingTargetDocuments"]}
            except Exception:
                for rule, each in told:
                    rule.put_back(each)
                raise
            modified = float(answer.get("LastRuleModification") or 0.0)
            # By the service's clock, which is not ours: the first answer asks for the rules once more.
            if modified > self._modified:
                self._modified = modified
                self.refresh_rules()
            for rule in self._rules:
                if rule.name in targets:
                    rule.heed(targets[rule.name], now)

    def _start(self) -> None:
        with self._lock:
            if (self._thread is not None and self._thread.is_alive()) or self._stop.is_set():
                return
            self._client = os.urandom(_CLIENT_BYTES).hex()
            self._thread = threading.Thread(target=self._run, name="radiograph-sampling", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        rules_due = 0.0
        while True:
            now = time.monotonic()
            if now >= rules_due:
                self._safely(self.refresh_rules)
                known = self._clock() - self._rules_at < _RULES_SECONDS
                # Without any, sooner again.
                rules_due = now + (_RULES_SECONDS if known else _TARGETS_SECONDS) + random.uniform(0, _RULES_JITTER)  # noqa: S311 -- no secret
            if self._stop.wait(_TARGETS_SECONDS + random.uniform(0, _TARGETS_JITTER)):  # noqa: S311 -- no secret
                return
            self._safely(self.report)

    def _safely(self, ask: Callable[[], None]) -> None:
        try:
            ask()
        except Exception as problem:  # noqa: BLE001 -- whatever it is, decisions go on by what is known
            self._losses.count(
                "sampling",
                f"the daemon at {self._address[0]}:{self._address[1]} was not to be asked for sampling rules; what is "
                "known of them, or local rules, decide",
                error=problem,
            )

    def _ask(self, path: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        connection = http.client.HTTPConnection(*self._address, timeout=_TIMEOUT)
        try:
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            found = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != _OK or not isinstance(found, dict):
            raise ValueError(f"it answered {answer.status} {found if isinstance(found, dict) else ''}".strip())
        return found
