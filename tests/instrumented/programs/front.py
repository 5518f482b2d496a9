"""A Flask application that calls by every library, and knows nothing of tracing."""

import asyncio
import sqlite3
import urllib.request
from typing import Any

import aiohttp
import flask
import httpx
import requests
import urllib3

app = flask.Flask(__name__)


async def _awaited(stock: str) -> None:
    async with aiohttp.ClientSession() as session, session.get(f"{stock}/aiohttp") as answer:
        await answer.read()
    async with httpx.AsyncClient(trust_env=False) as client:
        await client.get(f"{stock}/httpx-async")


@app.get("/all")
def every() -> Any:
    stock = f"http://localhost:{flask.request.args['port']}"
    session = requests.Session()
    session.trust_env = False
    session.get(f"{stock}/requests?token=secret")
    httpx.get(f"{stock}/httpx", trust_env=False)
    urllib3.PoolManager().request("GET", f"{stock}/urllib3")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{stock}/urllib").read()
    asyncio.run(_awaited(stock))
    with sqlite3.connect("front.db") as database:
        database.execute("CREATE TABLE IF NOT EXISTS seen (name TEXT)")
        database.execute("INSERT INTO seen VALUES ('secret')")
        return {"seen": database.cursor().execute("SELECT count(*) FROM seen").fetchone()[0]}


@app.get("/status/<int:code>")
def status(code: int) -> Any:
    return "", code


@app.get("/boom")
def boom() -> Any:
    raise LookupError("no such thing")


@app.get("/stream")
def stream() -> Any:
    def pieces() -> Any:
        for number in range(2):
            with sqlite3.connect("front.db") as database:
                yield str(database.execute("SELECT ?", (number,)).fetchone()[0])

    return flask.Response(pieces())
