"""Options, errors and exit codes that the commands share."""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeAlias

import click

from devtools import disk
from devtools.console import print_error

Function: TypeAlias = Callable[..., int]
Option: TypeAlias = Callable[[Function], Function]

OK: Final = 0
FAILED: Final = 1
"""Bad input or a failed command, with one line on stderr."""
UNMET: Final = 3
"""All was done, and the answer is no: a link falls short, a promise is broken, the stack would fail."""


def command(name: str, *errors: type[Exception]) -> Callable[[Function], click.Command]:
    """A command whose `errors` and OSErrors are one line on stderr and exit code FAILED. Its function returns the exit
    code; its docstring is the help text."""

    def made(function: Function) -> click.Command:
        @functools.wraps(function)
        def reporting(*args: Any, **kwargs: Any) -> int:
            try:
                return function(*args, **kwargs)
            except BrokenPipeError:
                raise
            except errors as error:
                print_error(str(error))
            except OSError as error:
                print_error(f"{name}: {disk.explained(error)}")
            return FAILED

        return click.command(name)(reporting)

    return made


def _is_set(context: click.Context, parameter: click.Parameter, value: str) -> bool:
    return value not in ("", "0")


def _time(context: click.Context, parameter: click.Parameter, value: str) -> datetime | None:
    """The time as it was typed; None without one."""
    if not value:
        return None
    name = (parameter.name or "").upper()
    try:
        time = datetime.fromisoformat(value)
    except ValueError:
        raise click.UsageError(
            f"{name}: a time is written as 2030-10-18T22:00:00+05:30 (got {value}); rewrite it"
        ) from None
    if time.tzinfo is None:
        raise click.UsageError(f"{name}: a time needs a time zone (got {value}); add an offset such as +05:30")
    try:
        return importlib.import_module("specs.clock").within_years(time)
    except ValueError as error:
        raise click.UsageError(f"{name}: {error}") from None


def _moment(context: click.Context, parameter: click.Parameter, value: str) -> datetime:
    """The time as it was typed; the clock's without one."""
    return _time(context, parameter, value) or datetime.now(UTC)


def switch(name: str, text: str, *variable: str) -> Option:
    """An option that is on unless empty or 0, as make's variables hand it over: `--write '$(WRITE)'`."""
    return click.option(f"--{name}", *variable, default="", callback=_is_set, help=text, metavar="1")


def _text(name: str, text: str) -> Option:
    return click.option(f"--{name}", default="", help=text)


stack = _text("stack", "the stack's name: Pulumi.<stack>.yaml")
event = _text("event", "an event's name; default: the next one")
scenario = _text("scenario", "names of scenarios, separated by commas; default: all")
now = click.option(
    "--now",
    default="",
    callback=_moment,
    help="the time to look from, as 2030-10-18T22:00:00+05:30; default: the clock's",
)
at = click.option("--at", default="", callback=_time, help="when it was started, with its time zone")
deployed = click.option(
    "--deployed",
    default="",
    callback=_time,
    help="when the events first came into the stack: what was due before is not done; default: now, and in time where "
    "an event is on by then",
)
