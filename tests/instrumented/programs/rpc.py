"""A gRPC service, and who asks it: `rpc.py serve PORT`, `rpc.py ask PORT`."""

import concurrent.futures
import signal
import sqlite3
import sys
import threading
from typing import Any

import grpc

ITEM, MISSING = b"item", b"missing"


def get(request: bytes, context: Any) -> bytes:
    with sqlite3.connect("stock.db") as database:
        database.execute("SELECT 1")
    if request == MISSING:
        context.abort(grpc.StatusCode.NOT_FOUND, "no such item")
    return request.upper()


def serve(port: str) -> None:
    handler = grpc.unary_unary_rpc_method_handler(get)
    server = grpc.server(concurrent.futures.ThreadPoolExecutor(2))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("shop.Stock", {"Get": handler}),))
    server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    ended.wait()
    server.stop(1).wait()


def ask(port: str) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        call = channel.unary_unary("/shop.Stock/Get")
        print(call(ITEM).decode())
        try:
            call(MISSING)
        except grpc.RpcError as error:
            print(error.code().name)


if __name__ == "__main__":
    if sys.argv[1] == "serve":
        serve(sys.argv[2])
    else:
        from opentelemetry import trace

        with trace.get_tracer("front").start_as_current_span("ask"):
            ask(sys.argv[2])
