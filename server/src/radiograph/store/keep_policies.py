"""The table of keep policies: which traces are kept once they have settled. Read whole, and written whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.store.whole_tables import change_whole

if TYPE_CHECKING:
    from collections.abc import Sequence

    import duckdb

    from radiograph.store.lake import Lake

REST = "Rest"

_READ = "SELECT name, filter, share, epoch_us(policies_changed) FROM keep_policies ORDER BY place"

# One statement, since every INSERT makes a file.
_WRITE = """
INSERT INTO keep_policies
SELECT
    unnest(range(len($names::VARCHAR[]))), unnest($names::VARCHAR[]), unnest($filters::VARCHAR[]),
    unnest($shares::DOUBLE[]), make_timestamp($changed)
"""


class KeepPolicy(msgspec.Struct, frozen=True, kw_only=True):
    """Which share is kept of the traces that match.

    Args:
        name: unique.
        filter: a filter expression; "" for every trace, which only the last policy, Rest, has.
        share: from 0, none, to 1, all.
    """

    name: str
    filter: str = ""
    share: float = 1.0


class KeepPolicies(msgspec.Struct, frozen=True):
    """The policies, and since when they are these.

    Args:
        policies: the first that matches a trace decides about it; the last one matches every trace.
        changed: microseconds since the epoch; what arrived before is not decided about by them. 0 for never.
    """

    policies: tuple[KeepPolicy, ...]
    changed: int

    @property
    def keep_everything(self) -> bool:
        """Whether no trace is ever dropped, so that none need be looked at."""
        return all(policy.share >= 1 for policy in self.policies)


def read_keep_policies(connection: duckdb.DuckDBPyConnection) -> KeepPolicies:
    """Return the policies as a transaction sees them."""
    rows = connection.execute(_READ).fetchall()
    policies = tuple(KeepPolicy(name=name, filter=text, share=share) for name, text, share, _ in rows)
    return KeepPolicies(policies, max(changed for *_, changed in rows))


def change_keep_policies(lake: Lake, wanted: Sequence[KeepPolicy], *, now: int) -> KeepPolicies:
    """Replace the policies.

    Args:
        lake: where.
        wanted: all there shall be, Rest last.
        now: microseconds since the epoch.

    Returns:
        What is stored.

    Raises:
        StoreUnavailable: the store cannot write, or others go on changing policies.
    """
    stored: list[KeepPolicies] = []

    def change(connection: duckdb.DuckDBPyConnection) -> bool:
        known = read_keep_policies(connection)
        stored[:] = [known]
        if known.policies == tuple(wanted):
            return False
        changed = max(now, known.changed + 1)
        connection.execute("DELETE FROM keep_policies")
        connection.execute(
            _WRITE,
            {
                "names": [policy.name for policy in wanted],
                "filters": [policy.filter for policy in wanted],
                "shares": [policy.share for policy in wanted],
                "changed": changed,
            },
        )
        stored[:] = [KeepPolicies(tuple(wanted), changed)]
        return True

    change_whole(lake, change, tables=("keep_policies",), what="keep policies")
    return stored[0]
