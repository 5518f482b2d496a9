"""The spool's records: documents sealed together, so that no trace lies on disk in plain text.

A spool file is a 24-byte preamble (8 bytes magic, 16 bytes salt) and records: 4 bytes length of the sealed
part, 2 bytes number of documents, then AES-256-GCM over the documents, each behind 4 bytes of length. The key
of a file is derived from the spool's key and the file's salt; the nonce is the record's offset, which never
repeats within a file because files only grow. So a record that was torn, altered or moved fails to open
instead of lying.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAGIC = b"RGSPOOL1"
SALT_LENGTH = 16
PREAMBLE_LENGTH = len(MAGIC) + SALT_LENGTH
KEY_LENGTH = 32
HEAD = struct.Struct(">IH")
MOST_DOCUMENTS = 0xFFFF
_SIZE = struct.Struct(">I")
_TAG_LENGTH = 16
# The sealed form of no documents: anything shorter is a tail of zeros that a power loss left behind.
_SHORTEST = _TAG_LENGTH


class RecordError(Exception):
    """A record does not open: torn, altered, or sealed under another key."""


class Seal:
    """Seals and opens the records of one spool file.

    Args:
        key: The spool's 32-byte key.
        salt: The file's 16 random bytes.
    """

    def __init__(self, key: bytes, salt: bytes) -> None:
        derived = HKDF(SHA256(), KEY_LENGTH, salt, b"radiograph spool file").derive(key)
        self._cipher = AESGCM(derived)

    def close(self, documents: Sequence[bytes], offset: int) -> bytes:
        """Make the record that is to stand at `offset`."""
        plain = b"".join(part for document in documents for part in (_SIZE.pack(len(document)), document))
        head = HEAD.pack(len(plain) + _TAG_LENGTH, len(documents))
        return head + self._cipher.encrypt(_nonce(offset), plain, head)

    def open(self, record: bytes, offset: int) -> list[bytes]:
        """Read the record that stands at `offset`.

        Raises:
            RecordError: It is not what was written there.
        """
        head = record[: HEAD.size]
        try:
            plain = self._cipher.decrypt(_nonce(offset), record[HEAD.size :], head)
        except (InvalidTag, ValueError) as error:
            raise RecordError from error
        documents: list[bytes] = []
        at = 0
        while at < len(plain):
            (size,) = _SIZE.unpack_from(plain, at)
            at += _SIZE.size
            documents.append(plain[at : at + size])
            at += size
        return documents


def walk(content: bytes, start: int) -> Iterator[tuple[int, int]]:
    """Yield end offset and number of documents of each whole record from `start`, up to a torn one."""
    at = start
    while at + HEAD.size <= len(content):
        size, count = HEAD.unpack_from(content, at)
        at += HEAD.size + size
        if size < _SHORTEST or at > len(content):
            return
        yield at, count


def _nonce(offset: int) -> bytes:
    return offset.to_bytes(12, "big")
