"""Every page that is written, and from what."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager, redirect_stderr
from pathlib import Path
from typing import Any, Final

from devtools.docsgen import commands, components, schema, settings
from devtools.docsgen.architecture import __main__ as architecture
from devtools.docsgen.architecture import stacks
from devtools.paths import EXAMPLE_STACKS, REPO_ROOT, STATE_DIR
from devtools.recording.programs import recorded
from devtools.recording.recorded import Recorded
from policy.pack.reference import reference
from settings import stack_file

DOCS: Final = REPO_ROOT / "docs"
COMPONENTS: Final = DOCS / "reference" / "components.md"
PRICED: Final = "prod"
"""Stack whose bill the page of components shows."""

FROM_CODE: Final[dict[Path, Callable[[], str]]] = {
    DOCS / "settings.md": settings.render,
    DOCS / "policies.md": lambda: reference() + "\n",
    DOCS / "reference" / "commands.md": commands.render,
    DOCS / "reference" / "settings.schema.json": schema.render,
}
"""Pages that no stack's settings change: a test holds them to the code."""


class DocsError(Exception):
    """The pages can't be written or the site can't be built: lines with the cause."""


def write() -> None:
    """Write all of them, and draw this tree's stacks. Raises DocsError."""
    stack_file.FOLDER = EXAMPLE_STACKS  # what pages show must not follow from an adopter's settings
    with _beside("diagram") as drawn, _bill() as bill:  # what takes longest, in processes of their own
        for page, render in FROM_CODE.items():
            page.write_text(render(), encoding="utf-8")
        with redirect_stderr(io.StringIO()):  # the stacks' own warnings
            recordings = programs()
        if architecture.main() != 0:
            raise DocsError("docs/architecture.md: a line of the case study has nothing that carries it")
        COMPONENTS.write_text(components.render(recordings, bill()), encoding="utf-8")
        drawn()


def programs() -> list[Recorded]:
    """Recorded programs for the page of components: the example stacks, and one with every setting on."""
    return [*(recorded(stack) for stack in stack_file.known(EXAMPLE_STACKS)), stacks.with_many_settings()]


@contextmanager
def _bill() -> Generator[Callable[[], dict[str, Any] | None]]:
    """Starts `cost` of this tree's production; the function it yields waits for the bill: None without such a stack."""
    if PRICED not in stack_file.known(REPO_ROOT):
        yield lambda: None
        return
    file = STATE_DIR / "docs" / "cost.json"
    with _beside("cost", "--stack", PRICED, "--json", str(file)) as done:

        def wait() -> dict[str, Any]:
            done()
            return dict(json.loads(file.read_text(encoding="utf-8")))

        yield wait


@contextmanager
def _beside(*command: str) -> Generator[Callable[[], None]]:
    """Starts one of the tools; the yielded function waits for it and raises DocsError with its output if it fails."""
    started = subprocess.Popen(
        [sys.executable, "-m", "saleday", *command],
        cwd=REPO_ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )

    def wait() -> None:
        said, _ = started.communicate()
        if started.returncode != 0:
            raise DocsError(said.strip())

    try:
        with started:
            yield wait
    finally:
        started.kill()
