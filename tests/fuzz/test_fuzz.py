"""Malformed input does no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.run import fuzz

if TYPE_CHECKING:
    from pathlib import Path


def test_malformed_input_does_no_harm_and_takes_no_good_document_with_it(tmp_path: Path) -> None:
    outcome = fuzz(tmp_path / "data", inputs=3_000, seed=11, failures=tmp_path / "failures")
    assert outcome.harm == []
    assert outcome.good_sent >= 50
    assert outcome.good_kept == outcome.good_sent
    # Most inputs must reach the store or the exact look, not be refused at the first byte.
    assert outcome.accepted > outcome.inputs / 10
