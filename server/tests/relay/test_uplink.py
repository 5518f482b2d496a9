"""Calls carry the right signature, and every answer is judged for what it means for the documents."""

from __future__ import annotations

import datetime as dt
import json
import socket
from typing import Any

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import msgspec
import pytest

from radiograph.relay.signing import CredentialsError, SigV4Signer, send_unsigned
from radiograph.relay.uplink import Answer, BadBatch, Delivered, Later, UnreachableError, Uplink, judge

KEYS = botocore.credentials.Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a-token")


def uplink(endpoint: str, sign: Any = send_unsigned) -> Uplink:
    return Uplink(endpoint, sign=sign, connections=2, wall=lambda: 1767323045.5, environment={})


def answer(status: int, body: bytes = b"{}", code: str = "", retry_after: float | None = None) -> Answer:
    return Answer(status, body, "application/json", code, retry_after)


def test_a_call_carries_the_documents_as_strings_and_the_daemons_headers(service: Any) -> None:
    outcome = uplink(service.url).put_segments([b'{"id":"1"}', b'{"id":"\xff"}'])
    assert outcome == Delivered([])
    path, headers, body = service.calls[0]
    assert path == "/TraceSegments"
    assert json.loads(body) == {"TraceSegmentDocuments": ['{"id":"1"}', '{"id":"\ufffd"}']}
    assert headers["X-Amzn-Xray-Timestamp"] == "1767323045.500000000"
    assert headers["User-Agent"].startswith("radiograph-daemon/")
    assert "Authorization" not in headers


def test_the_signature_is_the_one_that_botocore_makes(
    service: Any, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign = SigV4Signer(lambda: KEYS, region="eu-west-1", required=True, clock=clock)
    uplink(service.url, sign).call("/GetSamplingRules", b'{"NextToken":null}')
    _, headers, body = service.calls[0]
    request = botocore.awsrequest.AWSRequest(
        method="POST",
        url=f"{service.url}/GetSamplingRules",
        data=body,
        headers={name: headers[name] for name in ("Content-Type", "User-Agent", "X-Amzn-Xray-Timestamp")},
    )
    # Botocore's own signer, at the moment that the call names.
    moment = dt.datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=dt.UTC)
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_a, **_k: moment.replace(tzinfo=None))
    botocore.auth.SigV4Auth(KEYS, "xray", "eu-west-1").add_auth(request)
    assert request.headers["X-Amz-Date"] == headers["X-Amz-Date"]
    assert request.headers["Authorization"] == headers["Authorization"]
    assert headers["X-Amz-Security-Token"] == "a-token"
    assert "/eu-west-1/xray/aws4_request" in headers["Authorization"]


def test_without_credentials_a_call_that_needs_them_is_not_made_and_the_search_is_repeated(clock: Any) -> None:
    found: list[Any] = [None, None, KEYS]
    sign = SigV4Signer(lambda: found.pop(0), region="eu-west-1", required=True, clock=clock)
    link = uplink("http://127.0.0.1:1", sign)
    kept = link.put_segments([b"{}"])
    assert isinstance(kept, Later)
    assert kept.denied
    assert "no AWS credentials were found" in kept.sentence
    with pytest.raises(CredentialsError):
        sign("http://h/", b"", {})
    assert len(found) == 2  # within a minute nobody looks again
    clock.now += 60
    with pytest.raises(CredentialsError):
        sign("http://h/", b"", {})
    clock.now += 60
    assert "Authorization" in sign("http://h/", b"", {})


def test_without_credentials_a_call_that_need_not_be_signed_goes_unsigned(clock: Any) -> None:
    sign = SigV4Signer(lambda: None, region="eu-west-1", required=False, clock=clock)
    assert sign("http://h/", b"", {"A": "b"}) == {"A": "b"}


@pytest.mark.parametrize(
    ("given", "kind", "denied"),
    [
        (answer(500), "5xx", False),
        (answer(503, b"<html>not JSON</html>"), "5xx", False),
        (answer(429, code="ThrottledException"), "4xx", False),
        (answer(408), "4xx", False),
        (answer(400, code="ThrottlingException"), "4xx", False),
        (answer(403, b'{"message":"no"}', "AccessDeniedException"), "4xx", True),
        (answer(400, code="ExpiredTokenException"), "4xx", True),
        (answer(401), "4xx", True),
        (answer(404, b"no such page"), "4xx", True),
        (answer(405), "4xx", True),
        (answer(302), "4xx", True),
        (answer(200, b"<html>please log in</html>"), "other", True),
    ],
)
def test_what_is_not_the_documents_fault_keeps_them(given: Answer, kind: str, denied: bool) -> None:
    outcome = judge(given)
    assert isinstance(outcome, Later)
    assert (outcome.kind, outcome.denied) == (kind, denied)


def test_a_service_may_say_how_long_to_wait() -> None:
    outcome = judge(answer(429, retry_after=7.0))
    assert isinstance(outcome, Later)
    assert outcome.retry_after == 7.0


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_is_in_the_call_is_to_blame(status: int) -> None:
    body = b'{"__type":"com.amazonaws.xray#InvalidRequestException","Message":"missing"}'
    assert judge(answer(status, body)) == BadBatch(f"HTTP {status} InvalidRequestException: missing")


@pytest.mark.parametrize("body", [b"", b"{}", b'{"UnprocessedTraceSegments":null}', b'{"UnprocessedTraceSegments":[]}'])
def test_every_empty_answer_means_that_all_was_taken(body: bytes) -> None:
    assert judge(answer(200, body)) == Delivered([])


def test_an_unprocessed_segment_may_lack_any_member() -> None:
    outcome = judge(answer(200, b'{"UnprocessedTraceSegments":[{"ErrorCode":"MissingId"},{"Id":null}]}'))
    assert isinstance(outcome, Delivered)
    assert [msgspec.structs.astuple(entry) for entry in outcome.unprocessed] == [
        (None, "MissingId", None),
        (None, None, None),
    ]


def test_failed_connections_are_told_apart() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(UnreachableError, match=f"127.0.0.1:{port} cannot be reached") as refused:
        uplink(f"http://127.0.0.1:{port}").call("/x", b"")
    assert refused.value.kind == "refused"
    with pytest.raises(UnreachableError) as unknown:
        uplink("http://no.such.host.invalid").call("/x", b"")
    assert unknown.value.kind == "unknown_host"


def test_a_service_that_never_answers_is_a_time_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("radiograph.relay.uplink._READ_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(UnreachableError) as late:
        uplink(f"http://127.0.0.1:{silent.getsockname()[1]}").call("/x", b"")
    assert late.value.kind == "timeout"
