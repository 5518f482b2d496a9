"""The daemon's log: one event a line, to standard output or to a file that is rotated at 50 MB."""

from __future__ import annotations

import logging
import logging.handlers
import sys
from typing import TYPE_CHECKING, Any

import structlog

from radiograph.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

LEVELS = {
    "dev": logging.DEBUG,
    "debug": logging.DEBUG,
    "info": logging.INFO,
    "prod": logging.INFO,
    "warn": logging.WARNING,
    "error": logging.ERROR,
}
_ROTATE_BYTES = 50 * 1024 * 1024


class _Lines:
    """What structlog writes to: a handler that knows how to rotate."""

    def __init__(self, handler: logging.Handler) -> None:
        self._handler = handler

    def msg(self, message: str) -> None:
        self._handler.handle(logging.LogRecord("radiograph", logging.INFO, "", 0, message, None, None))

    debug = info = warning = error = critical = exception = msg


def open_log(level: str, path: Path | None, *, rotate: bool) -> Any:
    """Open the log.

    Args:
        level: One of the official daemon's words: dev, debug, info, prod (= info), warn, error.
        path: File to append to; None = standard output.
        rotate: Whether to begin a new file at 50 MB and keep one old file.

    Returns:
        A structlog logger.

    Raises:
        ConfigurationError: The level is unknown or the file cannot be written.
    """
    if level not in LEVELS:
        raise ConfigurationError(f"--log-level: {level!r} is none of {', '.join(LEVELS)}.")
    handler: logging.Handler
    if path is None:
        handler = logging.StreamHandler(sys.stdout)
    else:
        try:
            handler = logging.handlers.RotatingFileHandler(
                path, maxBytes=_ROTATE_BYTES if rotate else 0, backupCount=1, encoding="utf-8"
            )
        except OSError as error:
            raise ConfigurationError(
                f"The log file {path} cannot be written ({error.strerror}); name another with --log-file."
            ) from error
    return structlog.wrap_logger(
        _Lines(handler),
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="%Y-%m-%dT%H:%M:%SZ", utc=True, key="time"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["time", "level", "event"], bool_as_flag=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
    )
