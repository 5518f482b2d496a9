"""DuckDB's extensions, which come as wheels so that nothing is downloaded at run time."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    import duckdb


def _in_wheel(name: str) -> Path | None:
    """Find the binary of an extension in the wheel that carries it, None when there is no such wheel."""
    spec = importlib.util.find_spec(f"duckdb_extension_{name}")
    if spec is None or spec.submodule_search_locations is None:
        return None
    for folder in spec.submodule_search_locations:
        for binary in sorted(Path(folder).glob("extensions/*/*.duckdb_extension")):
            return binary
    return None


def load(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Load an extension into a DuckDB instance.

    Args:
        connection: any connection to the instance; all of them see the extension afterwards.
        name: "ducklake", "httpfs" (its OpenSSL makes encryption fast) or "postgres_scanner".

    Raises:
        ConfigurationError: when it is in no wheel and DuckDB cannot install it itself.
    """
    import duckdb  # noqa: PLC0415 -- 60 ms that `radiograph version` need not pay

    binary = _in_wheel(name)
    try:
        if binary is not None:
            # A path cannot be a parameter of LOAD; this one comes from the package, never from input.
            quoted = str(binary).replace("'", "''")
            connection.execute(f"LOAD '{quoted}'")
        else:
            connection.execute(f"INSTALL {name}")
            connection.execute(f"LOAD {name}")
    except duckdb.Error as problem:
        message = (
            f"DuckDB {duckdb.__version__} cannot load its extension {name}: {problem}; "
            f"install the wheel duckdb-extension-{name.replace('_', '-')}=={duckdb.__version__}"
        )
        raise ConfigurationError(message) from None
