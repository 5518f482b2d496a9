"""The wheel's build hook: brings the console's built files into the package (see console_build.py)."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).resolve().parent))

import console_build


class ConsoleBuildHook(BuildHookInterface[Any]):
    """Builds the console where it is missing or older than its sources."""

    def dependencies(self) -> list[str]:
        """Return what this build needs besides hatchling: Node, only when there is something to build."""
        if console_build.unwanted() or console_build.is_current():
            return []
        return [console_build.NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 -- hatchling's
        """Build before the files of the wheel are gathered."""
        if console_build.unwanted():
            return
        try:
            console_build.build()
        except console_build.BuildError as failure:
            sys.exit(f"radiograph: {failure}")
        # Never committed, hence ignored, but part of the package.
        build_data["artifacts"].append("src/radiograph/_console")
