"""Answers the TCP door's calls from the service, and sampling rules from memory while the service is away.

With the last good rules an SDK keeps to the sampling that was asked for during an outage, and one that starts
in the middle of it does too. Targets cannot be kept: quotas are promises of the moment.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response

from radiograph.relay.signing import CredentialsError
from radiograph.relay.uplink import Answer, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

_RULES = "/GetSamplingRules"
_OK = 200
_BUSY = 429
_SERVER_ERROR = 500
_BAD_GATEWAY = 502
_TRUST_SECONDS = 10.0
"""After a call without answer, rules are answered from memory for so long without asking again."""


class _Kept(msgspec.Struct):
    at: float
    body: str


class _Page(msgspec.Struct):
    records: list[Any] | None = msgspec.field(name="SamplingRuleRecords", default=None)
    next_token: str | None = msgspec.field(name="NextToken", default=None)


class SamplingAnswers:
    """What stands behind the TCP door of the relay.

    Args:
        call: Sends a POST to the service; it blocks, so it is called on another thread.
        file: Where the last good rules are kept over a restart (mode 0600).
        clock: Seconds, monotonic.
        wall: Seconds since the epoch.
        log: Where events go.
    """

    def __init__(
        self,
        *,
        call: Callable[[str, bytes], Answer],
        file: Path,
        clock: Callable[[], float],
        wall: Callable[[], float],
        log: Any,
    ) -> None:
        self._call = call
        self._file = file
        self._clock = clock
        self._wall = wall
        self._log = log
        self._away_since = float("-inf")
        self._kept: _Kept | None = None
        with contextlib.suppress(OSError, msgspec.DecodeError):
            self._kept = msgspec.json.decode(file.read_bytes(), type=_Kept)

    async def __call__(self, path: str, body: bytes) -> Response:
        """Answer one call (the `forward` of the TCP door)."""
        keeps = path == _RULES and _is_first_page(body)
        kept = self._kept if keeps else None
        if kept is not None and self._clock() - self._away_since < _TRUST_SECONDS:
            return self._from_memory(kept)
        try:
            answer = await asyncio.to_thread(self._call, path, body)
        except (UnreachableError, CredentialsError) as error:
            self._away_since = self._clock()
            return self._from_memory(kept) if kept is not None else _bad_gateway(str(error))
        if kept is not None and (answer.status >= _SERVER_ERROR or answer.status == _BUSY):
            return self._from_memory(kept)
        if keeps and answer.status == _OK:
            self._keep(answer.body)
        return _pass_on(answer)

    def _keep(self, body: bytes) -> None:
        try:
            page = msgspec.json.decode(body, type=_Page)
        except msgspec.DecodeError:
            return
        if page.records is None or page.next_token:
            return
        text = body.decode()
        changed = self._kept is None or self._kept.body != text
        self._kept = _Kept(self._wall(), text)
        if changed:
            self._store(self._kept)

    def _store(self, kept: _Kept) -> None:
        fresh = self._file.with_suffix(".new")
        try:
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600), "wb") as file:
                file.write(msgspec.json.encode(kept))
            fresh.replace(self._file)
        except OSError as error:
            self._log.warning("sampling rules cannot be kept on disk", reason=str(error))

    def _from_memory(self, kept: _Kept) -> Response:
        age = max(0, round(self._wall() - kept.at))
        return Response(kept.body, headers={"X-Radiograph-Rules-Age": str(age)}, media_type="application/json")


def _is_first_page(body: bytes) -> bool:
    try:
        return not msgspec.json.decode(body or b"{}", type=_Page).next_token
    except msgspec.DecodeError:
        return False


def _pass_on(answer: Answer) -> Response:
    headers = {"Content-Type": answer.content_type}
    if answer.error_type:
        headers["x-amzn-ErrorType"] = answer.error_type
    if answer.retry_after is not None:
        headers["Retry-After"] = str(max(1, round(answer.retry_after)))
    return Response(answer.body, answer.status, headers)


def _bad_gateway(sentence: str) -> Response:
    code = "ServiceUnavailable"
    body = msgspec.json.encode({"__type": code, "message": f"The daemon has no answer: {sentence}"})
    headers = {"Content-Type": "application/json", "x-amzn-ErrorType": code}
    return Response(body, _BAD_GATEWAY, headers)
