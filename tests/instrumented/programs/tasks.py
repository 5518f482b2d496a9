"""Celery's tasks; REDIS in the environment is the broker's port. Run as a program, it asks for two."""

import os
import sqlite3

from celery import Celery

port = os.environ["REDIS"]
app = Celery("tasks", broker=f"redis://127.0.0.1:{port}/0", backend=f"redis://127.0.0.1:{port}/1")


@app.task  # type: ignore[untyped-decorator]  # Celery publishes no types
def pack(order: int) -> int:
    with sqlite3.connect("tasks.db") as database:
        found: int = database.execute("SELECT ?", (order,)).fetchone()[0]
    return found


@app.task  # type: ignore[untyped-decorator]  # likewise
def lose(order: int) -> None:
    raise LookupError(f"no order {order}")


if __name__ == "__main__":
    from opentelemetry import trace

    with trace.get_tracer("office").start_as_current_span("order"):
        packed, lost = pack.delay(7), lose.delay(8)
    print(packed.get(timeout=20), type(lost.get(timeout=20, propagate=False)).__name__)
