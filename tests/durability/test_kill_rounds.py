"""After a 200 nothing is lost, `kill -9` included."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from tests.durability.kill_rounds import kill_rounds

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_every_acknowledged_document_survives_kill_nine_exactly_once(tmp_path: Path) -> None:
    outcome = kill_rounds(tmp_path / "data", rounds=5, seed=5)
    assert outcome.acknowledged > 0
    assert outcome.missing == []
    assert outcome.doubled == []
    assert outcome.changed == []
    assert outcome.segments == outcome.kept
    assert outcome.counted == outcome.kept
