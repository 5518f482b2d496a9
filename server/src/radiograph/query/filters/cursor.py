"""A place in a list of tokens."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Never

from radiograph.query.filters.invalid import InvalidFilter
from radiograph.query.filters.lexer import Token
from radiograph.query.filters.operators import LITERALS


class Cursor:
    """Stands at a token, takes what fits, and says what would have.

    Args:
        found: what `tokens` returned.
        most_levels: how deep parentheses, braces and negations may be nested.

    Attributes:
        token: the one at hand.
    """

    def __init__(self, found: list[Token], *, most_levels: int) -> None:
        self._rest = iter(found)
        self.token = next(self._rest)
        self._most_levels = most_levels
        self._levels = 0

    def advance(self) -> Token:
        """Go on to the next token; return the one left behind."""
        token = self.token
        self.token = next(self._rest, token)  # the last one stays
        return token

    def takes_word(self, word: str) -> bool:
        """Go on if this word, given in lower case, is at hand; return whether it was."""
        if self.token.kind != "word" or self.token.text.lower() != word:
            return False
        self.advance()
        return True

    def takes_symbol(self, symbol: str) -> bool:
        """Go on if this symbol is at hand; return whether it was."""
        if self.token.kind != "symbol" or self.token.text != symbol:
            return False
        self.advance()
        return True

    def symbol(self, symbol: str, expected: str) -> Token:
        """Go on behind a symbol that must stand here; return its token.

        Raises:
            InvalidFilter: another token is at hand.
        """
        token = self.token
        if not self.takes_symbol(symbol):
            self.fail(expected)
        return token

    def string(self) -> str:
        """Go on behind a string that must stand here; return what it says.

        Raises:
            InvalidFilter: another token is at hand.
        """
        if self.token.kind != "string":
            self.fail(LITERALS["string"])
        return str(self.advance().value)

    @contextmanager
    def level(self, token: Token) -> Iterator[None]:
        """Enter a level of nesting that the token opened.

        Raises:
            InvalidFilter: it is one too many.
        """
        self._levels += 1
        if self._levels > self._most_levels:
            raise InvalidFilter(f"at most {self._most_levels} levels of nesting", token.shown, token.position)
        yield
        self._levels -= 1

    def fail(self, expected: str, found: str | None = None) -> Never:
        """Refuse the token at hand.

        Args:
            expected: what could stand here.
            found: what to say of the token; default: its text.

        Raises:
            InvalidFilter: always.
        """
        token = self.token
        if token.kind == "mistake" and token.value:
            expected = str(token.value)
        raise InvalidFilter(expected, found or token.shown, token.position)


def one_of(options: Iterable[str]) -> str:
    """Return `a, b or c`."""
    *rest, last = options
    return f"{', '.join(rest)} or {last}" if rest else last
