"""The figures of groups, from end to end."""

from __future__ import annotations

import json
import time
import urllib.request
from typing import TYPE_CHECKING, Any

from tests.support.radiograph_process import RadiographProcess
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from pathlib import Path

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def post(url: str, request: dict[str, Any]) -> dict[str, Any]:
    with _OPENER.open(urllib.request.Request(url, json.dumps(request).encode()), timeout=10) as answer:
        answered: dict[str, Any] = json.load(answer)
    return answered


def test_the_traces_of_a_group_are_counted_in_the_metrics_and_the_status(tmp_path: Path) -> None:
    now = time.time()
    documents = [
        json.dumps(
            {
                "trace_id": f"1-{int(now):08x}-{number:024x}",
                "id": f"{number:016x}",
                "name": "shop",
                "start_time": now,
                "end_time": now,
                "fault": number < 3,
            }
        )
        for number in range(1, 6)
    ]
    settings = {"rollup_interval": "0.1", "settle": "0.1"}
    with RadiographProcess(tmp_path / "data", settings=settings) as radiograph:
        post(f"{radiograph.url}/CreateGroup", {"GroupName": "wrong", "FilterExpression": "fault"})
        post(f"{radiograph.url}/TraceSegments", {"TraceSegmentDocuments": documents})
        wait_until(
            lambda: 'radiograph_group_traces_total{group="wrong"} 2.0' in radiograph.get("/metrics"),
            seconds=30,
            what="two traces of the group in /metrics",
        )
        assert 'radiograph_group_failures_total{group="wrong"} 0.0' in radiograph.get("/metrics")
        assert radiograph.status()["groups"] == {"wrong": {"traces": 2, "failures": 0, "problem": None}}
