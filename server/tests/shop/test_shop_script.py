"""What the shop says its scripts leave on the map. All numbers are worked out by hand."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.load import purchase, visit
from shop.script import Outcome, Script, expected_graph, parse

QUEUE_URL = "http://127.0.0.1:5000/123456789012/shop-notifications"
CLASSES = ("ok", "error", "throttle", "fault")


def graph(script: Script) -> dict[str, tuple[int, ...]]:
    """Flatten a graph to `{"web": (ok, error, throttle, fault), "web>orders": ...}`, and check the totals."""
    found = expected_graph(script, queue_url=QUEUE_URL)
    flat: dict[str, tuple[int, ...]] = {}
    for node in found["nodes"]:
        flat[_key(node)] = _counts(node)
    for edge in found["edges"]:
        flat[f"{_key(edge['source'])}>{_key(edge['target'])}"] = _counts(edge)
    return flat


def _key(node: dict[str, Any]) -> str:
    names = {
        QUEUE_URL: "queue",
        "shop-catalogue": "table",
        "orders@shop-db": "database",
        "bank.example": "bank",
    }
    return "client" if node["type"] == "client" else names.get(node["name"], node["name"])


def _counts(numbers: dict[str, Any]) -> tuple[int, ...]:
    assert numbers["total"] == sum(numbers[name] for name in CLASSES)
    return tuple(numbers[name] for name in CLASSES)


def test_a_mixed_script_gives_the_numbers_worked_out_by_hand() -> None:
    # 20 purchases: 12 plain, 1 slow, 2 of no such item, 2 with an overused card, 3 with the bank down.
    assert graph(parse("n=20,faults=3,throttles=2,errors=2,slow=1")) == {
        "client": (0, 0, 0, 0),
        "web": (13, 2, 2, 3),
        "catalogue": (18, 2, 0, 0),
        "table": (20, 0, 0, 0),
        "orders": (13, 0, 2, 3),
        "database": (36, 0, 0, 0),
        "payments": (13, 0, 2, 3),
        "bank": (13, 0, 0, 3),
        "queue": (13, 0, 0, 0),
        "notifications": (13, 0, 0, 0),
        "client>web": (13, 2, 2, 3),
        "web>catalogue": (18, 2, 0, 0),
        "catalogue>table": (20, 0, 0, 0),
        "web>orders": (13, 0, 2, 3),
        "orders>database": (36, 0, 0, 0),
        "orders>payments": (13, 0, 2, 3),
        "payments>bank": (13, 0, 0, 3),
        "orders>queue": (13, 0, 0, 0),
        "orders>notifications": (13, 0, 0, 0),
    }


def test_what_no_purchase_touches_is_not_on_the_map() -> None:
    assert set(graph(Script(n=4, errors=4))) == {
        "client", "web", "catalogue", "table",
        "client>web", "web>catalogue", "catalogue>table",
    }  # fmt: skip
    assert graph(Script(n=0)) == {}


def test_an_overused_card_never_reaches_the_bank() -> None:
    found = graph(Script(n=4, throttles=4))
    assert "bank" not in found
    assert found["payments"] == (0, 0, 4, 0)


@given(st.tuples(*[st.integers(0, 50)] * 5))
def test_a_script_adds_up_its_purchases(numbers: tuple[int, int, int, int, int]) -> None:
    healthy, slow, errors, throttles, faults = numbers
    script = Script(n=sum(numbers), slow=slow, errors=errors, throttles=throttles, faults=faults)
    one = {
        Outcome.OK: Script(n=1),
        Outcome.SLOW: Script(n=1, slow=1),
        Outcome.ERROR: Script(n=1, errors=1),
        Outcome.THROTTLE: Script(n=1, throttles=1),
        Outcome.FAULT: Script(n=1, faults=1),
    }
    total: dict[str, tuple[int, ...]] = {}
    for outcome, times in Counter(script.outcomes()).items():
        for key, counts in graph(one[outcome]).items():
            before = total.get(key, (0, 0, 0, 0))
            total[key] = tuple(a + times * b for a, b in zip(before, counts, strict=True))
    assert graph(script) == total
    assert script.healthy == healthy


def test_types_tell_real_services_from_inferred_ones() -> None:
    nodes = {(node["name"], node["type"]) for node in expected_graph(Script(n=1), queue_url=QUEUE_URL)["nodes"]}
    assert nodes == {
        ("web", "client"),
        ("web", "AWS::ECS::Container"),
        ("catalogue", "AWS::ElasticBeanstalk::Environment"),
        ("shop-catalogue", "AWS::DynamoDB::Table"),
        ("orders", ""),
        ("orders@shop-db", "Database::SQL"),
        ("payments", "AWS::EC2::Instance"),
        ("bank.example", "remote"),
        (QUEUE_URL, "AWS::SQS::Queue"),
        ("notifications", "AWS::EKS::Container"),
    }


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("faults=1", "missing"),
        ("n=1,fault=1", "unknown key 'fault'"),
        ("n=1,n=2", "given twice"),
        ("n=one", "not a whole number"),
        ("n=-1", "0 or more"),
        ("n=3,faults=2,slow=2", "more than n=3"),
    ],
)
def test_a_bad_script_is_refused_with_the_reason(text: str, complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        parse(text)


def test_the_same_seed_brings_the_same_visitors() -> None:
    def first_hundred(seed: int) -> list[object]:
        rng = random.Random(seed)
        return [visit(rng) for _ in range(100)]

    assert first_hundred(1) == first_hundred(1)
    assert first_hundred(1) != first_hundred(2)


@pytest.mark.parametrize("outcome", list(Outcome))
def test_a_purchase_asks_for_its_outcome(outcome: Outcome) -> None:
    who = purchase(outcome, random.Random(0))
    assert (who.method, who.path, who.params) == ("POST", "/buy", {"outcome": outcome})
