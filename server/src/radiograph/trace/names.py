"""Which characters a segment's name may have, and how a bad name is mended."""

import re

# Unicode letters and digits (\w), all of \p{Z} (Python has no class for it), and the marks X-Ray lists.
_SPACES = "\u0020\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_ALLOWED = rf"\w{_SPACES}.:/%&#=+\\\-@"
_GOOD = re.compile(rf"[{_ALLOWED}]+")
_BAD_CHARACTER = re.compile(rf"[^{_ALLOWED}]")

is_good = _GOOD.fullmatch


def first_bad_character(name: str) -> str | None:
    """Return the first character that X-Ray does not allow in a name, None when all are fine."""
    match = _BAD_CHARACTER.search(name)
    return None if match is None else match.group()


def repair(name: str, length: int) -> str:
    """Replace each character that is not allowed by `_` and cut the name at `length` characters.

    AWS refuses the whole document instead, which is the most common way to lose one (our rule).
    """
    return _BAD_CHARACTER.sub("_", name)[:length]
