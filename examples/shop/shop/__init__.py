"""A small shop of real processes, traced with AWS's own X-Ray SDK for Python.

Seven processes: `web` (the front), `orders`, `payments`, `catalogue`, `notifications` (reads a queue), `bank`
(not traced: somebody else's), and `aws` (moto's server, which stands in for DynamoDB and SQS). Nothing here
imports Radiograph; only the address of a daemon connects the two.

Begin reading at `web.py` and follow one purchase; `script.py` says what each kind of purchase must leave on
the service map; `supervisor.py` starts and stops it all.
"""
