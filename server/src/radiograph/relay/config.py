"""What the relay daemon is told: flags over cfg.yaml over the environment over what is usual."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import msgspec

from radiograph.doors.daemon.address import parse_address
from radiograph.errors import ConfigurationError
from radiograph.relay.cfgfile import USUAL_PLACES, CfgFile, find_cfg
from radiograph.relay.flags import Flag

if TYPE_CHECKING:
    from collections.abc import Mapping

_MEGABYTE = 1024 * 1024
_LEAST_BUFFER = 3
_MOST_BUFFER_BY_DEFAULT = 32
_LOCAL_SERVICE = "http://127.0.0.1:2001"
_ANY_REGION = "us-east-1"

FLAGS = (
    Flag("resource-arn", "a", "ARN", "ARN of the AWS resource that runs the daemon, for telemetry."),
    Flag("local-mode", "o", "", "Do not ask EC2's metadata service."),
    Flag("buffer-memory", "m", "MB", "Memory for documents, at least 3. Default: 1 percent, at most 32."),
    Flag("region", "n", "REGION", "Send to AWS X-Ray in this region."),
    Flag("bind", "b", "HOST:PORT", "UDP address. Default: 127.0.0.1:2000"),
    Flag("bind-tcp", "t", "HOST:PORT", "TCP address. Default: 127.0.0.1:2000"),
    Flag("role-arn", "r", "ARN", "Role to assume."),
    Flag("config", "c", "PATH", "Configuration file (cfg.yaml)."),
    Flag("log-file", "f", "PATH", "Log file. Default: standard output"),
    Flag("log-level", "l", "LEVEL", "dev, debug, info, warn, error or prod. Default: prod (= info)"),
    Flag("proxy-address", "p", "URL", "HTTP proxy for calls to the service."),
    Flag("endpoint", "", "URL", "The service: a Radiograph or another X-Ray endpoint."),
    Flag("spool", "", "DIR", "Folder for documents that have to wait."),
    Flag("spool-max", "", "SIZE", "Its size at most, as in 500MB or 2GB. Default: 1GB"),
    Flag("health", "", "HOST:PORT", "Serve /healthz, /readyz and /metrics here. Default: not at all"),
    Flag("tcp-open", "", "PATHS", "Paths to open on TCP besides the sampling calls, e.g. /TraceSegments."),
    Flag("version", "v", "", "Print the version."),
    Flag("help", "h", "", "Print this."),
)


class Config(msgspec.Struct, frozen=True, kw_only=True):
    """Settings of the relay daemon, checked.

    Args:
        udp: Address of the UDP door.
        tcp: Address of the TCP door.
        health: Address of the health door; None = not opened.
        endpoint: URL of the service.
        endpoint_why: Which setting chose it, for the log.
        is_aws: Whether the service is AWS itself, which wants every call signed.
        region: Region for signatures.
        role_arn: Role to assume; empty for none.
        resource_arn: For telemetry; may be empty.
        local_mode: Whether to leave EC2's metadata service alone.
        buffer_bytes: Memory for documents.
        concurrency: Calls under way at once.
        spool: Folder of the disk queue.
        spool_bytes: Its size at most.
        proxy: URL of an HTTP proxy; empty for none.
        verify: Whether to check certificates.
        tcp_open: Paths that the TCP door opens besides the sampling calls.
        log_level: As the official daemon names it.
        log_file: File of the log; None = standard output.
        log_rotation: Whether to rotate it.
    """

    udp: tuple[str, int]
    tcp: tuple[str, int]
    health: tuple[str, int] | None
    endpoint: str
    endpoint_why: str
    is_aws: bool
    region: str
    role_arn: str
    resource_arn: str
    local_mode: bool
    buffer_bytes: int
    concurrency: int
    spool: Path
    spool_bytes: int
    proxy: str
    verify: bool
    tcp_open: tuple[str, ...]
    log_level: str
    log_file: Path | None
    log_rotation: bool


def resolve(
    flags: Mapping[str, str],
    environment: Mapping[str, str],
    *,
    places: tuple[Path, ...] = USUAL_PLACES,
    memory_bytes: int | None = None,
) -> Config:
    """Settle all settings.

    Args:
        flags: As read from the command line, by long name.
        environment: Environment variables.
        places: Where a configuration file may lie when none is named.
        memory_bytes: Memory of the host; None = ask the operating system.

    Raises:
        ConfigurationError: One of them makes no sense; the sentence names it.
    """
    cfg = find_cfg(flags.get("config", ""), places)
    region = flags.get("region") or cfg.region or environment.get("AWS_REGION", "") or _ecs_region(environment)
    endpoint, why = _endpoint(flags, cfg, environment, region)
    if cfg.concurrency < 1:
        raise ConfigurationError(f"Concurrency: {cfg.concurrency} calls cannot send anything; write 1 or more.")
    health = flags.get("health", "")
    log_file = flags.get("log-file") or cfg.logging.log_path
    return Config(
        udp=parse_address(flags.get("bind") or cfg.socket.udp or "127.0.0.1:2000", option="--bind"),
        tcp=parse_address(flags.get("bind-tcp") or cfg.socket.tcp or "127.0.0.1:2000", option="--bind-tcp"),
        health=parse_address(health, option="--health") if health else None,
        endpoint=endpoint,
        endpoint_why=why,
        is_aws=_is_aws(endpoint),
        region=region or _ANY_REGION,
        role_arn=flags.get("role-arn") or cfg.role_arn,
        resource_arn=flags.get("resource-arn") or cfg.resource_arn,
        local_mode=flags["local-mode"] == "true" if "local-mode" in flags else cfg.local_mode,
        buffer_bytes=_buffer(flags, cfg, memory_bytes),
        concurrency=cfg.concurrency,
        spool=Path(flags["spool"]) if flags.get("spool") else _usual_spool(environment),
        spool_bytes=_size(flags.get("spool-max") or "1GB"),
        proxy=_proxy(flags.get("proxy-address") or cfg.proxy_address, endpoint, environment),
        verify=not cfg.no_verify_ssl,
        tcp_open=_paths(flags.get("tcp-open", "")),
        log_level=flags.get("log-level") or cfg.logging.log_level or "prod",
        log_file=Path(log_file) if log_file else None,
        log_rotation=cfg.logging.log_rotation,
    )


def _endpoint(flags: Mapping[str, str], cfg: CfgFile, environment: Mapping[str, str], region: str) -> tuple[str, str]:
    named = (
        (flags.get("endpoint", ""), "--endpoint"),
        (cfg.endpoint, "Endpoint in the configuration file"),
        (environment.get("RADIOGRAPH_ENDPOINT", ""), "RADIOGRAPH_ENDPOINT"),
    )
    for url, source in named:
        if url:
            parts = urlsplit(url)
            if parts.scheme not in {"http", "https"} or not parts.hostname:
                raise ConfigurationError(f"{source}: {url!r} is no URL such as http://127.0.0.1:2001.")
            return url.rstrip("/"), source
    if region:
        return f"https://xray.{region}.{_domain(region)}", f"region {region}"
    return _LOCAL_SERVICE, "neither an endpoint nor a region was given, so a Radiograph on this machine"


def _domain(region: str) -> str:
    domains = {"cn-": "amazonaws.com.cn", "us-isob-": "sc2s.sgov.gov", "us-iso-": "c2s.ic.gov"}
    return next((domain for start, domain in domains.items() if region.startswith(start)), "amazonaws.com")


def _is_aws(endpoint: str) -> bool:
    host = urlsplit(endpoint).hostname or ""
    return host.endswith((".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".c2s.ic.gov", ".sc2s.sgov.gov"))


def _ecs_region(environment: Mapping[str, str]) -> str:
    """Take the region out of the task's ARN in the file that ECS puts into containers."""
    path = environment.get("ECS_CONTAINER_METADATA_FILE", "")
    if not path:
        return ""
    try:
        arn = str(msgspec.json.decode(Path(path).read_bytes())["TaskARN"])
    except (OSError, msgspec.DecodeError, KeyError, TypeError):
        return ""
    parts = arn.split(":")
    return parts[3] if len(parts) > 3 else ""  # noqa: PLR2004 -- arn:partition:service:region:...


def _buffer(flags: Mapping[str, str], cfg: CfgFile, memory_bytes: int | None) -> int:
    text = flags.get("buffer-memory", "")
    try:
        megabytes = int(text) if text else cfg.total_buffer_size_mb
    except ValueError as error:
        raise ConfigurationError(f"--buffer-memory: {text!r} is no number of megabytes.") from error
    if megabytes == 0:
        percent = (_memory() if memory_bytes is None else memory_bytes) // 100 // _MEGABYTE
        return max(_LEAST_BUFFER, min(_MOST_BUFFER_BY_DEFAULT, percent)) * _MEGABYTE
    if megabytes < _LEAST_BUFFER:
        raise ConfigurationError(
            f"Not enough Buffers Memory Allocated. Min Buffers Memory required: {_LEAST_BUFFER} MB."
        )
    return megabytes * _MEGABYTE


def _memory() -> int:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return 100 * _MOST_BUFFER_BY_DEFAULT * _MEGABYTE


def _usual_spool(environment: Mapping[str, str]) -> Path:
    if sys.platform == "win32":
        base = Path(environment.get("LOCALAPPDATA") or Path.home())
    elif environment.get("XDG_STATE_HOME"):
        base = Path(environment["XDG_STATE_HOME"])
    else:
        base = Path(environment.get("HOME") or "/var/lib") / (".local/state" if environment.get("HOME") else "")
    return base / "radiograph" / "daemon-spool"


def _size(text: str) -> int:
    units = {"KB": 1024, "MB": _MEGABYTE, "GB": 1024 * _MEGABYTE}
    number, unit = text.strip(), "MB"
    for suffix in units:
        for written in (suffix, suffix[0], f"{suffix[0]}iB".upper()):
            if number.upper().endswith(written) and not number.isdecimal():
                number, unit = number[: -len(written)].strip(), suffix
                break
    if not number.isdecimal() or int(number) < 1:
        raise ConfigurationError(f"--spool-max: {text!r} is no size such as 500MB or 2GB.")
    return int(number) * units[unit]


def _proxy(named: str, endpoint: str, environment: Mapping[str, str]) -> str:
    if named:
        parts = urlsplit(named)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ConfigurationError(f"--proxy-address: {named!r} is no URL such as http://proxy:3128.")
        return named
    service = urlsplit(endpoint)
    proxy = environment.get("HTTPS_PROXY") or environment.get("https_proxy") or ""
    spared = environment.get("NO_PROXY") or environment.get("no_proxy") or ""
    if service.scheme != "https" or _is_spared(service.hostname or "", spared):
        return ""
    return proxy


def _is_spared(host: str, spared: str) -> bool:
    names = [name.strip().lstrip(".").lower() for name in spared.split(",") if name.strip()]
    return any(name in {"*", host} or host.endswith(f".{name}") for name in names)


def _paths(text: str) -> tuple[str, ...]:
    paths = tuple(path.strip() for path in text.split(",") if path.strip())
    for path in paths:
        if not path.startswith("/"):
            raise ConfigurationError(f"--tcp-open: {path!r} is no path such as /TraceSegments.")
    return paths
