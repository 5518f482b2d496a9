"""The background thread: rolls up, decides what is kept, merges, expires, deletes."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import structlog

from radiograph.errors import first_line
from radiograph.query.group_rules import GroupRules
from radiograph.query.hours import Hours
from radiograph.query.keeping import KeepFigures, keep_what_matters
from radiograph.query.rollup import commit_slack, roll_up
from radiograph.server.memory import give_back
from radiograph.store.background import give_way
from radiograph.store.lease import acquire
from radiograph.store.maintenance import MaintenanceCounters, Retention, maintain

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.settings import Settings
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

_log = structlog.get_logger("radiograph.upkeep")

_LEASE = "maintenance"
_LEASE_ROUNDS = 4
_GIVE_BACK_SECONDS = 15.0
# Each time there are new files, and a file for the progress.
_KEEP_SECONDS = 15.0


class Upkeep:
    """Counts every `rollup_interval`, decides what is kept, maintains every `maintenance_interval`.

    In a cluster on the node with the lease.

    Args:
        lake: where.
        settings: intervals and retention.
        limits: for assembling traces.
        holder: name of this node for the lease.
        now: the wall clock, seconds since the epoch.
    """

    def __init__(
        self,
        lake: Lake,
        settings: Settings,
        limits: Limits,
        *,
        holder: str,
        now: Callable[[], float],
    ) -> None:
        self._lake = lake
        self._settings = settings
        self._limits = limits
        self._holder = holder
        self._now = now
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="radiograph-upkeep", daemon=True)
        self.counters = MaintenanceCounters()
        self.groups = GroupRules(region=settings.region, account=settings.account_id)
        self.hours = Hours()
        self.kept = KeepFigures()
        self.rolled_up = 0
        self.roll_up_seconds = 0.0
        self.last_problem: str | None = None

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End soon: what a round has left to do is done after the next start."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        give_way()
        pause = min(self._settings.rollup_interval, self._settings.maintenance_interval)
        due = time.monotonic() + self._settings.maintenance_interval
        given_back = decided = time.monotonic()
        while not self._stop.wait(pause):
            if time.monotonic() > given_back + _GIVE_BACK_SECONDS:
                give_back()
                given_back = time.monotonic()
            try:
                if not self._is_ours():
                    continue
                self.count()
                if time.monotonic() > decided + min(_KEEP_SECONDS, self._settings.keep_after):
                    self.keep()
                    decided = time.monotonic()
                if time.monotonic() >= due:
                    self.maintain()
                    due = time.monotonic() + self._settings.maintenance_interval
            except Exception as problem:  # noqa: BLE001 -- whatever failed, the next round tries again
                self.counters.failures += 1
                self.last_problem = first_line(problem)
                _log.warning("maintenance failed, the next round tries again", problem=self.last_problem)
            else:
                self.last_problem = None

    def _is_ours(self) -> bool:
        """Return whether this node has the lease, and renew it."""
        seconds = max(60.0, _LEASE_ROUNDS * self._settings.maintenance_interval)
        return acquire(self._lake, _LEASE, self._holder, now=self._now(), seconds=seconds)

    def count(self) -> None:
        """Count settled documents into the per-minute statistics."""
        began = time.monotonic()
        settled = int((self._now() - self._settings.settle) * 1_000_000)
        self.rolled_up += roll_up(
            self._lake,
            self._limits,
            settled=settled,
            account=self._settings.account_id,
            slack=commit_slack(self._lake),
            stopping=self._stop.is_set,
            groups=self.groups,
            hours=self.hours,
        )
        self.roll_up_seconds = time.monotonic() - began

    def keep(self) -> None:
        """Decide which traces are kept of those that have settled, and are counted."""
        settings = self._settings
        keep_what_matters(
            self._lake,
            self._limits,
            self.kept,
            counted=int((self._now() - settings.settle) * 1_000_000) - commit_slack(self._lake),
            settled=int(settings.keep_after * 1_000_000),
            region=settings.region,
            account=settings.account_id,
            stopping=self._stop.is_set,
        )

    def maintain(self) -> None:
        """Sum hours, merge, expire, delete."""
        settings = self._settings
        settled = int((self._now() - settings.settle) * 1_000_000)
        self.hours.sum_up(self._lake, until=settled, stopping=self._stop.is_set)
        retention = Retention(days=settings.retention_days, gigabytes=settings.retention_gb)
        maintain(self._lake, self.counters, retention, now=self._now, stopping=self._stop.is_set)
