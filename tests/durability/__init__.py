"""What survives `kill -9`. Begin at `kill_rounds.py`, also a command: `python -m tests.durability.kill_rounds`."""
