"""The operations of the X-Ray API that this version has, each a thin way to `query` or `sampling`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import msgspec

from radiograph.query.groups import create_group, delete_group, get_group, get_groups, update_group
from radiograph.query.service_graph import service_graph
from radiograph.query.summaries import trace_summaries
from radiograph.query.time_series import time_series
from radiograph.query.traces import batch_get_traces, trace_graph
from radiograph.sampling.rules import create_rule, delete_rule, get_rules, update_rule
from radiograph.sampling.summaries import statistic_summaries
from radiograph.store.telemetry import keep_telemetry

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from radiograph.doors.xray_api.contract import Handler
    from radiograph.sampling.live import Sampling
    from radiograph.settings import Settings
    from radiograph.store.lake import Lake
    from radiograph.trace.limits import Limits

# Not documented by AWS; the console's own graph of many traces asks for some hundreds.
_MOST_GRAPH_TRACES = 1000


def build_operations(
    lake: Lake, settings: Settings, limits: Limits, sampling: Sampling, *, now: Callable[[], float]
) -> Mapping[str, Handler]:
    """Return a handler for each operation that this version has, PutTraceSegments excepted.

    Queries run on threads, so that a slow one does not hold up the doors.

    Args:
        lake: where the answers are.
        settings: limits and identity.
        limits: for assembling traces.
        sampling: the rules in force and the clients that follow them.
        now: the wall clock, seconds since the epoch.
    """
    account: str = settings.account_id
    identity = {"region": settings.region, "account": account}

    async def get_traces(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(batch_get_traces, lake, request, limits, most=settings.batch_get_traces)

    async def get_summaries(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(
            trace_summaries,
            lake,
            request,
            limits,
            **identity,
            hours=settings.query_hours,
            page=settings.page_traces,
            now=now(),
            extensions=not settings.strict_aws,
            patience=settings.page_seconds,
        )

    async def get_service_graph(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(
            service_graph,
            lake,
            request,
            limits,
            **identity,
            hours=settings.query_hours,
            page=settings.page_services,
            now=now(),
        )

    async def get_time_series(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(
            time_series, lake, request, limits, **identity, hours=settings.query_hours, now=now()
        )

    async def get_trace_graph(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(trace_graph, lake, request, limits, most=_MOST_GRAPH_TRACES, account=account)

    async def put_telemetry(request: dict[str, Any]) -> dict[str, Any]:
        records = msgspec.json.encode(request["TelemetryRecords"][-1:]).decode()
        await asyncio.to_thread(
            keep_telemetry,
            lake,
            hostname=request.get("Hostname", ""),
            instance_id=request.get("EC2InstanceId", ""),
            resource_arn=request.get("ResourceARN", ""),
            record=records,
            now=now(),
        )
        return {}

    return {
        "BatchGetTraces": get_traces,
        "GetTraceSummaries": get_summaries,
        "GetServiceGraph": get_service_graph,
        "GetTraceGraph": get_trace_graph,
        "GetTimeSeriesServiceStatistics": get_time_series,
        "PutTelemetryRecords": put_telemetry,
        **_sampling_operations(lake, settings, sampling, identity, now=now),
        **_group_operations(lake, settings, identity, now=now),
    }


def _group_operations(
    lake: Lake, settings: Settings, identity: dict[str, Any], *, now: Callable[[], float]
) -> Mapping[str, Handler]:
    async def create(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(create_group, lake, request, **identity, most=settings.groups, now=now())

    async def update(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(update_group, lake, request, **identity, now=now())

    async def delete(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(delete_group, lake, request, **identity)

    async def get(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(get_group, lake, request, **identity)

    async def list_all(request: dict[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(get_groups, lake, request, **identity)

    return {
        "CreateGroup": create,
        "UpdateGroup": update,
        "DeleteGroup": delete,
        "GetGroup": get,
        "GetGroups": list_all,
    }


def _sampling_operations(
    lake: Lake, settings: Settings, sampling: Sampling, identity: dict[str, Any], *, now: Callable[[], float]
) -> Mapping[str, Handler]:
    async def list_all(_request: dict[str, Any]) -> dict[str, Any]:
        return get_rules(await sampling.rules(), **identity)

    async def get_targets(request: dict[str, Any]) -> dict[str, Any]:
        return await sampling.answer(request, now=now())

    async def get_summaries(_request: dict[str, Any]) -> dict[str, Any]:
        return statistic_summaries(sampling.targets, now=now())

    async def create(request: dict[str, Any]) -> dict[str, Any]:
        most = settings.sampling_rules
        return await sampling.changed(create_rule, lake, request, **identity, most=most, now=now())

    async def update(request: dict[str, Any]) -> dict[str, Any]:
        return await sampling.changed(update_rule, lake, request, **identity, now=now())

    async def delete(request: dict[str, Any]) -> dict[str, Any]:
        return await sampling.changed(delete_rule, lake, request, **identity, now=now())

    return {
        "GetSamplingRules": list_all,
        "GetSamplingTargets": get_targets,
        "GetSamplingStatisticSummaries": get_summaries,
        "CreateSamplingRule": create,
        "UpdateSamplingRule": update,
        "DeleteSamplingRule": delete,
    }
