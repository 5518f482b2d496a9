"""What central sampling knows while the process runs: the rules in force and the clients that follow them."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from radiograph.sampling.rulebook import RuleBook
from radiograph.sampling.targets import Targets

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.store.lake import Lake
    from radiograph.store.sampling_rules import RuleSet


class Sampling:
    """The state of central sampling in one process.

    Args:
        lake: where the rules are.
        started: when this process began, seconds since the epoch.
        clock: monotonic seconds.
    """

    def __init__(self, lake: Lake, *, started: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._book = RuleBook(lake, clock=clock)
        self.targets = Targets(started=started)

    def rules_here(self) -> RuleSet:
        """Return the rules in force, to a thread that may wait."""
        return self._book.remembered() or self._book.read()

    async def rules(self) -> RuleSet:
        """Return the rules in force."""
        known = self._book.remembered()
        return known if known is not None else await asyncio.to_thread(self._book.read)

    async def changed(self, change: Callable[..., dict[str, Any]], *given: Any, **named: Any) -> dict[str, Any]:
        """Change the rules, on a thread, and return the answer; whoever asks afterwards gets the new ones."""
        try:
            return await asyncio.to_thread(change, *given, **named)
        finally:
            self._book.forget()
