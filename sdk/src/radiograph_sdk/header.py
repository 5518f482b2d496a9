"""The header `X-Amzn-Trace-Id`: which trace a request belongs to, who asked, and whether it is recorded."""

from __future__ import annotations

import msgspec

from radiograph_sdk.ids import NO_ENTITY, NO_TRACE, is_entity_id, is_trace_id

NAME = "X-Amzn-Trace-Id"
_MOST_OTHERS = 1_024
"""Characters of unknown fields that are passed on: they come from outside."""
_DECISIONS = {"1": True, "0": False}


class TraceHeader(msgspec.Struct, frozen=True):
    """What a header says.

    Args:
        root: trace id; None when there is none that can be used.
        parent: id of the caller's segment or subsegment.
        sampled: the caller's decision; None when it left that open.
        asked: whether the caller wants to know the decision: `Sampled=?`.
        others: further fields in their order, to be passed on.
    """

    root: str | None = None
    parent: str | None = None
    sampled: bool | None = None
    asked: bool = False
    others: tuple[tuple[str, str], ...] = ()

    def text(self, *, parent: str | None = None, sampled: bool | None = None) -> str:
        """Write the header.

        Args:
            parent: another one.
            sampled: another decision.
        """
        decision = self.sampled if sampled is None else sampled
        fields = [
            ("Root", self.root),
            ("Parent", parent or self.parent),
            ("Sampled", "?" if decision is None and self.asked else None if decision is None else str(int(decision))),
            *self.others,
        ]
        return ";".join(f"{key}={value}" for key, value in fields if value is not None)


def parse_header(text: str | None) -> TraceHeader:
    """Read a header; what cannot be understood is as if it were not there, and nothing is raised.

    Keys may be in any case and have spaces around them; the last of several counts. A root of zeros, which SDKs send
    for what they do not record, is none.
    """
    root = parent = sampled = None
    asked = False
    others: dict[str, str] = {}
    for part in (text or "").split(";"):
        key, separator, value = part.partition("=")
        key, value = key.strip(), value.strip()
        if not separator or not key:
            continue
        match key.lower():
            case "root":
                root = value.lower() if is_trace_id(value) and value != NO_TRACE else None
            case "parent":
                parent = value.lower() if is_entity_id(value) and value != NO_ENTITY else None
            case "sampled":
                sampled, asked = _DECISIONS.get(value), value == "?"
            case "self":
                pass  # a load balancer's own
            case _:
                others[key] = value
    room = _MOST_OTHERS
    kept = []
    for key, value in others.items():
        room -= len(key) + len(value)
        if room < 0:
            break
        kept.append((key, value))
    return TraceHeader(root, parent, sampled, asked, tuple(kept))
