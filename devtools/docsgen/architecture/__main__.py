"""`python -m devtools.docsgen.architecture` writes docs/architecture.md from the recorded stacks."""

from __future__ import annotations

import sys

from devtools.docsgen.architecture import page, stacks, table
from devtools.docsgen.architecture.lines import LINES


def main() -> int:
    production = stacks.production()
    try:
        rows = table.render(page.CASE.read_text(), LINES, production, stacks.by_setting())
    except table.NotCarriedError as error:
        print(error, file=sys.stderr)
        return 1
    page.PAGE.write_text(page.with_table(page.PAGE.read_text(), rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
