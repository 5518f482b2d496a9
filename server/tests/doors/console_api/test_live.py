"""Server-sent events: the first comes at once, nobody who is slow holds up anybody, and everything ends."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from radiograph.doors.console_api.live import Live
from radiograph.errors import ServiceUnavailable

from .conftest import figures

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    from .conftest import Api, Json

# Nothing here takes so long; it is what a test that hangs waits.
_DEADLINE = 5.0
_NEVER = 3_600.0


class Listener:
    """A client of the live events, below HTTP. Its connection takes `room` messages, then no more."""

    def __init__(self, live: Live, *, room: int = 1_000_000) -> None:
        self._left = asyncio.Event()
        self._room = asyncio.Semaphore(room)
        self._came = asyncio.Condition()
        self.sent: list[Any] = []
        self.task = asyncio.create_task(live({"type": "http"}, self._receive, self._send))

    async def _receive(self) -> Any:
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Any) -> None:
        await self._room.acquire()
        async with self._came:
            self.sent.append(message)
            self._came.notify_all()

    @property
    def bodies(self) -> list[bytes]:
        return [each["body"] for each in self.sent if each["type"] == "http.response.body" and each["body"]]

    def leave(self) -> None:
        self._left.set()

    def take(self) -> None:
        """Make room for one more message."""
        self._room.release()

    async def until(self, is_so: Callable[[], bool]) -> None:
        """Wait until what was sent fulfils a condition."""
        async with self._came:
            await self._came.wait_for(is_so)


def _run(test: Coroutine[Any, Any, None]) -> None:
    """Run a test on a loop of its own; in the end no task may be left over."""

    async def main() -> None:
        async with asyncio.timeout(_DEADLINE):
            await test
            await _rest()

    asyncio.run(main())


async def _rest() -> None:
    """Wait until the ticker has stopped, which it does by itself with the next tick after the last listener."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    # The ticker cancels its own pause, which is one of them.
    await asyncio.gather(*others, return_exceptions=True)


def _tick(body: bytes) -> Json:
    event, data = body.decode().split("\n")[:2]
    assert event == "event: tick"
    answer: Json = json.loads(data.removeprefix("data: "))
    return answer


@contextlib.asynccontextmanager
async def _listening(live: Live, **options: Any) -> AsyncIterator[Listener]:
    listener = Listener(live, **options)
    try:
        yield listener
    finally:
        listener.leave()
        await listener.task


def test_the_first_tick_comes_at_once() -> None:
    async def test() -> None:
        live = Live(figures, interval=_NEVER)
        async with _listening(live) as listener:
            await listener.until(lambda: len(listener.bodies) == 1)
            assert _tick(listener.bodies[0]) == figures()
            assert listener.sent[0]["status"] == 200
            assert dict(listener.sent[0]["headers"])[b"content-type"] == b"text/event-stream; charset=utf-8"
            assert dict(listener.sent[0]["headers"])[b"cache-control"] == b"no-store"
        live.close()

    _run(test())


def test_every_listener_hears_every_tick_and_what_is_new() -> None:
    async def test() -> None:
        told = 0

        def counting() -> Json:
            nonlocal told
            told += 1
            return figures() | {"committed": told}

        live = Live(counting, interval=0.001)
        async with _listening(live) as one, _listening(live) as other:
            await one.until(lambda: len(one.bodies) >= 6)
            await other.until(lambda: len(other.bodies) >= 6)
            heard, beside = ([_tick(body)["committed"] for body in each.bodies] for each in (one, other))
            # The first of each is its own; of the others each is one for both.
            assert heard == sorted(set(heard))
            assert len(set(heard) & set(beside)) >= 4
            assert live.listeners == 2
        assert live.listeners == 0

    _run(test())


def test_a_comment_keeps_proxies_patient() -> None:
    async def test() -> None:
        async with _listening(Live(figures, interval=0.001)) as listener:
            await listener.until(lambda: len(listener.bodies) == 31)
            assert [at for at, body in enumerate(listener.bodies) if b"\n: still here\n\n" in body] == [15, 30]
            assert all(_tick(body) == figures() for body in listener.bodies)

    _run(test())


def test_a_slow_listener_misses_ticks_and_holds_up_nobody() -> None:
    async def test() -> None:
        number = 0

        def counting() -> Json:
            nonlocal number
            number += 1
            return {"number": number}

        live = Live(counting, interval=0.001)
        # It takes the start and the first tick.
        async with _listening(live, room=2) as slow, _listening(live) as quick:
            await slow.until(lambda: len(slow.bodies) == 1)
            await quick.until(lambda: len(quick.bodies) == 50)
            assert len(slow.bodies) == 1
            # One message waits for it, and after that it hears the newest: nothing is kept for it.
            for taken in (2, 3):
                slow.take()
                await slow.until(lambda taken=taken: len(slow.bodies) == taken)  # type: ignore[misc]
            numbers = [_tick(body)["number"] for body in slow.bodies]
            assert numbers[1] < 10
            assert numbers[2] > 40

    _run(test())


def test_a_listener_that_takes_nothing_for_too_long_is_let_go() -> None:
    async def test() -> None:
        live = Live(figures, interval=0.001, patience=0.02)
        listener = Listener(live, room=2)
        await listener.task
        assert len(listener.sent) == 2
        assert live.listeners == 0

    _run(test())


def test_a_listener_that_leaves_is_forgotten_and_the_others_go_on() -> None:
    async def test() -> None:
        live = Live(figures, interval=0.001)
        async with _listening(live) as stays:
            leaves = Listener(live)
            await leaves.until(lambda: len(leaves.bodies) == 3)
            leaves.leave()
            await leaves.task
            assert live.listeners == 1
            heard = len(stays.bodies)
            await stays.until(lambda: len(stays.bodies) >= heard + 3)

    _run(test())


@pytest.mark.parametrize("room", [1_000_000, 0, 1, 2], ids=["quick", "takes nothing", "no body", "one tick"])
def test_closing_ends_every_listener(room: int) -> None:
    async def test() -> None:
        live = Live(figures, interval=_NEVER)
        listener = Listener(live, room=room)
        await asyncio.sleep(0.01)
        live.close()
        await listener.task
        assert live.listeners == 0
        if room > 2:
            assert listener.sent[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
        with pytest.raises(ServiceUnavailable, match="stopping"):
            live.admit()

    _run(test())


def test_the_ticker_rests_while_nobody_listens_and_begins_again() -> None:
    async def test() -> None:
        asked = 0

        def counting() -> Json:
            nonlocal asked
            asked += 1
            return figures()

        live = Live(counting, interval=0.001)
        async with _listening(live) as listener:
            await listener.until(lambda: len(listener.bodies) == 3)
        await _rest()
        before = asked
        await asyncio.sleep(0.02)
        assert asked == before
        async with _listening(live) as listener:
            await listener.until(lambda: len(listener.bodies) == 3)

    _run(test())


def test_a_tick_that_fails_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    async def test() -> None:
        asked = 0

        def failing() -> Json:
            nonlocal asked
            asked += 1
            if asked == 3:
                raise OSError("no such counter")
            return {"asked": asked}

        async with _listening(Live(failing, interval=0.001)) as listener:
            await listener.until(lambda: len(listener.bodies) == 3)
            assert [_tick(body)["asked"] for body in listener.bodies] == [1, 2, 4]

    _run(test())


def test_there_is_room_for_so_many_and_no_more() -> None:
    async def test() -> None:
        live = Live(figures, interval=_NEVER, most=2)
        async with _listening(live) as one, _listening(live):
            await one.until(lambda: len(one.bodies) == 1)
            with pytest.raises(ServiceUnavailable, match="2 listeners"):
                live.admit()
        live.admit()
        live.close()

    _run(test())


def _connected(api: Api) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
    connection = http.client.HTTPConnection(urlsplit(api.url).netloc, timeout=_DEADLINE)
    connection.request("GET", "/api/v1/live")
    return connection, connection.getresponse()


def test_over_http_ticks_come_and_too_many_listeners_are_told(empty: Api) -> None:
    connections = [_connected(empty) for _ in range(3)]
    try:
        for _, answer in connections:
            assert answer.status == 200
            assert answer.getheader("Content-Type") == "text/event-stream; charset=utf-8"
            for _ in range(2):
                assert answer.readline() == b"event: tick\n"
                assert json.loads(answer.readline().removeprefix(b"data: ")) == figures()
                assert answer.readline() == b"\n"
        # The fixture allows three.
        status, code, message = empty.refused("live")
        assert (status, code) == (503, "ServiceUnavailable")
        assert message.startswith("3 listeners are connected already")
    finally:
        for connection, answer in connections:
            answer.close()
            connection.close()


def test_parameters_are_refused_here_too(empty: Api) -> None:
    status, code, message = empty.refused("live", start=1)
    assert (status, code) == (400, "InvalidRequestException")
    assert "it takes none" in message
