"""Calls that are not traced, as in AWS's SDK; libraries for calls are asked, rather than `http.client` below them."""

from __future__ import annotations

import fnmatch
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

if TYPE_CHECKING:
    from collections.abc import Collection


class _Ignored(msgspec.Struct, frozen=True):
    hostname: str | None
    urls: tuple[str, ...] | None


_ignored: list[_Ignored] = []


def add_ignored(subclass: str | None = None, hostname: str | None = None, urls: Collection[str] | None = None) -> None:
    """Leave calls out: those that meet all that is given.

    Args:
        subclass: of `http.client`; not looked at.
        hostname: a pattern, as of a shell.
        urls: paths.
    """
    if hostname is not None or urls is not None or subclass is None:
        _ignored.append(_Ignored(hostname, None if urls is None else tuple(urls)))


def reset_ignored() -> None:
    """Leave nothing out any more."""
    _ignored.clear()


def is_ignored(url: Any) -> bool:
    """Return whether a call is left out."""
    if not _ignored:
        return False
    try:
        parts = urlsplit(str(url))
    except ValueError:
        return False
    return any(
        (each.hostname is None or fnmatch.fnmatch(parts.hostname or "", each.hostname))
        and (each.urls is None or parts.path in each.urls)
        for each in _ignored
    )
