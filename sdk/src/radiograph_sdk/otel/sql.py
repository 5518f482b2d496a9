"""Statements without the values that are in them."""

from __future__ import annotations

import re
from functools import lru_cache

_LITERALS = re.compile(
    r"""
      (?P<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]\s]*\])      # a quoted name stays
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|\Z))                    # may hold anything
    | (?P<text>[eExXbBnN]?'(?:[^'\\]|''|\\.)*(?:'|\Z))          # also one that is cut off
    | (?P<dollar>\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))        # PostgreSQL's
    | (?<![\w$:@%?.])(?P<number>[-+]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?))(?![\w$])
    """,
    re.VERBOSE | re.DOTALL,
)
_LONGEST = 4_096
_SPACES = re.compile(r"\s+")
_LISTS = re.compile(r"\(\s*\?(?:\s*,\s*\?)+\s*\)")


@lru_cache(2_000)
def sanitized(statement: str, *, quoted_texts: bool = False) -> str:
    """Return a statement with `?` for each text and number in it, on one line, and not too long.

    Placeholders, names and keywords stay. So statements that differ in their values only are told alike.

    Args:
        statement: SQL.
        quoted_texts: whether `"` is around texts, as in MySQL, rather than around names.
    """

    def replaced(match: re.Match[str]) -> str:
        name = match["name"]
        if name is not None:
            return "?" if quoted_texts and name[0] == '"' else name
        return " " if match["comment"] is not None else "?"

    plain = _LITERALS.sub(replaced, statement[: 4 * _LONGEST])
    # A list of a hundred values is one of one.
    return _LISTS.sub("(?)", _SPACES.sub(" ", plain)).strip()[:_LONGEST]
