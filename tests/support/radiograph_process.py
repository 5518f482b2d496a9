"""Radiograph as a process, started and stopped as a person would."""

from __future__ import annotations

import os
import re
import urllib.error
import urllib.request
from typing import TYPE_CHECKING

import msgspec

from tests.support.program import BIN, Program
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

_START_SECONDS = 30
_HTTP = re.compile(r"^ +API, health, metrics +(http://\S+)$", re.MULTILINE)
_DAEMON = re.compile(r"^ +X-Ray daemon +(\S+:\d+) ", re.MULTILINE)
# An address on this machine: no proxy that the environment names may come between.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class RadiographProcess(Program):
    """`radiograph up`, ready to serve.

    Args:
        data: the data folder; the log is kept beside it.
        http: address of the API; port 0 takes a free one.
        udp: address of the daemon's door.
        settings: others, by name.

    Attributes:
        url: address of the API, such as `http://127.0.0.1:41234`.
        daemon: address of the daemon's door, such as `127.0.0.1:41235`.

    Raises:
        AssertionError: it ended while starting.
        TimeoutError: it was not ready in time.
    """

    def __init__(
        self,
        data: Path,
        *,
        http: str = "127.0.0.1:0",
        udp: str = "127.0.0.1:0",
        settings: dict[str, str] | None = None,
    ) -> None:
        words: list[str | Path] = [BIN / "radiograph", "up", "--data", data, "--http", http, "--udp", udp]
        for name, value in (settings or {}).items():
            words += ["--set", f"{name}={value}"]
        super().__init__(
            words,
            log=data.with_name(f"{data.name}.log"),
            environment={name: value for name, value in os.environ.items() if not name.startswith("RADIOGRAPH_")},
            folder=data.parent,
        )
        try:
            addresses = wait_until(self._addresses, seconds=_START_SECONDS, what="the banner")
            assert addresses is not None
            self.url, self.daemon = addresses
            wait_until(self._healthy, seconds=_START_SECONDS, what="GET /healthz to answer 200")
        except BaseException:
            self.kill()
            print(self.log)  # noqa: T201 -- pytest shows it with the failure
            raise

    def _addresses(self) -> tuple[str, str] | None:
        log = self.log
        assert self.running, f"radiograph ended while starting:\n{log}"
        http, daemon = _HTTP.search(log), _DAEMON.search(log)
        return (http[1], daemon[1]) if http and daemon else None

    def _healthy(self) -> bool:
        try:
            self.get("/healthz")
        except (urllib.error.URLError, ConnectionError):
            return False
        return True

    def get(self, path: str) -> str:
        """Return what a GET answers.

        Raises:
            urllib.error.HTTPError: another status than 200.
        """
        with _OPENER.open(self.url + path, timeout=10) as answer:
            text: str = answer.read().decode()
        return text

    def status(self) -> dict[str, Any]:
        """Return the figures of `/api/status`."""
        figures: dict[str, Any] = msgspec.json.decode(self.get("/api/status"))
        return figures

    def answered(self, operation: str) -> dict[str, int]:
        """Count the answers to an API operation by HTTP status, as `/metrics` tells."""
        line = re.compile(
            rf'^radiograph_api_requests_total\{{operation="{operation}",status="(\d+)"\}} (\S+)$', re.MULTILINE
        )
        return {status: int(float(count)) for status, count in line.findall(self.get("/metrics"))}
