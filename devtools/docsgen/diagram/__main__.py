"""`python -m devtools.docsgen.diagram [--stack NAME]`: the pictures of a stack, or of all, into docs/architecture/."""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterable
from typing import Final, get_args

import pulumi

from devtools.console import print_error, print_line
from devtools.docsgen.architecture.graph import Graph
from devtools.docsgen.diagram.drawing import drawing
from devtools.docsgen.diagram.palette import Theme
from devtools.docsgen.diagram.stack import scene_of
from devtools.docsgen.diagram.tools import DiagramError, tools
from devtools.paths import REPO_ROOT
from devtools.recording.programs import recorded
from settings import stack_file

FOLDER: Final = REPO_ROOT / "docs" / "architecture"


def main() -> int:
    parser = argparse.ArgumentParser(prog="diagram", description=__doc__)
    parser.add_argument("--stack", default="", help="the stack to draw (default: every stack)")
    stack = parser.parse_args().stack
    try:
        draw([stack] if stack else stack_file.known())
    except (DiagramError, stack_file.BadInput, pulumi.RunError, OSError, subprocess.TimeoutExpired) as error:
        print_error(f"diagram: {error}")
        return 1
    return 0


def draw(stacks: Iterable[str]) -> None:
    """Draw these stacks. Raises DiagramError, and what a stack's settings are refused for."""
    FOLDER.mkdir(exist_ok=True)
    for stack in stacks:
        scene = scene_of(Graph.of(recorded(stack).resources))
        for theme in get_args(Theme):
            picture = FOLDER / f"{stack}-{theme}.svg"
            picture.write_text(drawing(scene, theme, tools()), encoding="utf-8")
            print_line(f"diagram: {picture.relative_to(REPO_ROOT)}")


if __name__ == "__main__":
    sys.exit(main())
