"""From text to tree, by recursive descent; whatever the tree says has been checked.

    expression  = conjunction , { "OR" , conjunction }
    conjunction = unary , { [ "AND" ] , unary }
    unary       = ( "!" | "NOT" ) , unary | "(" , expression , ")" | term
    term        = keyword , [ operator , literal ] | one of the terms with a form of its own

Source: filter expressions in X-Ray's guide, which gives examples and no grammar.
"""

from difflib import get_close_matches
from typing import Literal, cast

import msgspec

from radiograph.query.filters.cursor import Cursor, one_of
from radiograph.query.filters.invalid import InvalidFilter
from radiograph.query.filters.keywords import KEYWORDS, PLACES, Keyword, Kind, Scope, homes, in_scope
from radiograph.query.filters.lexer import SYMBOL_OPERATORS, WORD_OPERATORS, Token, tokens
from radiograph.query.filters.operators import EXTENSIONS, LITERALS, LiteralKind, literals, operators
from radiograph.query.filters.pattern import decode_pattern
from radiograph.query.filters.regex import regular_expression
from radiograph.query.filters.syntax import (
    Annotation,
    CauseElement,
    CauseKind,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    GroupTerm,
    Leaf,
    Metadata,
    Not,
    Operator,
    RootCauseJson,
    RootCauseTerm,
    ServiceTerm,
    Value,
    both,
    either,
)

MOST_CHARACTERS = 2_000
MOST_CHARACTERS_OF_A_SELECTOR = 500
MOST_LEVELS = 32
"""Parentheses, braces and negations around a term."""
MOST_TERMS = 100

_RESERVED = frozenset(("and", "or", "not")) | WORD_OPERATORS
_ENTITY_PARTS = {"name": "name", "type": "type", "account.id": "account"}
_EXTENSION = "an extension of Radiograph, which --strict-aws refuses"
_SYNTAX_OF_AN_ENTITY = '"name", or id(name: "…", type: "…", account.id: "…")'


def parse(text: str, *, extensions: bool = True) -> Expression | None:
    """Read a filter expression.

    Args:
        text: the expression; when blank there is no filter.
        extensions: accept what AWS does not: `metadata`, `MATCHES`, `IN`, annotations inside `service() { }`,
            and quoted annotation keys.

    Raises:
        InvalidFilter: it is no expression of the language, or too large.
    """
    found = _tokens(text, MOST_CHARACTERS)
    if found[0].kind == "end":
        return None
    parser = _Parser(found, extensions=extensions)
    expression = parser.expression("trace")
    parser.end("AND, OR or the end")
    return expression


def parse_entity_selector(text: str) -> ServiceTerm | EdgeTerm:
    """Read the entity selector of GetTimeSeriesServiceStatistics: one service or edge, without a block.

    Args:
        text: `service(…)`, `edge(…, …)`, or `id(…)`, which stands for that service.

    Raises:
        InvalidFilter: it is something else.
    """
    parser = _Parser(_tokens(text, MOST_CHARACTERS_OF_A_SELECTOR), extensions=False)
    selector = parser.selector()
    parser.end("the end (an entity selector is one service or edge, without conditions)")
    return selector


def _tokens(text: str, most_characters: int) -> list[Token]:
    if len(text) > most_characters:
        raise InvalidFilter(f"at most {most_characters:,} characters", f"{len(text):,}", most_characters)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise InvalidFilter("Unicode text", "half of a surrogate pair", error.start) from None
    return tokens(text)


class _Parser(Cursor):
    """Each method reads one rule of the grammar, and goes on behind it."""

    def __init__(self, found: list[Token], *, extensions: bool) -> None:
        super().__init__(found, most_levels=MOST_LEVELS)
        self._extensions = extensions
        self._terms = 0

    # --- the skeleton

    def expression(self, scope: Scope) -> Expression:
        operands = [self._conjunction(scope)]
        while self.takes_word("or"):
            operands.append(self._conjunction(scope))
        return either(operands)

    def _conjunction(self, scope: Scope) -> Expression:
        operands = [self._unary(scope)]
        while self.takes_word("and") or self._begins_an_operand():
            operands.append(self._unary(scope))
        return both(operands)

    def _begins_an_operand(self) -> bool:
        token = self.token
        if token.kind == "word":
            return token.text.lower() not in _RESERVED or token.text.lower() == "not"
        return token.kind in ("annotation", "metadata") or (token.kind == "symbol" and token.text in ("(", "!"))

    def _unary(self, scope: Scope) -> Expression:
        token = self.token
        if self.takes_symbol("!") or self.takes_word("not"):
            with self.level(token):
                return Not(self._unary(scope))
        if self.takes_symbol("("):
            with self.level(token):
                expression = self.expression(scope)
            self.symbol(")", "AND, OR or )")
            return expression
        return self._term(scope)

    def _block(self, scope: Scope) -> Expression:
        token = self.symbol("{", f"{{ and a condition such as {PLACES[scope].example}")
        with self.level(token):
            expression = self.expression(scope)
        self.symbol("}", "AND, OR or }")
        return expression

    def end(self, expected: str) -> None:
        if self.token.kind != "end":
            self.fail(expected)

    # --- terms

    def _term(self, scope: Scope) -> Leaf:
        token = self.token
        keyword = self._keyword(scope)
        self._terms += 1
        if self._terms > MOST_TERMS:
            self.fail(f"at most {MOST_TERMS} terms")
        self.advance()
        name, position = keyword.name, token.position
        if token.kind == "annotation":
            return Annotation(str(token.value), *self._comparison("any", token.text), position=position)
        if token.kind == "metadata":
            path = cast("tuple[str, ...]", token.value)
            return Metadata(path, *self._comparison("any", token.text), position=position)
        if keyword.kind != "term":
            return Comparison(name, *self._comparison(keyword.kind, name), position=position)
        return self._special(name, position)

    def _special(self, name: str, position: int) -> Leaf:
        """A term with a form of its own."""
        if name == "service":
            return self._with_block(self._service(position), "service")
        if name == "edge":
            return self._with_block(self._edge(position), "edge")
        if name.startswith("group."):
            return self._group(name, position)
        return self._root_cause(name, position)

    def _keyword(self, scope: Scope) -> Keyword:
        """The table's entry for the word at hand, if it may stand here."""
        token = self.token
        place = PLACES[scope]
        if token.kind not in ("word", "annotation", "metadata") or token.text.lower() in _RESERVED:
            self.fail(f"a term such as {place.example}")
        name = token.text.lower() if token.kind == "word" else token.kind
        keyword = KEYWORDS.get(name)
        if keyword is None:
            self.fail(f"a term such as {place.example}", self._unknown(name, scope))
        if scope not in keyword.scopes:
            self.fail(f"a term that may stand {place.name} ({name} stands only {homes(keyword)})")
        if not self._extensions:
            if scope in keyword.extension_in:
                self.fail(f"a term of AWS X-Ray ({name} {place.name} is {_EXTENSION})")
            if token.kind == "annotation" and '"' in token.text:
                self.fail(f"annotation.key or annotation[key] (a key in quotes is {_EXTENSION})")
        return keyword

    def _unknown(self, name: str, scope: Scope) -> str:
        if name == "id":
            return "id, which stands only inside service( ) and edge( )"
        known = [keyword.name for keyword in in_scope(scope, extensions=self._extensions)]
        close = get_close_matches(name, known, n=1) or get_close_matches(name, KEYWORDS, n=1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"unknown keyword {self.token.shown}{hint}"

    def _comparison(self, kind: Kind, subject: str) -> tuple[Operator | None, Value | None]:
        """What follows a word: nothing, or an operator and its literal."""
        operator = self._operator(kind, subject)
        if operator is None:
            return None, None
        wanted = literals(kind, operator)
        if operator == "IN":
            return operator, self._list(wanted)
        token = self.token
        value = self._literal(wanted)
        if operator == "MATCHES":
            try:
                regular_expression(str(value))
            except ValueError as error:
                raise InvalidFilter(
                    f"a regular expression that RE2 accepts ({error})", token.shown, token.position
                ) from None
        return operator, value

    def _operator(self, kind: Kind, subject: str) -> Operator | None:
        token = self.token
        operator = cast("Operator", token.text.upper())
        is_operator = (token.kind == "symbol" and token.text in SYMBOL_OPERATORS) or (
            token.kind == "word" and token.text.lower() in WORD_OPERATORS
        )
        allowed = operators(kind, extensions=self._extensions)
        if not is_operator:
            # A sign of another language, such as ==, or the AND that should have been.
            if token.kind == "mistake" and token.value in allowed:
                self.fail(one_of(allowed))
            return None
        if operator not in allowed:
            hint = f" ({operator} is {_EXTENSION})" if operator in EXTENSIONS and not self._extensions else ""
            self.fail(f"{one_of(allowed)} after {subject}{hint}")
        self.advance()
        return operator

    def _literal(self, wanted: tuple[LiteralKind, ...]) -> bool | float | str:
        """A literal of one of the kinds; a bare word is a string."""
        token = self.token
        kind: LiteralKind
        value: bool | float | str
        word = token.text.lower()
        if token.kind == "string":
            kind, value = "string", str(token.value)
        elif token.kind == "number":
            kind, value = "number", cast("float", token.value)
        elif token.kind == "word" and word in ("true", "false"):
            kind, value = "boolean", word == "true"
        elif token.kind == "word" and word not in _RESERVED:
            kind, value = "string", token.text
        else:
            self.fail(one_of(LITERALS[each] for each in wanted))
        if kind not in wanted:
            self.fail(one_of(LITERALS[each] for each in wanted))
        self.advance()
        return value

    def _list(self, wanted: tuple[LiteralKind, ...]) -> tuple[float | str, ...]:
        """`("a", "b")` or `(1, 2)`."""
        self.symbol("(", "a list in parentheses")
        values: list[float | str] = [self._literal(wanted)]
        while self.takes_symbol(","):
            values.append(self._literal(("string",) if isinstance(values[0], str) else ("number",)))
        self.symbol(")", ", or )")
        return tuple(values)

    # --- terms with a form of their own

    def _with_block(self, term: ServiceTerm | EdgeTerm, scope: Scope) -> ServiceTerm | EdgeTerm:
        if self.token.kind != "symbol" or self.token.text != "{":
            return term
        return msgspec.structs.replace(term, block=self._block(scope))

    def _service(self, position: int) -> ServiceTerm:
        self.symbol("(", "( after service")
        entity = self._entity()
        self.symbol(")", ")" if entity else f"{_SYNTAX_OF_AN_ENTITY}, or )")
        return ServiceTerm(entity, position=position)

    def _edge(self, position: int) -> EdgeTerm:
        self.symbol("(", "( after edge")
        source = self._entity()
        destination = None
        if self.takes_symbol(","):
            destination = self._entity()
            self.symbol(")", ")" if destination else f"{_SYNTAX_OF_AN_ENTITY}, or )")
        else:
            self.symbol(")", ", or )" if source else f"{_SYNTAX_OF_AN_ENTITY}, a comma, or )")
        return EdgeTerm(source, destination, position=position)

    def _entity(self) -> Entity | None:
        """The entity at hand; None when there is none, and for `id()`, since both match anything."""
        token = self.token
        if token.kind == "string":
            self.advance()
            return Entity(name=str(token.value))
        if not self.takes_word("id"):
            return None
        self.symbol("(", "( after id")
        parts: dict[str, str] = {}
        while not self.takes_symbol(")"):
            if parts:
                self.symbol(",", ", or )")
            part = _ENTITY_PARTS.get(self.token.text.lower())
            if part is None or part in parts:
                rest = [name for name, member in _ENTITY_PARTS.items() if member not in parts]
                self.fail(one_of(f"{name}:" for name in rest) if rest else ")")
            subject = self.token.text.lower()
            self.advance()
            self.symbol(":", f": after {subject}")
            parts[part] = self.string()
        return Entity(**parts) if parts else None

    def selector(self) -> ServiceTerm | EdgeTerm:
        token = self.token
        if token.kind == "word" and token.text.lower() == "id":
            return ServiceTerm(self._entity(), position=token.position)
        if self.takes_word("service"):
            return self._service(token.position)
        if not self.takes_word("edge"):
            self.fail("service(…), edge(…, …) or id(…)")
        return self._edge(token.position)

    def _group(self, name: str, position: int) -> GroupTerm:
        operator = self._equality(name)
        by: Literal["name", "arn"] = "name" if name == "group.name" else "arn"
        return GroupTerm(by, operator, str(self._literal(("string",))), position=position)

    def _root_cause(self, name: str, position: int) -> RootCauseTerm | RootCauseJson:
        parts = name.split(".")[1:]
        if parts[-1] == "json":
            cause = cast("CauseKind", parts[0]) if parts[1:] else None
            operator = self._equality(name)
            return self._pattern(cause, operator, position)
        cause = cast("CauseKind", parts[0])
        if not parts[1:]:
            return RootCauseTerm(cause, position=position)
        element = cast("CauseElement", parts[1])
        scope: dict[CauseElement, Scope] = {
            "service": "cause service",
            "entity": "slow entity" if cause == "responsetime" else "cause entity",
            "exception": "cause exception",
        }
        return RootCauseTerm(cause, element, self._block(scope[element]), position=position)

    def _pattern(self, cause: CauseKind | None, operator: Literal["=", "!="], position: int) -> RootCauseJson:
        token = self.token
        if token.kind != "json":
            self.fail('JSON such as #[{"Services": [{"Name": "checkout"}]}]')
        try:
            pattern = decode_pattern(str(token.value))
        except (msgspec.DecodeError, RecursionError) as error:
            self.fail(f"JSON of root causes ({error})")
        if not pattern:
            self.fail("JSON of at least one root cause")
        self.advance()
        return RootCauseJson(cause, operator, pattern, position=position)

    def _equality(self, subject: str) -> Literal["=", "!="]:
        operator = self._operator("term", subject)
        if operator is None:
            self.fail(f"= or != after {subject}")
        return cast('Literal["=", "!="]', operator)
