"""One run of the Pulumi CLI at a time, with the program served from this process.

This is the Automation API's way of running an inline program (its language server and its command line), taken apart
for three reasons: its event classes drop what policies have passed, its `up` and `destroy` start the CLI three more
times to read back what the events have reported already (0.25 s each), and its child processes would outlive a killed
run unnoticed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Generator
from concurrent import futures
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from unittest import mock

import grpc
import pulumi
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2_grpc

from devtools import disk, memory
from devtools.locks import Lock, end_children
from devtools.rehearsal.events import Record
from devtools.rehearsal.file_copy import PASSPHRASE
from devtools.rehearsal.workspace import Workspace
from devtools.toolchain import Pulumi

LOOPBACK = "127.0.0.1"
MESSAGE_BYTES = 400 * 1024 * 1024
"""The engine's own limit for one message; gRPC's default of 4 MB is less than a large stack's outputs."""

GRPC_OPTIONS = [("grpc.max_receive_message_length", MESSAGE_BYTES), ("grpc.max_send_message_length", MESSAGE_BYTES)]

NO_ROOM = ("no space left on device", "disk quota exceeded")
"""How the engine and its plugins tell of a full disk."""

FOLLOW_SECONDS = 1.0
"""Maximum lag of the record behind the engine while it works."""

INTERRUPT_GRACE_SECONDS = 30
"""Time for an interrupted engine to write its state and exit; it is killed after that."""


@dataclass(frozen=True, kw_only=True)
class EngineOutcome:
    """Result of one run of the CLI."""

    record: Record
    exit_code: int
    """The CLI's exit code; negative when it was ended by that signal."""

    stdout: str
    stderr: str
    seconds: float

    fault: str = ""
    """Why the run is none although the CLI may say so: it was stopped, or has not finished."""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and not self.fault

    @property
    def error(self) -> str:
        """The failure: errors of the program and the engine, or else the end of the CLI's output."""
        if self.fault:
            return self.fault
        if self.exit_code < 0:
            return f"the engine was ended by {signal.Signals(-self.exit_code).name}"
        words = [line.removeprefix("error:").strip() for line in self.stderr.splitlines() if line.strip()]
        return "\n".join(self.record.errors or words or [f"the engine ended with exit code {self.exit_code}"])


class Engine:
    """The CLI with one workspace's settings and state, and a program to run.

    `lock` guards the workspace: all processes of the engine inherit it. `durable` tells whether the
    state has to survive a kill: then the engine writes all of it after every single operation, else once at the end.
    """

    def __init__(
        self,
        pulumi: Pulumi,
        home: str,
        workspace: Workspace,
        lock: Lock,
        program: Callable[[], Any],
        *,
        durable: bool = True,
    ) -> None:
        self.pulumi = pulumi
        self.workspace = workspace
        self.lock = lock
        self.program = program
        self.environment = {
            # The user's login, backend, passphrase and cloud credentials must not get in.
            **{name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "AWS_"))},
            "PULUMI_HOME": home,
            # Without a file of metadata beside each file of state: the engine does not write those in one piece.
            "PULUMI_BACKEND_URL": f"{workspace.state.as_uri()}?metadata=skip",
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_AUTOMATION_API": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # the event log is an option of these
            # A plugin that isn't installed is an error here, not something to fetch or to take from PATH.
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            "PULUMI_IGNORE_AMBIENT_PLUGINS": "true",
            **({} if durable else {"PULUMI_SKIP_CHECKPOINTS": "true"}),
            **lock.environment,
        }

    def operate(self, verb: str, *flags: str, record: Record | None = None) -> EngineOutcome:
        """Run `preview`, `up` or `destroy` on the workspace's stack; `record` grows while it runs."""
        record = record or Record()
        log = self.workspace.folder / "events.jsonl"
        log.write_text("")
        with _serve(self.program) as address, _follow(log, record):
            arguments = [verb, "--stack", self.workspace.stack, "--event-log", str(log)]
            arguments += ["--client", address, "--exec-kind", "auto.inline"]
            outcome = self._run([*arguments, "--suppress-outputs", "--suppress-progress", *flags], record)
        return replace(outcome, fault=outcome.fault or self._fault(outcome))

    def ask(self, *arguments: str) -> EngineOutcome:
        """Run any other command of the CLI."""
        return self._run([*arguments], Record())

    def _fault(self, outcome: EngineOutcome) -> str:
        """Why an operation that the CLI has ended has not been done."""
        folder = self.workspace.folder
        if outcome.exit_code < 0:
            name = signal.Signals(-outcome.exit_code).name
            return f"the engine was ended by {name}; {_after_signal(name, self.pulumi.path)}"
        said = "\n".join([*outcome.record.errors, outcome.stderr]).lower()
        if "file too large" in said:
            return f"{folder}: a file there may not grow; lift the limit on its size (ulimit -f), then run it again"
        if any(words in said for words in NO_ROOM) or disk.free(folder) < disk.MIN_LEFT:
            return disk.full(folder)
        if outcome.exit_code != 0 and any(sign in said for sign in memory.SIGNS):
            return f"the engine got no memory; {memory.SHORT}"
        if outcome.exit_code == 0 and (outcome.record.cut or not outcome.record.ended):
            return (
                f"the engine ended without a summary of what it did, so it has not done it: {self.pulumi.path} may be "
                f"no whole Pulumi CLI, or {folder} is not to be written; see to both, then run it again"
            )
        return ""

    def _run(self, arguments: list[str], record: Record) -> EngineOutcome:
        started = time.monotonic()
        process = subprocess.Popen(
            [self.pulumi.path, *arguments, "--non-interactive", "--color", "never"],
            cwd=self.workspace.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            pass_fds=[self.lock.fd],
            # Of its own, so that Ctrl-C reaches it once, through us.
            process_group=0,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        with process.stdout, process.stderr, futures.ThreadPoolExecutor(2) as readers:
            stdout, stderr = readers.submit(process.stdout.read), readers.submit(process.stderr.read)
            try:
                fault = self._wait(process)
            except KeyboardInterrupt:
                _interrupt(process)
                raise
            if process.returncode < 0:
                end_children()  # a killed engine can't end its plugins itself
            return EngineOutcome(
                record=record,
                exit_code=process.returncode,
                stdout=stdout.result(),
                stderr=stderr.result(),
                seconds=time.monotonic() - started,
                fault=fault,
            )

    def _wait(self, process: subprocess.Popen[str]) -> str:
        """Wait for the engine's end, and stop it in time where the disk fills up; the reason, if so."""
        while True:
            with suppress(subprocess.TimeoutExpired):
                process.wait(FOLLOW_SECONDS)
                return ""
            if disk.free(self.workspace.folder) < disk.MIN_LEFT:
                fault = disk.full(self.workspace.folder)
                _interrupt(process)
                return fault


def _interrupt(process: subprocess.Popen[str]) -> None:
    """Ask the engine to stop, which leaves its state in order; kill it if it won't, or if interrupted again."""
    try:
        process.send_signal(signal.SIGINT)
        process.wait(INTERRUPT_GRACE_SECONDS)
    except (subprocess.TimeoutExpired, KeyboardInterrupt):
        process.kill()
        process.wait()


def _after_signal(name: str, path: str) -> str:
    """What to do after a signal that nobody here has sent."""
    if name == "SIGKILL":
        return memory.SHORT
    return f"run it again; if that is no help, `rm {path}` and `make setup`"


def _drop(*_: Any, **__: Any) -> None:
    """Replacement for `pulumi.log.debug`."""


@contextmanager
def _serve(program: Callable[[], Any]) -> Generator[str]:
    """Serve the program on loopback, at the address that is yielded."""
    server = grpc.server(futures.ThreadPoolExecutor(4), options=GRPC_OPTIONS)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageServer(program), server)
    address = f"{LOOPBACK}:{server.add_insecure_port(f'{LOOPBACK}:0')}"
    server.start()
    try:
        # The SDK reports several steps of each resource, one call each, which the engine drops unless it is asked for
        # debugging: a quarter of a preview's processor time.
        with mock.patch.object(pulumi.log, "debug", new=_drop):
            yield address
    finally:
        server.stop(0)


@contextmanager
def _follow(log: Path, record: Record) -> Generator[None]:
    """Take the engine's events into the record as they are written; all of them, when the block is left.

    From a file, a second's worth at a time: as calls of their own, which the engine offers too, they would come in the
    way of the program's.
    """
    ended = threading.Event()

    def read() -> None:
        with log.open("rb") as lines:
            unfinished = b""
            last = False
            while not last:
                last = ended.wait(FOLLOW_SECONDS)
                *whole, unfinished = (unfinished + lines.read()).split(b"\n")
                for line in whole:
                    record.read(line)

    with futures.ThreadPoolExecutor(1, "events") as reader:
        done = reader.submit(read)
        try:
            yield
        finally:
            ended.set()
            done.result()
