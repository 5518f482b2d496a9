"""What the console's API is made of; the composition root hands it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.query.view import Ground

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from radiograph.doors.console_api.live import Live
    from radiograph.query.keeping import KeepFigures
    from radiograph.sampling.live import Sampling
    from radiograph.settings import Settings
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits


class Console(msgspec.Struct, frozen=True, kw_only=True):
    """The parts of the console's API.

    Attributes:
        lake: where the answers are.
        settings: limits and identity.
        limits: for assembling traces.
        now: the wall clock, seconds since the epoch.
        addresses: of the doors, "http" and "daemon", each `host:port`.
        live: who listens to what happens.
        sampling: the rules in force and the clients that follow them.
        kept: what the keep policies decided.
    """

    lake: Lake
    settings: Settings
    limits: Limits
    now: Callable[[], float]
    addresses: Mapping[str, str]
    live: Live
    sampling: Sampling
    kept: KeepFigures

    def ground(self) -> Ground:
        """Return where the answers to one request come from."""
        return Ground(
            lake=self.lake,
            limits=self.limits,
            account=self.settings.account_id,
            region=self.settings.region,
            hours=self.settings.query_hours,
            now=self.now(),
        )
