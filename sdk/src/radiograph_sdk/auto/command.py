"""`radiograph-run`: run a Python application, traced, without a change of its code."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from radiograph_sdk import __version__
from radiograph_sdk.auto.start import REPLACE

if TYPE_CHECKING:
    from radiograph_sdk.auto.libraries import State

_EXAMPLES = """\
examples:
  radiograph-run app.py
  radiograph-run -m shop.web --port 8000
  radiograph-run --service shop gunicorn shop.web:app
  radiograph-run --replace-aws-xray-sdk uvicorn shop.web:app
  radiograph-run --explain

The daemon is looked for at AWS_XRAY_DAEMON_ADDRESS, 127.0.0.1:2000 by default.
"""
_MARKS = {"traced": "traced", "unsupported": "not traced", "not installed": "not traced", "disabled": "not traced"}


def main(given: list[str] | None = None) -> int:
    """Run an application in this process's place; where that cannot be, below it.

    Args:
        given: arguments; None for the process's.

    Returns:
        status for the shell, where the process is still this one.
    """
    parser = _parser()
    arguments = parser.parse_args(given)
    command: list[str] = ([arguments.module_flag] if arguments.module_flag else []) + arguments.command
    if not _extra_is_here():
        print(
            "radiograph-run: the instrumentations are not installed here; pip install 'radiograph-sdk[auto]'",
            file=sys.stderr,
        )
        return 1
    if arguments.explain:
        explain()
        if not command:
            return 0
    if not command:
        parser.print_usage(sys.stderr)
        print("radiograph-run: what shall be run? see radiograph-run --help", file=sys.stderr)
        return 2
    words = _words(command)
    if words is None:
        print(f"radiograph-run: there is no file or command {command[0]!r} here", file=sys.stderr)
        return 127
    environment = environment_for(command, service=arguments.service, replace=arguments.replace)
    sys.stdout.flush()
    if os.name != "nt":  # where a process cannot be replaced
        os.execve(words[0], words, environment)  # noqa: S606 -- what it is asked to run
    return subprocess.run(words, env=environment, check=False).returncode  # noqa: S603 -- likewise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="radiograph-run",
        description="Run a Python application, traced, without a change of its code.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--service", metavar="NAME", help="name of its segments; AWS_XRAY_TRACING_NAME comes first")
    parser.add_argument(
        "--explain", action="store_true", help="print which libraries are here, and which of them are traced"
    )
    parser.add_argument(
        "--replace-aws-xray-sdk",
        dest="replace",
        action="store_true",
        help="have its imports of aws_xray_sdk be ours; what is traced is what its code asks for then",
    )
    parser.add_argument("--version", action="version", version=f"radiograph-sdk {__version__}")
    parser.add_argument("-m", dest="module_flag", action="store_const", const="-m", help="run a module, as python -m")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND", help="a script, or a command, and more")
    return parser


def _extra_is_here() -> bool:
    try:
        import opentelemetry.instrumentation.dependencies  # noqa: F401, PLC0415 -- whether it can be
    except ImportError:
        return False
    return True


def explain() -> None:
    """Print which libraries are here, and which of them are traced."""
    from radiograph_sdk.auto.libraries import states  # noqa: PLC0415 -- of the extra `auto`

    found = list(states())
    here = [state for state in found if state.status != "absent"]
    width = max(len(_titled(state)) for state in here)
    for state in sorted(here, key=lambda each: each.status != "traced"):
        more = state.library.traces if state.status == "traced" else state.reason
        print(f"  {_titled(state):{width}}  {_MARKS[state.status]:10}  {more}")
    absent = [state.library.name for state in found if state.status == "absent"]
    if absent:
        print(f"  would be traced if it were here: {', '.join(absent)}")


def _titled(state: State) -> str:
    return f"{state.library.name} {state.version}".rstrip()


def _words(command: list[str]) -> list[str] | None:
    """Return what is run: Python with a script or module, or a command of this environment or of the path."""
    first = command[0]
    if first == "-m":
        return [sys.executable, *command]
    if Path(first).is_file() and (first.endswith((".py", ".pyz")) or not os.access(first, os.X_OK)):
        return [sys.executable, *command]
    folder = str(Path(sys.executable).parent)
    found = shutil.which(first, path=os.pathsep.join([folder, os.environ.get("PATH", os.defpath)]))
    return None if found is None else [found, *command[1:]]


def environment_for(command: list[str], *, service: str | None = None, replace: bool = False) -> dict[str, str]:
    """Return the environment of a traced process: what is set stays.

    Args:
        command: a script or command, and its arguments.
        service: name of its segments; None for one by the command, unless the environment names it.
        replace: whether imports of `aws_xray_sdk` are ours.
    """
    environment = dict(os.environ)
    site = str(Path(__file__).parent / "site")
    before = [path for path in environment.get("PYTHONPATH", "").split(os.pathsep) if path and path != site]
    environment["PYTHONPATH"] = os.pathsep.join([site, *before])
    environment.setdefault("OTEL_PROPAGATORS", "radiograph,baggage")
    if replace:
        environment[REPLACE] = "1"
    if service:
        environment.setdefault("AWS_XRAY_TRACING_NAME", service)
    elif not environment.get("AWS_XRAY_TRACING_NAME") and not environment.get("OTEL_SERVICE_NAME") and not replace:
        environment["OTEL_SERVICE_NAME"] = named_after(command)
    return environment


def named_after(command: list[str]) -> str:
    """Return a name for a service: of its script or module, or of the application that a server is given."""
    first, others = command[0], command[1:]
    if first == "-m":
        # The module, unless it is a server that runs another.
        name = others[0] if others else "application"
        first, others = name, others[1:]
    flags = dict(itertools.pairwise(others))
    for flag in ("-A", "--app"):
        if flag in flags:
            return flags[flag].partition(":")[0]
    for word in others:
        if ":" in word and not word.startswith("-") and "/" not in word and not word[:1].isdigit():
            module, _, attribute = word.partition(":")
            # A module and what is in it, rather than a host and a port.
            if module.replace(".", "").replace("_", "").isalnum() and attribute.removesuffix("()").isidentifier():
                return module
        if word.startswith("--app="):
            return word.removeprefix("--app=").partition(":")[0]
    if Path(first).stem.startswith("python") and others and not others[0].startswith("-"):
        first = others[0]
    return Path(first).stem


if __name__ == "__main__":
    sys.exit(main())
