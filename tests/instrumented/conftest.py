"""Applications of others' libraries, run by `radiograph-run` as they are, and a Radiograph that draws their map."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.program import BIN, Program
from tests.support.radiograph_process import RadiographProcess
from tests.support.reading import CREDENTIALS, documents, graph_counts, service_graph, summaries, traces, xray_client
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PROGRAMS = Path(__file__).parent / "programs"
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class House:
    """A Radiograph, and what runs traced by it."""

    def __init__(self, radiograph: RadiographProcess, folder: Path) -> None:
        self.radiograph = radiograph
        self.folder = folder
        self.client = xray_client(radiograph.url)

    def environment(self, **more: str) -> dict[str, str]:
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("AWS_", "OTEL_", "RADIOGRAPH_")) and not name.lower().endswith("_proxy")
        }
        return {
            **inherited,
            **CREDENTIALS,
            "AWS_XRAY_DAEMON_ADDRESS": self.radiograph.daemon,
            "OTEL_TRACES_SAMPLER": "always_on",
            "PYTHONPATH": str(PROGRAMS),
            **more,
        }

    def run(self, *words: str | Path, **environment: str) -> str:
        """Run a program traced, to its end; return what it prints."""
        done = subprocess.run(
            [BIN / "radiograph-run", *words],
            env=self.environment(**environment),
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    @contextlib.contextmanager
    def running(self, *words: str | Path, **environment: str) -> Iterator[Program]:
        """Have a program run traced."""
        log = self.folder / f"{words[0]}.log".replace(os.sep, "_")
        with Program(
            [BIN / "radiograph-run", *words], log=log, environment=self.environment(**environment), folder=self.folder
        ) as program:
            yield program
            end(program)

    def get(self, url: str, headers: dict[str, str] | None = None) -> str:
        """Ask as a browser does: untraced."""
        with _OPENER.open(urllib.request.Request(url, headers=headers or {}), timeout=20) as answer:
            text: str = answer.read().decode()
            return text

    def edges(self) -> dict[tuple[str, str], int]:
        """How often who called whom, by name; clients are called `client`."""
        found: dict[tuple[str, str], int] = {}
        for edge in graph_counts(service_graph(self.client))["edges"]:
            source, target = (
                "client" if edge[end]["type"] == "client" else edge[end]["name"] for end in ("source", "target")
            )
            found[source, target] = found.get((source, target), 0) + edge["total"]
        return found

    def types(self) -> dict[str, str]:
        """The types of the nodes, by name."""
        return {node["name"]: node["type"] for node in graph_counts(service_graph(self.client))["nodes"]}

    def expect_edges(self, expected: dict[tuple[str, str], int], *, of: Sequence[str]) -> None:
        """Wait until the map has exactly these edges from some services, and those of clients to them."""
        seen: dict[tuple[str, str], int] = {}

        def look() -> bool:
            seen.clear()
            seen.update(
                {
                    (source, target): count
                    for (source, target), count in self.edges().items()
                    if source in of or (source == "client" and target in of)
                }
            )
            return seen == expected

        try:
            wait_until(look, seconds=15, what="the map")
        except TimeoutError:
            assert seen == expected

    def parts(self, service: str) -> list[dict[str, Any]]:
        """The segments of a service as they were sent, in the order of their starts."""
        ids = [summary["Id"] for summary in summaries(self.client, FilterExpression=f'service("{service}")')]
        found = [
            document
            for trace in traces(self.client, ids).values()
            for document in documents(trace)
            if document["name"] == service and not document.get("inferred")
        ]
        return sorted(found, key=lambda document: document["start_time"])


def end(program: Program) -> None:
    """End a program that is not ours: by SIGTERM, as Ctrl-C may be ignored in the background; it exits as it likes."""
    if program.running:
        os.kill(program.pid, signal.SIGTERM)
        wait_until(lambda: not program.running, seconds=30, what="the program's end")


def told(document: dict[str, Any]) -> list[Any]:
    """The names of a document and of what is below it, as lists in lists."""
    below = sorted(document.get("subsegments", ()), key=lambda each: each["start_time"])
    return [document["name"], *(told(child) for child in below)]


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def listening(port: int) -> bool:
    with socket.socket() as door:
        return door.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    with RadiographProcess(folder / "data") as radiograph:
        yield House(radiograph, folder)
