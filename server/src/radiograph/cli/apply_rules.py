"""`radiograph sampling apply`: the rules of a running Radiograph become those of a file."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from radiograph.cli.rule_file import read_rules
from radiograph.cli.sampling import ask
from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_DEFAULT = "Default"
_BOOST = "SamplingRateBoost"
# What UpdateSamplingRule takes for none.
_NO_BOOST = {"MaxRate": 0, "CooldownWindowMinutes": 0}
_MEMBERS = (
    "ResourceARN",
    "Priority",
    "FixedRate",
    "ReservoirSize",
    "PerMinute",
    "ServiceName",
    "ServiceType",
    "Host",
    "HTTPMethod",
    "URLPath",
    "Attributes",
    _BOOST,
)
_OF_DEFAULT = ("FixedRate", "ReservoirSize")
# What a rule has that does not say.
_USUAL = {"ResourceARN": "*", "PerMinute": 0, "Attributes": {}, _BOOST: None}


def apply_rules(url: str, file: Path, *, yes: bool, ask_person: Callable[[str], bool]) -> int:
    """Make the rules of a running Radiograph those of a file, after saying what that changes.

    Args:
        url: of the running Radiograph.
        file: with the rules.
        yes: whether to do it without asking.
        ask_person: shows a question and returns whether it was answered with yes.

    Returns:
        The exit code: 0 when the rules are those of the file.

    Raises:
        ConfigurationError: the rules cannot be put in force, or not all of them were.
    """
    wanted = read_rules(file)
    _check(url, wanted, file)
    records = ask(url, "/GetSamplingRules", {})["SamplingRuleRecords"]
    today = ask(url, "/api/v1/sampling")
    others = sum(rule["RuleName"] != _DEFAULT for rule in wanted)
    if others > today["limit"]:
        raise ConfigurationError(
            f"{file} has {others} rules beside Default, and {today['limit']} are allowed; leave some out, or raise the "
            "setting sampling_rules"
        )
    per_minute = {rule["name"]: rule["per_minute"] for rule in today["rules"]}
    for record in records:
        record["SamplingRule"]["PerMinute"] = per_minute.get(record["SamplingRule"]["RuleName"], 0)
    plan = plan_of(records, wanted)
    if not plan:
        print("The rules are these already: nothing to change.")
        return 0
    for words, _, _ in plan:
        print(words)
    if not yes and not ask_person(f"Make {len(plan)} {'change' if len(plan) == 1 else 'changes'}?"):
        print("Nothing was changed.")
        return 1
    for number, (words, path, body) in enumerate(plan):
        try:
            ask(url, path, body)
        except ConfigurationError as problem:
            raise ConfigurationError(
                f"{words}: {problem}; {number} of {len(plan)} changes were made, run it again for the rest"
            ) from None
    print(f"{len(plan)} {'change was' if len(plan) == 1 else 'changes were'} made; clients learn of them within 10 s.")
    return 0


def _check(url: str, wanted: list[dict[str, Any]], file: Path) -> None:
    """See that rules can be put in force before any of today's is touched.

    Raises:
        ConfigurationError: they cannot be.
    """
    for number, rule in enumerate(wanted, start=1):
        if not rule.get("RuleName"):
            raise ConfigurationError(
                f"rule {number} of {file} has no RuleName; rules are told apart by it, so give each one its name"
            )
    # A rehearsal of next to nothing refuses whatever cannot be, with the rule and the member.
    now = time.time()
    ask(url, "/api/v1/sampling/rehearsal", {"rules": wanted, "start": now - 1, "end": now})


def plan_of(records: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> list[tuple[str, str, dict[str, Any]]]:
    """Return what turns today's rules into others: words, path and body of each call; deletions first, for the limit.

    Args:
        records: today's, as GetSamplingRules lists them.
        wanted: all there shall be, in the API's members; without Default it stays as it is.
    """
    known = {record["SamplingRule"]["RuleName"]: record["SamplingRule"] for record in records}
    names = {rule.get("RuleName") for rule in wanted}
    plan: list[tuple[str, str, dict[str, Any]]] = [
        (f"delete  {name}", "/DeleteSamplingRule", {"RuleName": name})
        for name in known
        if name not in names and name != _DEFAULT
    ]
    for rule in wanted:
        name = str(rule.get("RuleName", ""))
        members = _OF_DEFAULT if name == _DEFAULT else _MEMBERS
        if name in known:
            usual = dict(_USUAL)
            if not rule.get("ReservoirSize"):
                # What GetSamplingRules listed cannot tell a rate per minute; 0 takes it away.
                usual["PerMinute"] = known[name].get("PerMinute", 0)
            changed = {
                member: rule.get(member, usual.get(member))
                for member in members
                if (member in rule or member in usual)
                and rule.get(member, usual.get(member)) != known[name].get(member, _USUAL.get(member))
            }
            if changed:
                words = ", ".join(
                    f"{member} {known[name].get(member, _USUAL.get(member))} → {value}"
                    for member, value in changed.items()
                )
                if changed.get(_BOOST, _NO_BOOST) is None:
                    changed[_BOOST] = _NO_BOOST
                update = {"SamplingRuleUpdate": {"RuleName": name, **changed}}
                plan.append((f"change  {name}: {words}", "/UpdateSamplingRule", update))
        else:
            plan.append(_making(rule))
    return plan


def _making(rule: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    made = {member: rule[member] for member in _MEMBERS if rule.get(member) is not None}
    body = {"SamplingRule": {"RuleName": rule["RuleName"], "ResourceARN": "*", "Version": 1} | made}
    return f"make    {rule['RuleName']}", "/CreateSamplingRule", body
