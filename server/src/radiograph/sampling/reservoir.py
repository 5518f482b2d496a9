"""How a rule's reservoir is shared among the clients that report to it. Pure arithmetic.

A quota is a promise: until its end the client may take so many requests per second, whatever happens here. What is
promised never adds up to more than the reservoir, so a client that needs more waits until others have learnt that they
have less. docs/sampling.md explains it with a picture.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Mapping

INTERVAL_SECONDS = 10
"""SDKs report every 10 seconds (X-Ray SDKs)."""

PROMISE_SECONDS = 25
"""How long a quota holds: one report may fail, or come at every second turn only, without an end to it. AWS promises
five minutes; then what a client leaves behind when it goes would be nobody's for so long."""

ALIVE_SECONDS = 30
"""A client that missed three reports is gone."""

# An answer is under way for so long at most; until then the client may still take what it had.
_ON_ITS_WAY_SECONDS = 2.0

# A unit that several clients want goes from one to the next after so many seconds. Each time it lies idle from one
# report to another, about 5 seconds.
_TURN_SECONDS = 300.0

# Clients that may be looked at in a second.
_SUMMED_A_SECOND = 5_000
# Clients for which a plan may be made in a second, and how many are few.
_PLANNED_A_SECOND = 1_000
_FEW = 200

# Weight of the newest report in what a client is expected to need.
_NEWEST = 0.5


class Client(msgspec.Struct):
    """What is known of a client.

    Args:
        since: of its first report, seconds since the epoch, like all times here.
        seen: of its last report.
        demand: requests per second that it is expected to have.
        quota: requests per second that it was promised; None while it has no promise.
        until: end of the promise.
        had: what it may take beside that until `had_until`, when it has not learnt yet that it is less.
        had_until: see `had`.
        taken: units times seconds that it was given, by which clients take turns.
        waits: since when it had no unit.
        borrows: it goes on borrowing although it has a quota, one request a second.
    """

    since: float
    seen: float
    demand: float
    quota: int | None = None
    until: float = 0.0
    had: int = 0
    had_until: float = 0.0
    taken: float = 0.0
    waits: float = 0.0
    borrows: bool = False

    def promised(self, now: float) -> int:
        """Return what the client may take per second, as far as it can be known here."""
        if self.borrows:
            return 1
        quota = self.quota if self.quota is not None and now < self.until else 0
        return max(quota, self.had) if now < self.had_until else quota


class Terms(msgspec.Struct, frozen=True):
    """How promises are kept.

    Args:
        promise: how long one holds, seconds.
        on_its_way: how long the promise before is kept to when it is replaced by less, seconds.
        alive: after how long without a report a client is gone, seconds.
        quiet: share of the time in which those that would waste most of a unit have one that the busy ones could use.
    """

    promise: float
    on_its_way: float
    alive: float
    quiet: float


# While busy clients could use everything, those that would waste most of a unit get one part in a hundred of the time.
CLIENTS = Terms(PROMISE_SECONDS + 1, _ON_ITS_WAY_SECONDS, ALIVE_SECONDS, 0.01)
"""The client reads the time in whole seconds, and the last one counts."""


class Reservoir:
    """The clients of one rule and what they were promised.

    Args:
        quiet_until: before this time others may have been promised something of which nothing is known here: by this
            process before it was started anew. Nothing is promised until then.
        terms: how promises are kept.
        clients: that are known already.
    """

    def __init__(
        self,
        *,
        quiet_until: float = -math.inf,
        terms: Terms = CLIENTS,
        clients: dict[str, Client] | None = None,
    ) -> None:
        self.clients: dict[str, Client] = {} if clients is None else clients
        self._quiet_until = quiet_until
        self._terms = terms
        # What is promised to all, never less than it is: what ends is taken off when it is summed up again.
        self._promised = 0
        self._summed_at = -math.inf
        self._plan: Mapping[str, int] = {}
        self._planned_at = -math.inf
        self._planned_size = -1
        self._next_quiet_turn = -math.inf

    def report(self, client_id: str, requests: int, *, size: int, now: float, borrows: bool = False) -> int | None:
        """Take a client's report and return its quota, which holds for `PROMISE_SECONDS`.

        Args:
            client_id: who reports.
            requests: that matched the rule since its report before.
            size: the reservoir, requests per second of all clients together.
            now: seconds since the epoch; never less than before.
            borrows: whether it goes on borrowing although it has a quota: it takes one request a second, whatever it
                is told, and so that is what it gets.

        Returns:
            Requests per second; None when no promise can be given yet and an older one still holds.
        """
        client = self._heard(client_id, requests, now)
        client.borrows = borrows
        self._sum_up(now)
        if now < self._quiet_until:
            return None
        before = client.promised(now)
        if borrows:
            client.quota, client.until = min(1, size), now + self._terms.promise
            self._promised += max(0, 1 - before)
            return client.quota
        wanted = self._wanted(client_id, size, now)
        quota = max(0, min(wanted, size - (self._promised - before)))
        if client.quota is not None and now < client.until and client.quota > quota:
            client.had = max(client.quota, client.had if now < client.had_until else 0)
            client.had_until = min(client.until, now + self._terms.on_its_way)
        client.quota = quota
        client.until = now + self._terms.promise
        self._promised += max(0, client.promised(now) - before)
        if quota:
            client.waits = now
        return quota

    def promised(self, now: float) -> int:
        """Return what all clients together may take per second."""
        return sum(client.promised(now) for client in self.clients.values())

    def _heard(self, client_id: str, requests: int, now: float) -> Client:
        client = self.clients.get(client_id)
        if client is None:
            # Whoever comes takes its turn behind those who have waited.
            taken = min((other.taken for other in self.clients.values()), default=0.0)
            client = Client(since=now, seen=now, demand=requests / INTERVAL_SECONDS, taken=taken, waits=now)
            self.clients[client_id] = client
            return client
        passed = now - client.seen
        if passed > 0:
            rate = requests / max(passed, 1.0)
            client.demand += _NEWEST * (rate - client.demand)
            client.taken += (client.quota or 0) * passed
            client.seen = now
        return client

    def _sum_up(self, now: float) -> None:
        """Forget who is gone, and sum up what the others are promised; thousands only every other second.

        The promise to whoever is gone has ended, since it holds shorter than a client is thought alive.
        """
        if (now - self._summed_at) * _SUMMED_A_SECOND < len(self.clients):
            return
        gone = [id_ for id_, client in self.clients.items() if now - client.seen > self._terms.alive]
        for id_ in gone:
            del self.clients[id_]
        self._promised = sum(client.promised(now) for client in self.clients.values())
        self._summed_at = now

    def _wanted(self, client_id: str, size: int, now: float) -> int:
        """Return what a client shall have. Planned anew for all when the last plan has aged, which many take longer."""
        aged = (now - self._planned_at) * _PLANNED_A_SECOND > len(self.clients)
        # Of few, whoever comes has its part at once; of thousands that come together, with the next plan.
        comes = client_id not in self._plan and len(self.clients) <= _FEW
        if aged or comes or size != self._planned_size:
            borrowers = sum(client.borrows for client in self.clients.values())
            reserved = self._quiet_turn(size, now)
            self._plan = divide(
                {id_: Need.of(client) for id_, client in self.clients.items() if not client.borrows},
                max(0, size - borrowers - len(reserved)),
            )
            self._plan = {**self._plan, **dict.fromkeys(reserved, 1)}
            self._planned_at, self._planned_size = now, size
        planned = self._plan.get(client_id, 0)
        is_quiet = self._terms.quiet and self.clients[client_id].demand < _BUSY
        if planned and is_quiet and now >= self._next_quiet_turn:
            self._next_quiet_turn = now + INTERVAL_SECONDS / (self._terms.quiet * size)
        return planned

    def _quiet_turn(self, size: int, now: float) -> list[str]:
        """Return the quiet client whose turn it is to have a unit that the busy ones would use better, if any."""
        if not size or not self._terms.quiet or now < self._next_quiet_turn:
            return []
        quiet = [id_ for id_, client in self.clients.items() if client.demand < _BUSY and not client.borrows]
        if not quiet or len(quiet) == len(self.clients):
            return []
        return [min(quiet, key=lambda id_: (self.clients[id_].waits, id_))]


# Requests per second from which a client uses a unit in 19 of 20 seconds, when they come at random.
_BUSY = 3.0


class Need(msgspec.Struct, frozen=True):
    """What matters of a client when units are divided.

    Args:
        demand: requests per second.
        turn: the least goes first.
        has: units that it has now.
    """

    demand: float
    turn: int
    has: int

    @staticmethod
    def of(client: Client) -> Need:
        """Return the need of a client."""
        return Need(client.demand, int(client.taken / _TURN_SECONDS), client.quota or 0)


def well_used(demand: float) -> int:
    """Return the units that a client uses nearly always, when its requests come at random (Poisson).

    Args:
        demand: requests per second.
    """
    return max(0, math.floor(demand - 1.28 * math.sqrt(demand) + 0.25))


def divide(needs: Mapping[str, Need], size: int) -> dict[str, int]:
    """Divide a reservoir: first what will be used nearly always, evenly; then the rest to where it is of most use.

    Args:
        needs: of each client.
        size: units, requests per second.

    Returns:
        Units for each client; together never more than the size, and all of it while somebody may use it.
    """
    shares = dict.fromkeys(needs, 0)
    left = _fill(shares, {id_: well_used(need.demand) for id_, need in needs.items()}, needs, size)
    if left > 0:
        # As many as may ever come in a second.
        most = {
            id_: math.ceil(need.demand + 2 * math.sqrt(need.demand) + 1) if need.demand > 0 else 0
            for id_, need in needs.items()
        }
        _fill(shares, most, needs, left)
    return shares


def _fill(shares: dict[str, int], wanted: Mapping[str, int], needs: Mapping[str, Need], left: int) -> int:
    """Raise all shares evenly, none above what is wanted (max-min fairness); return what is left.

    A rest that is smaller than the number of those who want it goes to those whose turn it is.
    """
    open_ = sorted((id_ for id_ in shares if wanted[id_] > shares[id_]), key=lambda id_: wanted[id_] - shares[id_])
    wanting: list[str] = []
    for position, id_ in enumerate(open_):
        level = left // (len(open_) - position)
        if wanted[id_] - shares[id_] > level:
            wanting = open_[position:]  # they want more than there is for each
            for hungry in wanting:
                shares[hungry] += level
            left -= level * len(wanting)
            break
        left -= wanted[id_] - shares[id_]
        shares[id_] = wanted[id_]

    def order(id_: str) -> tuple[int, int, bool, str]:
        need = needs[id_]
        use = min(need.demand - shares[id_], _BUSY)
        return -math.floor(2 * use), need.turn, need.has <= shares[id_], id_

    for id_ in sorted(wanting, key=order)[:left]:
        shares[id_] += 1
        left -= 1
    return left
