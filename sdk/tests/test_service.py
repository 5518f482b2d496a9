"""Documents straight to the service: in batches, in order, signed, and patient."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import os
import threading
import time
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.environment import recorder_from
from radiograph_sdk.losses import Losses
from radiograph_sdk.service import InvalidEndpoint, Keys, Refused, Service, ServiceSender, keys_from, signed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NOW = dt.datetime(2015, 8, 30, 12, 36, tzinfo=dt.UTC)


class Backend:
    """Takes documents as the service does."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.status = 200
        self.answer: dict[str, Any] = {"UnprocessedTraceSegments": []}
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                outer.requests.append((self.path, dict(self.headers), body))
                told = json.dumps(outer.answer).encode()
                self.send_response(outer.status)
                self.send_header("Content-Length", str(len(told)))
                self.end_headers()
                self.wfile.write(told)

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def documents(self) -> list[Any]:
        return [
            json.loads(document)
            for path, _, body in list(self.requests)
            if path == "/TraceSegments"
            for document in body["TraceSegmentDocuments"]
        ]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def backend() -> Iterator[Backend]:
    found = Backend()
    yield found
    found.close()


def eventually(look: Callable[[], Any]) -> None:
    until = time.monotonic() + 10
    while not look():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_documents_arrive_in_order_and_many_at_a_time(backend: Backend) -> None:
    sender = ServiceSender(Service(backend.url))
    for number in range(120):
        assert sender.send(json.dumps({"n": number}).encode())
    sender.close()
    assert [document["n"] for document in backend.documents] == list(range(120))
    assert 3 <= len(backend.requests) <= 10


def test_a_service_that_is_away_for_a_while_loses_nothing(backend: Backend) -> None:
    losses = Losses()
    sender = ServiceSender(Service(backend.url), losses)
    backend.status = 503
    for number in range(3):
        sender.send(json.dumps({"n": number}).encode())
    eventually(lambda: losses.counts.get("waiting"))
    backend.requests.clear()
    backend.status = 200
    eventually(lambda: len(backend.documents) >= 3)
    sender.close()
    assert [document["n"] for document in backend.documents] == [0, 1, 2]
    assert set(losses.counts) == {"waiting"}


def test_what_waits_is_bounded_and_the_application_waits_for_nothing() -> None:
    sender = ServiceSender(Service("http://127.0.0.1:9"))
    document = b"x" * 1_000_000
    began = time.monotonic()
    taken = [sender.send(document) for _ in range(20)]
    assert time.monotonic() - began < 5
    assert taken.count(True) <= 17
    assert not taken[-1]
    assert sender.problem is not None
    sender.close(0.5)


def test_what_is_refused_is_told_and_not_tried_again(backend: Backend) -> None:
    losses = Losses()
    sender = ServiceSender(Service(backend.url), losses)
    backend.answer = {"UnprocessedTraceSegments": [{"Id": "1", "ErrorCode": "ParseError", "Message": "no"}]}
    sender.send(b"{}")
    eventually(lambda: losses.counts.get("refused") == 1)
    backend.status = 403
    sender.send(b"{}")
    eventually(lambda: losses.counts.get("refused") == 2)
    sender.close()
    assert len(backend.requests) == 2


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of POSIX")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_process_that_was_forked_sends_its_own(backend: Backend) -> None:
    sender = ServiceSender(Service(backend.url))
    sender.send(b'{"who": "parent"}')
    eventually(lambda: backend.documents)
    child = os.fork()
    if not child:
        sender.send(b'{"who": "child"}')
        sender.close()
        os._exit(0)
    os.waitpid(child, 0)
    sender.send(b'{"who": "parent again"}')
    sender.close()
    assert [document["who"] for document in backend.documents] == ["parent", "child", "parent again"]


def test_requests_are_signed_as_botocore_signs_them() -> None:
    from botocore.auth import SigV4Auth  # noqa: PLC0415 -- what we are held against
    from botocore.awsrequest import AWSRequest  # noqa: PLC0415 -- likewise
    from botocore.credentials import Credentials  # noqa: PLC0415 -- likewise

    keys = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "a session")
    content = b'{"TraceSegmentDocuments": []}'
    headers = {"Host": "xray.eu-west-1.amazonaws.com", "Content-Type": "application/json"}
    ours = signed(headers, "/TraceSegments", content, keys, "eu-west-1", NOW)
    request = AWSRequest("POST", "https://xray.eu-west-1.amazonaws.com/TraceSegments", headers=headers, data=content)
    request.context["timestamp"] = ours["X-Amz-Date"]
    request.headers["X-Amz-Date"] = ours["X-Amz-Date"]
    request.headers["X-Amz-Security-Token"] = "a session"
    theirs = SigV4Auth(Credentials(keys.access_key, keys.secret_key), "xray", "eu-west-1")
    text = theirs.string_to_sign(request, theirs.canonical_request(request))
    assert ours["Authorization"].endswith(f"Signature={theirs.signature(text, request)}")
    assert ours["X-Amz-Security-Token"] == "a session"


def test_keys_are_those_of_the_environment(backend: Backend) -> None:
    given = {"AWS_ACCESS_KEY_ID": "A", "AWS_SECRET_ACCESS_KEY": "S", "AWS_SESSION_TOKEN": ""}
    assert keys_from(given) == Keys("A", "S")
    assert keys_from({"AWS_ACCESS_KEY_ID": "A"}) is None
    Service(backend.url, keys=Keys("A", "S")).post("/TraceSegments", {})
    assert backend.requests[0][1]["Authorization"].startswith("AWS4-HMAC-SHA256 Credential=A/")
    assert "S" not in backend.requests[0][1]["X-Amz-Date"]


@pytest.mark.parametrize("url", ["127.0.0.1:2001", "ftp://h", "http://", "http://h:x", "http://h/path", "http://h?x=1"])
def test_an_address_that_is_none_is_told(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(InvalidEndpoint, match="no address of a service"):
        Service(url)
    recorder_from({"RADIOGRAPH_ENDPOINT": url, "RADIOGRAPH_PLATFORMS": "none"})
    assert "documents go to the daemon" in caplog.text


def test_answers_that_are_none(backend: Backend) -> None:
    service = Service(backend.url)
    backend.status = 500
    with pytest.raises(OSError, match="answered 500"):
        service.post("/x", {})
    backend.status = 400
    with pytest.raises(Refused, match="answered 400"):
        service.post("/x", {})


def test_the_environment_names_the_service(backend: Backend) -> None:
    backend.answer |= {"SamplingRuleRecords": []}
    recorder = recorder_from({"RADIOGRAPH_ENDPOINT": backend.url, "RADIOGRAPH_PLATFORMS": "none"}, service="shop")
    with recorder.in_segment(sampled=True):
        pass
    recorder.in_segment()  # which asks for rules
    eventually(lambda: any(path == "/GetSamplingRules" for path, *_ in backend.requests))
    recorder.close()
    assert [document["name"] for document in backend.documents] == ["shop"]
