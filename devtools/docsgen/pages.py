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
from devtools.paths import REPO_ROOT, STATE_DIR
from devtools.recording.programs import recorded
from devtools.rehearsal.workspace import known_stacks
from policy.pack.reference import reference

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
    """The pages can't be written or the site can't be built: lines that say why."""


def write() -> None:
    """Write all of them. Raises DocsError."""
    with _bill() as bill:  # takes the longest, in a process of its own
        for page, render in FROM_CODE.items():
            page.write_text(render(), encoding="utf-8")
        with redirect_stderr(io.StringIO()):  # the stacks' own warnings
            recordings = [*(recorded(stack) for stack in known_stacks(REPO_ROOT)), stacks.with_many_settings()]
        if architecture.main() != 0:
            raise DocsError("docs/architecture.md: a line of the case study has nothing that carries it")
        COMPONENTS.write_text(components.render(recordings, bill()), encoding="utf-8")


@contextmanager
def _bill() -> Generator[Callable[[], dict[str, Any]]]:
    """Starts `make cost` of production; the function it yields waits for the bill."""
    file = STATE_DIR / "docs" / "cost.json"
    command = [sys.executable, "-m", "cost", "--stack", PRICED, "--json", str(file)]
    with subprocess.Popen(command, cwd=REPO_ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as cost:

        def wait() -> dict[str, Any]:
            said, _ = cost.communicate()
            if cost.returncode != 0:
                raise DocsError(said.strip())
            return dict(json.loads(file.read_text(encoding="utf-8")))

        yield wait
