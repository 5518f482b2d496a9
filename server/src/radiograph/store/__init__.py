"""The lake: everything that Radiograph keeps, in DuckLake tables on encrypted Parquet files.

Floor 2: imports `radiograph.trace` and below. Begin reading at `lake.py` (what is attached, and how a
connection is had), then `schema.py` (the tables), `rows.py` (a document becomes a row), `writer.py` (group
commit) and `maintenance.py` (merging, expiry, retention).

The way in is `Writer.submit`, the way out is SQL over `Lake.reading()` plus `documents_of` in `reader.py`.
"""
