"""The pieces of which sentences for people are made: lengths of time, shares, what an answer means."""

from radiograph.query.linker import Outcome

_MILLISECOND = 1_000
_SECOND = 1_000_000
_MINUTE = 60 * _SECOND
_HOUR = 60 * _MINUTE
_TEN = 10

_REFUSED = {
    400: "could not make sense of the request",
    401: "did not know who was asking",
    403: "did not allow it",
    404: "did not find what was asked for",
    408: "waited too long for the request",
    409: "found the request in conflict with something else",
    410: "no longer has what was asked for",
    413: "found the request too large",
    415: "does not take requests of that kind",
    422: "found something wrong in the request",
}


def length(microseconds: int) -> str:
    """Return a length of time as a person says it: `480 ms`, `1.2 s`, `2 min 5 s`."""
    if microseconds < _TEN * _MILLISECOND:
        return f"{_plain(microseconds / _MILLISECOND)} ms"
    if microseconds < _SECOND - _MILLISECOND // 2:
        return f"{round(microseconds / _MILLISECOND)} ms"
    if microseconds < _MINUTE - _SECOND // 20:
        return f"{_plain(microseconds / _SECOND)} s"
    seconds = round(microseconds / _SECOND)
    if seconds < _HOUR // _SECOND:
        return f"{seconds // 60} min {seconds % 60} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def share(part: int, whole: int) -> str:
    """Return a part of a whole in per cent."""
    return f"{round(100 * part / whole)} %"


def answered(how: Outcome, status: int | None) -> str:
    """Return what somebody did who did not answer well, with the status: `failed (502)`."""
    if how is Outcome.FAULT:
        return _with("failed", status)
    if how is Outcome.THROTTLE:
        return f"turned the request away ({'' if status is None else f'{status}, '}too many requests)"
    return _with(_REFUSED.get(status or 0, "refused the request"), status)


def listed(names: list[str]) -> str:
    """Return names as a list in a sentence: `a, b and c`."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def times(count: int) -> str:
    """Return how often: `once`, `twice`, `7 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")


def _with(text: str, status: int | None) -> str:
    return text if status is None else f"{text} ({status})"


def _plain(number: float) -> str:
    """A number with one decimal, without it where it is zero."""
    return f"{number:.1f}".removesuffix(".0")
