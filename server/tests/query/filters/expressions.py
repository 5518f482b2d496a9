"""Random expressions: normal trees that say only what may be said where they stand."""

from collections.abc import Sequence
from typing import Literal, cast

from hypothesis import strategies as st
from server.tests.query.filters import vocabulary as v

from radiograph.query.filters.keywords import Keyword, Kind, Scope, in_scope
from radiograph.query.filters.operators import literals, operators
from radiograph.query.filters.pattern import CausePattern, EntityPattern, ExceptionPattern, ServicePattern
from radiograph.query.filters.syntax import (
    Annotation,
    CauseElement,
    CauseKind,
    Comparison,
    EdgeTerm,
    Entity,
    Expression,
    GroupTerm,
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

GROUPS = ("slow", "broken")
_TYPES = (*v.TYPES, *v.CALLED_TYPES)
_WORDS: dict[str, Sequence[str]] = {
    "http.url": v.URLS,
    "http.method": v.METHODS,
    "http.useragent": v.AGENTS,
    "http.clientip": v.ADDRESSES,
    "user": v.USERS,
    "name": (*v.NAMES, "Timeout", "DynamoDB", "Init"),
    "type": _TYPES,
    "message": ("denied", "bad zip"),
    "account.id": (*v.ACCOUNTS, v.DEFAULT_ACCOUNT),
    "availabilityzone": v.ZONES,
    "instance.id": v.INSTANCES,
    "resource.arn": v.ARNS,
}
_NUMBERS: dict[str, Sequence[float]] = {
    "http.status": [float(status) for status in v.STATUSES],
    "index": (0.0, 1.0, 2.0, 5.0),
    "coverage": (0.0, 0.1, 0.25, 0.5, 1.0),
    "responsetime": v.SECONDS,
    "duration": v.SECONDS,
}
_SCOPES: dict[CauseElement, Scope] = {
    "service": "cause service",
    "entity": "cause entity",
    "exception": "cause exception",
}


def expressions(
    scope: Scope = "trace", *, extensions: bool = True, groups: bool = False, wild: bool = False
) -> st.SearchStrategy[Expression]:
    """Return a strategy of expressions.

    Args:
        scope: where the expression stands.
        extensions: among them what AWS does not know.
        groups: among them terms that name one of `GROUPS`.
        wild: of any strings, keys and numbers, not those of the vocabulary; they hardly ever match.
    """
    return st.recursive(
        _terms(scope, extensions=extensions, groups=groups, wild=wild),
        lambda inner: st.one_of(
            inner.map(Not),
            st.lists(inner, min_size=2, max_size=3).map(both),
            st.lists(inner, min_size=2, max_size=3).map(either),
        ),
        max_leaves=5,
    )


def _terms(scope: Scope, *, extensions: bool, groups: bool, wild: bool) -> st.SearchStrategy[Expression]:
    words = in_scope(scope, extensions=extensions)
    terms: list[st.SearchStrategy[Expression]] = [
        _comparison_terms(keyword, extensions=extensions, wild=wild)
        for keyword in words
        if keyword.kind not in ("term", "any")
    ]
    known = {keyword.name for keyword in words}
    if "annotation" in known:
        terms += [_annotations(extensions=extensions, wild=wild)] * 4
    if "metadata" in known:
        terms += [_metadata(extensions=extensions, wild=wild)] * 2
    if scope == "trace":
        terms += [_services(extensions=extensions, wild=wild)] * 6
        terms += [_edges(extensions=extensions, wild=wild)] * 6
        terms += [_causes(extensions=extensions, wild=wild), _patterns(wild=wild)] * 3
    if groups:
        terms.append(_group_terms())
    # Not one_of: it counts equal strategies once.
    return st.sampled_from(terms).flatmap(lambda term: term)


def _strings(words: Sequence[str], *, wild: bool) -> st.SearchStrategy[str]:
    return st.text() if wild else st.sampled_from((*words, *v.FRAGMENTS))


def _numbers(numbers: Sequence[float], *, wild: bool) -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False) if wild else st.sampled_from(numbers)


@st.composite
def _comparisons(
    draw: st.DrawFn, kind: Kind, words: Sequence[str], numbers: Sequence[float], *, extensions: bool, wild: bool
) -> tuple[Operator | None, Value | None]:
    operator = draw(st.sampled_from((None, *operators(kind, extensions=extensions))))
    if operator is None:
        return None, None
    if operator == "MATCHES":
        return operator, draw(st.sampled_from(v.PATTERNS))
    literal = draw(st.sampled_from(literals(kind, operator)))
    values: dict[str, st.SearchStrategy[bool | float | str]] = {
        "boolean": st.booleans(),
        "number": _numbers(numbers, wild=wild),
        "string": _strings(words, wild=wild),
    }
    if operator == "IN":
        listed = draw(st.lists(values[literal], min_size=1, max_size=3))
        return operator, cast("tuple[float | str, ...]", tuple(listed))
    return operator, draw(values[literal])


def _comparison_terms(keyword: Keyword, *, extensions: bool, wild: bool) -> st.SearchStrategy[Expression]:
    return _comparisons(
        keyword.kind,
        _WORDS.get(keyword.name, ()),
        _NUMBERS.get(keyword.name, v.NUMBERS),
        extensions=extensions,
        wild=wild,
    ).map(lambda comparison: Comparison(keyword.name, *comparison))


@st.composite
def _annotations(draw: st.DrawFn, *, extensions: bool, wild: bool) -> Expression:
    # A key in quotes, as any text would need, is an extension.
    keys = st.text(min_size=1) if wild and extensions else st.sampled_from(v.ANNOTATION_KEYS)
    words = [value for value in v.ANNOTATION_VALUES if isinstance(value, str)]
    return Annotation(draw(keys), *draw(_comparisons("any", words, v.NUMBERS, extensions=extensions, wild=wild)))


@st.composite
def _metadata(draw: st.DrawFn, *, extensions: bool, wild: bool) -> Expression:
    paths = (
        st.lists(st.text(min_size=1), min_size=1, max_size=3).map(tuple) if wild else st.sampled_from(v.METADATA_PATHS)
    )
    words = ("gold", "free")
    return Metadata(draw(paths), *draw(_comparisons("any", words, v.NUMBERS, extensions=extensions, wild=wild)))


def _entities(*, wild: bool) -> st.SearchStrategy[Entity | None]:
    """None for any node, also in place of an entity without any part."""
    names = st.text() if wild else st.sampled_from((*v.NAMES, "DynamoDB"))
    types = st.sampled_from(_TYPES)
    accounts = st.sampled_from(("", *v.ACCOUNTS, v.DEFAULT_ACCOUNT))
    return st.one_of(
        st.none(),
        st.builds(Entity, name=names),
        st.builds(Entity, type=types),
        st.builds(Entity, account=accounts),
        st.builds(Entity, name=names, type=types),
        st.builds(Entity, name=names, type=types, account=accounts),
    )


def _blocks(scope: Scope, *, extensions: bool, wild: bool) -> st.SearchStrategy[Expression | None]:
    block = expressions(scope, extensions=extensions, wild=wild)
    return st.booleans().flatmap(lambda has_block: block if has_block else st.none())


@st.composite
def _services(draw: st.DrawFn, *, extensions: bool, wild: bool) -> Expression:
    block = _blocks("service", extensions=extensions, wild=wild)
    return ServiceTerm(draw(_entities(wild=wild)), draw(block))


@st.composite
def _edges(draw: st.DrawFn, *, extensions: bool, wild: bool) -> Expression:
    block = _blocks("edge", extensions=extensions, wild=wild)
    return EdgeTerm(draw(_entities(wild=wild)), draw(_entities(wild=wild)), draw(block))


@st.composite
def _causes(draw: st.DrawFn, *, extensions: bool, wild: bool) -> Expression:
    cause: CauseKind = draw(st.sampled_from(("fault", "error", "responsetime")))
    elements: list[CauseElement | None] = [None, "service", "entity"]
    if cause != "responsetime":
        elements.append("exception")
    element = draw(st.sampled_from(elements))
    if element is None:
        return RootCauseTerm(cause)
    scope: Scope = "slow entity" if (cause, element) == ("responsetime", "entity") else _SCOPES[element]
    return RootCauseTerm(cause, element, draw(expressions(scope, extensions=extensions, wild=wild)))


@st.composite
def _patterns(draw: st.DrawFn, *, wild: bool) -> Expression:
    names = st.text() if wild else st.sampled_from(v.NAMES)
    exception = st.builds(ExceptionPattern, name=st.sampled_from(("Timeout", "unknown")))
    entity = st.one_of(
        st.builds(EntityPattern, name=names),
        st.builds(EntityPattern, remote=st.booleans()),
        st.builds(EntityPattern, exceptions=st.lists(exception, max_size=1).map(tuple)),
        st.builds(EntityPattern, coverage=st.sampled_from((0.5, 1.0))),
    )
    path = st.lists(entity, min_size=1, max_size=2).map(tuple)
    service = st.one_of(
        st.builds(ServicePattern, name=names),
        st.builds(ServicePattern, names=st.tuples(names), type=st.none() | st.sampled_from(_TYPES)),
        st.builds(ServicePattern, inferred=st.booleans(), account_id=st.sampled_from(v.ACCOUNTS)),
        st.builds(ServicePattern, entity_path=path),
    )
    cause = st.one_of(
        st.builds(CausePattern, client_impacting=st.booleans()),
        st.builds(CausePattern, services=st.lists(service, min_size=1, max_size=2).map(tuple)),
    )
    kind: CauseKind | None = draw(st.sampled_from((None, "fault", "error", "responsetime")))
    operator: Literal["=", "!="] = draw(st.sampled_from(("=", "!=")))
    return RootCauseJson(kind, operator, tuple(draw(st.lists(cause, min_size=1, max_size=2))))


def _group_terms() -> st.SearchStrategy[Expression]:
    return st.builds(
        GroupTerm,
        by=st.sampled_from(("name", "arn")),
        operator=st.sampled_from(("=", "!=")),
        value=st.sampled_from(GROUPS),
    )
