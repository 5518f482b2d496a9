"""A world of clients that sample by X-Ray's rules, second by second, against the arithmetic under test.

Clients decide as the SDKs do (a quota that is fresh by the client's own clock, else one borrowed request per second,
else the rate), report every 10 seconds with jitter when they had requests, and get their answers late.
"""

from __future__ import annotations

import heapq
import math
import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from radiograph.sampling.reservoir import INTERVAL_SECONDS, PROMISE_SECONDS, Reservoir

if TYPE_CHECKING:
    from collections.abc import Callable

EPOCH = 1_700_000_000.0


@dataclass
class Client:
    """One process.

    Attributes:
        id: its name.
        demand: requests per second at a time.
        arrives: when it starts, seconds since the beginning of the world.
        leaves: when it ends.
        clock: what its clock is ahead, seconds.
        latency: until a report arrives, and again until the answer does, seconds.
        phase: when in the turn of 10 seconds it reports.
        skips: share of its turns that it misses.
    """

    id: str
    demand: Callable[[float], float]
    arrives: float = 0.0
    leaves: float = math.inf
    clock: float = 0.0
    latency: float = 0.05
    phase: float = 0.0
    skips: float = 0.0
    quota: int | None = None
    ttl: float = -math.inf
    pending: int = 0
    taken: int = 0

    def fresh(self, moment: float) -> bool:
        """Return whether it has a quota by its own clock, which it reads in whole seconds."""
        return self.quota is not None and self.ttl >= math.floor(EPOCH + moment + self.clock)


@dataclass
class Record:
    """What happened, by second.

    Attributes:
        promised: what clients could take at once with fresh quotas, the highest value within the second.
        taken: sampled by quota.
        borrowed: sampled without.
        by_rate: sampled by the rate, of what neither took.
        requests: that came.
        useful: what the reservoir could have been used for: the requests of the second, at most its size.
    """

    promised: list[int] = field(default_factory=list)
    taken: list[int] = field(default_factory=list)
    borrowed: list[int] = field(default_factory=list)
    by_rate: list[int] = field(default_factory=list)
    requests: list[int] = field(default_factory=list)
    useful: list[int] = field(default_factory=list)

    def used(self, start: int, end: int) -> float:
        """Return the share of what the reservoir could be used for that it was used for."""
        return sum(self.taken[start:end]) / max(1, sum(self.useful[start:end]))


@dataclass(order=True)
class _Event:
    at: float
    number: int
    run: Callable[[], None] = field(compare=False)


class World:
    """Clients and one service.

    Args:
        clients: all that will ever be.
        size: the reservoir at a time, requests per second.
        seed: of the chance.
        restarts: when the service forgets everything.
        rate: of the rule.
    """

    def __init__(
        self,
        clients: list[Client],
        size: Callable[[float], int],
        *,
        seed: int,
        restarts: tuple[float, ...] = (),
        rate: float = 0.0,
    ) -> None:
        self.clients = clients
        self.size = size
        self.chance = random.Random(seed)
        self.rate = rate
        self.reservoir = Reservoir()
        self.record = Record()
        self._events: list[_Event] = []
        self._number = 0
        for client in clients:
            self._at(client.arrives + client.phase + INTERVAL_SECONDS, lambda client=client: self._turn(client))  # type: ignore[misc]
        for moment in restarts:
            self._at(moment, self._restart)
        self._now = 0.0

    def run(self, seconds: int) -> Record:
        """Let time pass; may be called again."""
        start = len(self.record.taken)
        for second in range(start, start + seconds):
            promised = self._promised(second)
            while self._events and self._events[0].at < second + 1:
                event = heapq.heappop(self._events)
                self._now = event.at
                event.run()
                promised = max(promised, self._promised(event.at))
            self._requests(second, promised)
        return self.record

    def _at(self, moment: float, run: Callable[[], None]) -> None:
        self._number += 1
        heapq.heappush(self._events, _Event(moment, self._number, run))

    def _alive(self, moment: float) -> list[Client]:
        return [client for client in self.clients if client.arrives <= moment < client.leaves]

    def _promised(self, moment: float) -> int:
        return sum(client.quota or 0 for client in self._alive(moment) if client.fresh(moment))

    def _restart(self) -> None:
        self.reservoir = Reservoir(quiet_until=EPOCH + self._now + PROMISE_SECONDS + 1)

    def _requests(self, second: int, promised: int) -> None:
        """Let the requests of a second come; they count for the whole second."""
        taken = borrowed = requests = 0
        for client in self._alive(second):
            count = poisson(self.chance, client.demand(second))
            client.pending += count
            requests += count
            if client.fresh(second):
                taken += min(count, client.quota or 0)
            elif count:
                borrowed += 1
        self.record.promised.append(promised)
        self.record.taken.append(taken)
        self.record.borrowed.append(borrowed)
        rest = requests - taken - borrowed
        self.record.by_rate.append(sum(self.chance.random() < self.rate for _ in range(rest)) if self.rate else 0)
        self.record.requests.append(requests)
        self.record.useful.append(min(requests, self.size(second)))

    def _turn(self, client: Client) -> None:
        if self._now >= client.leaves:
            return
        self._at(self._now + INTERVAL_SECONDS + self.chance.uniform(0, 0.1), lambda: self._turn(client))
        if not client.pending or self.chance.random() < client.skips:
            return
        count, client.pending = client.pending, 0
        timestamp = math.floor(EPOCH + self._now + client.clock)
        arrives = self._now + self.chance.uniform(0, client.latency)
        self._at(arrives, lambda: self._report(client, count, timestamp))

    def _report(self, client: Client, count: int, timestamp: int) -> None:
        quota = self.reservoir.report(client.id, count, size=self.size(self._now), now=EPOCH + self._now)
        self._at(self._now + self.chance.uniform(0, client.latency), lambda: self._learn(client, quota, timestamp))

    def _learn(self, client: Client, quota: int | None, timestamp: int) -> None:
        if quota is not None:
            client.quota = quota
            client.ttl = timestamp + PROMISE_SECONDS


def poisson(chance: random.Random, mean: float) -> int:
    """Return how many requests come, when `mean` are expected."""
    if mean > 50:
        return max(0, round(chance.gauss(mean, math.sqrt(mean))))
    limit, product, count = math.exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        count += 1
    return count
