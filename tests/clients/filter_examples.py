# ruff: noqa: E501 -- each example stands on its line, as published
"""The examples of the filter language and, worked out by hand, which traces of `filter_traces.py` match each.

The numbers are those of the specification. Three examples name what only AWS's own account could have; what stands here
instead is told beside them.
"""

from __future__ import annotations

from tests.clients.filter_traces import QUEUE_URL, TRACES

EVERY = frozenset(TRACES)

# The sets that many examples have in common.
ERRORS = {"login", "burst", "fn-throttled", "random-throttled"}
FAULTS = {"game-crash", "api-fault", "lost", "plane", "a-fails", "ab-fail", "auth", "A-q-B", "A-q-B-r"}
NOT_OK = ERRORS | FAULTS
OK = EVERY - NOT_OK
THREE_SECONDS_OR_MORE = {"report", "ledger", "async", "game-crash", "adult", "api-slow"}
USERS = {"page", "report", "ledger", "burst", "api-denied"}
# A boolean annotation by itself asks whether it is true, and that of "elsewhere" is false.
AGED = {"game", "youth", "adult"}
HTTPS = {"report", "login", "game-crash", "game", "image", "api-slow", "canary", "canary-www"}

GROUPS = {"high_response_time": "responsetime > 5", "slow": "duration >= 5"}
"""The groups that must exist before the examples are asked for."""

SLOW_ARN = "ARN-OF-GROUP-SLOW"
"""Stands for the ARN that the service has given the group `slow`."""

EXAMPLES: dict[int, tuple[str, frozenset[str] | set[str]]] = {
    1: ("responsetime > 5", {"report", "game-crash"}),
    2: ("duration >= 5 AND duration <= 8", {"report", "async", "game-crash", "api-slow"}),
    3: ("ok", OK),
    4: ("!ok", NOT_OK),
    5: ("ok = false", NOT_OK),
    6: ("ok != true", NOT_OK),
    7: ("error", ERRORS),
    8: ("fault = true", FAULTS),
    9: ("throttle", {"burst", "busy-table", "fn-throttled", "random-throttled"}),
    10: ("partial", {"running"}),
    11: ("!partial", EVERY - {"running"}),
    12: ("inferred", {"report", "ledger", "busy-table", "cached", "batch", "queue"}),
    13: ("http.status != 200", (NOT_OK - {"plane", "A-q-B", "A-q-B-r"}) | {"async"}),  # those three have no status
    14: ("http.status >= 500 AND http.status < 600", FAULTS - {"plane", "A-q-B", "A-q-B-r"}),
    15: ("ok !partial duration <3", OK - {"running"} - THREE_SECONDS_OR_MORE),
    16: ('http.url CONTAINS "/api/game/"', {"game"}),
    17: ('http.url BEGINSWITH "https://"', HTTPS),
    18: ('http.url ENDSWITH ".png"', {"image"}),
    19: ('http.method = "POST"', {"async", "login", "burst", "a-fails"}),
    20: ('http.method != "GET"', {"async", "login", "burst", "a-fails", "game-crash", "ab-fail"}),
    21: ('http.useragent CONTAINS "curl"', {"login"}),
    22: ('http.clientip = "203.0.113.9"', {"login"}),
    23: ('http.clientip BEGINSWITH "10."', {"game", "image"}),
    24: ('user CONTAINS ""', USERS),
    25: ('user = "alice"', {"page", "report", "api-denied"}),
    26: ("!user", EVERY - USERS),
    27: ("http.url AND responseTime > 2", {"report", "game-crash", "adult", "api-slow"}),
    28: ('availabilityzone = "us-west-2c"', {"image", "elsewhere"}),
    29: ('instance.id = "i-0b5a4678fc325bg98"', {"image"}),
    30: ('resource.arn CONTAINS ":function:pay"', {"pay"}),
    31: ('annotation.gameid = "817DL6VO"', {"game"}),
    32: ("annotation.age", AGED),
    33: ("!annotation.age", EVERY - AGED),
    34: ("annotation.age > 29", {"adult"}),
    35: ("annotation[age] > 29", {"adult"}),
    36: ('annotation[http.route] = "/v1/pay"', {"pay"}),
    37: ("annotation.internal = false", {"pay"}),
    38: ('annotation.country BEGINSWITH "United"', {"pay"}),
    39: ('annotation.account = "12345"', {"pay"}),
    40: ('service("api.example.com")', {"async", "api-fault", "api-slow", "api-denied"}),
    41: ('service("api.example.com") { fault }', {"api-fault"}),
    42: ("service() { fault }", FAULTS | {"plane-inner", "batch", "typed", "long-path"}),
    43: ('service("api.example.com") { fault = true OR responsetime >= 5 }', {"api-fault", "api-slow"}),
    44: ('service("data-plane") {root = true and fault = true}', {"plane"}),
    45: ('service("function-name") { error }', {"fn-throttled", "fn-error"}),
    46: ('service(id(name: "random-name", type: "AWS::Lambda::Function")) { error }', {"random"}),
    47: ('service(id(type: "AWS::Lambda::Function")) { error }', {"fn-error", "random"}),
    48: ('service(id(type: "AWS::DynamoDB::Table")) { throttle }', {"busy-table"}),
    49: ('service(id(account.id: "111111111111"))', {"pay"}),
    50: ('service(id(account.id:"1")) OR service(id(account.id:"2"))', {"youth", "adult"}),
    51: ('service(id(name: "api.example.com", type: "AWS::EC2::Instance"))', {"async", "api-fault", "api-denied"}),
    52: ('service(id(name: "site", type: "client::Synthetics"))', {"canary"}),
    53: ('!service("cache")', EVERY - {"cached"}),
    54: (
        'http.url BEGINSWITH "http://api.example.com/" AND http.url CONTAINS "/v2/" AND !service("api.example.com")',
        {"lost"},
    ),
    55: ('edge("api.example.com", "backend.example.com")', {"api-fault", "api-slow", "api-denied"}),
    56: ('edge("api.example.com", "backend.example.com") { error }', {"api-denied"}),
    57: ('edge("web", "db") { responsetime > 0.5 }', {"cached"}),
    58: ('edge(id(name: "one", type: "t::A"), id(name: "two", type: "t::B")) { fault }', {"typed"}),
    59: (
        'edge(id(name: "www", type: "client::Synthetics"), id(name: "www", type: "AWS::ElasticBeanstalk::Environment"))',
        {"canary-www"},
    ),
    60: ('edge(, "db") { fault }', {"batch"}),
    61: ('service("a") AND service("b")', {"ab", "a-fails", "ab-fail"}),
    62: ('service("a") { fault } AND !service("b") { fault }', {"a-fails"}),
    63: ('group.name = "high_response_time" AND user = "alice"', {"report"}),
    # The service makes up a group's ARN; the specification's is that of a group in somebody's account.
    64: (f'group.arn = "{SLOW_ARN}"', {"report", "async", "game-crash", "api-slow"}),
    65: ("!(error OR fault)", OK),
    66: ('error OR fault AND http.method = "PUT"', ERRORS | {"game-crash", "ab-fail"}),
    67: ('(error OR fault) AND http.method = "PUT"', {"game-crash", "ab-fail"}),
    68: (
        "NOT fault responsetime <= 0.1",
        {"page", "login", "game", "burst", "image", "elsewhere", "youth", "fn-throttled", "random-throttled"},
    ),
    69: ('rootcause.fault.service { name = "Auth" }', {"auth"}),
    70: ('rootcause.responsetime.service { last and type = "AWS::DynamoDB" }', {"report"}),
    71: ('rootcause.fault.exception { last and message = "Access Denied for account_id: 1234567890" }', {"auth"}),
    72: ('rootcause.fault.entity { last and name = "deserialize" }', {"game-crash"}),
    73: ('rootcause.responsetime.entity { remote and coverage > 0.7 and name = "traces" }', {"ledger"}),
    # Where nothing inside takes a fifth of the time, the root segment is the last entity itself, and covers all of it.
    74: ("rootcause.responsetime.entity { last and coverage > 0.8 }", EVERY - {"running", "ledger", "pay", "cached"}),
    # The call of a table leads to a node of type AWS::DynamoDB::Table; one of type AWS::DynamoDB is never named "traces".
    75: ('rootcause.fault.service { inferred and name = traces and type = "AWS::DynamoDB::Table" }', {"batch"}),
    76: ("rootcause.fault.service { index > 5 }", {"long-path"}),
    77: ('rootcause.error.exception { name = "ValidationError" }', {"login"}),
    78: (
        'rootcause.json = #[{ "Services": [ { "Name": "A", "EntityPath": [ { "Name": "A" }, { "Name": "q" } ] }, { "Name": "B", "EntityPath": [ { "Name": "B" } ] } ] }]',
        {"A-q-B"},
    ),
    79: ('service("api.amazon.com") { fault = true OR responsetime > 2.5 } AND annotation.foo = "bar"', {"adult"}),
    80: (r'http.url CONTAINS "\"quoted\""', {"cached"}),
    81: ('fault = true AND http.url CONTAINS "example/game" AND responsetime >= 5', {"game-crash"}),
    # A queue is named by its URL; a node SQS of type AWS::SQS::Queue cannot be inferred.
    82: (f'service(id(name:"{QUEUE_URL}", type:"AWS::SQS::Queue")) {{ !ok }}', {"queue"}),
}

MISTAKES: dict[str, tuple[int, str]] = {
    "responsetime >": (14, "a number"),
    'service("a"': (11, r"\)"),
    "foo = 1": (0, "a term"),
    "http.url > 3": (9, "CONTAINS"),
    'ok CONTAINS "x"': (3, "="),
    "coverage > 0.5": (0, "top level"),
    "{ fault }": (0, "a term"),
    'group.name = "nosuch"': (0, "a group that exists"),
    'edge("a","b","c")': (12, r"\)"),
    "fault &&  error": (6, "AND"),
    '"text"': (0, "a term"),
}
"""What is no expression: where it goes wrong, and what could have stood there (a regular expression)."""

MISTAKE_OF_STRICT_AWS = 'service("a") { annotation.x }'
"""No expression either, but an extension that Radiograph takes unless the setting `strict_aws` is on."""
