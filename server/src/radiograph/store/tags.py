"""The tags of whatever has an ARN, within the transaction of whoever changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_PUT = "INSERT INTO tags SELECT $arn, unnest($keys::VARCHAR[]), unnest($values::VARCHAR[])"
_FORGET = "DELETE FROM tags WHERE arn = $arn"
_READ = "SELECT key, value FROM tags WHERE arn = $arn ORDER BY key"


def put_tags(connection: duckdb.DuckDBPyConnection, arn: str, tags: Mapping[str, str]) -> None:
    """Add tags that a resource does not have yet."""
    if tags:
        connection.execute(_PUT, {"arn": arn, "keys": list(tags), "values": list(tags.values())})


def forget_tags(connection: duckdb.DuckDBPyConnection, arn: str) -> None:
    """Delete all tags of a resource."""
    connection.execute(_FORGET, {"arn": arn})


def tags_of(connection: duckdb.DuckDBPyConnection, arn: str) -> dict[str, str]:
    """Return a resource's tags by key, in the keys' order."""
    return dict(connection.execute(_READ, {"arn": arn}).fetchall())
