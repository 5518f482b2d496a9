"""What an expression is printed as, and that reading it again gives the same."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from server.tests.query.filters.expressions import expressions
from server.tests.query.filters.traces import unhurried

from radiograph.query.filters import Expression, canonical, parse


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        ("ok !partial duration <3", "ok AND NOT partial AND duration < 3"),
        ("HTTP.Url beginswith https", 'http.url BEGINSWITH "https"'),
        ("(error OR (fault))", "error OR fault"),
        ("!(error or fault)", "NOT (error OR fault)"),
        ("(error OR fault) AND ok", "(error OR fault) AND ok"),
        ("error OR (fault AND ok)", "error OR fault AND ok"),
        ("ok AND (error AND fault)", "ok AND error AND fault"),
        ("not not ok", "NOT NOT ok"),
        ("duration > 1e-3", "duration > 0.001"),
        ("duration > -0", "duration > 0"),
        ("annotation.x > 1e300", "annotation.x > 1e+300"),
        ("annotation.x = TRUE", "annotation.x = true"),
        ('annotation["x"]', "annotation.x"),
        ("annotation.http.route", "annotation[http.route]"),
        ('annotation["a b]"]', 'annotation["a b]"]'),
        ('metadata["my ns"].a.b = 1', 'metadata["my ns"].a.b = 1'),
        (r'user = "a\"b\\c\d"', r'user = "a\"b\\c\\d"'),
        ('service(id(name: "a"))', 'service("a")'),
        ("service(id())", "service()"),
        ('service(id(account.id:"1",name:"a")){fault}', 'service(id(name: "a", account.id: "1")) { fault }'),
        ('edge("a")', 'edge("a", )'),
        ("user IN (a,b)", 'user IN ("a", "b")'),
        ('group.name="g"', 'group.name = "g"'),
        ("rootcause.fault", "rootcause.fault"),
        (
            'rootcause.error.json != #{"Services": [ {"Type": null} ]}',
            'rootcause.error.json != #[{"Services":[{"Type":null}]}]',
        ),
    ],
)
def test_an_expression_is_printed_in_one_form(written: str, printed: str) -> None:
    expression = parse(written)

    assert expression is not None
    assert canonical(expression) == printed


@unhurried
@given(st.data(), st.booleans())
def test_what_is_printed_reads_as_the_same(data: Any, extensions: bool) -> None:
    expression: Expression = data.draw(expressions(extensions=extensions, groups=True))
    text = canonical(expression)
    assume(len(text) <= 2_000)

    assert parse(text, extensions=extensions) == expression


@unhurried
@given(expressions(wild=True))
def test_any_string_key_and_number_can_be_printed_and_read_again(expression: Expression) -> None:
    text = canonical(expression)
    assume(len(text) <= 2_000)

    assert parse(text) == expression
    assert canonical(parse(text) or expression) == text
