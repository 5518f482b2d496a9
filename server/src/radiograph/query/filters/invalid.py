"""The one error of the filter expression language."""

from radiograph.errors import InvalidRequest


class InvalidFilter(InvalidRequest):
    """An expression that cannot be read, or that names a group that does not exist.

    Args:
        expected: what could stand there, so that a person can mend the expression.
        found: what stands there.
        position: where, a 0-based offset in characters.
    """

    def __init__(self, expected: str, found: str, position: int) -> None:
        super().__init__(f"Invalid filter expression at position {position}: expected {expected}, found {found}")
        self.expected = expected
        self.found = found
        self.position = position
