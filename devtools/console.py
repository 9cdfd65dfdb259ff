"""Lines of progress on stderr-free, line-buffered output: a line per step and a heartbeat on long work.

Standard library only: the set-up uses it before anything is installed.
"""

from __future__ import annotations

import io
import os
import shutil
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import TextIO

HEARTBEAT_SECONDS = 10.0
"""Maximum silence of a step: long enough not to flood a CI log, short enough that it doesn't look hung."""

_output_lock = threading.Lock()
_goes_on = False


def readable_everywhere() -> None:
    """Let what the output's encoding doesn't have be a question mark instead of an error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def go_on_unheard() -> None:
    """From now on, work goes on where the reader of the output has gone, as `| head` does; else printing to it raises
    BrokenPipeError."""
    global _goes_on
    _goes_on = True


def drop_output(stream: TextIO) -> None:
    """Let what is still to be written to a stream without a reader go nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def print_line(line: str = "") -> None:
    """Print one line at once, whole, whatever other thread prints and whether or not the output is a terminal."""
    with _output_lock:
        _print(line, sys.stdout)


def print_error(line: str) -> None:
    """Print one line to stderr, after all earlier output."""
    with _output_lock:
        with suppress(BrokenPipeError):
            sys.stdout.flush()
        _print(line, sys.stderr)


def _print(line: str, stream: TextIO) -> None:
    try:
        print(line, file=stream, flush=True)
    except BrokenPipeError:
        if not _goes_on:
            raise
        drop_output(stream)


def width() -> int:
    """Columns of a line: the terminal's, or 80 where the output is none and COLUMNS says nothing else."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() or "COLUMNS" in os.environ else 80


def coloured(line: str, colour: int) -> str:
    """The line in an ANSI colour on a terminal, unless NO_COLOR (https://no-color.org) is set; else as it is."""
    if not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return line
    return f"\x1b[{colour}m{line}\x1b[0m"


def elapsed(seconds: float) -> str:
    """`7.3 s` below a minute, `2 min 05 s` from there on."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02d} s"


class Heartbeat:
    """Prints the progress of a long step every `every` seconds, for as long as the `with` block runs.

    `status` is called each time; its result follows the step's name and the elapsed time. `tell` gets the line.
    """

    def __init__(
        self,
        step: str,
        status: Callable[[], str],
        every: float = HEARTBEAT_SECONDS,
        tell: Callable[[str], None] = print_line,
    ) -> None:
        self.step = step
        self._tell = tell
        self.status = status
        self.every = every
        self.started = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"heartbeat {step}", daemon=True)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._ended.wait(self.every):
            status = self.status()
            with suppress(BrokenPipeError):  # told where the command itself prints next
                self._tell(f"{self.step}: {elapsed(self.seconds)}{', ' + status if status else ''}")
