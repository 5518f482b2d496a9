"""What a process that was forked must not take over: a lock that another thread held then is never let go there."""

from __future__ import annotations

import os
import weakref
from typing import Protocol


class Forked(Protocol):
    """What has something to renew."""

    def after_fork(self) -> None:
        """Renew it, in the new process."""


_known: weakref.WeakSet[Forked] = weakref.WeakSet()


def renew_after_fork(owner: Forked) -> None:
    """Have an object told when it finds itself in a process that was forked, for as long as it lives."""
    _known.add(owner)


def _renew() -> None:
    for owner in list(_known):
        owner.after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew)
