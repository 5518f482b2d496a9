from typing import Any

import msgspec
import pytest

from radiograph.trace.limits import Limits
from radiograph.trace.trace import StoredDocument, Trace, assemble

BASE = 1_700_000_000
"""Where the times in these tests begin, in seconds since the epoch."""


class Scribe:
    """Writes documents with times in ms after BASE and short ids, and assembles them into traces."""

    trace_id = "1-65538a00-0123456789abcdef01234567"
    base = BASE

    def id(self, short: str) -> str:
        return short.rjust(16, "0")

    def us(self, ms: float) -> int:
        return BASE * 1_000_000 + round(ms * 1000)

    def segment(self, short: str, name: str, start: float, end: float | None, **members: Any) -> dict[str, Any]:
        document = {"id": self.id(short), "name": name, "start_time": BASE + start / 1000, **members}
        document |= {"in_progress": True} if end is None else {"end_time": BASE + end / 1000}
        if "parent_id" in members:
            document["parent_id"] = self.id(members["parent_id"])
        return document

    subsegment = segment

    def separate(self, short: str, name: str, start: float, end: float | None, **members: Any) -> dict[str, Any]:
        return self.segment(short, name, start, end, type="subsegment", **members)

    def table(self, short: str, table: str, start: float, end: float | None, **members: Any) -> dict[str, Any]:
        return self.segment(
            short,
            "DynamoDB",
            start,
            end,
            namespace="aws",
            aws={"table_name": table, "operation": "GetItem"},
            **members,
        )

    def remote(self, short: str, name: str, start: float, end: float | None, **members: Any) -> dict[str, Any]:
        return self.segment(short, name, start, end, namespace="remote", **members)

    def trace(self, *documents: dict[str, Any], trace_id: str = trace_id) -> Trace:
        stored = [
            StoredDocument(msgspec.json.encode({"trace_id": trace_id, **document}).decode(), self.us(0) + arrival)
            for arrival, document in enumerate(documents)
        ]
        return assemble(trace_id, stored, Limits())

    def worked_example(self) -> Trace:
        """`web` answers 200 although `pay`, which it called, failed; it also read the table `cart`."""
        return self.trace(
            self.segment(
                "a",
                "web",
                0,
                300,
                origin="AWS::EC2::Instance",
                aws={"account_id": "123456789012"},
                http={"request": {"method": "GET", "url": "http://shop.test/"}, "response": {"status": 200}},
                subsegments=[
                    self.table("a1", "cart", 10, 90),
                    self.remote("a2", "pay", 100, 250, http={"response": {"status": 500}}),
                ],
            ),
            self.segment(
                "b",
                "pay",
                105,
                245,
                parent_id="a2",
                origin="AWS::ECS::Container",
                aws={"account_id": "123456789012"},
                fault=True,
            ),
        )


@pytest.fixture
def scribe() -> Scribe:
    return Scribe()
