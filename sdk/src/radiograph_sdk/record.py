"""What is sent of a segment or subsegment: the members of X-Ray's documents, encoded as they stand.

Records know what is below them and nothing of what is above, so that a trace that has ended is freed at once, without
the garbage collector.
"""

from __future__ import annotations

from typing import Any

import msgspec


# Not watched by the garbage collector, which would walk through all that is not sent yet: a record is in no circle,
# unless an application puts it into its own metadata.
class Record(msgspec.Struct, omit_defaults=True, gc=False):
    """A subsegment, or the part that it shares with a segment.

    Args:
        id: 16 hexadecimal digits.
        name: of the service, the call or the work.
        start_time: seconds since the epoch.
        end_time: likewise; None while it is open.
        in_progress: whether it is told of before its end.
        namespace: "aws" or "remote" for a call; None for work of its own.
        http: request and response.
        aws: the AWS call, or where a segment runs.
        sql: the query.
        fault: the service failed.
        error: the caller was wrong.
        throttle: the caller asked too often.
        cause: exceptions, or the id of one that is told of elsewhere.
        annotations: values to search by.
        metadata: any values, by namespace and key.
        subsegments: below this one.
        type: "subsegment" where it is sent on its own.
        trace_id: of a segment, and of what is sent on its own.
        parent_id: likewise.
        user: of a segment, who asked.
        origin: of a segment, type of what it runs on.
        service: of a segment, version and runtime.
        links: to other traces.
    """

    id: str
    name: str
    start_time: float
    end_time: float | None = None
    namespace: str | None = None
    in_progress: bool = False
    http: dict[str, Any] | None = None
    aws: dict[str, Any] | None = None
    sql: dict[str, Any] | None = None
    fault: bool = False
    error: bool = False
    throttle: bool = False
    cause: Any = None
    annotations: dict[str, Any] | None = None
    metadata: dict[str, dict[str, Any]] | None = None
    subsegments: list[Record] = []
    type: str | None = None
    trace_id: str | None = None
    parent_id: str | None = None
    user: str | None = None
    origin: str | None = None
    service: dict[str, Any] | None = None
    links: list[dict[str, Any]] | None = None
