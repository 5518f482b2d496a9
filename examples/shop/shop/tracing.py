"""How the shop's services use the X-Ray SDK: recorder, sampling, patches, and where they pretend to run."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
from aws_xray_sdk.core import patch, xray_recorder
from aws_xray_sdk.core.sampling.local.sampler import LocalSampler
from aws_xray_sdk.ext.flask.middleware import XRayMiddleware
from flask import Flask


class Platform(msgspec.Struct, frozen=True):
    """Where a service says that it runs.

    It is pretended. On AWS the SDK's plug-ins find these facts out by themselves; on this machine the
    services state them, so that the map has nodes of several kinds.

    Args:
        origin: the segment's `origin`, such as `AWS::EC2::Instance`; empty for none.
        aws: what goes into the segment's `aws` block beside what the SDK puts there.
    """

    origin: str = ""
    aws: Mapping[str, Any] = {}


def record(service: str) -> None:
    """Set the recorder up for this process; the daemon's address comes from `AWS_XRAY_DAEMON_ADDRESS`.

    Everything is recorded except health checks and the like, by the rules in `sampling.json`. The rules are
    local because the numbers on the map must not depend on what somebody set up in the console.
    """
    logging.getLogger("aws_xray_sdk").setLevel(logging.ERROR)
    xray_recorder.configure(
        service=service,
        sampler=LocalSampler(),
        sampling_rules=str(Path(__file__).with_name("sampling.json")),
        context_missing="IGNORE_ERROR",  # start-up work happens outside any segment
    )


def instrument(app: Flask, *, service: str, libraries: tuple[str, ...], platform: Platform) -> None:
    """Trace a Flask application and the calls that it makes.

    Args:
        app: the application, before it has its routes.
        service: the segments' name.
        libraries: what the SDK shall patch, of `requests`, `boto3` and `sqlite3`.
        platform: where the service pretends to run.
    """
    record(service)
    patch(libraries)
    # Exceptions are read in the traces.
    app.logger.setLevel(logging.CRITICAL)
    XRayMiddleware(app, xray_recorder)
    app.before_request(lambda: declare(platform))  # after the middleware's own, which opens the segment


def declare(platform: Platform) -> None:
    """Write the platform into the current segment."""
    segment = xray_recorder.current_segment()
    if platform.origin:
        segment.origin = platform.origin
    segment.set_aws({**segment.aws, **platform.aws})
