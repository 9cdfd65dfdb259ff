"""A terminal session as a picture: a command and its output."""

from __future__ import annotations

import io
import os
import shlex
import subprocess
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.terminal_theme import SVG_EXPORT_THEME
from rich.text import Text

from devtools.paths import REPO_ROOT

WIDTH: Final = 112
"""Columns: what a README shows without shrinking it beyond reading."""
_OF_MAKE: Final = frozenset({"MAKEFLAGS", "MAKELEVEL", "MFLAGS"})  # by which a make inside another says so
# A window with the text in the reader's own monospace font; rich's default fetches one.
_FORMAT: Final = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{
  font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width;
}}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: system-ui, sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" /></clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


class CommandFailedError(Exception):
    """The command to be shown failed: its output."""


def run(command: str) -> str:
    """Output of a command. Raises CommandFailedError."""
    done = subprocess.run(
        shlex.split(command),
        cwd=REPO_ROOT,
        env={name: value for name, value in os.environ.items() if name not in _OF_MAKE},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise CommandFailedError(f"{command}: {done.stdout[-2000:]}")
    return done.stdout


def draw(command: str, said: str) -> str:
    """The session as SVG: the prompt with the command, then its output."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text("$ ", style="bold green") + Text(command, style="bold"))
    for line in said.rstrip().splitlines():
        console.print(_styled(line))
    return console.export_svg(title="saleday", theme=SVG_EXPORT_THEME, code_format=_FORMAT, unique_id="session")


def _styled(line: str) -> Text:
    text = Text(line)
    text.highlight_words(["passed"], style="bold green")
    text.highlight_regex(r"\b\d[\d,.]*( s)?\b", style="cyan")
    return text


def write(command: str, picture: Path) -> None:
    """Run a command and draw it. Raises CommandFailedError."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(draw(command, run(command)), encoding="utf-8")
