"""The JSON API of the console, `/api/v1`: what a screen asks, in the shapes that a screen wants.

It reads and never changes anything; groups and the like are changed through the X-Ray API. docs/console-api.md is
the contract, and a test holds its table against the routes. The way of a request:

    routes.py      the table of routes; each a thin way to `radiograph.query`
    parameters.py  the query string, each bad parameter refused with a sentence
    endpoint.py    bytes out: the answer or the error, its headers, metrics
    live.py        server-sent events: one ticker for all who listen
    console.py     what the composition root hands in

Imports `radiograph.query`, `.store.reader`, `.trace`, `.errors`, and what it shares with `xray_api`: how errors become
answers, metrics, request ids. Begin with `routes.py`.
"""
