"""Regular expressions in RE2's syntax, which are found in linear time whatever the pattern (DuckDB's are too)."""

from collections.abc import Callable

import re2


def regular_expression(pattern: str) -> Callable[[str], bool]:
    """Return a function that tells whether a text has a match anywhere.

    Raises:
        ValueError: RE2 does not understand the pattern, or it would grow too large; its first argument says why.
    """
    options = re2.Options()
    options.log_errors = False
    try:
        search = re2.compile(pattern, options=options).search
    except re2.error as error:
        problem = error.args[0]
        raise ValueError(problem.decode(errors="replace") if isinstance(problem, bytes) else str(problem)) from None
    return lambda text: search(text) is not None
