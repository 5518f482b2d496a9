"""The tags of whatever has an ARN, within the transaction of whoever changes it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from radiograph.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import duckdb

_PUT = "INSERT INTO tags SELECT $arn, unnest($keys::VARCHAR[]), unnest($values::VARCHAR[])"
_FORGET = "DELETE FROM tags WHERE arn = $arn"
_READ = "SELECT key, value FROM tags WHERE arn = $arn ORDER BY key"

_MOST_TAGS = 50
_RESERVED_TAG = "aws:"


def new_tags(request: dict[str, Any], *, what: str) -> dict[str, str]:
    """Return the tags of a new resource.

    Args:
        request: that makes it.
        what: it is, with its article, such as "a group".

    Raises:
        InvalidRequest: too many, one twice, or a reserved one. The operations that make something declare no
            TooManyTagsException.
    """
    given = request.get("Tags", [])
    tags = {tag["Key"]: tag["Value"] for tag in given}
    if len(tags) < len(given):
        keys = [tag["Key"] for tag in given]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise InvalidRequest(f"the tag {twice!r} is given twice; give each Key once")
    if len(tags) > _MOST_TAGS:
        raise InvalidRequest(f"{len(tags)} tags are given and {what} has {_MOST_TAGS} at most; leave some out")
    for key in tags:
        if key.lower().startswith(_RESERVED_TAG):
            raise InvalidRequest(f"the tag {key!r} begins with aws:, which is reserved; give it another Key")
    return tags


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
