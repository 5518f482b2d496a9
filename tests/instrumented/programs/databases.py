"""Asks PostgreSQL and MariaDB by every driver: arguments are their ports."""

import asyncio
import sys

import asyncpg
import mysql.connector
import psycopg
import psycopg2
import pymysql
import sqlalchemy

postgresql, mariadb = (int(port) for port in sys.argv[1:])


def by_psycopg() -> None:
    with psycopg.connect(host="127.0.0.1", port=postgresql, user="shop", dbname="postgres") as connection:
        connection.execute("SELECT 'secret', %s", (1,))
        connection.cursor().executemany("SELECT %s", [(1,), (2,)])


def by_psycopg2() -> None:
    first = psycopg2.connect(host="127.0.0.1", port=postgresql, user="shop", dbname="postgres")
    other = psycopg2.connect(host="127.0.0.1", port=postgresql, user="shop", dbname="template1")
    first.cursor().execute("SELECT 2")
    other.cursor().execute("SELECT 3")
    try:
        first.cursor().execute("SELECT * FROM nowhere")
    except psycopg2.Error as error:
        print(type(error).__name__)
    first.close()
    other.close()


async def awaited() -> None:
    by_asyncpg = await asyncpg.connect(host="127.0.0.1", port=postgresql, user="shop", database="postgres")
    await by_asyncpg.fetch("SELECT 4")
    await by_asyncpg.close()
    async with await psycopg.AsyncConnection.connect(
        host="127.0.0.1", port=postgresql, user="shop", dbname="postgres"
    ) as connection:
        await connection.execute("SELECT 5")


def by_sqlalchemy() -> None:
    engine = sqlalchemy.create_engine(f"postgresql+psycopg://shop@127.0.0.1:{postgresql}/template1")
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT 6"))
    engine.dispose()


def by_mysql() -> None:
    first = pymysql.connect(host="127.0.0.1", port=mariadb, user="root", database="mysql")
    first.cursor().execute('SELECT "secret", 7')
    first.close()
    other = mysql.connector.connect(host="127.0.0.1", port=mariadb, user="root", database="information_schema")
    cursor = other.cursor()
    cursor.execute("SELECT 8")
    cursor.fetchall()
    other.close()


if __name__ == "__main__":
    from opentelemetry import trace

    with trace.get_tracer("databases").start_as_current_span("ask"):
        by_psycopg()
        by_psycopg2()
        asyncio.run(awaited())
        by_sqlalchemy()
        by_mysql()
