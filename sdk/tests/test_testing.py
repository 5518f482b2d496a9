"""The fixture for applications' tests, and the trace in their logs."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

import pytest

from radiograph_sdk.header import parse_header
from radiograph_sdk.logs import TraceFilter, add_trace
from radiograph_sdk.pytest_plugin import traces as traces_fixture
from radiograph_sdk.recorder import Recorder
from radiograph_sdk.sampling import LocalSampler
from radiograph_sdk.testing import Traces, collected

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "1-6b0292a5-aa795e0655d8a18c1bce9406"
NOTHING = {"version": 2, "default": {"fixed_target": 0, "rate": 0}}


@pytest.fixture
def traces() -> Iterator[Traces]:
    with collected() as found:
        yield found


def buy(recorder: Recorder, tables: int) -> None:
    with recorder.in_segment():
        for _ in range(tables):
            with recorder.in_subsegment("price"), recorder.in_subsegment("dynamodb", "aws"):
                pass
        with recorder.in_subsegment("payments", "remote") as call:
            call.put_http("response", status=500)


def test_everything_is_collected_whatever_the_sampler_says(traces: Traces) -> None:
    buy(Recorder("shop", sampler=LocalSampler(NOTHING)), 2)
    assert traces.calls("dynamodb") == 2
    assert traces.edges() == {("shop", "dynamodb"), ("shop", "payments")}
    assert traces.told() == (
        "shop\n  price\n    dynamodb [aws]\n  price\n    dynamodb [aws]\n  payments [remote] fault"
    )
    traces.clear()
    assert traces.told() == "(nothing)"


def test_bounds_are_asserted_with_a_picture(traces: Traces) -> None:
    buy(Recorder("shop"), 3)
    traces.assert_calls("dynamodb", at_most=3, at_least=3)
    with pytest.raises(
        AssertionError, match=r"dynamodb was called 3 times, expected at most 2; recorded:\nshop\n  price"
    ):
        traces.assert_calls("dynamodb", at_most=2)
    with pytest.raises(AssertionError, match="expected at least 4"):
        traces.assert_calls("dynamodb", at_least=4)
    traces.assert_edges({("shop", "dynamodb"), ("shop", "payments"), ("shop", "other")})
    with pytest.raises(AssertionError, match="new calls: shop to payments"):
        traces.assert_edges({("shop", "dynamodb")})


def test_pieces_and_services_are_put_together(traces: Traces) -> None:
    web, stock = Recorder("web", streaming_threshold=2), Recorder("stock")
    with web.in_segment():
        for number in range(5):
            with web.in_subsegment(f"work {number}"):
                pass
        with web.in_subsegment("stock", "remote") as call:
            header = parse_header(call.header())
    with stock.in_segment(header=header):
        pass
    assert [root.name for root in traces.roots] == ["web", "stock"]
    assert [child.name for child in traces.roots[0].children] == [*(f"work {number}" for number in range(5)), "stock"]
    assert traces.edges() == {("web", "stock")}


def test_threads_of_the_application_are_collected_too_and_afterwards_nothing(traces: Traces) -> None:
    recorder = Recorder("shop")
    thread = threading.Thread(target=buy, args=(recorder, 1))
    thread.start()
    thread.join()
    assert traces.calls("dynamodb") == 1
    with collected() as inner:
        buy(recorder, 1)
    assert (inner.calls("dynamodb"), traces.calls("dynamodb")) == (1, 1)


def test_the_fixture_comes_with_the_distribution(pytestconfig: pytest.Config) -> None:
    assert traces_fixture is not None
    assert pytestconfig.pluginmanager.has_plugin("radiograph")


class Lines(logging.Handler):
    def __init__(self, form: str) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.setFormatter(logging.Formatter(form))
        self.addFilter(TraceFilter())

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


def test_the_trace_is_in_the_log(traces: Traces) -> None:
    handler = Lines("%(trace_id)s %(entity_id)s %(xray)s|%(message)s")
    log = logging.getLogger("shop.test")
    log.addHandler(handler)
    recorder = Recorder("shop")
    try:
        log.warning("outside")
        with recorder.in_segment(header=parse_header(f"Root={ROOT}")), recorder.in_subsegment("price") as inner:
            log.warning("inside")
        with recorder.in_segment(header=parse_header(f"Root={ROOT};Sampled=0")):
            log.warning("not recorded")
    finally:
        log.removeHandler(handler)
    assert handler.lines == [
        "- - |outside",
        f"{ROOT} {inner.id} AWS-XRAY-TRACE-ID: {ROOT}@{inner.id}|inside",
        f"{ROOT} - AWS-XRAY-TRACE-ID: {ROOT}|not recorded",
    ]
    assert traces.calls("price") == 0


def test_the_trace_is_in_structlogs_events(traces: Traces) -> None:
    event: dict[str, Any] = {"event": "bought"}
    assert add_trace(None, "info", dict(event)) == event
    with Recorder("shop").in_segment(header=parse_header(f"Root={ROOT}")) as segment:
        assert add_trace(None, "info", dict(event)) == event | {"trace_id": ROOT, "entity_id": segment.id}
        assert add_trace(None, "info", {"trace_id": "mine"})["trace_id"] == "mine"
    assert len(traces.roots) == 1
