"""`python -m devtools.rehearsal preview|up|outputs|destroy|rehearse [--stack NAME]`: what the make targets of
the same names call."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from contextlib import ExitStack
from types import FrameType

from devtools.console import elapsed, print_error, print_line
from devtools.go_build import GoError
from devtools.locks import end_children
from devtools.paths import REPO_ROOT, STATE_DIR
from devtools.rehearsal import report
from devtools.rehearsal.engine import Outcome
from devtools.rehearsal.program import Program
from devtools.rehearsal.pulumi_home import HomeError
from devtools.rehearsal.stack_run import StackRun, StepFailed
from devtools.rehearsal.workspace import BadInput, known_stacks

USER_ERRORS = (BadInput, StepFailed, HomeError, GoError, OSError)
"""What ends a command with its own line and without a traceback."""

DEFAULT_STACK = "dev"
EXAMPLES = frozenset({"eks"})
"""Stacks that show what settings can do besides; rehearsed when they are asked for."""
INTERRUPTED = 128 + signal.SIGINT


def check(outcome: Outcome) -> Outcome:
    """Raise StepFailed, with every blocking violation and else the error, where a step failed."""
    blocking, _ = report.violations_of(outcome.record)
    if blocking:
        raise StepFailed("\n".join(report.violation_line(violation) for violation in blocking))
    if not outcome.ok:
        raise StepFailed(outcome.error)
    return outcome


def preview(stage: StackRun) -> None:
    check(stage.preview())


def up(stage: StackRun) -> None:
    """Preview first: bad input and violated policies are found before anything has changed."""
    check(stage.preview())
    check(stage.up())


def outputs(stage: StackRun) -> None:
    exported = stage.outputs()
    if not exported and not stage.leftovers():
        raise StepFailed(f"{stage.stack} is not deployed; run `make up STACK={stage.stack}` first")
    print_line(json.dumps(exported, indent=2))


def destroy(stage: StackRun) -> None:
    check(stage.destroy())


def rehearse(stage: StackRun) -> None:
    """Preview, up, a second preview without any change, a destroy that leaves nothing; the policy pack in force."""
    check(stage.preview())
    deployed = check(stage.up())
    again = check(stage.preview("second preview"))
    if again.record.changed:
        changes = "\n".join(f"  {operation}: {urn}" for urn, operation in again.record.changed.items())
        raise StepFailed(
            f"the second preview shows {len(again.record.changed)} changes although nothing did change:\n{changes}"
        )
    if any(resource.protected for resource in deployed.record.resources.values()):
        stage.unprotect()
    check(stage.destroy())
    if left := stage.leftovers():
        raise StepFailed(f"destroy left {len(left)} behind:\n" + "\n".join(f"  {urn}" for urn in left))
    if not deployed.record.policies:
        raise StepFailed("no policy has judged anything: the pack in policy/ was not in force")


COMMANDS = {"preview": preview, "up": up, "outputs": outputs, "destroy": destroy, "rehearse": rehearse}


def take(command: str, stage: StackRun) -> bool:
    """Do one command on one stack, with its report; False where it failed, which has been said then."""
    failures: list[str] = []
    try:
        stage.open()
        COMMANDS[command](stage)
    except USER_ERRORS as error:
        failures.append(str(error))
    if stage.phases:
        if stage.phases[-1][1].ok or len(stage.phases) > 1:
            print_line()
            for line in report.lines(stage.stack, stage.phases):
                print_line(line)
        report.write_json(STATE_DIR / f"report-{stage.stack}.json", report.as_json(stage.stack, stage.phases, failures))
    for failure in failures:
        print_error(failure)
    return not failures


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="rehearsal", description=__doc__)
    parser.add_argument("command", choices=sorted(COMMANDS))
    parser.add_argument("--stack", default="", help=f"default: {DEFAULT_STACK}; for rehearse: all but examples")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    os.chdir(REPO_ROOT)  # where `pulumi` runs a program
    sys.path.insert(0, str(REPO_ROOT))
    for name in [name for name in os.environ if name.startswith(("PULUMI_", "AWS_"))]:
        del os.environ[name]  # the program must not see the user's either

    everything = options.command == "rehearse" and not options.stack
    own = [stack for stack in known_stacks(REPO_ROOT) if stack not in EXAMPLES]
    stacks = own if everything else [options.stack or DEFAULT_STACK]
    if not stacks:
        print_error("there is no stack to rehearse: no Pulumi.<stack>.yaml beside Pulumi.yaml")
        return 1
    program = Program(REPO_ROOT)
    started = time.monotonic()
    try:
        with ExitStack() as held:
            # All locks before any work, so that a second run is told at once.
            stages = [held.enter_context(StackRun(stack, options.command, program)) for stack in stacks]
            if options.command not in ("outputs", "destroy"):
                program.preload()
            failed = [stage.stack for stage in stages if not take(options.command, stage)]
    except USER_ERRORS as error:
        print_error(str(error))
        return 1
    except KeyboardInterrupt:
        end_children()
        print_error("interrupted; run it again, it puts itself in order")
        return INTERRUPTED
    if options.command == "rehearse":
        verdict = f"failed: {', '.join(failed)}" if failed else "passed"
        print_line(f"\nrehearsal of {', '.join(stacks)} {verdict}; {elapsed(time.monotonic() - started)}")
    return 1 if failed else 0


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
