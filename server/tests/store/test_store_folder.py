"""The data folder: who may open it, and what can be read in it without the key."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph.errors import ConfigurationError
from radiograph.query.rollup import roll_up
from radiograph.store import maintenance
from radiograph.store.keys import KEY_FILE
from radiograph.store.lake import CATALOG_FILE, LakeOptions, open_lake
from radiograph.store.maintenance import MaintenanceCounters
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace import Limits

if TYPE_CHECKING:
    from pathlib import Path

    from radiograph.store.lake import Lake

BASE = 1_700_000_000
DEADLINE = 30.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder that was used and left."""
    folder = tmp_path / "data"
    open_lake(LakeOptions(folder=folder)).close()
    return folder


def refusal(folder: Path) -> str:
    with pytest.raises(ConfigurationError) as refused:
        open_lake(LakeOptions(folder=folder))
    sentence = str(refused.value)
    assert "\n" not in sentence
    return sentence


def test_a_missing_key_is_not_replaced_by_a_new_one(folder: Path) -> None:
    (folder / KEY_FILE).unlink()
    assert refusal(folder) == (
        f"the key file {folder / KEY_FILE} is missing, and without it the data in {folder} cannot be read; "
        "restore it from your backup, or start with another --data folder"
    )
    assert not (folder / KEY_FILE).exists()


def test_a_wrong_key_is_refused_and_the_right_one_still_opens(folder: Path) -> None:
    right = (folder / KEY_FILE).read_text(encoding="ascii")
    (folder / KEY_FILE).write_text("ab" * 32, encoding="ascii")
    assert refusal(folder) == (
        f"the key in {folder / KEY_FILE} does not open {folder / CATALOG_FILE}; "
        "restore the key that belongs to this data"
    )
    (folder / KEY_FILE).write_text(right, encoding="ascii")
    open_lake(LakeOptions(folder=folder)).close()


@pytest.mark.parametrize("content", ["", "ab" * 31, "zz" * 32, "ä" * 64])
def test_a_damaged_key_is_refused(folder: Path, content: str) -> None:
    (folder / KEY_FILE).write_text(content, encoding="utf-8")
    assert refusal(folder) == (
        f"the key file {folder / KEY_FILE} does not hold 64 hex digits; restore it from your backup"
    )


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_a_key_that_others_may_read_is_refused(folder: Path) -> None:
    (folder / KEY_FILE).chmod(0o644)
    assert refusal(folder) == (
        f"the key file {folder / KEY_FILE} has mode 644, so that others may read it; run: chmod 600 {folder / KEY_FILE}"
    )


def test_the_key_is_never_shown(folder: Path) -> None:
    key = (folder / KEY_FILE).read_text(encoding="ascii").strip()
    (folder / CATALOG_FILE).write_bytes(b"not a catalog" * 1000)
    assert key not in refusal(folder)


def test_a_second_process_is_refused(folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from radiograph.store.lake import LakeOptions, open_lake\n"
        "from radiograph.errors import ConfigurationError\n"
        "try:\n    open_lake(LakeOptions(folder=Path(sys.argv[1])))\n"
        "except ConfigurationError as refused:\n    print(refused)\n"
    )
    lake = open_lake(LakeOptions(folder=folder))
    second = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, timeout=DEADLINE, check=True
    )
    lake.close()
    assert second.stdout == (
        f"the data folder {folder} is in use by another Radiograph; stop that one, "
        "or start this one with another --data DIR\n"
    )


def test_no_text_of_a_document_can_be_read_in_the_folder(tmp_path: Path, press: Any) -> None:
    folder = tmp_path / "data"
    # So little memory that queries spill to the disk, and files are looked at while everything is open: the
    # catalog's log is still there then.
    lake = open_lake(LakeOptions(folder=folder, memory_mb=100, threads=1))
    writer = Writer(lake, WriterOptions(interval=0.05), writer_id=1, now=time.time)
    writer.start()
    secret = "Xenophanes"
    for _ in range(3):
        documents = press.documents(
            400,
            name=secret,
            user=secret,
            annotations={secret: secret},
            http={"request": {"url": f"http://{secret}/", "method": "GET"}},
            metadata={"filling": secret * 100},
        )
        writer.submit(rows_of(documents)).result(DEADLINE)
    roll_up(lake, Limits(), settled=int((time.time() + 1) * 1_000_000))
    maintenance.merge(lake, MaintenanceCounters(), everything=True)

    def bytes_by_file() -> dict[str, bytes]:
        return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    with lake.reading() as connection:
        connection.execute(
            "CREATE TEMP TABLE large AS SELECT document || number AS text FROM received, range(100) AS many(number)"
        )
        files = bytes_by_file()
    spilled = [name for name in files if name.startswith("spill")]
    writer.stop()
    lake.close()
    files |= {f"{name} after the end": content for name, content in bytes_by_file().items()}
    assert spilled
    assert any(name.endswith(".wal") for name in files)
    assert sum(name.endswith(".parquet") for name in files) >= 6
    for name, content in files.items():
        for text in (secret, "http://", "start_time", "trace_id", documents[0].trace_id, documents[0].id):
            assert text.encode() not in content, f"{text} in {name}"
            assert text.encode("utf-16-le") not in content, f"{text} in {name}"


@pytest.mark.skipif(os.name != "posix", reason="modes are of POSIX")
def test_nobody_else_may_enter_the_data_folder(folder: Path) -> None:
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_large_documents_that_do_not_fit_the_memory_together_stay_in_files_of_their_own(
    folder: Path, press: Any
) -> None:
    lake = open_lake(LakeOptions(folder=folder, memory_mb=100, threads=1))
    writer = Writer(lake, WriterOptions(interval=0.05), writer_id=1, now=time.time)
    writer.start()
    for _ in range(4):
        # Alike, so that their files are small; sorting all at once takes some 100 MB.
        documents = press.documents(600, metadata={"filling": "x" * 50_000})
        writer.submit(rows_of(documents)).result(DEADLINE)
    counters = MaintenanceCounters()
    maintenance.merge(lake, counters, everything=True)
    with lake.reading() as connection:
        assert connection.execute("SELECT count(*), sum(strlen(text) // 50_000)::INT FROM documents").fetchone() == (
            2_400,
            2_400,
        )
        # What does fit is merged nevertheless.
        assert connection.execute(
            "SELECT file_count FROM ducklake_table_info('lake') WHERE table_name = 'segments'"
        ).fetchone() == (1,)
    assert counters.halvings
    assert table_options(lake)["main.documents", "target_file_size"] == "6000000"
    writer.stop()
    lake.close()


def table_options(lake: Lake) -> dict[tuple[str, str], str]:
    with lake.reading() as connection:
        rows = connection.execute("SELECT scope_entry, option_name, value FROM ducklake_options('lake')").fetchall()
    return {(scope, name): value for scope, name, value in rows if scope}


def test_what_a_crash_amid_a_merge_left_set_is_set_back_by_the_next_start(folder: Path) -> None:
    lake = open_lake(LakeOptions(folder=folder))
    before = table_options(lake)
    with lake.reading() as connection:
        for option, value in (("target_file_size", "7MB"), ("parquet_compression_level", "7")):
            connection.execute("CALL lake.set_option(?, ?, table_name => 'documents')", [option, value])
    assert table_options(lake) != before
    lake.close()
    lake = open_lake(LakeOptions(folder=folder))
    assert table_options(lake) == before
    lake.close()
