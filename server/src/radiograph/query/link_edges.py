"""Edges from one trace into another: a queue, and whoever was started by what lay in it.

Either side may come first, and either may be corrected. So the table `link_edges` has rows for pairs of traces: when
documents of one of the two come, all links between both are derived anew, by the code that is the reference, and what
has changed is added, as signed rows like those of the statistics. A link whose other trace is not there yet is a row
without a source: by it the pair is found when that trace comes.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa

from radiograph.query.arrow_rows import registered
from radiograph.query.linker import link_edges, links_of
from radiograph.store.reader import stored_documents
from radiograph.trace.ids import trace_id_epoch
from radiograph.trace.trace import assemble

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    import duckdb

    from radiograph.query.touched import Touched
    from radiograph.trace.limits import Limits
    from radiograph.trace.node import NodeKey
    from radiograph.trace.trace import StoredDocument, Trace

    Locate = Callable[[Sequence[str]], dict[str, list[StoredDocument]]]

_AT_ONCE = 500
# The live tail leaves more traces with links than these to the roll-up, so that an answer need not wait for them.
_MOST_LIVE = 1_000
# The other trace is usually no further away in time than this, microseconds.
_NEAR = 600_000_000
# Further than this nobody looks: no queue keeps an event for so long.
_FAR = 15 * 86_400_000_000
# A trace id may carry a second of up to a day before the document, or an hour after it.
ID_BEFORE = 86_400_000_000
ID_AFTER = 3_600_000_000

_NOTHING = "CREATE OR REPLACE TEMP TABLE link_contributions AS SELECT * FROM lake.link_edges LIMIT 0"

_WITH_LINKS = "SELECT DISTINCT trace_id FROM pool WHERE has_links AND sign = 1 ORDER BY trace_id"

# Most lakes have no links, and this is answered sooner than anything with a condition.
_ANY = "SELECT 1 FROM lake.link_edges LIMIT 1"

# Whichever side came first has left a row. Sorted by time, few files are read.
_NAMED = """
SELECT DISTINCT sender_trace_id, receiver_trace_id FROM lake.link_edges
WHERE received_at >= make_timestamp($low)
  AND (
      sender_trace_id IN (SELECT trace_id FROM touched)
      OR receiver_trace_id IN (SELECT trace_id FROM touched)
  )
"""

_STORED = """
SELECT * EXCLUDE (sent_at, received_at, count), epoch_us(sent_at), epoch_us(received_at), sum(count)::BIGINT
FROM lake.link_edges SEMI JOIN pairs USING (sender_trace_id, receiver_trace_id)
WHERE received_at >= make_timestamp($low)
GROUP BY ALL HAVING sum(count) <> 0
"""

# Of a group alone: the trace that was started belongs to it, from now on or already.
_OF_MEMBERS = """
DELETE FROM link_contributions
WHERE receiver_trace_id NOT IN (SELECT trace_id FROM pool SEMI JOIN member USING (trace))
  AND receiver_trace_id NOT IN (
    SELECT trace_id FROM lake.memberships WHERE group_id = $group AND trace_time >= make_timestamp($low)
)
"""

_TIME = pa.timestamp("us")
_SCHEMA = pa.schema(
    [
        ("sender_trace_id", pa.string()),
        ("receiver_trace_id", pa.string()),
        ("source_name", pa.string()),
        ("source_type", pa.string()),
        ("source_account", pa.string()),
        ("name", pa.string()),
        ("type", pa.string()),
        ("account", pa.string()),
        ("sent_at", _TIME),
        ("received_at", _TIME),
        ("count", pa.int64()),
    ]
)
_PAIR_SCHEMA = pa.schema([("sender_trace_id", pa.string()), ("receiver_trace_id", pa.string())])

# Two traces, in order; and a row of the table without its count.
_Pair = tuple[str, str]
_Row = tuple[Any, ...]
_SENDER, _RECEIVER, _SOURCE, _RECEIVED = 0, 1, 2, 9


class Linking(msgspec.Struct, frozen=True):
    """How link edges are derived.

    Args:
        locate: reads traces that lie far away in time; see `Locator.stored_documents`.
        limits: for assembling traces.
        account: id of the account that segments belong to when they name none.
        group: of which alone the edges shall be, and for an answer; None for all.
        live: for an answer.
    """

    locate: Locate
    limits: Limits
    account: str
    group: str | None = None
    live: bool = False


def no_links(connection: duckdb.DuckDBPyConnection) -> None:
    """Make `link_contributions` empty."""
    connection.execute(_NOTHING)


def add_links(connection: duckdb.DuckDBPyConnection, touched: Touched, linking: Linking) -> None:
    """Leave what the touched traces change of `link_edges` in the temporary table `link_contributions`.

    Args:
        connection: where `gather` gathered.
        touched: what it did.
        linking: how.
    """
    no_links(connection)
    with_links = [trace_id for (trace_id,) in connection.execute(_WITH_LINKS).fetchall()]
    named = []
    if connection.execute(_ANY).fetchone() is not None:
        named = connection.execute(_NAMED, {"low": touched.first - _NEAR}).fetchall()
    if not with_links and not named:
        return
    if linking.live and len(with_links) > _MOST_LIVE:
        return
    pairs = _Pairs(connection, touched, linking)
    for position in range(0, len(with_links), _AT_ONCE):
        pairs.name(with_links[position : position + _AT_ONCE])
    pairs.look_at(_pair(sender, receiver) for sender, receiver in named)
    pairs.insert()


class _Pairs:
    """Derives the links between two traces, pair by pair, and compares them with what is in the table."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, touched: Touched, linking: Linking) -> None:
        self._connection = connection
        self._touched = touched
        self._linking = linking
        self._rows: dict[_Pair, Counter[_Row]] = {}
        # Pairs of which one trace was not found.
        self._halves: set[_Pair] = set()

    def name(self, trace_ids: Sequence[str]) -> None:
        """Look at all pairs that these traces name."""
        traces = self._load(trace_ids)
        self.look_at(
            (
                _pair(trace.id, fact.trace_id)
                for trace in traces.values()
                for fact in links_of(trace, self._linking.account)
            ),
            traces,
        )

    def look_at(self, pairs: Iterable[_Pair], known: dict[str, Trace] | None = None) -> None:
        """Derive the links of pairs that were not looked at yet.

        Args:
            pairs: which.
            known: traces that need not be read.
        """
        known = known or {}
        new = sorted(set(pairs) - self._rows.keys())
        for position in range(0, len(new), _AT_ONCE):
            some = new[position : position + _AT_ONCE]
            wanted = {trace_id for pair in some for trace_id in pair}
            traces = {trace_id: known[trace_id] for trace_id in wanted & known.keys()}
            traces |= self._load(sorted(wanted - known.keys()))
            self._derive(some, list(traces.values()))
            self._halves |= {pair for pair in some if not traces.keys() >= set(pair)}

    def _derive(self, pairs: Sequence[_Pair], traces: list[Trace]) -> None:
        account = self._linking.account
        found: dict[_Pair, Counter[_Row]] = {pair: Counter() for pair in pairs}
        for one in link_edges(traces, account):
            rows = found.get(_pair(one.sender, one.receiver))
            if rows is not None:
                edge = one.edge
                rows[one.sender, one.receiver, *_key(edge.source), *_key(edge.target), edge.start, edge.end] += 1
        waiting: dict[_Pair, _Row] = {}
        for trace in traces:
            for fact in links_of(trace, account):
                pair = _pair(trace.id, fact.trace_id)
                if pair in found and not found[pair]:
                    ends = (fact.trace_id, trace.id) if fact.reference == "parent" else (trace.id, fact.trace_id)
                    waiting.setdefault(pair, (*ends, *[None] * 7, fact.at))
        for pair, row in waiting.items():
            found[pair][row] = 1
        self._rows |= found

    def insert(self) -> None:
        """Insert what differs from the table."""
        connection = self._connection
        both = [ends for a, b in self._rows for ends in ({(a, b), (b, a)})]
        times = [row[_RECEIVED] for rows in self._rows.values() for row in rows]
        low = min([self._touched.first, *times]) - _NEAR
        stored: dict[_Pair, Counter[_Row]] = {}
        with registered(connection, "pairs", both, _PAIR_SCHEMA):
            for *row, count in connection.execute(_STORED, {"low": low}).fetchall():
                stored.setdefault(_pair(row[_SENDER], row[_RECEIVER]), Counter())[tuple(row)] = count
        changes: list[_Row] = []
        for pair, rows in self._rows.items():
            before = stored.get(pair, Counter[_Row]())
            # What was found once is only out of sight.
            if pair in self._halves and any(row[_SOURCE] is not None for row in before):
                continue
            difference = Counter(rows)
            difference.subtract(before)
            changes.extend((*row, count) for row, count in difference.items() if count)
        if not changes:
            return
        with registered(connection, "changes", changes, _SCHEMA):
            connection.execute("INSERT INTO link_contributions SELECT * FROM changes")
        if self._linking.group is not None:
            oldest = min(row[_RECEIVED] for row in changes) - ID_BEFORE
            connection.execute(_OF_MEMBERS, {"group": self._linking.group, "low": oldest})

    def _load(self, trace_ids: Sequence[str]) -> dict[str, Trace]:
        """Assemble the traces that there are.

        Most lie near in time, where a few files are read. Of the others only those are looked for whose id carries
        its time: any other id would be looked for in the whole lake.
        """
        first, last = self._touched.first - _NEAR, self._touched.last + _NEAR
        stored = stored_documents(self._connection, trace_ids, first=first, last=last)
        far = []
        for trace_id in trace_ids:
            moment = trace_id_epoch(trace_id) * 1_000_000
            if trace_id not in stored and first - _FAR < moment < last + _FAR and not first <= moment <= last:
                far.append(trace_id)
        if far:
            stored |= self._linking.locate(far)
        return {id_: assemble(id_, documents, self._linking.limits) for id_, documents in stored.items()}


def _pair(one: str, other: str) -> _Pair:
    return (one, other) if one < other else (other, one)


def _key(key: NodeKey) -> tuple[str, str, str]:
    return key.name, key.type, key.account
