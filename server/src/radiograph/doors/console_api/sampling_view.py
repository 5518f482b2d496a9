"""What the page of sampling shows: the rules in order, how they are used, and by whom."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.sampling.matching import covered_by, ignored_because
from radiograph.sampling.reservoir import INTERVAL_SECONDS
from radiograph.sampling.rules import arn_prefix
from radiograph.sampling.statistics import KEPT_WINDOWS, WINDOW_SECONDS, Counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph.sampling.live import Sampling
    from radiograph.sampling.targets import Figures, Targets
    from radiograph.settings import Settings
    from radiograph.store.sampling_rules import SamplingRule

_MICROSECONDS = 1_000_000
# What rates are the mean of: the last minute that is over.
_RATE_WINDOWS = 6


def sampling_view(sampling: Sampling, settings: Settings, *, now: float) -> dict[str, Any]:
    """Return the rules with their live figures, the clients, and half an hour in windows of ten seconds.

    Args:
        sampling: the state of this process.
        settings: limits and identity.
        now: seconds since the epoch.
    """
    known = sampling.rules_here()
    targets = sampling.targets
    windows = targets.windows(now=now, count=KEPT_WINDOWS + 1)[:-1]  # the present one is not over
    prefix = arn_prefix(settings.region, settings.account_id)
    covered = covered_by(known.rules)
    shown: list[dict[str, Any]] = []
    clients: list[dict[str, Any]] = []
    for rule in known.rules:
        figures = targets.clients(rule, now=now)
        counts = _sum(rule.name, [by_rule for _, by_rule in windows[-_RATE_WINDOWS:]])
        shown.append(
            {
                **_members(rule, prefix),
                "covered_by": covered.get(rule.name),
                "ignored": ignored_because(rule),
                **_rates(counts, rule.fixed_rate),
                **_of_clients(rule, figures, targets, now),
            }
        )
        clients += [_client(id_, rule.name, of_client, now) for id_, of_client in figures.items()]
    return {
        "interval": INTERVAL_SECONDS,
        "limit": settings.sampling_rules,
        "limit_used": len(known.rules) - 1,
        "extensions": not settings.strict_aws,
        "changed": known.changed / _MICROSECONDS or None,
        "rules": shown,
        "clients": clients,
        "windows": _trend([rule.name for rule in known.rules], windows),
    }


def _members(rule: SamplingRule, prefix: str) -> dict[str, Any]:
    boost = None
    if rule.boost_rate is not None:
        boost = {"max_rate": rule.boost_rate, "cooldown_minutes": rule.boost_cooldown}
    return {
        "name": rule.name,
        "arn": rule.arn or prefix + rule.name,
        "is_default": rule.is_default,
        "priority": rule.priority,
        "fixed_rate": rule.fixed_rate,
        "reservoir": rule.reservoir,
        "per_minute": rule.per_minute,
        "service_name": rule.service_name,
        "service_type": rule.service_type,
        "host": rule.host,
        "http_method": rule.http_method,
        "url_path": rule.url_path,
        "resource_arn": rule.resource_arn,
        "attributes": rule.attributes,
        "boost": boost,
        "created": rule.created / _MICROSECONDS,
        "modified": rule.modified / _MICROSECONDS,
    }


def _rates(counts: Counts, fixed_rate: float) -> dict[str, Any]:
    """Return rates per second. What the rate sampled is an estimate: clients do not tell it apart from the quota.

    Of n requests, the r that the reservoir or a loan took leave n - r to the rate; s = r + rate * (n - r) were sampled.
    """
    seconds = _RATE_WINDOWS * WINDOW_SECONDS
    taken = float(counts.sampled)
    if fixed_rate < 1:
        taken = (counts.sampled - fixed_rate * counts.requests) / (1 - fixed_rate)
    elif counts.requests:
        taken = float(counts.borrowed)
    taken = min(max(taken, float(counts.borrowed)), float(counts.sampled))
    return {
        "rates": {
            "requests": counts.requests / seconds,
            "sampled": counts.sampled / seconds,
            "borrowed": counts.borrowed / seconds,
            "reservoir": (taken - counts.borrowed) / seconds,
            "fixed": (counts.sampled - taken) / seconds,
        },
        "share": counts.sampled / counts.requests if counts.requests else None,
    }


def _of_clients(rule: SamplingRule, figures: Mapping[str, Figures], targets: Targets, now: float) -> dict[str, Any]:
    boosted = targets.boosted(rule, now=now)
    fresh = [
        each for each in figures.values() if each.quota is not None and each.until is not None and each.until > now
    ]
    return {
        "clients": len(figures),
        "quota": sum(each.quota or 0 for each in fresh),
        "boosted": None if boosted is None else {"rate": boosted.rate, "until": boosted.until},
        "seen": max((each.seen for each in figures.values()), default=None),
    }


def _client(id_: str, rule: str, figures: Figures, now: float) -> dict[str, Any]:
    last, seconds = figures.last, figures.seconds
    is_fresh = figures.until is not None and figures.until > now
    return {
        "id": id_,
        "rule": rule,
        "requests": last.requests / seconds,
        "sampled": last.sampled / seconds,
        "borrowed": last.borrowed / seconds,
        "quota": figures.quota if is_fresh else None,
        "until": figures.until if is_fresh else None,
        "since": figures.since,
        "seen": figures.seen,
    }


def _sum(rule: str, windows: list[dict[str, Counts]]) -> Counts:
    total = Counts()
    for by_rule in windows:
        if rule in by_rule:
            total.add(by_rule[rule])
    return total


def _trend(rules: list[str], windows: list[tuple[int, dict[str, Counts]]]) -> dict[str, Any]:
    def counted(rule: str, what: str) -> list[int]:
        return [getattr(by_rule[rule], what) if rule in by_rule else 0 for _, by_rule in windows]

    return {
        "start": [start for start, _ in windows],
        "seconds": WINDOW_SECONDS,
        "rules": {
            rule: {what: counted(rule, what) for what in Counts.__struct_fields__}
            for rule in rules
            if any(rule in by_rule for _, by_rule in windows)
        },
    }
