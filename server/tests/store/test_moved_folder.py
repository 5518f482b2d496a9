"""A data folder is a folder: it can be moved, renamed, or restored from a backup elsewhere."""

import time
from pathlib import Path

from radiograph.store.lake import LakeOptions, open_lake
from radiograph.store.reader import stored_documents
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document, parse_document

TRACE = "1-5759e988-bd862e3fe1be46a994272793"
TEXT = f'{{"trace_id":"{TRACE}","id":"53995c3f42cd8ad8","name":"a","start_time":1465510280,"end_time":1465510281}}'


def test_a_moved_folder_opens_and_has_everything(tmp_path: Path) -> None:
    lake = open_lake(LakeOptions(folder=tmp_path / "here"))
    writer = Writer(lake, WriterOptions(interval=0.01), writer_id=1, now=time.time)
    writer.start()
    document = parse_document(TEXT, Limits(max_age_days=36_500), time.time())
    assert isinstance(document, Document)
    writer.submit(rows_of([document])).result(30)
    writer.stop()
    lake.close()

    (tmp_path / "here").rename(tmp_path / "there")
    moved = open_lake(LakeOptions(folder=tmp_path / "there"))
    with moved.reading() as connection:
        (found,) = stored_documents(connection, [TRACE])[TRACE]
    moved.close()
    assert found.text == TEXT
