"""One stack on its way through the engine: its lock, its workspace, and the steps that can be taken on it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from devtools import disk, memory, toolchain
from devtools.console import Heartbeat, elapsed, print_line
from devtools.locks import Held, Lock
from devtools.paths import REPO_ROOT, STATE_DIR, VENV
from devtools.rehearsal import pulumi_home, workspace
from devtools.rehearsal.engine import Engine, EngineOutcome
from devtools.rehearsal.events import Record
from devtools.rehearsal.state_file import StateFile

APART = ("rehearse", "cost")
"""Purposes that begin with nothing and leave alone what `up` has made."""

POLICY_FILE = "PulumiPolicy.yaml"


class StepFailed(Exception):
    """A step failed: lines with the cause."""


class Busy(StepFailed):
    """Another process works on the same stack: one line that names it."""


class StackRun:
    """One stack, from taking its lock to giving it back (a context manager).

    `purpose` is the make target it runs for: `rehearse` and `cost` have a state of their own, which never mixes with
    that of `up`. Raises Busy when another process works on the stack, and BadInput for settings files that can't be
    read.
    """

    def __init__(self, stack: str, purpose: str, program: Callable[[], None]) -> None:
        self.stack = stack
        self._program = program
        self.phases: list[tuple[str, EngineOutcome]] = []
        self._fresh = purpose in APART
        self._folder = STATE_DIR / (purpose if self._fresh else "up") / stack
        self._lock = Lock(STATE_DIR / "locks" / f"{self._folder.parent.name}-{stack}.lock")
        known = workspace.known_stacks(REPO_ROOT)
        if stack not in known:
            names = ", ".join(known) or "none yet"
            raise workspace.BadInput(f"STACK={stack}: there is no Pulumi.{stack}.yaml; the stacks are: {names}")
        self._take_lock(f"make {purpose} STACK={stack}")

    def __enter__(self) -> StackRun:
        return self

    def __exit__(self, *_: object) -> None:
        self._lock.release()

    def open(self) -> None:
        """Bring the workspace into order, after whatever happened to the run before."""
        if self._fresh:
            workspace.wipe(self._folder)
        self.workspace = workspace.prepare(REPO_ROOT, self.stack, self._folder)
        if problem := memory.too_small() or disk.too_small(self._folder):
            raise StepFailed(problem)
        pulumi = toolchain.ready(STATE_DIR / "pulumi-on-path.json")
        if pulumi is None:
            raise StepFailed("there is no Pulumi CLI yet: run `make setup`")
        home = STATE_DIR / "home"
        with Lock(STATE_DIR / "locks" / "home.lock").wait("installing plugins"):
            pulumi_home.install(home, pulumi, VENV / "bin" / "python", REPO_ROOT)
        self.state = StateFile(self._folder, self.workspace.project, self.stack)
        self.engine = Engine(pulumi, str(home), self.workspace, self._lock, self._program, durable=not self._fresh)
        self._recover()

    def preview(self, name: str = "preview") -> EngineOutcome:
        """Preview the program against the state there is, under the policy pack."""
        return self._operate(name, "preview", *self._policy_flags())

    def up(self) -> EngineOutcome:
        """Deploy, under the policy pack."""
        return self._change("up", "up", "--yes", "--skip-preview", *self._policy_flags())

    def destroy(self) -> EngineOutcome:
        """Delete everything in the state."""
        return self._change("destroy", "destroy", "--yes", "--skip-preview")

    def outputs(self) -> dict[str, Any]:
        """The deployed stack's outputs, secrets blinded."""
        answer = self._ask("stack", "output", "--json", "--stack", self.stack)
        return dict(json.loads(answer.stdout))

    def leftovers(self) -> list[str]:
        """URNs of what the state still holds, finished or not."""
        deployment = self._export()["deployment"]
        pending = [operation["resource"] for operation in deployment.get("pending_operations") or ()]
        return [resource["urn"] for resource in [*(deployment.get("resources") or ()), *pending]]

    def unprotect(self) -> None:
        """Lift Pulumi's own deletion protection from everything in the state."""
        self._ask("state", "unprotect", "--all", "--yes", "--stack", self.stack)

    def _take_lock(self, purpose: str) -> None:
        try:
            ended = self._lock.take(purpose)
        except Held as held:
            raise Busy(f"{self.stack} is being worked on already, by {held}; try again when it is done") from held
        if ended:
            print_line(
                f"{self.stack}: ended what a killed run had left behind (processes {', '.join(map(str, ended))})"
            )

    def _recover(self) -> None:
        """Create the stack if it doesn't exist, and repair what a killed engine left: its lock and its unfinished
        operations."""
        backend = self.workspace.state / ".pulumi"
        if not self.state.exists():
            self._ask("stack", "init", self.stack, "--no-select")
            self.workspace.write_stack_file()  # the CLI may have written it anew
            if problem := self.state.problem():
                raise StepFailed(
                    f"{self.engine.pulumi.path}: has made no stack ({self.state.path} {problem}); it is no whole "
                    "Pulumi CLI: take it off PATH, or install it anew"
                )
        # We hold the lock that counts, so the writers of these are gone.
        stale = list((backend / "locks").rglob("*.json"))
        for file in stale:
            file.unlink()
        if stale:
            state = self._export()
            if state["deployment"].pop("pending_operations", None):
                mended = self.workspace.folder / "mended.json"
                mended.write_text(json.dumps(state))
                self._ask("stack", "import", "--file", str(mended), "--stack", self.stack)
                print_line(f"{self.stack}: dropped the unfinished operations of a killed run")

    def _policy_flags(self) -> list[str]:
        pack = self.workspace.policy_pack
        return ["--policy-pack", _as_flag(pack)] if (pack / POLICY_FILE).is_file() else []

    def _change(self, name: str, verb: str, *flags: str) -> EngineOutcome:
        """An operation that changes the state, of which there is a whole one whatever happens."""
        if not self._fresh:
            self.state.keep()
        outcome = self._operate(name, verb, *flags)
        whole = None if self._fresh else self.state.put_back()
        if whole is not None:
            print_line(f"{self.stack}: {self.state.path} was spoilt; the last whole state, {whole}, is in its place")
        return outcome

    def _operate(self, name: str, verb: str, *flags: str) -> EngineOutcome:
        record = Record()
        with Heartbeat(
            f"{self.stack} {name}", lambda: f"{len(record.resources)} resources so far, {record.done} finished"
        ):
            outcome = self.engine.operate(verb, *flags, record=record)
        self.phases.append((name, outcome))
        counts = ", ".join(f"{count} {op}" for op, count in sorted(record.changes.items())) or "nothing to do"
        print_line(f"{self.stack} {name}: {counts if outcome.ok else 'failed'}; {elapsed(outcome.seconds)}")
        return outcome

    def _ask(self, *arguments: str) -> EngineOutcome:
        answer = self.engine.ask(*arguments)
        if not answer.ok:
            raise StepFailed(f"pulumi {' '.join(arguments[:2])}: {answer.error}")
        return answer

    def _export(self) -> dict[str, Any]:
        return dict(json.loads(self._ask("stack", "export", "--stack", self.stack).stdout))


def _as_flag(path: Path) -> str:
    """A path as the CLI reads one of a list: a field of CSV, in which quotes and commas stand in quotes."""
    return '"' + str(path).replace('"', '""') + '"'
