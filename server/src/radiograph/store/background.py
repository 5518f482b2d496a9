"""Work that can wait gives way to work that somebody waits for."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

# A quarter of the share of a thread in the foreground, when both want the same core: enough to keep up in the long run.
_NICE = 6


def give_way() -> None:
    """Lower the priority of the calling thread, and of those that it starts.

    Linux knows priorities of single threads; elsewhere this does nothing. It cannot be undone without privileges.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def from_background(task: Callable[[], None]) -> None:
    """Run a task in a thread that gives way, and wait for it: threads that it starts give way for good.

    Raises:
        Exception: whatever the task raised.
    """
    problems: list[BaseException] = []

    def run() -> None:
        give_way()
        try:
            task()
        except BaseException as problem:  # noqa: BLE001 -- raised where it is waited for
            problems.append(problem)

    thread = threading.Thread(target=run, name="radiograph-background")
    thread.start()
    thread.join()
    if problems:
        raise problems[0]


def never() -> bool:
    """Tell work that asks whether to stop that it need not."""
    return False
