"""The relay daemon as a process: its HTTP servers, its signals, its start and its end."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from typing import TYPE_CHECKING, Any

import uvicorn

from radiograph import __version__
from radiograph.doors.daemon.address import format_address
from radiograph.doors.daemon.tcp import build_tcp_app
from radiograph.errors import ConfigurationError
from radiograph.relay.health import build_health_app
from radiograph.relay.relay import Relay

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from starlette.applications import Starlette

    from radiograph.relay.config import Config

_GRACE_SECONDS = 1
_SEGMENTS_BODY_LIMIT = 16 * 1024 * 1024


class _Server(uvicorn.Server):
    """Uvicorn without its signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run_daemon(config: Config, *, environment: Mapping[str, str], log: Any) -> None:
    """Run until SIGINT or SIGTERM.

    Args:
        config: The settings.
        environment: Environment variables.
        log: Where events go.

    Raises:
        ConfigurationError: A port or the spool cannot be used.
    """
    asyncio.run(_run(config, environment, log))


async def _run(config: Config, environment: Mapping[str, str], log: Any) -> None:
    log.info("radiograph daemon starting", version=__version__)
    log.info("service chosen", endpoint=config.endpoint, because=config.endpoint_why)
    with contextlib.ExitStack() as stack:
        tcp_socket = stack.enter_context(_listen(config.tcp, "TCP", "--bind-tcp"))
        health_socket = None
        if config.health is not None:
            health_socket = stack.enter_context(_listen(config.health, "the health port", "--health"))
        relay = Relay(config, environment=environment, log=log)
        relay.start()
        tcp_app = build_tcp_app(
            relay.sampling,
            also_open=config.tcp_open,
            how_to_open="--tcp-open PATH",
            body_limit=_SEGMENTS_BODY_LIMIT,
        )
        servers = [_serve(tcp_app, tcp_socket)]
        log.info("tcp door open", address=_address(tcp_socket))
        if health_socket is not None:
            servers.append(_serve(build_health_app(relay.report), health_socket))
            log.info("health port open", address=_address(health_socket))
        log.info(
            "radiograph daemon ready",
            spool=str(config.spool),
            spool_max_mb=config.spool_bytes // 2**20,
            memory_mb=config.buffer_bytes // 2**20,
        )
        try:
            await _until_signal(log)
        finally:
            for server, _task in servers:
                server.should_exit = True
            await asyncio.gather(*(task for _server, task in servers), return_exceptions=True)
            await asyncio.to_thread(relay.stop)


def _serve(app: Starlette, sock: socket.socket) -> tuple[_Server, asyncio.Task[None]]:
    server = _Server(
        uvicorn.Config(
            app,
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
    )
    return server, asyncio.create_task(server.serve(sockets=[sock]))


def _listen(address: tuple[str, int], what: str, option: str) -> socket.socket:
    shown = format_address(address)
    try:
        choices = socket.getaddrinfo(*address, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _kind, _protocol, _name, target = choices[0]
        return socket.create_server(target[:2], family=family, backlog=256)
    except OSError as error:
        raise ConfigurationError(
            f"{what} {shown} cannot be opened ({error.strerror or error}): another daemon may hold it; "
            f"stop that one or choose another address with {option} HOST:PORT."
        ) from error


def _address(sock: socket.socket) -> str:
    name = sock.getsockname()
    return format_address((name[0], name[1]))


async def _until_signal(log: Any) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def stopped(number: int) -> None:
        log.info("got shutdown signal", signal=signal.Signals(number).name)
        loop.call_soon_threadsafe(stop.set)

    for number in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(number, stopped, number)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda got, _frame: stopped(got))
    await stop.wait()
