"""The store on both of its catalogs: a file of this process, and a PostgreSQL server started for the tests."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Document, Limits, parse_document

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = 1_700_000_000
DEADLINE = 30.0


class Postgres:
    """A PostgreSQL server on a socket of its own, run as a user that it accepts (it refuses root)."""

    def __init__(self, programs: Path) -> None:
        self._programs = programs
        # Not below pytest's folder, which its user may not enter; a socket's path must be short as well.
        self._folder = Path(tempfile.mkdtemp(prefix="rg-pg-"))
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        if self._as_user:
            shutil.chown(self._folder, "postgres")
        self._numbers = itertools.count(1)
        self._run("initdb", "-D", self._folder / "data", "-A", "trust", "-U", "radiograph", "--no-sync")
        self.start()

    def _run(self, program: str, *arguments: str | Path) -> None:
        command = [*self._as_user, str(self._programs / program), *map(str, arguments)]
        subprocess.run(
            command, cwd="/", check=True, timeout=DEADLINE, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )

    def start(self) -> None:
        options = f"-c listen_addresses='' -c unix_socket_directories={self._folder} -c fsync=off"
        self._run("pg_ctl", "-D", self._folder / "data", "-l", self._folder / "log", "-o", options, "-w", "start")

    def kill(self) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-m", "immediate", "-w", "stop")

    def new_catalog(self) -> str:
        """Make an empty database; return the setting `catalog` for it."""
        name = f"lake{next(self._numbers)}"
        self._run("createdb", "-h", self._folder, "-U", "radiograph", name)
        return f"postgres:dbname={name} host={self._folder} user=radiograph"

    def close(self) -> None:
        with contextlib.suppress(subprocess.CalledProcessError):
            self.kill()
        shutil.rmtree(self._folder)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin")) or [
        Path(program).parent for program in (shutil.which("initdb"),) if program
    ]
    if not found:
        pytest.skip("PostgreSQL is not installed")
    server = Postgres(found[-1])
    yield server
    server.close()


@pytest.fixture(params=["embedded", pytest.param("postgres", marks=pytest.mark.clients)])
def options(request: pytest.FixtureRequest, tmp_path: Path) -> LakeOptions:
    """An empty lake's options, on each of both catalogs."""
    if request.param == "embedded":
        return LakeOptions(folder=tmp_path / "data")
    server: Postgres = request.getfixturevalue("postgres")
    return LakeOptions(
        folder=tmp_path / "data", catalog=server.new_catalog(), storage=str(tmp_path / "shared"), threads=1
    )


@pytest.fixture
def lake(options: LakeOptions) -> Iterator[Lake]:
    lake = open_lake(options)
    yield lake
    lake.close()


@pytest.fixture
def new_writer(lake: Lake) -> Iterator[Callable[..., Writer]]:
    """Make started writers, which are stopped at the end."""
    writers: list[Writer] = []

    def make(*, writer_id: int = 1, lake: Lake = lake, **members: Any) -> Writer:
        writer = Writer(
            lake, WriterOptions(**{"interval": 0.02, "fsync": False, **members}), writer_id=writer_id, now=time.time
        )
        writers.append(writer)
        writer.start()
        return writer

    yield make
    for writer in writers:
        writer.stop()


class Press:
    """Makes good documents, each with ids of its own."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)

    def text(self, *, start: float = BASE, **members: Any) -> str:
        number = next(self._numbers)
        document = {
            "trace_id": f"1-{int(start):08x}-{number:024x}",
            "id": f"{number:016x}",
            "name": "shop",
            "start_time": start,
            "end_time": start + 0.01,
            **members,
        }
        return json.dumps(document)

    def read(self, text: str) -> Document:
        document = parse_document(text, Limits(max_age_days=36_500), BASE + 100 * 86_400.0)
        assert isinstance(document, Document), document
        return document

    def documents(self, count: int, **members: Any) -> list[Document]:
        return [self.read(self.text(**members)) for _ in range(count)]


@pytest.fixture
def press() -> Press:
    return Press()


class Contents:
    """What a lake holds, for comparison with what was sent."""

    def __init__(self, lake: Lake) -> None:
        self._lake = lake

    def texts(self) -> list[str]:
        with self._lake.reading() as connection:
            return sorted(row[0] for row in connection.execute("SELECT document FROM received").fetchall())

    def counts(self) -> tuple[int, int]:
        """Rows of `documents` and of `segments`."""
        with self._lake.reading() as connection:
            row = connection.execute(
                "SELECT (SELECT count(*) FROM documents), (SELECT count(*) FROM segments)"
            ).fetchone()
        assert row is not None
        return row[0], row[1]


@pytest.fixture
def contents(lake: Lake) -> Contents:
    return Contents(lake)
