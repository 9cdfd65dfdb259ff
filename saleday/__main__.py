"""`python -m saleday COMMAND`: the project's tools on one command line. The Makefile is the short way to it."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Final

import click

from devtools.console import drop_output, print_error, readable_everywhere
from saleday.shared import FAILED, OK

# The module of saleday that has each command: a command's module is imported when it is called.
COMMANDS: Final = {
    "preview": "engine",
    "up": "engine",
    "outputs": "engine",
    "destroy": "engine",
    "rehearse": "engine",
    "settings": "settings",
    "policy": "policy",
    "needs": "needs",
    "sale-plan": "sale_plan",
    "sale-play": "sale_simulation",
    "sale-search": "sale_search",
    "sale-report": "sale_report",
    "sale-review": "sale_review",
    "load-plan": "load",
    "load": "load",
    "calibrate": "load",
    "load-demo": "load_demo",
    "ready": "ready",
    "ready-check": "ready_check",
    "game-day": "game_day",
    "cost": "cost",
    "prices": "prices",
    "preflight": "preflight",
    "before-destroy": "before_destroy",
    "docs": "docs",
    "diagram": "docs",
    "conformance": "conformance",
    "conformance-deploy": "conformance",
    "conformance-build": "conformance",
    "conformance-tables": "conformance",
}


class Tools(click.Group):
    """The commands by name, in the order of COMMANDS."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        module = COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"saleday.{module}"), cmd_name.replace("-", "_"))
        return command


@click.group(cls=Tools, help=__doc__)
def tools() -> None: ...


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code: 0; 1 for bad input or a failure; 3 for an unmet goal."""
    readable_everywhere()
    try:
        code = tools.main(arguments, prog_name="python -m saleday", standalone_mode=False)
    except click.ClickException as error:
        print_error(error.format_message())
        return FAILED
    except BrokenPipeError:
        # The reader has gone, as `| head` does: nothing is left to say, and nothing may be said at exit.
        drop_output(sys.stdout)
        return OK
    return code if isinstance(code, int) else OK


if __name__ == "__main__":
    sys.exit(main())
