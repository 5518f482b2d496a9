"""Signature Version 4: the specification's vectors, botocore as the signer, and nothing that is changed gets in."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given, settings
from hypothesis import strategies as st

from radiograph.access.signature import Key, Request, Unauthenticated, canonical_request, read, verify

if TYPE_CHECKING:
    from collections.abc import Callable

ACCESS_KEY = "AKIDSPECEXAMPLE00001"
SECRET = "specSecretKey/ForTestVectorsOnly+0123456"
TOKEN = "SESSIONTOKENEXAMPLE=="
NOW = dt.datetime(2026, 1, 2, 3, 4, 5, tzinfo=dt.UTC)
BODY = b'{"StartTime":1700000000,"EndTime":1700003600}'
WRONG = "does not match the signature you provided"


def keys(**more: Any) -> Callable[[str], Key | None]:
    return {ACCESS_KEY: Key(SECRET, **more)}.get


def header_form(signature: str, *, signed: str = "content-type;host;x-amz-date", token: str | None = None) -> Request:
    """The request of the specification's vectors."""
    authorization = (
        f"AWS4-HMAC-SHA256 Credential={ACCESS_KEY}/20260102/eu-west-1/xray/aws4_request, SignedHeaders={signed}, "
        f"Signature={signature}"
    )
    headers = [
        ("Host", "127.0.0.1:8080"),
        ("Content-Type", "application/json"),
        ("X-Amz-Date", "20260102T030405Z"),
        ("Authorization", authorization),
        ("User-Agent", "not signed"),
    ]
    if token is not None:
        headers.append(("X-Amz-Security-Token", token))
    return Request(method="POST", path="/TraceSummaries", headers=headers, body=BODY)


class TestVectors:
    def test_in_the_header(self) -> None:
        request = header_form("293e160640253cc68c718b9dbea77cfafa50b64d1bd0e796a20fa7da06f81f99")
        assert canonical_request(request, read(request)) == (
            "POST\n/TraceSummaries\n\ncontent-type:application/json\nhost:127.0.0.1:8080\nx-amz-date:20260102T030405Z\n\n"
            "content-type;host;x-amz-date\n205cb6990876aba8c4497921096b6ca23edb014e643806a4ef96018a94f2a321"
        )
        assert verify(request, keys(), now=NOW).access_key == ACCESS_KEY

    def test_of_a_session(self) -> None:
        request = header_form(
            "5cf555352b259bff7f4881926cdb1e4dea430d832f06ee8e9016d06c212688c0",
            signed="content-type;host;x-amz-date;x-amz-security-token",
            token=TOKEN,
        )
        assert verify(request, keys(token=TOKEN), now=NOW).token == TOKEN

    def test_presigned(self) -> None:
        query = (
            f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={ACCESS_KEY}%2F20260102%2Feu-west-1%2Fxray%2Faws4_request"
            "&X-Amz-Date=20260102T030405Z&X-Amz-Expires=300&X-Amz-SignedHeaders=host"
            "&X-Amz-Security-Token=SESSIONTOKENEXAMPLE%3D%3D"
            "&X-Amz-Signature=0891518065402118ce832617774e279de9e40757faebb5158802c59882a52395"
        )
        # The body `{}` that was signed for is sent as no body at all: botocore moves it into the query.
        request = Request(method="POST", path="/Groups", query=query, headers=[("Host", "127.0.0.1:8080")])
        later = NOW + dt.timedelta(minutes=4)
        assert verify(request, keys(token=TOKEN), now=later).expires == 300


def signed(
    body: bytes = BODY,
    *,
    path: str = "/TraceSummaries",
    token: str | None = None,
    region: str = "eu-west-1",
    **headers: str,
) -> Request:
    """A request that botocore signed now."""
    asked = AWSRequest("POST", f"http://127.0.0.1:8080{path}", data=body, headers={"Host": "127.0.0.1:8080", **headers})
    SigV4Auth(Credentials(ACCESS_KEY, SECRET, token), "xray", region).add_auth(asked)
    place, _, query = path.partition("?")
    return Request(method="POST", path=place, query=query, headers=list(asked.headers.items()), body=body)


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@given(
    body=st.binary(max_size=200),
    token=st.none() | st.text("abcXYZ0189+/=", min_size=1, max_size=40),
    region=st.sampled_from(["eu-west-1", "us-gov-east-1", "local"]),
    extra=st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20),
    query=st.lists(st.tuples(st.sampled_from(["a", "b", "c"]), st.text("xyz019-_.~", max_size=5)), max_size=3),
)
@settings(deadline=None)
def test_what_botocore_signs_is_accepted(
    body: bytes, token: str | None, region: str, extra: str, query: list[tuple[str, str]]
) -> None:
    path = "/TraceSummaries" + ("?" + "&".join(f"{name}={value}" for name, value in query) if query else "")
    request = signed(body, path=path, token=token, region=region, **({"X-Custom": extra} if extra else {}))
    claim = verify(request, keys(token=token), now=now())
    assert (claim.region, claim.token) == (region, token)


def test_what_botocore_presigns_is_accepted() -> None:
    asked = AWSRequest("POST", "http://127.0.0.1:8080/Groups")
    SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET), "xray", "eu-west-1", expires=60).add_auth(asked)
    place, _, query = asked.url.removeprefix("http://127.0.0.1:8080").partition("?")
    request = Request(method="POST", path=place, query=query, headers=[("Host", "127.0.0.1:8080")])
    assert verify(request, keys(), now=now()).expires == 60
    with pytest.raises(Unauthenticated, match="Signature expired"):
        verify(request, keys(), now=now() + dt.timedelta(seconds=70))


MUTATIONS = st.sampled_from(["method", "path", "query", "body", "header", "drop", "signature", "credential", "date"])


@given(kind=MUTATIONS, at=st.integers(0, 10_000), with_=st.characters(min_codepoint=33, max_codepoint=126))
@settings(deadline=None, max_examples=400)
def test_what_was_changed_is_refused(kind: str, at: int, with_: str) -> None:
    request = signed(token=TOKEN)
    method, path, query, body = request.method, request.path, request.query, request.body
    headers = [list(each) for each in request.headers]
    named = {name.lower(): index for index, (name, _) in enumerate(request.headers)}
    match kind:
        case "method":
            method = "GET"
        case "path":
            path = f"/{with_.replace('/', 'x').replace('.', 'x')}{path}"
        case "query":
            query = f"{with_.replace('&', 'x').replace('=', 'x')}=1"
        case "body":
            position = at % len(body)
            body = body[:position] + bytes([body[position] ^ 1]) + body[position + 1 :]
        case "header":
            index = named[("host", "x-amz-date", "x-amz-security-token")[at % 3]]
            headers[index][1] = headers[index][1] + with_
        case "drop":
            del headers[named[("host", "x-amz-date", "x-amz-security-token", "authorization")[at % 4]]]
        case "signature" | "credential" | "date":
            text = headers[named["authorization"]][1]
            begin = text.index({"signature": "Signature=", "credential": "Credential=", "date": "/2"}[kind]) + 11
            position = begin + at % (len(text) - begin) if kind == "signature" else begin + at % 8
            if text[position] == with_:
                return
            headers[named["authorization"]][1] = text[:position] + with_ + text[position + 1 :]
    changed = Request(method=method, path=path, query=query, headers=[(a, b) for a, b in headers], body=body)
    with pytest.raises(Unauthenticated):
        verify(changed, keys(token=TOKEN), now=now())


@given(
    authorization=st.text(max_size=200) | st.text("AWS4-HMACSH256 Credential=,SignedHeaders;/", max_size=120),
    query=st.text(max_size=120),
    date=st.text(max_size=20),
    path=st.text(max_size=40),
)
@settings(deadline=None, max_examples=300)
def test_whatever_comes_is_refused_and_nothing_else_happens(
    authorization: str, query: str, date: str, path: str
) -> None:
    headers = [("Host", "h"), ("Authorization", authorization), ("X-Amz-Date", date)]
    with pytest.raises(Unauthenticated):
        verify(Request(method="POST", path=path, query=query, headers=headers), keys(), now=NOW)


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        ({"authorization": None}, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ({"authorization": "Bearer abc"}, "IncompleteSignatureException", "Unsupported AWS 'algorithm': 'Bearer'"),
        ({"authorization": "AWS4-HMAC-SHA256 Signature=1"}, "IncompleteSignatureException", "requires 'Credential'"),
        ({"query": "X-Amz-Algorithm=AWS4-HMAC-SHA256"}, "IncompleteSignatureException", "and not in both"),
        ({"x-amz-date": None}, "IncompleteSignatureException", "'X-Amz-Date' or a 'Date' header"),
        ({"x-amz-date": "yesterday"}, "IncompleteSignatureException", "ISO-8601"),
        ({"x-amz-content-sha256": "UNSIGNED-PAYLOAD"}, "InvalidSignatureException", "is not the SHA-256"),
    ],
)
def test_what_is_missing_is_told(change: dict[str, str | None], code: str, message: str) -> None:
    request = signed()
    query = change.pop("query", "") or ""
    headers = [
        (name, value)
        for name, value in ((name, change.get(name.lower(), value)) for name, value in request.headers)
        if value is not None
    ]
    headers += [(name, value) for name, value in change.items() if value and name == "x-amz-content-sha256"]
    with pytest.raises(Unauthenticated, match=message) as refused:
        verify(Request(method="POST", path=request.path, query=query, headers=headers, body=BODY), keys(), now=now())
    assert refused.value.code == code


def test_a_key_that_is_not_known_and_a_wrong_token_are_told_alike() -> None:
    for find in (keys(token="other"), lambda _: None, keys()):
        with pytest.raises(Unauthenticated) as refused:
            verify(signed(token=TOKEN), find, now=now())
        assert (refused.value.code, refused.value.message) == (
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        )


def test_a_session_that_has_ended() -> None:
    with pytest.raises(Unauthenticated) as refused:
        verify(signed(token=TOKEN), keys(token=TOKEN, expires=now() - dt.timedelta(seconds=1)), now=now())
    assert refused.value.code == "ExpiredTokenException"


def test_another_secret() -> None:
    with pytest.raises(Unauthenticated, match=WRONG):
        verify(signed(), {ACCESS_KEY: Key("another")}.get, now=now())


def test_another_region_or_service() -> None:
    with pytest.raises(Unauthenticated, match="valid region"):
        verify(signed(), keys(), now=now(), regions=["us-east-1"])
    asked = AWSRequest("POST", "http://h/TraceSummaries", data=BODY, headers={"Host": "h"})
    SigV4Auth(Credentials(ACCESS_KEY, SECRET), "s3", "eu-west-1").add_auth(asked)
    request = Request(method="POST", path="/TraceSummaries", headers=list(asked.headers.items()), body=BODY)
    with pytest.raises(Unauthenticated, match="correct service: 'xray'"):
        verify(request, keys(), now=now())


@pytest.mark.parametrize(
    ("minutes", "message"),
    [
        (
            5.01,
            r"Signature expired: 20260102T030405Z is now earlier than 20260102T030405Z \(20260102T030905Z - 5 min.\)",
        ),
        (-5.1, r"Signature not yet current: 20260102T030405Z is still later than 20260102T030359Z"),
    ],
)
def test_clocks_may_differ_by_five_minutes(minutes: float, message: str) -> None:
    request = header_form("293e160640253cc68c718b9dbea77cfafa50b64d1bd0e796a20fa7da06f81f99")
    for near in (4.9, -4.9):
        verify(request, keys(), now=NOW + dt.timedelta(minutes=near))
    with pytest.raises(Unauthenticated, match=message):
        verify(request, keys(), now=NOW + dt.timedelta(minutes=minutes))


def test_a_secret_is_not_shown() -> None:
    assert SECRET not in repr(Key(SECRET))
