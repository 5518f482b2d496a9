"""A received document becomes a row in each of the two tables.

Columns are gathered in plain lists and turned into Arrow arrays once per commit: that costs 1 us per document,
where rows of dictionaries cost 20.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from zlib import crc32

import msgspec
import pyarrow as pa

from radiograph.trace import documents as doc
from radiograph.trace.ids import trace_id_epoch
from radiograph.trace.node import call_node, segment_node

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from radiograph.trace.documents import Entity
    from radiograph.trace.parse import Document

MICROSECONDS = 1_000_000
_DAY = 86_400
_FUTURE = 3_600
# What fits the columns: beyond it a value is a mistake of its sender, and stays in the document's text only.
_LATEST = 4_102_444_800 * MICROSECONDS  # the year 2100
_HTTP_STATUSES = range(1000)
_LARGEST_NUMBER = 1.7e308

# The bits of tree_flags: what stands anywhere in a document's tree, and whether it begins a trace.
ERROR, THROTTLE, FAULT, IN_PROGRESS, BEGINS = 1, 2, 4, 8, 16

TRACE_MARK = "\x01"
ID_MARK = "\x02"

_TIME = pa.timestamp("us")
_ANNOTATION = pa.struct([("key", pa.string()), ("text", pa.string()), ("number", pa.float64()), ("flag", pa.bool_())])
_CALL = pa.struct(
    [
        ("id", pa.uint64()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("inferred", pa.bool_()),
        ("start_time", _TIME),
        ("end_time", _TIME),
        ("outcome", pa.uint8()),
    ]
)
_LINK = pa.struct([("trace_id", pa.string()), ("id", pa.string())])


def abbreviate(text: str, trace_id: str, entity_id: str) -> str:
    """Shorten a document by its two known ids; `expand` undoes it exactly.

    JSON text cannot contain the control characters that stand in for them, so no escape is needed.
    """
    return text.replace(trace_id, TRACE_MARK).replace(entity_id, ID_MARK)


def expand(text: str, trace_id: str, entity_id: str) -> str:
    """Restore a document to what was received, byte for byte."""
    return text.replace(TRACE_MARK, trace_id).replace(ID_MARK, entity_id)


SPREAD = 600 * MICROSECONDS
"""How far apart the documents of one trace may start when its id carries no time: further apart they may be missed."""


def trace_time(trace_id: str, start: int) -> int:
    """Return the time that places a document among others, microseconds since the epoch.

    It is the second that the trace id carries when that second is plausible: then it is the same for all
    documents of the trace. Ids made by W3C Trace Context carry random digits there; for them it is the
    document's own start.
    """
    epoch = trace_id_epoch(trace_id)
    seconds = start // MICROSECONDS
    return epoch * MICROSECONDS if -_FUTURE <= seconds - epoch <= _DAY else start


def outcome(error: bool, throttle: bool, fault: bool) -> int:  # noqa: FBT001 -- three flags in X-Ray's order
    """Return 3 for a fault, 2 for a throttle, 1 for another error, 0 for none: fault wins over throttle over error."""
    return 3 if fault else 2 if throttle else 1 if error else 0


@lru_cache(maxsize=4096)  # of names that there are
def marks(text: str) -> int:
    """Return two bits of 64 that stand for a text: a set that has it has both, one that has not rarely."""
    number = crc32(text.encode("utf-8", "surrogatepass"))
    return 1 << (number & 63) | 1 << (number >> 6 & 63)


def badly(text: str, gravest: int) -> int:
    """Return the bits for a call to a node of a name or type that ended badly; see `outcome`."""
    return marks(f"{gravest} {text}")


def _text(value: Any) -> str | None:
    """Return a string of an `aws` block, None for anything else."""
    return value if isinstance(value, str) and value else None


def _microseconds(seconds: float) -> int:
    """Return an embedded time in microseconds, held inside what a column can store."""
    microseconds = seconds * MICROSECONDS
    return round(microseconds) if 0 <= microseconds <= _LATEST else 0 if microseconds < 0 else _LATEST


def _status(entity: Entity) -> int | None:
    """Return the HTTP status when it can be one."""
    status = doc.http_status(entity)
    return status if status is not None and status in _HTTP_STATUSES else None


class Rows:
    """The rows of one commit, column by column. Add documents, then `finish`.

    Args:
        account: id of the account that segments belong to when they name none.
    """

    def __init__(self, account: str = "") -> None:
        self._account = account
        self.count = 0
        self.bytes = 0
        self._facts: list[tuple[Any, ...]] = []
        self._trace_ids: list[str] = []
        self._ids: list[int] = []
        self._times: list[int] = []
        self._texts: list[str] = []
        self._annotation_counts: list[int] = []
        self._annotations: list[tuple[str, str | None, float | None, bool | None]] = []
        self._call_counts: list[int] = []
        self._calls: list[tuple[int, str, str, bool, int, int | None, int]] = []
        self._link_counts: list[int] = []
        self._links: list[tuple[str, str]] = []
        self._called_names = self._called_types = self._called_badly = self._call_outcomes = 0

    def add(self, document: Document) -> None:
        """Add a parsed document."""
        entity = document.entity
        trace_id = document.trace_id
        start = document.start
        end = document.end
        self.count += 1
        self.bytes += len(document.text)
        self._trace_ids.append(trace_id)
        self._ids.append(int(document.id, 16))
        time = trace_time(trace_id, start)
        self._times.append(time)
        self._texts.append(abbreviate(document.text, trace_id, document.id))
        last_end, tree_flags = self._walk(entity, start if end is None else end)
        error, throttle, fault = doc.flags(entity)
        method = url = agent = client = status = None
        http = entity.http
        if http is not None:
            request = http.request
            if request is not None:
                method, url, agent, client = request.method, request.url, request.user_agent, request.client_ip
            status = _status(entity)
        account = self._account
        instance = zone = arn = None
        aws = entity.aws
        if aws:
            account = segment_node(entity, account).account
            ec2 = aws.get("ec2")
            if isinstance(ec2, dict):
                instance = _text(ec2.get("instance_id"))
                zone = _text(ec2.get("availability_zone"))
            arn = _text(aws.get("function_arn"))
        parent = document.parent_id
        if parent is None and not document.is_subsegment:
            tree_flags |= BEGINS
        self._facts.append(
            (
                None if parent is None else int(parent, 16),
                start,
                end,
                last_end,
                document.is_subsegment,
                document.name,
                entity.origin or "",
                account,
                error,
                throttle,
                fault,
                method,
                url,
                status,
                agent,
                client,
                entity.user,
                entity.resource_arn or arn,
                instance,
                zone,
                tree_flags,
                self._called_names,
                self._called_types,
                self._called_badly,
                self._call_outcomes,
                time == trace_id_epoch(trace_id) * MICROSECONDS,
            )
        )

    def _walk(self, root: Entity, last_end: int) -> tuple[int, int]:
        """Gather annotations, calls and links of a document's whole tree.

        Returns:
            The latest end in it, microseconds, and the flags of what is to be found anywhere in it.
        """
        tree_flags = 0
        self._called_names = self._called_types = self._called_badly = self._call_outcomes = 0
        annotations_before = len(self._annotations)
        calls_before = len(self._calls)
        links_before = len(self._links)
        # A segment is no call; a subsegment that was sent on its own may be.
        called = root.type == "subsegment"
        # The children of one parent, and whether an aws call is above them.
        waiting: list[tuple[list[Entity], bool]] = [([root], False)]
        while waiting:
            entities, below_aws = waiting.pop()
            for entity in entities:
                end_time = entity.end_time
                start = _microseconds(entity.start_time)
                end = None
                if end_time is not None and entity.in_progress is not True:
                    end = max(start, _microseconds(end_time))
                    last_end = max(last_end, end)
                else:
                    tree_flags |= IN_PROGRESS
                if entity.annotations:
                    self._annotate(entity)
                if entity.links:
                    self._link(entity)
                how = doc.flags(entity)
                if how is not doc.NO_FLAGS:
                    error, throttle, fault = how
                    tree_flags |= ERROR * error | THROTTLE * throttle | FAULT * fault
                if called:
                    self._call(entity, start, end, how, inferred=not below_aws)
                if entity.subsegments:
                    waiting.append((entity.subsegments, below_aws or (called and entity.namespace == "aws")))
            called = True
        self._annotation_counts.append(len(self._annotations) - annotations_before)
        self._call_counts.append(len(self._calls) - calls_before)
        self._link_counts.append(len(self._links) - links_before)
        return last_end, tree_flags

    def _link(self, entity: Entity) -> None:
        self._links.extend((link.trace_id, link.id) for link in entity.links or () if link.trace_id and link.id)

    def _call(
        self, entity: Entity, start: int, end: int | None, how: tuple[bool, bool, bool], *, inferred: bool
    ) -> None:
        node = call_node(entity) if entity.namespace is not None or entity.sql is not None else None
        if node is not None:
            gravest = outcome(*how)
            self._calls.append((int(entity.id, 16), node.name, node.type, inferred, start, end, gravest))
            if inferred:
                self._called_names |= marks(node.name)
                self._called_types |= marks(node.type)
                self._call_outcomes |= 1 << gravest
                if gravest:
                    self._called_badly |= badly(node.name, gravest) | badly(node.type, gravest)

    def _annotate(self, entity: Entity) -> None:
        for key, value in doc.indexed_annotations(entity):
            if isinstance(value, bool):
                self._annotations.append((key, None, None, value))
            elif isinstance(value, str):
                self._annotations.append((key, value, None, None))
            elif -_LARGEST_NUMBER < value < _LARGEST_NUMBER:
                self._annotations.append((key, None, float(value), None))

    def finish(self) -> RowTables:
        """Return the rows as Arrow tables, without what only the writer knows."""
        count = self.count
        facts = list(zip(*self._facts, strict=True)) if count else [()] * 26
        text = pa.string()
        trace_ids = pa.array(self._trace_ids, text)
        ids = pa.array(self._ids, pa.uint64())
        times = pa.array(self._times, _TIME)
        documents = pa.table(
            {"trace_id": trace_ids, "id": ids, "trace_time": times, "text": pa.array(self._texts, text)}
        )
        segments = pa.table(
            {
                "trace_id": trace_ids,
                "id": ids,
                "parent_id": pa.array(facts[0], pa.uint64()),
                "trace_time": times,
                "start_time": pa.array(facts[1], _TIME),
                "end_time": pa.array(facts[2], _TIME),
                "last_end": pa.array(facts[3], _TIME),
                "is_subsegment": pa.array(facts[4], pa.bool_()),
                "name": pa.array(facts[5], text),
                "type": pa.array(facts[6], text),
                "account": pa.array(facts[7], text),
                "error": pa.array(facts[8], pa.bool_()),
                "throttle": pa.array(facts[9], pa.bool_()),
                "fault": pa.array(facts[10], pa.bool_()),
                "http_method": pa.array(facts[11], text),
                "http_url": pa.array(facts[12], text),
                "http_status": pa.array(facts[13], pa.int32()),
                "http_user_agent": pa.array(facts[14], text),
                "http_client_ip": pa.array(facts[15], text),
                "user_name": pa.array(facts[16], text),
                "resource_arn": pa.array(facts[17], text),
                "instance_id": pa.array(facts[18], text),
                "availability_zone": pa.array(facts[19], text),
                "tree_flags": pa.array(facts[20], pa.uint8()),
                "called_names": pa.array(facts[21], pa.uint64()),
                "called_types": pa.array(facts[22], pa.uint64()),
                "called_badly": pa.array(facts[23], pa.uint64()),
                "call_outcomes": pa.array(facts[24], pa.uint8()),
                "timed": pa.array(facts[25], pa.bool_()),
                "annotations": _lists(self._annotation_counts, self._annotations, _ANNOTATION),
                "calls": _lists(self._call_counts, self._calls, _CALL),
                "links": _lists(self._link_counts, self._links, _LINK),
            }
        )
        return RowTables(documents, segments, count, self.bytes)


class RowTables(msgspec.Struct, frozen=True):
    """Rows of both tables, ready but for their arrival and writer; can be sent between processes.

    Args:
        documents: rows of `documents`.
        segments: rows of `segments`, one for each of `documents`, in the same order.
        count: how many.
        bytes: characters of their texts.
    """

    documents: pa.Table
    segments: pa.Table
    count: int
    bytes: int


def rows_of(documents: Iterable[Document], account: str = "") -> RowTables:
    """Return the rows of some documents.

    Args:
        documents: in the order of their arrival.
        account: id of the account that segments belong to when they name none.
    """
    rows = Rows(account)
    for document in documents:
        rows.add(document)
    return rows.finish()


def arrived(parts: Sequence[RowTables], first_arrival: int, writer: int) -> tuple[pa.Table, pa.Table]:
    """Join rows to what one transaction writes.

    Args:
        parts: in the order of their arrival.
        first_arrival: arrival of the first document, microseconds; each further one gets one more, so that arrivals of
            a writer never repeat.
        writer: number of the writer.

    Returns:
        The tables for `documents` and `segments`; their columns go by name.
    """
    count = sum(part.count for part in parts)
    arrivals = pa.array(range(first_arrival, first_arrival + count), _TIME)
    documents = pa.concat_tables([part.documents for part in parts])
    segments = pa.concat_tables([part.segments for part in parts])
    return (
        documents.append_column("arrival", arrivals),
        segments.append_column("arrival", arrivals).append_column("writer", pa.array([writer] * count, pa.uint32())),
    )


def _lists(counts: Iterable[int], items: Sequence[tuple[Any, ...]], kind: pa.StructType) -> pa.ListArray:
    """Build a column of lists of structs from flat tuples and the length of each list."""
    offsets = pa.array([0, *accumulate(counts)], pa.int32())
    columns = zip(*items, strict=True) if items else [()] * kind.num_fields
    fields = [pa.array(column, kind.field(position).type) for position, column in enumerate(columns)]
    children = pa.StructArray.from_arrays(fields, names=[kind.field(i).name for i in range(kind.num_fields)])
    return pa.ListArray.from_arrays(offsets, children)
