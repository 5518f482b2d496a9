"""How a rule's reservoir is shared among the clients that report to it.

Every client that reported lately gets an equal whole share; what does not divide goes to the first ones in
the order of their ids. The shares never add up to more than the reservoir.
"""

from __future__ import annotations

from typing import Any

from radiograph.sampling.rules import DEFAULT_RATE, DEFAULT_RESERVOIR, DEFAULT_RULE

# SDKs report every 10 seconds (X-Ray SDKs); one that missed three reports is gone.
INTERVAL_SECONDS = 10
_ALIVE_SECONDS = 30
# Shares change when clients come and go, so a promise must not outlive the next few reports.
_QUOTA_SECONDS = 15
_LATE_SECONDS = 600


def share(reservoir: int, clients: list[str], client: str) -> int:
    """Return how many requests per second a client may take from a reservoir.

    Args:
        reservoir: requests per second of all clients together.
        clients: ids of the clients that are alive.
        client: the one that asks; one of them.
    """
    ordered = sorted(clients)
    whole, rest = divmod(reservoir, len(ordered))
    return whole + (1 if ordered.index(client) < rest else 0)


class Quotas:
    """Which clients are alive, and the answers to GetSamplingTargets."""

    def __init__(self) -> None:
        self._seen: dict[str, float] = {}

    def targets(self, request: dict[str, Any], *, now: float) -> dict[str, Any]:
        """Answer GetSamplingTargets.

        Args:
            request: the request's members, already validated.
            now: seconds since the epoch.
        """
        statistics: list[dict[str, Any]] = request["SamplingStatisticsDocuments"]
        for document in statistics:
            if document["RuleName"] == DEFAULT_RULE:
                self._seen[document["ClientID"]] = now
        self._seen = {client: seen for client, seen in self._seen.items() if now - seen <= _ALIVE_SECONDS}
        targets: list[dict[str, Any]] = []
        unprocessed: list[dict[str, Any]] = []
        for document in statistics:
            name = document["RuleName"]
            if name != DEFAULT_RULE:
                unprocessed.append(_refused(name, "404", f"sampling rule {name} does not exist"))
            elif now - document["Timestamp"] > _LATE_SECONDS:
                unprocessed.append(
                    _refused(name, "400", "the statistics are more than ten minutes old; is the clock right?")
                )
            else:
                targets.append(
                    {
                        "RuleName": name,
                        "FixedRate": DEFAULT_RATE,
                        "ReservoirQuota": share(DEFAULT_RESERVOIR, list(self._seen), document["ClientID"]),
                        "ReservoirQuotaTTL": float(int(now) + _QUOTA_SECONDS),
                        "Interval": INTERVAL_SECONDS,
                    }
                )
        return {
            "SamplingTargetDocuments": targets,
            "LastRuleModification": 0.0,
            "UnprocessedStatistics": unprocessed,
            "UnprocessedBoostStatistics": [
                _refused(document["RuleName"], "404", "this version of Radiograph has no sampling boost")
                for document in request.get("SamplingBoostStatisticsDocuments") or ()
            ],
        }


def _refused(rule: str, code: str, message: str) -> dict[str, Any]:
    return {"RuleName": rule, "ErrorCode": code, "Message": message}
