"""The X-Ray service itself, without a daemon between: documents and sampling by HTTP, signed where there are keys."""

from __future__ import annotations

import atexit
import collections
import datetime as dt
import hashlib
import hmac
import http.client
import json
import threading
import weakref
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from radiograph_sdk.forks import renew_after_fork
from radiograph_sdk.losses import Losses

if TYPE_CHECKING:
    from collections.abc import Mapping

_TIMEOUT = 5.0
_OK = 200
_FAILED = 500
_TOO_MANY = 429
_PORTS = {"http": 80, "https": 443}
_MOST_AT_ONCE = 50
_LARGEST_REQUEST = 1_000_000
_LARGEST_QUEUE = 16_000_000
_FIRST_WAIT, _LONGEST_WAIT = 0.5, 30.0
_LINGER = 0.2
_LAST_SECONDS = 2.0


class InvalidEndpoint(ValueError):  # noqa: N818 -- named after what is wrong
    """A text that is no address of a service."""


class Keys(msgspec.Struct, frozen=True):
    """Who asks.

    Args:
        access_key: its id.
        secret_key: kept to oneself.
        token: of a session; None where there is none.
    """

    access_key: str
    secret_key: str
    token: str | None = None


def keys_from(environment: Mapping[str, str]) -> Keys | None:
    """Return the keys that the environment names, in AWS's variables; None where it names none."""
    access_key, secret_key = environment.get("AWS_ACCESS_KEY_ID"), environment.get("AWS_SECRET_ACCESS_KEY")
    if not access_key or not secret_key:
        return None
    return Keys(access_key, secret_key, environment.get("AWS_SESSION_TOKEN") or None)


class Refused(Exception):  # noqa: N818 -- what it is
    """The service does not take what it was sent, and will not another time."""


class Service:
    """The service at an address.

    Args:
        url: such as `http://127.0.0.1:2001`.
        keys: signs requests; None for none.
        region: for the signature.

    Raises:
        InvalidEndpoint: the URL is none.
    """

    def __init__(self, url: str, *, keys: Keys | None = None, region: str = "us-east-1") -> None:
        parts = urlsplit(url)
        try:
            port = parts.port or _PORTS.get(parts.scheme)
        except ValueError:
            port = None
        if (
            port is None
            or parts.scheme not in _PORTS
            or not parts.hostname
            or parts.query
            or parts.path not in ("", "/")
        ):
            raise InvalidEndpoint(f"{url!r} is no address of a service; write http://127.0.0.1:2001, for example")
        self.address = (parts.hostname, port)
        self._kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        self._host = parts.netloc.rpartition("@")[2]
        self._keys = keys
        self._region = region

    def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Ask for an operation and return its answer.

        Args:
            path: of the operation, such as `/TraceSegments`.
            body: its parameters.

        Raises:
            OSError: it cannot be reached, or has no time now.
            Refused: it does not take this.
        """
        content = json.dumps(body).encode()
        connection = self._kind(*self.address, timeout=_TIMEOUT)
        try:
            connection.request("POST", path, content, self._headers(path, content))
            answer = connection.getresponse()
            text = answer.read()
        except http.client.HTTPException as problem:
            raise OSError(f"{self._host} does not speak HTTP: {problem}") from problem
        finally:
            connection.close()
        if answer.status >= _FAILED or answer.status == _TOO_MANY:
            raise OSError(f"{self._host} answered {answer.status}")
        if answer.status != _OK:
            raise Refused(f"{self._host} answered {answer.status}: {text[:200].decode('utf-8', 'replace')}")
        try:
            found = json.loads(text or b"{}")
        except ValueError as problem:
            raise Refused(f"{self._host} answered what is no JSON") from problem
        return found if isinstance(found, dict) else {}

    def _headers(self, path: str, content: bytes) -> dict[str, str]:
        headers = {"Host": self._host, "Content-Type": "application/json"}
        if self._keys is not None:
            now = dt.datetime.now(dt.UTC)
            headers.update(signed(headers, path, content, self._keys, self._region, now))
        return headers


def signed(  # noqa: PLR0917 -- all that is signed
    headers: Mapping[str, str], path: str, content: bytes, keys: Keys, region: str, now: dt.datetime
) -> dict[str, str]:
    """Return the headers that sign a request, as AWS's Signature Version 4 has it.

    Args:
        headers: that are sent; `Host` among them.
        path: of the URL.
        content: of the request.
        keys: of who asks.
        region: that is asked.
        now: when.
    """
    stamp, day = now.strftime("%Y%m%dT%H%M%SZ"), now.strftime("%Y%m%d")
    added = {"X-Amz-Date": stamp} | ({"X-Amz-Security-Token": keys.token} if keys.token else {})
    all_headers = {name.lower(): value.strip() for name, value in {**headers, **added}.items()}
    names = ";".join(sorted(all_headers))
    canonical = "\n".join(
        [
            "POST",
            path,
            "",
            *(f"{name}:{all_headers[name]}" for name in sorted(all_headers)),
            "",
            names,
            hashlib.sha256(content).hexdigest(),
        ]
    )
    scope = f"{day}/{region}/xray/aws4_request"
    text = "\n".join(["AWS4-HMAC-SHA256", stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()])
    key = f"AWS4{keys.secret_key}".encode()
    for part in (day, region, "xray", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    return added | {
        "Authorization": f"AWS4-HMAC-SHA256 Credential={keys.access_key}/{scope}, SignedHeaders={names}, "
        f"Signature={signature}"
    }


class ServiceSender:
    """Sends documents to the service from a thread, many at a time; what cannot be sent yet waits, up to 16 MB of it.

    Args:
        service: takes them.
        losses: counts what is refused.
    """

    def __init__(self, service: Service, losses: Losses | None = None) -> None:
        self.problem: OSError | None = None
        self._service = service
        self._losses = losses or Losses()
        self._waiting: collections.deque[bytes] = collections.deque()
        self._bytes = 0
        self._renew()
        renew_after_fork(self)
        _flush_at_exit(self)

    def _renew(self) -> None:
        self._lock = threading.Lock()
        self._some = threading.Event()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def after_fork(self) -> None:
        """Begin anew: what waits is the parent's to send, and so is the thread that does."""
        self._renew()
        self._waiting.clear()
        self._bytes = 0

    def send(self, document: bytes) -> bool:
        """Have a document sent soon; return whether there was room for it."""
        with self._lock:
            if self._bytes + len(document) > _LARGEST_QUEUE:
                self.problem = OSError(f"{_LARGEST_QUEUE // 1_000_000} MB wait to be sent already")
                return False
            self._waiting.append(document)
            self._bytes += len(document)
            if self._thread is None or not self._thread.is_alive():
                self._ended.clear()
                self._thread = threading.Thread(target=self._run, name="radiograph-sender", daemon=True)
                self._thread.start()
        self._some.set()
        return True

    def close(self, seconds: float = _LAST_SECONDS) -> None:
        """Send what waits, if that is soon done, and stop.

        Args:
            seconds: at most.
        """
        thread = self._thread
        if thread is None:
            return
        self._ended.set()
        self._some.set()
        thread.join(seconds)
        self._thread = None

    def _run(self) -> None:
        wait = _FIRST_WAIT
        while True:
            if not self._waiting:
                if self._ended.is_set():
                    return
                self._some.wait()
                self._some.clear()
                self._ended.wait(_LINGER)  # what comes at once is sent at once
                continue
            batch = self._take()
            try:
                self._deliver(batch)
                wait = _FIRST_WAIT
            except OSError as problem:
                self.problem = problem
                self._put_back(batch)
                if self._ended.is_set():
                    self._losses.count("sending", "documents could not be sent before the end, and are lost")
                    return
                self._losses.count("waiting", "documents wait to be sent", error=problem)
                self._ended.wait(wait)
                wait = min(2 * wait, _LONGEST_WAIT)

    def _take(self) -> list[bytes]:
        batch: list[bytes] = []
        size = 0
        with self._lock:
            while self._waiting and len(batch) < _MOST_AT_ONCE and size + len(self._waiting[0]) <= _LARGEST_REQUEST:
                document = self._waiting.popleft()
                batch.append(document)
                size += len(document)
            self._bytes -= size
        return batch

    def _put_back(self, batch: list[bytes]) -> None:
        with self._lock:
            self._waiting.extendleft(reversed(batch))
            self._bytes += sum(map(len, batch))

    def _deliver(self, batch: list[bytes]) -> None:
        try:
            answer = self._service.post(
                "/TraceSegments", {"TraceSegmentDocuments": [document.decode() for document in batch]}
            )
        except Refused as problem:
            self._losses.count("refused", f"{len(batch)} documents are refused, and lost", error=problem)
            return
        for each in answer.get("UnprocessedTraceSegments") or ():
            self._losses.count("refused", f"a document is refused: {each.get('ErrorCode')} {each.get('Message')}")


def _flush_at_exit(sender: ServiceSender) -> None:
    known = weakref.ref(sender)

    def flush() -> None:
        found = known()
        if found is not None:
            found.close()

    atexit.register(flush)
