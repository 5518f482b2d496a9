"""A recorder as the environment describes it: the variables of X-Ray's SDKs, and where the application runs."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from radiograph_sdk import __version__
from radiograph_sdk.addresses import DaemonAddress, InvalidDaemonAddress, parse_daemon_address
from radiograph_sdk.central import CentralSampler
from radiograph_sdk.losses import Losses
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, InvalidSamplingRules, LocalSampler

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph_sdk.sampling import Sampler

R = TypeVar("R", bound=Recorder)
_OFF = {"n", "no", "f", "false", "off", "0"}
_SERVICE = "application"


def recorder_from(
    environment: Mapping[str, str] | None = None, *, service: str | None = None, sampler: Sampler | None = None
) -> Recorder:
    """Return a recorder.

    Understood are `AWS_XRAY_DAEMON_ADDRESS`, `AWS_XRAY_TRACING_NAME`, `AWS_XRAY_CONTEXT_MISSING` (`LOG_ERROR` or
    `IGNORE_ERROR`; nothing raises) and `AWS_XRAY_SDK_ENABLED`; of OpenTelemetry's, `OTEL_SERVICE_NAME`, the
    `service.name` and `service.version` among `OTEL_RESOURCE_ATTRIBUTES`, `OTEL_SDK_DISABLED`, and
    `OTEL_TRACES_SAMPLER` (`always_on`, `always_off`, `traceidratio`, each with or without `parentbased_`) with
    `OTEL_TRACES_SAMPLER_ARG`, in place of the service's rules. An address that is none is told in the log, and the
    usual one is used: an application must not fail for being traced.

    Args:
        environment: the variables; None for the process's.
        service: name of the segments; those of the environment come first.
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
    resource = _pairs(given.get("OTEL_RESOURCE_ATTRIBUTES", ""))
    named = given.get("AWS_XRAY_TRACING_NAME") or given.get("OTEL_SERVICE_NAME") or resource.get("service.name")
    about: dict[str, Any] = {
        "service": {"runtime": platform.python_implementation(), "runtime_version": platform.python_version()},
        "aws": {"xray": {"sdk": "radiograph-sdk for Python", "sdk_version": __version__}},
    }
    if resource.get("service.version"):
        about["service"]["version"] = resource["service.version"]
    enabled = not is_off(given.get("AWS_XRAY_SDK_ENABLED", ""))
    return kind(
        named or service or _SERVICE,
        address=address,
        sampler=sampler or _sampler(given, address, losses),
        losses=losses,
        enabled=enabled and given.get("OTEL_SDK_DISABLED", "").strip().lower() != "true",
        missing="ignore" if given.get("AWS_XRAY_CONTEXT_MISSING", "").upper() == "IGNORE_ERROR" else "log",
        about=about,
    )


def _sampler(given: Mapping[str, str], address: DaemonAddress, losses: Losses) -> Sampler:
    """Return what decides: the service's rules, unless the environment says otherwise."""
    said = given.get("OTEL_TRACES_SAMPLER", "").strip().lower().removeprefix("parentbased_")
    if said == "always_on":
        return Always()
    if said in ("always_off", "traceidratio"):
        text = given.get("OTEL_TRACES_SAMPLER_ARG", "1") if said == "traceidratio" else "0"
        try:
            return LocalSampler({"version": 2, "default": {"fixed_target": 0, "rate": float(text)}})
        except (InvalidSamplingRules, ValueError):
            losses.count("sampler", f"OTEL_TRACES_SAMPLER_ARG={text!r} is no share from 0 to 1, and is not used")
    return CentralSampler(address.tcp, losses=losses)  # which asks from the first decision on


def is_off(text: str) -> bool:
    """Return whether a value of `AWS_XRAY_SDK_ENABLED` switches tracing off."""
    return text.strip().lower() in _OFF


def _pairs(text: str) -> dict[str, str]:
    """Read `key=value,key=value`, percent-encoded."""
    pairs = (each.partition("=") for each in text.split(","))
    return {key.strip(): unquote(value.strip()) for key, separator, value in pairs if separator}


def _address(text: str, losses: Losses) -> DaemonAddress:
    if not text.strip():
        return DaemonAddress()
    try:
        return parse_daemon_address(text)
    except InvalidDaemonAddress as problem:
        losses.count("address", f"AWS_XRAY_DAEMON_ADDRESS is not used: {problem}; documents go to 127.0.0.1:2000")
        return DaemonAddress()
