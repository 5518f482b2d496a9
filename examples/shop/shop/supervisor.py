"""Starts the shop's processes and stops them again.

A process that dies is not started anew: the shop is small, and somebody should see it. Processes never
outlive the one that started them (see `child.py`).
"""

import contextlib
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

import msgspec

from .child import Directory, Hello
from .names import AWS, PROCESSES, WEB

Sdk = Literal["aws", "radiograph", "none"]
START_SECONDS = 30.0
STOP_SECONDS = 5.0


class ShopError(Exception):
    """The shop did not start; the message says which process and shows the end of its log."""


class Shop:
    """The running shop. Use it as a context manager, or call `stop`.

    Attributes:
        url: address of the web front, such as `http://127.0.0.1:41234`.
        queue_url: URL of the notifications queue, which names its node on the map.
        pids: process id by process name.
        data: the folder of the database and of the processes' logs; `stop` removes it.
    """

    def __init__(
        self,
        processes: Mapping[str, "subprocess.Popen[bytes]"],
        directory: Directory,
        data: "tempfile.TemporaryDirectory[str]",
    ) -> None:
        self._processes = processes
        self._data = data
        self.url = f"http://127.0.0.1:{directory.ports[WEB]}"
        self.queue_url = directory.queue_url
        self.pids = {name: process.pid for name, process in processes.items()}
        self.data = Path(data.name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def dead(self) -> list[str]:
        """Name the processes that have ended by themselves."""
        return [name for name, process in self._processes.items() if process.poll() is not None]

    def stop(self) -> None:
        """Stop all processes, callers before those whom they call. Stopping twice is fine."""
        _stop(self._processes)
        self._data.cleanup()


def start(daemon: str = "127.0.0.1:2000", *, port: int = 0, deadline: float = START_SECONDS, sdk: Sdk = "aws") -> Shop:
    """Start the shop and wait until every process answers.

    Args:
        daemon: where the SDK sends its documents: `host:port`, or `tcp:host:port udp:host:port`.
        port: port of the web front on 127.0.0.1; 0 takes a free one. All others take free ones.
        deadline: seconds that starting may take.
        sdk: "aws" for AWS's, or "radiograph" for Radiograph's in its place; the code is the same. "none" has AWS's
            switched off.

    Raises:
        ShopError: a process ended, or did not answer in time. None is left running.
    """
    until = time.monotonic() + deadline
    data = tempfile.TemporaryDirectory(prefix="shop-", ignore_cleanup_errors=True)
    processes: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name in reversed(PROCESSES):  # aws takes longest
            processes[name] = _launch(name, Path(data.name), daemon, port if name == WEB else 0, sdk)
        processes = {name: processes[name] for name in PROCESSES}
        hellos = _hear(processes, Path(data.name), until)
        directory = Directory(
            ports={name: hello.port for name, hello in hellos.items()}, queue_url=hellos[AWS].queue_url
        )
        line = msgspec.json.encode(directory) + b"\n"
        for process in processes.values():
            assert process.stdin is not None
            with contextlib.suppress(BrokenPipeError):  # it has died: the next step says so, with its log
                process.stdin.write(line)
                process.stdin.flush()
        for name in PROCESSES:
            if name != AWS:  # it answered before it introduced itself
                _wait_until_healthy(name, processes[name], directory.ports[name], Path(data.name), until)
    except BaseException:
        _stop(processes)
        data.cleanup()
        raise
    return Shop(processes, directory, data)


def _launch(name: str, data: Path, daemon: str, port: int, sdk: Sdk) -> "subprocess.Popen[bytes]":
    run = ["-m", "radiograph_sdk.auto.command", "--replace-aws-xray-sdk"] if sdk == "radiograph" else []
    with (data / f"{name}.log").open("wb") as log:
        return subprocess.Popen(  # noqa: S603  -- our own interpreter and modules
            [sys.executable, *run, "-m", f"{__package__}.{name}", "--port", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            cwd=data,
            env=_environment(daemon) | ({"AWS_XRAY_SDK_ENABLED": "false"} if sdk == "none" else {}),
        )


def _environment(daemon: str) -> dict[str, str]:
    """Give the processes our environment without what would send their calls or their traces elsewhere."""
    inherited = {
        key: value
        for key, value in os.environ.items()
        if not key.upper().startswith(("AWS_", "LAMBDA_", "_X_AMZN_")) and not key.upper().endswith("_PROXY")
    }
    package = str(Path(__file__).resolve().parent.parent)
    paths = [package, *filter(None, [inherited.get("PYTHONPATH")])]
    return inherited | {
        "PYTHONPATH": os.pathsep.join(paths),
        "AWS_XRAY_DAEMON_ADDRESS": daemon,
        "AWS_XRAY_CONTEXT_MISSING": "IGNORE_ERROR",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_DEFAULT_REGION": "eu-west-1",
    }


def _hear(processes: Mapping[str, "subprocess.Popen[bytes]"], data: Path, until: float) -> dict[str, Hello]:
    """Collect the line that every process writes once it has a port."""
    lines: queue.SimpleQueue[tuple[str, bytes]] = queue.SimpleQueue()

    def listen(name: str, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        lines.put((name, process.stdout.readline()))

    for name, process in processes.items():
        threading.Thread(target=listen, args=(name, process), daemon=True).start()

    hellos: dict[str, Hello] = {}
    while len(hellos) < len(processes):
        try:
            name, line = lines.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            silent = next(name for name in processes if name not in hellos)
            raise ShopError(f"{silent} did not start in time\n{_end_of_log(data, silent)}") from None
        if not line:
            raise ShopError(f"{name} ended while starting\n{_end_of_log(data, name)}")
        hellos[name] = msgspec.json.decode(line, type=Hello)
    return hellos


def _wait_until_healthy(name: str, process: "subprocess.Popen[bytes]", port: int, data: Path, until: float) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        try:
            with opener.open(f"http://127.0.0.1:{port}/health", timeout=2):
                return
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if process.poll() is not None:
                raise ShopError(f"{name} ended while starting\n{_end_of_log(data, name)}") from None
            if time.monotonic() > until:
                raise ShopError(f"{name} did not answer in time\n{_end_of_log(data, name)}") from None
            time.sleep(0.02)


def _end_of_log(data: Path, name: str) -> str:
    return "\n".join((data / f"{name}.log").read_text(errors="replace").splitlines()[-20:])


def _stop(processes: Mapping[str, "subprocess.Popen[bytes]"]) -> None:
    until = time.monotonic() + STOP_SECONDS
    for process in processes.values():
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        try:
            process.wait(timeout=max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()
