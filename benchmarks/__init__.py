"""What Radiograph can do on this machine, measured: `python -m benchmarks --help`.

May import Radiograph and is imported by nothing. Linux only, since the figures of processes come from `/proc`.
Begin reading at `parts.py`, which says what is measured in which order; then the part that interests you:

- `documents.py`, `corpus.py`: what is sent, made before the clock runs.
- `running.py`, `figures.py`, `machine.py`: the processes measured, and what the system says about them.
- `http_sender.py`, `udp_sender.py`, `http_client.py`: those who send and ask; each sender is a process of its own.
- `ingest.py`, `disk.py`, `queries.py`, `freshness.py`, `start.py`, `datagrams.py`, `soak.py`: one question each.
- `sink.py`, `contestants.py`: what the daemons send to, and how AWS's and ours are started.
- `results.py`, `budgets.py`: the lines that come out.
"""
