"""`patch` and `patch_all`: the libraries' instrumentations are OpenTelemetry's, and record with this recorder."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import logging
import pkgutil
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from radiograph_sdk.xray.sdk_config import SDKConfig

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from types import ModuleType

_log = logging.getLogger("radiograph_sdk")
# What AWS's SDK calls them -> the libraries here.
_LIBRARIES = {
    "aiobotocore": ("aiobotocore",),
    "botocore": ("botocore",),
    "pynamodb": ("botocore",),
    "requests": ("requests",),
    "sqlite3": ("sqlite3",),
    "mysql": ("mysql-connector",),
    "httplib": ("urllib", "urllib3"),
    "pymongo": ("pymongo",),
    "pymysql": ("pymysql",),
    "psycopg2": ("psycopg2",),
    "psycopg": ("psycopg",),
    "pg8000": ("sqlalchemy",),
    "sqlalchemy_core": ("sqlalchemy",),
    "httpx": ("httpx",),
}
_ALIASES = {"boto3": "botocore", "aioboto3": "aiobotocore"}
SUPPORTED_MODULES = tuple(_LIBRARIES)
NO_DOUBLE_PATCH = tuple(name for name in SUPPORTED_MODULES if name != "httplib")
_PATCHED_MODULES: set[str] = set()


def patch_all(double_patch: bool = False) -> None:  # noqa: FBT001, FBT002 -- AWS's signature
    """Trace every library that is known and present.

    Args:
        double_patch: also those that others call: `httplib`.
    """
    patch(SUPPORTED_MODULES if double_patch else NO_DOUBLE_PATCH, raise_errors=False)


def patch(
    modules_to_patch: Collection[str],
    raise_errors: bool = True,  # noqa: FBT001, FBT002 -- AWS's signature
    ignore_module_patterns: Collection[str] | None = None,
) -> None:
    """Trace libraries, and the functions of packages and modules of one's own.

    Args:
        modules_to_patch: names.
        raise_errors: whether what cannot be traced is an error.
        ignore_module_patterns: regular expressions; of one's own modules, those that match are left out.

    Raises:
        Exception: a name is neither a library that is known, nor a module of one's own.
        ModuleNotFoundError: a library is not installed, or its instrumentation is not.
    """
    if not SDKConfig.sdk_enabled():
        return
    names = dict.fromkeys(_ALIASES.get(name, name) for name in modules_to_patch)
    own = [name for name in names if name not in _LIBRARIES and _is_own(name)]
    unknown = [name for name in names if name not in _LIBRARIES and name not in own]
    if unknown:
        raise Exception(  # noqa: TRY002 -- AWS's
            f"modules {', '.join(unknown)} are currently not supported for patching; there are "
            f"{', '.join(SUPPORTED_MODULES)}, and modules of your own that can be imported from here"
        )
    for name in names:
        if name not in own:
            _trace(name, raise_errors=raise_errors)
    ignored = [re.compile(pattern) for pattern in ignore_module_patterns or ()]
    for name in own:
        for module in _modules(name, ignored):
            _capture(module)


def _trace(name: str, *, raise_errors: bool) -> None:
    if name in _PATCHED_MODULES:
        return
    try:
        from radiograph_sdk.auto.libraries import watch  # noqa: PLC0415 -- of the extra `auto`

        native, provider = _provider()
        states = watch(provider, native.losses, only=_LIBRARIES[name])
    except ImportError as problem:
        if raise_errors:
            raise ModuleNotFoundError(
                f"{name} cannot be traced: pip install 'radiograph-sdk[auto]'", name=problem.name
            ) from problem
        return
    missing = [state for state in states if state.status != "traced"]
    if len(missing) < len(states):
        _PATCHED_MODULES.add(name)
    elif raise_errors:
        state = missing[0]
        raise ModuleNotFoundError(
            f"{name} cannot be traced: {state.reason or 'it is not installed'}", name=state.library.module
        )


_made: list[Any] = []


def _provider() -> Any:
    from radiograph_sdk.otel.provider import RadiographTracerProvider  # noqa: PLC0415 -- of the extra `auto`
    from radiograph_sdk.xray.core import xray_recorder  # noqa: PLC0415 -- each needs the other
    from radiograph_sdk.xray.ext.httplib import is_ignored  # noqa: PLC0415 -- likewise

    if not _made:
        # A call outside of any segment is not recorded, as in AWS's SDK.
        _made.append(RadiographTracerProvider(xray_recorder.native, lone_calls=False, ignored=is_ignored))
    return xray_recorder.native, _made[0]


def _is_own(name: str) -> bool:
    path = Path(*name.split("."))
    return (path / "__init__.py").is_file() or path.with_suffix(".py").is_file()


def _modules(name: str, ignored: list[re.Pattern[str]]) -> Iterator[ModuleType]:
    if any(pattern.match(name) for pattern in ignored):
        return
    module = importlib.import_module(name)
    yield module
    for found in pkgutil.iter_modules(getattr(module, "__path__", [])):
        yield from _modules(f"{name}.{found.name}", ignored)


def _capture(module: ModuleType) -> None:
    """Make each call of a function or method that is defined in a module a subsegment."""
    from radiograph_sdk.xray.core import xray_recorder  # noqa: PLC0415 -- each needs the other

    if module.__name__ in _PATCHED_MODULES:
        return
    _PATCHED_MODULES.add(module.__name__)
    for holder in [module, *(each for _, each in inspect.getmembers(module, inspect.isclass))]:
        if inspect.isclass(holder) and holder.__module__ != module.__name__:
            continue
        for name, value in list(vars(holder).items()):
            kind = type(value) if isinstance(value, staticmethod | classmethod) else None
            function = value.__func__ if kind else value
            if inspect.isfunction(function) and function.__module__ == module.__name__ and not name.startswith("__"):
                traced = xray_recorder.capture(function.__name__)(function)
                setattr(holder, name, kind(traced) if kind else traced)
