"""Everything that faces a network.

A door turns bytes into calls and answers into bytes; what the calls mean is decided on the floors below.
Doors import `radiograph.trace`, `.store`, `.query`, `.sampling`, `.errors` and `.settings`; nothing below
imports a door. They hold no clock, no store and no configuration of their own: the composition roots
(`radiograph.server`, `radiograph.relay`) hand these in.

Begin with `http.py`, which puts the HTTP doors of port 2001 together; `xray_api/` is the X-Ray API,
`daemon/` the UDP and TCP doors of port 2000.
"""
