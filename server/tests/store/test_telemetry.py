"""The last record of each relay is kept, whatever its host calls itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.telemetry import keep_telemetry, relays

if TYPE_CHECKING:
    from pathlib import Path


def test_the_newest_record_takes_the_place_of_the_one_before_also_for_odd_names(tmp_path: Path) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    for now in (1.0, 2.0):
        for hostname in ("plain", 'it\'s \0 "quoted"'):
            keep_telemetry(lake, hostname=hostname, instance_id="", resource_arn="", record="[]", now=now)
    found = relays(lake)
    lake.close()
    assert [(relay["hostname"], relay["received_at"]) for relay in found] == [
        ('it\'s  "quoted"', 2.0),
        ("plain", 2.0),
    ]
