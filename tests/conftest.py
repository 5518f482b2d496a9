"""Fixtures of the tests from end to end."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

# The tests import `tests.support`, whichever folder pytest was started in.
sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.support.radiograph_process import RadiographProcess

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def radiograph(tmp_path: Path) -> Iterator[RadiographProcess]:
    """A Radiograph of the test's own, with default settings. It must stop cleanly after the test."""
    with RadiographProcess(tmp_path / "data") as process:
        yield process
