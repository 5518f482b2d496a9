"""A bounded queue of documents on disk.

Files are append-only and numbered; each process writes to new ones. What `append` returned from survives the
end of the process, kill -9 included (the bytes are with the kernel); it survives a power loss from the next
`flush` on, which the courier calls every second. What was taken and not marked done is taken again after a
restart: the service is idempotent, so twice is harmless and never is not.
"""

from __future__ import annotations

import contextlib
import os
import struct
import threading
from collections import deque
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.errors import ConfigurationError, StoreUnavailable
from radiograph.relay.sealing import (
    HEAD,
    KEY_LENGTH,
    MAGIC,
    PREAMBLE_LENGTH,
    SALT_LENGTH,
    RecordError,
    Seal,
    walk,
)
from radiograph.relay.spool_folder import Position, SpoolFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from io import FileIO
    from pathlib import Path

_LARGEST_FILE = 64 * 1024 * 1024
_FILES_AT_LEAST = 8
"""When the spool is full the oldest file goes: an eighth of the room at most, not all of it."""


class SpoolBatch(msgspec.Struct, eq=False):
    """Documents taken from the spool, to be marked done or given back.

    Args:
        documents: The documents in the order of their arrival.
        file: Number of the file they lie in.
        start: Offset of their first record.
        end: Offset behind their last record.
        count: How many they are; `documents` is emptied when the batch is given back.
        attempts: How often they have been given back.
        not_before: Clock reading (seconds) before which they are not taken again.
        done: Whether they have been marked.
    """

    documents: list[bytes]
    file: int
    start: int
    end: int
    count: int
    attempts: int = 0
    not_before: float = 0.0
    done: bool = False


class _File:
    """One spool file: what is known of it in memory."""

    __slots__ = ("cursor", "handle", "number", "path", "seal", "size", "unread")

    def __init__(self, number: int, path: Path, seal: Seal, handle: FileIO) -> None:
        self.number = number
        self.path = path
        self.seal = seal
        self.handle = handle
        self.cursor = PREAMBLE_LENGTH  # where the next record to take begins
        self.size = PREAMBLE_LENGTH
        self.unread = 0  # documents from the cursor on


class Spool:
    """The disk queue.

    Args:
        directory: Its folder; made (mode 0700) when missing. It holds the files, the key (mode 0600) and the
            read position. One process at a time.
        max_bytes: Size of all files together; beyond it the oldest file is dropped, counted and logged.
        log: Where events go.
        clock: Seconds, monotonic.
        entropy: Source of random bytes.

    Raises:
        ConfigurationError: The folder cannot be used.
    """

    def __init__(
        self,
        directory: Path,
        *,
        max_bytes: int,
        log: Any,
        clock: Callable[[], float],
        entropy: Callable[[int], bytes] = os.urandom,
    ) -> None:
        self.dropped_documents = 0
        self.corrupt_records = 0
        self._max_bytes = max_bytes
        self._file_bytes = max(1, min(_LARGEST_FILE, max_bytes // _FILES_AT_LEAST))
        self._log = log
        self._clock = clock
        self._entropy = entropy
        self._lock = threading.Lock()
        self._folder = SpoolFolder(directory)
        self._closed = False
        self._unsynced = False
        self._files: deque[_File] = deque()
        self._writing: _File | None = None
        self._taken: deque[SpoolBatch] = deque()
        self._returned: deque[SpoolBatch] = deque()
        self._marked = Position(0, 0)
        self._stored = self._marked
        try:
            self._key = self._folder.key(KEY_LENGTH, entropy)
            self._recover()
        except OSError as error:
            self._folder.close()
            raise ConfigurationError(
                f"The spool folder {directory} cannot be used ({error.strerror or error}); "
                "name one that the daemon may write with --spool DIR."
            ) from error
        except ConfigurationError:
            self._folder.close()
            raise

    @property
    def waiting(self) -> int:
        """Documents on disk that have not been marked done."""
        with self._lock:
            taken = sum(batch.count for batch in self._taken if not batch.done)
            return taken + sum(file.unread for file in self._files)

    @property
    def size(self) -> int:
        """Bytes of all spool files."""
        with self._lock:
            return sum(file.size for file in self._files)

    @property
    def is_empty(self) -> bool:
        """Whether nothing can be taken, now or later."""
        with self._lock:
            return not self._returned and not any(file.unread for file in self._files)

    def append(self, documents: Sequence[bytes]) -> None:
        """Write documents as one record; on return they survive the end of the process.

        Args:
            documents: At most 65,535 of them; the callers write batches of 50.

        Raises:
            StoreUnavailable: The disk does not take them; nothing of them was kept.
        """
        if not documents:
            return
        with self._lock:
            if self._closed:
                raise StoreUnavailable("The spool is closed.")
            try:
                file = self._writable()
                record = file.seal.close(documents, file.size)
                self._make_room(len(record))
                file.handle.seek(file.size)  # reading moves the position
                _write_all(file.handle, record)
            except OSError as error:
                # A file with a torn tail is never written again: its next offset would repeat a nonce.
                self._retire()
                raise StoreUnavailable(f"The spool cannot be written ({error.strerror or error}).") from error
            file.size += len(record)
            file.unread += len(documents)
            self._unsynced = True

    def take(self, limit: int, limit_bytes: int) -> SpoolBatch | None:
        """Take the oldest documents that nobody else has taken.

        Args:
            limit: Documents wanted at most (a single record may hold more).
            limit_bytes: Bytes of records wanted at most (a single record may be longer).

        Returns:
            A batch for `done` or `give_back`, or None when there is nothing to take at the moment.
        """
        with self._lock:
            if self._closed:
                return None
            try:
                return self._take_returned() or self._take_fresh(limit, limit_bytes)
            except (OSError, struct.error) as error:
                self._log.error("the spool cannot be read; trying again", error=str(error))
                return None

    def done(self, batch: SpoolBatch) -> None:
        """Mark a batch: it is never taken again (from the next stored position on, after a restart)."""
        with self._lock:
            batch.done = True
            batch.documents = []
            while self._taken and self._taken[0].done:
                first = self._taken.popleft()
                self._marked = Position(first.file, first.end)
            if not self._closed:
                self._remove_finished()

    def give_back(self, batch: SpoolBatch, delay: float) -> None:
        """Return a batch that could not be sent; `take` offers it again after `delay` seconds."""
        with self._lock:
            if self._find(batch.file) is None:  # dropped meanwhile to make room
                self.dropped_documents += batch.count
                return
            batch.documents = []
            batch.attempts += 1
            batch.not_before = self._clock() + delay
            self._returned.append(batch)

    def flush(self) -> None:
        """Force what was appended to the disk and store the read position."""
        with self._lock, contextlib.suppress(OSError):
            self._flush()

    def close(self) -> None:
        """Flush and let go of the folder."""
        with self._lock:
            if self._closed:
                return
            with contextlib.suppress(OSError):
                self._flush()
            self._closed = True
            for file in self._files:
                file.handle.close()
            self._folder.close()

    def _flush(self) -> None:
        if self._unsynced and self._writing is not None:
            os.fsync(self._writing.handle.fileno())
            self._folder.sync()
            self._unsynced = False
        if self._marked != self._stored:
            self._folder.store(self._marked)
            self._stored = self._marked

    def _recover(self) -> None:
        self._marked = self._stored = self._folder.position()
        for number, path in self._folder.files():
            if number < self._marked.file:
                path.unlink()  # finished; the process ended before it removed the file
                continue
            start = self._marked.offset if number == self._marked.file else PREAMBLE_LENGTH
            file = self._reopen(number, path, start)
            if file is not None:
                self._files.append(file)
        waiting = sum(file.unread for file in self._files)
        if waiting:
            self._log.info("documents of an earlier run wait in the spool", documents=waiting)

    def _reopen(self, number: int, path: Path, start: int) -> _File | None:
        content = path.read_bytes()
        if len(content) < PREAMBLE_LENGTH:
            path.unlink()  # the process ended while it made the file
            return None
        if not content.startswith(MAGIC):
            self._log.error("not a spool file, left alone", path=str(path))
            return None
        end, unread = start, 0
        for end, count in walk(content, start):  # noqa: B007 -- the last value is what counts
            unread += count
        if end < len(content):
            self._log.warning("torn end of a spool file cut off", path=str(path), bytes=len(content) - end)
            os.truncate(path, end)
        if not unread:
            path.unlink()
            return None
        seal = Seal(self._key, content[len(MAGIC) : PREAMBLE_LENGTH])
        file = _File(number, path, seal, path.open("rb", buffering=0))
        file.cursor, file.size, file.unread = start, end, unread
        return file

    def _writable(self) -> _File:
        file = self._writing
        if file is not None and file.size >= self._file_bytes:
            self._retire()
            file = None
        if file is None:
            last = self._files[-1].number if self._files else self._marked.file
            number = max(last, self._marked.file) + 1
            salt = self._entropy(SALT_LENGTH)
            path, handle = self._folder.create(number)
            file = _File(number, path, Seal(self._key, salt), handle)
            self._files.append(file)
            self._writing = file
            _write_all(handle, MAGIC + salt)
        return file

    def _retire(self) -> None:
        file, self._writing = self._writing, None
        if file is None:
            return
        with contextlib.suppress(OSError):
            file.handle.truncate(file.size)
            os.fsync(file.handle.fileno())
        if not file.unread and not any(batch.file == file.number for batch in self._taken):
            self._remove(file)

    def _make_room(self, size: int) -> None:
        while sum(file.size for file in self._files) + size > self._max_bytes and len(self._files) > 1:
            oldest = self._files[0]
            # What is being sent at this moment is counted when it should come back.
            returned = sum(batch.count for batch in self._returned if batch.file == oldest.number)
            self.dropped_documents += oldest.unread + returned
            self._log.error(
                "the spool is full: its oldest file was dropped",
                documents=oldest.unread + returned,
                max_bytes=self._max_bytes,
            )
            self._returned = deque(batch for batch in self._returned if batch.file != oldest.number)
            self._taken = deque(batch for batch in self._taken if batch.file != oldest.number)
            self._marked = Position(oldest.number, oldest.size)
            self._remove(oldest)

    def _take_returned(self) -> SpoolBatch | None:
        now = self._clock()
        for batch in self._returned:
            file = self._find(batch.file)
            if file is not None and batch.not_before <= now:
                batch.documents = self._read(file, batch.start, batch.end)
                self._returned.remove(batch)
                return batch
        return None

    def _take_fresh(self, limit: int, limit_bytes: int) -> SpoolBatch | None:
        file = next((file for file in self._files if file.unread), None)
        if file is None:
            return None
        start = end = file.cursor
        count = 0
        for record_end, documents in self._heads(file, start):
            if end > start and (count + documents > limit or record_end - start > limit_bytes):
                break
            end, count = record_end, count + documents
        batch = SpoolBatch(self._read(file, start, end), file.number, start, end, count)
        file.cursor = end
        file.unread -= count
        self._taken.append(batch)
        return batch

    def _heads(self, file: _File, start: int) -> Iterator[tuple[int, int]]:
        at = start
        while at < file.size:
            file.handle.seek(at)
            size, count = HEAD.unpack(file.handle.read(HEAD.size))
            at += HEAD.size + size
            yield at, count

    def _read(self, file: _File, start: int, end: int) -> list[bytes]:
        documents: list[bytes] = []
        at = start
        for record_end, count in self._heads(file, start):
            if record_end > end:
                break
            file.handle.seek(at)
            record = file.handle.read(record_end - at)
            try:
                documents += file.seal.open(record, at)
            except RecordError:
                self.corrupt_records += 1
                self._log.error("a spool record does not open", path=str(file.path), documents=count)
            at = record_end
        return documents

    def _find(self, number: int) -> _File | None:
        return next((file for file in self._files if file.number == number), None)

    def _remove_finished(self) -> None:
        while self._files:
            file = self._files[0]
            if file.unread or any(batch.file == file.number for batch in self._taken):
                return
            if file is self._writing:
                self._writing = None
            self._marked = Position(file.number, file.size)
            self._remove(file)

    def _remove(self, file: _File) -> None:
        self._files.remove(file)
        with contextlib.suppress(OSError):
            file.handle.close()
            file.path.unlink(missing_ok=True)


def _write_all(handle: FileIO, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[handle.write(view) :]
