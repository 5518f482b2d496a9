"""The official daemon's configuration file, cfg.yaml, versions 1 and 2."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import yaml

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterator

USUAL_PLACES = (Path("/etc/amazon/xray/cfg.yaml"), Path("cfg.yaml"))
_VERSIONS = (1, 2)
_GONE = frozenset(
    {
        "Profile.CPU",
        "Profile.Memory",
        "Socket.BufferSizeKB",
        "Logging.LogFormat",
        "Processor.BatchProcessorQueueSize",
    }
)
_MOVED = {
    "LogRotation": "Logging.LogRotation",
    "Processor.Region": "Region",
    "Processor.Endpoint": "Endpoint",
    "Processor.Routine": "Concurrency",
    "MemoryLimit": "TotalBufferSizeMB",
}


class CfgSocket(msgspec.Struct, frozen=True, rename={"udp": "UDPAddress", "tcp": "TCPAddress"}):
    """Addresses of the two doors, `host:port`."""

    udp: str = ""
    tcp: str = ""


class CfgLogging(msgspec.Struct, frozen=True, rename="pascal"):
    """Where the log goes and how much of it."""

    log_rotation: bool = True
    log_level: str = ""
    log_path: str = ""


class CfgFile(
    msgspec.Struct,
    frozen=True,
    rename={
        "total_buffer_size_mb": "TotalBufferSizeMB",
        "concurrency": "Concurrency",
        "region": "Region",
        "endpoint": "Endpoint",
        "socket": "Socket",
        "logging": "Logging",
        "local_mode": "LocalMode",
        "resource_arn": "ResourceARN",
        "role_arn": "RoleARN",
        "no_verify_ssl": "NoVerifySSL",
        "proxy_address": "ProxyAddress",
        "version": "Version",
    },
):
    """What cfg.yaml says; every member has the official daemon's default (X-Ray developer guide)."""

    total_buffer_size_mb: int = 0
    concurrency: int = 8
    region: str = ""
    endpoint: str = ""
    socket: CfgSocket = CfgSocket()
    logging: CfgLogging = CfgLogging()
    local_mode: bool = False
    resource_arn: str = ""
    role_arn: str = ""
    no_verify_ssl: bool = False
    proxy_address: str = ""
    version: int = 2


_ACCEPTED = (
    "TotalBufferSizeMB, Concurrency, Region, Endpoint, Socket.UDPAddress, Socket.TCPAddress, "
    "Logging.LogRotation, Logging.LogLevel, Logging.LogPath, LocalMode, ResourceARN, RoleARN, NoVerifySSL, "
    "ProxyAddress, Version"
)


def find_cfg(named: str, places: tuple[Path, ...] = USUAL_PLACES) -> CfgFile:
    """Read the named file, else the first of the usual ones that exists, else nothing.

    Args:
        named: Path given with `-c`; empty when none was given. A named file is checked key by key; of the
            usual ones only the version and the types are checked, as in the official daemon.
        places: Where to look otherwise.

    Raises:
        ConfigurationError: The file cannot be used.
    """
    if named:
        return read_cfg(Path(named), strict=True)
    for place in places:
        if place.is_file():
            return read_cfg(place, strict=False)
    return CfgFile()


def read_cfg(path: Path, *, strict: bool) -> CfgFile:
    """Read one file.

    Args:
        path: The file.
        strict: Whether an unknown key is an error.

    Raises:
        ConfigurationError: It is missing, is no YAML, has a wrong version, an unknown key or a wrong type.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"The configuration file {path} cannot be read ({error.strerror}).") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The configuration file {path} is not YAML: {error}") from error
    if not isinstance(content, dict):
        raise ConfigurationError(f"The configuration file {path} holds no keys; it needs at least Version: 2.")
    if content.get("Version") not in _VERSIONS or isinstance(content["Version"], bool):
        raise ConfigurationError(f"{path}: Version must be 1 or 2, not {content.get('Version')!r}.")
    settings = _without_nulls(content)
    if strict:
        for key in _keys(settings):
            _check(key, path)
    try:
        return msgspec.convert(settings, CfgFile)
    except msgspec.ValidationError as error:
        raise ConfigurationError(f"{path}: {error}") from error


def _check(key: str, path: Path) -> None:
    if key in _ACCEPTED.split(", "):
        return
    if key in _GONE or key.partition(".")[0] == "Profile":
        raise ConfigurationError(f"{path}: {key} flag is not supported any more; remove it.")
    if key in _MOVED:
        raise ConfigurationError(f"{path}: {key} flag is now {_MOVED[key]}; rename it.")
    raise ConfigurationError(f"{path}: {key} flag is invalid; the accepted ones are {_ACCEPTED}.")


def _keys(settings: dict[str, Any], above: str = "") -> Iterator[str]:
    for key, value in settings.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{above}{key}.")
        else:
            yield f"{above}{key}"


def _without_nulls(settings: dict[Any, Any]) -> dict[str, Any]:
    return {
        str(key): _without_nulls(value) if isinstance(value, dict) else value
        for key, value in settings.items()
        if value is not None
    }
