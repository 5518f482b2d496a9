"""Segments that are named after the host that was asked for."""

from __future__ import annotations

from radiograph_sdk.sampling import matches


class DefaultDynamicNaming:
    """Names a segment after its host, where that matches.

    Args:
        pattern: of hosts: `*` is any run of characters, `?` one.
        fallback: name for other hosts.
    """

    def __init__(self, pattern: str, fallback: str) -> None:
        self._pattern = pattern
        self._fallback = fallback

    def get_name(self, host_name: str | None) -> str:
        """Return a name for a request to a host."""
        return host_name if host_name and matches(self._pattern, host_name) else self._fallback
