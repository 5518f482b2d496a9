"""Server-sent events: once a second everybody who listens hears what this process has counted.

There is one ticker for all. A listener that cannot take a tick keeps nothing waiting: the next one that it hears is the
newest. Nothing is kept for it but what its connection holds anyway.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import msgspec
import structlog

from radiograph.errors import ServiceUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import Message, Receive, Scope, Send

_log = structlog.stdlib.get_logger("radiograph.doors.console_api")

_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-accel-buffering", b"no"),  # nginx would gather some kilobytes first
]

_INTERVAL_SECONDS = 1.0
_MOST_LISTENERS = 100
# A listener that takes nothing for so long is let go; its browser comes back when it can.
_PATIENCE_SECONDS = 30.0
_FAREWELL_SECONDS = 1.0
_TICKS_BETWEEN_COMMENTS = 15
_COMMENT = b": still here\n\n"


class Live:
    """The ticker and its listeners. Lives on one event loop.

    Args:
        figures: tells what every tick says.
        interval: time between two ticks, seconds.
        most: listeners at a time.
        patience: how long a listener may take for one tick, seconds.
    """

    def __init__(
        self,
        figures: Callable[[], Mapping[str, Any]],
        *,
        interval: float = _INTERVAL_SECONDS,
        most: int = _MOST_LISTENERS,
        patience: float = _PATIENCE_SECONDS,
    ) -> None:
        self._figures = figures
        self._interval = interval
        self._most = most
        self._patience = patience
        self._next: asyncio.Future[bytes] | None = None
        self._ticker: asyncio.Task[None] | None = None
        self._closed = asyncio.Event()
        self.listeners = 0

    def close(self) -> None:
        """End all listeners, and take no others: the server stops."""
        self._closed.set()

    def admit(self) -> None:
        """See that there is room for one more.

        Raises:
            ServiceUnavailable: there is not.
        """
        if self._closed.is_set():
            raise ServiceUnavailable("Radiograph is stopping; come back when it runs again.")
        if self.listeners >= self._most:
            raise ServiceUnavailable(
                f"{self._most} listeners are connected already; close a tab that shows the console, or ask again later."
            )

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one listener, which was admitted, until it leaves or everything ends."""
        self.listeners += 1
        leaving: list[asyncio.Task[Any]] = [
            asyncio.create_task(_gone(receive)),
            asyncio.create_task(self._closed.wait()),
        ]
        try:
            start = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
            message = self._tick(0)
            taken = await self._deliver(start, send, leaving)
            while taken and await self._deliver(_body(message), send, leaving):
                upcoming = self._upcoming()
                # Waited for, not awaited: it belongs to all listeners, and one that leaves must not cancel it.
                waiting: list[asyncio.Future[Any]] = [upcoming, *leaving]
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if any(task.done() for task in leaving):
                    await _end(send)
                    break
                message = upcoming.result()
        finally:
            self.listeners -= 1
            for task in leaving:
                task.cancel()
            await asyncio.gather(*leaving, return_exceptions=True)

    async def _deliver(self, message: Message, send: Send, leaving: list[asyncio.Task[Any]]) -> bool:
        """Send a message; return False when the listener does not take it, or leaves meanwhile."""
        sending = asyncio.ensure_future(send(message))
        waiting: list[asyncio.Future[Any]] = [sending, *leaving]
        await asyncio.wait(waiting, timeout=self._patience, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            await asyncio.sleep(0)  # it may be about to be
        if sending.done():
            sending.result()
            return True
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        return False

    def _upcoming(self) -> asyncio.Future[bytes]:
        """Return the next tick; somebody waits for it from now on."""
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._ticker is None:
            self._ticker = asyncio.create_task(self._run())
        return self._next

    async def _run(self) -> None:
        """Tick while somebody listens."""
        ticks = 0
        while self.listeners and not self._closed.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), self._interval)
            ticks += 1
            try:
                message = self._tick(ticks)
            except Exception:  # noqa: BLE001 -- the next tick may be told again
                _log.exception("tick_failed")
                continue
            upcoming, self._next = self._next, None
            if upcoming is not None:
                upcoming.set_result(message)
        self._ticker = None

    def _tick(self, number: int) -> bytes:
        event = b"event: tick\ndata: " + msgspec.json.encode(self._figures()) + b"\n\n"
        return event + _COMMENT if number and number % _TICKS_BETWEEN_COMMENTS == 0 else event


def _body(event: bytes) -> Message:
    return {"type": "http.response.body", "body": event, "more_body": True}


async def _end(send: Send) -> None:
    """Say that this was all, unless nobody takes it: that must not hold up a server that stops."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    """Wait until the client has left."""
    while (await receive())["type"] != "http.disconnect":
        pass
