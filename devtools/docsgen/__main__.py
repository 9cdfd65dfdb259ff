"""`python -m devtools.docsgen` writes every page that is generated, then builds the site to build/site."""

from __future__ import annotations

import sys
import time

from devtools.console import elapsed, print_error, print_line
from devtools.docsgen import pages, site
from devtools.paths import REPO_ROOT


def main() -> int:
    started = time.monotonic()
    try:
        pages.write()
        first = site.build()
    except (pages.DocsError, OSError) as error:
        print_error(f"docs: {error}")
        return 1
    took = elapsed(time.monotonic() - started)
    print_line(f"docs: {first.relative_to(REPO_ROOT)}; with search: python3 -m http.server -d build/site ({took})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
