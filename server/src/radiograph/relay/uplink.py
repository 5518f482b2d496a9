"""Calls to the service: connections, signatures, and what an answer means for the documents sent."""

from __future__ import annotations

import platform
import socket
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import urllib3
from urllib3.exceptions import (
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    ProtocolError,
)
from urllib3.exceptions import (
    TimeoutError as HTTPTimeout,
)

from radiograph import __version__
from radiograph.relay.signing import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from radiograph.relay.signing import Signer

_CONNECT_SECONDS = 2.0
_READ_SECONDS = 10.0
_SENTENCE_LENGTH = 300

ErrorKind = Literal["timeout", "refused", "unknown_host", "other", "4xx", "5xx"]


class UnreachableError(Exception):
    """No answer came.

    Args:
        kind: What to count it as.
        sentence: Why, for a person.
    """

    def __init__(self, kind: ErrorKind, sentence: str) -> None:
        super().__init__(sentence)
        self.kind = kind


class Answer(msgspec.Struct, frozen=True):
    """An answer of the service, good or bad.

    Args:
        status: HTTP status.
        body: The whole body.
        content_type: Its type.
        error_type: AWS's error code, cut at a colon; empty when there is none.
        retry_after: Seconds that the service asks to wait, if it does.
    """

    status: int
    body: bytes
    content_type: str
    error_type: str
    retry_after: float | None


class Unprocessed(msgspec.Struct, frozen=True, rename={"id": "Id", "code": "ErrorCode", "message": "Message"}):
    """A document that the service refused, as PutTraceSegments reports it (any member may be missing)."""

    id: str | None = None
    code: str | None = None
    message: str | None = None


class _PutAnswer(msgspec.Struct):
    unprocessed: list[Unprocessed] | None = msgspec.field(name="UnprocessedTraceSegments", default=None)


class Delivered(msgspec.Struct, frozen=True):
    """The service took the batch, except for the documents that it names."""

    unprocessed: list[Unprocessed]


class BadBatch(msgspec.Struct, frozen=True):
    """The service refused the call as a whole because of something in it."""

    sentence: str


class Later(msgspec.Struct, frozen=True):
    """The documents are not to blame: keep them and try again.

    Args:
        kind: What to count it as.
        sentence: Why, for a person.
        retry_after: Seconds that the service asks to wait, if it does.
        denied: Whether somebody has to change something: credentials, permissions, the endpoint.
    """

    kind: ErrorKind
    sentence: str
    retry_after: float | None = None
    denied: bool = False


Outcome = Delivered | BadBatch | Later

# Statuses with which a service complains about what is in a call. 404 or 405 speak of the endpoint: whoever
# points the daemon at a wrong server wants the documents kept.
_ABOUT_THE_CONTENT = frozenset({400, 413, 422})
_THROTTLED = 429
_TIMED_OUT = 408
_SERVER_ERROR = 500
# Codes that AWS also sends with status 400.
_THROTTLING_WORDS = ("Throttl", "TooManyRequests", "RequestLimitExceeded", "LimitExceededException")
_CREDENTIAL_WORDS = ("Token", "Signature", "AccessDenied", "UnrecognizedClient", "RequestExpired", "OptIn")


class Uplink:
    """The connection to one service.

    Args:
        endpoint: Its URL, `http://host:port` or `https://host`.
        sign: Adds the signature.
        connections: Calls that may be under way at once.
        wall: Seconds since the epoch, for the timestamp header.
        proxy: URL of an HTTP proxy; empty for none.
        verify: Whether to check the server's certificate.
        environment: Environment variables (`AWS_EXECUTION_ENV` is named to the service).
    """

    def __init__(
        self,
        endpoint: str,
        *,
        sign: Signer,
        connections: int,
        wall: Callable[[], float],
        proxy: str = "",
        verify: bool = True,
        environment: Mapping[str, str],
    ) -> None:
        self.endpoint = endpoint.rstrip("/")
        self._sign = sign
        self._wall = wall
        options: dict[str, Any] = {
            "maxsize": connections,
            "block": False,
            "retries": False,
            "timeout": urllib3.Timeout(connect=_CONNECT_SECONDS, read=_READ_SECONDS),
            "cert_reqs": "CERT_REQUIRED" if verify else "CERT_NONE",
        }
        self._pool: urllib3.PoolManager = (
            urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)
        )
        host = f"{platform.system().lower()}-{platform.machine().lower()}"
        surroundings = environment.get("AWS_EXECUTION_ENV") or "UNKNOWN"
        self._agent = f"radiograph-daemon/{__version__} exec-env/{surroundings} OS/{host}"

    def call(self, path: str, body: bytes) -> Answer:
        """Send one signed POST and read the answer.

        Raises:
            UnreachableError: No answer came.
            CredentialsError: The call must be signed and cannot be.
        """
        url = self.endpoint + path
        headers = {
            "Content-Type": "application/json",
            "User-Agent": self._agent,
            "X-Amzn-Xray-Timestamp": f"{self._wall():.9f}",
        }
        signed = self._sign(url, body, headers)
        try:
            try:
                response = self._pool.request("POST", url, body=body, headers=signed, redirect=False)
            except ProtocolError:
                # The server closed a kept connection in the moment it was used; every call of the daemon may
                # be repeated.
                response = self._pool.request("POST", url, body=body, headers=signed, redirect=False)
        except HTTPError as error:
            raise UnreachableError(_kind(error), f"{self.endpoint} cannot be reached: {error}") from error
        error_type = response.headers.get("x-amzn-ErrorType", "").partition(":")[0]
        return Answer(
            response.status,
            response.data,
            response.headers.get("Content-Type", "application/json"),
            error_type,
            _seconds(response.headers.get("Retry-After")),
        )

    def put_segments(self, documents: Sequence[bytes]) -> Outcome:
        """Send documents with PutTraceSegments and judge the answer, whatever the service does."""
        # Bytes that are no UTF-8 cannot stand in JSON; the official daemon replaces them too.
        texts = [document.decode(errors="replace") for document in documents]
        body = msgspec.json.encode({"TraceSegmentDocuments": texts})
        try:
            answer = self.call("/TraceSegments", body)
        except UnreachableError as error:
            return Later(error.kind, str(error))
        except CredentialsError as error:
            return Later("other", f"{self.endpoint} wants signed calls and {error}", denied=True)
        return judge(answer)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        self._pool.clear()


def judge(answer: Answer) -> Outcome:
    """Say what an answer of PutTraceSegments means for the documents of the call."""
    if answer.status == 200:  # noqa: PLR2004 -- everybody knows this one
        try:
            unprocessed = msgspec.json.decode(answer.body or b"{}", type=_PutAnswer).unprocessed
        except msgspec.DecodeError:
            # Something answers that is no X-Ray service, such as a captive portal: nothing was taken.
            return Later("other", "the answer to PutTraceSegments is not JSON", denied=True)
        return Delivered(unprocessed or [])
    code, message = _error_of(answer)
    sentence = f"HTTP {answer.status} {code}: {message}"[:_SENTENCE_LENGTH]
    if answer.status >= _SERVER_ERROR:
        return Later("5xx", sentence, answer.retry_after)
    if answer.status in {_THROTTLED, _TIMED_OUT} or any(word in code for word in _THROTTLING_WORDS):
        return Later("4xx", sentence, answer.retry_after)
    if answer.status in _ABOUT_THE_CONTENT and not any(word in code for word in _CREDENTIAL_WORDS):
        return BadBatch(sentence)
    return Later("4xx", sentence, answer.retry_after, denied=True)


def _error_of(answer: Answer) -> tuple[str, str]:
    try:
        body = msgspec.json.decode(answer.body)
    except msgspec.DecodeError:
        body = None
    if not isinstance(body, dict):
        return answer.error_type, answer.body[:_SENTENCE_LENGTH].decode(errors="replace")
    code = answer.error_type or str(body.get("__type") or body.get("code") or "").rpartition("#")[2]
    return code, str(body.get("message") or body.get("Message") or "")


def _kind(error: HTTPError) -> ErrorKind:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, (NameResolutionError, socket.gaierror)):
            return "unknown_host"
        if isinstance(cause, ConnectionRefusedError):
            return "refused"
        # NewConnectionError is a kind of time-out to urllib3, whatever its cause was.
        if isinstance(cause, (HTTPTimeout, TimeoutError)) and not isinstance(cause, NewConnectionError):
            return "timeout"
        cause = cause.__cause__ or cause.__context__
    return "other"


def _seconds(text: str | None) -> float | None:
    try:
        return max(0.0, float(text)) if text else None
    except ValueError:  # an HTTP date; the daemon's own pause will do
        return None
