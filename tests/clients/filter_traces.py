"""Traces written by hand, so that every example of the filter language matches some of them and not all.

`filter_examples.py` says which. A trace is a tree of steps that begins with its root segment.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

Document = dict[str, Any]

EC2 = "AWS::EC2::Instance"
ECS = "AWS::ECS::Container"
BEANSTALK = "AWS::ElasticBeanstalk::Environment"
LAMBDA = "AWS::Lambda"
FUNCTION = "AWS::Lambda::Function"
CANARY = "client::Synthetics"

QUEUE_URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/jobs"


class Step(msgspec.Struct, frozen=True):
    """A segment or, inside another step, a subsegment.

    Args:
        name: of the service, of what it calls, or of the piece of code.
        seconds: how long it took; None while it is in progress.
        inside: its subsegments.
        answers: the segments of the services that it led to.
        at: seconds after the beginning of the trace.
        fields: the others of its document.
    """

    name: str
    seconds: float | None
    inside: tuple[Step, ...]
    answers: tuple[Step, ...]
    at: float
    fields: Document

    def documents(self, trace_id: str, start: float) -> list[Document]:
        """Return the segment documents of the trace that begins with this step."""
        ids = (f"{number:016x}" for number in itertools.count(1))
        waiting: list[tuple[Step, Document]] = [(self, {"trace_id": trace_id})]
        found = []
        for step, belongs in waiting:  # grows while it is walked
            document, led_to = step._document(start, ids)
            found.append(belongs | document)
            waiting += [(answer, {"trace_id": trace_id, "parent_id": caller}) for caller, answer in led_to]
        return found

    def _document(self, start: float, ids: Iterator[str]) -> tuple[Document, list[tuple[str, Step]]]:
        """Return this step as JSON, and the segments that it led to with the id of the one who called."""
        own = next(ids)
        begin = round(start + self.at, 6)
        end = {"in_progress": True} if self.seconds is None else {"end_time": round(begin + self.seconds, 6)}
        document = {"id": own, "name": self.name, "start_time": begin, **end, **self.fields}
        led_to = [(own, answer) for answer in self.answers]
        subsegments = []
        for step in self.inside:
            subsegment, further = step._document(start, ids)
            subsegments.append(subsegment)
            led_to += further
        return document | ({"subsegments": subsegments} if subsegments else {}), led_to


def step(
    name: str, seconds: float | None, *inside: Step, answers: tuple[Step, ...] = (), at: float = 0, **fields: Any
) -> Step:
    """Make a segment, or a subsegment of local code."""
    return Step(name, seconds, inside, answers, at, fields)


def call(name: str, seconds: float, *answers: Step, status: int = 200, at: float = 0, **fields: Any) -> Step:
    """Make a subsegment of a call by HTTP."""
    http = {"request": {"method": "GET", "url": f"http://{name}/"}, "response": {"status": status}}
    return Step(name, seconds, (), answers, at, {"namespace": "remote", "http": http, **fields})


def aws_call(name: str, seconds: float, *, at: float = 0, parameters: dict[str, str], **fields: Any) -> Step:
    """Make a subsegment of a call of an AWS service."""
    return Step(name, seconds, (), (), at, {"namespace": "aws", "aws": parameters, **fields})


def query(name: str, seconds: float, *, at: float = 0, **fields: Any) -> Step:
    """Make a subsegment of a query of an SQL database."""
    sql = {"url": f"postgresql://{name}:5432/shop", "database_type": "PostgreSQL"}
    return Step(name, seconds, (), (), at, {"namespace": "remote", "sql": sql, **fields})


def served(url: str, status: int = 200, *, method: str = "GET", **request: str) -> Document:
    """Return the `http` block of a segment that answered a request."""
    return {"request": {"method": method, "url": url, **request}, "response": {"status": status}}


def answered(status: int) -> Document:
    """Return the `http` block of which only the status is known."""
    return {"response": {"status": status}}


def raised(type_: str, message: str) -> Document:
    """Return the `cause` block of one exception."""
    id_ = type_.encode().hex()[:16]
    return {"exceptions": [{"id": id_, "type": type_, "message": message}]}


def on_ec2(instance: str, zone: str) -> Document:
    """Return the `aws` block of a segment from an EC2 instance."""
    return {"ec2": {"instance_id": instance, "availability_zone": zone}}


def relay_race(names: tuple[str, ...], seconds: float) -> Step:
    """Make services of which each calls the next, and the last fails."""
    first, rest = names[0], names[1:]
    if not rest:
        return step(first, seconds, fault=True)
    return step(first, seconds, call(rest[0], seconds / 8, relay_race(rest, seconds / 8)))


def a_and_b(url: str, *, method: str, a: int, b: int) -> Step:
    """Make a call of a service `a` that calls a service `b`; they answer with these statuses."""
    return step(
        "a", 0.2, call("b", 0.02, step("b", 0.01, http=answered(b)), status=b), http=served(url, a, method=method)
    )


def api(seconds: float, *inside: Step, origin: str = EC2, **fields: Any) -> Step:
    """Make a segment of `api.example.com`."""
    return step("api.example.com", seconds, *inside, origin=origin, **fields)


BACKEND = "backend.example.com"

TRACES: dict[str, Step] = {
    "page": step(
        "site",
        0.05,
        origin=BEANSTALK,
        user="alice",
        http=served("http://shop.test/", user_agent="Mozilla/5.0", client_ip="198.51.100.7"),
    ),
    "report": step(
        "reports",
        6,
        aws_call("DynamoDB", 5.8, at=0.1, parameters={"operation": "ListTables"}),
        user="alice",
        http=served("https://shop.test/report"),
    ),
    "ledger": step(
        "ledger",
        4,
        aws_call("DynamoDB", 3, at=0.5, parameters={"operation": "Scan", "table_name": "traces"}),
        user="bob",
    ),
    "async": api(
        0.2,
        step("## enqueue", 0.01, answers=(step("worker", 6, at=1, origin=ECS),)),
        http=served("http://api.example.com/v2/jobs", 202, method="POST"),
    ),
    "login": step(
        "site",
        0.08,
        origin=BEANSTALK,
        cause=raised("ValidationError", "no password"),
        http=served("https://shop.test/login", 403, method="POST", user_agent="curl/8.5.0", client_ip="203.0.113.9"),
    ),
    "game-crash": step(
        "game",
        5.5,
        step("deserialize", 0.1, at=5, fault=True),
        http=served("https://play.example/game/1", 500, method="PUT"),
    ),
    "game": step(
        "game",
        0.1,
        annotations={"gameid": "817DL6VO", "age": "old"},
        http=served("https://play.example/api/game/7", client_ip="10.0.0.5"),
    ),
    "burst": step("site", 0.02, origin=BEANSTALK, user="bob", http=served("http://shop.test/buy", 429, method="POST")),
    "busy-table": step(
        "web",
        0.2,
        aws_call(
            "DynamoDB",
            0.02,
            parameters={"operation": "GetItem", "table_name": "carts"},
            http=answered(400),
            throttle=True,
            error=True,
        ),
        query("db", 0.02, at=0.1),
        origin=ECS,
        http=served("http://shop.test/cart"),
    ),
    "running": step("jobs", None),
    "image": step(
        "cdn",
        0.03,
        aws=on_ec2("i-0b5a4678fc325bg98", "us-west-2c"),
        http=served("https://img.test/logo.png", client_ip="10.1.2.3"),
    ),
    "elsewhere": step(
        "cdn",
        0.03,
        annotations={"age": False},
        aws=on_ec2("i-0aaaaaaaaaaaaaaaa", "us-west-2c"),
        http=served("http://img.test/logo.gif", client_ip="110.0.0.1"),
    ),
    "pay": step(
        "pay",
        0.4,
        answers=(
            step(
                "pay",
                0.3,
                at=0.05,
                origin=FUNCTION,
                aws={"account_id": "111111111111"},
                annotations={
                    "http.route": "/v1/pay",
                    "internal": False,
                    "country": "United Kingdom",
                    "account": "12345",
                },
            ),
        ),
        origin=LAMBDA,
        resource_arn="arn:aws:lambda:eu-west-1:111111111111:function:pay",
        http=answered(200),
    ),
    "youth": step(
        "api.amazon.com",
        0.05,
        aws={"account_id": "1"},
        annotations={
            "age": 29,
            "account": 12345,
            "country": "France",
            "foo": "bar",
            "gameid": "none",
            "http.route": "/v1/play",
            "internal": True,
        },
        http=served("http://shop.test/play"),
    ),
    "adult": step(
        "api.amazon.com",
        3,
        aws={"account_id": "2"},
        annotations={"age": 30, "foo": "bar"},
        http=served("http://shop.test/bar"),
    ),
    "api-fault": api(
        0.3,
        call(BACKEND, 0.02, step(BACKEND, 0.01)),
        step("deserialize", 0.02, step("parse", 0.01, at=0.1, fault=True), at=0.1, fault=True),
        annotations={"foo": "bar"},
        http=served("http://api.example.com/v2/items", 500),
    ),
    "api-slow": api(
        5,
        call(BACKEND, 4.5, step(BACKEND, 4.4)),
        origin=ECS,
        annotations={"foo": "bar"},
        http=served("https://api.example.com/slow"),
    ),
    "api-denied": api(
        0.2,
        call(BACKEND, 0.02, step(BACKEND, 0.01, user="alice", http=answered(404)), status=404),
        http=served("http://api.example.com/v1/items"),
    ),
    "lost": step("gateway", 0.05, http=served("http://api.example.com/v2/x", 502)),
    "plane": step("data-plane", 0.2, fault=True),
    "plane-inner": step(
        "control", 0.2, call("data-plane", 0.02, step("data-plane", 0.01, http=answered(500)), status=500)
    ),
    "fn-throttled": step("function-name", 0.01, origin=LAMBDA, http=answered(429)),
    "fn-error": step(
        "function-name",
        0.3,
        answers=(step("function-name", 0.27, origin=FUNCTION, error=True),),
        origin=LAMBDA,
        http=answered(200),
    ),
    "random": step(
        "random-name",
        0.3,
        answers=(step("random-name", 0.27, origin=FUNCTION, error=True),),
        origin=LAMBDA,
        http=answered(200),
    ),
    "random-throttled": step("random-name", 0.01, origin=LAMBDA, http=answered(429)),
    "canary": step("site", 0.5, origin=CANARY, http=served("https://shop.test/")),
    "canary-www": step(
        "www",
        0.5,
        call("www", 0.45, step("www", 0.44, origin=BEANSTALK)),
        origin=CANARY,
        http=served("https://www.test/"),
    ),
    "cached": step(
        "web",
        1,
        call("cache", 0.05),
        query("db", 0.6, at=0.1),
        origin=ECS,
        http=served('http://shop.test/search?q="quoted"'),
    ),
    "batch": step(
        "batch",
        0.5,
        query("db", 0.02, fault=True),
        aws_call(
            "DynamoDB", 0.02, at=0.1, parameters={"operation": "GetItem", "table_name": "traces"}, http=answered(500)
        ),
    ),
    "typed": step(
        "one",
        0.2,
        call("two", 0.02, step("two", 0.01, origin="t::B", http=answered(500)), status=500),
        origin="t::A",
    ),
    "ab": a_and_b("http://shop.test/ab", method="GET", a=200, b=200),
    "a-fails": a_and_b("http://shop.test/ab", method="POST", a=500, b=200),
    "ab-fail": a_and_b("http://shop.test/ab", method="PUT", a=500, b=500),
    "auth": step(
        "front",
        0.2,
        call(
            "Auth",
            0.02,
            step(
                "Auth",
                0.01,
                http=answered(500),
                cause=raised("AccessDenied", "Access Denied for account_id: 1234567890"),
            ),
            status=500,
        ),
        http=served("http://shop.test/account", 500),
        cause=raised("AuthFailed", "Auth answered 500"),
    ),
    "long-path": relay_race(("s0", "s1", "s2", "s3", "s4", "s5", "s6"), 0.7),
    "A-q-B": step("A", 0.2, call("q", 0.02, step("B", 0.01, fault=True), status=500), fault=True),
    "A-q-B-r": step(
        "A",
        0.2,
        call(
            "q",
            0.02,
            step("B", 0.01, step("r", 0.001, fault=True, cause=raised("TooLateError", "too late")), fault=True),
            status=500,
        ),
        fault=True,
        cause=raised("AccessDenied", "Access Denied for account_id: 1234567890"),
    ),
    "queue": step(
        "sender",
        0.2,
        aws_call(
            "SQS", 0.02, parameters={"operation": "SendMessage", "queue_url": QUEUE_URL}, http=answered(400), error=True
        ),
    ),
}
