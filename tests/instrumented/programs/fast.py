"""A FastAPI application whose work goes on in tasks, threads, pools, generators and pieces of its answers."""

import asyncio
import concurrent.futures
import sqlite3
import threading
from collections.abc import AsyncIterator
from typing import Any

from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse

app = FastAPI()


def query(name: str) -> None:
    with sqlite3.connect(f"{name}.db") as database:
        database.execute("SELECT 1")


async def slow_query(name: str) -> None:
    await asyncio.sleep(0.01)
    query(name)


@app.get("/tasks/{item}")
async def tasks(item: int) -> Any:
    await asyncio.gather(slow_query("task1"), slow_query("task2"))
    await asyncio.to_thread(query, "to_thread")
    await asyncio.create_task(slow_query("task3"))
    return item


@app.get("/threads")
def threads() -> Any:
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        list(pool.map(query, ["pool1", "pool2"]))
    thread = threading.Thread(target=query, args=("thread",))
    thread.start()
    thread.join()
    return "ok"


@app.get("/stream")
async def stream() -> Any:
    async def pieces() -> AsyncIterator[bytes]:
        for number in (1, 2):
            await slow_query(f"piece{number}")
            yield b"x"

    return StreamingResponse(pieces())


@app.get("/later")
async def later(background: BackgroundTasks) -> Any:
    background.add_task(slow_query, "background")
    return "ok"


@app.get("/boom")
async def boom() -> Any:
    raise LookupError("no such thing")
