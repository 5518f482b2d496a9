"""The daemon as a process: SDK's datagrams in, calls out, an outage in the middle, a proper end."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

HEADER = b'{"format": "json", "version": 1}\n'
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")


class Daemon:
    """A running `radiograph daemon`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "RADIOGRAPH_")) and name.lower() not in {"https_proxy", "http_proxy"}
        }
        code = "import sys; from radiograph.cli.daemon import run; sys.exit(run(sys.argv[1:]))"
        addresses = ["-b", "127.0.0.1:0", "-t=127.0.0.1:0", "--health", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [sys.executable, "-c", code, *addresses, "--spool", str(folder), *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**environment, "HOME": str(folder)},
        )
        self.lines: list[str] = []
        self._sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if "radiograph daemon ready" in line:
                break

    def address(self, door: str) -> tuple[str, int]:
        found = re.search(rf'event="{door} open" address=(\S+):(\d+)', "".join(self.lines))
        assert found is not None, self.lines
        return found[1], int(found[2])

    def send(self, documents: list[bytes]) -> None:
        for document in documents:
            self._sock.sendto(HEADER + document, self.address("udp door"))

    def request(self, door: str, path: str, body: bytes | None = None) -> tuple[int, str]:
        host, port = self.address(door)
        try:
            with urllib.request.urlopen(
                urllib.request.Request(f"http://{host}:{port}{path}", data=body), timeout=20
            ) as response:
                return response.status, response.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read().decode()

    def metric(self, name: str) -> float:
        found = re.search(
            rf"^radiograph_daemon_{re.escape(name)} (\S+)$", self.request("health port", "/metrics")[1], re.MULTILINE
        )
        assert found is not None, name
        return float(found[1])

    def end(self, how: int = signal.SIGTERM) -> int:
        self.process.send_signal(how)
        rest, _ = self.process.communicate(timeout=30)
        self.lines.append(rest)
        return self.process.returncode

    def close(self) -> None:
        self._sock.close()
        if self.process.poll() is None:
            self.end(signal.SIGKILL)
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Daemon]]:
    running: list[Daemon] = []

    def starter(*arguments: str) -> Daemon:
        running.append(Daemon(folder, *arguments))
        return running[-1]

    yield starter
    for daemon in running:
        daemon.close()


def numbered(start: int, count: int) -> list[bytes]:
    return [b'{"id":"%016x"}' % number for number in range(start, start + count)]


def texts(documents: list[bytes]) -> list[str]:
    return sorted(document.decode() for document in documents)


def test_documents_reach_the_service_and_the_daemon_ends_properly(start: Any, service: Any, until: Any) -> None:
    daemon = start("--endpoint", service.url)
    daemon.send(numbered(0, 120))
    until(lambda: len(service.documents) == 120)
    daemon.send([*numbered(120, 7), b'{"id":"refused","trace_id":"1-5759e988-bd862e3fe1be46a994272793"}'])
    until(lambda: daemon.metric("datagrams_total") == 128)
    assert daemon.end(signal.SIGINT) == 0
    assert sorted(service.documents) == texts(numbered(0, 127))  # the last ones without waiting for a full second
    log = "".join(daemon.lines)
    assert "trace_id=1-5759e988-bd862e3fe1be46a994272793" in log
    assert "received=128 sent=128 refused=1 in_spool=0" in log
    assert "calls are sent unsigned" in log
    records = [json.loads(body) for path, _, body in service.calls if path == "/TelemetryRecords"]
    assert [records[0]["TelemetryRecords"][0][f"Segments{name}Count"] for name in ("Received", "Sent", "Rejected")] == [
        128,
        128,
        1,
    ]


@pytest.mark.slow
def test_an_outage_with_two_kills_in_it_loses_nothing(start: Any, start_service: Any, folder: Path, until: Any) -> None:
    first = start_service(0)
    port, url = first.port, first.url
    daemon = start("--endpoint", url)
    assert daemon.request("health port", "/readyz")[0] == 200
    daemon.send(numbered(0, 60))
    until(lambda: len(first.documents) == 60)
    first.stop_now()
    daemon.send(numbered(60, 500))
    until(lambda: daemon.metric("in_spool") == 500)
    status, body = daemon.request("health port", "/readyz")
    assert (status, json.loads(body)["in_spool"]) == (503, 500)
    assert daemon.request("health port", "/healthz")[0] == 200
    daemon.end(signal.SIGKILL)
    again = start("--endpoint", url)
    again.send(numbered(560, 300))
    until(lambda: again.metric("in_spool") == 800)
    assert again.end(signal.SIGTERM) == 0
    second = start_service(port)
    last = start("--endpoint", url)
    last.send(numbered(860, 10))
    until(lambda: len(second.documents) == 810)
    until(lambda: last.metric("in_spool") == 0)
    assert last.end() == 0
    assert sorted(first.documents + second.documents) == texts(numbered(0, 870))
    assert list(folder.glob("*.spool")) == []


def test_the_tcp_door_opens_two_paths_and_rules_outlive_the_service(start: Any, start_service: Any) -> None:
    service = start_service(0)
    service.answers["/GetSamplingRules"] = (200, {"SamplingRuleRecords": []})
    service.answers["/SamplingTargets"] = (200, {"SamplingTargetDocuments": []})
    daemon = start("--endpoint", service.url)
    assert daemon.request("tcp door", "/GetSamplingRules", b"{}") == (200, '{"SamplingRuleRecords": []}')
    assert daemon.request("tcp door", "/SamplingTargets", b"{}") == (200, '{"SamplingTargetDocuments": []}')
    assert daemon.request("tcp door", "/TraceSegments", b"{}")[0] == 403
    assert daemon.request("tcp door", "/healthz")[0] == 200
    service.stop_now()
    assert daemon.request("tcp door", "/GetSamplingRules", b"{}") == (200, '{"SamplingRuleRecords": []}')
    assert daemon.request("tcp door", "/SamplingTargets", b"{}")[0] == 502
    assert daemon.end() == 0


def test_a_taken_port_ends_the_start_with_one_sentence(start: Any, service: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{other.getsockname()[1]}"
        daemon = start("--endpoint", service.url, "-b", address)
        assert daemon.process.wait(20) == 1
    assert f"radiograph daemon: UDP {address} cannot be opened" in daemon.lines[-1]
    assert "--bind HOST:PORT" in daemon.lines[-1]
    assert "Traceback" not in "".join(daemon.lines)
