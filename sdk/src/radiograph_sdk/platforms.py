"""Where the application runs, as its segments tell: EC2, ECS, EKS and Kubernetes, Elastic Beanstalk.

What the process can see by itself is known at once. What has to be asked for, on addresses that only such a machine
has, is asked for by a thread and told from then on: nothing waits.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_TIMEOUT = 1.0
_OK = 200
_METADATA = ("169.254.169.254", 80)
_LIFE_SECONDS = "60"
_BEANSTALK = "var/elasticbeanstalk/xray/environment.conf"
_VENDOR = "sys/devices/virtual/dmi/id/sys_vendor"
_CGROUP = "proc/self/cgroup"
_NAMESPACE = "var/run/secrets/kubernetes.io/serviceaccount/namespace"
_CONTAINER_ID = 64
_ARN_PARTS = 6


class Platform(msgspec.Struct, frozen=True):
    """What a platform says of a process.

    Args:
        origin: type of what it runs on.
        aws: the block of a segment.
    """

    origin: str
    aws: dict[str, Any]


class Places(msgspec.Struct, frozen=True):
    """Where platforms are looked for; tests have others.

    Args:
        environment: variables of the process.
        root: of the file system.
        metadata: host and port of EC2's instance metadata.
    """

    environment: Mapping[str, str]
    root: Path = Path("/")
    metadata: tuple[str, int] = _METADATA


PLUGINS: dict[str, Callable[[Places], Platform | None]] = {}
"""The platforms by the names of X-Ray's plugins; the first that is found is the origin."""


def _plugin(name: str) -> Callable[[Callable[[Places], Platform | None]], Callable[[Places], Platform | None]]:
    def keep(look: Callable[[Places], Platform | None]) -> Callable[[Places], Platform | None]:
        PLUGINS[name] = look
        return look

    return keep


@_plugin("ElasticBeanstalkPlugin")
def elastic_beanstalk(places: Places) -> Platform | None:
    """Return what the file of an environment says."""
    told = _json(_read(places.root / _BEANSTALK))
    return Platform("AWS::ElasticBeanstalk::Environment", {"elastic_beanstalk": told}) if told else None


@_plugin("EKSPlugin")
def kubernetes(places: Places) -> Platform | None:
    """Return the pod, wherever Kubernetes runs; `K8S_CLUSTER_NAME` and `K8S_POD_NAME` say what it does not know."""
    given = places.environment
    if not given.get("KUBERNETES_SERVICE_HOST"):
        return None
    block = {
        "cluster_name": given.get("K8S_CLUSTER_NAME") or given.get("CLUSTER_NAME"),
        "pod": given.get("K8S_POD_NAME") or given.get("HOSTNAME"),
        "namespace": given.get("K8S_NAMESPACE") or _read(places.root / _NAMESPACE).strip(),
        "container_id": _container_id(places),
    }
    return Platform("AWS::EKS::Container", {"eks": {key: value for key, value in block.items() if value}})


@_plugin("ECSPlugin")
def ecs(places: Places) -> Platform | None:
    """Return the container, and its task as the agent describes it."""
    address = places.environment.get("ECS_CONTAINER_METADATA_URI_V4") or places.environment.get(
        "ECS_CONTAINER_METADATA_URI"
    )
    if not address:
        return None
    block: dict[str, Any] = {"container": places.environment.get("HOSTNAME") or socket.gethostname()}
    container, task = _get(address), _get(f"{address}/task")
    more = {
        "container_id": container.get("DockerId"),
        "container_arn": container.get("ContainerARN"),
        "task_arn": task.get("TaskARN"),
        "task_family": task.get("Family"),
        "cluster_arn": task.get("Cluster"),
        "availability_zone": task.get("AvailabilityZone"),
        "launch_type": str(task.get("LaunchType") or "").lower(),
    }
    block.update({key: value for key, value in more.items() if value})
    aws: dict[str, Any] = {"ecs": block}
    parts = str(block.get("task_arn", "")).split(":")
    if len(parts) >= _ARN_PARTS:
        aws["account_id"] = parts[4]
    options = container.get("LogOptions") or {}
    if container.get("LogDriver") == "awslogs" and options.get("awslogs-group"):
        aws["cloudwatch_logs"] = [{"log_group": options["awslogs-group"]}]
    return Platform("AWS::ECS::Container", aws)


@_plugin("EC2Plugin")
def ec2(places: Places) -> Platform | None:
    """Return the instance, as its metadata describe it; asked for on Amazon's machines only."""
    if "amazon" not in _read(places.root / _VENDOR).lower():
        return None
    try:
        connection = http.client.HTTPConnection(*places.metadata, timeout=_TIMEOUT)
        try:
            connection.request(
                "PUT", "/latest/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": _LIFE_SECONDS}
            )
            answer = connection.getresponse()
            token = answer.read().decode("latin-1") if answer.status == _OK else ""
            headers = {"X-aws-ec2-metadata-token": token} if token else {}
            connection.request("GET", "/latest/dynamic/instance-identity/document", headers=headers)
            told = _json(connection.getresponse().read().decode("utf-8", "replace"))
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return None
    block = {
        "instance_id": told.get("instanceId"),
        "availability_zone": told.get("availabilityZone"),
        "instance_size": told.get("instanceType"),
        "ami_id": told.get("imageId"),
    }
    if not block["instance_id"]:
        return None
    return Platform("AWS::EC2::Instance", {"ec2": {key: value for key, value in block.items() if value}})


def look_around(places: Places | None = None, names: tuple[str, ...] | None = None) -> Platform | None:
    """Return what is known of where this runs: the origin of the first that is found, and the blocks of all.

    Args:
        places: where to look; None for this process's.
        names: of plugins; None for all.
    """
    where = places or Places(os.environ)
    found = [PLUGINS[name](where) for name in PLUGINS if names is None or name in names]
    known = [each for each in found if each is not None]
    if not known:
        return None
    aws: dict[str, Any] = {}
    for each in reversed(known):
        aws.update(each.aws)
    return Platform(known[0].origin, aws)


def tell(
    then: Callable[[Platform], None], names: tuple[str, ...] | None = None, places: Places | None = None
) -> threading.Thread:
    """Have a thread look around, and tell what it finds.

    Args:
        then: is called with it, later.
        names: of plugins; None for all.
        places: where to look; None for this process's.
    """

    def look() -> None:
        try:
            found = look_around(places, names)
        except Exception:  # noqa: BLE001 -- whatever a platform answers, the application goes on
            return
        if found is not None:
            then(found)

    thread = threading.Thread(target=look, name="radiograph-platform", daemon=True)
    thread.start()
    return thread


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _json(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _get(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    try:
        connection = http.client.HTTPConnection(parts.hostname or "", parts.port or 80, timeout=_TIMEOUT)
        try:
            connection.request("GET", parts.path or "/")
            answer = connection.getresponse()
            return _json(answer.read().decode("utf-8", "replace")) if answer.status == _OK else {}
        finally:
            connection.close()
    except (OSError, http.client.HTTPException):
        return {}


def _container_id(places: Places) -> str | None:
    for line in _read(places.root / _CGROUP).splitlines():
        last = line.rpartition("/")[2].removesuffix(".scope").rpartition("-")[2]
        if len(last) == _CONTAINER_ID:
            return last
    return None
