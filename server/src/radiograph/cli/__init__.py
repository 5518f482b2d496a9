"""The command `radiograph`.

Floor 7. `main` looks at the first word: `daemon` goes to the relay with its words untouched, since the official
daemon's flags are not typer's; everything else is a typer command in a module of its own.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command line; the process's exit status says how it went."""
    words = sys.argv[1:]
    if words[:1] == ["daemon"]:
        from radiograph.cli.daemon import run  # noqa: PLC0415 -- only what is asked for is loaded

        sys.exit(run(words[1:]))
    from radiograph.cli.commands import run_command  # noqa: PLC0415 -- likewise

    sys.exit(run_command(words))
