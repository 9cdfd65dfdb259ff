"""`python -m devtools.docsgen.pictures` draws the README's terminal session and takes a picture of the sale report.

Not part of `make docs`, as it runs a whole rehearsal and a simulation.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from devtools.console import print_error, print_line
from devtools.docsgen import session
from devtools.docsgen.pages import DOCS
from devtools.paths import REPO_ROOT

SESSION: Final = DOCS / "pictures" / "rehearsal.svg"
REPORT: Final = DOCS / "pictures" / "sale-report.png"
SHOWN: Final = "make rehearse STACK=prod"
REPORTED: Final = "make sale-report STACK=prod EVENT=diwali"
REPORT_PAGE: Final = REPO_ROOT / "build" / "sale-report-prod-diwali.html"
WINDOW: Final = (1280, 1500)
"""Pixels of the report that are shown: its summary and its first charts."""
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "chrome")
BROWSER_SECONDS: Final = 120


def photograph(page: Path, picture: Path) -> None:
    """A picture of a page by a headless browser. Raises OSError or CalledProcessError."""
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser is None:
        raise FileNotFoundError(f"there is no browser (looked for {', '.join(BROWSERS)}): install chromium")
    picture.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        subprocess.run(
            [
                *(browser, "--headless", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"),
                *(["--no-sandbox"] if os.geteuid() == 0 else []),  # the sandbox refuses root
                *(f"--window-size={WINDOW[0]},{WINDOW[1]}", f"--screenshot={picture}", page.as_uri()),
            ],
            check=True,
            capture_output=True,
            timeout=BROWSER_SECONDS,
        )


def main() -> int:
    try:
        print_line(f"pictures: {SHOWN}")
        session.write(SHOWN, SESSION)
        print_line(f"pictures: {REPORTED}")
        session.run(REPORTED)
        photograph(REPORT_PAGE, REPORT)
    except (session.CommandFailedError, OSError, subprocess.SubprocessError) as error:
        print_error(f"pictures: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
