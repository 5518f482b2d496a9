"""Keep policies in a file: as a person writes them, or as `radiograph sampling keep --json` prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

_FIGURES = {"kept", "dropped"}


def has_policies(found: Any) -> bool:
    """Return whether what a file says looks like keep policies, and not like sampling rules.

    Args:
        found: the file's JSON.
    """
    listed = found.get("policies") if isinstance(found, dict) else found
    if not isinstance(listed, list) or not listed or not isinstance(listed[0], dict):
        return False
    return "name" in listed[0]


def policies_in(found: Any, file: Path) -> list[dict[str, Any]]:
    """Return the policies of a file.

    Args:
        found: its JSON.
        file: where that stands.

    Raises:
        ConfigurationError: they are none.
    """
    policies = found.get("policies") if isinstance(found, dict) else found
    if not isinstance(policies, list) or not all(isinstance(each, dict) for each in policies):
        raise ConfigurationError(
            f'{file} has no policies; write a list such as [{{"name": "faults", "filter": "service() {{ fault }}"}}, '
            '{"name": "Rest", "share": 0.1}]'
        )
    return [{name: value for name, value in each.items() if name not in _FIGURES} for each in policies]
