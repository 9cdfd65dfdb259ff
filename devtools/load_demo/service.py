"""One service of the shop: `python -m devtools.load_demo.service NAME`, with its places in the environment.

ui passes requests on; catalog and orders work on PostgreSQL, cart on DynamoDB, checkout on a server that speaks
Valkey's protocol. Every answer names the services on the way and their times (`Server-Timing`, W3C).
"""

from __future__ import annotations

import json
import os
import queue
import sys
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from pg8000.native import Connection

T = TypeVar("T")
Answer = tuple[Any, str]
"""What is answered, and the Server-Timing of the service that was called for it."""
Work = Callable[[str, str, Mapping[str, Any]], Answer]

POOL = 4
"""Connections of a service to its database, and requests that it so works on at a time."""


class Pool(Generic[T]):
    """A bounded number of connections; who finds none waits."""

    def __init__(self, make: Callable[[], T], size: int) -> None:
        self._free: queue.LifoQueue[T] = queue.LifoQueue()
        for _ in range(size):
            self._free.put(make())

    @contextmanager
    def one(self) -> Generator[T]:
        taken = self._free.get()
        try:
            yield taken
        finally:
            self._free.put(taken)


class Peer:
    """Another service, over connections that stay open."""

    def __init__(self, name: str) -> None:
        port = int(os.environ[f"{name.upper()}_PORT"])
        self._pool = Pool(lambda: HTTPConnection("127.0.0.1", port, timeout=30), 32)

    def ask(self, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        with self._pool.one() as connection:
            try:
                return self._asked(connection, method, path, body)
            except (HTTPException, OSError):
                connection.close()  # the other side has ended it: once more on a new one
                return self._asked(connection, method, path, body)

    @staticmethod
    def _asked(connection: HTTPConnection, method: str, path: str, body: Mapping[str, Any]) -> Answer:
        connection.request(method, path, json.dumps(body) if body else None)
        answer = connection.getresponse()
        return json.loads(answer.read()), answer.headers.get("Server-Timing", "")


def ui() -> Work:
    peers = {name: Peer(name) for name in ("catalog", "cart", "checkout")}

    def work(method: str, path: str, body: Mapping[str, Any]) -> Answer:
        name = path.split("/")[1]
        if name not in peers:
            return {"page": "home", "offers": [f"product-{number}" for number in range(20)]}, ""
        found, timing = peers[name].ask(method, path, body)
        return {"page": name, "content": found}, timing

    return work


def catalog() -> Work:
    pool = Pool(_postgres, POOL)

    def work(method: str, path: str, body: Mapping[str, Any]) -> Answer:
        word = path.rpartition("-")[2] or "1"
        with pool.one() as database:
            rows = database.run(
                "SELECT name, price FROM products WHERE text LIKE :word ORDER BY price LIMIT 20", word=f"%{word}%"
            )
        return [{"name": name, "price": price} for name, price in rows], ""

    return work


def orders() -> Work:
    pool = Pool(_postgres, POOL)

    def work(method: str, path: str, body: Mapping[str, Any]) -> Answer:
        with pool.one() as database:
            rows = database.run(
                "INSERT INTO orders (session, placed) VALUES (:session, now()) RETURNING id",
                session=body.get("session", ""),
            )
        return {"order": rows[0][0]}, ""

    return work


def cart() -> Work:
    import boto3

    pool = Pool(
        lambda: boto3.client(
            "dynamodb",
            endpoint_url=os.environ["DYNAMODB_URL"],
            region_name="ap-south-1",
            aws_access_key_id="demo",
            aws_secret_access_key="demo",
        ),
        POOL,
    )

    def work(method: str, path: str, body: Mapping[str, Any]) -> Answer:
        key = {"id": {"S": str(body.get("session") or path.rpartition("/")[2])}}
        with pool.one() as table:
            if method == "POST":
                table.put_item(TableName="carts", Item={**key, "product": {"S": str(body.get("product"))}})
                return {"added": body.get("product")}, ""
            found = table.get_item(TableName="carts", Key=key)
        return {"products": [value["S"] for name, value in found.get("Item", {}).items() if name != "id"]}, ""

    return work


def checkout() -> Work:
    import redis

    sessions, peer = redis.Redis(unix_socket_path=os.environ["SESSIONS_SOCKET"]), Peer("orders")

    def work(method: str, path: str, body: Mapping[str, Any]) -> Answer:
        session = str(body.get("session") or "nobody")
        sessions.hset(f"checkout:{session}", mapping={"step": method, "at": time.time()})
        sessions.expire(f"checkout:{session}", 600)
        if method != "POST":
            return {"step": "address"}, ""
        return peer.ask("POST", "/orders", {"session": session})

    return work


def _postgres() -> Connection:
    import pg8000.native

    return pg8000.native.Connection("postgres", database="postgres", unix_sock=os.environ["POSTGRES_SOCKET"])


SERVICES = {"ui": ui, "catalog": catalog, "cart": cart, "checkout": checkout, "orders": orders}


def handler(name: str, work: Work) -> type[BaseHTTPRequestHandler]:
    """Answers with what the work makes, in JSON."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # one write an answer
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            began = time.perf_counter()
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            inner = ""
            try:
                found, inner = work(self.command, self.path, body)
                status = 200
            except Exception as error:  # noqa: BLE001 - whatever it is, the customer sees an error
                found, status = {"error": str(error)}, 500
            content = json.dumps(found).encode()
            took = f"{name};dur={(time.perf_counter() - began) * 1000:.3f}"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Server-Timing", f"{took}, {inner}" if inner else took)
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the base class's name

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Nothing: the load test keeps the log."""

    return Handler


class Server(ThreadingHTTPServer):
    request_queue_size = 512
    daemon_threads = True


def main(name: str) -> None:
    server = Server(("127.0.0.1", int(os.environ[f"{name.upper()}_PORT"])), handler(name, SERVICES[name]()))
    print(f"{name} listens", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
