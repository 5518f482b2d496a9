"""How several nodes share a reservoir: as clients share what one node has, a floor higher.

Each node tells every ten seconds how many requests its clients had, in a text in the lake that nodes change in turn,
and gets its part of each reservoir, which it then divides among its clients. A node's part is kept for it longer than
its clients keep theirs, so that nothing is promised twice when parts move, or when a node is lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.sampling.reservoir import CLIENTS, Client, Reservoir, Terms
from radiograph.store.sampling_shares import change_shares

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph.store.lake import Lake

EXCHANGE_SECONDS = 10.0
"""How often a node tells."""

NODES = Terms(promise=60.0, on_its_way=CLIENTS.promise, alive=90.0, quiet=0.0)
"""Clients go on with what they were promised when their node has less, or is gone."""

_STATE = msgspec.json.Decoder(dict[str, dict[str, Client]])


class Share(msgspec.Struct, frozen=True):
    """A node's part of a reservoir.

    Args:
        quota: requests per second of all its clients together.
        until: end of the promise, seconds since the epoch.
    """

    quota: int
    until: float

    def usable(self, now: float) -> int:
        """Return what may be promised to clients, whose promises must end before this one."""
        return self.quota if now + CLIENTS.promise <= self.until else 0


def exchange(
    lake: Lake, node: str, sizes: Mapping[str, int], requests: Mapping[str, int], *, now: float
) -> dict[str, Share]:
    """Tell what this node's clients had, and return its part of each reservoir.

    Args:
        lake: of the cluster.
        node: who tells.
        sizes: of all reservoirs, by a key that no other rule has had.
        requests: that this node's clients had since it told before, likewise.
        now: seconds since the epoch.

    Raises:
        StoreUnavailable: the store cannot write.
    """
    shares: dict[str, Share] = {}

    def change(text: str) -> str:
        changed, found = divide_among_nodes(text, node, sizes, requests, now=now)
        shares.update(found)
        return changed

    change_shares(lake, change)
    return shares


def divide_among_nodes(
    text: str, node: str, sizes: Mapping[str, int], requests: Mapping[str, int], *, now: float
) -> tuple[str, dict[str, Share]]:
    """Return the text that nodes share with what one node tells, and that node's parts. Pure.

    Args:
        text: as it was; "{}" at first.
        node: who tells.
        sizes: of all reservoirs, by keys; others are forgotten.
        requests: that this node's clients had since it told before, by keys.
        now: seconds since the epoch.
    """
    known = _STATE.decode(text)
    shares: dict[str, Share] = {}
    state: dict[str, dict[str, Client]] = {}
    for key, size in sizes.items():
        reservoir = Reservoir(terms=NODES, clients=known.get(key))
        quota = reservoir.report(node, requests.get(key, 0), size=size, now=now)
        assert quota is not None  # only who is quiet at the start gives none
        shares[key] = Share(quota, reservoir.clients[node].until)
        state[key] = reservoir.clients
    return msgspec.json.encode(state).decode(), shares
