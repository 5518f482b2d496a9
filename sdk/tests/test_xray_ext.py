"""Patches and middleware of AWS's API; what patches a whole process is tried in one of its own."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import flask
import pytest
from aiohttp import ClientSession, web

from radiograph_sdk.xray.core import AWSXRayRecorder, patch, xray_recorder
from radiograph_sdk.xray.core.models.default_dynamic_naming import DefaultDynamicNaming
from radiograph_sdk.xray.core.models.trace_header import TraceHeader
from radiograph_sdk.xray.core.sampling.local.sampler import LocalSampler
from radiograph_sdk.xray.ext import util
from radiograph_sdk.xray.ext.flask.middleware import XRayMiddleware
from radiograph_sdk.xray.ext.httplib import add_ignored, is_ignored, reset_ignored

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from radiograph_sdk.testing import Traces

ROOT, PARENT = "1-5759e988-bd862e3fe1be46a994272793", "53995c3f42cd8ad8"


@pytest.fixture
def recorder() -> AWSXRayRecorder:
    recorder = AWSXRayRecorder()
    recorder.configure(service="shop", sampling=False, context_missing="IGNORE_ERROR")
    return recorder


class TestFlask:
    @pytest.fixture
    def client(self, recorder: AWSXRayRecorder) -> Any:
        app = flask.Flask(__name__)
        app.logger.disabled = True
        XRayMiddleware(app, recorder)

        @app.get("/hello")
        def hello() -> Any:
            recorder.current_segment().put_annotation("a", 1)  # type: ignore[union-attr]  # there is one
            return flask.render_template_string("hello")

        @app.get("/boom")
        def boom() -> Any:
            raise LookupError("no")

        @app.get("/stream")
        def stream() -> Any:
            def pieces() -> Iterator[str]:
                with recorder.in_subsegment("piece"):
                    yield "x"

            return flask.Response(pieces())

        return app.test_client()

    def test_a_request_is_a_segment(self, traces: Traces, client: Any) -> None:
        answer = client.get("/hello?q=1", headers={"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=?"})
        answer.close()
        assert answer.headers["X-Amzn-Trace-Id"] == f"Root={ROOT};Sampled=1"
        (root,) = traces.roots
        assert root.document["http"]["request"]["url"] == "http://localhost/hello"
        assert root.document["http"]["response"] == {"status": 200, "content_length": 5}
        assert (root.document["trace_id"], root.document["parent_id"]) == (ROOT, PARENT)
        assert root.document["annotations"] == {"a": 1}
        assert len(root.children) == 1  # the template

    def test_an_exception_is_the_cause_of_a_fault(self, traces: Traces, client: Any) -> None:
        with client.get("/boom") as answer:
            assert answer.status_code == 500
        (root,) = traces.roots
        assert root.document["fault"] is True
        assert root.document["http"]["response"]["status"] == 500
        assert root.document["cause"]["exceptions"][0]["type"] == "LookupError"

    def test_it_lasts_until_a_streamed_answer_was_sent(self, traces: Traces, client: Any) -> None:
        with client.get("/stream") as answer:
            answer.get_data()
        (root,) = traces.roots
        assert [child.name for child in root.children] == ["piece"]

    def test_names_follow_the_host(self, traces: Traces, client: Any, recorder: AWSXRayRecorder) -> None:
        recorder.configure(dynamic_naming=DefaultDynamicNaming("*.example", "other"))
        client.get("/hello", headers={"Host": "shop.example"}).close()
        client.get("/hello").close()
        assert [root.name for root in traces.roots] == ["shop.example", "other"]


def test_aiohttp_on_both_sides(traces: Traces) -> None:
    from radiograph_sdk.xray.ext.aiohttp.client import aws_xray_trace_config  # noqa: PLC0415 -- with aiohttp alone
    from radiograph_sdk.xray.ext.aiohttp.middleware import middleware  # noqa: PLC0415 -- likewise

    async def hello(request: web.Request) -> web.Response:
        if request.path == "/missing":
            raise web.HTTPNotFound
        return web.Response(text="hello")

    async def both() -> None:
        app = web.Application(middlewares=[middleware])
        app.router.add_get("/hello", hello)
        app.router.add_get("/missing", hello)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port = runner.addresses[0][1]
        async with ClientSession(trace_configs=[aws_xray_trace_config()]) as session:
            with xray_recorder.in_segment("caller", sampling=1):
                async with session.get(f"http://127.0.0.1:{port}/hello?q=1") as answer:
                    await answer.text()
                async with session.get(f"http://127.0.0.1:{port}/missing") as answer:
                    await answer.text()
        await runner.cleanup()

    asyncio.run(both())
    caller = next(root for root in traces.roots if root.name == "caller")
    answered = [root for root in traces.roots if root is not caller and root.name != "caller"]
    assert caller.told() == "caller\n  127.0.0.1 [remote]\n  127.0.0.1 [remote] error"
    assert [root.document["parent_id"] for root in answered] == [child.document["id"] for child in caller.children]
    assert [root.document["http"]["response"]["status"] for root in answered] == [200, 404]
    assert caller.children[0].document["http"]["request"]["url"].endswith("/hello")


def test_local_rules(recorder: AWSXRayRecorder) -> None:
    rules = {"version": 2, "rules": [], "default": {"fixed_target": 0, "rate": 0}}
    sampler = LocalSampler(rules)
    assert sampler.should_trace({"path": "/"}) is False
    recorder.configure(sampler=LocalSampler(), sampling_rules={**rules, "default": {"fixed_target": 0, "rate": 1}})
    assert recorder.sampler.should_trace() is True


def test_what_middleware_of_ones_own_is_made_of(traces: Traces, recorder: AWSXRayRecorder) -> None:
    header = util.construct_xray_header({"X-Amzn-Trace-Id": f"Root={ROOT};Parent={PARENT};Sampled=1;Lineage=a"})
    decision = util.calculate_sampling_decision(header, recorder, {"host": "h"})
    segment = recorder.begin_segment("shop", traceid=header.root, parent_id=header.parent, sampling=decision)
    segment.save_origin_trace_header(header)
    headers: dict[str, str] = {}
    util.inject_trace_header(headers, segment)
    recorder.end_segment()
    assert len(traces.roots) == 1
    assert headers["X-Amzn-Trace-Id"] == f"Root={ROOT};Parent={segment.id};Sampled=1;Lineage=a"
    assert util.prepare_response_header(TraceHeader(sampled="?"), segment) == f"Root={ROOT};Sampled=1"
    assert util.to_snake_case("MaxNumberOfMessages") == "max_number_of_messages"
    assert util.get_hostname("http://h:1/x") == "h"
    assert util.calculate_segment_name("h", recorder) == "shop"


def test_calls_that_are_left_out() -> None:
    add_ignored(hostname="*.internal", urls=["/health"])
    try:
        assert is_ignored("http://a.internal/health?x=1")
        assert not is_ignored("http://a.internal/buy")
        assert not is_ignored("http://other/health")
    finally:
        reset_ignored()
    assert not is_ignored("http://a.internal/health")


def test_what_cannot_be_patched_is_told() -> None:
    with pytest.raises(Exception, match="modules nonsense are currently not supported"):
        patch(["nonsense"])


def test_patched_libraries_and_ones_own_modules(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import sqlite3\n"
        "class Store:\n"
        "    @staticmethod\n"
        "    def find():\n"
        "        return sqlite3.connect('shop.db').execute('SELECT 1').fetchone()\n"
        "def work():\n"
        "    return Store.find()\n"
    )
    (tmp_path / "app.py").write_text(
        "import json, sqlite3\n"
        "from radiograph_sdk.testing import collected\n"
        "from radiograph_sdk.xray.core import patch, patch_all, xray_recorder\n"
        "patch_all()\n"
        "patch(['mine'])\n"
        "import mine, requests\n"
        "with collected() as traces:\n"
        "    sqlite3.connect(':memory:').execute('SELECT 2')\n"
        "    with xray_recorder.in_segment('shop'):\n"
        "        mine.work()\n"
        "    try:\n"
        "        requests.get('http://127.0.0.1:9/', timeout=1)\n"
        "    except requests.ConnectionError:\n"
        "        pass\n"
        "print(json.dumps(traces.told()))\n"
    )
    done = subprocess.run(
        [sys.executable, "app.py"],
        cwd=tmp_path,
        env={**os.environ, "AWS_XRAY_DAEMON_ADDRESS": "127.0.0.1:9"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    # Calls outside of any segment are left out, as AWS's SDK leaves them out.
    assert json.loads(done.stdout) == "shop\n  work [local]\n    find [local]\n      shop.db [remote]"
