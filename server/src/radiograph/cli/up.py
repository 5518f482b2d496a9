"""`radiograph up`."""

from __future__ import annotations

import asyncio
import sys
import time
from typing import TYPE_CHECKING

from radiograph import __version__
from radiograph.cli.logs import LastingStream, configure_logs
from radiograph.doors import console_files
from radiograph.doors.daemon.address import format_address
from radiograph.server.service import Service

if TYPE_CHECKING:
    from pathlib import Path

    from radiograph.settings import Settings


def banner(service: Service, seconds: float) -> str:
    """Return what a person needs to know once the doors are open."""
    http = format_address(service.http_address)
    daemon = format_address(service.udp.address)
    settings = service.settings
    keeps = f"{settings.retention_days:g} days"
    if settings.retention_gb:
        keeps += f", at most {settings.retention_gb:g} GB"
    open_to = "anyone on this machine" if not settings.insecure else "ANYONE WHO REACHES THESE ADDRESSES (--insecure)"
    return "\n".join(
        (
            f"Radiograph {__version__} is ready ({seconds:.1f} s).",
            "",
            *(
                (f"  Console                http://{http}/",)
                if (console_files.PACKAGED / "index.html").exists()
                else ()
            ),
            f"  API, health, metrics   http://{http}",
            f"  X-Ray daemon           {daemon}  (UDP and TCP; AWS_XRAY_DAEMON_ADDRESS={daemon})",
            f"  Data                   {service.folder.resolve()}  (encrypted; keeps {keeps})",
            f"  Open to                {open_to}",
            "",
            f"  Read it:  aws xray get-service-graph --endpoint-url http://{http} \\",
            "              --start-time $(date -d '-10 min' +%s) --end-time $(date +%s)",
            "  Stop it:  Ctrl-C (everything received is written first)",
            "",
        )
    )


def run_service(folder: Path, settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        ConfigurationError: a setting makes the start impossible.
    """
    began = time.perf_counter()
    configure_logs(settings.log_level, settings.log_format)

    async def serve() -> None:
        service = Service(folder, settings)
        service.open()
        told = LastingStream(sys.stderr)
        await service.run(lambda: print(banner(service, time.perf_counter() - began), file=told, flush=True))

    if sys.platform == "win32":
        asyncio.run(serve())
    else:
        import uvloop  # noqa: PLC0415 -- not to be had on Windows

        uvloop.run(serve())
