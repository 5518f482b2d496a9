"""The console's API on a real server, over a lake of five traces that were written and counted by hand."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest
from prometheus_client import CollectorRegistry
from server.tests.doors.conftest import Reply, running, send
from server.tests.query.test_time_series import ACCOUNT, LIMITS, NOW, Store

from radiograph.doors.console_api.console import Console
from radiograph.doors.console_api.live import Live
from radiograph.doors.health import Health
from radiograph.doors.http import HttpSettings, build_app
from radiograph.query.groups import create_group
from radiograph.query.keeping import KeepFigures
from radiograph.sampling.live import Sampling
from radiograph.settings import resolve
from radiograph.store.lake import LakeOptions, open_lake
from radiograph.trace.ids import trace_id_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from starlette.applications import Starlette

    from radiograph.store.lake import Lake

Json = dict[str, Any]

MINUTE = NOW - 600
"""The first request of the shop came at the beginning of this minute."""


def entity(number: int) -> str:
    return f"{number:016x}"


class Shop:
    """What clients asked of `web`, and what `worker` did about it later.

    | trace | at | what | takes |
    | --- | --- | --- | --- |
    | bought | 0 s | 200 to ada: `web` reads the table carts (200 ms), then renders | 400 ms |
    | failed | 10 s | 500 to bob: `web` asks `orders` (600 ms), which fails by itself (400 ms) | 800 ms |
    | missed | 20 s | 404 to ada | 100 ms |
    | refused | 70 s | 429 to nobody known | 200 ms |
    | worked | 80 s | `worker`, started by an event that the bought trace sent | 50 ms |
    """

    bought, failed, missed, refused, worked = (
        f"1-{int(MINUTE) + second:08x}-{number:024x}" for number, second in enumerate((0, 10, 20, 70, 80), start=1)
    )
    newest_first = (worked, refused, missed, failed, bought)

    def traces(self) -> list[list[Json]]:
        read = {
            "id": entity(0x11),
            "name": "DynamoDB",
            "namespace": "aws",
            "aws": {"table_name": "carts", "operation": "GetItem", "region": "eu-west-1"},
            "start_time": MINUTE + 0.1,
            "end_time": MINUTE + 0.3,
        }
        render = {
            "id": entity(0x12),
            "name": "render",
            "start_time": MINUTE + 0.3,
            "end_time": MINUTE + 0.35,
            "metadata": {"default": {"template": "cart"}},
        }
        more = {"annotations": {"tier": "gold", "items": 3, "new": True}, "subsegments": [read, render]}
        call = {
            "id": entity(0x21),
            "name": "orders",
            "namespace": "remote",
            "start_time": MINUTE + 10.1,
            "end_time": MINUTE + 10.7,
            "fault": True,
            "http": {"request": {"method": "POST", "url": "http://orders/new"}, "response": {"status": 500}},
        }
        raised = {
            "id": entity(0xE),
            "type": "TimeoutError",
            "message": "no answer",
            "stack": [{"label": "ask", "path": "orders.py", "line": 7}],
        }
        orders = {
            "trace_id": self.failed,
            "id": entity(0x22),
            "parent_id": entity(0x21),
            "name": "orders",
            "start_time": MINUTE + 10.2,
            "end_time": MINUTE + 10.6,
            "fault": True,
            "http": {"response": {"status": 500}},
            "cause": {"working_directory": "/srv/orders", "exceptions": [raised]},
        }
        sent = {"trace_id": self.bought, "id": entity(0x10), "attributes": {"ReferenceType": "parent", "queue": "jobs"}}
        worker = {
            "trace_id": self.worked,
            "id": entity(0x50),
            "name": "worker",
            "start_time": MINUTE + 80,
            "end_time": MINUTE + 80.05,
            "links": [sent],
        }
        return [
            [self._web(self.bought, 0x10, takes=0.4, status=200, user="ada", **more)],
            [
                self._web(
                    self.failed,
                    0x20,
                    takes=0.8,
                    status=500,
                    user="bob",
                    fault=True,
                    annotations={"tier": "free"},
                    subsegments=[call],
                ),
                orders,
            ],
            [self._web(self.missed, 0x30, takes=0.1, status=404, user="ada", error=True, annotations={"tier": "gold"})],
            [self._web(self.refused, 0x40, takes=0.2, status=429, user=None, error=True, throttle=True)],
            [worker],
        ]

    def _web(self, trace: str, number: int, *, takes: float, status: int, user: str | None, **members: Any) -> Json:
        """A request to `web`, which came at the second that its trace id carries."""
        start = trace_id_epoch(trace)
        request = {"method": "GET", "url": "http://shop.test/cart", "client_ip": "10.0.0.1", "user_agent": "curl"}
        return {
            "trace_id": trace,
            "id": entity(number),
            "name": "web",
            "origin": "AWS::ECS::Container",
            "start_time": start,
            "end_time": start + takes,
            "http": {"request": request, "response": {"status": status}},
            **({} if user is None else {"user": user}),
            **members,
        }


def figures() -> Json:
    """What a tick tells; of a shop that has received ten documents."""
    return {"now": NOW, "received": 10, "committed": 7, "refused": 2, "dropped": 1, "lag_seconds": 0.5}


class Api:
    """A served console API."""

    def __init__(self, url: str, app: Starlette) -> None:
        self.url = url
        self.app = app

    def get(self, path: str, **parameters: Any) -> Reply:
        return send(self.url, "GET", _with(path, parameters))

    def ask(self, path: str, **parameters: Any) -> Json:
        """Return the answer without what every answer has."""
        reply = self.get(path, **parameters)
        assert reply.status == 200, reply.body
        answer: Json = reply.json
        assert answer.pop("took_ms") >= 0
        assert answer.pop("now") == NOW
        return answer

    def refused(self, path: str, **parameters: Any) -> tuple[int, str, str]:
        """Return status, code and message of an error."""
        reply = self.get(path, **parameters)
        error = reply.json["error"]
        assert reply.status >= 400
        assert reply.headers["x-amzn-RequestId"] == error["request_id"]
        return reply.status, error["code"], error["message"]


def _with(path: str, parameters: Json) -> str:
    return f"/api/v1/{path}?{urlencode(parameters)}" if parameters else f"/api/v1/{path}"


def _app(lake: Lake, folder: Path, **changed: str) -> Starlette:
    """Build the app of an API without operations, whose clock stands still."""

    async def nothing(*_: Any) -> Any:
        return {}

    async def well() -> Health:
        return Health(ok=True)

    return build_app(
        operations={},
        put_trace_segments=nothing,
        status=nothing,
        health=well,
        registry=CollectorRegistry(),
        console_api=Console(
            lake=lake,
            settings=resolve({"account_id": ACCOUNT, **changed}, {}, folder),
            limits=LIMITS,
            now=lambda: NOW,
            addresses={"http": "127.0.0.1:2001", "daemon": "127.0.0.1:2000"},
            live=Live(figures, interval=0.02, most=3),
            sampling=Sampling(lake, started=NOW),
            kept=KeepFigures(),
        ),
        settings=HttpSettings(strict=True),
    )


@contextmanager
def served(folder: Path, *traces: list[Json], rolled_up: bool = False, **changed: str) -> Iterator[Api]:
    """Serve a lake of these traces, counted into minutes already or not, with a group of those with a fault."""
    with ExitStack() as stack:
        lake = open_lake(LakeOptions(folder=folder, threads=1))
        stack.callback(lake.close)
        create_group(
            lake,
            {"GroupName": "failures", "FilterExpression": "fault"},
            region="us-east-1",
            account=ACCOUNT,
            most=25,
            now=NOW - 3_600,
        )
        if traces:
            store = Store(lake)
            stack.callback(store.close)
            store.put(*traces)
            if rolled_up:
                store.roll_up()
        app = _app(lake, folder, **changed)
        yield Api(stack.enter_context(running(app)), app)


@pytest.fixture(scope="package")
def shop() -> Shop:
    return Shop()


@pytest.fixture(scope="package", params=[False, True], ids=["live", "rolled up"])
def api(request: pytest.FixtureRequest, shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API over the shop's five traces; nothing that a test asks changes them."""
    with served(tmp_path_factory.mktemp("shop") / "data", *shop.traces(), rolled_up=request.param) as api:
        yield api


@pytest.fixture(scope="package")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """The API over a lake in which there never was a trace."""
    with served(tmp_path_factory.mktemp("empty") / "data") as api:
        yield api
