"""Foreign software that the client tests run, installed where git does not look.

What comes from a registry is installed once, into `.cache/clients`, at the versions that this repository names.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.program import REPOSITORY
from tests.support.reading import CREDENTIALS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path
    from typing import Any

CACHE = REPOSITORY / ".cache" / "clients"
PROGRAMS = REPOSITORY / "tests" / "clients"

_INSTALL_SECONDS = 300


def environment(**more: str) -> dict[str, str]:
    """Return the environment of an AWS client that can reach nothing but what the test tells it of."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "LAMBDA_", "_X_AMZN_", "RADIOGRAPH_"))
        and not name.upper().endswith("_PROXY")
    }
    return inherited | CREDENTIALS | more


def run(words: list[str | Path], *, seconds: float, **more: str) -> str:
    """Run a program to its end in such an environment; return its standard output.

    Raises:
        AssertionError: it failed; shows what it wrote.
        subprocess.TimeoutExpired: it took too long.
    """
    done = subprocess.run(words, env=environment(**more), capture_output=True, timeout=seconds, check=False)
    output, errors = done.stdout.decode(), done.stderr.decode()
    assert done.returncode == 0, f"{words} exited with {done.returncode}:\n{output}\n{errors}"
    return output


def run_python_sdk(daemon: str, record: Path, *words: str, seconds: float = 60) -> str:
    """Run `programs/python_sdk.py` with a daemon's address; return its standard output."""
    return run(
        [sys.executable, PROGRAMS / "programs" / "python_sdk.py", record, *words],
        seconds=seconds,
        AWS_XRAY_DAEMON_ADDRESS=daemon,
    )


def run_node_sdk(daemon: str, record: Path, *words: str, seconds: float = 60) -> str:
    """Run `node/node_sdk.js` with a daemon's address; return its standard output."""
    modules = _node_modules()
    return run(
        [_tool("node", "nodejs"), PROGRAMS / "node" / "node_sdk.js", record, *words],
        seconds=seconds,
        AWS_XRAY_DAEMON_ADDRESS=daemon,
        NODE_PATH=str(modules),
    )


def run_aws_cli(url: str, *words: str) -> Any:
    """Run `aws xray ...` against the service at `url`; return its decoded answer."""
    output = run([_aws_cli(), "xray", *words, "--endpoint-url", url, "--output", "json"], seconds=60, AWS_PAGER="")
    return json.loads(output)


def official_daemon() -> Path:
    """Find AWS's own daemon, which no package registry has.

    The environment variable XRAY_DAEMON names the program; else it is the `xray` that AWS's packages for
    Linux install. Without it the test is skipped, and pytest's summary says so.
    """
    named = os.environ.get("XRAY_DAEMON") or shutil.which("xray")
    if not named:
        pytest.skip(
            "AWS's daemon is not installed here; install AWS's package of it, or let XRAY_DAEMON name the program"
        )
    path = REPOSITORY / named
    if not path.is_file():
        pytest.fail(f"XRAY_DAEMON={named}: there is no such file")
    return path


def _tool(name: str, package: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.fail(f"{name} is not installed; on Debian: apt-get install {package}")
    return found


def _node_modules() -> Path:
    folder, wanted = CACHE / "node", PROGRAMS / "node"

    def install() -> list[list[str | Path]]:
        npm = _tool("npm", "npm")
        for name in ("package.json", "package-lock.json"):
            shutil.copy(wanted / name, folder / name)
        return [[npm, "ci", "--prefix", folder, "--ignore-scripts", "--no-audit", "--no-fund"]]

    _install_once(folder, wanted / "package-lock.json", install)
    return folder / "node_modules"


def _aws_cli() -> Path:
    folder, wanted = CACHE / "awscli", PROGRAMS / "awscli.txt"

    def install() -> list[list[str | Path]]:
        pip: list[str | Path] = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        return [[sys.executable, "-m", "venv", "--clear", folder], [*pip, "--requirement", wanted]]

    _install_once(folder, wanted, install)
    return folder / "bin" / "aws"


def sampling_programs() -> dict[str, list[str | Path]]:
    """Return the command of each SDK's program in `tests/clients/sampling`, built; words are to be added.

    By the SDK: python, node, go, java, and otel, which is OpenTelemetry's sampler for Python and takes the address of
    the daemon's TCP door as its last word.
    """
    programs = PROGRAMS / "sampling"
    return {
        "python": [sys.executable, programs / "python_sdk.py"],
        "node": [_tool("node", "nodejs"), programs / "node" / "sampling.js"],
        "go": [_go_sampling()],
        "java": [_tool("java", "default-jdk-headless"), "-Xmx64m", "-cp", _java_sampling(), "Sampling"],
        "otel": [_otel_python(), programs / "otel_sampler.py"],
    }


def node_path() -> str:
    """Return where Node.js finds the SDK."""
    return str(_node_modules())


def _go_sampling() -> Path:
    folder, wanted = CACHE / "go", PROGRAMS / "sampling" / "go"

    def install() -> list[list[str | Path]]:
        for file in wanted.iterdir():
            shutil.copy(file, folder / file.name)
        return [[_tool("go", "golang"), "build", "-o", folder / "sampling", "."]]

    _install_once(folder, wanted / "main.go", install, inside=True)
    return folder / "sampling"


def _java_sampling() -> str:
    """Return the class path."""
    folder, wanted = CACHE / "java", PROGRAMS / "sampling" / "java"

    def install() -> list[list[str | Path]]:
        shutil.copy(wanted / "pom.xml", folder / "pom.xml")
        maven: list[str | Path] = [_tool("mvn", "maven"), "-q", "-B", "-f", folder / "pom.xml"]
        javac = _tool("javac", "default-jdk-headless")
        return [
            [*maven, "dependency:copy-dependencies", f"-DoutputDirectory={folder / 'lib'}"],
            [javac, "-cp", f"{folder}/lib/*", "-d", folder / "classes", wanted / "Sampling.java"],
        ]

    _install_once(folder, wanted / "Sampling.java", install)
    return f"{folder / 'classes'}{os.pathsep}{folder}/lib/*"


def _otel_python() -> Path:
    folder, wanted = CACHE / "otel", PROGRAMS / "sampling" / "otel.txt"

    def install() -> list[list[str | Path]]:
        pip: list[str | Path] = [folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check"]
        # Of AWS's distribution only the sampler is used; the instrumentations that it wants are left out.
        return [
            [sys.executable, "-m", "venv", "--clear", folder],
            [*pip, "--no-deps", "--requirement", wanted],
        ]

    _install_once(folder, wanted, install)
    return folder / "bin" / "python"


def _install_once(
    folder: Path, wanted: Path, install: Callable[[], list[list[str | Path]]], *, inside: bool = False
) -> None:
    """Install when what is wanted has changed; the stamp is written last, so half an install is repeated.

    Args:
        folder: where.
        wanted: the file that says what.
        install: gives the commands.
        inside: run them in the folder.
    """
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()
    stamp = folder.with_name(f"{folder.name}.installed")
    if stamp.is_file() and stamp.read_text() == digest:
        return
    folder.mkdir(parents=True, exist_ok=True)
    for words in install():
        _check(words, os.environ, folder if inside else None)
    stamp.write_text(digest)


def _check(words: list[str | Path], given: Mapping[str, str], folder: Path | None) -> None:
    # With the person's own environment: package clients are set up there.
    done = subprocess.run(words, env=given, cwd=folder, capture_output=True, timeout=_INSTALL_SECONDS, check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).decode(errors="replace")
        pytest.fail(f"{' '.join(map(str, words))} failed:\n{said}")
