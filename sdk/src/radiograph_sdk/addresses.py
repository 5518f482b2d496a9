"""Where the daemon is: the value of AWS_XRAY_DAEMON_ADDRESS."""

from __future__ import annotations

import re

import msgspec

DEFAULT_PORT = 2000
DEFAULT_HOST = "127.0.0.1"
_FORM = "host:port, or tcp:host:port udp:host:port, such as 127.0.0.1:2000 or [::1]:2000"
_ADDRESS = re.compile(
    r"(?:(?P<kind>tcp|udp):)?(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<host>[^:\[\]\s]+)):(?P<port>[0-9]{1,5})"
)
_HIGHEST_PORT = 65_535


class InvalidDaemonAddress(ValueError):  # noqa: N818 -- named after the setting that is wrong
    """A text that names no daemon."""


class DaemonAddress(msgspec.Struct, frozen=True):
    """Host and port of the daemon's two doors: UDP for documents, TCP for sampling."""

    udp: tuple[str, int] = (DEFAULT_HOST, DEFAULT_PORT)
    tcp: tuple[str, int] = (DEFAULT_HOST, DEFAULT_PORT)


def parse_daemon_address(text: str) -> DaemonAddress:
    """Read a daemon's address, as the X-Ray SDKs do, and IPv6 literals in brackets besides.

    Args:
        text: `host:port` for both doors, or `tcp:host:port udp:host:port` in either order.

    Raises:
        InvalidDaemonAddress: it is neither; the message shows the forms.
    """
    words = text.split()
    matches = [_ADDRESS.fullmatch(word) for word in words]
    found: dict[str, tuple[str, int]] = {}
    for match in matches:
        if match is None or int(match["port"]) > _HIGHEST_PORT:
            raise InvalidDaemonAddress(f"{text!r} is no daemon address; write {_FORM}")
        found[match["kind"] or "both"] = (match["v6"] or match["host"], int(match["port"]))
    if set(found) == {"both"} and len(words) == 1:
        return DaemonAddress(udp=found["both"], tcp=found["both"])
    if set(found) == {"tcp", "udp"} and len(words) == 2:  # noqa: PLR2004 -- one for each door
        return DaemonAddress(udp=found["udp"], tcp=found["tcp"])
    raise InvalidDaemonAddress(f"{text!r} is no daemon address; write {_FORM}")
