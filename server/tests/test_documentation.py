"""The documentation keeps up: every setting and every command has its place in it."""

from pathlib import Path

import pytest

from radiograph.cli.commands import app
from radiograph.cli.listing import shown
from radiograph.query.filters import KEYWORDS, Keyword
from radiograph.settings import SETTINGS, Setting

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_PAGE = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: setting.name)
def test_every_setting_has_its_row_with_default_and_meaning(setting: Setting) -> None:
    assert f"| `{setting.name}` | `{shown(setting.default)}` | {setting.help} |" in SETTINGS_PAGE


def test_the_page_has_no_row_for_a_setting_that_does_not_exist() -> None:
    rows = [line.split("`")[1] for line in SETTINGS_PAGE.splitlines() if line.startswith("| `")]
    assert rows == [setting.name for setting in SETTINGS]


def test_every_command_is_named_in_the_readme_and_shows_an_example() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in app.registered_commands:
        assert command.callback is not None
        name = command.name or command.callback.__name__
        assert command.epilog, name
        assert command.epilog.startswith(f"Example: radiograph {name}")
        assert f"radiograph {name}" in readme or f"`{name}`" in readme, name


def test_every_link_between_the_documents_leads_somewhere() -> None:
    for page in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]:
        for piece in page.read_text(encoding="utf-8").split("](")[1:]:
            target = piece.split(")")[0].split("#")[0]
            if target and "://" not in target:
                assert (page.parent / target).exists(), f"{page.relative_to(ROOT)} links to {target}"


@pytest.mark.parametrize("keyword", KEYWORDS.values(), ids=lambda keyword: keyword.name)
def test_every_keyword_of_the_filter_language_is_explained(keyword: Keyword) -> None:
    page = (ROOT / "docs" / "filter-expressions.md").read_text(encoding="utf-8")
    (row,) = [line for line in page.splitlines() if line.startswith(f"| `{keyword.name}` | ")]
    assert row.startswith(f"| `{keyword.name}` | {keyword.kind} | ")
    assert row.endswith(f" | {keyword.help} |")
