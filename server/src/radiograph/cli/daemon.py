"""`radiograph daemon`: the relay daemon, started with the official daemon's flags."""

from __future__ import annotations

import os
import sys

from radiograph import __version__
from radiograph.errors import ConfigurationError
from radiograph.relay.config import FLAGS, resolve
from radiograph.relay.daemon import run_daemon
from radiograph.relay.flags import parse_flags, usage
from radiograph.relay.logs import open_log

_WRONG_FLAGS = 2
_WRONG_SETTINGS = 1


def run(argv: list[str]) -> int:
    """Run the daemon until it is told to stop.

    Args:
        argv: The raw arguments behind `daemon`, in Go's flag style (`-b HOST:PORT`, `--region=eu-west-1`).

    Returns:
        The exit code: 0 after a proper stop, 1 when a setting is wrong, 2 when a flag is.
    """
    try:
        flags = parse_flags(argv, FLAGS)
    except ConfigurationError as error:
        print(f"radiograph daemon: {error}", file=sys.stderr)
        return _WRONG_FLAGS
    if flags.get("help") == "true":
        print(usage("Usage: radiograph daemon [options]", FLAGS))
        return 0
    if flags.get("version") == "true":
        print(f"Radiograph daemon version: {__version__}")
        return 0
    try:
        config = resolve(flags, os.environ)
        log = open_log(config.log_level, config.log_file, rotate=config.log_rotation)
        run_daemon(config, environment=os.environ, log=log)
    except ConfigurationError as error:
        print(f"radiograph daemon: {error}", file=sys.stderr)
        return _WRONG_SETTINGS
    return 0
