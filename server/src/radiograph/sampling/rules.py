"""The sampling rules of the service. This version knows the rule that always exists: Default."""

from __future__ import annotations

from typing import Any

DEFAULT_RULE = "Default"
DEFAULT_RESERVOIR = 1
DEFAULT_RATE = 0.05

# Source: X-Ray developer guide, sampling rules. The model limits priorities to 9999, and still the service
# reports 10000 here.
_DEFAULT_PRIORITY = 10_000


def default_rule_record(*, region: str, account: str) -> dict[str, Any]:
    """Return the Default rule as GetSamplingRules lists it.

    One request per second and 5 percent of the rest (X-Ray developer guide).

    Args:
        region: of the rule's ARN.
        account: of the rule's ARN.
    """
    return {
        "SamplingRule": {
            "RuleName": DEFAULT_RULE,
            "RuleARN": f"arn:aws:xray:{region}:{account}:sampling-rule/{DEFAULT_RULE}",
            "ResourceARN": "*",
            "Priority": _DEFAULT_PRIORITY,
            "FixedRate": DEFAULT_RATE,
            "ReservoirSize": DEFAULT_RESERVOIR,
            "ServiceName": "*",
            "ServiceType": "*",
            "Host": "*",
            "HTTPMethod": "*",
            "URLPath": "*",
            "Version": 1,
            # The Node.js SDK ignores a rule without this member.
            "Attributes": {},
        },
        "CreatedAt": 0.0,
        "ModifiedAt": 0.0,
    }
