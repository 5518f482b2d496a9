"""Sampling rules: making, changing, deleting and listing them.

Source of limits and defaults: X-Ray API reference and developer guide, "sampling rules".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.errors import InvalidRequest, RuleLimitExceeded
from radiograph.store.sampling_rules import DEFAULT_RULE, SamplingRule, change_rules, in_order
from radiograph.store.tags import forget_tags, new_tags, put_tags

if TYPE_CHECKING:
    import duckdb

    from radiograph.store.lake import Lake
    from radiograph.store.sampling_rules import RuleSet

_MICROSECONDS = 1_000_000
_LEAST_PRIORITY, _MOST_PRIORITY = 1, 9_999
_MOST_RESERVOIR = 2**31 - 1
_PRINTABLE = re.compile(r"[^\x00-\x1f\x7f]+")
PER_MINUTE = "PerMinute"

# Nobody is asked who they are yet.
_UNKNOWN = "unknown"

# Of the API's members, those that are one field each.
_MEMBERS = {
    "ResourceARN": "resource_arn",
    "Priority": "priority",
    "FixedRate": "fixed_rate",
    "ReservoirSize": "reservoir",
    PER_MINUTE: "per_minute",
    "ServiceName": "service_name",
    "ServiceType": "service_type",
    "Host": "host",
    "HTTPMethod": "http_method",
    "URLPath": "url_path",
    "Attributes": "attributes",
}
_OF_DEFAULT = ("FixedRate", "ReservoirSize")

_log = structlog.get_logger("radiograph.sampling")


def create_rule(
    lake: Lake, request: dict[str, Any], *, region: str, account: str, most: int, now: float
) -> dict[str, Any]:
    """Answer CreateSamplingRule.

    Args:
        lake: where.
        request: the request's members.
        region: of the rule's ARN.
        account: of the rule's ARN.
        most: rules allowed, Default not counted.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: a bad or taken name, or a value or tag that a rule cannot have.
        RuleLimitExceeded: there are as many rules as allowed.
        StoreUnavailable: the store cannot write.
    """
    given = request["SamplingRule"]
    tags = new_tags(request, what="a sampling rule")
    moment = int(now * _MICROSECONDS)
    prefix = arn_prefix(region, account)
    name = _new_name(given, prefix)
    if given["Version"] != 1:
        raise InvalidRequest(f"SamplingRule.Version must be 1; it is {given['Version']}")
    rule = _changed(
        SamplingRule(
            name=name, arn=prefix + name, priority=1, fixed_rate=0.0, reservoir=0, created=moment, modified=moment
        ),
        given,
        "SamplingRule",
    )

    def add(connection: duckdb.DuckDBPyConnection, known: list[SamplingRule]) -> list[SamplingRule]:
        if any(other.name == name for other in known):
            raise InvalidRequest(
                f"sampling rule {name} exists; change it with UpdateSamplingRule, or choose another RuleName"
            )
        if len(known) > most:  # Default is one of them
            raise RuleLimitExceeded(
                f"there are {len(known) - 1} sampling rules and {most} are allowed; delete one with "
                "DeleteSamplingRule, or raise the setting sampling_rules"
            )
        put_tags(connection, rule.arn, tags)
        return [*known, rule]

    change_rules(lake, add, now=moment)
    _log.info("sampling rule created", rule=name, **_told(rule), tags=tags, who=_UNKNOWN)
    return {"SamplingRuleRecord": record_of(rule, region=region, account=account)}


def update_rule(lake: Lake, request: dict[str, Any], *, region: str, account: str, now: float) -> dict[str, Any]:
    """Answer UpdateSamplingRule: members that are absent stay as they are; a boost with MaxRate 0 takes it away.

    Args:
        lake: where.
        request: the request's members.
        region: of the ARN of Default.
        account: of the ARN of Default.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: no such rule, a value that a rule cannot have, or one that Default keeps.
        StoreUnavailable: the store cannot write.
    """
    given = request["SamplingRuleUpdate"]
    moment = int(now * _MICROSECONDS)
    changed: list[SamplingRule] = []

    def change(_connection: duckdb.DuckDBPyConnection, known: list[SamplingRule]) -> list[SamplingRule]:
        old = _named(given, known, region=region, account=account, where="SamplingRuleUpdate.")
        new = _changed(old, given, "SamplingRuleUpdate")
        if old.is_default:
            _check_default(old, new)
        if new != old:
            new = msgspec.structs.replace(new, modified=max(moment, old.modified + 1))
        changed[:] = [new]
        return [new if rule.name == old.name else rule for rule in known]

    change_rules(lake, change, now=moment)
    (rule,) = changed
    _log.info("sampling rule updated", rule=rule.name, **_told(rule), who=_UNKNOWN)
    return {"SamplingRuleRecord": record_of(rule, region=region, account=account)}


def delete_rule(lake: Lake, request: dict[str, Any], *, region: str, account: str, now: float) -> dict[str, Any]:
    """Answer DeleteSamplingRule; the rule's tags go with it.

    Args:
        lake: where.
        request: the request's members.
        region: of the ARN of Default.
        account: of the ARN of Default.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: no such rule, or it is Default.
        StoreUnavailable: the store cannot write.
    """
    deleted: list[SamplingRule] = []

    def delete(connection: duckdb.DuckDBPyConnection, known: list[SamplingRule]) -> list[SamplingRule]:
        rule = _named(request, known, region=region, account=account)
        if rule.is_default:
            raise InvalidRequest(
                "the sampling rule Default always exists and cannot be deleted; with FixedRate and ReservoirSize 0 it "
                "samples nothing"
            )
        forget_tags(connection, rule.arn)
        deleted[:] = [rule]
        return [other for other in known if other.name != rule.name]

    change_rules(lake, delete, now=int(now * _MICROSECONDS))
    (rule,) = deleted
    _log.info("sampling rule deleted", rule=rule.name, arn=rule.arn, who=_UNKNOWN)
    return {"SamplingRuleRecord": record_of(rule, region=region, account=account)}


def draft_of(
    given: list[dict[str, Any]], known: RuleSet, *, region: str, account: str, extensions: bool, now: float
) -> tuple[SamplingRule, ...]:
    """Return the rules that a draft consists of, in the order in which they are tried; nothing is stored.

    Args:
        given: the rules in the API's form, all there shall be. Without Default, today's stays.
        known: today's rules.
        region: of ARNs.
        account: of ARNs.
        extensions: whether a rate per minute may be given.
        now: seconds since the epoch.

    Raises:
        InvalidRequest: a rule that cannot be, or two of one name.
    """
    moment = int(now * _MICROSECONDS)
    prefix = arn_prefix(region, account)
    drafted: dict[str, SamplingRule] = {}
    for rule in given:
        if PER_MINUTE in rule and not extensions:
            raise InvalidRequest(f"{PER_MINUTE} is an extension of Radiograph, which --strict-aws turns off")
        if rule.get("RuleName") == DEFAULT_RULE:
            (old,) = [each for each in known.rules if each.is_default]
            new = _changed(old, rule, DEFAULT_RULE)
            _check_default(old, new)
        else:
            # As GetSamplingRules lists them, rules have both.
            named = {member: value for member, value in rule.items() if member != "RuleARN" or "RuleName" not in rule}
            name = _new_name(named, prefix)
            new = _changed(
                SamplingRule(name=name, arn=prefix + name, priority=1, fixed_rate=0.0, reservoir=0, created=moment),
                rule,
                name,
            )
        if new.name in drafted:
            raise InvalidRequest(f"the sampling rule {new.name} is given twice; names are unique")
        drafted[new.name] = new
    if DEFAULT_RULE not in drafted:
        drafted |= {each.name: each for each in known.rules if each.is_default}
    return in_order(list(drafted.values()))


def get_rules(rules: RuleSet, *, region: str, account: str) -> dict[str, Any]:
    """Answer GetSamplingRules: all of them at once, since the SDKs read one page only.

    Without the rates per minute, which no SDK knows: that for Java (2.18) takes no rules with a member that it does not
    know. The console's API has them.
    """
    records = [record_of(rule, region=region, account=account) for rule in rules.rules]
    for record in records:
        del record["SamplingRule"][PER_MINUTE]
    return {"SamplingRuleRecords": records}


def record_of(rule: SamplingRule, *, region: str, account: str) -> dict[str, Any]:
    """Return a rule in the API's form.

    Args:
        rule: which.
        region: of the ARN of Default.
        account: of the ARN of Default.
    """
    boost = None
    if rule.boost_rate is not None:
        boost = {"MaxRate": rule.boost_rate, "CooldownWindowMinutes": rule.boost_cooldown}
    return {
        "SamplingRule": {
            "RuleName": rule.name,
            "RuleARN": rule.arn or arn_prefix(region, account) + rule.name,
            # A rule per minute has no reservoir: its requests come as quotas, and nobody may borrow.
            **{member: getattr(rule, field) for member, field in _MEMBERS.items() if member != PER_MINUTE},
            PER_MINUTE: rule.per_minute or None,
            "Version": 1,
            "SamplingRateBoost": boost,
        },
        "CreatedAt": rule.created / _MICROSECONDS,
        "ModifiedAt": rule.modified / _MICROSECONDS,
    }


def arn_prefix(region: str, account: str) -> str:
    """Return what stands before the name in the ARN of a rule."""
    return f"arn:aws:xray:{region}:{account}:sampling-rule/"


def _new_name(given: dict[str, Any], prefix: str) -> str:
    """Return the name of a new rule, which may be given by its ARN.

    Raises:
        InvalidRequest: none, both, or one that cannot be.
    """
    name, arn = given.get("RuleName"), given.get("RuleARN")
    if (name is None) == (arn is None):
        raise InvalidRequest("give a new sampling rule either SamplingRule.RuleName or RuleARN, and not both")
    if arn is not None:
        if not arn.startswith(prefix):
            raise InvalidRequest(f"SamplingRule.RuleARN must begin with {prefix}; give RuleName and leave it out")
        name = arn.removeprefix(prefix)
    assert name is not None
    if len(name) > 32 or not _PRINTABLE.fullmatch(name):  # noqa: PLR2004 -- of the model, which has it for names only
        raise InvalidRequest(f"RuleName {name!r} must have 1 to 32 characters, and none that cannot be printed")
    if name.strip() != name:
        raise InvalidRequest(f"RuleName {name!r} must not begin or end with a space")
    if name == DEFAULT_RULE:
        raise InvalidRequest(
            "the sampling rule Default always exists; change it with UpdateSamplingRule, or choose another RuleName"
        )
    return str(name)


def _named(
    given: dict[str, Any], known: list[SamplingRule], *, region: str, account: str, where: str = ""
) -> SamplingRule:
    """Return the rule that a request names.

    Raises:
        InvalidRequest: no such rule, none is named, or both by name and by ARN.
    """
    name, arn = given.get("RuleName"), given.get("RuleARN")
    if (name is None) == (arn is None):
        raise InvalidRequest(
            f"give either {where}RuleName or {where}RuleARN, and not both; GetSamplingRules lists them"
        )
    prefix = arn_prefix(region, account)
    for rule in known:
        if name == rule.name or (arn is not None and arn == (rule.arn or prefix + rule.name)):
            return rule
    named = f"sampling rule {name}" if arn is None else f"sampling rule with the RuleARN {arn}"
    raise InvalidRequest(f"there is no {named}; names are case-sensitive, GetSamplingRules lists them")


def _changed(rule: SamplingRule, given: dict[str, Any], where: str) -> SamplingRule:
    """Return a rule with the members that are given.

    Raises:
        InvalidRequest: a value that a rule cannot have.
    """
    values = {field: given[member] for member, field in _MEMBERS.items() if member in given}
    boost = given.get("SamplingRateBoost")
    if boost is not None and not boost["MaxRate"]:
        # An update has no other way to say that there shall be none, and boosted to nothing is not boosted.
        values |= {"boost_rate": None, "boost_cooldown": None}
    elif boost is not None:
        values |= {"boost_rate": boost["MaxRate"], "boost_cooldown": boost["CooldownWindowMinutes"]}
    new = msgspec.structs.replace(rule, **values)
    if "priority" in values and not _LEAST_PRIORITY <= new.priority <= _MOST_PRIORITY and not rule.is_default:
        raise InvalidRequest(
            f"{where}.Priority must be from {_LEAST_PRIORITY} to {_MOST_PRIORITY}; it is {new.priority}"
        )
    if not 0 <= new.fixed_rate <= 1:
        raise InvalidRequest(f"{where}.FixedRate must be from 0 to 1, where 0.05 is 5 percent; it is {new.fixed_rate}")
    for member, value in (("ReservoirSize", new.reservoir), (PER_MINUTE, new.per_minute)):
        if not 0 <= value <= _MOST_RESERVOIR:
            raise InvalidRequest(f"{where}.{member} must be 0 or more; it is {value}")
    if new.per_minute and new.reservoir:
        raise InvalidRequest(
            f"{where} has a {PER_MINUTE} and a ReservoirSize, requests per minute and per second; set one of them to 0"
        )
    if new.boost_rate is not None and new.boost_rate < new.fixed_rate:
        raise InvalidRequest(
            f"{where}.SamplingRateBoost.MaxRate must be at least the FixedRate {new.fixed_rate}; it is {new.boost_rate}"
        )
    return new


def _check_default(old: SamplingRule, new: SamplingRule) -> None:
    """See that Default keeps what it must keep. Members that are given as they are change nothing.

    Raises:
        InvalidRequest: it does not.
    """
    fields = {**_MEMBERS, "SamplingRateBoost": "boost_rate"}
    kept = [member for member, field in fields.items() if getattr(old, field) != getattr(new, field)]
    wrong = [member for member in kept if member not in _OF_DEFAULT]
    if wrong:
        raise InvalidRequest(
            f"of the sampling rule Default only FixedRate and ReservoirSize can be changed, not {', '.join(wrong)}; "
            "make a rule with CreateSamplingRule, which goes before it"
        )


def _told(rule: SamplingRule) -> dict[str, Any]:
    return {"priority": rule.priority, "rate": rule.fixed_rate, "reservoir": rule.reservoir}
