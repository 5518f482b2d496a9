"""Radiograph in one process: the doors on one event loop, the writer and the upkeep on threads of their own."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import ipaddress
import os
import random
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any

import structlog
import uvicorn
from prometheus_client import CollectorRegistry
from starlette.responses import Response

from radiograph.doors import console_files
from radiograph.doors.console_api.console import Console
from radiograph.doors.console_api.live import Live
from radiograph.doors.daemon.address import format_address, parse_address
from radiograph.doors.daemon.tcp import build_tcp_app
from radiograph.doors.daemon.udp import UdpDoor
from radiograph.doors.guard import refuse_foreign_pages
from radiograph.doors.health import Health
from radiograph.doors.http import HttpSettings, build_app
from radiograph.doors.ingest import Ingest
from radiograph.doors.operations import build_operations
from radiograph.doors.reading import Readers
from radiograph.errors import ConfigurationError
from radiograph.sampling.live import Sampling
from radiograph.server.figures import Figures
from radiograph.server.memory import be_frugal
from radiograph.server.upkeep import Upkeep
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from starlette.types import ASGIApp

    from radiograph.settings import Settings

_log = structlog.get_logger("radiograph.server")

_DRAIN_SECONDS = 5
# A thread that has an answer ready waits at most so long for one that computes; Python's usual 5 ms are felt.
_SWITCH_SECONDS = 0.0005
_GARBAGE_THRESHOLD = 50_000


def limits_of(settings: Settings) -> Limits:
    """Return the limits that the settings put on documents and traces."""
    return Limits(
        document_bytes=settings.document_bytes,
        trace_bytes=settings.trace_bytes,
        max_age_days=settings.max_age_days,
        max_future_seconds=settings.max_future_seconds,
        strict_names=settings.strict_names,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def check_addresses(settings: Settings) -> tuple[tuple[str, int], tuple[str, int]]:
    """Return the addresses of the HTTP and the daemon's door.

    Raises:
        ConfigurationError: one is malformed, or lies beyond loopback while nothing checks who is calling.
    """
    http = parse_address(settings.http, option="--http")
    udp = parse_address(settings.udp, option="--udp")
    for option, (host, port) in (("--http", http), ("--udp", udp)):
        if not settings.insecure and not _is_loopback(host):
            raise ConfigurationError(
                f"{option} {format_address((host, port))} can be reached from other machines, and this version checks "
                "nobody's identity; use 127.0.0.1, or say --insecure when the network protects you"
            )
    return http, udp


def _listen(address: tuple[str, int], option: str) -> socket.socket:
    """Open a listening TCP socket.

    Raises:
        ConfigurationError: the address is taken or not of this machine.
    """
    host, port = address
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(1024)
    except OSError as problem:
        listener.close()
        raise ConfigurationError(
            f"TCP {format_address(address)} cannot be opened ({problem.strerror or problem}): another program may hold "
            f"it; stop that one or choose another address with {option} HOST:PORT"
        ) from None
    listener.setblocking(False)
    return listener


def _calm_garbage_collector() -> None:
    """Let the garbage collector look less often, and never at what stays for ever.

    Documents make many dictionaries and hardly any cycle: at Python's usual thresholds a third of the time of
    reading them went into looking for cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD, 20, 50)


class _Server(uvicorn.Server):
    """Uvicorn without its own signal handlers: the service decides when to stop."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _server(app: ASGIApp) -> _Server:
    return _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_graceful_shutdown=_DRAIN_SECONDS,
            ws="none",
        )
    )


class Service:
    """All of Radiograph. `open` takes the addresses and the data, `run` serves until it is told to stop.

    Args:
        folder: the data folder.
        settings: everything else.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(self, folder: Path, settings: Settings, *, now: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self.settings = settings
        self._now = now
        self._stopped = asyncio.Event()

    def open(self) -> None:
        """Open the sockets and the lake.

        Raises:
            ConfigurationError: a setting makes the start impossible; nothing stays open.
        """
        settings = self.settings
        be_frugal()
        http, udp = check_addresses(settings)
        limits = limits_of(settings)
        with contextlib.ExitStack() as undo:
            self._http_socket = _listen(http, "--http")
            undo.callback(self._http_socket.close)
            self._tcp_socket = _listen(udp, "--udp")
            undo.callback(self._tcp_socket.close)
            self.lake = open_lake(
                LakeOptions(
                    folder=self.folder,
                    catalog=settings.catalog,
                    storage=settings.storage,
                    memory_mb=settings.store_memory_mb,
                    threads=settings.store_threads,
                )
            )
            undo.callback(self.lake.close)
            writer_id = random.SystemRandom().getrandbits(32)
            self.writer = Writer(
                self.lake,
                WriterOptions(
                    interval=settings.commit_interval,
                    documents=settings.commit_documents,
                    queue_bytes=settings.queue_bytes,
                    fsync=settings.fsync,
                ),
                writer_id=writer_id,
                now=self._now,
            )
            self.readers = Readers(settings.readers, limits, settings.account_id)
            self.ingest = Ingest(self.writer, self.readers, limits, settings.account_id, now=self._now)
            # The same port for TCP and UDP, also when it was chosen by the system.
            udp = (udp[0], self._tcp_socket.getsockname()[1])
            self.udp = UdpDoor(udp, self.ingest.deliver, receive_buffer=settings.udp_buffer)
            self.upkeep = Upkeep(self.lake, settings, limits, holder=f"{writer_id:08x}", now=self._now)
            self.writer.start()
            undo.callback(self.writer.stop)
            self.udp.start()
            undo.pop_all()
        self.lake.locator.start()
        self.upkeep.start()
        registry = CollectorRegistry()
        self.figures = Figures(self, now=self._now)
        self._live = Live(self.figures.tick)
        self.sampling = Sampling(self.lake, started=self._now())
        registry.register(self.figures)
        self.app = build_app(
            operations=build_operations(self.lake, settings, limits, self.sampling, now=self._now),
            put_trace_segments=self.ingest.put_trace_segments,
            status=self.figures.status,
            health=self._health,
            registry=registry,
            console_api=Console(
                lake=self.lake,
                settings=settings,
                limits=limits,
                now=self._now,
                addresses={
                    "http": format_address(self.http_address),
                    "daemon": format_address(self.udp.address),
                },
                live=self._live,
                sampling=self.sampling,
                kept=self.upkeep.kept,
            ),
            settings=HttpSettings(
                max_body_bytes=settings.body_bytes,
                daemon_address=format_address(self.udp.address),
                console=console_files.PACKAGED,
                extensions=not settings.strict_aws,
            ),
        )

    @property
    def http_address(self) -> tuple[str, int]:
        """Host and port of the HTTP door."""
        name = self._http_socket.getsockname()
        return name[0], name[1]

    async def _health(self) -> Health:
        problem = self.writer.problem
        return Health(ok=problem is None, reason=None if problem is None else f"The store cannot write: {problem}")

    async def _forward(self, path: str, body: bytes) -> Response:
        """Answer a call to the daemon's TCP door by the API in this process."""
        answered: dict[str, Any] = {"body": b""}
        received = iter(({"type": "http.request", "body": body, "more_body": False},))

        async def receive() -> dict[str, Any]:
            return next(received, {"type": "http.disconnect"})

        async def send(message: Any) -> None:
            if message["type"] == "http.response.start":
                answered["status"] = message["status"]
                answered["headers"] = message["headers"]
            else:
                answered["body"] += message.get("body", b"")

        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())],
        }
        await self.app(scope, receive, send)
        headers = {name.decode(): value.decode() for name, value in answered["headers"]}
        return Response(answered["body"], answered["status"], headers)

    def stop(self) -> None:
        """Ask `run` to come to its end."""
        self._stopped.set()

    async def run(self, ready: Callable[[], None] | None = None) -> None:
        """Serve until `stop` or a signal, then drain: everything that was received is committed.

        Args:
            ready: called once the doors are open.
        """
        _calm_garbage_collector()
        sys.setswitchinterval(_SWITCH_SECONDS)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            with contextlib.suppress(NotImplementedError, ValueError):  # Windows, or not the main thread
                loop.add_signal_handler(number, self.stop)
        http = _server(refuse_foreign_pages(self.app))
        tcp = _server(refuse_foreign_pages(build_tcp_app(self._forward)))
        serving = [
            asyncio.create_task(http.serve([self._http_socket])),
            asyncio.create_task(tcp.serve([self._tcp_socket])),
        ]
        while not (http.started and tcp.started):  # noqa: ASYNC110 -- uvicorn has no event for it
            await asyncio.sleep(0.005)
        if ready is not None:
            ready()
        sharing = asyncio.create_task(self.sampling.share(f"{self.writer.writer_id:08x}", wall=self._now))
        stopping = asyncio.create_task(self._stopped.wait())
        await asyncio.wait([stopping, *serving], return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping: draining what was received")
        # Uvicorn waits for every answer to end, and these would not.
        self._live.close()
        http.should_exit = True
        tcp.should_exit = True
        await asyncio.gather(*serving, return_exceptions=True)
        stopping.cancel()
        sharing.cancel()
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Drain and close everything."""
        self.udp.stop()
        self.readers.stop()
        self.writer.stop()
        self.upkeep.stop()
        self.lake.close()
        self._http_socket.close()
        self._tcp_socket.close()
        _log.info("stopped", documents=self.writer.counters.documents)
