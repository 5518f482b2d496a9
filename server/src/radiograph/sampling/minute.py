"""A rate per minute, which X-Ray cannot express: Radiograph's extension. Pure arithmetic.

SDKs know requests per second only. So a client gets a quota of one request per second for as many seconds as requests
are due, and none for the rest of its ten seconds. What it did not take is for the next.
"""

from __future__ import annotations

import math

import msgspec

from radiograph.sampling.reservoir import ALIVE_SECONDS, INTERVAL_SECONDS

_MINUTE = 60.0
# The client's second has begun when it reports and its answer comes in the next, so one second alone may be none.
_LEAST_SECONDS = 2


class Turn(msgspec.Struct):
    """What a client was given.

    Args:
        seen: its last report, seconds since the epoch.
        given: requests that its last answer allows.
        taken: requests that it was given in all, by which clients take turns.
    """

    seen: float
    given: int = 0
    taken: int = 0


class MinuteRate:
    """Requests that are due, and who has them."""

    def __init__(self) -> None:
        self.clients: dict[str, Turn] = {}
        self._due = 0.0
        self._at = math.inf

    def report(self, client_id: str, sampled: int, *, per_minute: int, now: float) -> int:
        """Take a client's report; return for how many seconds it may take one request each.

        Args:
            client_id: who reports.
            sampled: requests that it sampled since its report before.
            per_minute: requests per minute of all clients together.
            now: seconds since the epoch.
        """
        # A minute's, and what becomes due until somebody reports again.
        turn = per_minute * INTERVAL_SECONDS / _MINUTE
        most = max(per_minute, _LEAST_SECONDS) + turn
        self._due = min(most, self._due + max(0.0, now - self._at) * per_minute / _MINUTE)
        self._at = now
        for gone in [id_ for id_, known in self.clients.items() if now - known.seen > ALIVE_SECONDS]:
            del self.clients[gone]
        known = self.clients.get(client_id)
        if known is None:
            known = Turn(now, taken=min((other.taken for other in self.clients.values()), default=0))
            self.clients[client_id] = known
        unused = max(0, known.given - sampled)
        self._due = min(most, self._due + unused)
        known.taken -= unused
        known.seen, known.given = now, 0
        # An equal part, and more for who had less than the others.
        mean = sum(other.taken for other in self.clients.values()) / len(self.clients)
        behind = max(0.0, mean - known.taken)
        share = math.floor(min(self._due, max(self._due, turn) / len(self.clients) + behind))
        if share < _LEAST_SECONDS and known.taken <= mean:
            share = math.floor(self._due)
        if share < _LEAST_SECONDS:
            return 0
        known.given = min(share, INTERVAL_SECONDS)
        known.taken += known.given
        self._due -= known.given
        return known.given
