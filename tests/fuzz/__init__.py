"""Malformed input against a running Radiograph. `mutator.py` makes it, `run.py` (also a command) sends it."""
