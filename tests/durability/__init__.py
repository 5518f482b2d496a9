"""What survives `kill -9`. Begin at `kill_rounds.py`, which is also a command: `python -m tests.durability.kill_rounds`."""
