"""The rules in force, read from the lake again when they may have changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiograph.store.sampling_rules import RuleSet, all_rules

if TYPE_CHECKING:
    from collections.abc import Callable

    from radiograph.store.lake import Lake

# Another node may have changed them. Hundreds of clients ask every ten seconds.
_FRESH_SECONDS = 1.0


class RuleBook:
    """Remembers the rules for a second.

    Args:
        lake: where they are.
        clock: monotonic seconds.
    """

    def __init__(self, lake: Lake, *, clock: Callable[[], float]) -> None:
        self._lake = lake
        self._clock = clock
        self._known: RuleSet | None = None
        self._read_at = 0.0

    def remembered(self) -> RuleSet | None:
        """Return the rules, without waiting; None when they have to be read again."""
        return self._known if self._clock() - self._read_at < _FRESH_SECONDS else None

    def read(self) -> RuleSet:
        """Return the rules as they are now."""
        began = self._clock()
        known = all_rules(self._lake)
        self._known, self._read_at = known, began
        return known

    def forget(self) -> None:
        """Read them again next time, since they were changed here."""
        self._known = None
