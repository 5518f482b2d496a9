"""Malformed input against a running Radiograph. `mutator.py` makes it, `run.py` sends it: `python -m tests.fuzz.run`."""
