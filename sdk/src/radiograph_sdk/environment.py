"""A recorder as the environment describes it: the variables of X-Ray's SDKs, and where the application runs."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import unquote

from radiograph_sdk import __version__
from radiograph_sdk.addresses import DaemonAddress, InvalidDaemonAddress, parse_daemon_address
from radiograph_sdk.central import CentralSampler
from radiograph_sdk.functions import as_function, is_function
from radiograph_sdk.losses import Losses
from radiograph_sdk.platforms import Places
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import Always, InvalidSamplingRules, LocalSampler
from radiograph_sdk.service import InvalidEndpoint, Service, ServiceSender, keys_from

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
    `OTEL_TRACES_SAMPLER_ARG`, in place of the service's rules. `RADIOGRAPH_ENDPOINT`, such as `http://127.0.0.1:2001`,
    has everything sent to the service itself, without a daemon, signed with the keys of AWS's variables if there are
    any. Where the application runs is looked for (see `platforms`), but where `RADIOGRAPH_PLATFORMS` is `none`. In a
    Lambda function everything is below the platform's segment.

    An address that is none is told in the log, and the usual one is used: an application must not fail for being
    traced.

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
    if is_function(given):
        kind = as_function(kind)
    direct = _service(given.get("RADIOGRAPH_ENDPOINT", "").strip(), given, losses)
    recorder = kind(
        named or service or given.get("AWS_LAMBDA_FUNCTION_NAME") or _SERVICE,
        address=address,
        sender=None if direct is None else ServiceSender(direct, losses),
        sampler=sampler or _sampler(given, address, losses, direct),
        losses=losses,
        enabled=enabled and given.get("OTEL_SDK_DISABLED", "").strip().lower() != "true",
        missing="ignore" if given.get("AWS_XRAY_CONTEXT_MISSING", "").upper() == "IGNORE_ERROR" else "log",
        about=about,
    )
    if given.get("RADIOGRAPH_PLATFORMS", "").strip().lower() != "none":
        recorder.look_around(places=Places(given))
    return recorder


def _service(url: str, given: Mapping[str, str], losses: Losses) -> Service | None:
    if not url:
        return None
    region = given.get("AWS_REGION") or given.get("AWS_DEFAULT_REGION") or "us-east-1"
    try:
        return Service(url, keys=keys_from(given), region=region)
    except InvalidEndpoint as problem:
        losses.count("address", f"RADIOGRAPH_ENDPOINT is not used: {problem}; documents go to the daemon")
        return None


def _sampler(given: Mapping[str, str], address: DaemonAddress, losses: Losses, direct: Service | None) -> Sampler:
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
    # It asks from the first decision on.
    if direct is not None:
        return CentralSampler(direct.address, losses=losses, post=direct.post)
    return CentralSampler(address.tcp, losses=losses)


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
