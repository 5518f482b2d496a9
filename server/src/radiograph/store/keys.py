"""The data key: what the catalog is encrypted with, in a file that only its owner may read.

The catalog holds a key of its own for every Parquet file, so that this one key protects everything.
"""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE = "data.key"
_KEY_BYTES = 32
_OWNER_ONLY = 0o600


def data_key(folder: Path, *, create: bool) -> str:
    """Read the data key of a data folder, or make it.

    Args:
        folder: the data folder.
        create: whether a missing key may be made. It may not once there is data: a new key opens nothing.

    Returns:
        64 hex digits (256 bits).

    Raises:
        ConfigurationError: the key is missing, malformed, or readable by others.
    """
    path = folder / KEY_FILE
    if not path.exists():
        if not create:
            raise ConfigurationError(
                f"the key file {path} is missing, and without it the data in {folder} cannot be read; "
                "restore it from your backup, or start with another --data folder"
            )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(_KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
    if os.name == "posix":
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            raise ConfigurationError(
                f"the key file {path} has mode {mode:o}, so that others may read it; run: chmod 600 {path}"
            )
    key = path.read_text(encoding="ascii", errors="replace").strip()
    if len(key) != 2 * _KEY_BYTES or any(letter not in "0123456789abcdef" for letter in key):
        raise ConfigurationError(f"the key file {path} does not hold 64 hex digits; restore it from your backup")
    return key
