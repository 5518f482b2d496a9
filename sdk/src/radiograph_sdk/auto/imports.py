"""Doing something once a module has been imported."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import wrapt

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


def when_imported(module: str, then: Callable[[ModuleType], None]) -> None:
    """Call something with a module once it has been imported: now, if it has been.

    Args:
        module: its name.
        then: is called; it must not raise.
    """

    def imported(found: ModuleType) -> None:
        # Where it is in a package, the package does not know it yet.
        package, _, name = module.rpartition(".")
        if package and not hasattr(sys.modules[package], name):
            setattr(sys.modules[package], name, found)
        then(found)

    wrapt.register_post_import_hook(imported, module)
