"""`docs` and `diagram`: what is generated under docs/, and the site."""

from __future__ import annotations

import subprocess
import time

import pulumi

from devtools.console import elapsed, print_line
from devtools.docsgen import pages, site
from devtools.docsgen.diagram.pictures import draw
from devtools.docsgen.diagram.tools import DiagramError
from devtools.paths import REPO_ROOT
from saleday import shared
from saleday.shared import OK, command
from settings.stack_file import BadInput, known


@command("docs", pages.DocsError, BadInput, pulumi.RunError)
def docs() -> int:
    """Write every generated page, and build the documentation to build/site."""
    started = time.monotonic()
    pages.write()
    first = site.build()
    took = elapsed(time.monotonic() - started)
    print_line(f"docs: {first.relative_to(REPO_ROOT)}; with search: python3 -m http.server -d build/site ({took})")
    return OK


@command("diagram", DiagramError, BadInput, pulumi.RunError, subprocess.TimeoutExpired)
@shared.stack
def diagram(stack: str) -> int:
    """Draw the stacks' architecture, light and dark, into docs/architecture/; all stacks without STACK."""
    for picture in draw([stack] if stack else known()):
        print_line(f"diagram: {picture.relative_to(REPO_ROOT)}")
    return OK
