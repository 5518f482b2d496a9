"""AWS's managed policies for X-Ray, by their names."""

from __future__ import annotations

import functools
import json
from typing import Any, Final

from radiograph.access.policy import VERSIONS, Policy, read_policy

_PREFIX: Final = "arn:aws:iam::aws:policy/"
_WRITE: Final = (
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
)
_READ: Final = (
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
    "xray:GetSamplingStatisticSummaries",
    "xray:BatchGetTraces",
    "xray:BatchGetTraceSummaryById",
    "xray:GetDistinctTraceGraphs",
    "xray:GetServiceGraph",
    "xray:GetTraceGraph",
    "xray:GetTraceSummaries",
    "xray:GetGroups",
    "xray:GetGroup",
    "xray:ListTagsForResource",
    "xray:ListResourcePolicies",
    "xray:GetTimeSeriesServiceStatistics",
    "xray:GetInsightSummaries",
    "xray:GetInsight",
    "xray:GetInsightEvents",
    "xray:GetInsightImpactGraph",
)


def _allow(*actions: str, resource: str | tuple[str, ...] = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resource}


_DOCUMENTS: Final[dict[str, list[dict[str, Any]]]] = {
    "AWSXRayDaemonWriteAccess": [_allow(*_WRITE)],
    "AWSXrayWriteOnlyAccess": [_allow(*_WRITE)],
    "AWSXrayReadOnlyAccess": [_allow(*_READ)],
    "AWSXrayFullAccess": [_allow("xray:*")],
    "AWSXrayCrossAccountSharingConfiguration": [
        _allow("xray:Link", "oam:ListLinks"),
        _allow("oam:DeleteLink", "oam:GetLink", "oam:TagResource", resource="arn:aws:oam:*:*:link/*"),
        _allow("oam:CreateLink", "oam:UpdateLink", resource=("arn:aws:oam:*:*:link/*", "arn:aws:oam:*:*:sink/*")),
    ],
}
NAMES: Final = tuple(_DOCUMENTS)
"""What there is; mind AWS's two spellings."""


@functools.cache
def managed(name: str) -> Policy | None:
    """Return a managed policy; None where there is none of that name.

    Args:
        name: such as `AWSXrayReadOnlyAccess`, or its ARN.
    """
    plain = name.removeprefix(_PREFIX)
    if plain not in _DOCUMENTS:
        return None
    return read_policy(json.dumps({"Version": VERSIONS[0], "Statement": _DOCUMENTS[plain]}), name=plain)
