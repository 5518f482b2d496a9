"""The answers to GetSamplingTargets, and what is known of the clients that ask."""

from __future__ import annotations

import math
import threading
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.sampling.boost import Boost, Boosted
from radiograph.sampling.minute import MinuteRate
from radiograph.sampling.reservoir import ALIVE_SECONDS, INTERVAL_SECONDS, PROMISE_SECONDS, Reservoir
from radiograph.sampling.statistics import Counts, Statistics

if TYPE_CHECKING:
    from radiograph.sampling.shares import Share
    from radiograph.store.sampling_rules import RuleSet, SamplingRule

_LATE_SECONDS = 600
# Of one rule. Nobody is asked who they are, and ids cost nothing: who comes beyond has the rate only, and is not
# remembered.
_MOST_CLIENTS = 50_000
# Some seconds are borrowed between a report and its answer. Whoever goes on does not use quotas: the X-Ray SDK for
# Node.js (3.12) takes their end for milliseconds, so that they are always over.
_BORROWS_FOR_GOOD = 3
_MICROSECONDS = 1_000_000


class Figures(msgspec.Struct):
    """What a client told about a rule.

    Args:
        since: of its first report, seconds since the epoch, like all times here.
        seen: of its last.
        seconds: that the last report covers.
        last: its counts.
        borrowing: in how many reports on end it has borrowed although it had a quota all the time.
        exclusive: it counts a borrowed request as borrowed only, as the X-Ray SDKs do, not as sampled too.
        quota: requests per second that it may take; None while it borrows.
        until: end of that.
    """

    since: float
    seen: float
    seconds: float
    last: Counts
    borrowing: int = 0
    exclusive: bool = False
    quota: int | None = None
    until: float | None = None


class _Rule:
    """The state of one rule."""

    def __init__(self, *, quiet_until: float) -> None:
        self.reservoir = Reservoir(quiet_until=quiet_until)
        self.minute = MinuteRate()
        self.boost = Boost()
        self.clients: dict[str, Figures] = {}
        self._tidied_at = -math.inf

    def tidy(self, now: float) -> None:
        """Forget clients that are gone, once a second."""
        if now - self._tidied_at >= 1.0:
            self._tidied_at = now
            self.clients = {id_: each for id_, each in self.clients.items() if now - each.seen <= ALIVE_SECONDS}


class Targets:
    """All rules' clients. Any thread may ask.

    Args:
        started: when this process began, seconds since the epoch.
        quiet_until: when the promises of the process before end; until then no rule that it knew has a new one.
    """

    def __init__(self, *, started: float, quiet_until: float = -math.inf) -> None:
        self._started = started
        self._quiet_until = quiet_until
        # By name and time of making: a rule that is made anew begins anew.
        self._rules: dict[tuple[str, int], _Rule] = {}
        self._statistics = Statistics()
        self._lock = threading.Lock()
        # Of a cluster's reservoirs, by the key of a rule; None for a node that has them alone.
        self._shares: dict[str, Share] | None = None
        self._requests: dict[str, int] = {}

    def share_with_others(self) -> None:
        """From now on use only parts of reservoirs; see `take_shares`."""
        with self._lock:
            self._shares = {}

    def take_requests(self) -> dict[str, int]:
        """Return the requests that clients had since the call before, by the keys of rules."""
        with self._lock:
            requests, self._requests = self._requests, {}
            return requests

    def take_shares(self, shares: dict[str, Share]) -> None:
        """Use these parts of reservoirs, by the keys of rules."""
        with self._lock:
            self._shares = shares

    def answer(self, request: dict[str, Any], rules: RuleSet, *, now: float) -> dict[str, Any]:
        """Answer GetSamplingTargets.

        Args:
            request: the request's members, already validated.
            rules: that are in force.
            now: seconds since the epoch.
        """
        with self._lock:
            return self._answer(request, rules, now)

    def _answer(self, request: dict[str, Any], rules: RuleSet, now: float) -> dict[str, Any]:
        self._forget(rules)
        known = {rule.name: rule for rule in rules.rules}
        unprocessed: list[dict[str, Any]] = []
        unprocessed_boosts: list[dict[str, Any]] = []
        boosted = {
            document["RuleName"]
            for document in request.get("SamplingBoostStatisticsDocuments") or ()
            if self._take_boost(document, known, unprocessed_boosts, now)
        }
        targets = [
            self._target(known[document["RuleName"]], document, now)
            for document in request["SamplingStatisticsDocuments"]
            if _is_good(document, known, unprocessed, now)
        ]
        # A service amid the chain matches no rule itself, and reports anomalies all the same.
        told = {target["RuleName"] for target in targets}
        targets += [self._boost_only(known[name], now) for name in sorted(boosted - told)]
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": last_modification(rules),
            "UnprocessedStatistics": unprocessed,
            # The X-Ray SDK for Java (2.18) takes no answer with a member that it does not know.
            "UnprocessedBoostStatistics": unprocessed_boosts or None,
        }

    def clients(self, rule: SamplingRule, *, now: float) -> dict[str, Figures]:
        """Return what the clients of a rule told that are alive, by their ids."""
        with self._lock:
            state = self._rules.get((rule.name, rule.created))
            known = {} if state is None else dict(state.clients)
        return {id_: figures for id_, figures in known.items() if now - figures.seen <= ALIVE_SECONDS}

    def boosted(self, rule: SamplingRule, *, now: float) -> Boosted | None:
        """Return the boost of a rule that is going on."""
        with self._lock:
            state = self._rules.get((rule.name, rule.created))
            return None if state is None else state.boost.current(now=now)

    def windows(self, *, now: float, count: int) -> list[tuple[int, dict[str, Counts]]]:
        """Return the start of each of the last windows, seconds since the epoch, with its counts by rule; oldest first.

        Args:
            now: seconds since the epoch.
            count: windows, the present one included.
        """
        with self._lock:
            return list(self._statistics.windows(now=now, count=count))

    def _forget(self, rules: RuleSet) -> None:
        """Forget what is known of rules that are no more."""
        alive = {(rule.name, rule.created) for rule in rules.rules}
        for key in [key for key in self._rules if key not in alive]:
            del self._rules[key]
            self._statistics.forget(key[0])

    def _state(self, rule: SamplingRule) -> _Rule:
        key = rule.name, rule.created
        if key not in self._rules:
            is_older = rule.created / _MICROSECONDS <= self._started
            self._rules[key] = _Rule(quiet_until=self._quiet_until if is_older else -math.inf)
        return self._rules[key]

    def _target(self, rule: SamplingRule, document: dict[str, Any], now: float) -> dict[str, Any]:
        """Take one document and return the target for it."""
        state = self._state(rule)
        client_id: str = document["ClientID"]
        state.tidy(now)
        target = {"RuleName": rule.name, "FixedRate": rule.fixed_rate, "Interval": INTERVAL_SECONDS}
        # By the clock of the client, which need not be ours.
        timestamp = math.floor(document["Timestamp"])
        known = state.clients.get(client_id)
        if known is None and len(state.clients) >= _MOST_CLIENTS:
            return target | {"ReservoirQuota": 0, "ReservoirQuotaTTL": float(timestamp + PROMISE_SECONDS)}
        sampled = document.get("SampledCount", document.get("SampleCount", 0))
        counts = Counts(document["RequestCount"], sampled, document.get("BorrowCount", 0))
        exclusive = counts.borrowed > counts.sampled or (known is not None and known.exclusive)
        if exclusive:
            counts.sampled += counts.borrowed
        figures = Figures(
            since=now if known is None else known.since,
            seen=now,
            seconds=INTERVAL_SECONDS if known is None else max(1.0, now - known.seen),
            last=counts,
            borrowing=_borrowing(known, counts, now),
            exclusive=exclusive,
            quota=None if known is None else known.quota,
            until=None if known is None else known.until,
        )
        state.clients[client_id] = figures
        self._statistics.add(rule.name, counts, now=now)
        if self._shares is not None:
            self._requests[key_of(rule)] = self._requests.get(key_of(rule), 0) + counts.requests
        if rule.per_minute:
            seconds = state.minute.report(client_id, counts.sampled, per_minute=rule.per_minute, now=now)
            quota, holds = (1, seconds - 1) if seconds else (0, PROMISE_SECONDS)
        else:
            given = state.reservoir.report(
                client_id,
                counts.requests,
                size=self._size(rule, now),
                now=now,
                borrows=figures.borrowing >= _BORROWS_FOR_GOOD,
            )
            if given is None:
                return target | _boost_member(self._boost_of(rule, now), timestamp, now)
            quota, holds = given, PROMISE_SECONDS
        figures.quota, figures.until = quota, now + holds
        target |= {"ReservoirQuota": quota, "ReservoirQuotaTTL": float(timestamp + holds)}
        return target | _boost_member(self._boost_of(rule, now), timestamp, now)

    def _size(self, rule: SamplingRule, now: float) -> int:
        """Return what this node has of a rule's reservoir."""
        if self._shares is None:
            return rule.reservoir
        share = self._shares.get(key_of(rule))
        return 0 if share is None else min(share.usable(now), rule.reservoir)

    def _take_boost(
        self, document: dict[str, Any], known: dict[str, SamplingRule], unprocessed: list[dict[str, Any]], now: float
    ) -> bool:
        """Take what a service tells about anomalies; return whether its rule may be boosted."""
        if not _is_good(document, known, unprocessed, now):
            return False
        rule = known[document["RuleName"]]
        if rule.boost_rate is None:
            unprocessed.append(
                _refused(rule.name, "400", f"sampling rule {rule.name} has no SamplingRateBoost; add it to the rule")
            )
            return False
        anomalies, sampled = document["AnomalyCount"], document["SampledAnomalyCount"]
        self._state(rule).boost.add(anomalies=anomalies, sampled=sampled, now=now)
        return True

    def _boost_of(self, rule: SamplingRule, now: float) -> Boosted | None:
        if rule.boost_rate is None or rule.boost_cooldown is None:
            return None
        return self._state(rule).boost.decide(
            fixed_rate=rule.fixed_rate, max_rate=rule.boost_rate, cooldown_minutes=rule.boost_cooldown, now=now
        )

    def _boost_only(self, rule: SamplingRule, now: float) -> dict[str, Any]:
        target = {"RuleName": rule.name, "FixedRate": rule.fixed_rate, "Interval": INTERVAL_SECONDS}
        return target | _boost_member(self._boost_of(rule, now), now, now)


def key_of(rule: SamplingRule) -> str:
    """Return what no other rule has, also none that is made anew with its name."""
    return f"{rule.created} {rule.name}"


def last_modification(rules: RuleSet) -> float:
    """Return when a rule was last changed, for clients that compare it with the second of their last look.

    They may have looked before the change and in the same second; so it is the next one.
    """
    return float(math.ceil(rules.changed / _MICROSECONDS))


def _is_good(
    document: dict[str, Any], known: dict[str, SamplingRule], unprocessed: list[dict[str, Any]], now: float
) -> bool:
    """Return whether a document can be used; say why where it cannot."""
    name = document["RuleName"]
    if name not in known:
        # The Go SDK asks for the rules anew at a code that begins with 4.
        unprocessed.append(_refused(name, "404", f"sampling rule {name} does not exist; GetSamplingRules lists those"))
    elif now - document["Timestamp"] > _LATE_SECONDS:
        unprocessed.append(_refused(name, "400", "the statistics are more than ten minutes old; is the clock right?"))
    else:
        return True
    return False


def _borrowing(known: Figures | None, counts: Counts, now: float) -> int:
    """Return in how many reports on end a client has borrowed although it had a quota since the one before."""
    if known is None or known.until is None or now >= known.until or not counts.borrowed:
        return 0
    return known.borrowing + 1


def _boost_member(boosted: Boosted | None, timestamp: float, now: float) -> dict[str, Any]:
    if boosted is None:
        return {}
    return {"SamplingBoost": {"BoostRate": boosted.rate, "BoostRateTTL": timestamp + (boosted.until - now)}}


def _refused(rule: str, code: str, message: str) -> dict[str, Any]:
    return {"RuleName": rule, "ErrorCode": code, "Message": message}
