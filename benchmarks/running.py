"""The processes that are measured, and those that send: started, watched, and never left behind."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, Self, TypeVar

from benchmarks.http_client import Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from multiprocessing.connection import Connection as Pipe
    from pathlib import Path
    from types import TracebackType

P = ParamSpec("P")
T = TypeVar("T")

_START_SECONDS = 60.0
_STOP_SECONDS = 120.0
_LOOK_SECONDS = 0.002
_HTTP = re.compile(r"^ +API, health, metrics +http://(\S+):(\d+)$", re.MULTILINE)
_DAEMON = re.compile(r"^ +X-Ray daemon +(\S+):(\d+) ", re.MULTILINE)


class Program:
    """A process under measurement; its output goes to a file. Leaving the block stops it.

    Args:
        words: the command line.
        log: file of its output.
        environment: variables beside those of this process; none of Radiograph's own are handed on.
    """

    def __init__(self, words: Sequence[str | Path], *, log: Path, environment: Mapping[str, str] | None = None) -> None:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("RADIOGRAPH_")}
        self._log = log
        self.began = time.monotonic()
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=inherited | dict(environment or {}),
                cwd=log.parent,
            )
        self.pid = self._process.pid

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def log(self) -> str:
        """What it has written so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def check(self) -> None:
        """See that it runs.

        Raises:
            RuntimeError: it has ended; with the end of its log.
        """
        if self._process.poll() is not None:
            raise RuntimeError(f"{self._process.args!r} ended with {self._process.returncode}:\n{self.log[-3000:]}")

    def wait(self) -> int:
        """Wait for its own end; return its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """Stop it as Ctrl-C does; kill it when that does not help."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
        self._process.wait()

    def wait_for(self, look: Callable[[], T | None], what: str) -> T:
        """Look again and again until there is something to see.

        Raises:
            RuntimeError: it ended instead.
            TimeoutError: nothing was to be seen within a minute.
        """
        until = time.monotonic() + _START_SECONDS
        while (seen := look()) is None:
            self.check()
            if time.monotonic() > until:
                raise TimeoutError(f"{what} did not come within {_START_SECONDS:g} s:\n{self.log[-3000:]}")
            time.sleep(_LOOK_SECONDS)
        return seen


class Radiograph(Program):
    """`radiograph up` on free ports, ready.

    Args:
        data: its data folder; the log is kept beside it.
        settings: NAME=VALUE each.

    Attributes:
        http: host and port of the API.
        daemon: host and port of the daemon's door.
        start_seconds: from the start of the process to the first 200 of /healthz.
    """

    def __init__(self, data: Path, settings: Sequence[str] = ()) -> None:
        words: list[str | Path] = [sys.executable, "-m", "radiograph", "up", "--data", data]
        words += ["--http", "127.0.0.1:0", "--udp", "127.0.0.1:0"]
        for setting in settings:
            words += ["--set", setting]
        super().__init__(words, log=data.with_name(f"{data.name}.log"))
        self.data = data
        try:
            self.http, self.daemon = self.wait_for(self._addresses, "the banner")
            self.wait_for(self._healthy, "/healthz")
        except BaseException:
            self.stop()
            raise
        self.start_seconds = time.monotonic() - self.began

    def _addresses(self) -> tuple[tuple[str, int], tuple[str, int]] | None:
        log = self.log
        http, daemon = _HTTP.search(log), _DAEMON.search(log)
        return ((http[1], int(http[2])), (daemon[1], int(daemon[2]))) if http and daemon else None

    def _healthy(self) -> bool | None:
        with contextlib.suppress(OSError, ValueError), Connection(self.http) as connection:
            connection.get("/healthz")
            return True
        return None

    def status(self) -> dict[str, Any]:
        """Return the figures of /api/status."""
        with Connection(self.http) as connection:
            figures: dict[str, Any] = connection.get("/api/status")
        return figures


class Child(Generic[T]):
    """A function of ours in a process of its own, so that its work is not counted to anybody else.

    Args:
        function: a function of a module; may be called with arguments that can be pickled.
        arguments: its arguments.
    """

    def __init__(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> None:
        context = multiprocessing.get_context("spawn")
        self._answer, other_end = context.Pipe(duplex=False)
        self._process = context.Process(target=_call, args=(other_end, function, arguments, named), daemon=True)
        self._process.start()
        other_end.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and self._process.is_alive():
            self._process.terminate()
        self._process.join()

    @property
    def ended(self) -> bool:
        """Whether it has come to its end."""
        return not self._process.is_alive()

    def result(self) -> T:
        """Wait for what the function returns.

        Raises:
            RuntimeError: it failed; its own error is the cause.
        """
        try:
            good, value = self._answer.recv()
        except EOFError:
            raise RuntimeError("a sender ended without a word") from None
        self._process.join()
        if not good:
            raise RuntimeError(f"a sender failed: {value}")
        result: T = value
        return result


def _call(pipe: Pipe, function: Callable[..., Any], arguments: tuple[Any, ...], named: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one who started this
    try:
        outcome = (True, function(*arguments, **named))
    except Exception as problem:  # noqa: BLE001 -- whatever it is, the other side must hear of it
        outcome = (False, f"{type(problem).__name__}: {problem}")
    pipe.send(outcome)
    pipe.close()
