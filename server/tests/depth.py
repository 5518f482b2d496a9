"""How many examples the slow property tests try: enough for every change, and more for a long night."""

import os


def examples(usual: int, thorough: int) -> int:
    """Return the number; the greater one where THOROUGH is set in the environment."""
    return thorough if os.environ.get("THOROUGH") else usual
