"""The state of central sampling over a restart, and while rules change."""

from __future__ import annotations

import asyncio
import stat
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.sampling.live import Sampling
from radiograph.sampling.promises import PROMISES_FILE, Promises
from radiograph.sampling.rules import update_rule
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph.store.lake import Lake

NOW = 1_700_000_003.0
IDENTITY = {"region": "us-east-1", "account": "123456789012"}


@pytest.fixture
def lake(tmp_path: Path) -> Iterator[Lake]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data", threads=1))
    yield lake
    lake.close()


def ask(sampling: Sampling, *, at: float) -> dict[str, Any]:
    counts = {"RequestCount": 10, "SampledCount": 1, "BorrowCount": 0}
    document = {"RuleName": "Default", "ClientID": "a" * 24, "Timestamp": at, **counts}
    answer = asyncio.run(sampling.answer({"SamplingStatisticsDocuments": [document]}, now=at))
    target: dict[str, Any]
    (target,) = answer["SamplingTargetDocuments"]
    return target


def test_the_first_process_need_not_wait(lake: Lake) -> None:
    assert ask(Sampling(lake, started=NOW), at=NOW + 1)["ReservoirQuota"] == 1


def test_a_restart_keeps_what_was_promised_until_it_ends(lake: Lake) -> None:
    ask(Sampling(lake, started=NOW), at=NOW)
    again = Sampling(lake, started=NOW + 10)
    assert "ReservoirQuota" not in ask(again, at=NOW + 11)
    assert "ReservoirQuota" not in ask(again, at=NOW + 25)
    assert ask(again, at=NOW + 36)["ReservoirQuota"] == 1


def test_a_restart_after_all_promises_have_ended_need_not_wait(lake: Lake) -> None:
    ask(Sampling(lake, started=NOW), at=NOW)
    assert ask(Sampling(lake, started=NOW + 60), at=NOW + 61)["ReservoirQuota"] == 1


@pytest.mark.parametrize("text", ["", "nonsense", "\xff"])
def test_a_file_that_says_nothing_is_no_promise(tmp_path: Path, text: str) -> None:
    (tmp_path / PROMISES_FILE).write_text(text, encoding="latin-1")
    assert Promises(tmp_path / PROMISES_FILE).end(now=NOW) < NOW


def test_a_clock_that_was_ahead_keeps_nobody_waiting_for_long(tmp_path: Path) -> None:
    promises = Promises(tmp_path / PROMISES_FILE)
    promises.made(now=NOW + 86_400)
    assert promises.end(now=NOW) == NOW + 26
    assert stat.S_IMODE((tmp_path / PROMISES_FILE).stat().st_mode) == 0o600


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path: Path) -> None:
    Promises(tmp_path / "gone" / PROMISES_FILE).made(now=NOW)


def test_whoever_asks_after_a_change_gets_the_new_rules(lake: Lake) -> None:
    sampling = Sampling(lake, started=NOW)
    assert ask(sampling, at=NOW)["FixedRate"] == 0.05
    change = {"SamplingRuleUpdate": {"RuleName": "Default", "FixedRate": 0.5}}
    asyncio.run(sampling.changed(update_rule, lake, change, **IDENTITY, now=NOW))
    assert ask(sampling, at=NOW + 1)["FixedRate"] == 0.5
