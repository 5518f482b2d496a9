"""Sampling rules in a file: as the API lists them, or as an SDK's local rules."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_LOCAL_VERSIONS = (1, 2)
_LONGEST_NAME = 32


def read_json(file: Path) -> Any:
    """Read a file of JSON.

    Raises:
        ConfigurationError: it cannot be read, or is none.
    """
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as problem:
        raise ConfigurationError(f"{file} cannot be read: {problem.strerror or problem}") from None
    except ValueError as problem:
        raise ConfigurationError(f"{file} is no JSON: {problem}") from None


def read_rules(file: Path) -> list[dict[str, Any]]:
    """Read the rules of a file; see `rules_in`.

    Raises:
        ConfigurationError: it cannot be read, or has none.
    """
    return rules_in(read_json(file), file)


def rules_in(found: Any, file: Path) -> list[dict[str, Any]]:
    """Return the rules of a file, in the API's members.

    Args:
        found: its JSON: the output of `aws xray get-sampling-rules`, a list of its SamplingRules, or an SDK's local
            rules (version 1 or 2).
        file: where that stands.

    Raises:
        ConfigurationError: it is none of these.
    """
    if isinstance(found, dict) and "version" in found:
        return _local_rules(found, file)
    listed = found.get("SamplingRuleRecords") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise ConfigurationError(
            f"{file} has no sampling rules: give the output of `aws xray get-sampling-rules`, a list of SamplingRules, "
            "or the local rules of an SDK"
        )
    rules = [each.get("SamplingRule", each) for each in listed]
    for number, rule in enumerate(rules, start=1):
        if not isinstance(rule, dict):
            raise ConfigurationError(f"rule {number} of {file} is no object with the members of a SamplingRule")
    return rules


def _local_rules(found: dict[str, Any], file: Path) -> list[dict[str, Any]]:
    """Turn an SDK's local rules into the API's; the order becomes the priority."""
    version = found["version"]
    if version not in _LOCAL_VERSIONS:
        raise ConfigurationError(f"{file}: version {version!r} of local rules is not known; there are 1 and 2")
    host, other = ("host", "service_name") if version == max(_LOCAL_VERSIONS) else ("service_name", "host")
    try:
        rules = [
            {
                "RuleName": _name(rule, number),
                "Priority": 10 * number,
                "Host": rule[host],
                "HTTPMethod": rule["http_method"],
                "URLPath": rule["url_path"],
                "ReservoirSize": rule["fixed_target"],
                "FixedRate": rule["rate"],
                "ServiceName": "*",
                "ServiceType": "*",
            }
            for number, rule in enumerate(found.get("rules", ()), start=1)
        ]
        default = found["default"]
        last = {"RuleName": "Default", "ReservoirSize": default["fixed_target"], "FixedRate": default["rate"]}
    except (KeyError, TypeError, AttributeError) as problem:
        raise ConfigurationError(
            f"{file}: local rules of version {version} need {host}, http_method, url_path, fixed_target and rate, and "
            f"a default with fixed_target and rate ({problem} is missing or wrong)"
        ) from None
    # What an SDK would refuse too.
    if any(other in rule for rule in found.get("rules", ())):
        raise ConfigurationError(f"{file}: local rules of version {version} have {host}, not {other}")
    strangers = sorted(set(default) - {"fixed_target", "rate"})
    if strangers:
        raise ConfigurationError(
            f"{file}: default matches every request and takes fixed_target and rate alone, not {', '.join(strangers)}"
        )
    return [*rules, last]


def _name(rule: dict[str, Any], number: int) -> str:
    """Return a name: the description where it can be one, with the number, which makes it the only one."""
    end = f"-{number}"
    return (str(rule.get("description") or "rule").strip()[: _LONGEST_NAME - len(end)].strip() or "rule") + end
