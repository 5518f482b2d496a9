"""What everything in the shop is called: services, hosts, the table, the queue and the database."""

from typing import Final

WEB: Final = "web"
ORDERS: Final = "orders"
PAYMENTS: Final = "payments"
CATALOGUE: Final = "catalogue"
NOTIFICATIONS: Final = "notifications"
BANK: Final = "bank"
AWS: Final = "aws"

# In the order in which they are stopped: callers before those whom they call.
PROCESSES: Final = (WEB, NOTIFICATIONS, ORDERS, PAYMENTS, CATALOGUE, BANK, AWS)

# The SDK names the subsegment of an outgoing HTTP call after the host in its URL. RFC 2606 keeps `example`
# free.
BANK_HOST: Final = "bank.example"

TABLE: Final = "shop-catalogue"
QUEUE: Final = "shop-notifications"
REGION: Final = "eu-west-1"

# The SDK names an SQLite subsegment after the path given to `connect`, so the file is called what the map
# shows.
DATABASE: Final = "orders@shop-db"


def host_of(process: str) -> str:
    """Give the host name under which the others call a process."""
    return BANK_HOST if process == BANK else f"{process}.internal"


def url_of(process: str, path: str) -> str:
    """Give the URL of a path on another process, such as `http://orders.internal/orders`."""
    return f"http://{host_of(process)}{path}"
