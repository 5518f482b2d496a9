"""Daemons between an application and Radiograph: AWS's own, and ours."""

from __future__ import annotations

import re
import socket
import urllib.request
from typing import TYPE_CHECKING

from tests.support.foreign import environment, official_daemon
from tests.support.program import BIN, Program
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

_START_SECONDS = 30
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class OfficialDaemon(Program):
    """AWS's daemon in front of a Radiograph.

    Args:
        folder: where its configuration and its log lie.
        endpoint: address of the X-Ray API.

    Attributes:
        address: of its doors, for AWS_XRAY_DAEMON_ADDRESS.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        program = official_daemon()
        # It cannot tell which port it took, so it gets one that is free now.
        self.address = f"127.0.0.1:{free_port()}"
        configuration = folder / "cfg.yaml"
        configuration.write_text(
            "Version: 2\n"
            "LocalMode: true\n"
            "Region: eu-west-1\n"
            f"Endpoint: {endpoint}\n"
            "Socket:\n"
            f"  UDPAddress: {self.address}\n"
            f"  TCPAddress: {self.address}\n"
            "Logging:\n"
            "  LogLevel: debug\n"
        )
        super().__init__(
            [program, "--config", configuration],
            log=folder / "official-daemon.log",
            environment=environment(AWS_HOSTNAME="test-host"),
            folder=folder,
        )
        try:
            # The proxy is opened after the UDP socket.
            wait_until(self._answers, seconds=_START_SECONDS, what="the official daemon to take connections")
        except BaseException:
            self.kill()
            print(self.log)  # noqa: T201 -- pytest shows it with the failure
            raise

    @property
    def version(self) -> str:
        """What it calls itself."""
        found = re.search(r"Initializing AWS X-Ray daemon (\S+)", self.log)
        return found[1] if found else "unknown"

    def _answers(self) -> bool:
        assert self.running, f"the official daemon ended while starting:\n{self.log}"
        host, port = self.address.split(":")
        try:
            socket.create_connection((host, int(port)), timeout=1).close()
        except OSError:
            return False
        return True


class RelayDaemon(Program):
    """`radiograph daemon` in front of a Radiograph.

    Args:
        folder: where its spool and its log lie.
        endpoint: address of the X-Ray API.

    Attributes:
        address: of its doors, for AWS_XRAY_DAEMON_ADDRESS.
    """

    def __init__(self, folder: Path, endpoint: str) -> None:
        any_port = "127.0.0.1:0"
        words: list[str | Path] = [BIN / "radiograph", "daemon", "--local-mode", "--endpoint", endpoint]
        words += ["--bind", any_port, "--bind-tcp", any_port, "--health", any_port, "--spool", folder / "spool"]
        super().__init__(words, log=folder / "relay-daemon.log", environment=environment(), folder=folder)
        try:
            wait_until(self._ready, seconds=_START_SECONDS, what="the relay daemon to be ready")
        except BaseException:
            self.kill()
            print(self.log)  # noqa: T201 -- pytest shows it with the failure
            raise
        self.address = f"udp:{self._address('udp door')} tcp:{self._address('tcp door')}"
        self._health = f"http://{self._address('health port')}"

    def _ready(self) -> bool:
        assert self.running, f"the relay daemon ended while starting:\n{self.log}"
        return 'event="radiograph daemon ready"' in self.log

    def _address(self, door: str) -> str:
        found = re.search(rf'event="{door} open" address=(\S+)', self.log)
        assert found, f"no address of the {door} in:\n{self.log}"
        return found[1]

    def figure(self, name: str) -> float:
        """Return one of its metrics, without labels; the name without `radiograph_daemon_`."""
        with _OPENER.open(self._health + "/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found = re.search(rf"^radiograph_daemon_{name} (\S+)$", text, re.MULTILINE)
        assert found, f"no metric {name} in:\n{text}"
        return float(found[1])


def free_port() -> int:
    """Return a port of 127.0.0.1 that is free for TCP and UDP at this moment."""
    while True:
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind(("127.0.0.1", 0))
            port = int(tcp.getsockname()[1])
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind(("127.0.0.1", port))
                except OSError:
                    continue
                return port
