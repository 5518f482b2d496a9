"""The trace header as AWS's SDK has it."""

from __future__ import annotations

from typing import Self

from radiograph_sdk.header import parse_header

ROOT, PARENT, SAMPLE, SELF = "Root", "Parent", "Sampled", "Self"
HEADER_DELIMITER = ";"
_DECISIONS = {True: 1, False: 0, "1": 1, "0": 0, "?": "?"}


class TraceHeader:
    """What a header says.

    Args:
        root: trace id.
        parent: id of the caller's segment or subsegment.
        sampled: 0, 1 or "?".
        data: further fields.
    """

    def __init__(
        self,
        root: str | None = None,
        parent: str | None = None,
        sampled: int | str | None = None,
        data: dict[str, str] | None = None,
    ) -> None:
        self.root = root
        self.parent = parent
        self.sampled = None if sampled is None else _DECISIONS.get(sampled)
        self.data = data

    @classmethod
    def from_header_str(cls, header: str | None) -> Self:
        """Read a header; what cannot be understood is as if it were not there."""
        if not header:
            return cls()
        found = parse_header(header)
        sampled = "?" if found.asked else None if found.sampled is None else int(found.sampled)
        return cls(found.root, found.parent, sampled, dict(found.others))

    def to_header_str(self) -> str:
        """Write it."""
        fields = [(ROOT, self.root), (PARENT, self.parent), (SAMPLE, self.sampled), *(self.data or {}).items()]
        return HEADER_DELIMITER.join(f"{key}={value}" for key, value in fields if value not in {None, ""})
