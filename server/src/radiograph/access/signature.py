"""AWS's Signature Version 4, read and verified: the header form and the presigned form.

A request is taken as it came: method, path and query as they were sent, headers in their order, the bytes of the body.
Nothing here knows a secret for longer than a call; who a key belongs to is asked of the caller of `verify`.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, unquote_to_bytes

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SERVICE: Final = "xray"
_ALGORITHM: Final = "AWS4-HMAC-SHA256"
_TERMINATOR: Final = "aws4_request"
_STAMP: Final = "%Y%m%dT%H%M%SZ"
_WINDOW: Final = dt.timedelta(minutes=5)
_LONGEST: Final = 604_800
_SIGNATURE: Final = re.compile(r"[0-9a-f]{64}")
_STAMP_FORM: Final = re.compile(r"\d{8}T\d{6}Z")
_SCOPE_PARTS: Final = 5
_UNRESERVED: Final = "-_.~"
_BLANKS: Final = re.compile(r" +")
_PRESIGNED: Final = (
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Expires",
    "X-Amz-SignedHeaders",
    "X-Amz-Signature",
)


class Unauthenticated(Exception):  # noqa: N818 -- what the request is
    """A request that nobody is known to have sent.

    Args:
        code: of the error, as AWS names it.
        message: for the client; SDKs correct their clocks by it.
    """

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent.

    Args:
        method: of HTTP.
        path: as sent, percent-encoded, without the query.
        query: as sent, without the question mark.
        headers: name and value of each, in their order.
        body: its bytes.
    """

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""

    def header(self, name: str) -> str | None:
        """Return the value of a header, the first where there are several; case does not matter."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a request says of its signature.

    Args:
        access_key: id of the key.
        date: of the scope, `yyyymmdd`.
        region: of the scope.
        service: of the scope.
        terminator: the scope's last part.
        signed_headers: their names, in lower case, as they were listed.
        signature: 64 hexadecimal digits.
        stamp: when it was signed, as written.
        signed_at: the same.
        expires: seconds for which it is good; None for the header form.
        token: of a session; None where there is none.
    """

    access_key: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    signed_at: dt.datetime
    expires: int | None = None
    token: str | None = None


class Key(msgspec.Struct, frozen=True):
    """What is known of an access key.

    Args:
        secret: that signs.
        token: that must come with it; None for a key that is not of a session.
        expires: when its session ends; None where it does not.
    """

    secret: str
    token: str | None = None
    expires: dt.datetime | None = None

    def __repr__(self) -> str:
        return "Key(...)"


def verify(
    request: Request,
    find: Callable[[str], Key | None],
    *,
    now: dt.datetime,
    regions: Sequence[str] = (),
) -> Claim:
    """Return who signed a request, as far as the signature tells.

    Args:
        request: as it came.
        find: returns what is known of an access key that may be used now; None for others.
        now: with its zone.
        regions: that may be signed for; none for any.

    Raises:
        Unauthenticated: nobody did; see `code`.
    """
    claim = read(request)
    key = find(claim.access_key)
    # As for a key that does not exist: who has none learns nothing of those that do.
    if key is None or not _same(claim.token or "", key.token or ""):
        raise Unauthenticated("UnrecognizedClientException", "The security token included in the request is invalid.")
    if key.expires is not None and key.expires <= now:
        raise Unauthenticated("ExpiredTokenException", "The security token included in the request is expired")
    _check_scope(claim, regions)
    _check_clock(claim, now)
    expected = sign(request, claim, key.secret)
    if not _same(expected, claim.signature):
        raise Unauthenticated(
            "InvalidSignatureException",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret "
            "Access Key and signing method. Consult the service documentation for details.",
        )
    return claim


def _same(ours: str, theirs: str) -> bool:
    return hmac.compare_digest(ours.encode("utf-8", "surrogatepass"), theirs.encode("utf-8", "surrogatepass"))


def read(request: Request) -> Claim:
    """Return what a request says of its signature; nothing of it is checked but its form.

    Raises:
        Unauthenticated: there is none, or it cannot be understood.
    """
    authorization = request.header("Authorization")
    presigned = _parameters(request.query)
    names = {name for name, _ in presigned}
    in_query = "X-Amz-Signature" in names or "X-Amz-Algorithm" in names
    if authorization is not None and in_query:
        raise _incomplete("a request is signed in its headers or in its query, and not in both")
    if in_query:
        return _of_query(dict(reversed(presigned)))
    if authorization is None:
        raise Unauthenticated("MissingAuthenticationTokenException", "Missing Authentication Token")
    return _of_header(request, authorization)


def _incomplete(message: str) -> Unauthenticated:
    return Unauthenticated("IncompleteSignatureException", message)


def _of_header(request: Request, authorization: str) -> Claim:
    algorithm, _, rest = authorization.strip().partition(" ")
    if algorithm != _ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:60]}'; sign with {_ALGORITHM}.")
    fields: dict[str, str] = {}
    for part in rest.split(","):
        name, separator, value = part.strip().partition("=")
        if separator:
            fields[name] = value
    for name in ("Credential", "SignedHeaders", "Signature"):
        if not fields.get(name):
            raise _incomplete(f"Authorization header requires '{name}' parameter.")
    stamp = request.header("X-Amz-Date") or _http_date(request.header("Date"))
    if not stamp:
        raise _incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    return _claim(
        fields["Credential"],
        stamp,
        fields["SignedHeaders"],
        fields["Signature"],
        request.header("X-Amz-Security-Token"),
    )


def _of_query(parameters: dict[str, str]) -> Claim:
    for name in _PRESIGNED:
        if not parameters.get(name):
            raise _incomplete(f"AWS query-string parameters must include '{name}'.")
    if parameters["X-Amz-Algorithm"] != _ALGORITHM:
        raise _incomplete(
            f"Unsupported AWS 'algorithm': '{parameters['X-Amz-Algorithm'][:60]}'; sign with {_ALGORITHM}."
        )
    text = parameters["X-Amz-Expires"]
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:10]) <= _LONGEST and len(text) < 10):  # noqa: PLR2004 -- digits
        raise _incomplete(f"X-Amz-Expires must be from 1 to {_LONGEST} seconds.")
    claim = _claim(
        parameters["X-Amz-Credential"],
        parameters["X-Amz-Date"],
        parameters["X-Amz-SignedHeaders"],
        parameters["X-Amz-Signature"],
        parameters.get("X-Amz-Security-Token"),
    )
    return msgspec.structs.replace(claim, expires=int(text))


def _claim(credential: str, stamp: str, signed: str, signature: str, token: str | None) -> Claim:
    parts = credential.rsplit("/", _SCOPE_PARTS - 1)
    if len(parts) != _SCOPE_PARTS or not all(parts):
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got "
            f"'{credential[:120]}'"
        )
    if not _STAMP_FORM.fullmatch(stamp):
        raise _incomplete(
            f"Date must be in ISO-8601 'basic format'. Got '{stamp[:40]}'. See http://en.wikipedia.org/wiki/ISO_8601"
        )
    try:
        signed_at = dt.datetime.strptime(stamp, _STAMP).replace(tzinfo=dt.UTC)
    except ValueError:
        raise _incomplete(f"Date is none that there is: '{stamp[:40]}'.") from None
    if not _SIGNATURE.fullmatch(signature):
        raise _incomplete("Signature must be 64 lower-case hexadecimal digits.")
    access_key, date, region, service, terminator = parts
    return Claim(
        access_key=access_key,
        date=date,
        region=region,
        service=service,
        terminator=terminator,
        signed_headers=tuple(signed.split(";")),
        signature=signature,
        stamp=stamp,
        signed_at=signed_at,
        token=token,
    )


def _http_date(text: str | None) -> str | None:
    """Return the stamp of a `Date` header: the basic form as it is, HTTP's form rewritten."""
    if text is None or _STAMP_FORM.fullmatch(text):
        return text
    from email.utils import parsedate_to_datetime  # noqa: PLC0415 -- seldom

    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return text
    if found.tzinfo is None:
        return text
    try:
        return found.astimezone(dt.UTC).strftime(_STAMP)
    except (ValueError, OverflowError):
        return text


def _check_scope(claim: Claim, regions: Sequence[str]) -> None:
    problem = None
    if regions and claim.region not in regions:
        problem = "Credential should be scoped to a valid region. "
    elif claim.service != SERVICE:
        problem = f"Credential should be scoped to correct service: '{SERVICE}'. "
    elif claim.terminator != _TERMINATOR:
        problem = f"Credential should be scoped with a valid terminator: '{_TERMINATOR}'. "
    elif claim.date != claim.stamp[:8]:
        problem = (
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date[:20]}' != '{claim.stamp[:8]}', from '{claim.stamp}'."
        )
    elif "host" not in claim.signed_headers:
        problem = "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."
    if problem is not None:
        raise Unauthenticated("InvalidSignatureException", problem.strip())


def _check_clock(claim: Claim, now: dt.datetime) -> None:
    told = now.astimezone(dt.UTC).strftime(_STAMP)
    window = _WINDOW if claim.expires is None else dt.timedelta(seconds=claim.expires)
    said = "5 min" if claim.expires is None else f"{claim.expires} s"
    if claim.signed_at < now - window:
        limit = (now - window).astimezone(dt.UTC).strftime(_STAMP)
        raise Unauthenticated(
            "InvalidSignatureException",
            f"Signature expired: {claim.stamp} is now earlier than {limit} ({told} - {said}.)",
        )
    if claim.signed_at > now + _WINDOW:
        limit = (now + _WINDOW).astimezone(dt.UTC).strftime(_STAMP)
        raise Unauthenticated(
            "InvalidSignatureException",
            f"Signature not yet current: {claim.stamp} is still later than {limit} ({told} + 5 min.)",
        )


def sign(request: Request, claim: Claim, secret: str) -> str:
    """Return the signature of a request, made with a secret and everything else that a claim says."""
    canonical = canonical_request(request, claim)
    scope = f"{claim.date}/{claim.region}/{claim.service}/{claim.terminator}"
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()
    text = f"{_ALGORITHM}\n{claim.stamp}\n{scope}\n{digest}"
    key = _signing_key(secret, claim.date, claim.region, claim.service, claim.terminator)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()


@functools.lru_cache(1_000)
def _signing_key(secret: str, *parts: str) -> bytes:
    key = f"AWS4{secret}".encode("utf-8", "surrogatepass")
    for part in parts:
        key = hmac.digest(key, part.encode("utf-8", "surrogatepass"), "sha256")
    return key


def canonical_request(request: Request, claim: Claim) -> str:
    """Return what is signed of a request.

    Raises:
        Unauthenticated: a header that must be signed is not, or one that is signed is not there; the body is another
            one than its header says.
    """
    wanted = set(claim.signed_headers)
    if "" in wanted or list(claim.signed_headers) != sorted(wanted):
        raise _incomplete("SignedHeaders must be lower-case names in their order, each once.")
    values: dict[str, list[str]] = {}
    for name, value in request.headers:
        values.setdefault(name.lower(), []).append(_BLANKS.sub(" ", value.strip()))
    missing = sorted(wanted - values.keys())
    if missing:
        raise _incomplete(f"'{missing[0][:60]}' is a signed header, and is not in the request.")
    loose = "x-amz-security-token" in values and "x-amz-security-token" not in wanted and claim.expires is None
    if loose:
        raise _incomplete("'x-amz-security-token' must be a 'SignedHeader' in the AWS Authorization.")
    headers = "".join(f"{name}:{','.join(values[name])}\n" for name in claim.signed_headers)
    return "\n".join(
        (
            request.method,
            _canonical_path(request.path),
            _canonical_query(request.query),
            headers,
            ";".join(claim.signed_headers),
            _payload(request),
        )
    )


def _payload(request: Request) -> str:
    digest = hashlib.sha256(request.body).hexdigest()
    said = request.header("X-Amz-Content-Sha256")
    if said is not None and not _same(said, digest):
        raise Unauthenticated(
            "InvalidSignatureException", "X-Amz-Content-Sha256 is not the SHA-256 of the body that was received."
        )
    return digest


def _canonical_path(path: str) -> str:
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment not in ("", "."):
            kept.append(segment)
    end = "/" if kept and path.endswith("/") else ""
    # Of what was sent encoded: for every service but S3 it is encoded twice.
    return "/" + "/".join(quote(segment, safe=_UNRESERVED) for segment in kept) + end


def _parameters(query: str) -> list[tuple[str, str]]:
    found = []
    for part in query.split("&"):
        if part:
            name, _, value = part.partition("=")
            found.append((_plain(name), _plain(value)))
    return found


def _plain(text: str) -> str:
    return unquote_to_bytes(text.replace("+", " ")).decode("utf-8", "surrogateescape")


def _encoded(text: str) -> str:
    return quote(text.encode("utf-8", "surrogateescape"), safe=_UNRESERVED)


def _canonical_query(query: str) -> str:
    pairs = sorted((_encoded(name), _encoded(value)) for name, value in _parameters(query) if name != "X-Amz-Signature")
    return "&".join(f"{name}={value}" for name, value in pairs)
