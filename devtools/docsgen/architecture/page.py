"""Path of the architecture page, and its hand-written part."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_DOCS: Final = Path(__file__).resolve().parents[3] / "docs"
PAGE: Final = _DOCS / "architecture.md"
CASE: Final = _DOCS / "case-study.md"

START: Final = "<!-- Written by `python -m devtools.docsgen.architecture` from the recorded stacks. -->"
END: Final = "<!-- The end of what is written. -->"


def table_of(page: str) -> str:
    """The generated part of the page."""
    return page.partition(START)[2].partition(END)[0].strip()


def with_table(page: str, table: str) -> str:
    """The page with another table. ValueError where the marks are missing."""
    if START not in page or END not in page:
        raise ValueError(f"{PAGE.name} has lost the marks around its table")
    before, _, rest = page.partition(START)
    return f"{before}{START}\n\n{table}\n\n{END}{rest.partition(END)[2]}"
