"""`radiograph sampling keep`: which traces are kept once they have settled."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from radiograph.cli.policy_file import policies_in
from radiograph.cli.rule_file import read_json
from radiograph.cli.sampling import ask, percent, plain

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_PATH = "/api/v1/sampling/keep"


def show_policies(url: str, *, as_json: bool) -> int:
    """Print the policies in the order in which they are tried, and what they decided."""
    answer = ask(url, _PATH)
    if as_json:
        print(json.dumps(answer, indent=2))
        return 0
    console = Console()
    table = Table(box=None, pad_edge=False)
    for name, justify in (
        ("policy", "left"),
        ("traces", "left"),
        ("keeps", "right"),
        ("kept", "right"),
        ("dropped", "right"),
    ):
        table.add_column(name, justify=justify)  # type: ignore[arg-type]
    for policy in answer["policies"]:
        table.add_row(
            plain(policy["name"]),
            plain(policy["filter"] or "all others"),
            percent(policy["share"]),
            f"{policy['kept']:,}",
            f"{policy['dropped']:,}",
        )
    console.print(table)
    if all(policy["share"] >= 1 for policy in answer["policies"]):
        console.print("\nEvery trace is kept. `radiograph sampling keep POLICIES.json` changes that.", markup=False)
    else:
        console.print(
            f"\nDecided {answer['after']:g} s after the last document of a trace; kept and dropped since the start. "
            "The service map counts every trace that came.",
            markup=False,
        )
    if answer["problem"]:
        console.print(f"Problem: {answer['problem']}", markup=False)
    return 0


def apply_policies(url: str, file: Path, *, yes: bool, ask_person: Callable[[str], bool]) -> int:
    """Make the policies of a running Radiograph those of a file, after saying what that means.

    Args:
        url: of the running Radiograph.
        file: with the policies.
        yes: whether to do it without asking.
        ask_person: shows a question and returns whether it was answered with yes.

    Returns:
        The exit code: 0 when the policies are those of the file.

    Raises:
        ConfigurationError: they cannot be read, or are refused.
    """
    policies = policies_in(read_json(file), file)
    if not yes:
        for policy in policies:
            share = policy.get("share", 1.0)
            kept = percent(share) if isinstance(share, int | float) else share
            print(f"{policy.get('name')}: {policy.get('filter') or 'all others'}: keeps {kept}")
        print(f"What they would have kept: radiograph sampling try {file}")
        if not ask_person("Delete for good what these do not keep, of all traces that come from now on?"):
            print("Nothing was changed.")
            return 1
    answer = ask(url, _PATH, {"policies": policies}, method="PUT")
    rest = answer["policies"][-1]
    print(f"The policies are in force; of the traces that no other matches, {percent(rest['share'])} are kept.")
    return 0
