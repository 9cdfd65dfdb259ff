"""Lines of text that fit into 80 columns, with figures that line up."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any, Final

WIDTH: Final = 80


def amount(line: Mapping[str, Any]) -> str:
    """A quantity with its unit: `2,190 hours`."""
    quantity, unit = line["quantity"], line["unit"]
    plural = "s" if unit and not unit.endswith(("GB", "GB-month")) and round(quantity) != 1 else ""
    return f"{quantity:,.0f} {unit}{plural}".rstrip()


def wrapped(start: str, said: str) -> Iterator[str]:
    """A text after `start`; further lines begin where the text does."""
    yield from textwrap.wrap(said, WIDTH, initial_indent=start, subsequent_indent=" " * len(start))
