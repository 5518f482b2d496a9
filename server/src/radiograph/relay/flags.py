"""Command-line flags as Go's flag package reads them, which is what the official daemon's users write.

One dash or two, `-name value` or `-name=value`; a switch takes a value only behind `=`; `--` ends the flags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_FALSE = frozenset({"0", "f", "F", "false", "FALSE", "False"})


class Flag(msgspec.Struct, frozen=True):
    """One flag.

    Args:
        long: Its long name.
        short: Its letter; empty when it has none.
        placeholder: What its value is called in the usage; empty for a switch.
        meaning: One sentence for the usage.
    """

    long: str
    short: str
    placeholder: str
    meaning: str

    @property
    def is_switch(self) -> bool:
        """Whether it stands for true without a value."""
        return not self.placeholder


def parse_flags(argv: Sequence[str], flags: Sequence[Flag]) -> dict[str, str]:
    """Read the command line.

    Args:
        argv: The arguments behind the command's name.
        flags: The flags there are.

    Returns:
        Values by long name; a switch is "true" or "false". The last one wins.

    Raises:
        ConfigurationError: An unknown flag, a missing or wrong value, or an argument that is no flag.
    """
    known = {name: flag for flag in flags for name in (flag.long, flag.short) if name}
    values: dict[str, str] = {}
    rest = list(argv)
    while rest:
        argument = rest.pop(0)
        if argument == "--" and not rest:
            break
        name, has_value, value = argument.removeprefix("-").removeprefix("-").partition("=")
        if not argument.startswith("-") or not name or name.startswith("-"):
            raise ConfigurationError(f"unexpected argument: {argument!r}; values follow their flag, as in -b HOST:PORT")
        flag = known.get(name)
        if flag is None:
            raise ConfigurationError(f"flag provided but not defined: -{name}; see --help")
        if flag.is_switch:
            if has_value and value not in _TRUE | _FALSE:
                raise ConfigurationError(f"invalid boolean value {value!r} for -{name}: write true or false")
            values[flag.long] = "false" if has_value and value in _FALSE else "true"
            continue
        if not has_value:
            if not rest:
                raise ConfigurationError(f"flag needs an argument: -{name} {flag.placeholder}")
            value = rest.pop(0)
        values[flag.long] = value
    return values


def usage(title: str, flags: Sequence[Flag]) -> str:
    """Write the usage text."""
    lines = [title]
    for flag in flags:
        short = f"-{flag.short}, " if flag.short else "    "
        name = f"{short}--{flag.long} {flag.placeholder}".rstrip()
        lines.append(f"  {name:<28}  {flag.meaning}")
    return "\n".join(lines)
