"""The page of settings tells where everything comes from, and no secret."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from radiograph.doors.console_api.settings_view import catalog_without_secrets, settings_view
from radiograph.settings import SETTINGS, resolve
from radiograph.store.lake import LakeOptions, open_lake

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("postgres:dbname=radiograph host=db", "postgres:dbname=radiograph host=db"),
        ("postgres:host=db password=hush user=me dbname=r", "postgres:host=db user=me dbname=r"),
        ("postgres:host=db password='hush hush host=x' user=me", "postgres:host=db user=me"),
        (
            "postgres:postgresql://me:hush@db:5433/radiograph?password=hush",
            "postgres:postgresql://me@db:5433/radiograph",
        ),
        ("postgres:postgresql://me:hush@db:hush/radiograph", "postgres:postgresql://me@db/radiograph"),
        ("hush", ""),
    ],
)
def test_a_catalog_is_shown_without_what_may_be_secret(text: str, shown: str) -> None:
    assert catalog_without_secrets(text) == shown


def test_every_setting_is_told_with_its_value_and_source(tmp_path: Path) -> None:
    settings = resolve({"retention_days": "7"}, {"RADIOGRAPH_REGION": "eu-north-1"}, tmp_path)
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    try:
        view = settings_view(lake, settings, {"http": "127.0.0.1:1", "daemon": "127.0.0.1:2"})
    finally:
        lake.close()
    told = {each["name"]: each for each in view["settings"]}
    assert list(told) == [setting.name for setting in SETTINGS]
    assert (told["retention_days"]["value"], told["retention_days"]["source"]) == (7.0, "command line")
    assert (told["region"]["value"], told["region"]["source"]) == ("eu-north-1", "environment")
    assert (told["http"]["value"], told["http"]["source"]) == ("127.0.0.1:2001", "default")
    assert view["retention"] == {"days": 7.0, "gigabytes": None, "oldest": None}
    assert view["encryption"]["catalog"] is True
    assert (tmp_path / "data" / "data.key").samefile(view["encryption"]["key_file"])
    assert view["storage"]["bytes"] > 0
    assert 0 < view["storage"]["disk_free"] <= view["storage"]["disk_total"]
    assert view["access"]["addresses"] == {"http": "127.0.0.1:1", "daemon": "127.0.0.1:2"}
