"""Filter expressions over what AWS's own SDK sent: the counts follow from the shop's script.

The script has 30 purchases: 16 plain and 2 slow ones (these 18 are "good"), 5 of no such item (error), 3 with an
overused card (throttle), and 4 with the bank down (fault). `examples/shop/shop/script.py` has the table of what each of
them calls.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.clients.conftest import PlayedShop

pytestmark = pytest.mark.clients

PLAIN, SLOW, ERROR, THROTTLE, FAULT = {"ok": 16}, {"slow": 2}, {"error": 5}, {"throttle": 3}, {"fault": 4}
GOOD = PLAIN | SLOW
ORDERED = GOOD | THROTTLE | FAULT  # an item that does not exist is never ordered
ALL = ORDERED | ERROR

EXPRESSIONS: dict[str, dict[str, int]] = {
    # The root: web answers 201, 404, 429 or 502.
    "ok": GOOD,
    "fault": FAULT,
    "throttle": THROTTLE,
    "error": ERROR | THROTTLE,  # a 429 is an error too
    "http.status = 201": GOOD,
    "http.status = 502": FAULT,
    "http.status >= 400 AND http.status < 500": ERROR | THROTTLE,
    'http.method = "POST" AND http.url ENDSWITH "/buy"': ALL,
    'http.method = "GET"': {},
    "partial": {},
    # Services: of bank, table, queue and database only the calls are known.
    'service("orders")': ORDERED,
    '!service("orders")': ERROR,
    'service(id(name: "orders", type: ""))': ORDERED,
    'service("bank.example")': GOOD | FAULT,  # an overused card never reaches the bank
    'service(id(name: "bank.example", type: "remote")) { fault }': FAULT,
    'service("bank.example") { !fault }': GOOD,
    'service("payments") { http.status = 500 }': FAULT,
    'service("payments") AND !service("bank.example")': THROTTLE,
    'service(id(type: "AWS::DynamoDB::Table")) { ok }': ALL,
    'service(id(type: "Database::SQL"))': ORDERED,
    'service("notifications") { root }': {},
    'service("web") { root }': ALL,
    # Edges, as the caller saw the call.
    'edge("web", "catalogue") { error }': ERROR,
    'edge("orders", "payments") { throttle }': THROTTLE,
    'edge("web", "orders") { fault }': FAULT,
    'edge("orders", "notifications")': GOOD,
    'edge(id(type: "client"), "web") { throttle }': THROTTLE,
    'edge(, "bank.example") { fault }': FAULT,
    'edge("catalogue")': ALL,
    'edge("web", "bank.example")': {},
    'annotation.card = "card-slow" AND edge("payments", "bank.example") { responsetime >= 0.6 }': SLOW,
    # Annotations of web, payments, and of a subsegment of notifications.
    "annotation.quantity >= 1 AND annotation.quantity <= 4": ALL,
    'annotation[card] = "card-overused"': THROTTLE,
    'annotation.card BEGINSWITH "card-" AND !(annotation.card = "card-good")': SLOW | THROTTLE | FAULT,
    "annotation.order_id > 0": ORDERED,
    "annotation.marketing = false": GOOD,
    "annotation.marketing": {},
    # Where payments says that it runs.
    'instance.id = "i-0a1b2c3d4e5f60718"': ORDERED,
    'availabilityzone = "eu-west-1b" AND fault': FAULT,
    # Root causes.
    'rootcause.fault.service { last and inferred and name = "bank.example" }': FAULT,
    'rootcause.fault.service { first and name = "web" }': FAULT,
    'rootcause.fault.entity { name = "## charge card" }': FAULT,
    'rootcause.fault.exception { name = "BankUnavailableError" }': FAULT,
    'rootcause.fault.exception { message CONTAINS "the bank answered 502" }': FAULT,
    'rootcause.error.service { last and name = "catalogue" }': ERROR,
    'rootcause.error.service { last and name = "payments" }': THROTTLE,
    'rootcause.responsetime.service { first and name = "web" }': ALL,
}


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_matches_the_purchases_that_the_script_says(shop: PlayedShop, expression: str) -> None:
    assert shop.outcomes(shop.matches(expression)) == EXPRESSIONS[expression]


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_the_command_line_says_the_same(shop: PlayedShop, expression: str) -> None:
    assert shop.outcomes(shop.matches_by_command_line(expression)) == EXPRESSIONS[expression]


def test_the_queue_is_named_by_its_url(shop: PlayedShop) -> None:
    expression = f'service(id(name: "{shop.queue_url}", type: "AWS::SQS::Queue")) {{ ok }}'
    assert shop.outcomes(shop.matches(expression)) == GOOD


@pytest.mark.parametrize("user", ["ada", "alan", "barbara", "edsger", "grace", "ken", "leslie", "margaret", "nobody"])
def test_a_users_purchases_are_found(shop: PlayedShop, user: str) -> None:
    assert shop.matches(f'user = "{user}"') == {
        trace_id for trace_id, purchase in shop.purchases.items() if purchase.user == user
    }


def test_purchases_with_a_browser_are_found(shop: PlayedShop) -> None:
    assert shop.matches('http.useragent CONTAINS "Firefox"') == {
        trace_id for trace_id, purchase in shop.purchases.items() if "Firefox" in purchase.visit.agent
    }
