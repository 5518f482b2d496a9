"""Answers: whole traces, trace summaries, service graphs, time series; and the groups that they may be of.

Floor 3: imports `radiograph.store`, `radiograph.trace` and below. Begin reading at `linker.py` (a trace into
facts, the reference of the service graph) and `graph.py` (facts into the API's answer), then
`contributions.py` (the same facts from SQL, for many traces at once), `rollup.py` (kept per minute), `hours.py` (and
per hour) and `membership.py` (for which groups). `filters/` is the filter language; `row_search.py` and `scan.py` find
what may match.
`traces.py`, `summaries.py`, `service_graph.py`, `time_series.py` and `groups.py` are what the doors call.
"""
