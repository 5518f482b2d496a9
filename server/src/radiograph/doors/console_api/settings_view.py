"""What the page of settings shows: every value in force and where it comes from, and what follows for the data."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from radiograph.settings import CONFIGURATION_FILE, SETTINGS
from radiograph.store.keys import KEY_FILE

if TYPE_CHECKING:
    from collections.abc import Mapping

    from radiograph.settings import Settings
    from radiograph.store.lake import Lake

_OLDEST = "SELECT epoch(min(minute)) FROM node_minutes"
# Of a connection string only what names the place is shown; what is not known to be harmless may be a secret.
_HARMLESS = ("host", "port", "dbname", "user")
_PIECE = re.compile(r"(\w+)\s*=\s*('(?:[^'\\]|\\.)*'|\S+)")
_CATALOG = "catalog"


def settings_view(lake: Lake, settings: Settings, addresses: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings, and the facts of encryption, storage, retention and access.

    Args:
        lake: whose storage it is.
        settings: the values in force.
        addresses: of the doors, "http" and "daemon".
    """
    options = lake.options
    catalog = catalog_without_secrets(settings.catalog)
    return {
        "folder": str(options.folder),
        "file": str(options.folder / CONFIGURATION_FILE),
        "settings": [
            {
                "name": setting.name,
                "section": setting.section,
                "value": catalog if setting.name == _CATALOG else settings.values[setting.name],
                "default": setting.default,
                "source": settings.sources.get(setting.name, "default"),
                "variable": setting.variable,
                "help": setting.help,
                "least": setting.least,
                "most": setting.most,
                "choices": setting.choices,
            }
            for setting in SETTINGS
        ],
        "encryption": {
            "cipher": "AES-GCM",
            "data": True,
            # PostgreSQL keeps the catalog as it keeps everything; its own encryption is its operator's.
            "catalog": options.embedded,
            "key_file": str(options.folder / KEY_FILE),
        },
        "storage": {**_storage(lake), "catalog": catalog or None},
        "retention": {
            "days": settings.retention_days,
            "gigabytes": settings.retention_gb or None,
            "oldest": _oldest(lake),
        },
        "access": {"addresses": dict(addresses), "authentication": False, "beyond_this_machine": settings.insecure},
    }


def catalog_without_secrets(text: str) -> str:
    """Return a catalog's connection string without what may be secret.

    Args:
        text: such as `postgres:host=db dbname=radiograph password=x` or `postgres:postgresql://me:x@db/radiograph`.
    """
    if not text:
        return ""
    kind, _, rest = text.partition(":")
    if "://" in rest:
        address = urlsplit(rest)
        try:
            port = f":{address.port}" if address.port else ""
        except ValueError:
            port = ""
        user = f"{address.username}@" if address.username else ""
        return f"{kind}:{address.scheme}://{user}{address.hostname or ''}{port}{address.path}"
    shown = [f"{name}={value}" for name, value in _PIECE.findall(rest) if name in _HARMLESS]
    return f"{kind}:{' '.join(shown)}" if shown else ""


def _storage(lake: Lake) -> dict[str, Any]:
    files, size = lake.size()
    path = lake.options.data_path
    free = total = None
    if "://" not in path:
        usage = shutil.disk_usage(Path(path))
        free, total = usage.free, usage.total
    return {"path": path, "files": files, "bytes": size, "disk_free": free, "disk_total": total}


def _oldest(lake: Lake) -> float | None:
    with lake.reading() as connection:
        row = connection.execute(_OLDEST).fetchone()
    return None if row is None else row[0]
