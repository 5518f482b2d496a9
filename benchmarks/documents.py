"""Segment documents as a shop on AWS sends them, made from a seed.

A trace is either a request through several services, each of which sends its segment with its calls inside, or
a Lambda invocation, whose subsegments are sent on their own. Some fail, with an exception and its stack. What
cannot be compressed in real documents cannot be here either: ids, times to the digit that the SDK in question
writes, and AWS's request ids at their real length.

Documents are put together from templates, since building them as objects would cost more than receiving them.
"""

from __future__ import annotations

import base64
import random
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

ID_DIGITS = 16
_IDS_PER_TRACE = 64
_SERVICES = ("web", "orders", "payments", "catalogue", "accounts", "search", "delivery", "prices", "notify", "stock")
_REGION = "eu-west-1"
_ACCOUNT = "123456789012"
_AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "shop-app/5.12.0 (iPhone; iOS 18.1)",
    "shop-app/5.12.0 (Android 15)",
)
_METHODS = ("GET", "GET", "GET", "POST", "POST", "PUT")
_TIERS = ("free", "silver", "gold")
_LAMBDA_SHARE = 0.14
# Shares of requests that fail, in this order, each with the status of its answer.
_FAILURES = ((0.02, 500), (0.05, 404), (0.06, 429))
_CALL_ON = 0.35
_DEEPEST = 3
_THROTTLED, _FAULT = 429, 500

_SEGMENT = (
    '{"id":"%s","name":"%s","start_time":%s,%s"http":{"request":{"url":"http://%s.local'
    '/%s/%d","method":"%s","client_ip":"%s"%s},"response":{"status":%d,"content_length":%d}},'
    '%s"annotations":{"tier":"%s"},%s"trace_id":"%s","subsegments":[%s],"end_time":%s}'
)
_DYNAMODB = (
    '{"id":"%s","name":"%s","start_time":%s,%s"namespace":"aws","http":{"response":{"status":200,'
    '"content_length":%d}},"aws":{"operation":"%s","region":"' + _REGION + '","request_id":"%s",'
    '"table_name":"%s"},"end_time":%s}'
)
_SQS = (
    '{"id":"%s","name":"%s","start_time":%s,%s"namespace":"aws","http":{"response":{"status":200}},'
    '"aws":{"operation":"SendMessage","region":"'
    + _REGION
    + '","request_id":"%s","queue_url":"https://sqs.'
    + _REGION
    + ".amazonaws.com/"
    + _ACCOUNT
    + '/%s"},"end_time":%s}'
)
_SQL = (
    '{"id":"%s","name":"%s@db.local","start_time":%s,%s"namespace":"remote","sql":{"url":"postgresql://'
    'db.local/%s","database_type":"PostgreSQL",'
    '"sanitized_query":"%s"},"end_time":%s}'
)
_REMOTE = (
    '{"id":"%s","name":"%s","start_time":%s,%s"namespace":"remote","http":{"request":{"method":"%s",'
    '"url":"http://%s/%s"},"response":{"status":%d,"content_length":%d}},"end_time":%s}'
)
_LOCAL = '{"id":"%s","name":"%s","start_time":%s,%s"end_time":%s}'
_FUNCTION = (
    '{"id":"%s","name":"%s","start_time":%s,%s"in_progress":false,"trace_id":"%s","origin":"%s","resource_arn":"%s",'
    '"aws":{"account_id":"' + _ACCOUNT + '","function_arn":"%s","resource_names":["%s"],"request_id":"%s"},'
    '%s"end_time":%s}'
)
_QUERIES = (
    "SELECT id, state, total FROM orders WHERE customer_id = ?",
    "UPDATE stock SET reserved = reserved + ? WHERE article_id = ?",
    "INSERT INTO ledger (account_id, amount, currency) VALUES (?, ?, ?)",
)
_EXCEPTIONS = (
    ("TimeoutError", "the payment provider did not answer within 3000 ms"),
    ("KeyError", "'delivery_address'"),
    ("psycopg.errors.DeadlockDetected", "deadlock detected: process waits for ShareLock on transaction"),
)


class Mix(msgspec.Struct, frozen=True, kw_only=True):
    """What the documents are like.

    Args:
        seed: the same seed makes the same documents.
        services: how many services there are; the first one takes the requests.
        users: how many users send them.
        w3c: share of the traces with W3C trace ids, which carry no time; from 0 to 1.
    """

    seed: int = 1
    services: int = 10
    users: int = 3000
    w3c: float = 0.1


class MadeTrace(msgspec.Struct, frozen=True):
    """A trace: its id, whether that carries no time (W3C), and its documents in the order they are sent."""

    id: str
    w3c: bool
    documents: list[str]


class _Service(msgspec.Struct, frozen=True):
    """What is the same in all documents of a service.

    Args:
        name: its name.
        python: whether its SDK is Python's, which repeats ids in subsegments and writes times to 100 ns; the
            others write milliseconds.
        tail: its origin, AWS block, SDK and runtime.
        metadata: its metadata.
        calls: the kinds of calls it makes to others than services.
        calls_on: the services that it calls.
    """

    name: str
    python: bool
    tails: tuple[str, ...]
    metadata: str
    calls: tuple[str, ...]
    calls_on: tuple[int, ...]


# What services call besides services; the first is the one that takes the requests.
_MENUS = (("local",), ("dynamodb", "sqs"), ("sql", "partner"), ("dynamodb", "sql"), ("sql",), ("partner", "dynamodb"))


def _host(number: int, name: str, host: int) -> str:
    if number % 2:
        return f'"ecs":{{"container":"{name}-{host:03x}.internal"}}'
    return f'"ec2":{{"instance_id":"i-0ab{number:03x}{host * 7919:011x}","availability_zone":"{_REGION}b"}}'


def _service(number: int, count: int) -> _Service:
    name = _SERVICES[number] if number < len(_SERVICES) else f"service-{number}"
    python = number % 5 == 1  # the others are Node.js, of which there are more
    sdk = '"X-Ray for Python","sdk_version":"2.14.0"' if python else '"X-Ray for Node.js","sdk_version":"3.10.2"'
    origin = "AWS::ECS::Container" if number % 2 else "AWS::EC2::Instance"
    tails = tuple(
        f'"origin":"{origin}","aws":{{{_host(number, name, host)},"xray":{{"sdk":{sdk}}}}},' for host in range(1, 7)
    )
    metadata = f'"metadata":{{"default":{{"build":"2024.11.{number + 1}"}}}},' if python else ""
    calls_on = tuple(range(1, min(6, count))) if number == 0 else tuple(range(number + 3, min(number + 5, count)))
    return _Service(name, python, tails, metadata, _MENUS[0 if number == 0 else 1 + number % 5], calls_on)


def _seven_digits(seconds: float) -> str:
    return f"{seconds:.7f}"


def _three_digits(seconds: float) -> str:
    return f"{seconds:.3f}"


class Documents:
    """Makes traces, one after the other.

    Args:
        mix: what they are like.
    """

    def __init__(self, mix: Mix) -> None:
        self._mix = mix
        self._random = random.Random(mix.seed)
        self._services = [_service(number, mix.services) for number in range(mix.services)]
        self._id = ""
        self._ids: Iterator[str] = iter(())
        self._documents: list[str] = []

    def trace(self, at: float) -> MadeTrace:
        """Make the next trace.

        Args:
            at: when it begins, seconds since the epoch.
        """
        source = self._random
        w3c = source.random() < self._mix.w3c
        digits = f"{source.getrandbits(64 * _IDS_PER_TRACE):0{ID_DIGITS * _IDS_PER_TRACE}x}"
        self._ids = iter([digits[at : at + ID_DIGITS] for at in range(0, len(digits), ID_DIGITS)])
        epoch = next(self._ids)[:8] if w3c else f"{int(at):08x}"
        self._id = f"1-{epoch}-{next(self._ids)}{next(self._ids)[:8]}"
        self._documents = []
        if source.random() < _LAMBDA_SHARE:
            self._invocation(at)
        else:
            draw = source.random()
            status = next((status for share, status in _FAILURES if draw < share), 200)
            self._serve(0, "", at, 0, status)
        return MadeTrace(self._id, w3c, self._documents)

    def _serve(self, number: int, parent: str, at: float, depth: int, status: int) -> float:
        """Let a service serve a request: its callees' documents, then its own. Return when it ended."""
        source = self._random
        service = self._services[number]
        stamp = _seven_digits if service.python else _three_digits
        own = next(self._ids)
        inside = f'"parent_id":"{own}","trace_id":"{self._id}","type":"subsegment",' if service.python else ""
        calls: list[str] = []
        moment = at + 0.0005 + source.random() * 0.002
        for kind in service.calls:
            call, moment = self._call(kind, service, inside, moment)
            calls.append(call)
        for called in self._called(service, depth):
            call_id = next(self._ids)
            end = self._serve(called, call_id, moment + 0.0004, depth + 1, status) + 0.0004
            host = f"{self._services[called].name}.local"
            flags = _flags(status)
            calls.append(
                _REMOTE
                % (
                    call_id,
                    self._services[called].name,
                    stamp(moment),
                    inside + flags,
                    "POST",
                    host,
                    self._services[called].name,
                    status,
                    source.randrange(20, 4000),
                    stamp(end),
                )
            )
            moment = end
        moment += 0.0003 + source.random() * 0.004
        deepest = len(calls) == len(service.calls)
        user = source.randrange(self._mix.users)
        head = f'"parent_id":"{parent}",' if parent else ""
        head += _flags(status) + (self._cause(service) if status == _FAULT and deepest else "")
        tail = service.tails[source.randrange(len(service.tails))] + (f'"user":"user-{user}",' if not parent else "")
        self._documents.append(
            _SEGMENT
            % (
                own,
                service.name,
                stamp(at),
                head,
                service.name,
                service.name,
                source.randrange(1, 90_000),
                source.choice(_METHODS),
                f"203.0.{user % 113}.{user % 251}" if not parent else f"10.0.{number}.{source.randrange(2, 250)}",
                f',"user_agent":"{_AGENTS[user % len(_AGENTS)]}"' if not parent else "",
                status,
                source.randrange(20, 20_000),
                service.metadata,
                _TIERS[user % 3],
                tail,
                self._id,
                ",".join(calls),
                stamp(moment),
            )
        )
        return moment

    def _called(self, service: _Service, depth: int) -> list[int]:
        """Choose the services that a request goes on to."""
        source = self._random
        if not service.calls_on or depth >= _DEEPEST:
            return []
        if depth == 0:
            return source.sample(service.calls_on, min(len(service.calls_on), 1 + source.randrange(3)))
        return [source.choice(service.calls_on)] if source.random() < _CALL_ON else []

    def _call(self, kind: str, service: _Service, inside: str, at: float) -> tuple[str, float]:
        """Make a call to something that sends no segment; return it and when it ended."""
        source = self._random
        stamp = _seven_digits if service.python else _three_digits
        own = next(self._ids)
        draw = source.random()
        end = at + 0.0006 + draw * draw * draw * 0.08
        name = service.name
        begin, finish = stamp(at), stamp(end)
        if kind == "dynamodb":
            operation = ("GetItem", "Query", "UpdateItem")[source.randrange(3)]
            spelling = "dynamodb" if service.python else "DynamoDB"
            size = source.randrange(10, 4000)
            request = self._long_request_id()
            call = _DYNAMODB % (own, spelling, begin, inside, size, operation, request, name, finish)
        elif kind == "sqs":
            spelling = "sqs" if service.python else "SQS"
            call = _SQS % (own, spelling, begin, inside, self._uuid(), f"{name}-events", finish)
        elif kind == "sql":
            query = _QUERIES[source.randrange(3)]
            call = _SQL % (own, name, begin, inside, name, query, finish)
        elif kind == "partner":
            host = f"api.{name}.example"
            path = f"{name}/{source.randrange(1, 90_000)}"
            size = source.randrange(20, 4000)
            call = _REMOTE % (own, host, begin, inside, "GET", host, path, 200, size, finish)
        else:
            call = _LOCAL % (own, "render", begin, inside, finish)
        return call, end

    def _cause(self, service: _Service) -> str:
        """Return the exception behind a fault, with its stack."""
        source = self._random
        kind, message = _EXCEPTIONS[source.randrange(len(_EXCEPTIONS))]
        stack = ",".join(
            f'{{"path":"/app/{service.name}/{module}.py","line":{source.randrange(12, 400)},"label":"{label}"}}'
            for module, label in (
                ("http/server", "handle"),
                ("http/routing", "dispatch"),
                ("views/basket", "post"),
                ("domain/checkout", "settle_the_basket"),
                ("clients/retry", "with_retries"),
                ("clients/session", "send"),
            )
        )
        return (
            f'"cause":{{"working_directory":"/app","exceptions":[{{"id":"{next(self._ids)}","message":"{message}",'
            f'"type":"{kind}","remote":false,"stack":[{stack}]}}]}},'
        )

    def _invocation(self, at: float) -> None:
        """Send what Lambda and a function send: the subsegments, each on its own, then both segments."""
        source = self._random
        name = ("resize-images", "nightly-report", "stock-webhook")[source.randrange(3)]
        arn = f"arn:aws:lambda:{_REGION}:{_ACCOUNT}:function:{name}"
        service = self._services[0]
        platform, function = next(self._ids), next(self._ids)
        inside = f'"parent_id":"{function}","trace_id":"{self._id}","type":"subsegment",'
        moment = at + 0.003
        for kind in ("dynamodb", "sqs", "partner")[: source.choice((2, 3))]:
            call, moment = self._call(kind, service, inside, moment)
            self._documents.append(call)
        request = self._uuid()
        for own, parent, origin, begin, end in (
            (function, platform, "AWS::Lambda::Function", at + 0.002, moment + 0.001),
            (platform, "", "AWS::Lambda", at, moment + 0.002),
        ):
            head = f'"parent_id":"{parent}",' if parent else ""
            body = self._function_body(moment) if parent else '"http":{"response":{"status":200}},'
            self._documents.append(
                _FUNCTION
                % (own, name, f"{begin:.7f}", head, self._id, origin, arn, arn, name, request, body, f"{end:.7f}")
            )

    def _function_body(self, end: float) -> str:
        overhead = _LOCAL % (next(self._ids), "Overhead", f"{end:.7f}", "", f"{end + 0.0006:.7f}")
        tier, size = self._random.choice(_TIERS), self._random.randrange(1, 11)
        return (
            f'"annotations":{{"cold_start":false,"tier":"{tier}"}},"metadata":{{"default":{{"event_source":"aws:sqs",'
            f'"batch_size":{size},"memory_mb":512}}}},"subsegments":[{overhead}],'
        )

    def _long_request_id(self) -> str:
        """Return a request id like DynamoDB's: 52 characters of 5 bits."""
        return base64.b32hexencode(self._random.randbytes(33))[:52].decode()

    def _uuid(self) -> str:
        digits = next(self._ids) + next(self._ids)
        return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"


def _flags(status: int) -> str:
    if status == _FAULT:
        return '"fault":true,'
    if status == _THROTTLED:
        return '"throttle":true,"error":true,'
    return "" if status < 400 else '"error":true,'


def make_traces(mix: Mix, documents: int, *, start: float, end: float) -> Iterator[MadeTrace]:
    """Make traces until there are so many documents; the last trace may be cut.

    Args:
        mix: what they are like.
        documents: how many.
        start: when the first trace begins, seconds since the epoch.
        end: when the last one begins; the others are spread evenly between.
    """
    maker = Documents(mix)
    made = 0
    while made < documents:
        trace = maker.trace(start + (end - start) * made / documents)
        made += len(trace.documents)
        if made > documents:
            del trace.documents[documents - made :]
        yield trace
