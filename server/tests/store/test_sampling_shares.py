"""The text that nodes share, on both catalogs: no change is lost."""

from __future__ import annotations

import concurrent.futures
import json
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from radiograph.sampling.shares import exchange
from radiograph.store.lake import open_lake
from radiograph.store.sampling_shares import change_shares

if TYPE_CHECKING:
    from radiograph.store.lake import Lake, LakeOptions

NOW = 1_700_000_000.0


def test_what_was_written_is_read(lake: Lake) -> None:
    seen: list[str] = []

    def change(text: str) -> str:
        seen.append(text)
        return '{"a": {}}'

    change_shares(lake, change)
    change_shares(lake, change)
    assert seen == ["{}", '{"a": {}}']


def test_two_nodes_never_have_more_than_the_reservoir(options: LakeOptions) -> None:
    if options.embedded:
        pytest.skip("one process only")
    lakes = [open_lake(msgspec.structs.replace(options, folder=options.folder / str(number))) for number in range(2)]
    start = threading.Barrier(2)

    def tell(number: int) -> int:
        start.wait(60)
        return exchange(lakes[number], f"n{number}", {"0 rule": 7}, {"0 rule": 1_000}, now=NOW)["0 rule"].quota

    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(tell, range(2))) == [0, 7]
    seen: list[str] = []

    def look(text: str) -> str:
        seen.append(text)
        return text

    change_shares(lakes[0], look)
    assert set(json.loads(seen[0])["0 rule"]) == {"n0", "n1"}
    for lake in lakes:
        lake.close()
