"""Database servers of Debian's packages, started for a test."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.instrumented.conftest import free_port, listening
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_START_SECONDS = 60.0
_QUIET = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def _found(program: str, *folders: str) -> str:
    """Return the path of a program, or skip the test."""
    for folder in folders:
        places = sorted(Path("/").glob(folder.lstrip("/")))
        if places and (places[-1] / program).exists():
            return str(places[-1] / program)
    found = shutil.which(program) or shutil.which(program, path="/usr/sbin:/sbin")
    if found is None:
        pytest.skip(f"{program} is not installed")
    return found


@contextlib.contextmanager
def _serving(command: Sequence[str], port: int, what: str) -> Iterator[int]:
    with subprocess.Popen(command, cwd="/", **_QUIET) as process:  # type: ignore[call-overload]
        try:
            wait_until(lambda: listening(port), seconds=_START_SECONDS, what=what)
            yield port
        finally:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


@contextlib.contextmanager
def postgresql() -> Iterator[int]:
    """A PostgreSQL server, that lets everybody in; give its port."""
    folder = tempfile.mkdtemp(prefix="rg-pg-")
    # It refuses to be root.
    who = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    if who:
        shutil.chown(folder, "postgres")
    port = free_port()
    initdb = _found("initdb", "/usr/lib/postgresql/*/bin")
    subprocess.run(
        [*who, initdb, "-D", f"{folder}/data", "-A", "trust", "-U", "shop", "--no-sync"],
        cwd="/",
        check=True,
        timeout=_START_SECONDS,
        **_QUIET,  # type: ignore[call-overload]
    )
    server = str(Path(initdb).with_name("postgres"))
    command = [*who, server, "-D", f"{folder}/data", "-p", str(port), "-k", folder, "-c", "fsync=off"]
    try:
        with _serving(command, port, "PostgreSQL"):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def mariadb() -> Iterator[int]:
    """A MariaDB server, whose root has no password; give its port."""
    folder = tempfile.mkdtemp(prefix="rg-my-")
    port = free_port()
    user = [f"--user={'root' if os.geteuid() == 0 else os.environ.get('USER', 'mysql')}"]
    subprocess.run(
        [
            _found("mariadb-install-db"),
            "--no-defaults",
            f"--datadir={folder}",
            "--auth-root-authentication-method=normal",
            "--skip-test-db",
            *user,
        ],
        cwd="/",
        check=True,
        timeout=_START_SECONDS,
        **_QUIET,  # type: ignore[call-overload]
    )
    command = [
        _found("mariadbd"),
        "--no-defaults",
        f"--datadir={folder}",
        f"--port={port}",
        f"--socket={folder}/socket",
        "--bind-address=127.0.0.1",
        *user,
    ]
    try:
        with _serving(command, port, "MariaDB"):
            yield port
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def redis() -> Iterator[int]:
    """A Redis server that keeps nothing; give its port."""
    port = free_port()
    with _serving([_found("redis-server"), "--port", str(port), "--save", "", "--bind", "127.0.0.1"], port, "Redis"):
        yield port
