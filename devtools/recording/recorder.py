"""Runs a program against a recording monitor instead of an engine, with outputs as from AWS.

    recorded = record(lambda: Keys("keys", KeysArgs(...)))
    recorded.one("aws:kms/key:Key", "keys-data").inputs["enableKeyRotation"]
    recorded.of("aws:kms/alias:Alias"), recorded.children_of(recorded.component("saleday:keys:Keys"))

Outputs come from `devtools.rehearsal.fake_outputs`, as in a rehearsal. Everything has been registered when `record`
returns, so asserting that something is absent means it. An input that the AWS provider would not take raises, as does
anything that the program raises, in an `apply` too. Each recording has its own event loop, settings, configuration and
root stack.
"""

from __future__ import annotations

import asyncio
import contextvars
import gc
import os
import sys
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest import mock
from urllib.parse import quote

import pulumi
import pulumi.runtime.resource
from pulumi.runtime import mocks, settings
from pulumi.runtime.config import set_all_config
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.stack import Stack, run_pulumi_func

from devtools.paths import REPO_ROOT
from devtools.recording.monitor import Monitor, NoMocks
from devtools.recording.recorded import Recorded
from devtools.rehearsal.fake_outputs import ACCOUNT_ID, AccountRegion

_TREE = f"{REPO_ROOT}{os.sep}"
# Files of the recorder and of the SDK, which are never the source position of a resource.
_APART = tuple(f"{_TREE}{folder}{os.sep}" for folder in ("devtools", ".venv"))


def record(
    program: Callable[[], Any],
    *,
    region: str = "ap-south-1",
    project: str = "saleday",
    stack: str = "test",
    config: Mapping[str, str] | None = None,
    secret_config: Mapping[str, str] | None = None,
    account_id: str = ACCOUNT_ID,
    zones: Mapping[str, str] | None = None,
    preview: bool = False,
) -> Recorded:
    """Run a program to its end and return its registrations.

    `config` is the stack's configuration under full keys (`saleday:network`), `region` that of the default provider.
    `zones` are those of the region, each id by its name; by default they are made up.
    With `preview` every computed output is unknown, as when the stack is new.
    """
    monitor = Monitor(AccountRegion.of(region, account_id, zones), preview)
    values = {"aws:region": region, **(config or {}), **(secret_config or {})}

    def run() -> Recorded:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        # The first error is raised; errors in its wake would only be printed when it is collected.
        loop.set_exception_handler(lambda *_: None)
        try:
            return loop.run_until_complete(_run(program, monitor, project, stack, values, list(secret_config or {})))
        finally:
            left = asyncio.all_tasks(loop)
            for task in left:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            asyncio.set_event_loop(None)
            loop.close()

    # Pulumi keeps its settings, configuration and root stack in context variables: in a copy, none of them leaks.
    with _quick():
        return contextvars.copy_context().run(run)


@contextmanager
def _quick() -> Generator[None]:
    """Skip the unneeded two thirds of a recording's time: garbage collection, and the whole call stack
    of each resource; its source position is enough.
    """
    gc.disable()
    try:
        with (
            mock.patch.object(pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace),
            mock.patch.object(pulumi.runtime.resource, "_get_source_position", _position),
        ):
            yield
    finally:
        gc.enable()


def _position(_: source_pb2.StackTrace) -> source_pb2.SourcePosition | None:
    """The line of this tree that makes a resource: in a component where there is one, as the engine has it too."""
    frame = sys._getframe(1)
    while frame is not None:
        path = frame.f_code.co_filename
        if path.startswith(_TREE) and not path.startswith(_APART):
            return source_pb2.SourcePosition(uri=f"project:///{quote(path[len(_TREE) :])}", line=frame.f_lineno)
        frame = frame.f_back
    return None


async def _run(
    program: Callable[[], Any], monitor: Monitor, project: str, stack: str, values: dict[str, str], secrets: list[str]
) -> Recorded:
    settings.ROOT.set(None)
    settings.SETTINGS.outputs = set()
    settings.SETTINGS.lock = threading.Lock()
    set_all_config(values, secrets)
    mocks.set_mocks(NoMocks(), project, stack, monitor.preview, monitor=monitor)
    await run_pulumi_func(lambda: _none(program()))
    root = settings.get_root_resource()
    exported = dict(root.outputs) if isinstance(root, Stack) else {}
    exports = {name: await pulumi.Output.from_input(value).future() for name, value in exported.items()}
    return Recorded(monitor.resources_made, monitor.invokes, exports)


def _none(_: Any) -> None:
    """Keeps Pulumi from waiting for the program's return value."""
