"""The site from the pages, by Zensical: strict, so that a link to nowhere fails."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Final

from devtools.docsgen.pages import DocsError
from devtools.paths import REPO_ROOT

CONFIGURATION: Final = REPO_ROOT / "mkdocs.yml"
SITE: Final = REPO_ROOT / "build" / "site"
_COLOURS: Final = re.compile(r"\x1b\[[0-9;]*m")
_TRACEBACK: Final = "Traceback (most recent call last)"


def build() -> Path:
    """Build the site and return its first page. Raises DocsError with Zensical's own words for each fault."""
    command = [sys.executable, "-m", "zensical", "build", "--clean", "--strict", "--config-file", str(CONFIGURATION)]
    done = subprocess.run(command, cwd=REPO_ROOT, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        said = _COLOURS.sub("", done.stdout + done.stderr)
        raise DocsError(said.partition(_TRACEBACK)[0].strip())
    return SITE / "index.html"
