"""Programs that tests run: their log is kept, they are stopped properly, and none is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType

REPOSITORY = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
"""Where the commands of the environment under test are."""

_STOP_SECONDS = 30


class Program:
    """A process that goes on until it is stopped. Its output, standard error included, goes to a file.

    As a context manager it is stopped at the end, and must then exit with 0; when the test has failed it is
    killed instead and its log printed, so that pytest shows it.

    Args:
        words: the command line.
        log: file of its output; appended to.
        environment: its whole environment.
        folder: where it runs.
    """

    def __init__(self, words: Sequence[str | Path], *, log: Path, environment: Mapping[str, str], folder: Path) -> None:
        self._log = log
        self._log_begin = log.stat().st_size if log.exists() else 0
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [str(word) for word in words],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(environment),
                cwd=folder,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self.running:
            self.stop()
        else:
            self.kill()
        if kind is not None:
            print(f"--- {self._process.args!r}\n{self.log}")  # noqa: T201 -- pytest shows it with the failure

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    @property
    def log(self) -> str:
        """What this process has written so far."""
        with self._log.open("rb") as file:
            file.seek(self._log_begin)
            return file.read().decode(errors="replace")

    def stop(self) -> None:
        """Stop it as Ctrl-C does.

        Raises:
            AssertionError: it had ended already, exited with another status than 0, or went on.
        """
        assert self.running, f"it had ended with {self._process.returncode}:\n{self.log}"
        self._process.send_signal(signal.SIGINT)
        try:
            status = self._process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"it did not stop within {_STOP_SECONDS} s:\n{self.log}") from None
        assert status == 0, f"it exited with {status}:\n{self.log}"

    def kill(self) -> None:
        """End it at once, if it runs."""
        if self.running:
            self._process.kill()
        self._process.wait()
