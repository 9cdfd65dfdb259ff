"""What AWS allows: quotas by region, each with its unit, source and grade, from the dated table in `data/quotas.json`.

Grades: A is AWS's own text, R a price list or generated snapshot seen in public data, S secondary. A quota without a
Service Quotas code is raised through AWS Support, or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TABLE: Final = Path(__file__).with_name("data") / "quotas.json"


@dataclass(frozen=True)
class Quota:
    """One quota, as every account has it until AWS raises it."""

    name: str
    value: float
    unit: str
    title: str
    grade: str
    source: str
    service: str | None = None
    """Service Quotas' service code; None where a request goes to AWS Support."""
    code: str | None = None
    """Service Quotas' quota code."""


_DATA: Final = json.loads(TABLE.read_text(encoding="utf-8"))
DATE: Final[str] = _DATA["date"]
"""Month in which the table was looked up."""
REGIONS: Final[tuple[str, ...]] = tuple(_DATA["regions"])
"""Regions that the table holds for."""
QUOTAS: Final[Mapping[str, Quota]] = {name: Quota(name=name, **fields) for name, fields in _DATA["quotas"].items()}


def value(name: str, granted: Mapping[str, float]) -> float:
    """What an account may use: what AWS has granted it, or the default."""
    return granted.get(name, QUOTAS[name].value)
