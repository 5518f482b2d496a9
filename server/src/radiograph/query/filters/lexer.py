"""From text to tokens.

A token takes as much text as it can, so that of two words the longer wins. A few read differently in their
place: a word after an operator may be a bare string such as `AWS::DynamoDB`, and `annotation[…]` is one token
with its key.
"""

import re
from typing import Literal

import msgspec

TokenKind = Literal["word", "string", "number", "symbol", "annotation", "metadata", "json", "mistake", "end"]

WORD_OPERATORS = frozenset(("contains", "beginswith", "endswith", "matches", "in"))
SYMBOL_OPERATORS = frozenset(("=", "!=", "<", "<=", ">", ">="))


class Token(msgspec.Struct, frozen=True):
    """A piece of the text.

    Args:
        kind: a "mistake" is no piece of any expression, and the last token.
        text: as written; "" at the end.
        position: 0-based offset in characters.
        value: of a string what it says, of a number its value, of an annotation its key, of metadata its
            path, of JSON its text, of a mistake what to write instead ("" when that is not known).
    """

    kind: TokenKind
    text: str
    position: int
    value: str | float | tuple[str, ...] = ""

    @property
    def shown(self) -> str:
        """How a message names it."""
        if self.kind == "end":
            return "the end"
        return self.text if len(self.text) <= _LONGEST_SHOWN else f"{self.text[:_LONGEST_SHOWN]}…"


_LONGEST_SHOWN = 40

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*")
_BARE_STRING = re.compile(r"[A-Za-z_][A-Za-z0-9_.:/-]*")
_STRING = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_ESCAPED = re.compile(r'\\(["\\])')
_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_AFTER_NO_NUMBER = re.compile(r"[A-Za-z0-9_.:/-]+")
_SYMBOL = re.compile(r"==|<>|!=|<=|>=|&&?|\|\|?|[(){},:!=<>]")
_REFERENCE = re.compile(r"(annotation|metadata)(?![A-Za-z0-9_])", re.IGNORECASE)
_PART = re.compile(
    r"""\.(?P<dotted>[A-Za-z0-9_:]+)
      |[ \t\r\n]*\[[ \t\r\n]*(?:"(?P<quoted>(?:[^"\\]|\\.)+)"|(?P<bare>[^\]\s"]+))[ \t\r\n]*\]""",
    re.VERBOSE | re.DOTALL,
)
_IN_JSON = re.compile(r'"(?:[^"\\]|\\.)*"|[^"\[\]{}]+|[\[\]{}]', re.DOTALL)

_MISTAKES = {
    "==": "=",
    "<>": "!=",
    "&": "AND",
    "&&": "AND",
    "|": "OR",
    "||": "OR",
    "'": "a string in double quotes",
    "\u201c": "a string in straight double quotes",
    "\u201d": "a string in straight double quotes",
}


def tokens(text: str) -> list[Token]:
    """Cut an expression into tokens. Never raises; whatever cannot be cut is a mistake, and ends the list."""
    found: list[Token] = []
    position = 0
    while True:
        space = _SPACE.match(text, position)
        position = position if space is None else space.end()
        if position == len(text):
            return [*found, Token("end", "", position)]
        token = _token(text, position, after=found[-1] if found else None)
        found.append(token)
        if token.kind == "mistake":
            return found
        position += len(token.text)


def _token(text: str, position: int, after: Token | None) -> Token:
    first = text[position]
    if first == '"':
        return _string(text, position)
    if first == "#":
        return _json(text, position)
    if after is not None and _takes_a_value(after):
        bare = _BARE_STRING.match(text, position)
        if bare is not None:
            return Token("word", bare[0], position)
    if _REFERENCE.match(text, position):
        return _reference(text, position)
    return _plain(text, position)


def _plain(text: str, position: int) -> Token:
    """A token that reads the same in every place."""
    word = _WORD.match(text, position)
    if word is not None:
        return Token("word", word[0], position)
    if _NUMBER.match(text, position):
        return _number(text, position)
    symbol = _SYMBOL.match(text, position)
    if symbol is not None and symbol[0] not in _MISTAKES:
        return Token("symbol", symbol[0], position)
    wrong = text[position] if symbol is None else symbol[0]
    return Token("mistake", wrong, position, _MISTAKES.get(wrong, ""))


def _takes_a_value(token: Token) -> bool:
    if token.kind == "word":
        return token.text.lower() in WORD_OPERATORS
    return token.kind == "symbol" and token.text in SYMBOL_OPERATORS


def _string(text: str, position: int) -> Token:
    string = _STRING.match(text, position)
    if string is None:
        return Token("mistake", text[position:], position, "a closing double quote")
    return Token("string", string[0], position, _unescaped(string[1]))


def _unescaped(inside: str) -> str:
    return _ESCAPED.sub(r"\1", inside)


def _number(text: str, position: int) -> Token:
    number = _NUMBER.match(text, position)
    assert number is not None
    rest = _AFTER_NO_NUMBER.match(text, number.end())
    if rest is not None:
        return Token(
            "mistake",
            text[position : rest.end()],
            position,
            "a number without a unit (times are in seconds) or a string in double quotes",
        )
    value = float(number[0])
    if value in (float("inf"), float("-inf")):
        return Token("mistake", number[0], position, "a number that a double can hold")
    return Token("number", number[0], position, value + 0.0)  # never -0


def _reference(text: str, position: int) -> Token:
    """An annotation or metadata with its key: `.a.b` is one key of an annotation, and two of metadata."""
    head = _REFERENCE.match(text, position)
    assert head is not None
    kind: Literal["annotation", "metadata"] = "annotation" if head[1].lower() == "annotation" else "metadata"
    parts: list[str] = []
    dotted = False
    end = head.end()
    while (part := _PART.match(text, end)) is not None:
        if kind == "annotation" and parts and not (dotted and part["dotted"]):
            break
        dotted = part["dotted"] is not None
        parts.append(part["dotted"] or part["bare"] or _unescaped(part["quoted"]))
        end = part.end()
    if not parts or text.startswith((".", "["), end):
        return Token("mistake", text[position : end + 1], position, f"a key, as in {kind}.key or {kind}[key]")
    value = ".".join(parts) if kind == "annotation" else tuple(parts)
    return Token(kind, text[position:end], position, value)


def _json(text: str, position: int) -> Token:
    if not text.startswith(("[", "{"), position + 1):
        return Token("mistake", text[position : position + 2], position, "a JSON list or object right after #")
    depth = 0
    end = position + 1
    while (piece := _IN_JSON.match(text, end)) is not None:
        end = piece.end()
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(piece[0], 0)
        if depth == 0:
            return Token("json", text[position:end], position, text[position + 1 : end])
    return Token("mistake", text[position:], position, "JSON with all its brackets and quotes closed")
