"""A power cut after the answer loses nothing: data files reach the disk before the commit that refers to them."""

import os
import sys
import time
from pathlib import Path

import pytest

from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document, parse_document


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc which file a descriptor belongs to")
@pytest.mark.parametrize("fsync", [True, False])
def test_every_data_file_is_flushed_before_its_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fsync: bool
) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    flushed: dict[str, int] = {}
    really = os.fsync

    def record(descriptor: int) -> None:
        path = str(Path(f"/proc/self/fd/{descriptor}").readlink())
        with lake.reading() as connection:
            row = connection.execute("SELECT count(*) FROM documents").fetchone()
        assert row is not None
        flushed[path] = row[0]
        really(descriptor)

    monkeypatch.setattr(os, "fsync", record)
    writer = Writer(lake, WriterOptions(interval=0.01, fsync=fsync), writer_id=1, now=time.time)
    writer.start()
    for number in range(3):
        ids = f'"trace_id":"1-5759e988-{number + 1:024x}","id":"{number + 1:016x}"'
        text = f'{{{ids},"name":"a","start_time":1,"end_time":2}}'
        document = parse_document(text, Limits(max_age_days=36500), time.time())
        assert isinstance(document, Document)
        writer.submit(rows_of([document])).result(30)
    writer.stop()
    files = {
        str(path)
        for path in (tmp_path / "data" / "lake" / "main").glob("*/*.parquet")
        if path.parent.name in ("documents", "segments")
    }
    assert len(files) == 6
    if fsync:
        assert files <= set(flushed)
        # When the n-th pair of files was flushed, only the n - 1 documents before it could be seen.
        assert sorted(flushed[path] for path in files) == [0, 0, 1, 1, 2, 2]
    else:
        assert not files & set(flushed)
    lake.close()
