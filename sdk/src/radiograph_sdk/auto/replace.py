"""`import aws_xray_sdk` that is ours, for code that is not to be changed."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

_THEIRS, _OURS = "aws_xray_sdk", "radiograph_sdk.xray"


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,  # noqa: ARG002 -- of the protocol
        target: ModuleType | None = None,  # noqa: ARG002 -- likewise
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _THEIRS and not fullname.startswith(f"{_THEIRS}."):
            return None
        ours = _OURS + fullname.removeprefix(_THEIRS)
        found = importlib.util.find_spec(ours)
        if found is None:
            raise ModuleNotFoundError(
                f"{fullname} is not in radiograph-sdk, which stands in for aws_xray_sdk here; run without "
                "--replace-aws-xray-sdk, or leave that import out",
                name=fullname,
            )
        is_package = found.submodule_search_locations is not None
        return importlib.machinery.ModuleSpec(fullname, _Loader(ours), is_package=is_package)


class _Loader(importlib.abc.Loader):
    def __init__(self, ours: str) -> None:
        self._ours = ours

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:  # noqa: ARG002 -- of the protocol
        module = importlib.import_module(self._ours)
        self._spec, self._loader = module.__spec__, module.__loader__
        self._path = getattr(module, "__path__", None)
        return module

    def exec_module(self, module: ModuleType) -> None:
        # It has run under its own name, which it keeps; importing wrote the other one into it.
        module.__spec__, module.__loader__ = self._spec, self._loader
        if self._path is not None:
            module.__path__ = self._path


def replace_aws_xray_sdk() -> None:
    """Have every later import of `aws_xray_sdk`, or of what is in it, be ours under the same name.

    Raises:
        RuntimeError: it has been imported already.
    """
    if any(name == _THEIRS or name.startswith(f"{_THEIRS}.") for name in sys.modules):
        raise RuntimeError("aws_xray_sdk has been imported already, and cannot be replaced")
    if not any(isinstance(finder, _Finder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Finder())
