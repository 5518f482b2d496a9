"""The X-Ray API: 38 operations, each `POST` to a path of its own, JSON in and out.

The service model that AWS publishes (and botocore ships) says what each operation takes and gives; a
handler says only what it means. The way of a request:

    dispatch.py    bytes -> bytes        the endpoint of one operation; request ids, metrics
    body.py        bytes -> JSON         reading within the size limit, decoding
    validation.py  JSON -> checked dict  required members, types, limits, by the model
    the handler    checked dict -> dict  handed in by the composition root (`contract.py`)
    shaping.py     dict -> bytes         exactly the members the model has, with their types
    failures.py    error -> answer       the code, status and sentence a client is told

`model.py` reads the model. PutTraceSegments takes a shorter way: its body is decoded straight into a list
of documents, since everything that is traced passes there.

Imports `radiograph.errors` and `radiograph.doors.metrics` alone. Begin with `dispatch.py`.
"""
