"""`host:port` as people write it in settings, IPv6 included."""

from __future__ import annotations

import re

from radiograph.errors import ConfigurationError

_ADDRESS = re.compile(r"(?:\[(?P<v6>[^\[\]]+)\]|(?P<host>[^:\[\]]*)):(?P<port>[0-9]{1,5})")
_HIGHEST_PORT = 65_535


def parse_address(text: str, *, option: str) -> tuple[str, int]:
    """Read `host:port` or `[IPv6]:port`; an empty host means every interface, as in Go.

    Args:
        text: For example `127.0.0.1:2000`, `[::1]:2000` or `:2000`.
        option: The setting's name, for the error message.

    Returns:
        Host and port (0 = any free port).

    Raises:
        ConfigurationError: The text is something else.
    """
    match = _ADDRESS.fullmatch(text.strip())
    if match is None or int(match["port"]) > _HIGHEST_PORT:
        raise ConfigurationError(f"{option}: {text!r} is not host:port, such as 127.0.0.1:2000 or [::1]:2000.")
    return match["v6"] or match["host"] or "0.0.0.0", int(match["port"])  # noqa: S104 -- what `:2000` means


def format_address(address: tuple[str, int]) -> str:
    """Write host and port so that `parse_address` reads them back."""
    host, port = address
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
