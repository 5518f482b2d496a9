"""PostgreSQL, MariaDB, Redis and Celery, with zero code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.instrumented import servers
from tests.instrumented.conftest import PROGRAMS, told
from tests.support.waiting import wait_until

if TYPE_CHECKING:
    from tests.instrumented.conftest import House

pytestmark = [pytest.mark.slow, pytest.mark.clients]


def test_every_driver_of_postgresql_and_mariadb(house: House) -> None:
    with servers.postgresql() as postgresql, servers.mariadb() as mariadb:
        printed = house.run(PROGRAMS / "databases.py", str(postgresql), str(mariadb), AWS_XRAY_TRACING_NAME="asker")
    assert printed == "UndefinedTable\n"
    wait_until(lambda: len(house.parts("asker")) == 1, seconds=15, what="the trace")
    (asker,) = house.parts("asker")
    asked = [
        (call["name"], call["sql"]["sanitized_query"])
        for call in asker["subsegments"]
        # SQLAlchemy asks a few things of a new connection, which are queries of the driver like others.
        if not call["sql"]["sanitized_query"].startswith(("show ", "select "))
    ]
    assert asked == [
        ("postgres@127.0.0.1", "SELECT ?, %s"),
        ("postgres@127.0.0.1", "SELECT %s"),
        ("postgres@127.0.0.1", "SELECT ?"),
        ("template1@127.0.0.1", "SELECT ?"),
        ("postgres@127.0.0.1", "SELECT * FROM nowhere"),
        ("postgres@127.0.0.1", "SELECT ?"),
        ("postgres@127.0.0.1", "SELECT ?"),
        ("template1@127.0.0.1", "SELECT ?"),
        ("mysql@127.0.0.1", "SELECT ?, ?"),
        ("information_schema@127.0.0.1", "SELECT ?"),
    ]
    assert asker["subsegments"][0]["sql"] == {
        "database_type": "PostgreSQL",
        "url": f"postgresql://127.0.0.1:{postgresql}/postgres",
        "user": "shop",
        "sanitized_query": "SELECT ?, %s",
    }
    assert asker["subsegments"][-1]["sql"]["database_type"] == "MySQL"
    failed = [call for call in asker["subsegments"] if call.get("fault")]
    assert [call["cause"]["exceptions"][0]["type"] for call in failed] == ["UndefinedTable"]
    assert {target for source, target in house.edges() if source == "asker"} == {
        "postgres@127.0.0.1",
        "template1@127.0.0.1",
        "mysql@127.0.0.1",
        "information_schema@127.0.0.1",
    }
    assert house.types()["postgres@127.0.0.1"] == "Database::SQL"


def test_tasks_of_celery_go_on_in_the_trace_of_who_asked_for_them(house: House) -> None:
    with servers.redis() as redis:
        environment = {"REDIS": str(redis)}
        words = ("celery", "-A", "tasks", "worker", "--concurrency", "2", "--loglevel", "WARNING")
        with house.running(*words, AWS_XRAY_TRACING_NAME="packer", **environment):
            printed = house.run(PROGRAMS / "tasks.py", AWS_XRAY_TRACING_NAME="office", **environment)
            assert printed == "7 LookupError\n"

            def worked() -> bool:
                return sum(part.get("parent_id") is not None for part in house.parts("packer")) == 2

            wait_until(worked, seconds=15, what="both tasks")
    order = next(part for part in house.parts("office") if told(part)[1:] != [["redis@127.0.0.1"]])
    tasks = [part for part in house.parts("packer") if part["trace_id"] == order["trace_id"]]
    pack, lose = sorted(tasks, key=lambda part: bool(part.get("fault")))
    assert told(pack)[:2] == ["packer", ["tasks.db"]]
    assert (lose["fault"], lose["cause"]["exceptions"][0]["type"]) == (True, "LookupError")
    assert ("office", "packer") in house.edges()
    assert ("packer", "tasks.db") in house.edges()
