"""What central sampling knows while the process runs: the rules in force and the clients that follow them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import structlog

from radiograph.errors import StoreUnavailable
from radiograph.sampling.promises import PROMISES_FILE, Promises
from radiograph.sampling.rulebook import RuleBook
from radiograph.sampling.shares import EXCHANGE_SECONDS, exchange
from radiograph.sampling.targets import Targets, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.store.lake import Lake
    from radiograph.store.sampling_rules import RuleSet

_log = structlog.get_logger("radiograph.sampling")


class Sampling:
    """The state of central sampling in one process.

    Args:
        lake: where the rules are, and in its folder when quotas were last promised.
        started: when this process began, seconds since the epoch.
        clock: monotonic seconds.
    """

    def __init__(self, lake: Lake, *, started: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._lake = lake
        self._book = RuleBook(lake, clock=clock)
        self._promises = Promises(lake.options.folder / PROMISES_FILE)
        self._targets = Targets(started=started, quiet_until=self._promises.end(now=started))

    @property
    def targets(self) -> Targets:
        """The clients and what they told."""
        return self._targets

    async def answer(self, request: dict[str, Any], *, now: float) -> dict[str, Any]:
        """Answer GetSamplingTargets.

        Args:
            request: the request's members, already validated.
            now: seconds since the epoch.
        """
        rules = await self.rules()
        self._promises.made(now=now)
        return self._targets.answer(request, rules, now=now)

    def rules_here(self) -> RuleSet:
        """Return the rules in force, to a thread that may wait."""
        return self._book.remembered() or self._book.read()

    async def rules(self) -> RuleSet:
        """Return the rules in force."""
        known = self._book.remembered()
        return known if known is not None else await asyncio.to_thread(self._book.read)

    async def share(self, node: str, *, wall: Callable[[], float], pause: float = EXCHANGE_SECONDS) -> None:
        """Share the reservoirs with the other nodes of a cluster, for ever; a node that is alone has them alone.

        Args:
            node: who this is.
            wall: seconds since the epoch.
            pause: between two exchanges, seconds.
        """
        if self._lake.options.embedded:
            return
        self._targets.share_with_others()
        while True:
            try:
                await asyncio.to_thread(self._exchange, node, wall())
            except StoreUnavailable as problem:
                # What it has holds for some more rounds.
                _log.warning("reservoirs cannot be shared with other nodes", problem=str(problem))
            await asyncio.sleep(pause)

    def _exchange(self, node: str, now: float) -> None:
        sizes = {key_of(rule): rule.reservoir for rule in self.rules_here().rules if not rule.per_minute}
        self._targets.take_shares(exchange(self._lake, node, sizes, self._targets.take_requests(), now=now))

    async def changed(self, change: Callable[..., dict[str, Any]], *given: Any, **named: Any) -> dict[str, Any]:
        """Change the rules, on a thread, and return the answer; whoever asks afterwards gets the new ones."""
        try:
            return await asyncio.to_thread(change, *given, **named)
        finally:
            self._book.forget()
