"""The pictures of stacks under docs/architecture/."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from devtools.docsgen.architecture.graph import Graph
from devtools.docsgen.diagram.drawing import drawing
from devtools.docsgen.diagram.palette import THEMES
from devtools.docsgen.diagram.stack import scene_of
from devtools.docsgen.diagram.tools import tools
from devtools.paths import REPO_ROOT
from devtools.recording.programs import recorded

FOLDER: Final = REPO_ROOT / "docs" / "architecture"


def draw(stacks: Iterable[str]) -> Iterator[Path]:
    """Draw these stacks, light and dark. Raises DiagramError, and what a stack's settings are refused for."""
    FOLDER.mkdir(exist_ok=True)
    for stack in stacks:
        scene = scene_of(Graph.of(recorded(stack).resources))
        for theme in THEMES:
            picture = FOLDER / f"{stack}-{theme}.svg"
            picture.write_text(drawing(scene, theme, tools()), encoding="utf-8")
            yield picture
