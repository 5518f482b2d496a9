"""The spool is a bounded queue on disk that nothing breaks and nobody else reads."""

from __future__ import annotations

import os
import random
import sys
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.errors import ConfigurationError, StoreUnavailable
from radiograph.relay.sealing import PREAMBLE_LENGTH, RecordError, Seal
from radiograph.relay.spool import Spool

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Opener = Callable[..., Spool]


@pytest.fixture
def open_spool(folder: Path, lines: Any, clock: Any) -> Iterator[Opener]:
    opened: list[Spool] = []

    def opener(max_bytes: int = 10**8) -> Spool:
        spool = Spool(folder, max_bytes=max_bytes, log=lines.logger, clock=clock)
        opened.append(spool)
        return spool

    yield opener
    for spool in opened:
        spool.close()


def drain(spool: Spool, limit: int = 50) -> list[bytes]:
    documents: list[bytes] = []
    while (batch := spool.take(limit, 2**20)) is not None:
        documents += batch.documents
        spool.done(batch)
    return documents


def files(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.spool"))


def test_documents_come_out_as_they_went_in(open_spool: Opener) -> None:
    spool = open_spool()
    spool.append([b"one", b"two"])
    spool.append([b"three", b"", b"\x00\xff"])
    assert spool.waiting == 5
    assert drain(spool) == [b"one", b"two", b"three", b"", b"\x00\xff"]
    assert spool.waiting == 0


def test_documents_survive_a_restart_in_order_and_once(open_spool: Opener) -> None:
    first = open_spool()
    first.append([b"a", b"b"])
    first.append([b"c"])
    batch = first.take(2, 2**20)
    assert batch is not None
    assert batch.documents == [b"a", b"b"]
    first.done(batch)
    first.close()
    second = open_spool()
    second.append([b"d"])
    assert second.waiting == 2
    assert drain(second) == [b"c", b"d"]


def test_what_was_taken_and_not_marked_comes_again_after_a_restart(open_spool: Opener) -> None:
    first = open_spool()
    first.append([b"a"])
    assert first.take(50, 2**20) is not None
    first.close()
    assert drain(open_spool()) == [b"a"]


def test_marks_out_of_order_lose_nothing(open_spool: Opener) -> None:
    first = open_spool()
    for document in (b"a", b"b", b"c"):
        first.append([document])
    batches = [first.take(1, 2**20) for _ in range(3)]
    assert batches[1] is not None
    assert batches[2] is not None
    first.done(batches[1])
    first.done(batches[2])
    first.close()
    # "a" was under way; the position cannot pass it, so its successors come again, which is harmless.
    assert drain(open_spool()) == [b"a", b"b", b"c"]


def test_what_is_given_back_comes_again_after_its_delay(open_spool: Opener, clock: Any) -> None:
    spool = open_spool()
    spool.append([b"a"])
    batch = spool.take(50, 2**20)
    assert batch is not None
    spool.give_back(batch, delay=5.0)
    assert spool.take(50, 2**20) is None
    assert spool.waiting == 1
    clock.now += 5.0
    again = spool.take(50, 2**20)
    assert again is not None
    assert (again.documents, again.attempts) == ([b"a"], 1)
    spool.done(again)
    assert spool.waiting == 0


def test_an_emptied_spool_leaves_no_files(open_spool: Opener, folder: Path) -> None:
    spool = open_spool()
    spool.append([b"x" * 1000])
    assert len(files(folder)) == 1
    drain(spool)
    assert files(folder) == []
    assert spool.size == 0
    spool.append([b"y"])
    assert drain(spool) == [b"y"]


def test_batches_are_filled_from_several_records_up_to_their_limits(open_spool: Opener) -> None:
    spool = open_spool()
    for number in range(10):
        spool.append([b"%d" % number])
    batch = spool.take(4, 2**20)
    assert batch is not None
    assert batch.documents == [b"0", b"1", b"2", b"3"]
    small = spool.take(50, 60)  # a record with one digit is 6 + 4 + 1 + 16 = 27 bytes
    assert small is not None
    assert small.documents == [b"4", b"5"]


def test_a_full_spool_drops_its_oldest_file_and_counts_it(open_spool: Opener, folder: Path, lines: Any) -> None:
    spool = open_spool(max_bytes=80_000)
    for number in range(200):
        spool.append([b"%03d" % number + b"x" * 1000])
    assert spool.size <= 80_000
    assert sum(file.stat().st_size for file in files(folder)) <= 80_000
    kept = [int(document[:3]) for document in drain(spool)]
    assert spool.dropped_documents > 0
    assert kept == list(range(spool.dropped_documents, 200))
    assert sum(event["documents"] for event in lines.find("the spool is full")) == spool.dropped_documents


def test_a_batch_under_way_survives_that_its_file_is_dropped(open_spool: Opener) -> None:
    spool = open_spool(max_bytes=8000)
    spool.append([b"a" * 900])
    batch = spool.take(1, 2**20)
    assert batch is not None
    for _ in range(20):
        spool.append([b"b" * 900])
    spool.done(batch)
    lost = spool.dropped_documents
    assert len(drain(spool)) == 20 - lost


def test_a_batch_that_comes_back_after_its_file_was_dropped_is_counted(open_spool: Opener) -> None:
    spool = open_spool(max_bytes=8000)
    spool.append([b"a" * 900])
    batch = spool.take(1, 2**20)
    assert batch is not None
    for _ in range(20):
        spool.append([b"b" * 900])
    before = spool.dropped_documents
    spool.give_back(batch, delay=0)
    assert spool.dropped_documents == before + 1
    assert b"a" * 900 not in drain(spool)


def test_nothing_lies_on_disk_in_plain_text(open_spool: Opener, folder: Path) -> None:
    spool = open_spool()
    spool.append([b"a very secret document"] * 3)
    spool.flush()
    for path in folder.iterdir():
        assert b"secret" not in path.read_bytes()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_key_and_files_belong_to_the_owner_alone(open_spool: Opener, folder: Path) -> None:
    spool = open_spool()
    spool.append([b"a"])
    assert folder.stat().st_mode & 0o777 == 0o700
    assert (folder / "key").stat().st_mode & 0o777 == 0o600
    assert files(folder)[0].stat().st_mode & 0o777 == 0o600


def test_the_same_documents_are_sealed_differently_each_time(open_spool: Opener, folder: Path) -> None:
    spool = open_spool()
    spool.append([b"same"])
    spool.append([b"same"])
    content = files(folder)[0].read_bytes()[PREAMBLE_LENGTH:]
    half = len(content) // 2
    assert content[6:half] != content[half + 6 :]


@given(documents=st.lists(st.binary()), flip=st.integers(min_value=0), offset=st.integers(24, 2**40))
def test_an_altered_or_moved_record_does_not_open(documents: list[bytes], flip: int, offset: int) -> None:
    seal = Seal(b"k" * 32, b"s" * 16)
    record = seal.close(documents, offset)
    assert seal.open(record, offset) == documents
    altered = bytearray(record)
    altered[flip % len(altered)] ^= 1
    for content, place in ((bytes(altered), offset), (record, offset + 1), (record[:-1], offset)):
        with pytest.raises(RecordError):
            seal.open(content, place)
    with pytest.raises(RecordError):
        Seal(b"K" * 32, b"s" * 16).open(record, offset)


@settings(deadline=None, max_examples=60)
@given(cut=st.integers(0, 1000), sizes=st.lists(st.integers(0, 100), min_size=1, max_size=8))
def test_a_file_torn_anywhere_gives_every_whole_record_before_the_tear(
    cut: int, sizes: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    log = _silent()
    spool = Spool(folder, max_bytes=10**8, log=log, clock=lambda: 0.0)
    ends = [PREAMBLE_LENGTH]
    for number, size in enumerate(sizes):
        spool.append([bytes([number]) * size])
        ends.append(ends[-1] + 6 + 4 + size + 16)
    spool.close()
    path = files(folder)[0]
    assert path.stat().st_size == ends[-1]
    kept = min(cut, ends[-1])
    os.truncate(path, kept)
    whole = sum(end <= kept for end in ends[1:])
    again = Spool(folder, max_bytes=10**8, log=log, clock=lambda: 0.0)
    again.append([b"new"])
    expected = [bytes([number]) * size for number, size in enumerate(sizes[:whole])]
    assert drain(again) == [*expected, b"new"]
    assert again.corrupt_records == 0
    again.close()


def test_a_damaged_record_costs_itself_alone(open_spool: Opener, folder: Path) -> None:
    first = open_spool()
    for document in (b"a", b"b", b"c"):
        first.append([document])
    first.close()
    path = files(folder)[0]
    content = bytearray(path.read_bytes())
    content[PREAMBLE_LENGTH + 27 + 10] ^= 0xFF  # inside the second record
    path.write_bytes(content)
    second = open_spool()
    assert drain(second) == [b"a", b"c"]
    assert second.corrupt_records == 1


def test_zeros_that_a_power_loss_left_behind_are_cut_off(open_spool: Opener, folder: Path) -> None:
    first = open_spool()
    first.append([b"a"])
    first.close()
    with files(folder)[0].open("ab") as file:
        file.write(bytes(4096))
    second = open_spool()
    assert drain(second) == [b"a"]
    assert second.corrupt_records == 0


def test_a_file_of_another_kind_is_left_alone(open_spool: Opener, folder: Path, lines: Any) -> None:
    first = open_spool()
    first.append([b"a"])
    first.close()
    stranger = folder / "000000000000.spool"
    stranger.write_bytes(b"not ours" * 10)
    other = folder / "000000000009.spool"
    other.write_bytes(b"not ours" * 10)
    second = open_spool()
    assert drain(second) == [b"a"]
    assert other.read_bytes() == b"not ours" * 10
    assert lines.find("not a spool file")


def test_a_lost_position_means_twice_and_not_never(open_spool: Opener, folder: Path) -> None:
    first = open_spool()
    first.append([b"a"])
    first.append([b"b"])
    batch = first.take(1, 2**20)
    assert batch is not None
    first.done(batch)
    first.close()
    (folder / "position.json").write_bytes(b"{")
    assert drain(open_spool()) == [b"a", b"b"]


def test_a_lost_key_stops_the_start_while_documents_need_it(open_spool: Opener, folder: Path) -> None:
    first = open_spool()
    first.append([b"a"])
    first.close()
    (folder / "key").unlink()
    with pytest.raises(ConfigurationError, match=r"key .* missing or damaged"):
        open_spool()
    (files(folder)[0]).unlink()
    assert drain(open_spool()) == []


def test_two_daemons_do_not_share_a_folder(open_spool: Opener) -> None:
    open_spool()
    with pytest.raises(ConfigurationError, match=r"Another daemon .* --spool DIR"):
        open_spool()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, lines: Any, clock: Any) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(ConfigurationError, match=r"file.* --spool DIR"):
        Spool(tmp_path / "file", max_bytes=1000, log=lines.logger, clock=clock)


def test_a_full_disk_refuses_and_the_next_try_works(open_spool: Opener, monkeypatch: pytest.MonkeyPatch) -> None:
    spool = open_spool()
    spool.append([b"before"])
    real = "radiograph.relay.spool._write_all"

    def half_then_full(handle: Any, data: bytes) -> None:
        handle.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(real, half_then_full)
        with pytest.raises(StoreUnavailable, match="No space left"):
            spool.append([b"lost?"])
    spool.append([b"after"])
    assert spool.waiting == 2
    assert drain(spool) == [b"before", b"after"]
    assert spool.corrupt_records == 0


def test_any_order_of_work_gives_every_document_exactly_once(open_spool: Opener) -> None:
    choose = random.Random(20260102)
    spool = open_spool(max_bytes=10**9)
    appended, received, under_way = 0, [], []
    for _ in range(3000):
        action = choose.random()
        if action < 0.45:
            count = choose.randint(1, 60)
            spool.append([b"%d" % (appended + n) for n in range(count)])
            appended += count
        elif action < 0.8:
            batch = spool.take(50, 4000)
            if batch is not None:
                under_way.append(batch)
        elif under_way:
            batch = under_way.pop(choose.randrange(len(under_way)))
            if choose.random() < 0.7:
                received += batch.documents
                spool.done(batch)
            else:
                spool.give_back(batch, delay=0)
    for batch in under_way:
        received += batch.documents
        spool.done(batch)
    received += drain(spool)
    assert sorted(map(int, received)) == list(range(appended))
    assert spool.waiting == 0


def _silent() -> Any:
    class Silent:
        def __getattr__(self, _level: str) -> Any:
            return lambda *_arguments, **_details: None

    return Silent()
