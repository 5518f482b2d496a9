"""What the language accepts, what it makes of it, and how it refuses the rest."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from server.tests.query.filters.examples import EXAMPLES
from server.tests.query.filters.traces import unhurried

from radiograph.errors import InvalidRequest
from radiograph.query.filters import (
    And,
    Annotation,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    GroupTerm,
    InvalidFilter,
    Metadata,
    Not,
    Or,
    RootCauseJson,
    RootCauseTerm,
    ServiceTerm,
    canonical,
    parse,
    parse_entity_selector,
)
from radiograph.query.filters.pattern import CausePattern, EntityPattern, ServicePattern

OK, ERROR, FAULT = Comparison("ok"), Comparison("error"), Comparison("fault")
PUT = Comparison("http.method", "=", "PUT")


def refusal(text: str, *, extensions: bool = True) -> tuple[int, str]:
    """Return where an expression is refused, and what the message says behind the position."""
    with pytest.raises(InvalidFilter) as caught:
        parse(text, extensions=extensions)
    start = f"Invalid filter expression at position {caught.value.position}: "
    assert caught.value.message.startswith(start)
    return caught.value.position, caught.value.message.removeprefix(start)


# --- the examples of the specification


@pytest.mark.parametrize("number", EXAMPLES)
@pytest.mark.parametrize("extensions", [True, False])
def test_every_published_example_is_read_and_printed_so_that_it_reads_the_same(number: int, extensions: bool) -> None:
    expression = parse(EXAMPLES[number], extensions=extensions)

    assert expression is not None
    assert parse(canonical(expression), extensions=extensions) == expression


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        (1, Comparison("responsetime", ">", 5.0)),
        (5, Comparison("ok", "=", False)),
        (15, And((OK, Not(Comparison("partial")), Comparison("duration", "<", 3.0)))),
        (27, And((Comparison("http.url"), Comparison("responsetime", ">", 2.0)))),
        (36, Annotation("http.route", "=", "/v1/pay")),
        (39, Annotation("account", "=", "12345")),
        (42, ServiceTerm(None, FAULT)),
        (46, ServiceTerm(Entity("random-name", "AWS::Lambda::Function"), ERROR)),
        (49, ServiceTerm(Entity(account="111111111111"))),
        (58, EdgeTerm(Entity("one", "t::A"), Entity("two", "t::B"), FAULT)),
        (60, EdgeTerm(None, Entity("db"), FAULT)),
        (62, And((ServiceTerm(Entity("a"), FAULT), Not(ServiceTerm(Entity("b"), FAULT))))),
        (63, And((GroupTerm("name", "=", "high_response_time"), Comparison("user", "=", "alice")))),
        (66, Or((ERROR, And((FAULT, PUT))))),
        (67, And((Or((ERROR, FAULT)), PUT))),
        (68, And((Not(FAULT), Comparison("responsetime", "<=", 0.1)))),
        (
            75,
            RootCauseTerm(
                "fault",
                "service",
                And(
                    (
                        Comparison("inferred"),
                        Comparison("name", "=", "traces"),
                        Comparison("type", "=", "AWS::DynamoDB"),
                    )
                ),
            ),
        ),
        (
            78,
            RootCauseJson(
                None,
                "=",
                (
                    CausePattern(
                        services=(
                            ServicePattern(name="A", entity_path=(EntityPattern(name="A"), EntityPattern(name="q"))),
                            ServicePattern(name="B", entity_path=(EntityPattern(name="B"),)),
                        )
                    ),
                ),
            ),
        ),
        (80, Comparison("http.url", "CONTAINS", '"quoted"')),
        (82, ServiceTerm(Entity("SQS", "AWS::SQS::Queue"), Not(OK))),
    ],
)
def test_an_example_becomes_the_tree_that_it_means(number: int, expected: Expression) -> None:
    assert parse(EXAMPLES[number]) == expected


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("responsetime >", 14, "expected a number, found the end"),
        ('service("a"', 11, "expected ), found the end"),
        (
            "foo = 1",
            0,
            'expected a term such as fault, responsetime > 2 or service("name"), found unknown keyword foo',
        ),
        (
            "http.url > 3",
            9,
            "expected =, !=, CONTAINS, BEGINSWITH or ENDSWITH after http.url, found >",
        ),
        ('ok CONTAINS "x"', 3, "expected = or != after ok, found CONTAINS"),
        (
            "coverage > 0.5",
            0,
            (
                "expected a term that may stand at the top level (coverage stands only inside "
                "rootcause.responsetime.entity { }), found coverage"
            ),
        ),
        (
            'service("a") { annotation.x }',
            15,
            (
                "expected a term of AWS X-Ray (annotation inside service() { } is an extension of Radiograph, which "
                "--strict-aws refuses), found annotation.x"
            ),
        ),
        (
            "{ fault }",
            0,
            'expected a term such as fault, responsetime > 2 or service("name"), found {',
        ),
        ('edge("a","b","c")', 12, "expected ), found ,"),
        ("fault &&  error", 6, "expected AND, found &&"),
        (
            '"text"',
            0,
            'expected a term such as fault, responsetime > 2 or service("name"), found "text"',
        ),
    ],
)
def test_what_must_fail_fails_and_says_where_and_what_to_write(text: str, position: int, sentence: str) -> None:
    # group.name = "nosuch" is found out when the group is looked up: test_groups.
    assert refusal(text, extensions=False) == (position, sentence)


# --- words


def test_a_blank_expression_is_no_filter() -> None:
    assert parse("") is None
    assert parse(" \t\r\n") is None


@pytest.mark.parametrize("text", ["responseTime>=0.5", "RESPONSETIME >= 0.5", " responsetime\n>=\t0.5 "])
def test_case_and_space_between_tokens_do_not_count(text: str) -> None:
    assert parse(text) == Comparison("responsetime", ">=", 0.5)


def test_the_key_of_an_annotation_keeps_its_case() -> None:
    assert parse("ANNOTATION.GameId") == Annotation("GameId")


def test_a_backslash_escapes_quotes_and_itself_and_nothing_else() -> None:
    assert parse(r'user = "\"\\\n"') == Comparison("user", "=", '"' + "\\" + r"\n")


@pytest.mark.parametrize(
    ("literal", "value"), [("5", 5.0), ("0.25", 0.25), ("-1", -1.0), ("+1", 1.0), ("1e-3", 0.001), ("2E+2", 200.0)]
)
def test_numbers_have_a_sign_a_fraction_and_an_exponent(literal: str, value: float) -> None:
    assert parse(f"annotation.n = {literal}") == Annotation("n", "=", value)


@pytest.mark.parametrize("literal", ["true", "TRUE", "True"])
def test_truth_values_are_written_in_any_case_and_are_no_numbers(literal: str) -> None:
    assert parse(f"annotation.n = {literal}") == Annotation("n", "=", True)
    assert parse(f"annotation.n = {literal}") != Annotation("n", "=", 1.0)


@pytest.mark.parametrize("word", ["traces", "AWS::DynamoDB", "a/b-c.d:e", "service", "_x"])
def test_a_bare_word_after_an_operator_is_a_string(word: str) -> None:
    assert parse(f"user = {word}") == Comparison("user", "=", word)
    assert parse(f"user CONTAINS {word} fault") == And((Comparison("user", "CONTAINS", word), FAULT))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("annotation.a", "a"),
        ("annotation.a.b", "a.b"),
        ("annotation.service", "service"),
        ("annotation.404s", "404s"),
        ("annotation.aws:api_id", "aws:api_id"),
        ("annotation[a.b]", "a.b"),
        ("annotation [ otel.resource.x-y/z ]", "otel.resource.x-y/z"),
        ('annotation["a b"]', "a b"),
        (r'annotation["a\"]"]', 'a"]'),
    ],
)
def test_the_key_of_an_annotation_is_dotted_bracketed_or_quoted(text: str, key: str) -> None:
    assert parse(text) == Annotation(key)
    assert parse(f"{text} = 1") == Annotation(key, "=", 1.0)


def test_words_are_reserved_only_in_their_place() -> None:
    assert parse("annotation.and AND annotation.not") == And((Annotation("and"), Annotation("not")))


# --- structure


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("error fault", And((ERROR, FAULT))),
        ("error or fault ok", Or((ERROR, And((FAULT, OK))))),
        ("error AND fault OR ok", Or((And((ERROR, FAULT)), OK))),
        ("!error fault", And((Not(ERROR), FAULT))),
        ("!http.method = PUT", Not(PUT)),
        ("not(error or fault)", Not(Or((ERROR, FAULT)))),
        ("(error) (fault)", And((ERROR, FAULT))),
        ("error AND (fault AND ok)", And((ERROR, FAULT, OK))),
        ("error OR (fault OR ok)", Or((ERROR, FAULT, OK))),
        ("!!ok", Not(Not(OK))),
        ('!service("a") { fault }', Not(ServiceTerm(Entity("a"), FAULT))),
        ('service("a") { !fault }', ServiceTerm(Entity("a"), Not(FAULT))),
        ("service() { error OR fault ok }", ServiceTerm(None, Or((ERROR, And((FAULT, OK)))))),
    ],
)
def test_negation_binds_before_and_and_and_before_or(text: str, expected: Expression) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("service()", ServiceTerm()),
        ("service(id())", ServiceTerm()),
        ('service(id(type: ""))', ServiceTerm(Entity(type=""))),
        ('SERVICE ( ID ( TYPE : "t" , Account.Id:"1", name:"n" ) )', ServiceTerm(Entity("n", "t", "1"))),
        ("edge()", EdgeTerm()),
        ("edge(,)", EdgeTerm()),
        ('edge("a")', EdgeTerm(Entity("a"))),
        ('edge("a",)', EdgeTerm(Entity("a"))),
        ('edge(,id(name:"b")) {remote}', EdgeTerm(None, Entity("b"), Comparison("remote"))),
        ('group.arn != "x"', GroupTerm("arn", "!=", "x")),
        ("rootcause.responsetime", RootCauseTerm("responsetime")),
        (
            "rootcause.responsetime.entity{coverage}",
            RootCauseTerm("responsetime", "entity", Comparison("coverage")),
        ),
        (
            'rootcause.fault.json=#{"ClientImpacting":true}',
            RootCauseJson("fault", "=", (CausePattern(client_impacting=True),)),
        ),
    ],
)
def test_terms_with_a_form_of_their_own(text: str, expected: Expression) -> None:
    assert parse(text, extensions=False) == expected


def test_where_a_term_stands_does_not_make_it_another() -> None:
    first, second = parse("fault"), parse("   fault")

    assert isinstance(first, Comparison)
    assert isinstance(second, Comparison)
    assert (first.position, second.position) == (0, 3)
    assert first == second
    assert hash(first) == hash(second)


def test_json_ends_where_its_value_ends() -> None:
    assert parse('rootcause.json = #[{"Services":[{"Name":"}]"}]}]fault') == And(
        (RootCauseJson(None, "=", (CausePattern(services=(ServicePattern(name="}]"),)),)), FAULT)
    )


# --- refusals


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        # words that nearly are
        (
            "fault AND responstime > 2",
            10,
            (
                'expected a term such as fault, responsetime > 2 or service("name"), '
                "found unknown keyword responstime; did you mean responsetime?"
            ),
        ),
        (
            'service("a") { http.urll }',
            15,
            (
                "expected a term such as fault or responsetime > 2, "
                "found unknown keyword http.urll; did you mean http.url?"
            ),
        ),
        (
            'id(name: "a")',
            0,
            (
                'expected a term such as fault, responsetime > 2 or service("name"), '
                "found id, which stands only inside service( ) and edge( )"
            ),
        ),
        # habits from other languages
        ("ok == true", 3, "expected =, found =="),
        ("http.status <> 200", 12, "expected !=, found <>"),
        ("error || fault", 6, "expected OR, found ||"),
        ("user = 'ann'", 7, "expected a string in double quotes, found '"),
        ("user = \u201cann\u201d", 7, "expected a string in straight double quotes, found \u201c"),
        (
            "duration > 5s",
            11,
            "expected a number without a unit (times are in seconds) or a string in double quotes, found 5s",
        ),
        (
            "http.clientip = 10.0.0.7",
            16,
            "expected a number without a unit (times are in seconds) or a string in double quotes, found 10.0.0.7",
        ),
        ("fault ~ error", 6, "expected AND, OR or the end, found ~"),
        # operators and literals that do not fit
        ("http.status CONTAINS 5", 12, "expected =, !=, <, <=, >, >= or IN after http.status, found CONTAINS"),
        ("http.status = ok", 14, "expected a number, found ok"),
        ("ok = 1", 5, "expected true or false, found 1"),
        ("user = 5", 7, "expected a string in double quotes, found 5"),
        ("user = true", 7, "expected a string in double quotes, found true"),
        ("user = AND fault", 7, "expected a string in double quotes, found AND"),
        ('annotation.a > "b"', 15, 'expected a number, found "b"'),
        ("annotation.a CONTAINS 5", 22, "expected a string in double quotes, found 5"),
        ("annotation.a = ", 15, "expected true or false, a number or a string in double quotes, found the end"),
        ("annotation.a > 1e999", 15, "expected a number that a double can hold, found 1e999"),
        # words out of their place
        (
            'name = "a"',
            0,
            (
                "expected a term that may stand at the top level (name stands only inside service() { } or inside "
                "rootcause.….service { } or inside rootcause.….entity { } or inside rootcause.….exception { }), "
                "found name"
            ),
        ),
        (
            'service("a") { service("b") }',
            15,
            "expected a term that may stand inside service() { } (service stands only at the top level), found service",
        ),
        (
            'edge("a", "b") { user }',
            17,
            (
                "expected a term that may stand inside edge() { } (user stands only at the top level or inside "
                "service() { }), found user"
            ),
        ),
        (
            "edge() { annotation.x }",
            9,
            (
                "expected a term that may stand inside edge() { } (annotation stands only at the top level or inside "
                "service() { }), found annotation.x"
            ),
        ),
        (
            "rootcause.fault.entity { coverage > 0.5 }",
            25,
            (
                "expected a term that may stand inside rootcause.….entity { } (coverage stands only inside "
                "rootcause.responsetime.entity { }), found coverage"
            ),
        ),
        (
            "rootcause.responsetime.exception { last }",
            0,
            (
                'expected a term such as fault, responsetime > 2 or service("name"), found unknown keyword '
                "rootcause.responsetime.exception; did you mean rootcause.responsetime.entity?"
            ),
        ),
        # unfinished
        ("(fault", 6, "expected AND, OR or ), found the end"),
        ("fault)", 5, "expected AND, OR or the end, found )"),
        ("fault OR", 8, 'expected a term such as fault, responsetime > 2 or service("name"), found the end'),
        ("!", 1, 'expected a term such as fault, responsetime > 2 or service("name"), found the end'),
        ("OR fault", 0, 'expected a term such as fault, responsetime > 2 or service("name"), found OR'),
        ("()", 1, 'expected a term such as fault, responsetime > 2 or service("name"), found )'),
        ('service("a") {}', 14, "expected a term such as fault or responsetime > 2, found }"),
        ('service("a") { fault', 20, "expected AND, OR or }, found the end"),
        ('user = "ann', 7, 'expected a closing double quote, found "ann'),
        ("service", 7, "expected ( after service, found the end"),
        ("service(a)", 8, 'expected "name", or id(name: "…", type: "…", account.id: "…"), or ), found a'),
        ('service("a", "b")', 11, "expected ), found ,"),
        ('edge("a" "b")', 9, 'expected , or ), found "b"'),
        ('service(id(nme: "a"))', 11, "expected name:, type: or account.id:, found nme"),
        ('service(id(name: "a", name: "b"))', 22, "expected type: or account.id:, found name"),
        ('service(id(name = "a"))', 16, "expected : after name, found ="),
        ("service(id(name: a))", 17, "expected a string in double quotes, found a"),
        ("annotation", 0, "expected a key, as in annotation.key or annotation[key], found annotation"),
        ("annotation[]", 0, "expected a key, as in annotation.key or annotation[key], found annotation["),
        ("annotation.a[b]", 0, "expected a key, as in annotation.key or annotation[key], found annotation.a["),
        ("group.name", 10, "expected = or != after group.name, found the end"),
        ("group.name CONTAINS g", 11, "expected = or != after group.name, found CONTAINS"),
        (
            "rootcause.fault.service",
            23,
            'expected { and a condition such as last or name = "checkout", found the end',
        ),
        # JSON
        (
            "rootcause.json = []",
            17,
            'expected JSON such as #[{"Services": [{"Name": "checkout"}]}], found [',
        ),
        ("rootcause.json = # []", 17, "expected a JSON list or object right after #, found # "),
        (
            'rootcause.json = #[{"Name": 1}',
            17,
            'expected JSON with all its brackets and quotes closed, found #[{"Name": 1}',
        ),
        ("rootcause.json = #[]", 17, "expected JSON of at least one root cause, found #[]"),
    ],
)
def test_a_refusal_says_where_and_what_to_write_instead(text: str, position: int, sentence: str) -> None:
    assert refusal(text) == (position, sentence)


@pytest.mark.parametrize(
    "literal",
    [
        '[{"Service": []}]',
        '[{"Services": [{"Coverage": 1}]}]',
        '[{"Services": [{"EntityPath": [{"Coverage": NaN}]}]}]',
        '[{"Services": [{"EntityPath": [{"Coverage": Infinity}]}]}]',
        '[{"Services": [{"EntityPath": [{"Coverage": 1e999}]}]}]',
        '[{"Services": {}}]',
        '[{"Services": [{"Name": 1}]}]',
        "[1]",
        "[[]]",
        "[{]}",
        "[" * 900 + "]" * 900,
    ],
)
def test_a_pattern_that_no_root_cause_can_have_is_refused(literal: str) -> None:
    position, sentence = refusal(f"rootcause.json = #{literal}")

    assert position == 17
    assert sentence.startswith("expected JSON of root causes (")


def test_a_long_token_is_cut_in_the_message() -> None:
    _, sentence = refusal(f'"{"a" * 1_000}"')

    assert sentence.endswith(f'found "{"a" * 39}…')


def test_a_refusal_is_an_invalid_request_of_the_api() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse("foo")

    assert caught.value.code == "InvalidRequestException"
    assert caught.value.status == 400


# --- limits


def test_two_thousand_characters_are_read_and_no_more() -> None:
    assert parse("fault" + " " * 1_995) == FAULT
    assert refusal("fault" + " " * 1_996) == (2_000, "expected at most 2,000 characters, found 2,001")


@pytest.mark.parametrize(("opening", "closing"), [("(", ")"), ("!", ""), ("NOT ", "")])
def test_thirty_two_levels_are_read_and_no_more(opening: str, closing: str) -> None:
    assert parse(opening * 32 + "ok" + closing * 32) is not None
    assert refusal(opening * 33 + "ok" + closing * 33) == (
        32 * len(opening),
        f"expected at most 32 levels of nesting, found {opening.strip()}",
    )


def test_braces_are_a_level_and_levels_are_left_again() -> None:
    assert parse("(" * 31 + "service() { ok }" + ")" * 31 + " (ok)" * 40) is not None
    assert refusal("(" * 32 + "service() { ok }" + ")" * 32)[1] == "expected at most 32 levels of nesting, found {"


def test_a_hundred_terms_are_read_and_no_more() -> None:
    assert parse(" ".join(["ok"] * 100)) is not None
    assert refusal(" ".join(["ok"] * 101)) == (300, "expected at most 100 terms, found ok")


def test_a_term_counts_besides_those_in_its_braces() -> None:
    assert parse(" ".join(["service() { ok }"] * 50)) is not None
    assert refusal(" ".join(["service() { ok }"] * 51))[1] == "expected at most 100 terms, found service"


# --- extensions


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("metadata.shop.tier", Metadata(("shop", "tier"))),
        ("metadata.tier = 1", Metadata(("tier",), "=", 1.0)),
        ('metadata["my ns"].a[b.c] > 2', Metadata(("my ns", "a", "b.c"), ">", 2.0)),
        ('http.url MATCHES "^/v[0-9]+"', Comparison("http.url", "MATCHES", "^/v[0-9]+")),
        ('annotation.a MATCHES "x"', Annotation("a", "MATCHES", "x")),
        ('user IN ("ann", bob)', Comparison("user", "IN", ("ann", "bob"))),
        ("http.status in (200, 404)", Comparison("http.status", "IN", (200.0, 404.0))),
        ("annotation.a IN (1)", Annotation("a", "IN", (1.0,))),
        ('service("a") { annotation.x = 1 }', ServiceTerm(Entity("a"), Annotation("x", "=", 1.0))),
        ('annotation["a b"]', Annotation("a b")),
    ],
)
def test_an_extension_is_understood_unless_it_must_not_be(text: str, expected: Expression) -> None:
    assert parse(text) == expected
    assert "an extension of Radiograph, which --strict-aws refuses" in refusal(text, extensions=False)[1]


@pytest.mark.parametrize(
    ("text", "position", "sentence"),
    [
        ("http.url IN ()", 13, "expected a string in double quotes, found )"),
        ("http.url IN x", 12, "expected a list in parentheses, found x"),
        ("annotation.a IN (1, x)", 20, "expected a number, found x"),
        ("annotation.a IN (true)", 17, "expected a number or a string in double quotes, found true"),
        ("annotation.a IN (1 2)", 19, "expected , or ), found 2"),
        ("ok IN (true)", 3, "expected = or != after ok, found IN"),
        ('http.url MATCHES "("', 17, 'expected a regular expression that RE2 accepts (missing ): (), found "("'),
        (
            'service("a") { metadata.x }',
            15,
            (
                "expected a term that may stand inside service() { } (metadata stands only at the top level), "
                "found metadata.x"
            ),
        ),
    ],
)
def test_an_extension_is_refused_as_helpfully_as_the_rest(text: str, position: int, sentence: str) -> None:
    assert refusal(text) == (position, sentence)


def test_a_regular_expression_that_would_grow_too_large_is_refused() -> None:
    assert "RE2" in refusal('http.url MATCHES "((a{100}){100}){100}"')[1]


# --- entity selectors


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('service("a")', ServiceTerm(Entity("a"))),
        (' Service ( id(name:"a", type:"t") ) ', ServiceTerm(Entity("a", "t"))),
        ('id(name: "a", type: "t")', ServiceTerm(Entity("a", "t"))),
        ("id()", ServiceTerm()),
        ('edge("a", "b")', EdgeTerm(Entity("a"), Entity("b"))),
        ('edge(, id(type: "t"))', EdgeTerm(None, Entity(type="t"))),
    ],
)
def test_an_entity_selector_names_one_service_or_edge(text: str, expected: Expression) -> None:
    assert parse_entity_selector(text) == expected


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", 0),
        ("fault", 0),
        ('"a"', 0),
        ('service("a") { fault }', 13),
        ('service("a") service("b")', 13),
        ('service("a") AND service("b")', 13),
        ('!service("a")', 0),
        ('(service("a"))', 0),
        ('group.name = "a"', 0),
    ],
)
def test_an_entity_selector_is_nothing_else(text: str, position: int) -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_entity_selector(text)

    assert caught.value.position == position


def test_an_entity_selector_has_five_hundred_characters_at_most() -> None:
    assert parse_entity_selector("service()" + " " * 491) == ServiceTerm()
    with pytest.raises(InvalidFilter, match="expected at most 500 characters, found 501"):
        parse_entity_selector("service()" + " " * 492)


# --- whatever comes


_PIECES = st.sampled_from(
    [
        *EXAMPLES.values(),
        *"(){}[],:!=<#\"\\' \n",
        *("!=", "&&", "#[", "#{"),
        *("AND", "or", "NOT", "IN", "MATCHES", "contains", "true", "id", "service(", "edge(", "rootcause.json = #"),
        *("annotation", "annotation[", "metadata.", "1", "-", "1e999", "é", "\ud800", "\x00", "fault", "http.url"),
    ]
)


@unhurried
@given(st.text() | st.lists(_PIECES, max_size=12).map("".join) | st.lists(_PIECES, max_size=12).map(" ".join))
@example("\ud800")
@example("((" * 900)
@example("service(){" * 199)
@example("!" * 2_000)
@example("rootcause.json = #" + "[" * 1_982)
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    for read in (parse, parse_entity_selector):
        try:
            read(text)
        except InvalidFilter as refused:
            assert 0 <= refused.position <= len(text)  # noqa: PT017


def test_terms_that_say_the_same_in_different_places_are_equal_and_not_unequal() -> None:
    first, second = parse("fault"), parse("  fault")
    assert first == second
    assert not first != second  # noqa: SIM202 -- the operator is what is tested
