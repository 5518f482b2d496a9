"""Which libraries are traced in this process."""

WATCHED: set[str] = set()
"""Names of those that are traced already, or will be once they are imported."""
