"""The fixture `traces`, which pytest finds by itself where the distribution is installed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from radiograph_sdk.testing import Traces


@pytest.fixture
def traces() -> Iterator[Traces]:
    """What the application records in this test: all of it, in memory. See `radiograph_sdk.testing`."""
    from radiograph_sdk.testing import collected  # noqa: PLC0415 -- pytest starts for others too

    with collected() as found:
        yield found
