"""Serving a provider to the engine that started it."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
from collections.abc import Callable
from concurrent import futures
from typing import Any, Final

import grpc

# The engine's own limit for one message, bytes; gRPC's default of 4 MB is less than a large stack's state.
_MESSAGE_BYTES: Final = 400 * 1024 * 1024
# Threads that answer requests. Python runs one at a time, so more of them only wait for each other.
_THREADS: Final = 4
# Interval of checks that the engine still lives, seconds: a killed engine can't say goodbye.
_ORPHAN_CHECK: Final = 2.0


def leave_with_engine() -> None:
    """End this process soon after the engine that started it is gone."""
    engine = os.getppid()

    def watch() -> None:
        while os.getppid() == engine:
            time.sleep(_ORPHAN_CHECK)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def serve(add: Callable[[grpc.Server], None]) -> None:
    """Serve on a free port of the loopback interface, print the port, and stay until the engine ends this process.

    The plugin leaves on its own when the engine is gone.
    """
    leave_with_engine()
    options: list[tuple[str, Any]] = [
        ("grpc.max_receive_message_length", _MESSAGE_BYTES),
        ("grpc.max_send_message_length", _MESSAGE_BYTES),
    ]
    server = grpc.server(futures.ThreadPoolExecutor(_THREADS), options=options)
    add(server)
    port = server.add_insecure_port("127.0.0.1:0")
    gc.freeze()  # the schema of all types stays: not to be searched for garbage at every call
    server.start()
    print(port, flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    ended.wait()
    server.stop(0)
