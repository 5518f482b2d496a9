"""What sends documents, as in AWS's SDK: something to build one's own on."""

from __future__ import annotations

from typing import Any

from radiograph_sdk.addresses import DaemonAddress
from radiograph_sdk.emitter import Emitter
from radiograph_sdk.xray.core.daemon_config import DaemonConfig

PROTOCOL_HEADER = '{"format":"json","version":1}'
PROTOCOL_DELIMITER = "\n"
DEFAULT_DAEMON_ADDRESS = "127.0.0.1:2000"


class UDPEmitter:
    """Sends each document as a datagram.

    Args:
        daemon_address: where to.
    """

    def __init__(self, daemon_address: str = DEFAULT_DAEMON_ADDRESS) -> None:
        self.set_daemon_address(daemon_address)

    def set_daemon_address(self, address: str | None) -> None:
        """Send elsewhere from now on."""
        config = DaemonConfig(address or DEFAULT_DAEMON_ADDRESS)
        self._ip, self._port = config.udp_ip, config.udp_port
        self._native = Emitter(DaemonAddress(udp=(self._ip, self._port)))

    @property
    def ip(self) -> str:
        """Host it sends to."""
        return self._ip

    @property
    def port(self) -> int:
        """Port it sends to."""
        return self._port

    def send_entity(self, entity: Any) -> None:
        """Send the document of an entity."""
        self._native.send(entity.serialize().encode())
