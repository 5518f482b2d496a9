"""The words of the language: what each is compared with, and where it may stand.

One table serves the parser, its checks, the documentation and the console's completion. Words are compared
without regard to case.
"""

from typing import Literal

import msgspec

Kind = Literal["boolean", "number", "string", "any", "term"]
"""What a word is compared with; "any" of the three, and "term" has a form of its own."""

Scope = Literal[
    "trace",
    "service",
    "edge",
    "cause service",
    "cause entity",
    "slow entity",
    "cause exception",
]
"""Where a word stands: at the top, or in the braces of which term.

A "cause entity" is that of a fault or an error, a "slow entity" that of a response time.
"""


class Keyword(msgspec.Struct, frozen=True):
    """One word.

    Args:
        name: in lower case.
        kind: what it is compared with.
        scopes: where it may stand.
        help: what it means, one line.
        extension_in: the scopes in which it is an extension of Radiograph, which AWS does not know.
    """

    name: str
    kind: Kind
    scopes: frozenset[Scope]
    help: str
    extension_in: frozenset[Scope] = frozenset()


class Place(msgspec.Struct, frozen=True):
    """How a message speaks of a scope.

    Args:
        name: as in "… stands only <name>".
        example: terms that fit there.
    """

    name: str
    example: str


PLACES: dict[Scope, Place] = {
    "trace": Place("at the top level", 'fault, responsetime > 2 or service("name")'),
    "service": Place("inside service() { }", "fault or responsetime > 2"),
    "edge": Place("inside edge() { }", "fault or responsetime > 2"),
    "cause service": Place("inside rootcause.….service { }", 'last or name = "checkout"'),
    "cause entity": Place("inside rootcause.….entity { }", 'last or name = "checkout"'),
    "slow entity": Place("inside rootcause.responsetime.entity { }", "last or coverage > 0.8"),
    "cause exception": Place("inside rootcause.….exception { }", 'last or message CONTAINS "denied"'),
}

_T: frozenset[Scope] = frozenset(("trace",))
_S: frozenset[Scope] = frozenset(("service",))
_E: frozenset[Scope] = frozenset(("edge",))
_TSE = _T | _S | _E
_ENTITIES: frozenset[Scope] = frozenset(("cause entity", "slow entity"))
_SERVICES: frozenset[Scope] = frozenset(("cause service",))
_EXCEPTIONS: frozenset[Scope] = frozenset(("cause exception",))
_SLOW: frozenset[Scope] = frozenset(("slow entity",))
_R = _ENTITIES | _SERVICES | _EXCEPTIONS

_TABLE = (
    Keyword("ok", "boolean", _TSE, "the request showed neither error nor throttle nor fault"),
    Keyword("error", "boolean", _TSE, "the answer was 4xx"),
    Keyword("throttle", "boolean", _TSE, "the answer was 429; of a trace: that of any part"),
    Keyword("fault", "boolean", _TSE, "the answer was 5xx"),
    Keyword("partial", "boolean", _TSE, "parts are missing or still in progress"),
    Keyword("inferred", "boolean", _T | _S | _SERVICES, "a service that sent nothing is known from a call to it"),
    Keyword("first", "boolean", _R, "the element is the first of its path"),
    Keyword("last", "boolean", _R, "the element is the last of its path"),
    Keyword("remote", "boolean", _ENTITIES | _E, "a call to another service"),
    Keyword("root", "boolean", _S | _T, "the trace was entered here"),
    Keyword("coldstart", "boolean", _T | _S, "a Lambda function had to be initialised"),
    Keyword("responsetime", "number", _TSE, "seconds until the answer"),
    Keyword("duration", "number", _TSE, "seconds until all work was done, also after the answer"),
    Keyword("http.status", "number", _TSE, "status of the HTTP answer"),
    Keyword("index", "number", _R, "position of the element in its path, from 0"),
    Keyword("coverage", "number", _SLOW, "share of the trace's response time, 0 to 1"),
    Keyword("http.url", "string", _TSE, "URL of the request"),
    Keyword("http.method", "string", _TSE, "method of the request"),
    Keyword("http.useragent", "string", _T | _S, "user agent of the client"),
    Keyword("http.clientip", "string", _T | _S, "address of the client"),
    Keyword("user", "string", _T | _S, "id of a user"),
    Keyword("name", "string", _R | _S, "name of the service, entity or exception"),
    Keyword("type", "string", _SERVICES | _S, "type of the service, such as AWS::ECS::Container"),
    Keyword("message", "string", _EXCEPTIONS, "message of the exception"),
    Keyword("account.id", "string", _T, "AWS account of any part"),
    Keyword("availabilityzone", "string", _T | _S, "availability zone of the EC2 instance"),
    Keyword("instance.id", "string", _T | _S, "id of the EC2 instance"),
    Keyword("resource.arn", "string", _T | _S, "ARN of the resource that ran the code"),
    Keyword("service", "term", _T, "the trace passed through a service, and what happened there"),
    Keyword("edge", "term", _T, "one service called another, and how the call went"),
    Keyword("annotation", "any", _T | _S, "value of an annotation", extension_in=_S),
    Keyword("metadata", "any", _T, "value in the metadata", extension_in=_T),
    Keyword("group.name", "term", _T, "the expression of the group of this name holds"),
    Keyword("group.arn", "term", _T, "the expression of the group of this ARN holds"),
    Keyword("rootcause.json", "term", _T, "root causes have this structure"),
    Keyword("rootcause.fault", "term", _T, "a fault has a root cause"),
    Keyword("rootcause.fault.json", "term", _T, "root causes of faults have this structure"),
    Keyword("rootcause.fault.service", "term", _T, "a service on the path to a fault"),
    Keyword("rootcause.fault.entity", "term", _T, "a segment or subsegment on the path to a fault"),
    Keyword("rootcause.fault.exception", "term", _T, "an exception on the path to a fault"),
    Keyword("rootcause.error", "term", _T, "an error has a root cause"),
    Keyword("rootcause.error.json", "term", _T, "root causes of errors have this structure"),
    Keyword("rootcause.error.service", "term", _T, "a service on the path to an error"),
    Keyword("rootcause.error.entity", "term", _T, "a segment or subsegment on the path to an error"),
    Keyword("rootcause.error.exception", "term", _T, "an exception on the path to an error"),
    Keyword("rootcause.responsetime", "term", _T, "the response time has a root cause"),
    Keyword("rootcause.responsetime.json", "term", _T, "root causes of the response time have this structure"),
    Keyword("rootcause.responsetime.service", "term", _T, "a service on the path that took longest"),
    Keyword("rootcause.responsetime.entity", "term", _T, "a segment or subsegment on the path that took longest"),
)

KEYWORDS: dict[str, Keyword] = {keyword.name: keyword for keyword in _TABLE}
"""Every word that can begin a term, by its name."""


def in_scope(scope: Scope, *, extensions: bool = True) -> list[Keyword]:
    """Return the words that may stand in a place, in the order of the table."""
    return [
        keyword for keyword in _TABLE if scope in keyword.scopes and (extensions or scope not in keyword.extension_in)
    ]


def homes(keyword: Keyword) -> str:
    """Return where a word may stand, for a message."""
    scopes = keyword.scopes - ({"slow entity"} if "cause entity" in keyword.scopes else set())
    return " or ".join(place.name for scope, place in PLACES.items() if scope in scopes)
