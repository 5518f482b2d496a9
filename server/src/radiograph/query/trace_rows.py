"""A trace as a row of a list: its summary, in words that a screen shows as they are."""

from collections.abc import Iterable
from typing import Any

from radiograph.query.linker import outcome
from radiograph.query.measures import OUTCOMES
from radiograph.query.naming import spoken
from radiograph.query.summary import ANNOTATION_KEYS, summarise
from radiograph.trace.node import NodeKey
from radiograph.trace.trace import Trace


def row(
    trace: Trace,
    *,
    account: str,
    now: int,
    annotation_keys: int = ANNOTATION_KEYS,
    keys: dict[str, NodeKey] | None = None,
) -> dict[str, Any]:
    """Return a trace as a row; what is not known is `null`, or empty.

    Args:
        trace: the assembled trace.
        account: id of the account that segments belong to when they name none.
        now: microseconds since the epoch.
        annotation_keys: how many annotation keys are indexed, first come.
        keys: what `node_keys` says of the trace, when it has been asked already.
    """
    summary = summarise(trace, default_account=account, now=now, annotation_keys=annotation_keys, keys=keys)
    http = summary["Http"]
    faults, errors, slow = (summary[f"{kind}RootCauses"] for kind in ("Fault", "Error", "ResponseTime"))
    entry = summary.get("EntryPoint")
    return {
        "id": trace.id,
        "start": summary["StartTime"],
        "duration": summary["Duration"],
        "response": summary.get("ResponseTime"),
        "outcome": OUTCOMES[outcome(trace.root().typed)],
        "partial": summary["IsPartial"],
        "method": http.get("HttpMethod"),
        "url": http.get("HttpURL"),
        "status": http.get("HttpStatus"),
        "client_ip": http.get("ClientIp"),
        "user_agent": http.get("UserAgent"),
        "users": [user["UserName"] for user in summary["Users"]],
        "entry": None if entry is None else _service(entry),
        "services": _services(summary["ServiceIds"]),
        "annotations": {
            key: [_value(each["AnnotationValue"]) for each in values] for key, values in summary["Annotations"].items()
        },
        "faults": _messages(faults),
        "errors": _messages(errors),
        "slow": _path(slow),
        "fault_path": " > ".join(_path(faults)),
        "arns": [each["ARN"] for each in summary["ResourceARNs"]],
        "instances": [each["Id"] for each in summary["InstanceIds"]],
        "zones": [each["Name"] for each in summary["AvailabilityZones"]],
    }


def _service(service: dict[str, Any]) -> dict[str, str]:
    return {"name": service["Name"], "type": service["Type"]}


def _services(services: Iterable[dict[str, Any]]) -> list[dict[str, str]]:
    """Each name and type once: accounts are not told apart in a list."""
    distinct = {(service["Name"], service["Type"]): _service(service) for service in services}
    return list(distinct.values())


def _value(value: dict[str, Any]) -> Any:
    """The one member of the API's AnnotationValue."""
    return next(iter(value.values()))


def _messages(causes: Iterable[dict[str, Any]]) -> list[str]:
    """What the deepest exception on the way to each failure says; failures without one say nothing."""
    messages: list[str] = []
    for cause in causes:
        told = [entity["Exceptions"] for service in cause["Services"] for entity in service["EntityPath"]]
        deepest: list[dict[str, str]] = next((exceptions for exceptions in reversed(told) if exceptions), [])
        messages += [f"{each['Name']}: {each['Message']}" if each["Message"] else each["Name"] for each in deepest]
    return list(dict.fromkeys(messages))


def _path(causes: list[dict[str, Any]]) -> list[str]:
    """The services on the way to the first cause."""
    if not causes:
        return []
    return [
        spoken(NodeKey(service["Name"], service["Type"], ""), inferred=service["Inferred"])
        for service in causes[0]["Services"]
    ]
