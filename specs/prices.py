"""Settings of prices: what the account pays where that is not the list price, or where none is known."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from aws_facts import prices
from specs.names import meant


def _priced(given: dict[str, float]) -> dict[str, float]:
    for name in given:
        if name not in prices.items():
            remedy = meant(name, prices.items(), "its items are in aws_facts/data/prices.json")
            raise ValueError(f"nothing is priced by this name (got {name}); {remedy}")
    return given


# The dearest item of the table is a month of Shield Advanced, 3,000 USD.
Price = Annotated[float, Field(ge=0, le=10_000)]
OwnPrices = Annotated[dict[str, Price], AfterValidator(_priced)]
"""USD by item."""
