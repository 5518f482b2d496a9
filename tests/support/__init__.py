"""What tests from end to end share: running programs, waiting for them, reading back, and foreign clients.

`program.py` runs processes, `radiograph_process.py` and `daemons.py` run ours and AWS's; `waiting.py` waits;
`reading.py` asks through boto3; `recorded.py` knows what an SDK sent and what must come back; `foreign.py`
installs what is foreign.
"""
