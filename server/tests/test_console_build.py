"""When the console is built anew, and when nothing is done."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from types import ModuleType

_PROGRAM = Path(__file__).parents[1] / "console_build.py"


@pytest.fixture(scope="module")
def console_build() -> ModuleType:
    """The build's program, which is part of no package."""
    spec = importlib.util.spec_from_file_location("console_build", _PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    folder = tmp_path / "console"
    (folder / "src").mkdir(parents=True)
    (folder / "src" / "main.tsx").write_text("export {};")
    (folder / "package-lock.json").write_text("{}")
    return folder


@pytest.fixture
def built(tmp_path: Path, sources: Path, console_build: ModuleType) -> Path:
    """Files that were built from the sources as they are."""
    folder = tmp_path / "_console"
    folder.mkdir()
    (folder / ".sources").write_text(console_build.fingerprint(sources))
    return folder


def test_nothing_is_done_while_the_sources_are_those_of_the_last_build(
    console_build: ModuleType, sources: Path, built: Path
) -> None:
    assert console_build.build(sources, built) is False


@pytest.mark.parametrize("name", ["src/main.tsx", "src/new.css", "package-lock.json", "vite.config.ts"])
def test_any_changed_source_makes_the_build_old(
    console_build: ModuleType, sources: Path, built: Path, name: str
) -> None:
    (sources / name).write_text("changed")

    assert not console_build.is_current(sources, built)


@pytest.mark.parametrize("name", ["src/main.test.ts", "README.md", "node_modules/vite/index.js"])
def test_what_is_not_built_does_not_count(console_build: ModuleType, sources: Path, built: Path, name: str) -> None:
    (sources / name).parent.mkdir(parents=True, exist_ok=True)
    (sources / name).write_text("changed")

    assert console_build.is_current(sources, built)


def test_a_moved_file_counts_though_its_content_is_the_same(
    console_build: ModuleType, sources: Path, built: Path
) -> None:
    (sources / "src" / "main.tsx").rename(sources / "src" / "other.tsx")

    assert not console_build.is_current(sources, built)


def test_an_sdist_has_built_files_and_no_sources(console_build: ModuleType, tmp_path: Path, built: Path) -> None:
    assert console_build.is_current(tmp_path / "nowhere", built)


def test_neither_sources_nor_files_is_said_with_the_way_out(console_build: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(console_build.BuildError, match="RADIOGRAPH_WITHOUT_CONSOLE=1"):
        console_build.build(tmp_path / "nowhere", tmp_path / "_console")


def test_npm_without_its_registry_is_said_with_the_way_out(
    console_build: ModuleType, sources: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A Node that fails at once stands for any failure of npm.
    monkeypatch.setattr(console_build, "_node", lambda: (Path(sys.executable), Path("no-such-npm")))

    with pytest.raises(console_build.BuildError, match="npm could not install") as failure:
        console_build.build(sources, tmp_path / "_console")

    assert "RADIOGRAPH_WITHOUT_CONSOLE=1" in str(failure.value)
    assert not (tmp_path / "_console").exists()


@pytest.mark.parametrize(("value", "unwanted"), [("1", True), ("0", False), ("", False)])
def test_the_environment_can_leave_it_out(
    console_build: ModuleType, monkeypatch: pytest.MonkeyPatch, value: str, *, unwanted: bool
) -> None:
    monkeypatch.setenv("RADIOGRAPH_WITHOUT_CONSOLE", value)

    assert console_build.unwanted() is unwanted


def test_the_lock_file_names_no_registry() -> None:
    lock = (_PROGRAM.parents[1] / "console" / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert "integrity" in lock
