"""Where the daemon is, as in AWS's SDK."""

from __future__ import annotations

import os

from radiograph_sdk.addresses import InvalidDaemonAddress, parse_daemon_address
from radiograph_sdk.xray.core.exceptions.exceptions import InvalidDaemonAddressException

DAEMON_ADDRESS_KEY = "AWS_XRAY_DAEMON_ADDRESS"
DEFAULT_ADDRESS = "127.0.0.1:2000"


class DaemonConfig:
    """The addresses of a daemon.

    Args:
        daemon_address: as of `AWS_XRAY_DAEMON_ADDRESS`, which comes first.

    Raises:
        InvalidDaemonAddressException: it is none.
    """

    def __init__(self, daemon_address: str = DEFAULT_ADDRESS) -> None:
        text = os.environ.get(DAEMON_ADDRESS_KEY) or daemon_address or DEFAULT_ADDRESS
        try:
            self._address = parse_daemon_address(text)
        except InvalidDaemonAddress as problem:
            raise InvalidDaemonAddressException(str(problem)) from problem

    @property
    def udp_ip(self) -> str:
        """Host that takes documents."""
        return self._address.udp[0]

    @property
    def udp_port(self) -> int:
        """Port that takes documents."""
        return self._address.udp[1]

    @property
    def tcp_ip(self) -> str:
        """Host that tells rules."""
        return self._address.tcp[0]

    @property
    def tcp_port(self) -> int:
        """Port that tells rules."""
        return self._address.tcp[1]
