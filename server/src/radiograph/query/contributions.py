"""The linker's facts for many traces at once, in SQL, as signed sums per minute.

What a set of documents adds to the statistics is computed twice: for what is known of each touched trace now
(sign +1) and for what was known when it was last counted (sign -1). The sum corrects whatever a late document
changed. Nearly every trace is new, so that the second part is nearly always empty. A group has rows of its own: what
is known now counts for a group that the trace belongs to, what was known for a group that it belonged to.

Most traces are plain: one document per segment or subsegment, every parent found. Those are joined in SQL. The others
(duplicates, streamed subsegments below other subsegments, callers that are local subsegments, missing parents, circles,
links) are assembled and linked by the same code that answers for single traces. A test holds both ways against each
other.

The steps: `touched.py` gathers documents, `membership.py` decides about groups, `plain_traces.py` and
`complex_traces.py` sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from radiograph.query import plain_traces
from radiograph.query.complex_traces import add_complex
from radiograph.query.link_edges import add_links, no_links
from radiograph.query.membership import WAIT, decide
from radiograph.query.touched import gather

if TYPE_CHECKING:
    import duckdb

    from radiograph.query.link_edges import Linking
    from radiograph.query.membership import Decided, Deciding
    from radiograph.trace.limits import Limits

_NEVER = 9_000_000_000_000_000

# A writer's commit may become visible this much later than the arrivals in it say, microseconds.
COMMIT_SLACK = 120_000_000

# The connection lives on, and these are as large as the documents counted.
_CLEAN_UP = tuple(
    f"DROP TABLE {table}" for table in ("touched", "pool", "piece", "call", "child", "complex", "unanswered")
)
_CLEAN_UP_GROUPS = "DROP TABLE member"

_MEMBERS_ALONE = "DELETE FROM pool WHERE trace NOT IN (SELECT trace FROM member)"


class Computed(msgspec.Struct, frozen=True):
    """What was computed.

    Args:
        traces: touched by documents that were not counted yet.
        decided: which of them belong to groups; None when nothing was to decide.
    """

    traces: int
    decided: Decided | None = None


def compute(
    connection: duckdb.DuckDBPyConnection,
    *,
    low: int,
    high: int,
    limits: Limits,
    account: str = "",
    young: int = _NEVER,
    deciding: Deciding | None = None,
    linking: Linking | None = None,
) -> Computed:
    """Compute what the documents not yet counted add, inside the connection's transaction.

    The result is in the temporary tables `node_contributions` and `edge_contributions`, which have the columns
    of `node_minutes` and `edge_minutes`.

    Args:
        connection: a connection to the lake.
        low: arrival before which every document is known to be counted, microseconds; only prunes.
        high: arrival up to which to count, microseconds.
        limits: for the traces that are assembled.
        account: id of the account that segments belong to when they name none.
        young: arrival after which a segment whose parent is missing is no root yet: SDKs send a caller's segment
            after those it called, so that the parent is about to come.
        deciding: about which groups to decide; see `membership.py` for what it leaves. When about one group alone,
            only its traces are computed, and none of all.
        linking: how link edges are derived, into `link_contributions`; None for not at all.
    """
    touched = gather(connection, low=low, high=high, due=None if deciding is None else deciding.now - WAIT)
    if not touched.traces:
        plain_traces.no_sums(connection)
        if linking is not None:
            no_links(connection)
        return Computed(0)
    decided = None
    if deciding is not None:
        decided = decide(connection, touched, deciding, limits=limits, account=account)
    if linking is not None:
        add_links(connection, touched, linking)
    if deciding is not None and deciding.alone:
        connection.execute(_MEMBERS_ALONE)
    of_groups = deciding is not None and not deciding.alone
    plain_traces.join(connection)
    plain_traces.sum_up(connection, of_groups=of_groups)
    add_complex(connection, touched, limits=limits, account=account, young=young, of_groups=of_groups)
    for statement in _CLEAN_UP:
        connection.execute(statement)
    if deciding is not None:
        connection.execute(_CLEAN_UP_GROUPS)
    return Computed(touched.fresh, decided)
