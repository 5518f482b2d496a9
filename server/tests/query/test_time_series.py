"""GetTimeSeriesServiceStatistics out of a real lake, and the band of faults expected."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from radiograph.errors import InvalidRequest
from radiograph.query.rollup import roll_up
from radiograph.query.time_series import expected_faults, time_series
from radiograph.store.lake import Lake, LakeOptions, open_lake
from radiograph.store.rows import rows_of
from radiograph.store.writer import Writer, WriterOptions
from radiograph.trace.limits import Limits
from radiograph.trace.parse import Document, parse_document

NOW = 1_795_330_800.0  # a multiple of an hour
LIMITS = Limits()
ACCOUNT = "123456789012"
PAY = 'id(name: "pay", type: "AWS::ECS::Container")'

NO_ERRORS = {"ThrottleCount": 0, "OtherCount": 0, "TotalCount": 0}
NO_FAULTS = {"OtherCount": 0, "TotalCount": 0}


def visit(number: int, start: float, **outcome: Any) -> list[dict[str, Any]]:
    """Web (1.0 s, without type) reads the table carts (0.2 s) and asks pay (its segment took 0.4 s, the call 0.5 s).

    The outcome is that of pay and of the call to it; web answers well.
    """
    trace = {"trace_id": f"1-{int(start):08x}-{number:024x}"}
    table = {
        "id": f"{number + 0x10000:016x}",
        "name": "dynamodb",
        "namespace": "aws",
        "aws": {"table_name": "carts"},
        "start_time": start + 0.1,
        "end_time": start + 0.3,
    }
    call = {
        "id": f"{number + 0x20000:016x}",
        "name": "pay.internal",
        "namespace": "remote",
        "start_time": start + 0.3,
        "end_time": start + 0.8,
        **outcome,
    }
    web = trace | {
        "id": f"{number:016x}",
        "name": "web",
        "start_time": start,
        "end_time": start + 1,
        "subsegments": [table, call],
    }
    pay = trace | {
        "id": f"{number + 0x30000:016x}",
        "parent_id": call["id"],
        "name": "pay",
        "origin": "AWS::ECS::Container",
        "start_time": start + 0.35,
        "end_time": start + 0.75,
        **outcome,
    }
    return [web, pay]


class Store:
    """A lake with a writer, filled synchronously."""

    def __init__(self, lake: Lake) -> None:
        self.lake = lake
        self._writer = Writer(lake, WriterOptions(interval=0.01), writer_id=1, now=lambda: NOW)
        self._writer.start()

    def put(self, *traces: list[dict[str, Any]]) -> None:
        parsed = [parse_document(json.dumps(document), LIMITS, NOW) for trace in traces for document in trace]
        good = [document for document in parsed if isinstance(document, Document)]
        assert len(good) == len(parsed), parsed
        self._writer.submit(rows_of(good, ACCOUNT)).result(30)

    def roll_up(self) -> None:
        roll_up(self.lake, LIMITS, settled=int(NOW * 1e6) + 10**9, account=ACCOUNT)

    def answer(self, start: float, end: float, selector: str | None = None, **more: Any) -> dict[str, Any]:
        request = {"StartTime": start, "EndTime": end, **more}
        if selector is not None:
            request["EntitySelectorExpression"] = selector
        page = request.pop("page", 1000)
        return time_series(self.lake, request, LIMITS, region="us-east-1", account=ACCOUNT, hours=6, now=NOW, page=page)

    def entries(self, start: float, end: float, selector: str | None = None, **more: Any) -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = self.answer(start, end, selector, **more)["TimeSeriesServiceStatistics"]
        return entries

    def counts(self, selector: str) -> int:
        """Requests of the last hour."""
        member = "EdgeSummaryStatistics" if selector.startswith("edge") else "ServiceSummaryStatistics"
        return sum(entry[member]["TotalCount"] for entry in self.entries(NOW - 3600, NOW, selector))

    def close(self) -> None:
        self._writer.stop()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    lake = open_lake(LakeOptions(folder=tmp_path / "data"))
    store = Store(lake)
    yield store
    store.close()
    lake.close()


@pytest.mark.parametrize("rolled_up", [False, True], ids=["live", "rolled up"])
def test_a_service_has_an_entry_for_each_minute_with_requests(store: Store, rolled_up: bool) -> None:
    store.put(
        visit(1, NOW - 600),
        visit(2, NOW - 590, fault=True),
        visit(3, NOW - 580, error=True),
        visit(4, NOW - 570, error=True, throttle=True),
        visit(5, NOW - 480),
    )
    if rolled_up:
        store.roll_up()
    assert store.answer(NOW - 3600, NOW, PAY) == {
        "TimeSeriesServiceStatistics": [
            {
                "Timestamp": NOW - 600,
                "ServiceSummaryStatistics": {
                    "OkCount": 1,
                    "ErrorStatistics": {"ThrottleCount": 1, "OtherCount": 1, "TotalCount": 2},
                    "FaultStatistics": {"OtherCount": 1, "TotalCount": 1},
                    "TotalCount": 4,
                    "TotalResponseTime": 1.6,
                },
                "ResponseTimeHistogram": [{"Value": 0.4, "Count": 4}],
            },
            {
                "Timestamp": NOW - 480,
                "ServiceSummaryStatistics": {
                    "OkCount": 1,
                    "ErrorStatistics": NO_ERRORS,
                    "FaultStatistics": NO_FAULTS,
                    "TotalCount": 1,
                    "TotalResponseTime": 0.4,
                },
                "ResponseTimeHistogram": [{"Value": 0.4, "Count": 1}],
            },
        ],
        "ContainsOldGroupVersions": False,
    }


def test_an_edge_has_the_callers_view(store: Store) -> None:
    store.put(visit(1, NOW - 600))
    assert store.entries(NOW - 3600, NOW, 'edge("web", "pay")') == [
        {
            "Timestamp": NOW - 600,
            "EdgeSummaryStatistics": {
                "OkCount": 1,
                "ErrorStatistics": NO_ERRORS,
                "FaultStatistics": NO_FAULTS,
                "TotalCount": 1,
                "TotalResponseTime": 0.5,
            },
            "ResponseTimeHistogram": [{"Value": 0.5, "Count": 1}],
        }
    ]


def test_without_a_selector_the_series_is_what_clients_saw(store: Store) -> None:
    store.put(visit(1, NOW - 600), visit(2, NOW - 590))
    (entry,) = store.entries(NOW - 3600, NOW)
    assert "ServiceSummaryStatistics" not in entry
    # Two requests to web; neither what pay nor what carts was asked.
    assert entry["EdgeSummaryStatistics"]["TotalCount"] == 2
    assert entry["ResponseTimeHistogram"] == [{"Value": 1.0, "Count": 2}]


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        ('service("pay")', 1),
        ('service("PAY")', 0),
        ("service()", 3),  # web, pay, carts
        ('id(name: "pay")', 1),
        ('service(id(type: "AWS::DynamoDB::Table"))', 1),
        ('id(type: "")', 1),  # web has no type
        (f'id(account.id: "{ACCOUNT}")', 2),  # web and pay; nobody knows whose the table is
        ('service(id(name: "pay", type: "AWS::Lambda"))', 0),
        ("edge()", 3),  # client to web, web to pay, web to carts
        ('edge("web")', 3),  # the client is called web as well
        ('edge(id(name: "web", type: ""))', 2),
        ('edge(, "pay")', 1),
        ('edge("web", "carts")', 1),
        ('edge("pay", "web")', 0),
        ("""service("x' OR 1=1 --")""", 0),
        ('service("%")', 0),
    ],
)
def test_a_selector_counts_what_it_names(store: Store, selector: str, count: int) -> None:
    store.put(visit(1, NOW - 600))
    assert store.counts(selector) == count


def test_the_character_that_ends_a_text_is_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest, match=r"has the character U\+0000"):
        store.answer(NOW - 60, NOW, 'service("pay\0")')


@pytest.mark.parametrize(
    "selector",
    ["fault", 'service("pay") { fault }', 'service("a") AND service("b")', "", "annotation.x = 1", "http.status = 403"],
)
def test_what_is_no_entity_selector_is_refused(store: Store, selector: str) -> None:
    with pytest.raises(InvalidRequest, match="Invalid filter expression"):
        store.answer(NOW - 60, NOW, selector)


def test_five_minutes_begin_at_whole_five_minutes_and_count_whole(store: Store) -> None:
    store.put(visit(1, NOW - 600), visit(2, NOW - 310), visit(3, NOW - 300))
    entries = store.entries(NOW - 450, NOW - 240, PAY, Period=300)
    # The range touches NOW-600 .. NOW-300 and NOW-300 .. NOW.
    assert [(entry["Timestamp"], entry["ServiceSummaryStatistics"]["TotalCount"]) for entry in entries] == [
        (NOW - 600, 2),
        (NOW - 300, 1),
    ]


def test_the_end_of_the_range_does_not_belong_to_it(store: Store) -> None:
    store.put(visit(1, NOW - 121), visit(2, NOW - 60))
    # The first ended at NOW - 120.25, in the minute before the range.
    assert store.entries(NOW - 120, NOW - 60, PAY) == []
    assert [entry["Timestamp"] for entry in store.entries(NOW - 121, NOW - 59, PAY)] == [NOW - 180, NOW - 60]


@pytest.mark.parametrize("period", [0, 1, 59, 120, 3600, -60])
def test_a_period_that_is_not_one_or_five_minutes_is_refused(store: Store, period: int) -> None:
    with pytest.raises(InvalidRequest, match="give 60 or 300"):
        store.answer(NOW - 60, NOW, Period=period)


def test_a_range_longer_than_allowed_is_refused(store: Store) -> None:
    with pytest.raises(InvalidRequest, match="longer than the 6 hours"):
        store.answer(NOW - 7 * 3600, NOW)


def test_an_unknown_group_is_refused_and_default_is_everything(store: Store) -> None:
    store.put(visit(1, NOW - 600))
    with pytest.raises(InvalidRequest, match="group slow does not exist"):
        store.answer(NOW - 3600, NOW, GroupName="slow")
    assert len(store.entries(NOW - 3600, NOW, GroupName="Default")) == 1


def test_pages_hold_every_entry_once(store: Store) -> None:
    store.put(*(visit(number, NOW - 60 * number) for number in range(1, 6)))
    whole = store.entries(NOW - 3600, NOW, PAY)
    assert [entry["Timestamp"] for entry in whole] == [NOW - 60 * number for number in range(5, 0, -1)]
    pages = [store.answer(NOW - 3600, NOW, PAY, page=2)]
    while "NextToken" in pages[-1]:
        pages.append(store.answer(NOW - 3600, NOW, PAY, page=2, NextToken=pages[-1]["NextToken"]))
    assert [len(page["TimeSeriesServiceStatistics"]) for page in pages] == [2, 2, 1]
    assert [entry for page in pages for entry in page["TimeSeriesServiceStatistics"]] == whole


def test_a_correction_takes_back_what_was_counted(store: Store) -> None:
    """The call to pay.internal leads to an inferred node, until the segment of pay comes late."""
    web, pay = visit(1, NOW - 600)
    store.put([web])
    store.roll_up()
    assert store.counts('service("pay.internal")') == 1
    store.put([pay])
    for _ in range(2):  # first from the live tail, then from the minutes
        assert store.counts('service("pay.internal")') == 0
        assert store.counts('service("pay")') == 1
        store.roll_up()


# --- forecast


def test_a_forecast_looks_at_the_hour_before_each_bucket(store: Store) -> None:
    store.put(
        *(visit(number, NOW - 300 + number, fault=True) for number in range(1, 10)),
        visit(100, NOW - 60),
        visit(101, NOW - 7300, fault=True),
    )
    entries = store.entries(NOW - 300, NOW, PAY, ForecastStatistics=True)
    assert [(entry["Timestamp"], entry["ServiceForecastStatistics"]) for entry in entries] == [
        # Nothing is known of the hour before.
        (NOW - 300, {"FaultCountHigh": 3, "FaultCountLow": 0}),
        # 9, 0, 0 and 0 faults: mean 2.25, deviation 3.897.
        (NOW - 60, {"FaultCountHigh": 14, "FaultCountLow": 0}),
    ]


def test_what_lies_before_the_range_is_known_and_not_listed(store: Store) -> None:
    store.put(*(visit(number, NOW - 120 + number, fault=True) for number in range(1, 17)), visit(100, NOW - 60))
    (entry,) = store.entries(NOW - 60, NOW, PAY, ForecastStatistics=True)
    # 16 faults in the only minute before: 16 and three times the root of it.
    assert entry["ServiceForecastStatistics"] == {"FaultCountHigh": 28, "FaultCountLow": 4}


@pytest.mark.parametrize(
    ("before", "low", "high"),
    [
        ([], 0, 3),
        ([0, 0, 0], 0, 3),
        ([100], 70, 130),  # Poisson: the root of 100 is 10
        ([0, 200], 0, 400),  # deviation 100 around 100
    ],
)
def test_the_band_is_three_deviations_wide(before: list[int], low: int, high: int) -> None:
    assert expected_faults(before) == {"FaultCountHigh": high, "FaultCountLow": low}


@pytest.mark.parametrize("selector", [None, 'service("pay")', "service()", 'edge("web", "pay")'])
def test_a_forecast_for_what_is_not_one_service_is_refused(store: Store, selector: str | None) -> None:
    with pytest.raises(InvalidRequest, match="names one service"):
        store.answer(NOW - 60, NOW, selector, ForecastStatistics=True)
