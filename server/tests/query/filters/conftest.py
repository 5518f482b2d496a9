"""The tests of filters share strategies, which are imported by their path from the repository."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[4]))
