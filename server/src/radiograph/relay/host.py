"""Who the daemon says it is in its telemetry."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

if TYPE_CHECKING:
    from collections.abc import Mapping

_METADATA = "http://169.254.169.254/latest"
_METADATA_SECONDS = 1.0
_LONGEST_INSTANCE = 20
_LONGEST_HOST = 255


class Host(msgspec.Struct, frozen=True):
    """Names of the machine, cut to the lengths that the API allows.

    Args:
        instance_id: EC2's id; empty elsewhere.
        name: Its host name.
    """

    instance_id: str
    name: str


def identify(environment: Mapping[str, str], *, ask_metadata: bool, metadata: str = _METADATA) -> Host:
    """Find the names: `AWS_INSTANCE_ID` and `AWS_HOSTNAME`, else EC2's metadata, else the operating system's.

    Args:
        environment: Environment variables.
        ask_metadata: Whether to ask EC2's metadata service.
        metadata: Its URL.
    """
    instance, name = environment.get("AWS_INSTANCE_ID", ""), environment.get("AWS_HOSTNAME", "")
    if ask_metadata and not (instance and name):
        asked = _ask(metadata)
        instance, name = instance or asked.instance_id, name or asked.name
    return Host(instance[:_LONGEST_INSTANCE], (name or socket.gethostname())[:_LONGEST_HOST])


def _ask(metadata: str) -> Host:
    pool = urllib3.PoolManager(retries=False, timeout=_METADATA_SECONDS)
    try:
        token = pool.request("PUT", f"{metadata}/api/token", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
        headers = {"X-aws-ec2-metadata-token": token.data.decode()}
        instance, name = (
            pool.request("GET", f"{metadata}/meta-data/{key}", headers=headers) for key in ("instance-id", "hostname")
        )
    except (HTTPError, UnicodeDecodeError):
        return Host("", "")
    ok = 200
    return Host(
        instance.data.decode(errors="replace") if instance.status == ok else "",
        name.data.decode(errors="replace") if name.status == ok else "",
    )
