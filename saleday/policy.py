"""`policy`: the policy pack's verdict without an engine, on stacks of this tree or on an exported state."""

from __future__ import annotations

import json
import tempfile

import click
import pulumi

from devtools.recording.programs import recorded
from devtools.recording.state import exported
from policy.pack.__main__ import main as judge
from saleday import shared
from saleday.shared import command
from settings.stack_file import BadInput, known


@command("policy", BadInput, pulumi.RunError)
@shared.stack
@click.option(
    "--file", default="", help="what `pulumi stack export` or `pulumi preview --json` wrote, instead of a stack"
)
@click.option("--state", default="", help="the exported state that FILE is a preview of")
@click.option("--format", "format_", default="text", help="text, json, sarif or junit")
def policy(stack: str, file: str, state: str, format_: str) -> int:
    """The policy pack's verdict without an engine, on STACK, on all stacks or on FILE."""
    if file:
        return judge([file, "--format", format_, *(["--state", state] if state else [])])
    return max(_judge(name, format_) for name in ([stack] if stack else known()))


def _judge(stack: str, format_: str) -> int:
    with tempfile.NamedTemporaryFile("w", suffix=f"-{stack}.json", encoding="utf-8") as recording:
        json.dump(exported(recorded(stack), stack), recording)
        recording.flush()
        return judge([recording.name, "--format", format_])
