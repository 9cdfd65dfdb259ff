"""What a stack may say of prices: what its account pays where that is not the list price, or where none is known."""

from __future__ import annotations

import difflib
from typing import Annotated

from pydantic import AfterValidator

from aws_facts import prices
from specs.base import Rate


def _priced(given: dict[str, float]) -> dict[str, float]:
    for name in given:
        if name not in prices.items():
            close = difflib.get_close_matches(name, prices.items(), n=1)
            remedy = f"did you mean {close[0]}?" if close else "its items are in aws_facts/data/prices.json"
            raise ValueError(f"nothing is priced by this name (got {name}); {remedy}")
    return given


OwnPrices = Annotated[dict[str, Rate], AfterValidator(_priced)]
"""USD by item."""
