"""The parameters of a request, read strictly: whoever misspells one hears of it."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from radiograph.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII).fullmatch
_WHOLE = re.compile(r"\d{1,15}", re.ASCII).fullmatch
_SHOWN = 60


class Parameters:
    """What a request asks for. An empty parameter counts as one that is not there.

    Args:
        given: names and values of the query string.
        known: the names that the route has.

    Raises:
        InvalidRequest: one is unknown or there twice, or has a character that no name can have.
    """

    def __init__(self, given: Iterable[tuple[str, str]], known: Sequence[str]) -> None:
        self._values: dict[str, str] = {}
        for name, value in given:
            if name not in known:
                takes = f"it takes {', '.join(known)}" if known else "it takes none"
                raise InvalidRequest(f"there is no parameter {_quoted(name)} here; {takes}")
            if name in self._values:
                raise InvalidRequest(f"{name} is given twice; give it once")
            if "\0" in value:
                # DuckLake writes what a column is compared with into a statement of its own, which this would end.
                raise InvalidRequest(f"{name} has the character U+0000, which no name has; leave it out")
            self._values[name] = value

    def text(self, name: str) -> str:
        """Return a text, "" when it is not given."""
        return self._values.get(name, "")

    def needed(self, name: str, example: str) -> str:
        """Return a text.

        Args:
            name: of the parameter.
            example: of a value, for the message.

        Raises:
            InvalidRequest: it is not given.
        """
        value = self.text(name)
        if not value:
            raise InvalidRequest(f"{name} is missing; give it, such as {name}={example}")
        return value

    def number(
        self, name: str, *, least: float = -math.inf, most: float = math.inf, default: float | None = None, example: str
    ) -> float:
        """Return a number.

        Raises:
            InvalidRequest: it is missing and there is no default, or it is no number or out of its bounds.
        """
        if default is not None and not self.text(name):
            return default
        value = self.needed(name, example)
        number = float(value) if _NUMBER(value) else math.nan
        if not (math.isfinite(number) and least <= number <= most):
            raise InvalidRequest(f"{name}={_quoted(value)} must be a number{_bounds(least, most)}, such as {example}")
        return number

    def whole(self, name: str, *, least: int, most: int, default: int) -> int:
        """Return a whole number.

        Raises:
            InvalidRequest: it is none, or out of its bounds.
        """
        value = self.text(name)
        if not value:
            return default
        if not _WHOLE(value) or not least <= int(value) <= most:
            raise InvalidRequest(f"{name}={_quoted(value)} must be a whole number{_bounds(least, most)}")
        return int(value)

    def choice(self, name: str, choices: Sequence[str], *, default: str) -> str:
        """Return one of several words.

        Raises:
            InvalidRequest: it is none of them.
        """
        value = self.text(name) or default
        if value not in choices:
            raise InvalidRequest(f"{name}={_quoted(value)} must be one of {', '.join(choices)}")
        return value


def _bounds(least: float, most: float) -> str:
    if math.isinf(least) and math.isinf(most):
        return ""
    if math.isinf(most):
        return f" of at least {least:g}"
    return f" from {least:g} to {most:g}"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…")
