"""`settings`: what a stack's settings come to, and where each comes from."""

from __future__ import annotations

import click

from devtools.console import print_line
from saleday import shared
from saleday.shared import OK, command
from settings import stack_file
from settings.effective import DEFAULT, effective
from settings.stack_file import BadInput, read


@command("settings", BadInput)
@shared.stack
@click.option("--only", default="", help="start of the settings' names, for example edge; default: all")
def settings(stack: str, only: str) -> int:
    """Print what STACK's settings come to, defaults included, each with the file and line that it comes from."""
    found = [one for one in effective(read(stack), stack_file.FOLDER) if one.name.startswith(only)]
    if not found:
        raise BadInput(f"ONLY: has to begin a setting's name (got {only}); write for example edge or services[")
    for one in found:
        print_line(f"{one.name}: {one.value}  # {one.origin}")
    defaults = sum(one.origin == DEFAULT for one in found)
    print_line(
        f"\n{len(found)} settings of {stack}, {defaults} of them by default; each is explained in docs/settings.md"
    )
    return OK
