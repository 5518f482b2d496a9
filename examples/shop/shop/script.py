"""What a script of purchases must leave on the service map, by arithmetic alone.

Nothing here talks to a service: `expected_graph` is what somebody would work out on paper from the table
below.
"""

import enum
from typing import Any

import msgspec

from .names import BANK_HOST, CATALOGUE, DATABASE, NOTIFICATIONS, ORDERS, PAYMENTS, TABLE, WEB


class Outcome(enum.StrEnum):
    """How a purchase ends. The buyer chooses it, with `POST /buy?outcome=...`."""

    OK = "ok"
    SLOW = "slow"  # the bank takes most of a second
    ERROR = "error"  # no such item
    THROTTLE = "throttle"  # the card was used too often
    FAULT = "fault"  # the bank is down


# The status that web answers with.
STATUS: dict[Outcome, int] = {
    Outcome.OK: 201,
    Outcome.SLOW: 201,
    Outcome.ERROR: 404,
    Outcome.THROTTLE: 429,
    Outcome.FAULT: 502,
}

_KEYS = ("n", "faults", "throttles", "errors", "slow")


class Script(msgspec.Struct, frozen=True, kw_only=True):
    """A number of purchases, some of which must end badly.

    Args:
        n: all purchases, the bad and the slow ones included.
        faults: purchases that the bank's failure breaks (5xx).
        throttles: purchases with a card used too often (429).
        errors: purchases of an item that does not exist (404).
        slow: purchases that succeed late.

    Raises:
        ValueError: a number is negative, or the special purchases are more than `n`.
    """

    n: int
    faults: int = 0
    throttles: int = 0
    errors: int = 0
    slow: int = 0

    def __post_init__(self) -> None:
        for key in _KEYS:
            if getattr(self, key) < 0:
                raise ValueError(f"script: {key} is {getattr(self, key)}; give 0 or more")
        if self.healthy < 0:
            raise ValueError(f"script: faults + throttles + errors + slow are more than n={self.n}")

    @property
    def healthy(self) -> int:
        """Purchases that are neither bad nor slow."""
        return self.n - self.faults - self.throttles - self.errors - self.slow

    def outcomes(self) -> list[Outcome]:
        """List the outcome of every purchase, the healthy ones first."""
        return (
            [Outcome.OK] * self.healthy
            + [Outcome.SLOW] * self.slow
            + [Outcome.ERROR] * self.errors
            + [Outcome.THROTTLE] * self.throttles
            + [Outcome.FAULT] * self.faults
        )


def parse(text: str) -> Script:
    """Read a script such as `n=200,faults=10,throttles=7,errors=5,slow=4`; only `n` is required.

    Raises:
        ValueError: an unknown or repeated key, no `n`, something other than a number, or numbers that do not
        fit.
    """
    found: dict[str, int] = {}
    for part in text.split(","):
        key, _, value = part.strip().partition("=")
        if key not in _KEYS:
            raise ValueError(f"script: unknown key {key!r}; known are {', '.join(_KEYS)}")
        if key in found:
            raise ValueError(f"script: {key} is given twice")
        try:
            found[key] = int(value)
        except ValueError:
            raise ValueError(f"script: {key}={value!r} is not a whole number") from None
    if "n" not in found:
        raise ValueError("script: n, the number of purchases, is missing")
    return Script(**found)


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Completed calls, each in exactly one class: fault before throttle before error before ok."""

    ok: int = 0
    error: int = 0
    throttle: int = 0
    fault: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return self.ok + self.error + self.throttle + self.fault


def expected_graph(script: Script, *, queue_url: str) -> dict[str, Any]:
    """Work out the service map that a script must give.

    What one purchase does, by outcome (a number is how many calls; the word is the class of the call):

    ====================================  =========  =======  ==========  ========
    call                                  ok, slow   error    throttle    fault
    ====================================  =========  =======  ==========  ========
    client -> web                         1 ok       1 error  1 throttle  1 fault
    web -> catalogue                      1 ok       1 error  1 ok        1 ok
    catalogue -> table (GetItem)          1 ok       1 ok     1 ok        1 ok
    web -> orders                         1 ok       -        1 throttle  1 fault
    orders -> database (INSERT, UPDATE)   2 ok       -        2 ok        2 ok
    orders -> payments                    1 ok       -        1 throttle  1 fault
    payments -> bank                      1 ok       -        -           1 fault
    orders -> queue (SendMessage)         1 ok       -        -           -
    orders -> notifications               1 ok       -        -           -
    ====================================  =========  =======  ==========  ========

    - ok and slow differ in time only.
    - error: DynamoDB answers that it has no such item, which is a good answer; catalogue turns it into 404
      and web hands that on. Nothing is ordered.
    - throttle: payments answers 429 without asking the bank; orders marks the order as refused and hands 429
      on, and so does web.
    - fault: the bank answers 502, payments fails with an exception (500), orders marks the order as failed
      and fails with an exception (500), and web answers 502.
    - Each service and each call has the class of its own status, so a service's counts equal those of the
      only edge that leads to it.
    - notifications continues the order's trace: its segment hangs on the local subsegment `## notify` of
      orders that also contains the SendMessage call. So the map shows both the queue and an edge orders ->
      notifications. (Had the segment hung on the SendMessage subsegment, it would have taken the queue's
      place on the map.)

    Args:
        script: the purchases.
        queue_url: URL of the notifications queue, which names its node.

    Returns:
        `{"nodes": [{name, type, total, ok, error, throttle, fault}],
        "edges": [{source: {name, type}, target: {name, type}, total, ok, error, throttle, fault}]}`.
        The client node has no statistics of its own: its counts are 0. A node or edge that no purchase of
        this script touches is absent.
    """
    good = script.healthy + script.slow
    ordered = script.n - script.errors

    whole = Counts(ok=good, error=script.errors, throttle=script.throttles, fault=script.faults)
    pricing = Counts(ok=ordered, error=script.errors)
    lookups = Counts(ok=script.n)
    ordering = Counts(ok=good, throttle=script.throttles, fault=script.faults)
    queries = Counts(ok=2 * ordered)
    bank_calls = Counts(ok=good, fault=script.faults)
    messages = Counts(ok=good)

    client = (WEB, "client")
    web = (WEB, "AWS::ECS::Container")
    catalogue = (CATALOGUE, "AWS::ElasticBeanstalk::Environment")
    table = (TABLE, "AWS::DynamoDB::Table")
    orders = (ORDERS, "")
    database = (DATABASE, "Database::SQL")
    payments = (PAYMENTS, "AWS::EC2::Instance")
    bank = (BANK_HOST, "remote")
    queue = (queue_url, "AWS::SQS::Queue")
    notifications = (NOTIFICATIONS, "AWS::EKS::Container")

    nodes = [
        (web, whole),
        (catalogue, pricing),
        (table, lookups),
        (orders, ordering),
        (database, queries),
        (payments, ordering),
        (bank, bank_calls),
        (queue, messages),
        (notifications, messages),
    ]
    edges = [
        (client, web, whole),
        (web, catalogue, pricing),
        (catalogue, table, lookups),
        (web, orders, ordering),
        (orders, database, queries),
        (orders, payments, ordering),
        (payments, bank, bank_calls),
        (orders, queue, messages),
        (orders, notifications, messages),
    ]
    return {
        "nodes": ([_node(client) | _numbers(Counts())] if script.n else [])
        + [_node(node) | _numbers(counts) for node, counts in nodes if counts.total],
        "edges": [
            {"source": _node(source), "target": _node(target)} | _numbers(counts)
            for source, target, counts in edges
            if counts.total
        ],
    }


def _node(node: tuple[str, str]) -> dict[str, Any]:
    return {"name": node[0], "type": node[1]}


def _numbers(counts: Counts) -> dict[str, Any]:
    return {
        "total": counts.total,
        "ok": counts.ok,
        "error": counts.error,
        "throttle": counts.throttle,
        "fault": counts.fault,
    }
