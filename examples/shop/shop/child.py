"""The life of one of the shop's processes, seen from inside.

A process binds a port and tells the supervisor which, as one line of JSON on standard output. Once all have
done so the supervisor sends everybody the directory, as one line on standard input. So no port is chosen
before it is bound. Standard input then stays open for as long as the process is wanted: its end, which also
comes when the supervisor is killed, means stop.
"""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, TextIO

import msgspec
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import WSGIRequestHandler, make_server

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from _typeshed.wsgi import WSGIApplication


class Hello(msgspec.Struct, frozen=True, kw_only=True):
    """What a process reports: its port, and from `aws` also the URL of the queue."""

    port: int
    queue_url: str = ""


class Directory(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything is: the port on 127.0.0.1 of every process, by name, and the URL of the queue."""

    ports: Mapping[str, int]
    queue_url: str


class _Handler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"
    # Headers and body go out in two writes: with Nagle the second waits for the client's delayed ACK, 40 ms.
    disable_nagle_algorithm = True

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the traces tell more."""


def serve(build: Callable[[Directory], "AbstractContextManager[WSGIApplication]"]) -> None:
    """Be one of the shop's HTTP services until the supervisor closes standard input.

    Args:
        build: makes the WSGI application from the directory; what it returns is entered before the first
            request and left after the last.
    """
    parser = argparse.ArgumentParser(description="One process of the shop; `python -m shop up` starts all.")
    parser.add_argument("--port", type=int, default=0)
    port: int = parser.parse_args().port

    parent = settle()
    server = make_server("127.0.0.1", port, ServiceUnavailable(), threaded=True, request_handler=_Handler)
    directory = introduce(Hello(port=server.server_port), parent)
    with build(directory) as app:
        server.app = app
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="http", daemon=True)
        thread.start()
        wait_for_the_end(parent)
        server.shutdown()
        thread.join()
    server.server_close()


def settle() -> TextIO:
    """Leave signals and standard output to the supervisor; give the stream to report on.

    Ctrl-C reaches the whole process group, but it is the supervisor that stops the processes, in order.
    Afterwards what a library prints goes to the log, not into the report.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    report = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    return report


def introduce(hello: Hello, report: TextIO) -> Directory:
    """Report to the supervisor and wait for the directory.

    Raises:
        SystemExit: the supervisor has gone.
    """
    report.write(msgspec.json.encode(hello).decode() + "\n")
    report.flush()
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    return msgspec.json.decode(line, type=Directory)


def wait_for_the_end(report: TextIO) -> None:
    """Block until the supervisor closes standard input, or is gone."""
    while sys.stdin.readline():
        pass
    report.close()
