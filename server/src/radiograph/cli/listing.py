"""`radiograph settings`: the table of settings as a person reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from radiograph.settings import SETTINGS

if TYPE_CHECKING:
    from radiograph.settings import Settings


def shown(value: object) -> str:
    """Return a value as it is written in a setting."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return '""' if value == "" else str(value)


def show_settings(settings: Settings) -> None:
    """Print name, value, default and meaning of each setting."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for heading in ("setting", "value", "default", "meaning"):
        table.add_column(heading, overflow="fold")
    for setting in SETTINGS:
        value = shown(settings.values[setting.name])
        default = shown(setting.default)
        table.add_row(setting.name, value if value == default else f"[bold]{value}[/bold]", default, setting.help)
    console = Console()
    console.print(table)
    console.print(
        "\nSet one with --set NAME=VALUE, the environment variable RADIOGRAPH_NAME, or a line NAME = VALUE in "
        "radiograph.toml in the data folder."
    )
