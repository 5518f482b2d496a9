"""A recorder as the environment describes it: the variables of X-Ray's SDKs, and where the application runs."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any, TypeVar

from radiograph_sdk import __version__
from radiograph_sdk.addresses import DaemonAddress, InvalidDaemonAddress, parse_daemon_address
from radiograph_sdk.central import CentralSampler
from radiograph_sdk.losses import Losses
from radiograph_sdk.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph_sdk.sampling import Sampler

R = TypeVar("R", bound=Recorder)
_OFF = {"false", "0", "off", "no"}
_SERVICE = "application"


def recorder_from(
    environment: Mapping[str, str] | None = None, *, service: str | None = None, sampler: Sampler | None = None
) -> Recorder:
    """Return a recorder.

    Understood are `AWS_XRAY_DAEMON_ADDRESS`, `AWS_XRAY_TRACING_NAME`, `AWS_XRAY_CONTEXT_MISSING` (`LOG_ERROR` or
    `IGNORE_ERROR`; nothing raises) and `AWS_XRAY_SDK_ENABLED`. An address that is none is told in the log, and the
    usual one is used: an application must not fail for being traced.

    Args:
        environment: the variables; None for the process's.
        service: name of the segments; `AWS_XRAY_TRACING_NAME` comes first.
        sampler: decides; None for the service's rules, and local ones until they are known.
    """
    return environment_of(Recorder, environment, service=service, sampler=sampler)


def environment_of(
    kind: type[R],
    environment: Mapping[str, str] | None = None,
    *,
    service: str | None = None,
    sampler: Sampler | None = None,
) -> R:
    """Return a recorder of a kind; see `recorder_from`."""
    given = os.environ if environment is None else environment
    losses = Losses()
    address = _address(given.get("AWS_XRAY_DAEMON_ADDRESS", ""), losses)
    enabled = given.get("AWS_XRAY_SDK_ENABLED", "").strip().lower() not in _OFF
    about: dict[str, Any] = {
        "service": {"runtime": platform.python_implementation(), "runtime_version": platform.python_version()},
        "aws": {"xray": {"sdk": "radiograph-sdk for Python", "sdk_version": __version__}},
    }
    return kind(
        given.get("AWS_XRAY_TRACING_NAME") or service or _SERVICE,
        address=address,
        sampler=sampler or CentralSampler(address.tcp, losses=losses),  # which asks from the first decision on
        losses=losses,
        enabled=enabled,
        missing="ignore" if given.get("AWS_XRAY_CONTEXT_MISSING", "").upper() == "IGNORE_ERROR" else "log",
        about=about,
    )


def _address(text: str, losses: Losses) -> DaemonAddress:
    if not text.strip():
        return DaemonAddress()
    try:
        return parse_daemon_address(text)
    except InvalidDaemonAddress as problem:
        losses.count("address", f"AWS_XRAY_DAEMON_ADDRESS is not used: {problem}; documents go to 127.0.0.1:2000")
        return DaemonAddress()
