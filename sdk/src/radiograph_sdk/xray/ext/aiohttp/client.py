"""Calls by aiohttp: `ClientSession(trace_configs=[aws_xray_trace_config()])`."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import aiohttp

from radiograph_sdk.xray.core import xray_recorder
from radiograph_sdk.xray.core.models import http
from radiograph_sdk.xray.ext.util import get_hostname, inject_trace_header, strip_url

REMOTE_NAMESPACE = "remote"
LOCAL_NAMESPACE = "local"


async def begin_subsegment(_session: Any, trace_config_ctx: Any, params: Any) -> None:
    """Begin the subsegment of a call."""
    url = str(params.url)
    subsegment = xray_recorder.begin_subsegment(trace_config_ctx.name or get_hostname(url), REMOTE_NAMESPACE)
    trace_config_ctx.give_up = subsegment is None
    if subsegment is not None:
        subsegment.put_http_meta(http.METHOD, params.method)
        subsegment.put_http_meta(http.URL, strip_url(url))
        inject_trace_header(params.headers, subsegment)


async def end_subsegment(_session: Any, trace_config_ctx: Any, params: Any) -> None:
    """End it with the answer."""
    if not trace_config_ctx.give_up:
        subsegment = xray_recorder.current_subsegment()
        if subsegment is not None:
            subsegment.put_http_meta(http.STATUS, params.response.status)
        xray_recorder.end_subsegment()


async def end_subsegment_with_exception(_session: Any, trace_config_ctx: Any, params: Any) -> None:
    """End it with what was raised."""
    if not trace_config_ctx.give_up:
        subsegment = xray_recorder.current_subsegment()
        if subsegment is not None:
            subsegment.add_exception(params.exception)
        xray_recorder.end_subsegment()


def aws_xray_trace_config(name: str | None = None) -> aiohttp.TraceConfig:
    """Return what makes each call of a session a subsegment.

    Args:
        name: of the subsegments; None for the host.
    """

    def context(**more: Any) -> SimpleNamespace:
        return SimpleNamespace(name=name, give_up=True, **more)

    config = aiohttp.TraceConfig(trace_config_ctx_factory=context)  # type: ignore[arg-type]  # aiohttp calls it so
    config.on_request_start.append(begin_subsegment)
    config.on_request_end.append(end_subsegment)
    config.on_request_exception.append(end_subsegment_with_exception)
    return config
