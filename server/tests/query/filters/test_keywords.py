"""The table of words says truly what the parser accepts."""

import pytest

from radiograph.query.filters import KEYWORDS, Keyword, Scope, in_scope, parse
from radiograph.query.filters.keywords import PLACES

FRAMES: dict[Scope, str] = {
    "trace": "{}",
    "service": "service() {{ {} }}",
    "edge": "edge() {{ {} }}",
    "cause service": "rootcause.fault.service {{ {} }}",
    "cause entity": "rootcause.error.entity {{ {} }}",
    "slow entity": "rootcause.responsetime.entity {{ {} }}",
    "cause exception": "rootcause.error.exception {{ {} }}",
}
LITERALS = {"boolean": "true", "number": "1", "string": '"x"'}
COMPARED = [keyword for keyword in KEYWORDS.values() if keyword.kind in LITERALS]


@pytest.mark.parametrize("keyword", COMPARED, ids=lambda keyword: keyword.name)
def test_a_word_is_read_wherever_the_table_says_it_stands(keyword: Keyword) -> None:
    for scope in keyword.scopes:
        for word in (keyword.name, keyword.name.upper()):
            assert parse(FRAMES[scope].format(word), extensions=False) is not None
            assert parse(FRAMES[scope].format(f"{word} = {LITERALS[keyword.kind]}"), extensions=False) is not None


@pytest.mark.parametrize("keyword", COMPARED, ids=lambda keyword: keyword.name)
def test_a_word_is_offered_exactly_where_it_stands(keyword: Keyword) -> None:
    assert {scope for scope in PLACES if keyword in in_scope(scope)} == keyword.scopes


def test_an_extension_is_not_offered_where_extensions_are_refused() -> None:
    names = {word.name for word in in_scope("trace", extensions=False)}

    assert "annotation" in names
    assert "metadata" not in names
    assert "annotation" not in {word.name for word in in_scope("service", extensions=False)}


def test_every_word_has_one_line_of_help() -> None:
    for keyword in KEYWORDS.values():
        assert keyword.help
        assert "\n" not in keyword.help
