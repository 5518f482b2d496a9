"""The doors that are compared: that of `radiograph up`, that of `radiograph daemon`, and the official daemon's."""

from __future__ import annotations

import contextlib
import re
import shutil
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from benchmarks.running import Program, Radiograph

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from benchmarks.sink import Sink

SERVICE, RELAY, OFFICIAL = "radiograph up", "radiograph daemon", "official daemon"
# Its releases carry no tags that Go understands, so a commit names the version.
_OFFICIAL_MODULE = "github.com/aws/aws-xray-daemon/cmd/tracing@8c295a5b20dce58bb1ab38cd4a93e84b70449e94"
_CACHE = Path(__file__).parent.parent / ".cache" / "benchmarks"
_RELAY_DOOR = re.compile(r'event="udp door open" address=(\S+):(\d+)')
# Enough for the official daemon to take them for real; the sink does not look.
_CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "benchmark",
    "AWS_SECRET_ACCESS_KEY": "benchmark",
    "AWS_REGION": "us-east-1",
    "NO_PROXY": "127.0.0.1",
    "no_proxy": "127.0.0.1",
}
_CONFIGURATION = "Version: 2\nEndpoint: http://{host}:{port}\nLocalMode: true\nRegion: us-east-1\nNoVerifySSL: true\n"


class Contestant(Protocol):
    """A daemon's door under measurement."""

    program: Program
    door: tuple[str, int]

    def arrived(self) -> int:
        """Return how many documents have come out at the other side."""


class OurService:
    """`radiograph up`: what has arrived is what is committed.

    Args:
        program: it, running.
    """

    def __init__(self, program: Radiograph) -> None:
        self.program: Program = program
        self._radiograph = program
        self.door = program.daemon

    def arrived(self) -> int:
        """Return how many documents are committed."""
        count: int = self._radiograph.status()["writer"]["documents"]
        return count


class Forwarder:
    """A daemon that sends on to the sink.

    Args:
        program: it, running.
        door: its address.
        sink: where it sends.
    """

    def __init__(self, program: Program, door: tuple[str, int], sink: Sink) -> None:
        self.program = program
        self.door = door
        self._sink = sink

    def arrived(self) -> int:
        """Return how many documents have reached the sink."""
        return self._sink.count()


@contextlib.contextmanager
def our_service(folder: Path, settings: Sequence[str]) -> Iterator[Contestant]:
    """Run `radiograph up`."""
    with Radiograph(folder / "radiograph", settings) as program:
        yield OurService(program)


@contextlib.contextmanager
def our_relay(folder: Path, sink: Sink) -> Iterator[Contestant]:
    """Run `radiograph daemon` in front of the sink."""
    host, port = sink.address
    words: list[str | Path] = [sys.executable, "-m", "radiograph", "daemon", "-o", "-b", "127.0.0.1:0"]
    words += ["-t", "127.0.0.1:0", "--endpoint", f"http://{host}:{port}", "--spool", folder / "spool"]
    with Program(words, log=folder / "relay.log", environment=_CREDENTIALS) as program:

        def opened() -> tuple[str, int] | None:
            found = _RELAY_DOOR.search(program.log)
            return (found[1], int(found[2])) if found else None

        yield Forwarder(program, program.wait_for(opened, "the relay's door"), sink)


@contextlib.contextmanager
def official_daemon(folder: Path, binary: Path, sink: Sink) -> Iterator[Contestant]:
    """Run AWS's daemon in front of the sink.

    Args:
        folder: for its configuration and log.
        binary: the daemon.
        sink: where it sends.
    """
    host, port = sink.address
    configuration = folder / "cfg.yaml"
    configuration.write_text(_CONFIGURATION.format(host=host, port=port), encoding="utf-8")
    door = ("127.0.0.1", _free_port())
    address = f"{door[0]}:{door[1]}"
    words: list[str | Path] = [binary, "-c", configuration, "-b", address, "-t", address, "-l", "info"]
    with Program(words, log=folder / "official.log", environment=_CREDENTIALS) as program:
        program.wait_for(lambda: listens(door[1]) or None, "the official daemon's door")
        yield Forwarder(program, door, sink)


def build_official(given: str) -> Path | str:
    """Return the official daemon, built from its Go module; a sentence when that cannot be done.

    Args:
        given: a binary that is built already; empty to build one into the cache.
    """
    if given:
        path = Path(given)
        return path if path.exists() else f"there is no {given}"
    binary = _CACHE / "tracing"
    if binary.exists():
        return binary
    go = shutil.which("go")
    if go is None:
        return "Go is not installed, so the official daemon cannot be built; or name one with --official"
    _CACHE.mkdir(parents=True, exist_ok=True)
    environment = {"GOBIN": str(_CACHE), "GOFLAGS": "-modcacherw"}
    with Program([go, "install", _OFFICIAL_MODULE], log=_CACHE / "build.log", environment=environment) as build:
        status = build.wait()
    if status or not binary.exists():
        return "Go could not get its module, or not build it; .cache/benchmarks/build.log says why"
    return binary


def official_version(binary: Path) -> str:
    """Return what the official daemon says its version is."""
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False, timeout=30)
    return answer.stdout.strip() or "version not known"


def _free_port() -> int:
    """Return a port that is free for TCP and UDP now; the official daemon cannot choose one itself."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind(("127.0.0.1", 0))
        port: int = datagrams.getsockname()[1]
    return port


def _sockets(port: int) -> Iterator[list[str]]:
    """Yield the kernel's lines about the UDP sockets on a port, in fields."""
    for table in ("/proc/net/udp", "/proc/net/udp6"):
        with contextlib.suppress(FileNotFoundError):
            for line in Path(table).read_text(encoding="ascii").splitlines()[1:]:
                fields = line.split()
                if int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields


def listens(port: int) -> bool:
    """Return whether a UDP socket is open on a port."""
    return any(True for _ in _sockets(port))


def kernel_drops(port: int) -> int:
    """Return how many datagrams the kernel has dropped at a port because the receiver's buffer was full."""
    return sum(int(fields[-1]) for fields in _sockets(port))
