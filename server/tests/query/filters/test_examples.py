"""Each example of the specification with a trace that it matches, and a trace like it that it does not."""

from collections.abc import Callable
from typing import Any

import pytest
from server.tests.query.filters.examples import EXAMPLES

from radiograph.query.filters import Expression, Group, Subject, matches, parse, resolve_groups
from radiograph.trace import Trace

Build = Callable[[Any], Trace]


def web(ms: float | None = 300, **members: Any) -> Build:
    """A trace of one segment."""
    return lambda scribe: scribe.trace(scribe.segment("a", "web", 0, ms, **members))


def named(name: str, type_: str | None = None, **members: Any) -> Build:
    """A trace of one segment with this name and type."""
    return lambda scribe: scribe.trace(scribe.segment("a", name, 0, 300, origin=type_, **members))


def status(number: int, **request: Any) -> dict[str, Any]:
    """The members of a segment that answered so."""
    return {"http": {"request": request, "response": {"status": number}}}


def request(**members: Any) -> Build:
    return web(http={"request": members})


def annotated(**annotations: Any) -> Build:
    return web(annotations=annotations)


def call(source: str, target: str, ms: float = 100, types: tuple[str, str] = ("", ""), **members: Any) -> Build:
    """A trace in which `source` calls `target`, which answers well by its own account."""
    return lambda scribe: scribe.trace(
        scribe.segment(
            "a",
            source,
            0,
            5_000,
            origin=types[0],
            subsegments=[scribe.remote("a1", f"{target}.test", 10, 10 + ms, **members)],
        ),
        scribe.segment("b", target, 10, 20, origin=types[1], parent_id="a1"),
    )


def chain(*names: str, **last: Any) -> Build:
    """A trace of segments that call one another in turn; the last one has the members given."""

    def build(scribe: Any) -> Any:
        segments = [scribe.segment("a0", names[0], 0, 300, **({} if names[1:] else last))]
        for number, name in enumerate(names[1:], 1):
            members = last if number == len(names) - 1 else {}
            segments.append(scribe.segment(f"a{number}", name, 0, 300, parent_id=f"a{number - 1}", **members))
        return scribe.trace(*segments)

    return build


def table(*, flags: dict[str, Any] | None = None, name: str = "cart", ms: float = 290) -> Build:
    """A trace in which `web` calls a table."""
    return lambda scribe: scribe.trace(
        scribe.segment("a", "web", 0, 300, subsegments=[scribe.table("a1", name, 5, 5 + ms, **(flags or {}))])
    )


def dynamodb(name: str = "traces", ms: float = 290, **flags: Any) -> Build:
    """A trace in which `web` calls DynamoDB without naming a table, as a service called by its own name."""
    return lambda scribe: scribe.trace(
        scribe.segment(
            "a", "web", 0, 300, subsegments=[scribe.segment("a1", name, 5, 5 + ms, namespace="aws", aws={}, **flags)]
        )
    )


def queue(**flags: Any) -> Build:
    return lambda scribe: scribe.trace(
        scribe.segment(
            "a",
            "web",
            0,
            300,
            subsegments=[
                scribe.segment("a1", "SQS", 5, 10, namespace="aws", aws={"queue_url": "SQS"}, **flags),
            ],
        )
    )


def local(name: str, ms: float = 290, **members: Any) -> Build:
    """A trace with a local subsegment."""
    return lambda scribe: scribe.trace(
        scribe.segment("a", "web", 0, 300, subsegments=[scribe.segment("a1", name, 5, 5 + ms, **members)])
    )


def thrown(*exceptions: tuple[str, str], flag: str = "fault") -> Build:
    return web(**{flag: True}, cause={"exceptions": [{"type": type_, "message": text} for type_, text in exceptions]})


def ec2(**members: Any) -> Build:
    return web(aws={"ec2": members})


def account(*ids: str) -> Build:
    return lambda scribe: scribe.trace(
        *(scribe.segment(f"a{n}", "web", 0, 300, aws={"account_id": id_}) for n, id_ in enumerate(ids))
    )


FUNCTION, TABLE = "AWS::Lambda::Function", "AWS::DynamoDB::Table"
API, BACKEND = "api.example.com", "backend.example.com"
V2 = "http://api.example.com/x/v2/y"

CASES: dict[int, tuple[Build, Build]] = {
    1: (web(5_001), web(5_000)),
    2: (web(5_000), web(8_001)),
    3: (web(**status(204)), web(**status(404))),
    4: (web(**status(500)), web()),
    5: (web(**status(429)), web(**status(200))),
    6: (web(error=True), web()),
    7: (web(**status(404)), table(flags=status(404))),
    8: (web(**status(503)), table(flags={"fault": True})),
    9: (table(flags=status(429)), web(**status(404))),
    10: (web(None), web()),
    11: (web(), chain("web", "pay", in_progress=True)),
    12: (table(), chain("web", "pay")),
    13: (web(**status(201)), web(**status(200))),
    14: (web(**status(599)), web(**status(499))),
    15: (web(2_999), web(3_000)),
    16: (request(url="http://x.test/api/game/1"), request(url="http://x.test/api/games")),
    17: (request(url="https://x.test/"), request(url="http://x.test/?https://")),
    18: (request(url="http://x.test/a.png"), request(url="http://x.test/a.png?")),
    19: (request(method="POST"), request(method="post")),
    20: (request(method="POST"), web()),
    21: (request(user_agent="Mozilla (curl)"), request(user_agent="CURL/8")),
    22: (request(client_ip="203.0.113.9"), request(client_ip="203.0.113.90")),
    23: (request(client_ip="10.1.2.3"), request(client_ip="110.1.2.3")),
    24: (chain("web", "pay", user="x"), web()),
    25: (web(user="alice"), web(user="Alice")),
    26: (web(), chain("web", "pay", user="x")),
    27: (web(2_001, http={"request": {"url": "http://x.test"}}), web(2_001)),
    28: (ec2(availability_zone="us-west-2c"), ec2(availability_zone="us-west-2")),
    29: (ec2(instance_id="i-0b5a4678fc325bg98"), ec2(instance_id="i-1")),
    30: (web(resource_arn="arn:aws:lambda:eu-west-1:1:function:payment"), web(resource_arn="arn:x:pay")),
    31: (annotated(gameid="817DL6VO"), annotated(gameid="817dl6vo")),
    32: (annotated(age=0), annotated(age=False)),
    33: (annotated(Age=1), annotated(age=1)),
    34: (annotated(age=29.5), annotated(age=29)),
    35: (annotated(age=30), annotated(age="30")),
    36: (annotated(**{"http.route": "/v1/pay"}), annotated(http_route="/v1/pay")),
    37: (annotated(internal=False), annotated(internal=0)),
    38: (annotated(country="United Kingdom"), annotated(country="The United Kingdom")),
    39: (annotated(account="12345"), annotated(account=12345)),
    40: (chain("web", API), chain("web", "api.example.com.")),
    41: (chain("web", API, fault=True), chain(API, "web", fault=True)),
    42: (chain("web", "pay", fault=True), web(error=True)),
    43: (named(API, fault=True), named(API)),
    44: (named("data-plane", fault=True), chain("web", "data-plane", fault=True)),
    45: (named("function-name", "AWS::Lambda", error=True), named("function-name", "AWS::Lambda")),
    46: (named("random-name", FUNCTION, error=True), named("random-name", "AWS::Lambda", error=True)),
    47: (named("f", FUNCTION, error=True), named("f", "AWS::Lambda", error=True)),
    48: (table(flags=status(429)), table(flags=status(400))),
    49: (account("111111111111"), account("222222222222")),
    50: (account("3", "2"), account("3")),
    51: (named(API, "AWS::EC2::Instance"), named(API, "AWS::ECS::Container")),
    52: (named("site", "client::Synthetics"), named("site", "client")),
    53: (web(), chain("web", "cache")),
    54: (request(url=V2), named(API, http={"request": {"url": V2}})),
    55: (call(API, BACKEND), call(BACKEND, API)),
    56: (call(API, BACKEND, error=True), call(API, BACKEND)),
    57: (call("web", "db", 501), call("web", "db", 500)),
    58: (
        call("one", "two", types=("t::A", "t::B"), fault=True),
        call("one", "two", types=("t::B", "t::A"), fault=True),
    ),
    59: (
        call("www", "www", types=("client::Synthetics", "AWS::ElasticBeanstalk::Environment")),
        call("www", "www", types=("client", "AWS::ElasticBeanstalk::Environment")),
    ),
    60: (call("web", "db", fault=True), call("db", "web", fault=True)),
    61: (chain("a", "b"), chain("a", "c")),
    62: (named("a", fault=True), chain("a", "b", fault=True)),
    65: (web(), web(error=True)),
    66: (web(error=True, http={"request": {"method": "GET"}}), web(fault=True, http={"request": {"method": "GET"}})),
    67: (web(error=True, http={"request": {"method": "PUT"}}), web(error=True, http={"request": {"method": "GET"}})),
    68: (web(100), web(101)),
    69: (chain("web", "Auth", fault=True), chain("web", "Auth")),
    70: (dynamodb("DynamoDB"), table()),
    71: (
        thrown(("A", "first"), ("B", "Access Denied for account_id: 1234567890")),
        thrown(("B", "Access Denied for account_id: 1234567890"), ("A", "last")),
    ),
    72: (local("deserialize", fault=True), local("deserialize")),
    74: (local("slow", 241), local("slow", 240)),
    76: (chain(*"abcdefg", fault=True), chain(*"abcdef", fault=True)),
    77: (thrown(("ValidationError", ""), flag="error"), thrown(("ValidationError", ""), flag="fault")),
    79: (
        named("api.amazon.com", fault=True, annotations={"foo": "bar"}),
        named("api.amazon.com", fault=True, annotations={"foo": "baz"}),
    ),
    80: (request(url='http://x.test/"quoted"'), request(url="http://x.test/quoted")),
    81: (
        web(5_000, fault=True, http={"request": {"url": "http://example/game"}}),
        web(4_999, fault=True, http={"request": {"url": "http://example/game"}}),
    ),
    82: (queue(fault=True), queue()),
}

GROUPS = {
    "high_response_time": parse("responsetime > 5"),
    "arn:aws:xray:eu-west-1:123456789012:group/slow/ABC": parse("responsetime > 1"),
}


def meant(text: str) -> Expression:
    expression = parse(text)
    assert expression is not None
    return resolve_groups(expression, lambda _, value: Group(value, GROUPS[value]))


@pytest.mark.parametrize("number", CASES)
def test_an_example_matches_what_it_means_and_nothing_near_it(number: int, scribe: Any) -> None:
    matching, other = CASES[number]
    expression = meant(EXAMPLES[number])

    assert matches(expression, Subject(matching(scribe)))
    assert not matches(expression, Subject(other(scribe)))


@pytest.mark.parametrize(
    ("number", "matching", "other"),
    [(63, web(5_001, user="alice"), web(5_000, user="alice")), (64, web(1_001), web(1_000))],
)
def test_a_group_stands_for_its_expression(number: int, matching: Build, other: Build, scribe: Any) -> None:
    expression = meant(EXAMPLES[number])

    assert matches(expression, Subject(matching(scribe)))
    assert not matches(expression, Subject(other(scribe)))


def test_a_called_service_is_an_inferred_cause_and_its_call_a_remote_entity(scribe: Any) -> None:
    # DynamoDB is named by its table; a service that AWS added since is named as the SDK wrote it.
    failing, slow = dynamodb("traces", fault=True)(scribe), dynamodb("traces", 211)(scribe)

    assert matches(
        parse('rootcause.fault.service { inferred and name = traces and type = "AWS::traces" }'), Subject(failing)
    )
    assert not matches(parse(EXAMPLES[75]), Subject(failing))
    assert matches(parse(EXAMPLES[73]), Subject(slow))
    assert not matches(parse(EXAMPLES[73]), Subject(dynamodb("traces", 210)(scribe)))


def test_a_cause_path_matches_as_a_whole(scribe: Any) -> None:
    def path(*, step: str) -> Any:
        return scribe.trace(
            scribe.segment("a", "A", 0, 300, subsegments=[scribe.segment("a1", step, 0, 300)]),
            scribe.segment("b", "B", 0, 300, parent_id="a1", fault=True),
        )

    expression = parse(EXAMPLES[78])

    assert matches(expression, Subject(path(step="q")))
    assert not matches(expression, Subject(path(step="r")))


def test_every_example_has_its_traces() -> None:
    elsewhere = {63, 64, 73, 75, 78}

    assert set(CASES) | elsewhere == set(EXAMPLES)
