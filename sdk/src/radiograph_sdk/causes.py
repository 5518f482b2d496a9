"""An exception as a document tells it: type, message, stack, and what caused it."""

from __future__ import annotations

import os
import traceback
from typing import TYPE_CHECKING, Any

from radiograph_sdk.ids import new_entity_id

if TYPE_CHECKING:
    from types import TracebackType

_MOST_CAUSES = 8
_LONGEST_MESSAGE = 2_048


def is_failure(error: BaseException) -> bool:
    """Return whether something failed, and was not just ended: a generator that is left, a task that is cancelled."""
    if isinstance(error, GeneratorExit):
        return False
    if isinstance(error, SystemExit):
        return bool(error.code)
    # By its name: whoever raises it has imported asyncio, others need not.
    return type(error).__name__ != "CancelledError"


def cause_of(error: BaseException, *, frames: int, remote: bool = False) -> dict[str, Any]:
    """Return the `cause` of a document.

    Args:
        error: what was raised.
        frames: of its stack, at most; 0 for none.
        remote: whether it came from a service that was called.
    """
    exceptions: list[dict[str, Any]] = []
    seen: set[int] = set()
    told: BaseException | None = error
    while told is not None and id(told) not in seen and len(exceptions) < _MOST_CAUSES:
        seen.add(id(told))
        one = _exception(told, frames, remote=remote)
        if exceptions:
            exceptions[-1]["cause"] = one["id"]
        exceptions.append(one)
        told = told.__cause__ or (None if told.__suppress_context__ else told.__context__)
    return {"working_directory": _folder(), "exceptions": exceptions}


def _exception(error: BaseException, frames: int, *, remote: bool) -> dict[str, Any]:
    try:
        message = str(error)
    except Exception:  # noqa: BLE001 -- an application's own method
        message = "(its message cannot be told)"
    one: dict[str, Any] = {
        "id": new_entity_id(),
        "type": type(error).__name__,
        "message": message[:_LONGEST_MESSAGE],
        "remote": remote,
    }
    stack = _stack(error.__traceback__, frames)
    if stack:
        one["stack"] = stack
    return one


def _stack(trace: TracebackType | None, frames: int) -> list[dict[str, Any]]:
    """Return the innermost frames, the one that raised first."""
    if not frames or trace is None:
        return []
    # Without the lines of the source, which would be read from files.
    found = traceback.StackSummary.extract(traceback.walk_tb(trace), lookup_lines=False)
    return [{"path": frame.filename, "line": frame.lineno, "label": frame.name} for frame in reversed(found[-frames:])]


def _folder() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 -- a text is wanted
    except OSError:
        return ""
