"""What happens first in a process that `radiograph-run` began."""

from __future__ import annotations

import os
import sys

REPLACE = "RADIOGRAPH_REPLACE_AWS_XRAY_SDK"
"""Variable: the application's imports of `aws_xray_sdk` are ours."""


def start() -> None:
    """Trace this process: its libraries, or what its code asks of AWS's SDK."""
    if os.environ.get(REPLACE):
        from radiograph_sdk.auto.replace import replace_aws_xray_sdk  # noqa: PLC0415 -- one of two ways

        replace_aws_xray_sdk()
        return
    from opentelemetry import trace  # noqa: PLC0415 -- after the environment is set

    from radiograph_sdk.auto.libraries import watch  # noqa: PLC0415 -- likewise
    from radiograph_sdk.otel.provider import RadiographTracerProvider  # noqa: PLC0415 -- likewise

    provider = RadiographTracerProvider()
    trace.set_tracer_provider(provider)
    watch(provider, provider.recorder.losses)


def start_quietly() -> None:
    """Trace this process; if that fails, say so, and let it run."""
    try:
        start()
    except Exception as problem:  # noqa: BLE001 -- whatever it is, the application goes on
        print(f"radiograph-run: this process is not traced: {problem}", file=sys.stderr)  # noqa: T201 -- no log yet
