"""The last telemetry record of each relay, for the operator."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

if TYPE_CHECKING:
    from radiograph.store.lake import Lake


def keep_telemetry(lake: Lake, *, hostname: str, instance_id: str, resource_arn: str, record: str, now: float) -> None:
    """Keep the newest record of a relay and forget the one before.

    Args:
        lake: where.
        hostname: of the relay; with the next two its identity.
        instance_id: of its EC2 instance, "" for none.
        resource_arn: of what it runs on, "" for none.
        record: the record as JSON.
        now: seconds since the epoch.
    """
    # DuckLake cannot compare a column with a text that has U+0000 in it.
    identity = [text.replace("\0", "") for text in (hostname, instance_id, resource_arn)]
    with lake.reading() as connection:
        connection.execute(
            "DELETE FROM telemetry WHERE hostname = ? AND instance_id = ? AND resource_arn = ?", identity
        )
        connection.execute(
            "INSERT INTO telemetry VALUES (?, ?, ?, make_timestamp(?), ?)",
            [*identity, int(now * 1_000_000), record],
        )


def relays(lake: Lake) -> list[dict[str, Any]]:
    """Return every relay that reported: who it is, when, and its last record."""
    with lake.reading() as connection:
        rows = connection.execute(
            "SELECT hostname, instance_id, resource_arn, epoch_us(received_at), record FROM telemetry ORDER BY 1, 2, 3"
        ).fetchall()
    return [
        {
            "hostname": hostname,
            "instance_id": instance_id,
            "resource_arn": arn,
            "received_at": received_at / 1_000_000,
            "records": msgspec.json.decode(record),
        }
        for hostname, instance_id, arn, received_at, record in rows
    ]
