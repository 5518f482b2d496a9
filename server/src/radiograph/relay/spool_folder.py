"""The spool's folder: its lock, its key, its numbered files and the stored read position."""

from __future__ import annotations

import contextlib
import os
import sys
from io import FileIO
from typing import IO, TYPE_CHECKING

import msgspec

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_SUFFIX = ".spool"
_PRIVATE = 0o600


class Position(msgspec.Struct, frozen=True):
    """How far the spool has been read and marked.

    Args:
        file: Number of the file.
        offset: Bytes of it that need not be read again.
    """

    file: int
    offset: int


class SpoolFolder:
    """The files of one spool, held by one process at a time.

    Args:
        directory: The folder; made with mode 0700 when missing.

    Raises:
        ConfigurationError: It cannot be made, or another daemon holds it.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._position = directory / "position.json"
        try:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock = (directory / "lock").open("ab")
        except OSError as error:
            raise ConfigurationError(
                f"The spool folder {directory} cannot be made ({error.strerror or error}); "
                "name one that the daemon may write with --spool DIR."
            ) from error
        try:
            _lock(self._lock)
        except OSError as error:
            self._lock.close()
            raise ConfigurationError(
                f"Another daemon uses the spool folder {directory}; give this one its own with --spool DIR."
            ) from error

    def key(self, length: int, entropy: Callable[[int], bytes]) -> bytes:
        """Return the spool's key; the first call makes it.

        Raises:
            ConfigurationError: The key file is damaged while files sealed with it exist.
            OSError: It can be neither read nor made.
        """
        path = self._directory / "key"
        with contextlib.suppress(FileNotFoundError):
            key = path.read_bytes()
            if len(key) == length:
                return key
        if self.files():
            raise ConfigurationError(
                f"The spool's key {path} is missing or damaged, so the documents beside it cannot be read; "
                f"put the key back, or move the *{_SUFFIX} files away to give them up."
            )
        key = entropy(length)
        self._replace(path, key)
        return key

    def files(self) -> list[tuple[int, Path]]:
        """List number and path of the spool files, oldest first."""
        found = [(int(p.stem), p) for p in self._directory.glob(f"*{_SUFFIX}") if p.stem.isdecimal()]
        return sorted(found)

    def create(self, number: int) -> tuple[Path, FileIO]:
        """Make a new file (mode 0600), opened for appending and reading."""
        path = self._directory / f"{number:012d}{_SUFFIX}"
        flags = os.O_CREAT | os.O_EXCL | os.O_RDWR | getattr(os, "O_BINARY", 0)
        return path, FileIO(os.open(path, flags, _PRIVATE), "r+b")

    def position(self) -> Position:
        """Return the stored position, the very beginning when there is none."""
        try:
            return msgspec.json.decode(self._position.read_bytes(), type=Position)
        except (FileNotFoundError, msgspec.DecodeError):
            return Position(0, 0)

    def store(self, position: Position) -> None:
        """Store a position so that a crash leaves the old one or the new one."""
        self._replace(self._position, msgspec.json.encode(position))

    def sync(self) -> None:
        """Force the names of new files to the disk, without which their content is lost with the power."""
        if sys.platform != "win32":
            folder = os.open(self._directory, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def close(self) -> None:
        """Let another process have the folder."""
        self._lock.close()

    def _replace(self, path: Path, content: bytes) -> None:
        fresh = path.with_suffix(".new")
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, _PRIVATE), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)


def _lock(file: IO[bytes]) -> None:
    """Take the folder; raises OSError when another process has it. The end of the process lets go of it."""
    if sys.platform == "win32":
        import msvcrt  # noqa: PLC0415 -- exists on Windows only

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl  # noqa: PLC0415 -- exists on POSIX only

        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
