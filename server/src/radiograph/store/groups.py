"""The table of groups. It is small: read whole, and written whole at every change."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.store.whole_tables import change_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    import duckdb

    from radiograph.store.lake import Lake

DEFAULT_GROUP = "Default"

_READ = """
SELECT id, name, arn, filter, insights, notifications, epoch_us(created), epoch_us(filter_changed)
FROM groups ORDER BY id <> '', name
"""

# One statement, since every INSERT makes a file.
_WRITE = """
INSERT INTO groups
SELECT
    unnest($ids::VARCHAR[]), unnest($names::VARCHAR[]), unnest($arns::VARCHAR[]),
    unnest($filters::VARCHAR[]),
    unnest($insights::BOOLEAN[]), unnest($notifications::BOOLEAN[]),
    make_timestamp(unnest($created::BIGINT[])), make_timestamp(unnest($changed::BIGINT[]))
"""


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A group as it is stored.

    Args:
        id: the last part of its ARN, which no other group had before; "" for Default.
        name: unique, never changes.
        arn: as given when it was made, whatever the settings say later; "" for Default.
        filter: the filter expression as it was given; "" for every trace.
        insights: whether faults are looked for.
        notifications: whether they are told.
        created: microseconds since the epoch; 0 for Default.
        filter_changed: when the filter last became another one, microseconds since the epoch; None for never.
    """

    id: str
    name: str
    arn: str
    filter: str = ""
    insights: bool = False
    notifications: bool = False
    created: int = 0
    filter_changed: int | None = None


def all_groups(lake: Lake) -> list[Group]:
    """Return every group: Default, then the others by name."""
    with lake.reading() as connection:
        return read_groups(connection)


def read_groups(connection: duckdb.DuckDBPyConnection) -> list[Group]:
    """Return every group as a transaction sees them: Default, then the others by name."""
    names = Group.__struct_fields__
    return [Group(**dict(zip(names, row, strict=True))) for row in connection.execute(_READ).fetchall()]


def change_groups(lake: Lake, change: Callable[[duckdb.DuckDBPyConnection, list[Group]], list[Group]]) -> None:
    """Change groups so that no other change, on this node or another, comes between reading and writing.

    Args:
        lake: where.
        change: takes the groups there are and returns those there shall be. It may change other tables on the
            connection, and is called again when somebody else was quicker.

    Raises:
        StoreUnavailable: the store cannot write, or others go on changing groups.
    """

    def run(connection: duckdb.DuckDBPyConnection) -> bool:
        known = read_groups(connection)
        wanted = change(connection, known)
        if wanted == known:
            return False
        connection.execute("DELETE FROM groups")
        connection.execute(
            _WRITE,
            {
                "ids": [group.id for group in wanted],
                "names": [group.name for group in wanted],
                "arns": [group.arn for group in wanted],
                "filters": [group.filter for group in wanted],
                "insights": [group.insights for group in wanted],
                "notifications": [group.notifications for group in wanted],
                "created": [group.created for group in wanted],
                "changed": [group.filter_changed for group in wanted],
            },
        )
        return True

    change_whole(lake, run, tables=("groups", "tags"), what="groups")
