"""The host daemon: takes what SDKs send on port 2000 and brings it to a Radiograph, or to AWS, over HTTP.

The way of a document: UDP door -> `inbox` (bounded memory) -> `courier` (workers) -> `uplink` (one signed
call for up to 50 documents) -> the service. What waits longer than a flush, or fails, goes through `spool`
(bounded, encrypted files), so that an outage of hours, a crash or a restart loses nothing. Beside it: the TCP
door's `sampling` answers, `telemetry` once a minute, `health` for probes and metrics. Begin with `daemon`,
which puts the parts together. Imports `radiograph.doors` and `radiograph.errors`.
"""
