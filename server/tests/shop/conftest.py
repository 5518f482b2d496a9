"""Makes the example shop importable: it is no part of the distribution under test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "examples" / "shop"))
