"""`preview`, `up`, `outputs`, `destroy`, `rehearse`: stacks through the real engine, without an account."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType

import click

from devtools import disk
from devtools.console import elapsed, go_on_unheard, print_error, print_line
from devtools.go_build import GoError
from devtools.locks import end_children
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT, STATE_DIR
from devtools.rehearsal import changes, report
from devtools.rehearsal.engine import EngineOutcome
from devtools.rehearsal.program import Program
from devtools.rehearsal.pulumi_home import HomeError
from devtools.rehearsal.stack_run import StackRun, StepFailed
from devtools.rehearsal.state_file import BadState
from devtools.rehearsal.workspace import BadInput, known_stacks
from saleday import shared
from saleday.shared import FAILED, OK

USER_ERRORS = (BadInput, BadState, StepFailed, HomeError, GoError)
"""Errors printed as one line without a traceback."""

DEFAULT_STACK = "dev"
EXAMPLE = "eks"
"""Example stack of further settings; unchanged, it is rehearsed only on request."""
INTERRUPTED = 128 + signal.SIGINT


def check(outcome: EngineOutcome) -> EngineOutcome:
    """Raise StepFailed, with every blocking violation and else the error, where a step failed."""
    blocking, _ = report.violations_of(outcome.record)
    if blocking:
        raise StepFailed("\n".join(report.violation_line(violation) for violation in blocking))
    if not outcome.ok:
        raise StepFailed(outcome.error)
    return outcome


def tell(outcome: EngineOutcome) -> None:
    """Print what a preview changes of what there is."""
    for line in changes.shown(outcome.record):
        print_line(line)


def preview_stack(stage: StackRun) -> None:
    outcome = stage.preview()
    tell(outcome)
    check(outcome)


def up_stack(stage: StackRun) -> None:
    """Preview first: bad input and violated policies are found before anything has changed."""
    outcome = stage.preview()
    tell(outcome)
    check(outcome)
    check(stage.up())


def outputs_stack(stage: StackRun) -> None:
    exported = stage.outputs()
    if not exported and not stage.leftovers():
        raise StepFailed(f"{stage.stack} is not deployed; run `make up STACK={stage.stack}` first")
    print_line(json.dumps(exported, indent=2))


def destroy_stack(stage: StackRun) -> None:
    check(stage.destroy())


def rehearse_stack(stage: StackRun) -> None:
    """Preview, up, a second preview without changes, a destroy that leaves nothing; the policy pack in force."""
    check(stage.preview())
    deployed = check(stage.up())
    again = check(stage.preview("second preview"))
    if again.record.changed:
        listed = "\n".join(f"  {change}: {urn}" for urn, change in again.record.changed.items())
        raise StepFailed(
            f"the second preview shows {len(again.record.changed)} changes although nothing did change:\n{listed}"
        )
    if any(resource.protected for resource in deployed.record.resources.values()):
        stage.unprotect()
    check(stage.destroy())
    if left := stage.leftovers():
        raise StepFailed(f"destroy left {len(left)} behind:\n" + "\n".join(f"  {urn}" for urn in left))
    if not deployed.record.policies:
        raise StepFailed("no policy has judged anything: the pack in policy/ was not in force")


COMMANDS = {
    "preview": preview_stack,
    "up": up_stack,
    "outputs": outputs_stack,
    "destroy": destroy_stack,
    "rehearse": rehearse_stack,
}


def take(command: str, stage: StackRun, *, everything: bool = False) -> bool:
    """Run one command on one stack, with its report; False where it failed, which has been printed then."""
    failures: list[str] = []
    try:
        stage.open()
        COMMANDS[command](stage)
    except USER_ERRORS as error:
        failures.append(str(error))
    except OSError as error:
        failures.append(disk.explained(error))
    if stage.phases:
        if stage.phases[-1][1].ok or len(stage.phases) > 1:
            print_line()
            for line in report.lines(stage.stack, stage.phases, everything=everything):
                print_line(line)
        failures += _keep_report(stage, failures)
    for failure in failures:
        print_error(failure)
    return not failures


def _keep_report(stage: StackRun, failures: list[str]) -> list[str]:
    """Write the report for machines; the fault where that fails."""
    try:
        report.write_json(STATE_DIR / f"report-{stage.stack}.json", report.as_json(stage.stack, stage.phases, failures))
    except OSError as error:
        return [disk.explained(error)]
    return []


def run(command: str, stack: str, *, inventory: bool = False, purpose: str = "") -> int:
    """A command on a stack; `rehearse` without one takes all stacks but the example. `purpose` has a state apart."""
    signal.signal(signal.SIGTERM, interrupt)
    go_on_unheard()
    alone()
    everything = command == "rehearse" and not stack
    stacks = rehearsed(REPO_ROOT) if everything else [stack or default_stack(REPO_ROOT)]
    if not stacks:
        raise BadInput("there is no stack to rehearse: no Pulumi.<stack>.yaml beside Pulumi.yaml")
    program = Program(REPO_ROOT)
    started = time.monotonic()
    try:
        with ExitStack() as held:
            # All locks before any work, so that a second run fails at once.
            stages = [held.enter_context(StackRun(stack, purpose or command, program)) for stack in stacks]
            if command not in ("outputs", "destroy"):
                program.preload()
            failed = [stage.stack for stage in stages if not take(command, stage, everything=inventory)]
    except KeyboardInterrupt:
        end_children()
        print_error("interrupted; run it again, it puts itself in order")
        return INTERRUPTED
    if command == "rehearse":
        verdict = f"failed: {', '.join(failed)}" if failed else "passed"
        print_line(f"\nrehearsal of {', '.join(stacks)} {verdict}; {elapsed(time.monotonic() - started)}")
    return FAILED if failed else OK


def rehearsed(tree: Path) -> list[str]:
    """The stacks of `tree`; the example stack only if it has been changed."""
    own = known_stacks(tree)
    mine, shipped = (folder / f"Pulumi.{EXAMPLE}.yaml" for folder in (tree, EXAMPLE_STACKS))
    if EXAMPLE in own and mine.read_bytes() == shipped.read_bytes():
        own.remove(EXAMPLE)
    return own


def default_stack(tree: Path) -> str:
    """The stack of a command that names none: `dev`, or the only one there is."""
    own = known_stacks(tree)
    return own[0] if len(own) == 1 else DEFAULT_STACK


def alone() -> None:
    """Prepare the process as `pulumi` does for a program, without the user's own Pulumi and AWS variables,
    which the program must not see."""
    os.chdir(REPO_ROOT)
    sys.path.insert(0, str(REPO_ROOT))
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "AWS_"))]:
        del os.environ[name]


def interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _command(name: str, text: str) -> click.Command:
    def function(stack: str, purpose: str, *, inventory: bool) -> int:
        return run(name, stack, inventory=inventory, purpose=purpose)

    function.__doc__ = text
    whole = shared.switch("all", "with the inventory, and what can't be judged yet", "inventory")
    apart = click.option("--purpose", default="", hidden=True)
    return shared.command(name, *USER_ERRORS)(shared.stack(whole(apart(function))))


preview = _command("preview", "What `up` would change.")
up = _command("up", "Deploy offline, after a preview; the state is kept in .rehearsal/.")
outputs = _command("outputs", "What the deployed stack exports.")
destroy = _command("destroy", "Delete what `up` has made.")
rehearse = _command("rehearse", "Preview, up, a second preview without change, destroy that leaves nothing.")
