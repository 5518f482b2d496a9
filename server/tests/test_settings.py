"""Settings: one table, several sources, and a sentence for every mistake."""

from pathlib import Path

import pytest

from radiograph.errors import ConfigurationError
from radiograph.settings import SETTINGS, resolve


def test_without_any_source_every_setting_has_its_default() -> None:
    settings = resolve({}, {})
    assert {setting.name: setting.default for setting in SETTINGS} == settings.values


def test_the_command_line_beats_the_environment_which_beats_the_file(tmp_path: Path) -> None:
    (tmp_path / "radiograph.toml").write_text("commit_interval = 0.1\nqueue_bytes = 2000000\nregion = 'eu-north-1'\n")
    environment = {"RADIOGRAPH_COMMIT_INTERVAL": "0.2", "RADIOGRAPH_QUEUE_BYTES": "3000000", "PATH": "/bin"}
    settings = resolve({"commit_interval": "0.3", "http": None}, environment, tmp_path)
    assert settings.commit_interval == 0.3
    assert settings.queue_bytes == 3_000_000
    assert settings.region == "eu-north-1"
    assert settings.http == "127.0.0.1:2001"
    assert settings.sources == {
        "commit_interval": "command line",
        "queue_bytes": "environment",
        "region": "file",
    }


@pytest.mark.parametrize(("text", "value"), [("true", True), ("ON", True), ("0", False), ("no", False)])
def test_truth_has_several_words(text: str, value: bool) -> None:
    assert resolve({"strict_names": text}, {}).strict_names is value


def test_an_unknown_setting_is_refused_with_the_nearest_known_one() -> None:
    with pytest.raises(
        ConfigurationError, match="unknown setting comit_interval in the command line; did you mean commit_interval"
    ):
        resolve({"comit_interval": "1"}, {})


def test_an_unknown_setting_in_the_environment_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="unknown setting colour in the environment"):
        resolve({}, {"RADIOGRAPH_COLOUR": "blue"})


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("commit_documents", "many", "must be a whole number"),
        ("commit_interval", "soon", "must be a number"),
        ("fsync", "perhaps", "must be true or false"),
        ("commit_interval", "11", "must be at least 0.01 and at most 10"),
        ("log_level", "loud", "must be one of debug, info, warning, error"),
    ],
)
def test_a_value_of_the_wrong_type_or_range_is_refused_with_what_is_expected(
    name: str, value: str, sentence: str
) -> None:
    with pytest.raises(ConfigurationError, match=f"setting {name} from the command line.*{sentence}"):
        resolve({name: value}, {})


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "radiograph.toml").write_text("commit_interval = = 1\n")
    with pytest.raises(ConfigurationError, match=r"radiograph\.toml"):
        resolve({}, {}, tmp_path)
