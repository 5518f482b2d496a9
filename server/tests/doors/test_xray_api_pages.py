"""The pages beside the X-Ray API: health, metrics, status and the front page."""

from __future__ import annotations

import base64
import hashlib
import re
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from radiograph.doors.health import Health
from radiograph.doors.http import build_app
from radiograph.errors import InvalidRequest, StoreUnavailable


def counted(api: Any) -> dict[tuple[str, ...], float]:
    """The API's counters as /metrics prints them: (sample, operation, status) to value."""
    text = api.send("GET", "/metrics").body.decode()
    return {
        (
            sample.name,
            *(sample.labels[label] for label in ("operation", "status") if label in sample.labels),
        ): (sample.value)
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name in {"radiograph_api_requests_total", "radiograph_api_request_seconds_count"}
    }


def test_a_healthy_process_answers_200(api: Any) -> None:
    reply = api.send("GET", "/healthz")

    assert (reply.status, reply.json["status"]) == (200, "ok")


@pytest.mark.parametrize(
    ("health", "reason"),
    [
        (Health(ok=False, reason="The disk is full."), "The disk is full."),
        (StoreUnavailable("The folder is read-only."), "The folder is read-only."),
        (KeyError("a private detail"), "The health check itself failed; the log says how."),
    ],
)
@pytest.mark.usefixtures("capsys")
def test_an_unhealthy_process_answers_503_with_the_reason(api: Any, health: Any, reason: str) -> None:
    api.health = health

    reply = api.send("GET", "/healthz")

    assert reply.status == 503
    assert (reply.json["status"], reply.json["reason"]) == ("unavailable", reason)


def test_requests_are_counted_by_operation_and_status(api: Any) -> None:
    before = counted(api)
    api.answers["GetGroup"] = InvalidRequest("no")
    api.post("/TraceSegments", {"TraceSegmentDocuments": []})
    api.post("/GetGroup", {})
    api.post("/GetGroup", {})
    api.post("/NoSuchPath", {})
    api.send("GET", "/GetGroup")

    after = counted(api)

    assert {key: count - before.get(key, 0) for key, count in after.items() if count != before.get(key, 0)} == {
        ("radiograph_api_requests_total", "PutTraceSegments", "200"): 1,
        ("radiograph_api_requests_total", "GetGroup", "400"): 2,
        ("radiograph_api_requests_total", "unknown", "404"): 1,
        ("radiograph_api_requests_total", "unknown", "405"): 1,
        ("radiograph_api_request_seconds_count", "PutTraceSegments"): 1,
        ("radiograph_api_request_seconds_count", "GetGroup"): 2,
    }


def test_status_is_what_the_process_says(api: Any) -> None:
    api.status = {"received": 5, "refused": {"ParseError": 1}}

    reply = api.send("GET", "/api/status")

    assert (reply.status, reply.json) == (200, {"received": 5, "refused": {"ParseError": 1}})


@pytest.mark.usefixtures("capsys")
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [(StoreUnavailable("no"), 503, "ServiceUnavailable"), (KeyError("private"), 500, "InternalFailure")],
)
def test_a_status_that_cannot_be_told_is_an_error_without_a_stack_trace(
    api: Any, error: Exception, status: int, code: str
) -> None:
    api.status = error

    reply = api.send("GET", "/api/status")

    assert (reply.status, reply.json["__type"]) == (status, code)
    assert b"private" not in reply.body


def test_the_front_page_shows_the_addresses_and_runs_nothing(api: Any) -> None:
    reply = api.send("GET", "/")
    page = reply.body.decode()

    assert reply.status == 200
    assert reply.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"<code>{api.url}</code>" in page
    assert "127.0.0.1:2000" in page
    for link in ("/healthz", "/metrics", "/api/status"):
        assert f'href="{link}"' in page
    assert "<script" not in page
    assert reply.headers["X-Content-Type-Options"] == "nosniff"


def test_the_front_pages_policy_allows_its_own_style_and_nothing_else(api: Any) -> None:
    reply = api.send("GET", "/")
    style = re.search(r"<style>(.*?)</style>", reply.body.decode(), re.DOTALL)
    assert style

    policy = reply.headers["Content-Security-Policy"]

    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert "default-src 'none'" in policy
    assert f"style-src 'sha256-{digest}'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("host", ["<script>alert(1)</script>", "a&b", "a'b"])
def test_the_front_page_does_not_trust_the_host_it_is_asked_by(api: Any, host: str) -> None:
    page = api.send("GET", "/", headers={"Host": host}).body.decode()

    assert f"http://{host}" not in page
    assert "<script" not in page


async def _nothing(*_: Any) -> Any:
    return {}


@pytest.mark.parametrize("name", ["GetGruop", "PutTraceSegments"])
def test_a_handler_for_what_is_no_operation_of_the_model_stops_the_start(name: str) -> None:
    with pytest.raises(ValueError, match=name):
        build_app(
            operations={name: _nothing},
            put_trace_segments=_nothing,
            status=_nothing,
            health=_nothing,
            registry=CollectorRegistry(),
        )
