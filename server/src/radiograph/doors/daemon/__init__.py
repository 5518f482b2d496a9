"""The daemon's two doors: segment documents by UDP, sampling calls by TCP (both port 2000 by default).

The same doors serve in the all-in-one server, where they lead to the store and to the API of the same
process, and in the relay daemon, where they lead to a spool and to a service somewhere else. Begin with
`framing` (what a datagram is), then `udp` and `tcp`. Imports only `radiograph.errors`.
"""
